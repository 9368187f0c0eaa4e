import { relative, resolve, sep } from "node:path";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { FixedText } from "../../diagnostics/edits.ts";
import { applicabilityOf, diagnosticToJson } from "../../diagnostics/json.ts";
import { renderDiagnostic } from "../../diagnostics/render.ts";
import type { SourceFile } from "../../source/source-file.ts";
import { type CheckedFile, checkFile } from "../check-file.ts";
import { type ExitCode, exitCodeOf, UsageError } from "../exit.ts";
import type { ModelOptions } from "../compile-options.ts";
import { type Judge, loadJudge } from "../judge.ts";
import { reportInputError } from "../report-mistake.ts";
import { isFile, readAllSources, readLibraryModel } from "../sources.ts";
import type { TargetName } from "../../graph/layer-graph.ts";
import { paletteFor, terminalWidth, writeNote, writeOut } from "../terminal.ts";

export interface CheckOptions extends ModelOptions {
  readonly format: string;
  readonly fix?: boolean;
  readonly unsafeFixes?: boolean;
  readonly denyWarnings?: boolean;
  readonly target?: TargetName;
}

/** What was found in all files together, and what `--fix` changed. */
interface Findings {
  readonly files: readonly SourceFile[];
  readonly diagnostics: readonly Diagnostic[];
  readonly allowed: CheckedFile["allowed"];
  readonly fixed: readonly FixedText[];
  readonly errors: number;
  readonly warnings: number;
}

type Writer = (text: string) => void;

/**
 * `cnn check`: every finding in every file; 1 where one of them is an error, or a warning that `--deny-warnings` denies, or
 * where a file cannot be read, beside which the others are checked all the same.
 * `--fix` writes mended files back, `--unsafe-fixes` those too that a person should look at; a text that came by standard
 * input is printed mended, and findings then go to standard error. A model of the library goes by its name.
 */
export async function runCheck(paths: readonly string[], options: CheckOptions): Promise<ExitCode> {
  const mends = options.fix === true || options.unsafeFixes === true;
  const choice = { paths, expression: options.expression };
  const library = readLibraryModel(choice);
  if (library !== undefined && mends)
    throw new UsageError(`${paths[0]!} is the library's, and its file is not changed`, "leave out --fix");
  const { sources, unread } =
    library === undefined ? readAllSources(choice) : { sources: [library.file], unread: [] };
  unread.forEach(reportInputError);
  if (sources.length === 0) return 1;
  const judge = await loadJudge(sources, options.target);
  const fixed = mends ? await fixSources(sources, options, judge) : [];
  const files = mends ? fixed.map(({ file }) => file) : sources;
  const checked = files.map((file) => checkFile(file, options, judge, undefined, library?.modelName));
  const diagnostics = withoutRepetitions(checked.flatMap((each) => each.diagnostics));
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const allowed = checked.flatMap((each) => each.allowed);
  const printsText = mends && files.some((file) => !isFile(file));
  const write = printsText ? writeNote : writeOut;
  await report({ files, diagnostics, allowed, fixed, errors, warnings }, options.format, write);
  if (unread.length > 0 || (options.denyWarnings === true && warnings > 0))
    return Math.max(1, exitCodeOf(diagnostics)) as ExitCode;
  return exitCodeOf(diagnostics);
}

/** Mends each text as far as can be; files are written where something changed, other texts printed whole. */
async function fixSources(
  sources: readonly SourceFile[],
  options: CheckOptions,
  judge: Judge,
): Promise<FixedText[]> {
  const [{ fixFiles }, { writeBack }] = await Promise.all([
    import("../fix-files.ts"),
    import("../write-back.ts"),
  ]);
  const results = fixFiles(sources, options, judge, { allowUnsafe: options.unsafeFixes === true });
  for (const [index, source] of sources.entries()) {
    const { text } = results[index]!.file;
    if (!isFile(source)) writeOut(text);
    else if (text !== source.text) await writeBack(source, text);
  }
  return results;
}

