import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import type { ExampleBatch, TrainingPlan } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { findNativeTensorFlow } from "../../src/engine/tensorflow.ts";
import { createTensorFlowEngine } from "../../src/engine/tfjs.ts";
import { readImport } from "../../src/files/imports.ts";
import { readLibrary } from "../../src/files/library.ts";
import { createRandom } from "../../src/random/random.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";

// Whole networks take tfjs-node; in plain JavaScript a step of most of them takes minutes.
const hasNative = findNativeTensorFlow().state === "loaded";
const isWhole = process.env["CNN_PARITY_LIBRARY"] !== undefined;
const mostParameters = isWhole ? 10e6 : 300_000;
/** Networks that take a while only where all of them are asked for. */
const mostWork = isWhole ? Infinity : 20e6;
const steps = 10;

describe.skipIf(!hasNative)("library models train alike on both engines (skipped without tfjs-node)", () => {
  const models = readLibrary()
    .map(({ name, file }) => ({ name, model: compile(file, { modelName: name, readImport }).model }))
    .filter(({ model }) => {
      const isOne = model.graph.inputs.length === 1 && model.graph.outputs.length === 1;
      const isKnown = model.layers.every(({ shape }) => shape?.every((dim) => dim.value !== undefined));
      const { parameters, multiplyAccumulates } = model.totals;
      const isSmall = parameters.value! <= mostParameters && multiplyAccumulates.value! <= mostWork;
      return isOne && isKnown && isSmall;
    });
  it.each(models)(
    "$name",
    async ({ model }) => {
      const input = model.layer(model.graph.inputs[0]!).shape!.map((dim) => dim.value!);
      const output = model.layer(model.graph.outputs[0]!.layer).shape!.map((dim) => dim.value!);
      const plan: TrainingPlan = {
        model,
        loss: { name: "mse", target: "values" },
        optimizer: { name: "sgd" },
        batch: 2,
        seed: 1,
        weights: initializeWeights(model, 1),
      };
      const batch: ExampleBatch = {
        data: numbers("data", 2, input),
        targets: numbers("targets", 2, output),
        count: 2,
      };
      const [ort, tfjs] = [
        await createOrtEngine().createTrainingSession(plan),
        await createTensorFlowEngine("tensorflow").createTrainingSession(plan),
      ];
      try {
        const [expected, actual] = [await ort.evaluate(batch), await tfjs.evaluate(batch)];
        expect(Math.abs(actual.lossSum / expected.lossSum - 1)).toBeLessThan(1e-4);
        for (let step = 0; step < steps; step++) {
          await ort.step(batch, 0.001);
          await tfjs.step(batch, 0.001);
        }
        const [left, right] = [await ort.weights(), await tfjs.weights()];
        for (const [key, { data }] of left)
          expect(distance(right.get(key)!.data, data), key).toBeLessThan(1e-3);
      } finally {
        await ort.dispose();
        await tfjs.dispose();
      }
    },
    600_000,
  );
});

function numbers(stream: string, count: number, shape: readonly number[]): Float32Array {
  const values = new Float32Array(shape.reduce((product, size) => product * size, count));
  createRandom(1, stream).fillUniform(values, 0, 1);
  return values;
}

/** The length of the difference relative to that of the expected vector. */
function distance(actual: Float32Array, expected: Float32Array): number {
  let [difference, length] = [0, 1e-12];
  expected.forEach((value, index) => {
    difference += (value - actual[index]!) ** 2;
    length += value ** 2;
  });
  return Math.sqrt(difference / length);
}
