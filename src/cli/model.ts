import { type Compilation, compile, inTextOrder } from "../compile.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { renderDiagnostic } from "../diagnostics/render.ts";
import { judgeTraining } from "../train/judge.ts";
import { compileOptions, type ModelOptions } from "./compile-options.ts";
import type { ModelSource } from "./sources.ts";
import { loadTargetJudge } from "./target.ts";
import { paletteFor, terminalWidth, writeNote } from "./terminal.ts";

/**
 * Compiles with what the command line says of inputs and parameters, and the files the program uses; the settings of its
 * `train` section and the targets that it names are judged too.
 */
export async function compileForCommand(
  { file, modelName }: ModelSource,
  options: ModelOptions,
): Promise<Compilation> {
  const compilation = compile(file, { ...compileOptions(options), modelName });
  const { model } = compilation;
  const diagnostics = judgeTraining(compilation);
  const told = (all: readonly Diagnostic[]): Compilation => ({
    ...compilation,
    diagnostics: inTextOrder(all, file),
  });
  if (!isSound(diagnostics) || model.graph.targets.length === 0) return told(diagnostics);
  const targets = model.graph.targets.map(({ name }) => name);
  const judgeTargets = await loadTargetJudge(targets, undefined);
  return told([...diagnostics, ...judgeTargets(model)]);
}

/** Says on standard error that what was printed is not the whole model. */
export function noteIncomplete({ diagnostics }: Compilation): void {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  writeNote(`incomplete: the model has ${errors} ${errors === 1 ? "mistake" : "mistakes"}\n`);
}

/** Says on standard error what the compiler found; returns whether the model may be used. */
export function reportFindings({ diagnostics }: Compilation): boolean {
  const palette = paletteFor(process.stderr);
  for (const diagnostic of diagnostics) {
    writeNote(`${renderDiagnostic(diagnostic, { width: terminalWidth(), palette })}\n`);
  }
  return isSound(diagnostics);
}

function isSound(diagnostics: Compilation["diagnostics"]): boolean {
  return diagnostics.every(({ severity }) => severity !== "error");
}
