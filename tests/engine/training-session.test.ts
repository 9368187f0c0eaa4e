import { afterEach, describe, expect, it } from "vitest";
import type { LossOptions, OptimizerOptions } from "../../src/autodiff/training-graphs.ts";
import { compile } from "../../src/compile.ts";
import type { ExampleBatch, TrainingPlan, TrainingSession } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { createRandom } from "../../src/random/random.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import { largestDifference } from "../tensor/random-tensors.ts";
import { ReferenceTraining } from "./reference-training.ts";

const lecture =
  "conv 4 3x3 relu; pool max 2; conv 16 3x3 relu; pool max 2; flatten; dense 8 relu; dense 5 softmax";

const models: Readonly<
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
const adam: OptimizerOptions = { name: "adam" };

function planFor(
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
function randomBatch(input: readonly number[], count: number, index: number): ExampleBatch {
  const random = createRandom(index, "batch");
  const data = new Float32Array(count * input.reduce((total, size) => total * size, 1));
  random.fillUniform(data, 0, 1);
  return { data, targets: Int32Array.from({ length: count }, () => random.integer(5)), count };
}

const open: TrainingSession[] = [];

async function start(plan: TrainingPlan): Promise<TrainingSession> {
  const session = await createOrtEngine().createTrainingSession(plan);
  open.push(session);
  return session;
}

afterEach(async () => {
  for (const session of open.splice(0)) await session.dispose();
});

function difference(actual: WeightValues, expected: WeightValues): number {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  return Math.max(...[...expected].map(([key, { data }]) => largestDifference(actual.get(key)!.data, data)));
}

describe("training on ONNX Runtime", () => {
  it.each(Object.entries(models))(
    "five steps agree with float64: %s",
    async (_, { text, input, optimizer = adam }) => {
      const plan = planFor(text, input, 6, { optimizer });
      const session = await start(plan);
      const reference = new ReferenceTraining(plan);
      for (let index = 0; index < 5; index++) {
        const batch = randomBatch(input, 6, index);
        const result = await session.step(batch, 0.002);
        const expected = reference.step(batch, 0.002);
        expect(Math.abs(result!.lossSum - expected.lossSum) / expected.lossSum).toBeLessThan(1e-5);
        expect(result!.correct).toBe(expected.correct);
      }
      // Adam divides by the gradient's size, so that a rounding of a tiny gradient is a part of the rate.
      expect(difference(await session.weights(), reference.weights())).toBeLessThan(
        optimizer.name === "adam" ? 2e-4 : 2e-5,
      );
      const held = randomBatch(input, 7, 99);
      const evaluated = await session.evaluate(held);
      expect(Math.abs(evaluated.lossSum - reference.evaluate(held).lossSum) / evaluated.lossSum).toBeLessThan(
        2e-4,
      );
    },
  );

  it("takes batches of any size, in chunks where they are large", async () => {
    const plan = planFor(lecture, [18, 18, 1], 150);
    const session = await start(plan);
    const reference = new ReferenceTraining(plan);
    for (const [index, count] of [150, 37, 1, 131].entries()) {
      const batch = randomBatch([18, 18, 1], count, index);
      const result = await session.step(batch, 0.002);
      const expected = reference.step(batch, 0.002);
      expect(Math.abs(result!.lossSum - expected.lossSum) / expected.lossSum).toBeLessThan(1e-5);
      expect(result!.correct).toBe(expected.correct);
    }
    expect(difference(await session.weights(), reference.weights())).toBeLessThan(2e-4);
  });

  it("gives the same bits for the same seed, and others for another", async () => {
    const [text, input] = [models["one dimension, with dropout"]!.text, [20, 4]];
    const run = async (seed: number): Promise<WeightValues> => {
      const session = await start(planFor(text, input, 80, { seed, threads: 2 }));
      for (let index = 0; index < 4; index++) await session.step(randomBatch(input, 80, index), 0.01);
      return await session.weights();
    };
    const [first, second, other] = [await run(0), await run(0), await run(1)];
    for (const [key, { data }] of first) expect(second.get(key)!.data).toEqual(data);
    expect(difference(first, other)).toBeGreaterThan(1e-4);
  });

  it("goes on to the bit from its weights and its optimizer's state", async () => {
    const { text, input } = models["one dimension, with dropout"]!;
    const plan = planFor(text, input, 10);
    const whole = await start(plan);
    for (let index = 0; index < 3; index++) await whole.step(randomBatch(input, 10, index), 0.01);
    const [weights, state] = [await whole.weights(), await whole.optimizerState()];
    expect(state.step).toBe(3);
    for (let index = 3; index < 6; index++) await whole.step(randomBatch(input, 10, index), 0.01);
    const resumed = await start({ ...plan, weights: initializeWeights(plan.model, 77) });
    await resumed.restore(weights, state);
    for (let index = 3; index < 6; index++) await resumed.step(randomBatch(input, 10, index), 0.01);
    for (const [key, { data }] of await whole.weights())
      expect((await resumed.weights()).get(key)!.data).toEqual(data);
  });

  it("refuses the state of another network, and keeps its own", async () => {
    const { text, input } = models["three dimensions"]!;
    const session = await start(planFor(text, input, 4));
    const before = await session.weights();
    const strange = { moments: new Map([["first", new Float32Array(3)]]), step: 9 };
    await expect(session.restore(before, strange)).rejects.toThrow(/does not fit: "first" has 3 numbers/);
    expect((await session.optimizerState()).step).toBe(0);
  });

  it("evaluates without changing anything, whatever the number of examples", async () => {
    const plan = planFor(lecture, [18, 18, 1], 8);
    const session = await start(plan);
    const batch = randomBatch([18, 18, 1], 130, 1);
    const { lossSum, correct } = await session.evaluate(batch);
    const expected = new ReferenceTraining(plan).evaluate(batch);
    expect(Math.abs(lossSum - expected.lossSum) / lossSum).toBeLessThan(1e-5);
    expect(correct).toBe(expected.correct);
    expect(difference(await session.weights(), plan.weights)).toBe(0);
  });

  it("says so in the loss where numbers overflow", async () => {
    const session = await start(planFor(lecture, [18, 18, 1], 4));
    const batch = randomBatch([18, 18, 1], 4, 0);
    const result = await session.step({ ...batch, data: batch.data.fill(NaN) }, 0.01);
    expect(result!.lossSum).toBeNaN();
  });
});
