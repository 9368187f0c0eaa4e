import { TensorGraphError } from "../../tensor/shapes.ts";
import type { OpKind, Reduction, TensorNode, TensorShape } from "../../tensor/tensor-graph.ts";
import { type Attribute, dataTypes, type GraphValue, type GraphWriter } from "./graph-writer.ts";
import { choose, padAxes, sliceTo, withAxes } from "./many-axes.ts";
import { averagePool, convolve, convolveBack, maxPool } from "./windows.ts";

/** How an operation is written as TensorFlow's. */
type GraphForm<Kind extends OpKind> = (
  writer: GraphWriter,
  inputs: readonly GraphValue[],
  node: TensorNode<Kind>,
) => GraphValue;

/** What only training has. */
type TrainingOp =
  | "convKernelGradient"
  | "maxPoolGradient"
  | "averagePoolGradient"
  | "gatherGradient"
  | "oneHot"
  | "argMax"
  | "random";

type Inferred = Exclude<OpKind, TrainingOp | "input" | "constant">;

/** An operation that TensorFlow has under one name. */
const named =
  (op: string, attributes?: Readonly<Record<string, Attribute>>): GraphForm<Inferred> =>
  (writer, inputs, { shape }) =>
    writer.add(op, inputs, shape, attributes);

/** One on two tensors, of which one may be repeated. */
const joining =
  (op: string): GraphForm<Inferred> =>
  (writer, inputs, { shape }) =>
    join(writer, op, inputs, shape);

function join(
  writer: GraphWriter,
  op: string,
  inputs: readonly GraphValue[],
  shape: TensorShape,
): GraphValue {
  const operands = inputs.map((input) => withAxes(writer, input, shape.length));
  return writer.add(op, operands, shape);
}

const reduction =
  (op: string): GraphForm<"reduceSum" | "reduceMean" | "reduceMax"> =>
  (writer, [x], { attributes, shape }) =>
    reduce(writer, op, x!, attributes, shape);

const exponential =
  (op: "Softmax" | "LogSoftmax"): GraphForm<"softmax" | "logSoftmax"> =>
  (writer, [x], { attributes: { axis }, shape }) => {
    const last = shape.length - 1;
    if (axis === last) return writer.add(op, [x!], shape);
    // TensorFlow's goes over the last axis.
    const order = shape.map((_, place) => (place === axis ? last : place === last ? axis : place));
    const moved = order.map((place) => shape[place]!);
    const permutation = writer.wholes(order);
    const turned = writer.add(op, [writer.add("Transpose", [x!, permutation], moved)], moved);
    return writer.add("Transpose", [turned, permutation], shape);
  };

