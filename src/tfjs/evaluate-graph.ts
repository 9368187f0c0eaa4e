import { randomWindow } from "../tensor/random-table.ts";
import { TensorGraphError } from "../tensor/shapes.ts";
import type { OpAttributes, OpKind, TensorGraph, TensorNode, TensorShape } from "../tensor/tensor-graph.ts";
import {
  broadcastInAnyRank,
  choose,
  inRows,
  numbersOfCondition,
  padAxes,
  sliceAxes,
  withAxes,
} from "./layers/many-axes.ts";
import { extreme } from "./layers/merging.ts";
import { largestOver } from "./layers/pooling.ts";
import type { Tensor, TensorFlow } from "./tensorflow.ts";

/** An operation in functions of TensorFlow.js. Differentiable wherever a loss needs it. */
type OpFunction<Kind extends OpKind> = (
  tf: TensorFlow,
  inputs: readonly Tensor[],
  attributes: OpAttributes[Kind],
  /** Examples in the batch. */
  batch: number,
) => Tensor;

/** Operations of layers alone: on this engine layers are tf.layers, and only losses and optimizers come as graphs. */
type LayerOp =
  | "conv"
  | "convInputGradient"
  | "convKernelGradient"
  | "maxPool"
  | "maxPoolGradient"
  | "averagePool"
  | "averagePoolGradient"
  | "batchNorm";

type Computed = Exclude<OpKind, LayerOp | "input" | "constant">;

/** There is no float16: runs in mixed precision are refused before they begin. */
const types = { float32: "float32", float16: "float32", int32: "int32", bool: "bool" } as const;

const opFunctions: { readonly [Kind in Computed]: OpFunction<Kind> } = {
  negate: (tf, [x]) => tf.neg(x!),
  reciprocal: (tf, [x]) => tf.reciprocal(x!),
  sqrt: (tf, [x]) => tf.sqrt(x!),
  exp: (tf, [x]) => tf.exp(x!),
  log: (tf, [x]) => tf.log(x!),
  abs: (tf, [x]) => tf.abs(x!),
  tanh: (tf, [x]) => tf.tanh(x!),
  sigmoid: (tf, [x]) => tf.sigmoid(x!),
  relu: (tf, [x]) => tf.relu(x!),
  step: (tf, [x]) => tf.step(x!),
  erf: (tf, [x]) => tf.erf(x!),
  floor: (tf, [x]) => tf.floor(x!),
  clip: (tf, [x], { low, high }) => inRows(tf, x!, (rows) => tf.clipByValue(rows, low, high)),
  cast: (tf, [x], { to }) =>
    x!.dtype === "bool" && to === "float32" ? numbersOfCondition(tf, x!) : tf.cast(x!, types[to]),
  add: joining((tf) => tf.add),
  subtract: joining((tf) => tf.sub),
  multiply: joining((tf) => tf.mul),
  divide: joining((tf) => tf.div),
  maximum: joining(extreme("maximum")),
  minimum: joining(extreme("minimum")),
  power: joining((tf) => tf.pow),
  equal: (tf, inputs) => comparison(tf, tf.equal, inputs),
  greater: (tf, inputs) => comparison(tf, tf.greater, inputs),
  select: (tf, [condition, a, b]) => choose(tf, condition!, a!, b!),
  matmul: (tf, [a, b], { transposeLeft, transposeRight }) => tf.matMul(a!, b!, transposeLeft, transposeRight),
  reduceSum: (tf, [x], { axes, keepDims }) => tf.sum(x!, [...axes], keepDims),
  reduceMean: (tf, [x], { axes, keepDims }) => tf.mean(x!, [...axes], keepDims),
  reduceMax: (tf, [x], { axes, keepDims }) => largestOver(tf, x!, [...axes], keepDims),
  reduceVariance: (tf, [x], { axes, keepDims }) => tf.moments(x!, [...axes], keepDims).variance,
  argMax: (tf, [x], { axis }) => tf.argMax(x!, axis),
  reshape: (tf, [x], { shape }, batch) => tf.reshape(x!, bindShape(shape, batch)),
  transpose: (tf, [x], { permutation }) => tf.transpose(x!, [...permutation]),
  broadcast: (tf, [x], { shape }, batch) => broadcastInAnyRank(tf, x!, bindShape(shape, batch)),
  concat: (tf, inputs, { axis }) => tf.concat([...inputs], axis),
  slice(tf, [x], { axes, starts, ends }) {
    const begin = x!.shape.map((_, axis) => starts[axes.indexOf(axis)] ?? 0);
    const size = x!.shape.map((dim, axis) => (ends[axes.indexOf(axis)] ?? dim) - begin[axis]!);
    return sliceAxes(tf, x!, begin, size);
  },
  pad: (tf, [x], { pads, value }) => padAxes(tf, x!, pads, value),
  gather: (tf, [table, indices]) => tf.gather(table!, indices as never),
  gatherGradient: (tf, [indices, gradient], { rows }) =>
    tf.unsortedSegmentSum(
      tf.reshape(gradient!, [-1, gradient!.shape.at(-1)!]),
      tf.reshape(indices!, [-1]) as never,
      rows,
    ),
  softmax: (tf, [x], { axis }) => tf.softmax(x!, axis),
  logSoftmax: (tf, [x], { axis }) => tf.logSoftmax(x!, axis),
  oneHot: (tf, [labels], { depth }) => tf.cast(tf.oneHot(labels!, depth), "float32"),
  random(tf, [offset], { distribution, shape }, batch) {
    const known = bindShape(shape, batch);
    const count = known.reduce((product, size) => product * size, 1);
    const start = offset!.dataSync()[0]!;
    return tf.tensor(randomWindow(distribution, start, count), known);
  },
};

