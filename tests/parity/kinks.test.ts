import { describe, expect, it } from "vitest";
import { buildTrainingGraphs } from "../../src/autodiff/training-step.ts";
import { flattenWeights } from "../../src/autodiff/weight-layout.ts";
import { compile } from "../../src/compile.ts";
import type { ExampleBatch, TrainingPlan } from "../../src/engine/engine.ts";
import { TensorFlowNetwork } from "../../src/engine/tfjs/network.ts";
import { findNativeTensorFlow } from "../../src/engine/tfjs/packages.ts";
import { loadTensorFlow } from "../../src/engine/tfjs/load.ts";
import { readImport } from "../../src/files/imports.ts";
import { readLibrary } from "../../src/files/library.ts";
import { createRandom } from "../../src/random/random.ts";
import { evaluateTensorGraph, type NumericTensor } from "../../src/tensor/reference/evaluate.ts";
import type { TensorNode } from "../../src/tensor/tensor-graph.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";

const hasNative =
  findNativeTensorFlow().state === "loaded" && process.env["CNN_PARITY_LIBRARY"] !== undefined;
// A ResNet-20 on 32 images, or what these name: few numbers lie so near a kink that rounding decides, so that small batches have none.
const name = process.env["CNN_KINKS_MODEL"] ?? "resnet20";
const count = Number(process.env["CNN_KINKS_BATCH"] ?? 32);

/** For each layer with a kink, on which side of it every number lies. */
type Sides = ReadonlyMap<string, Uint8Array>;

describe.skipIf(!hasNative)(
  "an engine's gradient in float32 (in `npm run verify`; skipped without tfjs-node)",
  () => {
    it("is that of float64 with every number on the side of its kink where the engine has it", async () => {
      const { file } = readLibrary().find((each) => each.name === name)!;
      const { model } = compile(file, { modelName: name, readImport });
      const plan: TrainingPlan = {
        model,
        loss: { name: "cross_entropy", target: "classes" },
        optimizer: { name: "sgd" },
        batch: count,
        seed: 1,
        weights: initializeWeights(model, 1),
        threads: 1,
      };
      const [data, classes] = [new Float32Array(count * 32 * 32 * 3), new Int32Array(count)];
      createRandom(1, "data").fillUniform(data, 0, 1);
      classes.forEach((_, index) => (classes[index] = index % 10));
      const batch: ExampleBatch = { data, targets: classes, count };
      const engine = await onTensorFlow(plan, batch);
      const free = inFloat64(plan, batch, undefined);
      const held = inFloat64(plan, batch, engine.sides);
      const apart = [...engine.sides].reduce((sum, [layer, own]) => {
        const other = free.sides.get(layer)!;
        return sum + own.reduce((number, side, index) => number + (side === other[index] ? 0 : 1), 0);
      }, 0);
      const numbers = [...engine.sides.values()].reduce((sum, { length }) => sum + length, 0);
      const [whole, kinks] = [
        distance(engine.gradient, free.gradient),
        distance(engine.gradient, held.gradient),
      ];
      console.log(
        `${name}: ${apart} of ${numbers} numbers on other sides; gradient off by ${whole}, with its own sides ${kinks}`,
      );
      expect(kinks).toBeLessThan(1e-5);
    }, 600_000);
  },
);

interface Gradient {
  readonly gradient: ArrayLike<number>;
  readonly sides: Sides;
}

async function onTensorFlow(plan: TrainingPlan, batch: ExampleBatch): Promise<Gradient> {
  const loaded = await loadTensorFlow("tensorflow");
  const { tf } = loaded;
  const network = new TensorFlowNetwork(loaded, plan, graphsOf(plan), () => tf.scalar(0));
  network.assign(plan.weights);
  const sides = new Map<string, Uint8Array>();
  for (const { layer, value } of tf.tidy(() => [...network.layerOutputs(batch)])) {
    sides.set(
      layer,
      Uint8Array.from(value.dataSync(), (number) => (number > 0 ? 1 : 0)),
    );
    value.dispose();
  }
  network.assign(plan.weights);
  const { gradient } = tf.tidy(() => ({ ...network.differentiate(batch, count) }));
  const layers = new Set(
    plan.model.layers.filter(({ node }) => hasRelu(node.arguments)).map(({ node }) => node.name),
  );
  return {
    gradient: await gradient.data(),
    sides: new Map([...sides].filter(([layer]) => layers.has(layer))),
  };
}

