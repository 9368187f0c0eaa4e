import { describe, expect, it } from "vitest";
import { initialLossScale, lossScaleMoment } from "../../src/autodiff/loss-scaling.ts";
import type { BatchResult, TrainingPlan, TrainingSession } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { graphsFor } from "../../src/engine/step-sessions.ts";
import { verifyTensorGraph } from "../../src/tensor/verify.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";
import { ReferenceTraining } from "./reference-training.ts";
import { difference, lecture, models, planFor, randomBatch } from "./training-models.ts";

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
    expect(typesOf("matmul", "conv", "convInputGradient", "convKernelGradient")).toEqual(new Set(["float16"]));
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
    expect(distance).toBeLessThan(0.02);
    expect(results[0]!.lossSum / results[1]!.lossSum).toBeCloseTo(1, 2);
  });
});
