import type { Random } from "../../src/random/random.ts";
import type { TensorBuilder } from "../../src/tensor/builder.ts";
import type { NumericTensor } from "../../src/tensor/reference/numeric-tensor.ts";
import { windowOutputSize } from "../../src/tensor/shapes.ts";
import type { OpKind, ValueId, WindowGeometry } from "../../src/tensor/tensor-graph.ts";
import { sizeOf } from "../tensor/random-tensors.ts";

/** Makes one random case of an operation: it adds inputs with numbers to a graph, and gives the values to compare. */
export class CaseMaker {
  readonly builder: TensorBuilder;
  readonly random: Random;
  readonly inputs = new Map<string, NumericTensor>();

  constructor(builder: TensorBuilder, random: Random) {
    this.builder = builder;
    this.random = random;
  }

  whole(low: number, high: number): number {
    return low + this.random.integer(high - low + 1);
  }

  flip(): boolean {
    return this.random.integer(2) === 0;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.random.integer(items.length)]!;
  }

  /** A float32 input; `steps` numbers between low and high where ties are wanted. */
  input(shape: readonly number[], low = -1, high = 1, steps?: number): ValueId {
    const data = Float64Array.from({ length: sizeOf(shape) }, () => {
      const share = steps === undefined ? this.random.uniform() : this.random.integer(steps) / (steps - 1);
      return Math.fround(low + (high - low) * share);
    });
    return this.given(shape, data);
  }

  labels(shape: readonly number[], count: number): ValueId {
    const data = Float64Array.from({ length: sizeOf(shape) }, () => this.random.integer(count));
    return this.given(shape, data, "int32");
  }

  given(shape: readonly number[], data: Float64Array, dataType: "float32" | "int32" = "float32"): ValueId {
    const name = `in/${this.inputs.size}`;
    this.inputs.set(name, { shape, data });
    return this.builder.input("data", name, shape, dataType);
  }

  shape(leastRank: number, mostRank: number, largest = 5): readonly number[] {
    return Array.from({ length: this.whole(leastRank, mostRank) }, () => this.whole(1, largest));
  }

  /** A shape that broadcasts to another. */
  narrowed(shape: readonly number[]): readonly number[] {
    const kept = shape.slice(this.whole(0, shape.length));
    return kept.map((dim) => (this.whole(0, 2) === 0 ? 1 : dim));
  }

  /** A random window that fits a spatial size. */
  geometry(size: readonly number[], largest = 4): WindowGeometry {
    for (;;) {
      const kernel = size.map(() => this.whole(1, largest));
      const stride = size.map(() => this.pick([1, 1, 1, 2, 2, 3]));
      const dilation = size.map(() => this.pick([1, 1, 1, 2]));
      const pads = kernel.map((cells): readonly [number, number] => {
        const most = this.flip() ? 0 : cells - 1;
        return [this.whole(0, most), this.whole(0, most)];
      });
      const geometry = { kernel, stride, dilation, pads };
      const fits = kernel.every((cells, axis) => {
        const reach = (cells - 1) * dilation[axis]! + 1;
        return size[axis]! + pads[axis]![0] + pads[axis]![1] >= reach;
      });
      if (fits && !this.#seesPaddingAlone(size, geometry)) return geometry;
    }
  }

  #seesPaddingAlone(size: readonly number[], { kernel, stride, dilation, pads }: WindowGeometry): boolean {
    const places = windowOutputSize([1, ...size, 1], { kernel, stride, dilation, pads });
    return size.some((length, axis) =>
      Array.from({ length: places[axis]! }, (_, place) => place).some((place) =>
        Array.from({ length: kernel[axis]! }, (_, tap) => tap).every((tap) => {
          const at = place * stride[axis]! + tap * dilation[axis]! - pads[axis]![0];
          return at < 0 || at >= length;
        }),
      ),
    );
  }

  spatialSize(): readonly number[] {
    const rank = this.pick([1, 2, 2, 2, 3]);
    return Array.from({ length: rank }, () => this.whole(2, rank === 3 ? 6 : 11));
  }

  /** x, kernel and geometry of a convolution. */
  convolution(): {
    x: ValueId;
    kernel: ValueId;
    geometry: WindowGeometry & { groups: number };
    size: readonly number[];
  } {
    const size = this.spatialSize();
    const batch = this.whole(1, 3);
    const groups = this.pick([1, 1, 1, 2, 3, 4]);
    const kind = groups === 1 ? "dense" : this.pick(["grouped", "depthwise"]);
    const channels = kind === "depthwise" ? groups : groups * this.pick([1, 2, 3, 16, 18]);
    const filters = kind === "depthwise" ? groups : groups * this.pick([1, 2, 5, 16, 17]);
    const isPlain3x3 = size.length === 2 && groups === 1 && this.flip();
    const geometry: WindowGeometry = isPlain3x3
      ? { kernel: [3, 3], stride: [1, 1], dilation: [1, 1], pads: [[1, 1], [this.whole(1, 2), 1]] } // prettier-ignore
      : this.geometry(size);
    return {
      x: this.input([batch, ...size, channels]),
      kernel: this.input([...geometry.kernel, channels / groups, filters]),
      geometry: { ...geometry, groups },
      size,
    };
  }

  pooling(): { x: ValueId; geometry: WindowGeometry; size: readonly number[] } {
    const size = this.spatialSize();
    // Few different numbers, so that windows hold equal maxima.
    const x = this.input([this.whole(1, 3), ...size, this.whole(1, 4)], -1, 1, 4);
    const cells = size.map((length) => this.whole(1, Math.min(3, length)));
    const tiling = {
      kernel: cells,
      stride: cells,
      dilation: cells.map(() => 1),
      pads: cells.map(() => [0, 0] as const),
    };
    return { x, geometry: this.flip() ? tiling : this.geometry(size), size };
  }

  /** An input of a value's shape. */
  like(value: ValueId): ValueId {
    return this.input(this.builder.shape(value) as readonly number[]);
  }
}

