import { describe, expect, it } from "vitest";
import type { BatchResult, ExampleBatch, TrainingPlan } from "../../src/engine/engine.ts";
import { importOnnxRuntime } from "../../src/engine/onnx-runtime.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { WebGpuTrainingSession } from "../../src/engine/webgpu/training-session.ts";
import { whyNoWebGpu } from "../webgpu.ts";
import { ReferenceTraining } from "./reference-training.ts";
import { adam, difference, models, planFor, randomBatch } from "./training-models.ts";

/** Software adapters take seconds to compile a network's programs: the ordinary suite trains one that has most forms. */
const networks = Object.entries(models).filter(
  ([name]) => process.env.CNN_WEBGPU_NETWORKS === "all" || name === "a residual block with batch norm",
);

const missing = await whyNoWebGpu();
if (missing !== undefined) console.warn(`training on WebGPU: ${missing}; skipped`);

async function start(plan: TrainingPlan, largestTensor?: number): Promise<WebGpuTrainingSession> {
  return new WebGpuTrainingSession(await importOnnxRuntime(), plan, largestTensor).prepare();
}

function expectSums(actual: BatchResult, expected: readonly BatchResult[]): void {
  const lossSum = expected.reduce((sum, result) => sum + result.lossSum, 0);
  expect(Math.abs(actual.lossSum - lossSum) / lossSum).toBeLessThan(1e-5);
  expect(actual.correct).toBe(expected.reduce((sum, result) => sum + result.correct, 0));
}

