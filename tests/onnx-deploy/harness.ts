import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect } from "vitest";
import { exportOnnx } from "../../src/onnx/deploy/export.ts";
import type { ExportOptions } from "../../src/onnx/deploy/export.ts";
import type { OnnxModel } from "../../src/onnx/onnx-graph.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { createRandom } from "../../src/random/random.ts";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import { evaluateTensorGraph } from "../../src/tensor/reference/evaluate.ts";
import { verifyTensorGraph } from "../../src/tensor/verify.ts";
import type { TensorGraph, TensorShape, ValueId, WindowGeometry } from "../../src/tensor/tensor-graph.ts";
import type { WeightValue, WeightValues } from "../../src/tensor/weight-values.ts";

type Pads = WindowGeometry["pads"];

interface WindowArguments {
  readonly stride?: readonly number[];
  readonly dilation?: readonly number[];
  readonly pads?: Pads;
}

interface ConvArguments extends WindowArguments {
  readonly groups?: number;
  readonly bias?: boolean;
}

/** Builds a TensorGraph with random weights, layer by layer; what a lowered model looks like, in a test's words. */
export class Sketch {
  readonly builder = new TensorBuilder();
  readonly weights = new Map<string, WeightValue>();
  readonly random = createRandom(1, "sketch");
  #count = 0;

  input(shape: readonly number[], name = "input"): ValueId {
    return this.builder.input("data", name, ["N", ...shape]);
  }

  weight(name: string, shape: readonly number[], low = -0.5, high = 0.5): ValueId {
    const data = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
    this.random.fillUniform(data, low, high);
    this.weights.set(name, { shape, data });
    return this.builder.input("weight", name, shape);
  }

  layer<Result>(kind: string, body: (name: string) => Result): Result {
    const name = `${kind}_${this.#count++}`;
    return this.builder.inLayer(name, () => body(name));
  }

  conv(x: ValueId, filters: number, kernel: readonly number[], more: ConvArguments = {}): ValueId {
    const { groups = 1, bias = true } = more;
    return this.layer("conv", (name) => {
      const channels = this.builder.shape(x).at(-1) as number;
      const weight = this.weight(`${name}/kernel`, [...kernel, channels / groups, filters]);
      const y = this.builder.conv(x, weight, { ...geometry(kernel, more), groups });
      return bias ? this.builder.add(y, this.weight(`${name}/bias`, [filters])) : y;
    });
  }

  convTranspose(x: ValueId, filters: number, kernel: readonly number[], more: ConvArguments = {}): ValueId {
    const { groups = 1, bias = true } = more;
    const window = geometry(kernel, more);
    return this.layer("conv_transpose", (name) => {
      const shape = this.builder.shape(x);
      const weight = this.weight(`${name}/kernel`, [...kernel, filters / groups, shape.at(-1) as number]);
      const inputSize = kernel.map((cells, axis) => {
        const [before, after] = window.pads[axis]!;
        const reach = (cells - 1) * window.dilation[axis]! + 1;
        const steps = (shape[axis + 1] as number) - 1;
        return steps * window.stride[axis]! + Math.max(reach, window.stride[axis]!) - before - after;
      });
      const y = this.builder.convInputGradient(x, weight, { ...window, groups, inputSize });
      return bias ? this.builder.add(y, this.weight(`${name}/bias`, [filters])) : y;
    });
  }

  dense(x: ValueId, units: number, bias = true): ValueId {
    return this.layer("dense", (name) => {
      const features = this.builder.shape(x).at(-1) as number;
      const y = this.builder.matmul(x, this.weight(`${name}/kernel`, [features, units]));
      return bias ? this.builder.add(y, this.weight(`${name}/bias`, [units])) : y;
    });
  }

  batchNorm(x: ValueId): ValueId {
    return this.layer("bn", (name) => {
      const channels = [this.builder.shape(x).at(-1) as number];
      const gamma = this.weight(`${name}/gamma`, channels, 0.5, 2);
      const beta = this.weight(`${name}/beta`, channels);
      const mean = this.weight(`${name}/moving_mean`, channels);
      const variance = this.weight(`${name}/moving_variance`, channels, 0.2, 3);
      return this.builder.batchNorm(x, { gamma, beta, mean, variance }, 1e-3);
    });
  }

  relu(x: ValueId): ValueId {
    return this.layer("relu", () => this.builder.relu(x));
  }

  maxPool(x: ValueId, kernel: readonly number[], more: WindowArguments = {}): ValueId {
    return this.layer("pool", () => this.builder.maxPool(x, geometry(kernel, { stride: kernel, ...more })));
  }

  averagePool(x: ValueId, kernel: readonly number[], more: WindowArguments = {}): ValueId {
    return this.layer("pool", () =>
      this.builder.averagePool(x, geometry(kernel, { stride: kernel, ...more })),
    );
  }

  flatten(x: ValueId): ValueId {
    return this.layer("flatten", () => {
      const features = this.builder.shape(x).slice(1) as number[];
      return this.builder.reshape(x, ["N", features.reduce((product, dim) => product * dim, 1)]);
    });
  }