type MakeCase = (make: CaseMaker) => readonly ValueId[];

function unary(op: "negate" | "exp", low = -2, high = 2): MakeCase {
  return (make) => [make.builder.apply(op, [make.input(make.shape(0, 4), low, high)], {})];
}

function binary(op: "add", low = -2, high = 2, steps?: number): MakeCase {
  return (make) => {
    const shape = make.shape(0, 4);
    const operands = [
      make.input(shape, low, high, steps),
      make.input(make.narrowed(shape), low, high, steps),
    ];
    if (make.flip()) operands.reverse();
    return [make.builder.apply(op, operands, {})];
  };
}

const anyUnary = unary as (op: string, low?: number, high?: number) => MakeCase;
const anyBinary = binary as (op: string, low?: number, high?: number, steps?: number) => MakeCase;

function reduction(op: "reduceSum"): MakeCase {
  return (make) => {
    const shape = make.shape(1, 4);
    const isLeading = make.flip();
    const chosen = shape
      .map((_, axis) => axis)
      .filter((axis) => (isLeading ? axis < shape.length - 1 : make.flip()));
    const axes = chosen.length === 0 ? [shape.length - 1] : chosen;
    return [make.builder.apply(op, [make.input(shape)], { axes, keepDims: make.flip() })];
  };
}

const anyReduction = reduction as (op: string) => MakeCase;

