import { expect } from "vitest";
import { optimizerKinds } from "../../src/autodiff/optimizers/optimizers.ts";
import type { LossOptions, OptimizerOptions, UpdateOptions } from "../../src/autodiff/training-graphs.ts";
import { compile } from "../../src/compile.ts";
import type { ExampleBatch, TrainingPlan } from "../../src/engine/engine.ts";
import { createRandom } from "../../src/random/random.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import { largestDifference } from "../tensor/random-tensors.ts";

export const lecture =
  "conv 4 3x3 relu; pool max 2; conv 16 3x3 relu; pool max 2; flatten; dense 8 relu; dense 5 softmax";

export const models: Readonly<
  Record<string, { text: string; input: readonly number[]; optimizer?: OptimizerOptions }>
> = {
  "the lectures' network, smaller": { text: lecture, input: [18, 18, 1] },
  "LeNet's forms": {
    text: "conv 3 5x5 same tanh; pool avg 2; conv 6 5x5 tanh; pool avg 2; flatten; dense 5 softmax",
    input: [16, 16, 1],
  },
  "overlapping pools and strides": {
    text: "conv 8 3x3 stride=2 same relu; pool max 3x3 stride=2 same; conv 16 3x3 same; flatten; dense 5 softmax",
    input: [13, 11, 3],
    optimizer: { name: "sgd", momentum: 0.9 },
  },
  "a residual block with batch norm": {
    text: `conv 16 3x3 same bias=no; bn; relu
add { branch { conv 16 3x3 same bias=no; bn; relu; conv 16 3x3 same bias=no; bn }
      branch { } }
relu; global_pool avg; dense 5 softmax`,
    input: [8, 8, 3],
    optimizer: { name: "sgd", momentum: 0.9, nesterov: true },
  },
  "one dimension, with dropout": {
    text: "conv 6 5 relu; pool max 2; dropout 0.4; conv 8 3 relu; flatten; dense 5 softmax",
    input: [20, 4],
  },
  "three dimensions": {
    text: "conv 4 3x3x3 relu; pool max 2; flatten; dense 5 softmax",
    input: [6, 6, 6, 2],
  },
};

const loss: LossOptions = { name: "cross_entropy", target: "classes" };
export const adam: OptimizerOptions = { name: "adam" };

export function planFor(
  text: string,
  input: readonly number[],
  batch: number,
  more: Partial<TrainingPlan> = {},
): TrainingPlan {
  const { model, diagnostics } = compile(new SourceFile("test.cnn", `input ${input.join("x")}\n${text}`));
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return {
    model,
    loss,
    optimizer: adam,
    batch,
    seed: 3,
    weights: initializeWeights(model, 5),
    threads: 1,
    ...more,
  };
}

/** Random images and labels; the same for the same index. */
export function randomBatch(
  input: readonly number[],
  count: number,
  index: number,
): ExampleBatch & { readonly data: Float32Array; readonly targets: Int32Array } {
  const random = createRandom(index, "batch");
  const data = new Float32Array(count * input.reduce((total, size) => total * size, 1));
  random.fillUniform(data, 0, 1);
  return { data, targets: Int32Array.from({ length: count }, () => random.integer(5)), count };
}

export function difference(actual: WeightValues, expected: WeightValues): number {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  return Math.max(...[...expected].map(([key, { data }]) => largestDifference(actual.get(key)!.data, data)));
}

/** Everything that an update may be: each optimizer, and each help that it may have. */
export const updates: readonly UpdateOptions[] = [
  ...Object.keys(optimizerKinds).map((name) => ({
    optimizer: { name, weightDecay: 0.01 } as OptimizerOptions,
  })),
  { optimizer: { name: "adam", amsgrad: true }, clip: { by: "value", limit: 0.01 } },
  { optimizer: { name: "sgd", momentum: 0.9 }, clip: { by: "global_norm", limit: 0.1 } },
  {
    optimizer: { name: "rmsprop", momentum: 0.9, centered: true, epsilon: 1e-3 },
    clip: { by: "norm", limit: 0.1 },
  },
  { optimizer: { name: "adam" }, average: { decay: 0.9 } },
  {
    optimizer: { name: "sgd", momentum: 0.9 },
    weightRules: { "conv2d/kernel": { rate: 0.1, l2: 0.01 }, "dense/kernel": { maxNorm: 0.8, l1: 0.001 } },
  },
];