describe.skipIf(missing !== undefined)("training on WebGPU", () => {
  it.each(networks)(
    "steps agree with float64, nothing on the CPU: %s",
    async (_, { text, input, optimizer = adam }) => {
      const plan = planFor(text, input, 6, { optimizer });
      const session = await start(plan);
      expect(session.notes).toEqual([]);
      const reference = new ReferenceTraining(plan);
      const expected: BatchResult[] = [];
      for (let index = 0; index < 3; index++) {
        const batch = randomBatch(input, 6, index);
        expect(await session.step(batch, 0.002)).toBeUndefined();
        expected.push(reference.step(batch, 0.002));
      }
      expectSums(await session.settle(), expected);
      expect(await session.settle()).toEqual({ lossSum: 0, correct: 0 });
      const bound = optimizer.name === "adam" ? 2e-4 : 2e-5;
      expect(difference(await session.weights(), reference.weights())).toBeLessThan(bound);
      const held = randomBatch(input, 7, 99);
      const evaluated = await session.evaluate(held);
      const loss = reference.evaluate(held).lossSum;
      expect(Math.abs(evaluated.lossSum - loss) / loss).toBeLessThan(2e-4);
      await session.dispose();
    },
  );

  it("cuts a batch whose patches would be too large to bind, and tells the sums of sixteen steps", async () => {
    const text = "conv 4 3x3 relu l2=0.01; pool max 2; flatten; dense 5 softmax";
    const plan = planFor(text, [10, 10, 1], 10);
    const session = await start(plan, 4 * 8 * 8 * 9);
    const onCpu = await createOrtEngine("cpu").createTrainingSession(plan);
    const expected: BatchResult[] = [];
    let told: BatchResult | undefined;
    for (let index = 0; index < 16; index++) {
      const batch = randomBatch([10, 10, 1], 10, index);
      told = await session.step(batch, 0.002);
      expected.push((await onCpu.step(batch, 0.002))!);
    }
    expectSums(told!, expected);
    expect(difference(await session.weights(), await onCpu.weights())).toBeLessThan(5e-4);
    for (const each of [session, onCpu]) await each.dispose();
  });

  it("takes the parts of an accumulated batch one after another, as the CPU does", async () => {
    const plan = {
      ...planFor("conv 4 3x3 bias=no; bn; relu; flatten; dense 5 softmax", [8, 8, 1], 6),
      accumulate: 2,
    };
    const session = await start(plan);
    const onCpu = await createOrtEngine("cpu").createTrainingSession(plan);
    const expected: BatchResult[] = [];
    for (const [index, count] of [12, 12, 7].entries()) {
      const batch = randomBatch([8, 8, 1], count, index);
      await session.step(batch, 0.002);
      expected.push((await onCpu.step(batch, 0.002))!);
    }
    expectSums(await session.settle(), expected);
    expect(difference(await session.weights(), await onCpu.weights())).toBeLessThan(5e-4);
    for (const each of [session, onCpu]) await each.dispose();
  });

  it.each([
    { what: "an example", rate: 0.01, spoiled: true, found: { place: "data", example: 4 } },
    { what: "a step that is far too long", rate: 1e20, spoiled: false, found: { place: "output" } },
  ])("finds among the steps whose sums were not told the one that went wrong: $what", async (given) => {
    // A relu on a GPU makes 0 of what is no number.
    const text = "conv 4 3x3; flatten; dense 5 softmax";
    const session = await start(planFor(text, [8, 8, 1], 6, { optimizer: { name: "sgd" } }));
    for (let index = 0; index < 5; index++) {
      const batch = randomBatch([8, 8, 1], 6, index);
      if (given.spoiled && index === 2) (batch.data as Float32Array)[3 * 64 + 5] = NaN;
      await session.step(batch, index === 2 ? given.rate : 0.01);
    }
    expect((await session.settle()).lossSum).toBeNaN();
    expect(await session.findNonFinite()).toMatchObject(given.found);
    await session.dispose();
  });

  it("goes on to the bit where another session stopped, and like the CPU", async () => {
    const { text, input } = models["one dimension, with dropout"]!;
    const plan = planFor(text, input, 10);
    const whole = await start(plan);
    const onCpu = await createOrtEngine("cpu").createTrainingSession(plan);
    const stepAll = async (session: Pick<WebGpuTrainingSession, "step">, first: number): Promise<void> => {
      for (let index = first; index < first + 2; index++)
        await session.step(randomBatch(input, 10, index), 0.01);
    };
    await stepAll(whole, 0);
    await stepAll(onCpu, 0);
    expect(difference(await whole.weights(), await onCpu.weights())).toBeLessThan(2e-4);
    const [weights, state] = [await whole.weights(), await whole.optimizerState()];
    await stepAll(whole, 2);
    const resumed = await start(plan);
    await resumed.restore(weights, state);
    await stepAll(resumed, 2);
    expect(difference(await resumed.weights(), await whole.weights())).toBe(0);
    for (const session of [whole, resumed, onCpu]) await session.dispose();
  });

  it("keeps the examples in its memory, in several tables where they are too many for one, with the same bits", async () => {
    const text = "flatten; dropout 0.3; dense 5 softmax";
    const all = randomBatch([8, 8, 2], 30, 7);
    all.data[128 * 29 + 5] = Infinity;
    const read = (rows: Int32Array): ExampleBatch => ({
      data: Float32Array.from([...rows].flatMap((row) => [...all.data.subarray(128 * row, 128 * row + 128)])),
      targets: rows.map((row) => all.targets[row]!),
      count: rows.length,
    });
    const plan = planFor(text, [8, 8, 2], 10);
    // Seven examples are computed at a time, and tables hold six.
    const largestTensor = 7 * 128;
    const sent = await start(plan, largestTensor);
    const kept = await start({ ...plan, examples: { count: 30, read } }, largestTensor);
    expect([sent.keepsExamples, kept.keepsExamples]).toEqual([false, true]);
    expect(kept.notes).toEqual([expect.stringContaining("the training data lies in the GPU's memory: 1")]);
    for (let index = 0; index < 3; index++) {
      const rows = Int32Array.from({ length: 10 }, (_, place) => (7 * (10 * index + place)) % 29);
      await sent.step(read(rows), 0.01);
      await kept.step({ data: [], targets: [], count: 10, rows }, 0.01);
    }
    expect(await kept.settle()).toEqual(await sent.settle());
    expect(await kept.weights()).toEqual(await sent.weights());
    const rows = Int32Array.from({ length: 10 }, (_, place) => 20 + place);
    await kept.step({ data: [], targets: [], count: 10, rows }, 0.01);
    expect(Number.isFinite((await kept.settle()).lossSum)).toBe(false);
    expect(await kept.findNonFinite()).toMatchObject({ place: "data", example: 10 });
    await sent.dispose();
    await kept.dispose();
  });
});
