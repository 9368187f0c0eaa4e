import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { compile } from "../../src/compile.ts";
import { exportModel } from "../../src/engine/export-model.ts";
import { loadOnnxModel } from "../../src/engine/inference.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { readModelWeights, startingWeights } from "../../src/weights/pretrained.ts";
import attention from "./cases/attention.json" with { type: "json" };
import small from "./cases/small.json" with { type: "json" };

const pathOf = (name: string): string => fileURLToPath(new URL(`cases/${name}`, import.meta.url));
const sourceOf = (name: string): SourceFile =>
  new SourceFile(pathOf(name), readFileSync(pathOf(name), "utf8"));

function compileSmall(library: "keras" | "torch") {
  return compile(sourceOf("small.cnn"), { parameters: [`library=${library}`] }).model;
}

const files = [
  ["small.weights.h5", "keras"],
  ["small.h5", "keras"],
  ["small.keras", "keras"],
  ["small.safetensors", "torch"],
] as const;

test.each(files)("%s gives the numbers of its library", async (name, library) => {
  await expectOutput(compileSmall(library), name, small.image, small[library]);
});

test.each(["attention.weights.h5", "attention.h5", "attention.keras"])(
  "%s gives attention's parts in their order",
  async (name) => {
    const { model } = compile(sourceOf("attention.cnn"));
    await expectOutput(model, name, attention.sequence, attention.output);
  },
);

async function expectOutput(
  model: ShapedGraph,
  name: string,
  input: readonly number[],
  expected: readonly number[],
): Promise<void> {
  const { weights } = await readModelWeights(model, pathOf(name));
  const { value } = exportModel(model, weights, {});
  const session = await loadOnnxModel(writeOnnx(value!.exported.model), { threads: 1 });
  const output = await session.run(Float32Array.from(input), 1);
  await session.dispose();
  for (const [index, each] of expected.entries()) expect(output[index]).toBeCloseTo(each, 4);
}

test("a used model takes them too, in the midst of others", async () => {
  const text = `use "small.cnn"
model whole
input 8x8x3
conv 3 3x3 same
body: small weights="small.keras"
dense 2`;
  const { model, diagnostics } = compile(new SourceFile(pathOf("whole.cnn"), text), {
    readImport: (target) => sourceOf(target),
  });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const weights = await startingWeights(model, 0);
  const alone = await readModelWeights(compileSmall("keras"), pathOf("small.keras"));
  expect(weights.get("body/hidden/kernel")).toEqual(alone.weights.get("hidden/kernel"));
  expect(weights.get("body/separable_conv2d/pointwise_kernel")).toEqual(
    alone.weights.get("separable_conv2d/pointwise_kernel"),
  );
});

test.each([
  ["small.safetensors", "keras", /lacks/],
  ["small.keras", "torch", /lacks conv2d_0\/kernel/],
])("%s for the model of %s is told apart", async (name, library, message) => {
  const model = compileSmall(library as "keras" | "torch");
  await expect(readModelWeights(model, pathOf(name))).rejects.toThrow(message);
});
