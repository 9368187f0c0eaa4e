import { describe, expect, it } from "vitest";
import { initialLossScale, lossScaleMoment } from "../../src/autodiff/loss-scaling.ts";
import type { BatchResult, TrainingPlan, TrainingSession } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { graphsFor } from "../../src/engine/step-models.ts";
import { verifyTensorGraph } from "../../src/tensor/verify.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";
import { checkPrecision } from "../../src/engine/choose.ts";
import { halfToNumber, numberToHalf, roundToHalf } from "../../src/tensor/half-precision.ts";
import { createRandom } from "../../src/random/random.ts";
import { ReferenceTraining } from "./reference-training.ts";
import { lecture, models, planFor, randomBatch } from "./training-models.ts";

const sgd = { name: "sgd" } as const;
const half = { precision: "float16" } as const;

// ONNX Runtime computes float16 on the CPU by casts to float32 and back: as exact as a GPU, only slow.
function start(plan: TrainingPlan): Promise<TrainingSession> {
  return createOrtEngine("cpu").createTrainingSession(plan);
}

async function scaleOf(session: TrainingSession): Promise<readonly number[]> {
  return [...(await session.optimizerState()).moments.get(lossScaleMoment)!];
}

async function setScale(session: TrainingSession, scale: number, goodSteps: number): Promise<void> {
  const { moments, step } = await session.optimizerState();
  const changed = new Map([...moments, [lossScaleMoment, Float32Array.of(scale, goodSteps)] as const]);
  await session.restore(await session.weights(), { moments: changed, step });
}

/** How far two moves from the same weights lie apart, by the length of the second. */
function apart(before: WeightValues, moved: WeightValues, expected: WeightValues): number {
  let [distance, length] = [0, 0];
  for (const [key, { data }] of expected) {
    data.forEach((value, index) => {
      distance += (moved.get(key)!.data[index]! - value) ** 2;
      length += (value - before.get(key)!.data[index]!) ** 2;
    });
  }
  return Math.sqrt(distance / length);
}

describe("a step in mixed precision", () => {
  it.each(Object.entries(models))("has its products in float16 and its sums in float32: %s", (_, model) => {
    const { step, update } = graphsFor(planFor(model.text, model.input, 6, half), 6, 6);
    verifyTensorGraph(step);
    verifyTensorGraph(update);
    const typesOf = (...ops: string[]): ReadonlySet<string> =>
      new Set(step.nodes.filter(({ op }) => ops.includes(op)).map(({ dataType }) => dataType));
    expect(typesOf("matmul", "conv", "convInputGradient", "convKernelGradient")).toEqual(
      new Set(["float16"]),
    );
    expect(typesOf("softmax", "logSoftmax", "exp", "log", "reduceSum", "reduceMean", "divide")).toEqual(
      new Set(["float32"]),
    );
    for (const { value } of step.outputs) expect(step.nodes[value]!.dataType).toBe("float32");
  });

  it.each(Object.entries(models))("moves the weights as float32 does: %s", async (_, { text, input }) => {
    const plan = planFor(text, input, 6, { optimizer: sgd });
    const batch = randomBatch(input, 6, 1);
    const moved: WeightValues[] = [];
    const results: BatchResult[] = [];
    for (const precision of ["float16", "float32"] as const) {
      const session = await start({ ...plan, precision });
      results.push((await session.step(batch, 0.1))!);
      moved.push(await session.weights());
      if (precision === "float16") expect(await scaleOf(session)).toEqual([initialLossScale, 1]);
      await session.dispose();
    }
    const distance = apart(plan.weights, moved[0]!, moved[1]!);
    expect(distance).toBeGreaterThan(1e-6);
    // Behind batch norm of so few examples most of a gradient cancels out, and the roundings are left.
    expect(distance).toBeLessThan(text.includes("bn") ? 0.05 : 0.005);
    expect(results[0]!.lossSum / results[1]!.lossSum).toBeCloseTo(1, 2);
  });

  it("is what float64 gives, rounded to float16 where the graph says so", async () => {
    const plan = planFor(lecture, [18, 18, 1], 6, { optimizer: sgd, ...half });
    const session = await start(plan);
    const reference = new ReferenceTraining(plan);
    for (let index = 0; index < 3; index++) {
      const batch = randomBatch([18, 18, 1], 6, index);
      const { lossSum } = (await session.step(batch, 0.05))!;
      expect(lossSum / reference.step(batch, 0.05).lossSum).toBeCloseTo(1, 4);
    }
    expect(apart(plan.weights, await session.weights(), reference.weights())).toBeLessThan(3e-3);
    await session.dispose();
  });

  it("gives the same in chunks, and with a moving average of the weights", async () => {
    const plan = planFor(lecture, [18, 18, 1], 80, { ...half, average: { decay: 0.5 } });
    const batch = randomBatch([18, 18, 1], 80, 4);
    const moved: WeightValues[] = [];
    for (const threads of [1, 2]) {
      const session = await start({ ...plan, threads });
      await setScale(session, 2 ** 24, 0);
      await session.step(batch, 0.01);
      expect(await scaleOf(session)).toEqual([2 ** 23, 0]);
      expect(apart(plan.weights, await session.weights(), plan.weights)).toBeNaN();
      await setScale(session, 2 ** 10, 0);
      await session.step(batch, 0.01);
      moved.push(await session.weights());
      await session.dispose();
    }
    expect(apart(plan.weights, moved[0]!, moved[1]!)).toBeLessThan(0.05);
    expect(apart(plan.weights, moved[0]!, plan.weights)).toBe(Infinity);
  });
});

