import { afterEach, describe, expect, it } from "vitest";
import type { TrainingPlan, TrainingSession } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import { ReferenceTraining } from "./reference-training.ts";
import { adam, difference, lecture, models, planFor, randomBatch } from "./training-models.ts";

const open: TrainingSession[] = [];

async function start(plan: TrainingPlan): Promise<TrainingSession> {
  const session = await createOrtEngine().createTrainingSession(plan);
  open.push(session);
  return session;
}

afterEach(async () => {
  for (const session of open.splice(0)) await session.dispose();
});

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
