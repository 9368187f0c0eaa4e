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
    if (spoil.example !== undefined) batch.data[(spoil.example * batch.data.length) / 16] = NaN;
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
      { shape: [6], rate: 1e38 },
      /step [23]\).*(weights|output) of "(a|b|d)"/,
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
