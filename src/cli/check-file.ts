import { compile, type Compilation, type CompileOptions, inTextOrder } from "../compile.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { usedNames } from "../elaborate/elaborate.ts";
import { findMissingWeights } from "../files/missing-weights.ts";
import { readImport } from "../files/imports.ts";
import type { SourceFile } from "../source/source-file.ts";
import type { Statement } from "../syntax/ast.ts";
import { compileOptions, type ModelOptions } from "./compile-options.ts";
import type { Judge } from "./judge.ts";

/** What there is to say of a whole file, and what its comments allow. */
export interface CheckedFile {
  readonly diagnostics: readonly Diagnostic[];
  readonly allowed: Compilation["allowed"];
}

/**
 * Checks all of a file: of several models each in turn, and a file of blocks alone as it is. What several models have in
 * common is told once; an `allow` comment is of use where it is so in one of them.
 *
 * @param modelName the only one of them to check
 */
export function checkFile(
  file: SourceFile,
  options: ModelOptions,
  judge: Judge,
  read = readImport,
  modelName?: string,
): CheckedFile {
  const settings = {
    ...compileOptions(options),
    readImport: read,
    ...(modelName !== undefined && { modelName }),
  };
  const compileAndJudge = (given: CompileOptions): Compilation => {
    const compilation = compile(file, given);
    const diagnostics = [...judge.training(compilation), ...findMissingWeights(compilation.model.graph)];
    const isSound = diagnostics.every(({ severity }) => severity !== "error");
    return {
      ...compilation,
      diagnostics: inTextOrder(
        isSound ? [...diagnostics, ...judge.target(compilation.model)] : diagnostics,
        file,
      ),
    };
  };
  const first = compileAndJudge(settings);
  const { statements } = first.program;
  const models = statements.filter((statement) => statement.kind === "model").map(({ name }) => name.name);
  if (modelName !== undefined || models.length < 2) {
    const isLibrary = models.length === 0 && statements.some(isDefinition);
    const isNoMistake = ({ code }: Diagnostic): boolean => isLibrary && code === "CNN104";
    return { ...first, diagnostics: first.diagnostics.filter((finding) => !isNoMistake(finding)) };
  }
  const parts = usedNames(first.program);
  const compilations = [...new Set(models)].map((modelName) => {
    const compilation = compileAndJudge({ ...settings, modelName });
    return parts.has(modelName) ? asPart(compilation) : compilation;
  });
  return merge(file, compilations);
}

/** What is judged where a model is used: whether it goes with the sizes it is given, and what stands at its end. */
const judgedInUse: ReadonlySet<string> = new Set(["CNN134", "CNN402", "CNN211", "CNN522", "CNN545"]);

function asPart(compilation: Compilation): Compilation {
  const { diagnostics } = compilation;
  return { ...compilation, diagnostics: diagnostics.filter(({ code }) => !judgedInUse.has(code)) };
}

function isDefinition({ kind }: Statement): boolean {
  return kind === "block" || kind === "shared" || kind === "let";
}

function merge(file: SourceFile, compilations: readonly Compilation[]): CheckedFile {
  const byPlace = new Map<string, { finding: Diagnostic; count: number }>();
  for (const finding of compilations.flatMap(({ diagnostics }) => diagnostics)) {
    const known = byPlace.get(placeKey(finding));
    if (known === undefined) byPlace.set(placeKey(finding), { finding, count: 1 });
    else known.count += 1;
  }
  const allowed = distinct(compilations.flatMap((compilation) => compilation.allowed));
  const used = new Set(allowed.map(({ by }) => by.start));
  const diagnostics = [...byPlace.values()].flatMap(({ finding, count }) => {
    if (finding.code === "CNN596" && used.has(finding.primary.span.start)) return [];
    // A warning's fix might change what is right in another model.
    const isForAll = count === compilations.length || finding.severity === "error";
    return [isForAll || isInsideModel(finding, compilations[0]!) ? finding : { ...finding, fix: undefined }];
  });
  const place = ({ primary: { span } }: Diagnostic): number => (span.file === file ? span.start : Infinity);
  return { diagnostics: diagnostics.sort((one, other) => place(one) - place(other)), allowed };
}

function isInsideModel({ primary: { span } }: Diagnostic, { program }: Compilation): boolean {
  return program.statements.some(
    (statement) =>
      statement.kind === "model" && statement.span.start <= span.start && span.end <= statement.span.end,
  );
}

function placeKey({ code, primary: { span } }: Diagnostic): string {
  return `${code} ${span.file.name} ${span.start} ${span.end}`;
}

function distinct(allowed: Compilation["allowed"]): Compilation["allowed"] {
  const seen = new Set<string>();
  return allowed.filter(({ finding }) => {
    const key = placeKey(finding);
    return !seen.has(key) && seen.add(key);
  });
}
