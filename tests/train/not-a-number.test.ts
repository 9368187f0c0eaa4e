import { afterEach, describe, expect, it } from "vitest";
import type { TrainingSession } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { explainNotANumber } from "../../src/train/not-a-number.ts";
import { lecture, planFor, randomBatch } from "../engine/training-models.ts";

const open: TrainingSession[] = [];

afterEach(async () => {
  for (const session of open.splice(0)) await session.dispose();
});

const input = [18, 18, 1];

/** Trains until the loss is no number, and says where that began. */
async function breakTraining(
  text: string,
  { shape = input, rate = 0.01, threads = 1, optimizer = "sgd", spoil = {} }: Spoiled,
): Promise<string> {
  const plan = planFor(text, shape, 16, { threads, optimizer: { name: optimizer } });
  for (const [key, value] of Object.entries(spoil.weights ?? {})) plan.weights.get(key)!.data.fill(value);
  const session = await createOrtEngine().createTrainingSession(plan);
  open.push(session);
  for (let step = 1; step <= 20; step++) {
    const batch = randomBatch(shape, 16, step);
    if (spoil.example !== undefined)
      batch.data[(spoil.example * batch.data.length) / 16] = spoil.value ?? NaN;
    const { lossSum } = (await session.step(batch, rate))!;
    if (Number.isFinite(lossSum)) continue;
    const found = await session.findNonFinite(batch);
    return explainNotANumber({ epoch: 0, stepInEpoch: step, step }, found, rate).message;
  }
  return "trained";
}

interface Spoiled {
  readonly shape?: readonly number[];
  readonly rate?: number;
  readonly threads?: number;
  readonly optimizer?: "sgd" | "adam";
  readonly spoil?: {
    readonly weights?: Readonly<Record<string, number>>;
    /** From 0. */
    readonly example?: number;
    /** What the example holds; NaN where nothing is said. */
    readonly value?: number;
  };
}

describe("a loss that is no number names where it began", () => {
  it.each<[string, string, Spoiled, RegExp]>([
    ["in the data", lecture, { spoil: { example: 4 } }, /step 1\).*example 5 of the batch/],
    [
      "in a layer's output",
      "conv 4 3x3 relu; b: conv 4 3x3; c: conv 4 3x3; flatten; dense 5 softmax",
      { spoil: { weights: { "b/kernel": 1e38 } } },
      /step 1\).*output of "b"/,
    ],
    [
      "in a division inside a layer, over two lanes",
      "a: dense 8; n: layer_norm epsilon=0; dense 5 softmax",
      { shape: [6], threads: 2, spoil: { weights: { "a/kernel": 0 } } },
      /step 1\).*output of "n"/,
    ],
    [
      "in the gradient, which the weights take up",
      "flatten; a: dense 4; b: dense 4; dense 5 softmax",
      { rate: 1e30 },
      /step \d+\).*(weights|output|gradient) of "(a|b|dense)"/,
    ],
    [
      "in weights that a step threw beyond all numbers",
      "a: dense 4; softplus; b: dense 4 bias=no; d: dense 5 softmax",
      { shape: [6], rate: 3.3e38, optimizer: "adam" },
      /step 1\).*the weights of "a" went beyond all numbers/,
    ],
    [
      "in data whose layer saturates, so that the loss is a number and the gradient is none",
      "a: conv 4 3x3 tanh; global_pool avg; dense 5 softmax",
      { threads: 2, spoil: { example: 11, value: Infinity } },
      /step 1\).*example 12 of the batch/,
    ],
    [
      "in a weight that a layer bounds, so that all else are numbers",
      "a: conv 4 3x3 relu6; global_pool avg; dense 5 softmax",
      { threads: 2, spoil: { weights: { "a/kernel": -Infinity } } },
      /step 1\).*weights of "a"/,
    ],
    [
      "in a number that the largest of a window hides",
      "a: conv 4 3x3 tanh; global_pool max; b: dense 4 relu; dense 5 softmax",
      { spoil: { example: 3 } },
      /step 1\).*example 4 of the batch/,
    ],
    [
      "in an output, where the optimizer keeps moments",
      lecture,
      { rate: 1e30, optimizer: "adam" },
      /step 2\).*output of "conv2d/,
    ],
  ])("%s", async (_, text, spoiled, message) => {
    expect(await breakTraining(text, spoiled)).toMatch(message);
  });
});