describe("the loss scale", () => {
  const plan = planFor(lecture, [18, 18, 1], 6, half);
  const batch = randomBatch([18, 18, 1], 6, 1);

  it("is halved by a gradient that is not finite, and the step changes nothing else", async () => {
    const session = await start(plan);
    await session.step(batch, 0.01);
    await setScale(session, 2 ** 24, 17);
    const [weights, { moments }] = [await session.weights(), await session.optimizerState()];
    expect(Number.isFinite((await session.step(batch, 0.01))!.lossSum)).toBe(true);
    expect(await session.weights()).toEqual(weights);
    const after = (await session.optimizerState()).moments;
    for (const [name, data] of moments)
      expect(after.get(name)).toEqual(name === lossScaleMoment ? Float32Array.of(2 ** 23, 0) : data);
    await session.dispose();
  });

  it("passes over the moving average too, which begins with the first step that is taken", async () => {
    const session = await start({ ...plan, optimizer: sgd, average: { decay: 0.5 } });
    await setScale(session, 2 ** 24, 0);
    await session.step(batch, 0.01);
    expect(await session.weights()).toEqual(plan.weights);
    await setScale(session, 2 ** 10, 0);
    await session.step(batch, 0.1);
    // As in Keras, whose average begins as the weights after its first step.
    const { moments } = await session.optimizerState();
    expect(moments.get("average")).toEqual(moments.get("weights"));
    await session.step(batch, 0.1);
    const behind = await session.weights();
    await setScale(session, 2 ** 24, 0);
    await session.step(batch, 0.1);
    expect(await session.weights()).toEqual(behind);
    await session.dispose();
  });

  it("is doubled after 2,000 good steps, up to 2^24", async () => {
    const session = await start(plan);
    await setScale(session, 2 ** 10, 1998);
    await session.step(batch, 0.001);
    expect(await scaleOf(session)).toEqual([2 ** 10, 1999]);
    await session.step(batch, 0.001);
    expect(await scaleOf(session)).toEqual([2 ** 11, 0]);
    await session.step(batch, 0.001);
    expect(await scaleOf(session)).toEqual([2 ** 11, 1]);
    await session.dispose();
  });

  it("ends the run where it falls to nothing, and names the layer", async () => {
    const source = "first: conv 2 3x3 relu; flatten; last: dense 1";
    const weights = planFor(source, [6, 6, 1], 4, half).weights;
    const session = await start({
      ...planFor(source, [6, 6, 1], 4, half),
      loss: { name: "mse", target: "values" },
      weights,
    });
    // The square of the error is a number, its gradient is none of float16 however small the scale is.
    const targets = Float32Array.of(1e15, 1, 1, 1);
    const bad = { data: randomBatch([6, 6, 1], 4, 1).data, targets, count: 4 };
    let steps = 0;
    while (Number.isFinite((await session.step(bad, 0.01))!.lossSum)) steps += 1;
    expect(steps).toBe(29);
    expect(await session.findNonFinite(bad)).toMatchObject({ place: "gradient", layer: "last" });
    expect(await session.weights()).toEqual(weights);
    await session.dispose();
  });

  it("is no remedy for a forward pass beyond float16, whose layer is named", async () => {
    const session = await start(plan);
    const large = { ...batch, data: batch.data.map((value) => value * 1e5) };
    expect((await session.step(large, 0.01))!.lossSum).not.toSatisfy(Number.isFinite);
    expect(await session.findNonFinite(large)).toMatchObject({ place: "output", layer: "conv2d" });
    await session.dispose();
  });

  it("is a part of the state: a resumed run ends with the same bits", async () => {
    const session = await start(plan);
    await setScale(session, 2 ** 19, 1990);
    const steps = async (of: TrainingSession, from: number, to: number): Promise<void> => {
      for (let index = from; index < to; index++) await of.step(randomBatch([18, 18, 1], 6, index), 0.01);
    };
    await steps(session, 0, 6);
    const [weights, state] = [await session.weights(), await session.optimizerState()];
    await steps(session, 6, 18);
    const resumed = await start(plan);
    await resumed.restore(weights, state);
    await steps(resumed, 6, 18);
    expect(await resumed.weights()).toEqual(await session.weights());
    expect(await resumed.optimizerState()).toEqual(await session.optimizerState());
    await session.dispose();
    await resumed.dispose();
  });
});

