import { afterEach, describe, expect, it } from "vitest";
import type { ExampleBatch, TrainingPlan, TrainingSession } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import { ReferenceTraining } from "./reference-training.ts";
import { difference, models, planFor, randomBatch, updates } from "./training-models.ts";

const open: TrainingSession[] = [];

async function start(plan: TrainingPlan): Promise<TrainingSession> {
  const session = await createOrtEngine().createTrainingSession(plan);
  open.push(session);
  return session;
}

afterEach(async () => {
  for (const session of open.splice(0)) await session.dispose();
});

const network = { text: "conv 4 3x3 relu; pool max 2; flatten; dense 5 softmax", input: [8, 8, 1] };

describe("updates in the engine", () => {
  it.each(updates.map((options) => [JSON.stringify(options), options] as const))(
    "agree with float64 in two lanes, and go on to the bit: %s",
    async (_, options) => {
      const plan = planFor(network.text, network.input, 20, { ...options, threads: 2 });
      // So far that a wrong gradient would show; the others move each weight by about the rate.
      const rate = options.optimizer.name === "sgd" ? 0.5 : 0.001;
      const session = await start(plan);
      const reference = new ReferenceTraining(plan);
      for (let index = 0; index < 3; index++) {
        const batch = randomBatch(network.input, 20, index);
        const { lossSum } = (await session.step(batch, rate))!;
        const expected = reference.step(batch, rate).lossSum;
        expect(Math.abs(lossSum - expected) / expected).toBeLessThan(1e-4);
      }
      const [weights, state] = [await session.weights(), await session.optimizerState()];
      // Lion moves by the whole rate where the sign of a tiny sum is another in float32.
      const tolerance = options.optimizer.name === "lion" ? 0.007 : 1e-4;
      expect(difference(weights, reference.weights())).toBeLessThan(tolerance);
      const resumed = await start({ ...plan, weights: initializeWeights(plan.model, 77) });
      await resumed.restore(weights, state);
      for (const each of [session, resumed]) {
        for (let index = 3; index < 5; index++) await each.step(randomBatch(network.input, 20, index), rate);
      }
      for (const [key, { data }] of await session.weights())
        expect((await resumed.weights()).get(key)!.data).toEqual(data);
    },
  );

  it("keeps the digits of rates near 0, whose logarithm a Poisson loss takes", async () => {
    const loss = { name: "poisson", target: "values" } as const;
    const plan = planFor("out: dense 2 softplus", [3], 8, { loss });
    const weights = new Map(plan.weights).set("out/bias", { shape: [2], data: Float32Array.of(-17, -16) });
    const [session, reference] = [
      await start({ ...plan, weights }),
      new ReferenceTraining({ ...plan, weights }),
    ];
    const batch = { ...randomBatch([3], 8, 1), targets: new Float32Array(16).fill(2) };
    const [told, expected] = [(await session.step(batch, 0.1))!, reference.step(batch, 0.1)];
    expect(told.lossSum / expected.lossSum).toBeCloseTo(1, 6);
  });

  it("judges a model by the average of its weights, and trains the weights themselves", async () => {
    const plan = planFor(network.text, network.input, 8);
    const [plain, averaged] = [await start(plan), await start({ ...plan, average: { decay: 0.5 } })];
    const batches = [0, 1, 2].map((index) => randomBatch(network.input, 8, index));
    const trained: Float32Array[] = [];
    for (const batch of batches) {
      await averaged.evaluate(batch);
      const { lossSum } = (await plain.step(batch, 0.01))!;
      expect((await averaged.step(batch, 0.01))!.lossSum).toBe(lossSum);
      trained.push((await plain.weights()).get("dense/kernel")!.data.slice());
    }
    const expected = trained[0]!.map(
      (first, at) => 0.25 * first + 0.25 * trained[1]![at]! + 0.5 * trained[2]![at]!,
    );
    const average = (await averaged.weights()).get("dense/kernel")!.data;
    average.forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 6));
  });

  it("adds up the gradients of batches, each a batch to batch norm", async () => {
    const { text, input } = models["a residual block with batch norm"]!;
    const optimizer = { name: "sgd" } as const;
    const plan = planFor(text, input, 6, { optimizer, accumulate: 3 });
    const session = await start(plan);
    const whole = randomBatch(input, 18, 0);
    const { lossSum } = (await session.step(whole, 0.3))!;
    // Three plain steps from the same weights: a third of each step's move, and the statistics that follow one another.
    let losses = 0;
    const moves: Float32Array[] = [];
    const single = await start({ ...plan, accumulate: 1 });
    const key = "conv2d/kernel";
    for (let part = 0; part < 3; part++) {
      const size = whole.data.length / 3;
      const batch: ExampleBatch = {
        data: whole.data.slice(part * size, (part + 1) * size),
        targets: whole.targets.slice(part * 6, (part + 1) * 6),
        count: 6,
      };
      const state = new Map(await single.weights());
      for (const [name, value] of plan.weights) if (!name.includes("moving")) state.set(name, value);
      await single.restore(state, await single.optimizerState());
      losses += (await single.step(batch, 0.1))!.lossSum;
      moves.push((await single.weights()).get(key)!.data.slice());
    }
    expect(lossSum).toBeCloseTo(losses, 3);
    const start0 = plan.weights.get(key)!.data;
    (await session.weights()).get(key)!.data.forEach((value, at) => {
      const move = moves.reduce((sum, moved) => sum + moved[at]! - start0[at]!, 0);
      expect(value).toBeCloseTo(start0[at]! + move, 5);
    });
    for (const [name, { data }] of await single.weights()) {
      if (!name.includes("moving")) continue;
      const actual = (await session.weights()).get(name)!.data;
      data.forEach((value, at) => expect(actual[at], name).toBeCloseTo(value, 5));
    }
  });

  it("trains several inputs and outputs, each output with its own loss and weight", async () => {
    const text = `a: dense 6 tanh
input other 3
b: dense 6 tanh
merged: concat a
class: dense 5 softmax
from merged
size: dense 2
output class size
`;
    const plan = planFor(text, [4], 20, {
      threads: 2,
      loss: [
        { name: "cross_entropy", target: "classes", labelSmoothing: 0.1 },
        { name: "huber", target: "values", weight: 0.3 },
      ],
    });
    const session = await start(plan);
    const reference = new ReferenceTraining(plan);
    for (let index = 0; index < 3; index++) {
      const [left, right] = [randomBatch([4], 20, index), randomBatch([3], 20, 100 + index)];
      const sizes = randomBatch([2], 20, 200 + index).data;
      const batch = { data: [left.data, right.data], targets: [left.targets, sizes], count: 20 };
      const { lossSum } = (await session.step(batch, 0.01))!;
      expect(lossSum / reference.step(batch, 0.01).lossSum).toBeCloseTo(1, 5);
      expect((await session.evaluate(batch)).lossSum).toBeGreaterThan(0);
    }
    expect(difference(await session.weights(), reference.weights())).toBeLessThan(1e-4);
  });
});
