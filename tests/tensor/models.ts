import { compile } from "../../src/compile.ts";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { SourceFile } from "../../src/source/source-file.ts";

/** A program as a model; throws where it has a mistake. */
export function modelOf(source: string): ShapedGraph {
  const { model, diagnostics } = compile(new SourceFile("test.cnn", source));
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(`${source}\n${errors.map(({ message }) => message).join("\n")}`);
  return model;
}
