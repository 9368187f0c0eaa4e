import { describe, expect, it } from "vitest";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { compile } from "../../src/compile.ts";
import type { LossOptions } from "../../src/autodiff/training-graphs.ts";
import type { ExampleBatch, TrainingPlan, TrainingSession } from "../../src/engine/engine.ts";
import { createOrtEngine } from "../../src/engine/ort.ts";
import { findNativeTensorFlow } from "../../src/engine/tfjs/packages.ts";
import { createTensorFlowEngine } from "../../src/engine/tfjs/engine.ts";
import { readImport } from "../../src/files/imports.ts";
import { readLibrary } from "../../src/files/library.ts";
import type { ActivationValue } from "../../src/graph/layer-graph.ts";
import { createRandom } from "../../src/random/random.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import { numbersOf, outputsOnOnnxRuntime, outputsOnTensorFlow } from "./compare-engines.ts";
import { withoutKinks } from "./without-kinks.ts";

// Whole networks take tfjs-node; in plain JavaScript a step of most of them takes minutes.
const hasNative = findNativeTensorFlow().state === "loaded";
const asked = process.env["CNN_PARITY_LIBRARY"] ?? "";
const isWhole = asked !== "";
/** All, or those whose names match: `CNN_PARITY_LIBRARY='mobilenet.*'`. */
const chosen = new RegExp(isWhole && asked !== "1" ? `^(${asked})$` : "");
const mostParameters = isWhole ? 10e6 : 300_000;
/** Networks that take a while only where all of them are asked for. */
const mostWork = isWhole ? Infinity : 20e6;
const [steps, batchSize] = [10, 4];

interface Training {
  readonly what: string;
  readonly form: (model: ShapedGraph) => ShapedGraph;
  readonly rate: number;
  readonly clip?: NonNullable<TrainingPlan["clip"]>;
}

/** The bound of a weight's difference after training, relative to its size. */
const bound = 1e-3;

/**
 * As they are, networks take short steps: where a sum is within rounding of a kink (0 for relu, a tie for a maximum), the engines may stand
 * on two sides of it, and then a cell's gradient is there on one and not on the other; each step sees more of that, since
 * weights differ already. With smooth functions in place of those the steps are ordinary ones.
 */
const trainings: readonly Training[] = [
  { what: "as it is", form: (model) => model, rate: 1e-4, clip: { by: "global_norm", limit: 1 } },
  { what: "without kinks", form: withoutKinks, rate: 1e-3 },
];

describe.skipIf(!hasNative)("library models train alike on both engines (skipped without tfjs-node)", () => {
  const models = readLibrary()
    .map(({ name, file }) => ({ name, model: compile(file, { modelName: name, readImport }).model }))
    .filter(({ name, model }) => {
      const { parameters, multiplyAccumulates } = model.totals;
      return (
        parameters.value! <= mostParameters && multiplyAccumulates.value! <= mostWork && chosen.test(name)
      );
    });
  const cases = models.flatMap(({ name, model }) =>
    trainings.map((training) => ({ name, model, ...training })),
  );
  it.each(cases)(
    "$name, $what",
    async ({ name, model: original, form, what, rate, clip }) => {
      const model = form(original);
      const weights = initializeWeights(model, 1);
      const batch = randomBatch(model);
      await expectSameLogits(model, weights, batch);
      const plan: TrainingPlan = {
        model,
        loss: lossesOf(model),
        optimizer: { name: "sgd" },
        ...(clip === undefined ? {} : { clip }),
        batch: batchSize,
        seed: 1,
        weights,
        // Lanes on several threads draw the numbers of dropout for their own parts of a batch.
        threads: 1,
      };
      const ort = await train(createOrtEngine().createTrainingSession(plan), batch, rate);
      const tfjs = await train(createTensorFlowEngine("tensorflow").createTrainingSession(plan), batch, rate);
      const differences = compareWeights(ort.weights, tfjs.weights);
      if (isWhole)
        console.log(`${name}, ${what}: ${reportOf(differences)}, loss ${ort.loss} and ${tfjs.loss}`);
      for (const { key, relative } of differences) expect(relative, key).toBeLessThan(bound);
    },
    3_600_000,
  );
});

/** Cross-entropy where the output is a softmax over classes, else the squared error. */
function lossesOf(model: ShapedGraph): LossOptions[] {
  return model.graph.outputs.map(({ layer }) =>
    isSoftmax(model, layer)
      ? { name: "cross_entropy", target: "classes" }
      : { name: "mse", target: "values" },
  );
}

function isSoftmax(model: ShapedGraph, layer: number): boolean {
  const { activation, name } = model.layer(layer).node.arguments;
  return name === "softmax" || (activation as ActivationValue | undefined)?.name === "softmax";
}

