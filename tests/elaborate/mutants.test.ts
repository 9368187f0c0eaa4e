import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ShapeInference } from "../../src/analyze/shapes.ts";
import { elaborate } from "../../src/elaborate/elaborate.ts";
import { createRandom } from "../../src/random/random.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { parseProgram } from "../../src/syntax/parser.ts";

const folder = new URL("../../examples/", import.meta.url);
const programs = readdirSync(folder)
  .filter((name) => name.endsWith(".cnn"))
  .map((name) => readFileSync(new URL(name, folder), "utf8").match(/\w+|\s+|./gs) ?? []);

test("broken programs give diagnostics and a sound graph, never an exception", () => {
  const random = createRandom(11, "mutants");
  const pick = <Item>(items: readonly Item[]): Item => items[random.integer(items.length)]!;
  const words = [...new Set(programs.flat())];
  for (let round = 0; round < 250; round++) {
    const tokens = [...pick(programs)];
    for (let change = random.integer(4); change >= 0; change--) {
      const at = random.integer(tokens.length);
      if (random.uniform() < 0.4) tokens.splice(at, 1);
      else tokens.splice(at, random.integer(2), pick(words), " ");
    }
    checkElaboration(tokens.join(""));
  }
});

function checkElaboration(text: string): void {
  const program = parseProgram(new SourceFile("mutant.cnn", text));
  const inference = new ShapeInference();
  const { value: graph, diagnostics } = elaborate(program.value, {
    shapeOf: (node) => inference.infer(node).shape,
  });
  expect(diagnostics.length).toBeLessThanOrEqual(100);
  for (const { primary, labels } of diagnostics) {
    for (const { span } of [primary, ...labels]) {
      expect(span.start >= 0 && span.start <= span.end && span.end <= span.file.text.length, text).toBe(true);
    }
  }
  for (const [index, { id, inputs }] of graph.layers.entries()) {
    expect(id === index && inputs.every((input) => input < id), text).toBe(true);
  }
  expect(new Set(graph.layers.map(({ name }) => name)).size, text).toBe(graph.layers.length);
  const all = [...program.diagnostics, ...diagnostics, ...inference.diagnostics];
  // What is not in the graph was refused.
  if (graph.outputs.length === 0)
    expect(
      all.some(({ severity }) => severity === "error"),
      text,
    ).toBe(true);
}