async function report(findings: Findings, format: string, write: Writer): Promise<void> {
  const { diagnostics, allowed } = findings;
  switch (format) {
    case "json":
      return write(`${JSON.stringify(findingsToJson(findings), undefined, 2)}\n`);
    case "sarif": {
      const { sarifLog } = await import("../../report/sarif.ts");
      return write(`${JSON.stringify(sarifLog(diagnostics, allowed, relativeName), undefined, 2)}\n`);
    }
    case "github": {
      const { renderWorkflowCommand } = await import("../../report/github.ts");
      for (const diagnostic of diagnostics) write(`${renderWorkflowCommand(diagnostic, relativeName)}\n`);
      return;
    }
    default:
      reportToPeople(findings, write);
  }
}

function findingsToJson({ files, diagnostics, fixed, errors, warnings }: Findings): object {
  return {
    files: files.map(({ name }) => name),
    errors,
    warnings,
    ...(fixed.length === 0
      ? {}
      : {
          fixed: fixed.flatMap(({ file, applied }) =>
            applied.map(({ code, fix }) => ({
              file: file.name,
              code,
              title: fix!.title,
              applicability: applicabilityOf(fix!),
            })),
          ),
          heldBack: fixed.reduce((count, { heldBack }) => count + heldBack.length, 0),
        }),
    diagnostics: diagnostics.map(diagnosticToJson),
  };
}

function reportToPeople(findings: Findings, write: Writer): void {
  const { files, diagnostics, fixed, errors, warnings } = findings;
  const palette = paletteFor(write === writeOut ? process.stdout : process.stderr);
  for (const { file, applied, refused } of fixed) reportFixes(file.name, applied, refused, write);
  for (const diagnostic of diagnostics) {
    write(`${renderDiagnostic(diagnostic, { width: terminalWidth(), palette })}\n`);
  }
  const what = files.length === 1 ? files[0]!.name : countOf(files.length, "file");
  const found = [
    ...(errors > 0 ? [countOf(errors, "error")] : []),
    ...(warnings > 0 ? [countOf(warnings, "warning")] : []),
  ];
  write(`${what}: ${found.length === 0 ? "no mistakes found" : found.join(", ")}\n`);
  for (const line of fixHints(diagnostics, fixed)) write(`${line}\n`);
}

/** What the fixes that are left would do: the safe ones go in with `--fix`, those that need a look with `--unsafe-fixes`. */
function fixHints(diagnostics: readonly Diagnostic[], fixed: readonly FixedText[]): string[] {
  const fixes = diagnostics.flatMap(({ fix }) => fix ?? []);
  const unsafe = fixes.filter(({ isUnsafe }) => isUnsafe === true).length;
  const safe = fixes.length - unsafe;
  if (fixed.length > 0) {
    const heldBack = fixed.reduce((count, file) => count + file.heldBack.length, 0);
    if (heldBack === 0) return [];
    return [
      `${countOf(heldBack, "fix", "fixes")} held back, to be looked at first: --unsafe-fixes applies all`,
    ];
  }
  return [
    ...(safe > 0 ? [`--fix applies ${countOf(safe, "fix", "fixes")}`] : []),
    ...(unsafe > 0
      ? [
          `--unsafe-fixes applies ${unsafe} that may change the network: look at ${unsafe === 1 ? "it" : "them"} first`,
        ]
      : []),
  ];
}

function reportFixes(
  name: string,
  applied: readonly Diagnostic[],
  refused: readonly Diagnostic[],
  write: Writer,
): void {
  if (applied.length > 0) write(`${name}: ${countOf(applied.length, "fix", "fixes")} applied\n`);
  for (const { code, fix, primary } of applied) {
    write(`  ${code} line ${lineOf(primary)}: ${fix!.title}\n`);
  }
  for (const { code, fix, primary } of refused) {
    write(
      `${name}: left out ${code} line ${lineOf(primary)}: ${fix!.title}: it would lead to an error, or not help\n`,
    );
  }
  if (applied.length > 0) write("\n");
}

function lineOf({ span }: Diagnostic["primary"]): number {
  return span.file.position(span.start).line;
}

/** A used file's findings come up in every file that uses it. */
function withoutRepetitions(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter(({ code, message, primary: { span } }) => {
    const key = JSON.stringify([code, message, resolve(span.file.name), span.start, span.end]);
    return !seen.has(key) && seen.add(key);
  });
}

/** As seen from the current folder, with `/`; what lies outside of it by its whole path. */
function relativeName({ name }: SourceFile): string {
  if (name.startsWith("<")) return name;
  const path = relative("", name);
  return (path.startsWith("..") ? resolve(name) : path).split(sep).join("/");
}

function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