/** A random case of each operation. */
export const operationCases: { readonly [Kind in OpKind]: MakeCase } = {
  input: (make) => [make.input([2, 3])],
  constant: (make) => [make.builder.constant([2, 2], Float32Array.of(1, -2, 3.5, 0))],
  negate: anyUnary("negate"),
  reciprocal: anyUnary("reciprocal", 0.3, 2),
  sqrt: anyUnary("sqrt", 0, 3),
  exp: anyUnary("exp"),
  log: anyUnary("log", 0.2, 3),
  abs: anyUnary("abs"),
  tanh: anyUnary("tanh"),
  sigmoid: anyUnary("sigmoid"),
  relu: anyUnary("relu"),
  step: (make) => [make.builder.step(make.input(make.shape(0, 4), -1, 1, 5))],
  erf: anyUnary("erf"),
  floor: anyUnary("floor"),
  clip: (make) => [make.builder.clip(make.input(make.shape(0, 4)), -0.5, make.pick([0, 0.7]))],
  cast: (make) => [make.builder.cast(make.labels([3, 4], 7), "float32")],
  add: anyBinary("add"),
  subtract: anyBinary("subtract"),
  multiply: anyBinary("multiply"),
  divide: anyBinary("divide", 0.5, 2),
  maximum: anyBinary("maximum"),
  minimum: anyBinary("minimum"),
  power: anyBinary("power", 0.5, 2),
  equal: (make) => {
    const shape = make.shape(0, 3);
    return [make.builder.cast(make.builder.equal(make.labels(shape, 3), make.labels(shape, 3)), "float32")];
  },
  greater: (make) => {
    const shape = make.shape(0, 3);
    return [
      make.builder.cast(make.builder.greater(make.input(shape), make.input(make.narrowed(shape))), "float32"),
    ];
  },
  select: (make) => {
    const shape = make.shape(0, 3);
    const condition = make.builder.greater(make.input(shape), make.builder.scalar(0));
    return [make.builder.select(condition, make.input(make.narrowed(shape)), make.input(shape))];
  },
  matmul: (make) => {
    const [m, k, n] = [make.whole(1, 5), make.whole(1, 5), make.whole(1, 5)];
    const transpose = { left: make.flip(), right: make.flip() };
    const stack = make.shape(0, 2, 3);
    const left = [...(make.flip() ? stack : []), ...(transpose.left ? [k, m] : [m, k])];
    const right = [...(make.flip() ? stack : []), ...(transpose.right ? [n, k] : [k, n])];
    return [make.builder.matmul(make.input(left), make.input(right), transpose)];
  },
  conv: (make) => {
    const { x, kernel, geometry } = make.convolution();
    return [make.builder.conv(x, kernel, geometry)];
  },
  convInputGradient: (make) => {
    const { x, kernel, geometry, size } = make.convolution();
    const dy = make.like(make.builder.conv(x, kernel, geometry));
    return [make.builder.convInputGradient(dy, kernel, { ...geometry, inputSize: size })];
  },
  convKernelGradient: (make) => {
    const { x, kernel, geometry } = make.convolution();
    return [make.builder.convKernelGradient(x, make.like(make.builder.conv(x, kernel, geometry)), geometry)];
  },
  maxPool: (make) => {
    const { x, geometry } = make.pooling();
    return [make.builder.maxPool(x, geometry)];
  },
  maxPoolGradient: (make) => {
    const { x, geometry } = make.pooling();
    const y = make.builder.maxPool(x, geometry);
    return [make.builder.apply("maxPoolGradient", [x, y, make.like(y)], geometry)];
  },
  averagePool: (make) => {
    const { x, geometry } = make.pooling();
    return [make.builder.averagePool(x, geometry)];
  },
  averagePoolGradient: (make) => {
    const { x, geometry, size } = make.pooling();
    const dy = make.like(make.builder.averagePool(x, geometry));
    return [make.builder.apply("averagePoolGradient", [dy], { ...geometry, inputSize: size })];
  },
  reduceSum: anyReduction("reduceSum"),
  reduceMean: anyReduction("reduceMean"),
  reduceMax: anyReduction("reduceMax"),
  reduceVariance: anyReduction("reduceVariance"),
  argMax: (make) => {
    const shape = make.shape(1, 3);
    return [make.builder.argMax(make.input(shape, 0, 1, 3), make.random.integer(shape.length))];
  },
  reshape: (make) => {
    const shape = make.shape(1, 4);
    return [make.builder.reshape(make.input(shape), [sizeOf(shape), 1])];
  },
  transpose: (make) => {
    const shape = make.shape(1, 4);
    const axes = shape.map((_, axis) => axis).sort(() => make.random.uniform() - 0.5);
    return [make.builder.transpose(make.input(shape), axes)];
  },
  broadcast: (make) => {
    const shape = make.shape(1, 4);
    return [make.builder.broadcast(make.input(make.narrowed(shape)), shape)];
  },
  concat: (make) => {
    const shape = make.shape(1, 4);
    const axis = make.random.integer(shape.length);
    return [
      make.builder.concat(
        Array.from({ length: make.whole(1, 8) }, () => make.input(shape.with(axis, make.whole(1, 4)))),
        axis,
      ),
    ];
  },
  slice: (make) => {
    const shape = make.shape(1, 4, 6);
    const axes = shape.map((_, axis) => axis).filter(() => make.flip());
    const starts = axes.map((axis) => make.random.integer(shape[axis]!));
    const ends = axes.map((axis, index) => make.whole(starts[index]! + 1, shape[axis]!));
    return [make.builder.slice(make.input(shape), axes, starts, ends)];
  },
  pad: (make) => {
    const shape = make.shape(1, 4);
    const pads = shape.map((): readonly [number, number] => [make.whole(0, 2), make.whole(0, 2)]);
    return [make.builder.pad(make.input(shape), pads, make.pick([0, -1.5]))];
  },
  gather: (make) => [
    make.builder.apply("gather", [make.input([5, 3]), make.labels(make.shape(1, 2), 5)], {}),
  ],
  gatherGradient: (make) => {
    const shape = make.shape(1, 2);
    const operands = [make.labels(shape, 5), make.input([...shape, 3])];
    return [make.builder.apply("gatherGradient", operands, { rows: 5 })];
  },
  softmax: (make) => {
    const shape = make.shape(1, 3);
    return [make.builder.softmax(make.input(shape, -20, 20), make.random.integer(shape.length))];
  },
  logSoftmax: (make) => {
    const shape = make.shape(1, 3);
    return [make.builder.logSoftmax(make.input(shape, -20, 20), make.random.integer(shape.length))];
  },
  batchNorm: (make) => {
    const shape = make.shape(2, 4);
    const vector = (low: number, high: number): ValueId => make.input([shape.at(-1)!], low, high);
    const weights = {
      gamma: vector(-1, 1),
      beta: vector(-1, 1),
      mean: vector(-1, 1),
      variance: vector(0.1, 2),
    };
    return [make.builder.batchNorm(make.input(shape), weights, 1e-3)];
  },
  oneHot: (make) => [make.builder.oneHot(make.labels(make.shape(1, 2), 4), 4)],
  random: (make) => {
    const offset = make.given([], Float64Array.of(make.random.integer(1000)), "int32");
    const distribution = make.pick([
      { kind: "uniform" },
      { kind: "normal" },
      { kind: "keep", rate: 0.3 },
    ] as const);
    return [
      make.builder.random(offset, distribution, make.shape(1, 3)),
      make.builder.random(offset, distribution, make.shape(1, 3)),
    ];
  },
};
