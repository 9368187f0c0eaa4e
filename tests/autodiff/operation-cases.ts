import type { Random } from "../../src/random/random.ts";
import type { TensorBuilder } from "../../src/tensor/builder.ts";
import type { NumericTensor } from "../../src/tensor/reference/numeric-tensor.ts";
import type { OpKind, ValueId, WindowGeometry } from "../../src/tensor/tensor-graph.ts";
import { randomTensor, sizeOf } from "../tensor/random-tensors.ts";

/** An operation on random operands: those with respect to which it is differentiated, and the operation on them. */
export interface GradientCase {
  readonly operands: readonly NumericTensor[];
  apply(builder: TensorBuilder, operands: readonly ValueId[]): ValueId;
}

type CaseMaker = (random: Random) => GradientCase;

/** For each operation that has a gradient, how a random case of it is made; `none` where it has none. */
export const gradientCases: { readonly [Kind in OpKind]: CaseMaker | "none" } = {
  input: "none",
  constant: "none",
  negate: unary("negate"),
  reciprocal: unary("reciprocal", 0.3, 2),
  sqrt: unary("sqrt", 0.3, 3),
  exp: unary("exp"),
  log: unary("log", 0.3, 3),
  abs: unary("abs", 0.1, 3, true),
  tanh: unary("tanh"),
  sigmoid: unary("sigmoid"),
  relu: unary("relu", 0.1, 3, true),
  step: "none",
  erf: unary("erf"),
  floor: "none",
  clip(random) {
    // Away from the bounds, where the slope jumps.
    const numbers = randomTensor(random, randomShape(random, 0, 4));
    const data = numbers.data.map((x) => (Math.abs(Math.abs(x) - 0.5) < 0.1 ? x + 0.25 : x));
    return { operands: [{ ...numbers, data }], apply: (b, [x]) => b.clip(x!, -0.5, 0.5) };
  },
  cast: "none",
  add: binary("add"),
  subtract: binary("subtract"),
  multiply: binary("multiply"),
  divide: binary("divide", 0.5, 2),
  maximum: binary("maximum"),
  minimum: binary("minimum"),
  power: binary("power", 0.5, 2),
  equal: "none",
  greater: "none",
  select(random) {
    const shape = randomShape(random, 1, 3);
    const condition = randomTensor(random, shape);
    return {
      operands: [randomTensor(random, narrowed(random, shape)), randomTensor(random, shape)],
      apply: (b, [yes, no]) => {
        const numbers = b.constant(shape, Float32Array.from(condition.data));
        return b.select(b.greater(numbers, b.scalar(0)), yes!, no!);
      },
    };
  },
  matmul(random) {
    const [m, k, n] = [whole(random, 1, 4), whole(random, 1, 4), whole(random, 1, 4)];
    const [transposeLeft, transposeRight] = [flip(random), flip(random)];
    const stack = randomShape(random, 0, 2);
    const [left, right] = flip(random)
      ? [narrowed(random, stack), stack]
      : [stack, flip(random) ? [] : stack];
    return {
      operands: [
        randomTensor(random, [...left, ...(transposeLeft ? [k, m] : [m, k])]),
        randomTensor(random, [...right, ...(transposeRight ? [n, k] : [k, n])]),
      ],
      apply: (b, operands) => b.apply("matmul", operands, { transposeLeft, transposeRight }),
    };
  },
  conv(random) {
    const { geometry, groups, x, kernel } = randomConvolution(random);
    return {
      operands: [randomTensor(random, x), randomTensor(random, kernel)],
      apply: (b, operands) => b.apply("conv", operands, { ...geometry, groups }),
    };
  },
  convInputGradient(random) {
    const { geometry, groups, x, kernel } = randomConvolution(random);
    const y = outputShape(x, geometry, kernel.at(-1)!);
    return {
      operands: [randomTensor(random, y), randomTensor(random, kernel)],
      apply: (b, operands) =>
        b.apply("convInputGradient", operands, { ...geometry, groups, inputSize: x.slice(1, -1) }),
    };
  },
  convKernelGradient: "none",
  maxPool: pooling("maxPool"),
  maxPoolGradient: "none",
  averagePool: pooling("averagePool"),
  averagePoolGradient: "none",
  reduceSum: reduction("reduceSum"),
  reduceMean: reduction("reduceMean"),
  reduceMax: reduction("reduceMax"),
  reduceVariance: reduction("reduceVariance"),
  argMax: "none",
  reshape(random) {
    const shape = randomShape(random, 1, 3);
    return {
      operands: [randomTensor(random, shape)],
      apply: (b, [x]) => b.reshape(x!, [1, sizeOf(shape)]),
    };
  },
  transpose(random) {
    const shape = randomShape(random, 2, 4);
    const permutation = shuffled(
      random,
      shape.map((_, axis) => axis),
    );
    return { operands: [randomTensor(random, shape)], apply: (b, [x]) => b.transpose(x!, permutation) };
  },
  broadcast(random) {
    const shape = randomShape(random, 1, 3);
    const operand = randomTensor(random, narrowed(random, shape));
    return { operands: [operand], apply: (b, [x]) => b.broadcast(x!, shape) };
  },
  concat(random) {
    const shape = randomShape(random, 1, 3);
    const axis = whole(random, 0, shape.length - 1);
    const parts = Array.from({ length: whole(random, 2, 4) }, () => shape.with(axis, whole(random, 1, 3)));
    return {
      operands: parts.map((part) => randomTensor(random, part)),
      apply: (b, operands) => b.concat(operands, axis),
    };
  },
  slice(random) {
    const shape = randomShape(random, 1, 3);
    const starts = shape.map((size) => whole(random, 0, size - 1));
    const ends = shape.map((size, axis) => whole(random, starts[axis]! + 1, size));
    const axes = shape.map((_, axis) => axis);
    return { operands: [randomTensor(random, shape)], apply: (b, [x]) => b.slice(x!, axes, starts, ends) };
  },
  pad(random) {
    const shape = randomShape(random, 1, 3);
    const pads = shape.map((): [number, number] => [whole(random, 0, 2), whole(random, 0, 2)]);
    return { operands: [randomTensor(random, shape)], apply: (b, [x]) => b.pad(x!, pads, 0.5) };
  },
  gather(random) {
    const [rows, width] = [whole(random, 1, 4), whole(random, 1, 3)];
    const shape = randomShape(random, 1, 2);
    const indices = Int32Array.from({ length: sizeOf(shape) }, () => whole(random, 0, rows - 1));
    return {
      operands: [randomTensor(random, [rows, width])],
      apply: (b, [table]) => b.gather(table!, b.constant(shape, indices)),
    };
  },
  gatherGradient: "none",
  softmax: alongAxis("softmax"),
  logSoftmax: alongAxis("logSoftmax"),
  batchNorm(random) {
    const shape = randomShape(random, 2, 4);
    const channels = [shape.at(-1)!];
    const perChannel = [0, 1, 2].map(() => randomTensor(random, channels));
    return {
      operands: [randomTensor(random, shape), ...perChannel, randomTensor(random, channels, 0.2, 2)],
      apply: (b, operands) => b.apply("batchNorm", operands, { epsilon: 0.125 }),
    };
  },
  oneHot: "none",
  random: "none",
};

