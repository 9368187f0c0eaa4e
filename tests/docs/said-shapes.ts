import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import type { SourceFile } from "../../src/source/source-file.ts";

/** The shapes that comments beside a program's lines state, and what the compiler finds for the last layer of that line. */
export function saidShapes(
  file: SourceFile,
  { layers }: ShapedGraph,
  comment: RegExp,
): { said: string[]; found: string[] } {
  const shapes = new Map<number, string | undefined>();
  for (const { node, shape } of layers) {
    // Layers of a block or loop belong to the line that calls it.
    const { span } = node.scope[0] ?? node;
    if (span.file === file) shapes.set(file.position(span.start).line, shape?.join("x"));
  }
  const said: string[] = [];
  const found: string[] = [];
  for (let line = 1; line <= file.lineCount; line++) {
    const shape = comment.exec(file.lineText(line))?.[1];
    if (shape === undefined) continue;
    said.push(`line ${line}: ${shape}`);
    found.push(`line ${line}: ${shapes.get(line)}`);
  }
  return { said, found };
}