const forms: { readonly [Kind in Inferred]: GraphForm<Kind> } = {
  negate: named("Neg"),
  reciprocal: named("Reciprocal"),
  sqrt: named("Sqrt"),
  exp: named("Exp"),
  log: named("Log"),
  abs: named("Abs"),
  tanh: named("Tanh"),
  sigmoid: named("Sigmoid"),
  relu: named("Relu"),
  step: (writer, [x], { shape }) => writer.add("Relu", [writer.add("Sign", [x!], shape)], shape),
  erf: named("Erf"),
  floor: named("Floor"),
  clip: (writer, [x], { attributes: { low, high }, shape }) =>
    writer.add("ClipByValue", [x!, writer.number(low), writer.number(high)], shape),
  cast: (writer, [x], { attributes: { to }, shape }) =>
    writer.add("Cast", [x!], shape, { SrcT: { type: "DT_FLOAT" }, DstT: { type: dataTypes[to] } }),
  add: joining("AddV2"),
  subtract: joining("Sub"),
  multiply: joining("Mul"),
  divide: joining("RealDiv"),
  maximum: joining("Maximum"),
  minimum: joining("Minimum"),
  power: joining("Pow"),
  equal: joining("Equal"),
  greater: joining("Greater"),
  select: (writer, inputs, { shape }) => choose(writer, inputs, shape),
  matmul: (writer, [a, b], { attributes: { transposeLeft, transposeRight }, shape }) => {
    if (b!.shape.length === 2 && !transposeLeft) {
      const flags = { transpose_a: { b: false }, transpose_b: { b: transposeRight } };
      const rows = writer.reshape(a!, ["N", a!.shape.at(-1)!]);
      return writer.reshape(writer.add("MatMul", [rows, b!], ["N", shape.at(-1)!], flags), shape);
    }
    return writer.add("BatchMatMulV2", [a!, b!], shape, {
      adj_x: { b: transposeLeft },
      adj_y: { b: transposeRight },
    });
  },
  conv: (writer, [x, kernel], { attributes, shape }) => convolve(writer, x!, kernel!, attributes, shape),
  convInputGradient: (writer, [gradient, kernel], { attributes, shape }) =>
    convolveBack(writer, gradient!, kernel!, attributes, shape),
  maxPool: (writer, [x], { attributes, shape }) => maxPool(writer, x!, attributes, shape),
  averagePool: (writer, [x], { attributes, shape }) => averagePool(writer, x!, attributes, shape),
  reduceSum: reduction("Sum"),
  reduceMean: reduction("Mean"),
  reduceMax: reduction("Max"),
  reduceVariance(writer, [x], { attributes, shape }) {
    const kept = x!.shape.map((size, axis) => (attributes.axes.includes(axis) ? 1 : size));
    const mean = reduce(writer, "Mean", x!, { ...attributes, keepDims: true }, kept);
    return reduce(writer, "Mean", writer.add("SquaredDifference", [x!, mean], x!.shape), attributes, shape);
  },
  reshape: (writer, [x], { attributes }) => writer.reshape(x!, attributes.shape),
  transpose: (writer, [x], { attributes: { permutation }, shape }) =>
    writer.add("Transpose", [x!, writer.wholes(permutation)], shape),
  // Zeros are added, since the batch's size is not known.
  broadcast(writer, [x], { shape }) {
    const sizes = shape.map((size) => (size === "N" ? 1 : size));
    const zeros = new Float32Array(sizes.reduce((product, size) => product * size, 1));
    return writer.add("AddV2", [x!, writer.constant(`${writer.scope}zeros`, sizes, zeros)], shape);
  },
  concat: (writer, inputs, { attributes: { axis }, shape }) =>
    writer.add("ConcatV2", [...inputs, writer.wholes(axis)], shape, {
      N: { i: String(inputs.length) },
      Tidx: { type: "DT_INT32" },
    }),
  slice(writer, [x], { attributes: { axes, starts }, shape }) {
    const first = x!.shape.map((_, axis) => starts[axes.indexOf(axis)] ?? 0);
    return sliceTo(writer, x!, first, shape);
  },
  pad: (writer, [x], { attributes: { pads, value } }) => padAxes(writer, x!, pads, value),
  gather: (writer, [table, indices], { shape }) =>
    writer.add("GatherV2", [table!, indices!, writer.wholes(0)], shape, { batch_dims: { i: "0" } }),
  softmax: exponential("Softmax"),
  logSoftmax: exponential("LogSoftmax"),
  batchNorm(writer, inputs, { attributes: { epsilon }, shape }) {
    if (shape.length === 4) {
      return writer.add("FusedBatchNormV3", inputs, shape, {
        epsilon: { f: epsilon },
        is_training: { b: false },
      });
    }
    const [x, gamma, beta, mean, variance] = inputs;
    const { shape: one } = variance!;
    const deviation = writer.add(
      "Rsqrt",
      [writer.add("AddV2", [variance!, writer.number(epsilon)], one)],
      one,
    );
    const centred = join(writer, "Sub", [x!, mean!], shape);
    const scaled = join(writer, "Mul", [centred, writer.add("Mul", [gamma!, deviation], one)], shape);
    return join(writer, "AddV2", [scaled, beta!], shape);
  },
};

function reduce(
  writer: GraphWriter,
  op: string,
  x: GraphValue,
  { axes, keepDims }: Reduction,
  shape: TensorShape,
): GraphValue {
  return writer.add(op, [x, writer.wholes(axes)], shape, {
    keep_dims: { b: keepDims },
    Tidx: { type: "DT_INT32" },
  });
}

/** Writes an operation. @throws TensorGraphError for one that only training has */
export function writeNode(writer: GraphWriter, node: TensorNode, inputs: readonly GraphValue[]): GraphValue {
  if (!Object.hasOwn(forms, node.op)) {
    throw new TensorGraphError(`${node.op}, which only training has, cannot be a part of a graph model`);
  }
  return (forms[node.op as Inferred] as GraphForm<OpKind>)(writer, inputs, node);
}
