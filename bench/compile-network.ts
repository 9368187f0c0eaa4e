import { readFileSync } from "node:fs";
import type { ShapedGraph } from "../src/analyze/shaped-graph.ts";
import { compile } from "../src/compile.ts";
import { readImport } from "../src/files/imports.ts";
import { SourceFile } from "../src/source/source-file.ts";

/** Where a network of the bench is described, as networks.mjs says. */
export interface NetworkSource {
  readonly file: string;
  readonly model?: string;
  readonly inputs?: readonly string[];
  readonly parameters?: readonly string[];
  readonly shape: readonly number[];
  readonly classes: number;
  readonly perPixel?: boolean;
}

export function compileNetwork({ file, model: modelName, inputs, parameters }: NetworkSource): ShapedGraph {
  const { model, diagnostics } = compile(new SourceFile(file, readFileSync(file, "utf8")), {
    inputs,
    parameters,
    modelName,
    readImport,
  });
  const mistake = diagnostics.find(({ severity }) => severity === "error");
  if (mistake !== undefined) throw new Error(`${file}: ${mistake.message}`);
  return model;
}