  globalPool(x: ValueId, kind: "reduceMean" | "reduceMax" = "reduceMean", keepDims = false): ValueId {
    const axes = this.builder
      .shape(x)
      .slice(1, -1)
      .map((_, axis) => axis + 1);
    return this.layer("global_pool", () => this.builder[kind](x, axes, keepDims));
  }

  softmax(x: ValueId): ValueId {
    return this.layer("softmax", () => this.builder.softmax(x, this.builder.shape(x).length - 1));
  }

  finish(...outputs: readonly ValueId[]): { readonly graph: TensorGraph; readonly weights: WeightValues } {
    const names = outputs.map((value, index) => [index === 0 ? "output" : `output_${index}`, value]);
    const graph = this.builder.finish(Object.fromEntries(names) as Record<string, ValueId>);
    verifyTensorGraph(graph);
    return { graph, weights: this.weights };
  }
}

function geometry(kernel: readonly number[], more: WindowArguments): WindowGeometry {
  const ones = kernel.map(() => 1);
  const { stride = ones, dilation = ones, pads = kernel.map(() => [0, 0] as const) } = more;
  return { kernel, stride, dilation, pads };
}

export interface Model {
  readonly graph: TensorGraph;
  readonly weights: WeightValues;
}

/** `Conv Relu MaxPool Flatten Gemm`: the operators of an exported graph in order. */
export function operators({ graph }: OnnxModel): string {
  return graph.nodes.map((node) => node.opType).join(" ");
}

/** Nodes by operator, those without any left out: `{ Conv: 2, Relu: 1 }`. */
export function countOperators({ graph }: OnnxModel): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const node of graph.nodes) counts[node.opType] = (counts[node.opType] ?? 0) + 1;
  return counts;
}

interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Exports a model, runs it in ONNX Runtime on two random examples and compares every output with the float64 reference. Images
 * are moved between the layouts here, by hand, so that the test does not lean on what it tests.
 */
export async function expectExportRuns(model: Model, options: ExportOptions = {}): Promise<OnnxModel> {
  const { graph, weights } = model;
  const exported = exportOnnx(graph, weights, options);
  const first = (options.layout ?? "channels_first") === "channels_first";
  const random = createRandom(7, "inputs");
  const embeds = graph.nodes.some(({ op }) => op === "gather");
  const given = new Map<string, Numbers>();
  const feeds: Record<string, Tensor> = {};
  for (const node of graph.nodes) {
    if (node.op !== "input") continue;
    const { role, name } = node.attributes;
    if (role !== "data") {
      given.set(name, weights.get(name)!);
      continue;
    }
    const value = randomNumbers(node.shape, random.fillUniform.bind(random));
    // An embedding's input is row numbers.
    if (embeds) value.data.forEach((number, index) => (value.data[index] = Math.floor(2 + 2 * number)));
    given.set(name, value);
    const stored = first ? moveChannels(value, "first") : value;
    if (exported.graph.inputs.some((input) => input.name === name)) {
      feeds[name] = new Tensor("float32", stored.data, stored.shape);
    }
  }
  const expected = evaluateTensorGraph(graph, given);
  const session = await InferenceSession.create(writeOnnx(exported), {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  const results = await session.run(feeds);
  await session.release();
  for (const { name } of graph.outputs) {
    const result = { shape: results[name]!.dims, data: results[name]!.data as Float32Array };
    const actual = first ? moveChannels(result, "last") : result;
    const wanted = expected.get(name)!;
    expect(actual.shape).toEqual(wanted.shape);
    expectClose(actual.data, wanted.data);
  }
  return exported;
}

function randomNumbers(
  shape: TensorShape,
  fill: (out: Float32Array, low: number, high: number) => void,
): Numbers {
  const bound = shape.map((dim) => (dim === "N" ? 2 : dim));
  const data = new Float32Array(bound.reduce((product, dim) => product * dim, 1));
  fill(data, -1, 1);
  return { shape: bound, data };
}

/** [N, cells…, C] to [N, C, cells…] or back. */
export function moveChannels({ shape, data }: Numbers, to: "first" | "last"): Numbers {
  if (shape.length < 3) return { shape, data };
  const batch = shape[0]!;
  const spatial = to === "first" ? shape.slice(1, -1) : shape.slice(2);
  const channels = to === "first" ? shape.at(-1)! : shape[1]!;
  const cells = spatial.reduce((product, dim) => product * dim, 1);
  const moved = new Float32Array(data.length);
  for (let image = 0; image < batch; image++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let cell = 0; cell < cells; cell++) {
        const start = image * cells * channels;
        const [last, first] = [start + cell * channels + channel, start + channel * cells + cell];
        moved[to === "first" ? first : last] = data[to === "first" ? last : first]!;
      }
    }
  }
  return {
    shape: to === "first" ? [batch, channels, ...spatial] : [batch, ...spatial, channels],
    data: moved,
  };
}

/** The project's bound between runtimes: 1e-5 + 1e-4·|expected|. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let index = 0; index < actual.length; index++) {
    const difference = Math.abs(actual[index]! - expected[index]!);
    if (!(difference <= 1e-5 + 1e-4 * Math.abs(expected[index]!))) {
      expect.fail(`element ${index} is ${actual[index]}, not ${expected[index]}`);
    }
  }
}
