import { type Compilation, type CompileOptions, compile } from "../compile.ts";
import { findKnownDataset } from "../data/known-datasets.ts";
import { renderDiagnostic } from "../diagnostics/render.ts";
import { readImport } from "../files/imports.ts";
import type { SourceFile } from "../source/source-file.ts";
import { judgeTraining } from "../train/judge.ts";
import type { ModelSource } from "./sources.ts";
import { paletteFor, terminalWidth, writeNote } from "./terminal.ts";

/** The options that say what a program is compiled for. */
export interface ModelOptions {
  readonly expression?: string;
  /** Which model of a file with several. */
  readonly model?: string;
  readonly input?: readonly string[];
  readonly set?: readonly string[];
}

/** The compiler's options from the command line's words. */
export function compileOptions(options: ModelOptions): CompileOptions {
  const classesOf = (data: string): number | undefined => findKnownDataset(data)?.classNames.length;
  return { inputs: options.input, parameters: options.set, readImport, classesOf };
}

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
