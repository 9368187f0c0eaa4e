import { expect } from "vitest";
import { compile } from "../../src/compile.ts";
import { createRandom } from "../../src/random/random.ts";
import type { Random } from "../../src/random/random.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { lowerModel } from "../../src/tensor/lower.ts";
import type { WeightValue } from "../../src/tensor/weight-values.ts";
import type { Model } from "./harness.ts";

/** Compiles a program and lowers it for inference, with random weights; `inputs` as on the command line. */
export function compileModel(text: string, inputs: readonly string[] = []): Model {
  const { model, diagnostics } = compile(new SourceFile("test.cnn", text), { inputs });
  expect(diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual(
    [],
  );
  const lowered = lowerModel(model, { batch: "N", training: false }).value!;
  const graph = lowered.builder.finish(
    Object.fromEntries(lowered.outputs.map(({ name, value }) => [name, value])),
  );
  const random = createRandom(3, "weights");
  const weights = new Map(lowered.weights.map(({ key, shape }) => [key, randomWeight(random, key, shape)]));
  return { graph, weights };
}

/** The example of a layer's documentation; one that leaves its input open gets a small image. */
export function compileExample(example: string): Model {
  return compileModel(example, /^input [A-Z?]/m.test(example) ? ["8x8x3"] : []);
}

/** Weights as large as keeps the numbers of a deep network near 1; variances and scales are positive. */
function randomWeight(random: Random, key: string, shape: readonly number[]): WeightValue {
  const size = shape.reduce((product, dim) => product * dim, 1);
  const data = new Float32Array(size);
  const reach = key.endsWith("kernel") ? Math.sqrt(4 / (size / shape.at(-1)!)) : 0.5;
  const positive = key.endsWith("variance") || key.endsWith("gamma");
  random.fillUniform(data, positive ? 0.5 : -reach, positive ? 1.5 : reach);
  return { shape, data };
}