describe("training in mixed precision", () => {
  it("reaches the accuracy of float32", async () => {
    const input = [12, 12, 1];
    const plan = planFor(
      "conv 8 3x3 relu; pool max 2; bn momentum=0.9; conv 16 3x3 relu; flatten; dense 5 softmax",
      input,
      50,
    );
    const correct: number[] = [];
    for (const precision of ["float16", "float32"] as const) {
      const session = await start({ ...plan, precision });
      for (let index = 0; index < 150; index++) await session.step(stripes(index), 0.003);
      correct.push((await session.evaluate(stripes(1000))).correct);
      await session.dispose();
    }
    expect(correct[1]).toBeGreaterThan(44);
    expect(correct[0]).toBeGreaterThanOrEqual(correct[1]! - 2);
  });

  /** Five kinds of stripes under noise. */
  function stripes(index: number): { data: Float32Array; targets: Int32Array; count: number } {
    const random = createRandom(index, "stripes");
    const targets = Int32Array.from({ length: 50 }, () => random.integer(5));
    const data = new Float32Array(50 * 144);
    random.fillUniform(data, 0, 1);
    targets.forEach((kind, example) => {
      const phase = random.integer(12);
      for (let cell = 0; cell < 144; cell++) {
        const [row, column] = [Math.floor(cell / 12), cell % 12];
        const place = [row, column, row + column, row - column + 12, row + 2 * column][kind]! + phase;
        data[example * 144 + cell]! += place % 4 < 2 ? 0.6 : 0;
      }
    });
    return { data, targets, count: 50 };
  }
});

describe("where mixed precision is not to be had", () => {
  it.each([
    ["ort", "cpu", "be slower"],
    ["auto", "cpu", "be slower"],
    ["tfjs", "cpu", "TensorFlow.js"],
    ["tfjs", "webgpu", "TensorFlow.js"],
  ] as const)("the run is refused: %s on %s", (engine, device, reason) => {
    expect(() => {
      checkPrecision({ engine, device }, half);
    }).toThrow(reason);
    checkPrecision({ engine, device }, { precision: "float32" });
  });

  it("is had on a GPU", () => {
    checkPrecision({ engine: "ort", device: "webgpu" }, half);
    checkPrecision({ engine: "auto", device: "webgpu" }, half);
  });
});

describe("numbers of float16", () => {
  it("come back from their bits, every one", () => {
    const all = Array.from({ length: 2 ** 16 }, (_, bits) => bits).filter(
      (bits) => !Number.isNaN(halfToNumber(bits)),
    );
    expect(all.length).toBe(2 ** 16 - 2 * 1023);
    expect(all.filter((bits) => numberToHalf(halfToNumber(bits)) !== bits)).toEqual([]);
    expect(all.filter((bits) => !Object.is(roundToHalf(halfToNumber(bits)), halfToNumber(bits)))).toEqual([]);
  });

  it("are the nearest, the even one of two", () => {
    expect(
      [1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, -1e9, 2 ** -25, 3 * 2 ** -25, NaN].map(roundToHalf),
    ).toEqual([1, 1 + 2 ** -9, 65504, Infinity, -Infinity, 0, 2 ** -23, NaN]);
  });
});
