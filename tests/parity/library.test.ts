import { describe, expect, it } from "vitest";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { compile } from "../../src/compile.ts";
import type { ExampleBatch, TrainingPlan, TrainingSession } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { findNativeTensorFlow } from "../../src/engine/tfjs/packages.ts";
import { createTensorFlowEngine } from "../../src/engine/tfjs/engine.ts";
import { readImport } from "../../src/files/imports.ts";
import { readLibrary } from "../../src/files/library.ts";
import { createRandom } from "../../src/random/random.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import { numbersOf, outputsOnOnnxRuntime, outputsOnTensorFlow } from "./compare-engines.ts";

// Whole networks take tfjs-node; in plain JavaScript a step of most of them takes minutes.
const hasNative = findNativeTensorFlow().state === "loaded";
const isWhole = process.env["CNN_PARITY_LIBRARY"] !== undefined;
const mostParameters = isWhole ? 10e6 : 300_000;
/** Networks that take a while only where all of them are asked for. */
const mostWork = isWhole ? Infinity : 20e6;
const [steps, batchSize] = [10, 2];

/** The bound of a weight's relative difference after training. */
const bound = 1e-3;
/**
 * What the rounding of a float32 sum of a thousand numbers is in size. A network that blows it up (batch norm of two examples divides
 * by the difference of two numbers) comes out elsewhere on any two machines: the engines may be as far apart as two trainings of
 * one of them of which one starts from weights moved by so much, or up to twenty times that, since they round at every
 * operation of every step.
 */
const rounding = 2 ** -20;
const mostOfRounding = 20;

describe.skipIf(!hasNative)("library models train alike on both engines (skipped without tfjs-node)", () => {
  const models = readLibrary()
    .map(({ name, file }) => ({ name, model: compile(file, { modelName: name, readImport }).model }))
    .filter(({ model }) => {
      const { parameters, multiplyAccumulates } = model.totals;
      return parameters.value! <= mostParameters && multiplyAccumulates.value! <= mostWork;
    });
  it.each(models)(
    "$name",
    async ({ model }) => {
      const weights = initializeWeights(model, 1);
      const batch = randomBatch(model);
      await expectSameLogits(model, weights, batch);
      const plan: TrainingPlan = {
        model,
        loss: { name: "mse", target: "values" },
        optimizer: { name: "sgd" },
        batch: batchSize,
        seed: 1,
        weights,
        // Lanes on several threads draw the numbers of dropout for their own parts of a batch.
        threads: 1,
      };
      const ort = await train(createOrtEngine().createTrainingSession(plan), batch);
      const tfjs = await train(createTensorFlowEngine("tensorflow").createTrainingSession(plan), batch);
      const far = [...ort].filter(([key, value]) => distance(tfjs.get(key)!.data, value.data) >= bound);
      if (far.length === 0) return;
      const nudged = { ...plan, weights: withRounding(weights) };
      const rounded = await train(createOrtEngine().createTrainingSession(nudged), batch);
      for (const [key, { data }] of far) {
        const byRounding = distance(rounded.get(key)!.data, data);
        const apart = distance(tfjs.get(key)!.data, data);
        expect(apart, `${key}, which rounding moves by ${byRounding}`).toBeLessThan(
          mostOfRounding * byRounding,
        );
      }
    },
    600_000,
  );
});

function randomBatch(model: ShapedGraph): ExampleBatch {
  const data = model.graph.inputs.map((id) => numbers(`data ${id}`, numbersOf(model, id)));
  const targets = model.graph.outputs.map(({ layer }) =>
    numbers(`targets ${layer}`, numbersOf(model, layer)),
  );
  return { data, targets, count: batchSize };
}

async function expectSameLogits(
  model: ShapedGraph,
  weights: WeightValues,
  { data }: ExampleBatch,
): Promise<void> {
  const example = [data].flat() as readonly Float32Array[];
  const onOnnxRuntime = await outputsOnOnnxRuntime(model, weights, example, batchSize);
  const onTensorFlow = await outputsOnTensorFlow(model, weights, example, {
    backend: "tensorflow",
    count: batchSize,
  });
  onOnnxRuntime.forEach((expected, index) => {
    expect(distance(Float32Array.from(onTensorFlow[index]!.data), expected), "logits").toBeLessThan(1e-4);
  });
}

async function train(starting: Promise<TrainingSession>, batch: ExampleBatch): Promise<WeightValues> {
  const session = await starting;
  try {
    for (let step = 0; step < steps; step++) await session.step(batch, 0.001);
    return await session.weights();
  } finally {
    await session.dispose();
  }
}

/** Every weight moved by a part of itself, at random up or down. */
function withRounding(weights: WeightValues): WeightValues {
  const random = createRandom(2, "rounding");
  return new Map(
    [...weights].map(([key, { shape, data }]) => {
      const moved = data.map((value) => value * (1 + (random.uniform() < 0.5 ? -rounding : rounding)));
      return [key, { shape, data: moved }];
    }),
  );
}

function numbers(stream: string, shape: readonly number[]): Float32Array {
  const values = new Float32Array(shape.reduce((product, size) => product * size, batchSize));
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