/** An operation on two tensors of which one may be repeated. */
function joining(
  of: (tf: TensorFlow) => (a: Tensor, b: Tensor) => Tensor,
): (tf: TensorFlow, inputs: readonly Tensor[]) => Tensor {
  return (tf, [a, b]) => {
    const rank = Math.max(a!.rank, b!.rank);
    return of(tf)(withAxes(tf, a!, rank), withAxes(tf, b!, rank));
  };
}

/** TensorFlow.js refuses to go back through a comparison, even where nothing flows: here its gradient is 0. */
function comparison(
  tf: TensorFlow,
  compare: (a: Tensor, b: Tensor) => Tensor,
  inputs: readonly Tensor[],
): Tensor {
  const compared = tf.customGrad((...given) => {
    const [a, b, save] = given as unknown as readonly [Tensor, Tensor, (kept: Tensor[]) => void];
    save([a, b]);
    const gradFunc = (_: Tensor, kept: Tensor[]): Tensor[] => kept.map((operand) => tf.zerosLike(operand));
    return { value: compare(a, b), gradFunc };
  });
  return compared(inputs[0]!, inputs[1]!);
}

/**
 * Computes a graph of losses or of an optimizer with TensorFlow.js. To be called within tf.tidy; gradients flow through it.
 *
 * @param inputs by name
 * @param batch what the dimension N is
 * @param wanted the names of the outputs that are computed; all where none are named
 * @returns the outputs by name
 */
export function evaluateWithTensorFlow(
  tf: TensorFlow,
  graph: TensorGraph,
  inputs: ReadonlyMap<string, Tensor>,
  batch: number,
  wanted?: readonly string[],
): Map<string, Tensor> {
  const outputs = graph.outputs.filter(({ name }) => wanted?.includes(name) ?? true);
  const needed = new Set(outputs.map(({ value }) => value));
  for (const { id, inputs: operands } of [...graph.nodes].reverse()) {
    if (needed.has(id)) for (const operand of operands) needed.add(operand);
  }
  const values: Tensor[] = [];
  for (const node of graph.nodes) {
    if (needed.has(node.id)) values[node.id] = computeNode({ tf, node, values, inputs, batch });
  }
  return new Map(outputs.map(({ name, value }) => [name, values[value]!]));
}

interface NodeContext {
  readonly tf: TensorFlow;
  readonly node: TensorNode;
  readonly values: readonly Tensor[];
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly batch: number;
}

function computeNode({ tf, node, values, inputs, batch }: NodeContext): Tensor {
  if (node.op === "input") {
    const given = inputs.get(node.attributes.name);
    if (given === undefined) throw new TensorGraphError(`no input "${node.attributes.name}" was given`);
    return given;
  }
  if (node.op === "constant") {
    const { data } = node.attributes;
    return tf.tensor(data, bindShape(node.shape, batch), data instanceof Int32Array ? "int32" : "float32");
  }
  if (!Object.hasOwn(opFunctions, node.op)) {
    throw new TensorGraphError(`a loss or optimizer has the operation ${node.op}, which layers alone have`);
  }
  const compute = opFunctions[node.op as Computed] as OpFunction<OpKind>;
  const operands = node.inputs.map((input) => values[input]!);
  return compute(tf, operands, node.attributes, batch);
}

function bindShape(shape: TensorShape, batch: number): number[] {
  return shape.map((dim) => (dim === "N" ? batch : dim));
}