function hasRelu({ name: own, activation }: Readonly<Record<string, unknown>>): boolean {
  return own === "relu" || (activation as { readonly name?: string } | undefined)?.name === "relu";
}

/** The step's gradient by the reference; with sides given, the slope of each kink is that of the side given. */
function inFloat64(plan: TrainingPlan, batch: ExampleBatch, given: Sides | undefined): Gradient {
  const graphs = graphsOf(plan);
  const inputs = new Map<string, NumericTensor>();
  const shapeOf = (shape: readonly unknown[]): number[] => [count, ...shape.slice(1).map(Number)];
  const { shape } = graphs.data[0]!;
  inputs.set(graphs.data[0]!.name, {
    shape: shapeOf(shape),
    data: Float64Array.from(batch.data as Float32Array),
  });
  const targets = Float64Array.from(batch.targets as Int32Array);
  inputs.set(graphs.targets[0]!.name, { shape: shapeOf(graphs.targets[0]!.shape), data: targets });
  for (const part of ["weights", "state", "frozen"] as const) {
    const flat = flattenWeights(graphs.layout[part], plan.weights);
    if (flat.length > 0) inputs.set(`flat/${part}`, { shape: [flat.length], data: Float64Array.from(flat) });
  }
  const factors = graphs.optimizer.factors(1, 1);
  for (const { name: scalar, meaning } of graphs.scalars) {
    const value = meaning === "perExample" ? 1 / count : factors[scalar]!;
    inputs.set(scalar, { shape: [], data: Float64Array.of(value) });
  }
  const sides = new Map<string, Uint8Array>();
  const observe = ({ op, layer }: TensorNode, { shape: own, data }: NumericTensor): void => {
    if (op !== "step" || layer === undefined) return;
    const known = sides.get(layer);
    if (known === undefined || known.length < data.length) sides.set(layer, Uint8Array.from(data));
    const side = given?.get(layer);
    if (side !== undefined) (data as Float64Array).set(everyOther(side, own));
  };
  const results = evaluateTensorGraph(graphs.step, inputs, { observe });
  const [before, after] = [inputs.get("flat/weights")!.data, results.get("result/weights")!.data];
  return { gradient: Float64Array.from(before, (value, index) => value - after[index]!), sides };
}

/** What a convolution of stride 2 takes of an image, where its shortcut takes the kink's slope there alone. */
function everyOther(side: Uint8Array, shape: readonly number[]): Uint8Array {
  const [, height, width, channels] = shape as [number, number, number, number];
  const factor = Math.sqrt(side.length / shape.reduce((product, size) => product * size, 1));
  if (factor === 1) return side;
  return Uint8Array.from({ length: side.length / factor ** 2 }, (_, index) => {
    const [place, channel] = [Math.floor(index / channels), index % channels];
    const [row, column] = [Math.floor(place / width), place % width];
    const [example, line] = [Math.floor(row / height), row % height];
    const from = (example * height * factor + line * factor) * width * factor + column * factor;
    return side[from * channels + channel]!;
  });
}

function graphsOf(plan: TrainingPlan): NonNullable<ReturnType<typeof buildTrainingGraphs>["value"]> {
  return buildTrainingGraphs(plan.model, { ...plan, metrics: ["accuracy"], batch: count }).value!;
}

/** The length of the difference in parts of the second's length. */
function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [apart, whole] = [0, 0];
  for (let index = 0; index < expected.length; index++) {
    apart += (actual[index]! - expected[index]!) ** 2;
    whole += expected[index]! ** 2;
  }
  return Math.sqrt(apart / whole);
}
