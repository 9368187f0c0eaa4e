import { type Compilation, type CompileOptions, compile } from "../compile.ts";
import { renderDiagnostic } from "../diagnostics/render.ts";
import type { SourceFile } from "../source/source-file.ts";
import { judgeTraining } from "../train/judge.ts";
import { compileOptions, type ModelOptions } from "./compile-options.ts";
import type { ModelSource } from "./sources.ts";
import { paletteFor, terminalWidth, writeNote } from "./terminal.ts";

/** Compiles with what the command line says of inputs and parameters, and the files the program uses. */
export function compileForCommand({ file, modelName }: ModelSource, options: ModelOptions): Compilation {
  return compileWithSettings(file, { ...compileOptions(options), modelName });
}

/** Compiles a program and reads the settings of its `train` section too. */
export function compileWithSettings(file: SourceFile, options: CompileOptions): Compilation {
  const compilation = compile(file, options);
  return { ...compilation, diagnostics: [...compilation.diagnostics, ...judgeTraining(compilation.model)] };
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
  return diagnostics.every(({ severity }) => severity !== "error");
}
