import { readProgram } from "../../compile.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { renderDiagnostic } from "../../diagnostics/render.ts";
import { layerWords } from "../../layers/index.ts";
import { SourceFile } from "../../source/source-file.ts";
import { renderUnifiedDiff } from "../../source/unified-diff.ts";
import { formatProgram, type RenameArgument } from "../../syntax/format.ts";
import type { ExitCode } from "../exit.ts";
import { reportInputError } from "../report-mistake.ts";
import { isFile, readAllSources } from "../sources.ts";
import { paletteFor, terminalWidth, writeNote, writeOut } from "../terminal.ts";
import { writeBack } from "../write-back.ts";

export interface FormatCommandOptions {
  readonly expression?: string;
  readonly check?: boolean;
  readonly diff?: boolean;
}

/**
 * `cnn fmt`: writes files in the one form that the language has; a text that came by standard input is printed. With
 * `--check` and `--diff` nothing is written, and what would change is listed, or shown line by line: then 1. Files with syntax errors
 * are left alone: 1.
 */
export async function runFormat(paths: readonly string[], options: FormatCommandOptions): Promise<ExitCode> {
  let [changed, broken] = [0, 0];
  const isReadOnly = options.check === true || options.diff === true;
  const { sources, unread } = readAllSources({ paths, expression: options.expression });
  unread.forEach(reportInputError);
  for (const file of sources) {
    const text = formatFile(file);
    if (text === undefined) broken += 1;
    else if (text !== file.text) changed += 1;
    if (text === undefined) continue;
    if (isReadOnly) {
      if (options.diff === true) writeOut(renderUnifiedDiff(file.name, file.text, text));
      else if (text !== file.text) writeOut(`${file.name}\n`);
    } else if (!isFile(file)) writeOut(text);
    else if (text !== file.text) {
      await writeBack(file, text);
      writeNote(`${file.name}: formatted\n`);
    }
  }
  return unread.length > 0 || broken > 0 || (isReadOnly && changed > 0) ? 1 : 0;
}

/** The text in its one form; undefined, and told, where it has syntax errors. */
function formatFile(file: SourceFile): string | undefined {
  const { value: program, diagnostics } = readProgram(file);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length === 0) {
    const text = formatProgram(program, file, { renameArgument });
    const again = readProgram(new SourceFile(file.name, text)).diagnostics;
    if (again.every(({ severity }) => severity !== "error")) return text;
    throw new Error(`${file.name} does not parse after formatting: ${again[0]!.message}`);
  }
  const palette = paletteFor(process.stderr);
  const show = (error: Diagnostic): string => renderDiagnostic(error, { width: terminalWidth(), palette });
  writeNote(`${errors.map(show).join("\n")}\n${file.name}: left as it is, for it has syntax errors\n`);
  return undefined;
}

/** Keras' long names give way to the language's short ones: `kernel_size=3x3` to `kernel=3x3`. */
const renameArgument: RenameArgument = (statement, name) => {
  if (statement.kind !== "layer") return name;
  const layer = layerWords.get(statement.name.name);
  if (layer === undefined || Object.hasOwn(layer.arguments, name)) return name;
  const known = Object.entries(layer.arguments).find(([, spec]) => spec.aliases.includes(name));
  // An activation's own parameter has no shorter name.
  return known === undefined || known[0] === "parameter" ? name : known[0];
};