/** Numbers between the bounds, and where mirrored between their negatives too. */
function unary(op: OpKind, low = -2, high = 2, mirrored = false): CaseMaker {
  return (random) => {
    const x = randomTensor(random, randomShape(random, 0, 3), low, high);
    if (mirrored) x.data.forEach((value, index) => (x.data[index] = flip(random) ? value : -value));
    return { operands: [x], apply: (b, operands) => b.apply(op, operands, {}) };
  };
}

function binary(op: OpKind, low = -2, high = 2): CaseMaker {
  return (random) => {
    const shape = randomShape(random, 0, 3);
    const shapes = shuffled(random, [shape, narrowed(random, shape)]);
    return {
      operands: shapes.map((operand) => randomTensor(random, operand, low, high)),
      apply: (b, operands) => b.apply(op, operands, {}),
    };
  };
}

function reduction(op: "reduceSum" | "reduceMean" | "reduceMax" | "reduceVariance"): CaseMaker {
  return (random) => {
    const shape = randomShape(random, 1, 4);
    const axes = shape.flatMap((_, axis) => (flip(random) ? [axis] : []));
    const keepDims = flip(random);
    return {
      operands: [randomTensor(random, shape)],
      apply: (b, operands) => b.apply(op, operands, { axes: axes.length > 0 ? axes : [0], keepDims }),
    };
  };
}

