import type { CompileOptions } from "../compile.ts";
import { findKnownDataset } from "../data/known-datasets.ts";
import { importNames, readImport } from "../files/imports.ts";

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
  return { inputs: options.input, parameters: options.set, readImport, importNames, classesOf };
}
