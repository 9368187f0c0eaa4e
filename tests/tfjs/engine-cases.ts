import { afterAll, describe, expect, it } from "vitest";
import type { LossOptions, OptimizerOptions } from "../../src/autodiff/training-graphs.ts";
import type { ExampleBatch, TrainingPlan, TrainingSession } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { loadTensorFlow, type TensorFlowBackend } from "../../src/engine/tfjs/load.ts";
import { createTensorFlowEngine } from "../../src/engine/tfjs/engine.ts";
import { createRandom } from "../../src/random/random.ts";
import { difference, planFor, randomBatch } from "../engine/training-models.ts";
import { countTensors } from "./count-tensors.ts";

interface Case {
  readonly text: string;
  readonly input: readonly number[];
  readonly optimizer?: OptimizerOptions;
  readonly loss?: LossOptions;
}

const classes: LossOptions = { name: "cross_entropy", target: "classes" };

/** Networks whose steps both engines must take alike. */
const networks: Readonly<Record<string, Case>> = {
  "the lectures' network, smaller": {
    text: "conv 4 3x3 relu; pool max 2; conv 8 3x3 relu; pool max 2; flatten; dense 8 relu; dense 5 softmax",
    input: [14, 14, 1],
  },
  "LeNet's forms": {
    text: "conv 3 5x5 same tanh; pool avg 2; conv 6 5x5 tanh; pool avg 2; flatten; dense 5 softmax",
    input: [12, 12, 1],
  },
  "overlapping pools, strides and a penalty": {
    text: "conv 8 3x3 stride=2 same relu l2=0.01; pool max 3x3 stride=2 same; conv 8 3x3 same; flatten; dense 5 softmax",
    input: [13, 11, 3],
    optimizer: { name: "sgd", momentum: 0.9 },
  },
  "a residual block with batch norm": {
    text: `conv 8 3x3 same bias=no; bn; relu
add { branch { conv 8 3x3 same bias=no; bn scale=no; relu; conv 8 3x3 same bias=no; bn }
      branch { } }
relu; global_pool avg; dense 5 softmax`,
    input: [8, 8, 3],
    optimizer: { name: "sgd", momentum: 0.9, nesterov: true },
  },
  "frozen layers": {
    text: "a: conv 8 3x3 bias=no; b: bn; relu; flatten; dense 5 softmax\nfreeze a\nfreeze b",
    input: [6, 6, 2],
  },
  "one dimension, with dropout and noise": {
    text: "gaussian_noise 0.1; conv 6 5 relu; pool max 2; dropout 0.4; conv 8 3 relu; spatial_dropout 0.2; gaussian_dropout 0.1; flatten; dense 5 softmax",
    input: [20, 4],
  },
  "three dimensions": {
    text: "conv 4 3x3x3 relu; pool max 2; flatten; dense 5 softmax",
    input: [6, 6, 6, 2],
  },
  "a shared instance": {
    text: `shared layer { dense 12 relu; layer_norm }
layer; layer; dense 5 softmax`,
    input: [12],
  },
  "binary cross-entropy": {
    text: "dense 6 tanh; dense 3 sigmoid",
    input: [4],
    loss: { name: "binary_cross_entropy", target: "values" },
  },
  "squared error through an activation of its own": {
    text: "dense 6 gelu; dense 3 hard_sigmoid",
    input: [4],
    loss: { name: "mse", target: "values" },
  },
};

function planOf({ text, input, optimizer = { name: "adam" }, loss = classes }: Case): TrainingPlan {
  return planFor(`${text}\n`, input, 6, { optimizer, loss });
}

/** Random examples; the same for the same index. */
function batchOf({ input, loss = classes }: Case, index: number, count = 6): ExampleBatch {
  const batch = randomBatch(input, count, index);
  if (loss.target === "classes") return batch;
  const random = createRandom(index, "values");
  return { ...batch, targets: Float32Array.from({ length: 3 * count }, () => random.integer(2)) };
}

/** Defines the tests of training on one backend of TensorFlow.js. */
export function describeTraining(backend: TensorFlowBackend): void {
  const open: TrainingSession[] = [];
  const start = async (plan: TrainingPlan, engine: "ort" | "tfjs"): Promise<TrainingSession> => {
    const made = engine === "ort" ? createOrtEngine() : createTensorFlowEngine(backend);
    const session = await made.createTrainingSession(plan);
    open.push(session);
    return session;
  };
  afterAll(async () => {
    for (const session of open) await session.dispose();
  });

  describe(`training on TensorFlow.js, ${backend}`, () => {
    it.each(Object.entries(networks))("takes the steps of ONNX Runtime: %s", async (_, network) => {
      const plan = planOf(network);
      const [ort, tfjs] = [await start(plan, "ort"), await start(plan, "tfjs")];
      for (let index = 0; index < 5; index++) {
        const batch = batchOf(network, index);
        const [expected, actual] = [await ort.step(batch, 0.002), await tfjs.step(batch, 0.002)];
        expect(Math.abs(actual!.lossSum / expected!.lossSum - 1)).toBeLessThan(1e-5);
        expect(actual!.correct).toBeCloseTo(expected!.correct, 5);
      }
      // Adam divides by the gradient's size, so that a rounding of a tiny gradient is a part of the rate.
      expect(difference(await tfjs.weights(), await ort.weights())).toBeLessThan(2e-4);
      const held = batchOf(network, 99, 7);
      const [expected, actual] = [await ort.evaluate(held), await tfjs.evaluate(held)];
      expect(Math.abs(actual.lossSum / expected.lossSum - 1)).toBeLessThan(2e-4);
    });

    it.each([
      ["ort" as const, "tfjs" as const],
      ["tfjs" as const, "ort" as const],
    ])("a run begun on %s goes on with %s", async (first, second) => {
      const network = networks["a residual block with batch norm"]!;
      const plan = planOf(network);
      const whole = await start(plan, "ort");
      const begun = await start(plan, first);
      for (let index = 0; index < 3; index++) {
        await whole.step(batchOf(network, index), 0.01);
        await begun.step(batchOf(network, index), 0.01);
      }
      const resumed = await start(plan, second);
      await resumed.restore(await begun.weights(), await begun.optimizerState());
      for (let index = 3; index < 6; index++) {
        await whole.step(batchOf(network, index), 0.01);
        await resumed.step(batchOf(network, index), 0.01);
      }
      expect((await resumed.optimizerState()).step).toBe(6);
      expect(difference(await resumed.weights(), await whole.weights())).toBeLessThan(1e-5);
    });

    // 2,000 in `npm run verify`.
    const steps = Number(process.env["CNN_SOAK_STEPS"] ?? 200);
    it(`holds as many tensors after ${steps} steps as after ten`, async () => {
      const { tf } = await loadTensorFlow(backend);
      const network: Case = { text: "dense 3 relu; bn; dropout 0.5; dense 5 softmax", input: [4] };
      const session = await start(planOf(network), "tfjs");
      const [early, late] = await countTensors(tf, session, batchOf(network, 0), steps);
      expect(late).toEqual(early);
    }, 600_000);

    it("gives a loss that is no number where a weight is none, for the loop to stop at", async () => {
      const network: Case = { text: "dense 3 relu; dense 5 softmax", input: [4] };
      const plan = planOf(network);
      const session = await start(plan, "tfjs");
      const result = await session.step({ ...batchOf(network, 0), data: new Float32Array(24).fill(NaN) }, 1);
      expect(result!.lossSum).toBeNaN();
    });
  });
}
