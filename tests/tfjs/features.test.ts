import { afterEach, describe, expect, it } from "vitest";
import { lossKinds, type LossName } from "../../src/autodiff/losses/losses.ts";
import type { LossOptions } from "../../src/autodiff/training-graphs.ts";
import { compile } from "../../src/compile.ts";
import type { ExampleBatch, TrainingPlan, TrainingSession } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { createTensorFlowEngine } from "../../src/engine/tfjs/engine.ts";
import { createRandom } from "../../src/random/random.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import { ReferenceTraining } from "../engine/reference-training.ts";
import { difference, models, planFor, randomBatch, updates } from "../engine/training-models.ts";

const open: TrainingSession[] = [];

async function start(plan: TrainingPlan, engine: "ort" | "tfjs" = "tfjs"): Promise<TrainingSession> {
  const made = engine === "ort" ? createOrtEngine() : createTensorFlowEngine("cpu");
  const session = await made.createTrainingSession(plan);
  open.push(session);
  return session;
}

afterEach(async () => {
  for (const session of open.splice(0)) await session.dispose();
});

const network = { text: "conv 4 3x3 relu; pool max 2; flatten; dense 5 softmax", input: [8, 8, 1] };

/** Takes steps on TensorFlow.js and in float64 and expects the same losses and weights. */
async function expectReferenceSteps(
  plan: TrainingPlan,
  batches: readonly ExampleBatch[],
  tolerance = 1e-4,
): Promise<TrainingSession> {
  const session = await start(plan);
  const reference = new ReferenceTraining(plan);
  for (const batch of batches) {
    const [{ lossSum }, expected] = [(await session.step(batch, 0.001))!, reference.step(batch, 0.001)];
    expect(Math.abs(lossSum / expected.lossSum - 1)).toBeLessThan(1e-4);
  }
  expect(difference(await session.weights(), reference.weights())).toBeLessThan(tolerance);
  return session;
}

describe("updates on TensorFlow.js", () => {
  it.each(updates.map((options) => [JSON.stringify(options), options] as const))(
    "agree with float64, and go on on ONNX Runtime: %s",
    async (_, options) => {
      const plan = planFor(network.text, network.input, 6, options);
      const batches = [0, 1, 2].map((index) => randomBatch(network.input, 6, index));
      // Lion moves by the whole rate where the sign of a tiny sum is another in float32.
      const tolerance = options.optimizer.name === "lion" ? 0.007 : 1e-4;
      const session = await expectReferenceSteps(plan, batches, tolerance);
      const resumed = await start({ ...plan, weights: initializeWeights(plan.model, 77) }, "ort");
      await resumed.restore(await session.weights(), await session.optimizerState());
      const next = randomBatch(network.input, 6, 3);
      for (const each of [session, resumed]) await each.step(next, 0.001);
      expect(difference(await resumed.weights(), await session.weights())).toBeLessThan(tolerance);
    },
  );

  it("gradients of batches are added up, each a batch to batch norm", async () => {
    const { text, input } = models["a residual block with batch norm"]!;
    const plan = planFor(text, input, 4, { optimizer: { name: "sgd" }, accumulate: 3 });
    const [ort, tfjs] = [await start(plan, "ort"), await start(plan)];
    for (let index = 0; index < 2; index++) {
      const batch = randomBatch(input, 12, index);
      const expected = (await ort.step(batch, 0.01)) ?? (await ort.settle());
      expect((await tfjs.step(batch, 0.01))!.lossSum / expected.lossSum).toBeCloseTo(1, 5);
    }
    expect(difference(await tfjs.weights(), await ort.weights())).toBeLessThan(1e-5);
  });

  it("frozen weights and penalties of layers", () => {
    const text = "a: conv 4 3x3 l2=0.01; bn; relu; conv 4 3x3 l1=0.001; flatten; dense 5 softmax\nfreeze a";
    const plan = planFor(text, [8, 8, 1], 6, { optimizer: { name: "sgd", momentum: 0.9 } });
    return expectReferenceSteps(
      plan,
      [0, 1].map((index) => randomBatch([8, 8, 1], 6, index)),
    );
  });

  it("dropout draws what ONNX Runtime draws, in lanes and chunks of it too", async () => {
    const text =
      "conv 8 3x3 same relu; spatial_dropout 0.3; gaussian_noise 0.1; dropout 0.4; flatten; dense 5 softmax";
    const plan = { ...planFor(text, [12, 12, 3], 24, { optimizer: { name: "sgd" } }), threads: 2 };
    const [ort, tfjs] = [await start(plan, "ort"), await start(plan)];
    const batch = randomBatch([12, 12, 3], 24, 0);
    await ort.step(batch, 0.1);
    await ort.settle();
    await tfjs.step(batch, 0.1);
    expect(difference(await tfjs.weights(), await ort.weights())).toBeLessThan(1e-5);
  });
});

/** The loss' own settings where it needs any. */
const lossSettings: Partial<Record<LossName, object>> = { tversky: { alpha: 0.3, beta: 0.7 } };

describe("losses on TensorFlow.js", () => {
  it.each(Object.keys(lossKinds) as LossName[])("%s agrees with float64", async (name) => {
    const isSequence = name === "ctc";
    const { model } = compile(
      new SourceFile(
        "loss.cnn",
        isSequence ? "input 9x4\ndense 5 softmax\n" : "input 6\ndense 6 tanh\ndense 4 sigmoid\n",
      ),
    );
    const target = isSequence ? "sequences" : "values";
    const loss = {
      name,
      target,
      ...(isSequence ? { sequenceLength: 3 } : {}),
      ...lossSettings[name],
    } as LossOptions;
    const plan: TrainingPlan = {
      model,
      loss,
      optimizer: { name: "sgd" },
      batch: 5,
      seed: 1,
      weights: initializeWeights(model, 5),
      threads: 1,
    };
    const random = createRandom(3, name);
    const data = new Float32Array(5 * (isSequence ? 36 : 6));
    random.fillUniform(data, -1, 1);
    const targets = isSequence
      ? Int32Array.from({ length: 15 }, (_, place) => (place % 3 === 2 ? -1 : random.integer(4)))
      : Float32Array.from({ length: 20 }, () => 0.1 + 0.8 * random.uniform());
    await expectReferenceSteps(plan, [{ data, targets, count: 5 }]);
  });
});

it("several inputs and outputs with losses of their own", async () => {
  const program = `model two
shared side { conv 3 3x3 relu; flatten }
input a 5x5x1
x: side
input b 5x5x1
y: side
subtract x
near: dense 1 sigmoid
from x
kind: dense 4 softmax
output near kind
`;
  const { model } = compile(new SourceFile("two.cnn", program));
  const plan: TrainingPlan = {
    model,
    loss: [
      { name: "binary_cross_entropy", target: "values" },
      { name: "cross_entropy", target: "classes" },
    ],
    optimizer: { name: "adam" },
    batch: 4,
    seed: 1,
    weights: initializeWeights(model, 5),
    threads: 1,
  };
  const random = createRandom(3, "two");
  const image = (): Float32Array => {
    const numbers = new Float32Array(100);
    random.fillUniform(numbers, -1, 1);
    return numbers;
  };
  const targets = [Float32Array.of(0, 1, 1, 0), Int32Array.of(3, 0, 1, 2)];
  await expectReferenceSteps(plan, [{ data: [image(), image()], targets, count: 4 }]);
});