function alongAxis(op: "softmax" | "logSoftmax"): CaseMaker {
  return (random) => {
    const shape = randomShape(random, 1, 3);
    const axis = whole(random, 0, shape.length - 1);
    return {
      operands: [randomTensor(random, shape)],
      apply: (b, operands) => b.apply(op, operands, { axis }),
    };
  };
}

function pooling(op: "maxPool" | "averagePool"): CaseMaker {
  return (random) => {
    const { geometry, x } = randomWindow(random);
    return { operands: [randomTensor(random, x)], apply: (b, operands) => b.apply(op, operands, geometry) };
  };
}

/** A window over one to three axes whose padding is smaller than itself, so that each place sees a cell. */
function randomWindow(random: Random): { geometry: WindowGeometry; x: number[] } {
  const axes = Array.from({ length: whole(random, 1, 3) }, () => {
    const kernel = whole(random, 1, 3);
    const dilation = whole(random, 1, 2);
    const pads: [number, number] = [whole(random, 0, kernel - 1), whole(random, 0, kernel - 1)];
    const size = (kernel - 1) * dilation + whole(random, 1, 3);
    return { kernel, dilation, pads, size, stride: whole(random, 1, 3) };
  });
  const geometry = {
    kernel: axes.map(({ kernel }) => kernel),
    stride: axes.map(({ stride }) => stride),
    dilation: axes.map(({ dilation }) => dilation),
    pads: axes.map(({ pads }) => pads),
  };
  return { geometry, x: [whole(random, 1, 2), ...axes.map(({ size }) => size), whole(random, 1, 3)] };
}

function randomConvolution(random: Random): {
  geometry: WindowGeometry;
  groups: number;
  x: number[];
  kernel: number[];
} {
  const { geometry, x } = randomWindow(random);
  const groups = whole(random, 1, 2);
  const channels = whole(random, 1, 2);
  const filters = groups * whole(random, 1, 2);
  return {
    geometry,
    groups,
    x: x.with(-1, groups * channels),
    kernel: [...geometry.kernel, channels, filters],
  };
}

function outputShape(x: readonly number[], geometry: WindowGeometry, filters: number): number[] {
  const { kernel, stride, dilation, pads } = geometry;
  const places = x.slice(1, -1).map((size, axis) => {
    const reach = (kernel[axis]! - 1) * dilation[axis]! + 1;
    return Math.floor((size + pads[axis]![0] + pads[axis]![1] - reach) / stride[axis]!) + 1;
  });
  return [x[0]!, ...places, filters];
}

function randomShape(random: Random, leastRank: number, mostRank: number): number[] {
  return Array.from({ length: whole(random, leastRank, mostRank) }, () => whole(random, 1, 4));
}

/** A shape that broadcasts to the given one: axes become 1 or are left out in front. */
function narrowed(random: Random, shape: readonly number[]): number[] {
  return shape.slice(whole(random, 0, shape.length)).map((size) => (flip(random) ? 1 : size));
}

function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  const rest = [...items];
  return items.map(() => rest.splice(whole(random, 0, rest.length - 1), 1)[0]!);
}

function whole(random: Random, low: number, high: number): number {
  return low + random.integer(high - low + 1);
}

function flip(random: Random): boolean {
  return random.integer(2) === 1;
}