function randomBatch(model: ShapedGraph): ExampleBatch {
  const data = model.graph.inputs.map((id) =>
    numbers(`data ${id}`, numbersOf(model, id), largestNumber(model, id)),
  );
  const targets = model.graph.outputs.map(({ layer }) => {
    const shape = numbersOf(model, layer);
    const classes = shape.at(-1)!;
    const name = `targets ${layer}`;
    return isSoftmax(model, layer)
      ? Int32Array.from(numbers(name, shape.slice(0, -1), classes), Math.floor)
      : numbers(name, shape, 1);
  });
  return { data, targets, count: batchSize };
}

/** Up to where an input's numbers go: 255 where the network itself divides by that, the rows of a table. */
function largestNumber(model: ShapedGraph, input: number): number {
  const first = model.layers.find(({ node }) => node.inputs.includes(input))!.node;
  const { scale, count } = first.arguments;
  if (first.kind === "embedding") return count as number;
  return first.kind === "rescale" && (scale as number) > 0 ? 1 / (scale as number) : 1;
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

interface Trained {
  readonly weights: WeightValues;
  /** The last step's, over its examples. */
  readonly loss: number;
}

async function train(
  starting: Promise<TrainingSession>,
  batch: ExampleBatch,
  rate: number,
): Promise<Trained> {
  const session = await starting;
  try {
    let last = await session.step(batch, rate);
    for (let step = 1; step < steps; step++) last = await session.step(batch, rate);
    last ??= await session.settle();
    return { weights: await session.weights(), loss: last.lossSum };
  } finally {
    await session.dispose();
  }
}

interface Difference {
  readonly key: string;
  /** The length of the difference in parts of the weight's size. */
  readonly relative: number;
  /** The length of the difference in parts of the weight's own length. */
  readonly ofItself: number;
  /** How many numbers are further apart than the bound in parts of themselves, and of how many. */
  readonly beyond: number;
  readonly count: number;
}

function compareWeights(expected: WeightValues, actual: WeightValues): readonly Difference[] {
  return [...expected].map(([key, { data }]) => {
    const other = actual.get(key)!.data;
    const apart = lengthOf(data.map((value, index) => value - other[index]!));
    const beyond = data.filter((value, index) => Math.abs(value - other[index]!) > bound * Math.abs(value));
    return {
      key,
      relative: ratio(apart, sizeOf(expected, key)),
      ofItself: ratio(apart, lengthOf(data)),
      beyond: beyond.length,
      count: data.length,
    };
  });
}

/**
 * The size of a weight: its length. What is added to something and starts at 0 has no size of its own after few steps, and where a norm
 * behind it takes every mean away its gradient is 0, so that it is the rounding of sums that cancel; it is measured by what it
 * is added to: a bias by the kernel, a norm's centre by its scale, a running mean by the running deviation.
 */
function sizeOf(weights: WeightValues, key: string): number {
  const { data } = weights.get(key)!;
  const [layer, name] = [key.slice(0, key.lastIndexOf("/")), key.slice(key.lastIndexOf("/") + 1)];
  const of = (other: string): Float32Array | undefined => weights.get(`${layer}/${other}`)?.data;
  const partners: Readonly<Record<string, () => Float32Array | undefined>> = {
    bias: () => of("kernel") ?? of("pointwise_kernel"),
    beta: () => of("gamma") ?? data.map(() => 1),
    moving_mean: () => of("moving_variance")!.map(Math.sqrt),
  };
  return Math.max(lengthOf(data), lengthOf(partners[name]?.() ?? new Float32Array()));
}

function reportOf(differences: readonly Difference[]): string {
  const largest = (measure: (difference: Difference) => number): Difference =>
    differences.reduce((worst, each) => (measure(each) > measure(worst) ? each : worst));
  const total = (measure: (difference: Difference) => number): number =>
    differences.reduce((sum, each) => sum + measure(each), 0);
  const [worst, own] = [largest(({ relative }) => relative), largest(({ ofItself }) => ofItself)];
  const far = differences.filter(({ ofItself }) => ofItself >= bound).length;
  const share = (100 * total(({ beyond }) => beyond)) / total(({ count }) => count);
  return [
    `largest ${worst.relative.toExponential(1)} (${worst.key})`,
    `of itself ${own.ofItself.toExponential(1)} (${own.key}), ${far} of ${differences.length} beyond ${bound}`,
    `${share.toFixed(3)} % of the numbers`,
  ].join("; ");
}

function numbers(stream: string, shape: readonly number[], largest: number): Float32Array {
  const values = new Float32Array(shape.reduce((product, size) => product * size, batchSize));
  createRandom(1, stream).fillUniform(values, 0, largest);
  return values;
}

/** The length of the difference relative to that of the expected vector. */
function distance(actual: Float32Array, expected: Float32Array): number {
  return ratio(lengthOf(expected.map((value, index) => value - actual[index]!)), lengthOf(expected));
}

function ratio(difference: number, length: number): number {
  return difference === 0 ? 0 : difference / length;
}

function lengthOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
}
