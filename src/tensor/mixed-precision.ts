import { TensorBuilder } from "./builder.ts";
import { isFloat } from "./ops.ts";
import type { DataType, OpKind, TensorGraph, TensorNode, ValueId } from "./tensor-graph.ts";

/**
 * What an operation computes in: half precision; single precision, since it loses too much in half or leaves its range; whatever
 * its operands are in; or what one of them is in, since it must see the very numbers that an earlier operation saw.
 */
type Precision = "half" | "single" | "as operands" | { readonly asOperand: number };

/** After the lists of PyTorch's autocast and Keras' mixed_float16: products in half, exponentials, sums and quotients in single. */
const precisions = {
  input: "single",
  constant: "single",
  negate: "as operands",
  reciprocal: "single",
  sqrt: "single",
  exp: "single",
  log: "single",
  abs: "as operands",
  tanh: "as operands",
  sigmoid: "as operands",
  relu: "as operands",
  step: "as operands",
  erf: "as operands",
  floor: "as operands",
  clip: "as operands",
  cast: "single",
  add: "as operands",
  subtract: "as operands",
  multiply: "as operands",
  divide: "single",
  maximum: "as operands",
  minimum: "as operands",
  power: "single",
  equal: "as operands",
  greater: "as operands",
  select: "as operands",
  matmul: "half",
  conv: "half",
  convInputGradient: "half",
  convKernelGradient: "half",
  maxPool: "as operands",
  maxPoolGradient: { asOperand: 1 },
  averagePool: "as operands",
  averagePoolGradient: "as operands",
  reduceSum: "single",
  reduceMean: "single",
  reduceMax: "single",
  reduceVariance: "single",
  argMax: "single",
  reshape: "as operands",
  transpose: "as operands",
  broadcast: "as operands",
  concat: "as operands",
  slice: "as operands",
  pad: "as operands",
  gather: "as operands",
  gatherGradient: "single",
  softmax: "single",
  logSoftmax: "single",
  batchNorm: "single",
  oneHot: "single",
  random: "single",
} as const satisfies Record<OpKind, Precision>;

/** Operations under which a part of the weights can be taken after all of them were rounded at once. */
const partsOfWeights: ReadonlySet<OpKind> = new Set(["slice", "reshape"]);

/** Nodes from one number up to but not including another. */
export interface NodeRange {
  readonly start: ValueId;
  readonly end: ValueId;
}

/**
 * A computation in mixed precision: products and convolutions, and what lies between them, in half precision (float16), everything
 * else in single; outputs and inputs are as they were. What belongs to no layer, as the update of weights does, stays in single;
 * a layer takes what others give it in half, as Keras' do.
 *
 * @param nodes in an order in which they can be computed
 * @param single nodes that stay in single precision, whatever they are: the loss and its own gradients
 */
export function toMixedPrecision(
  nodes: readonly TensorNode[],
  outputs: Readonly<Record<string, ValueId>>,
  single: NodeRange,
): TensorGraph {
  const builder = new TensorBuilder();
  const values: ValueId[] = [];
  const isPliable: boolean[] = [];
  const valueOf = (id: ValueId): ValueId => values[id]!;
  const isFloatNode = (id: ValueId): boolean => isFloat(nodes[id]!.dataType);

  /** Whether other operands decide what an operation computes in, as they do for weights, fixed numbers, noise and conditions. */
  const bends = ({ op, attributes, inputs }: TensorNode): boolean => {
    if (op === "constant" || op === "random") return true;
    if (op === "input") return attributes.role === "weight";
    if (op === "cast") return nodes[inputs[0]!]!.dataType === "bool";
    const floats = inputs.filter(isFloatNode);
    return floats.length > 0 && floats.every((input) => isPliable[input]);
  };

  const asOperands = (node: TensorNode): DataType => {
    const deciding = node.inputs.filter((input) => isFloatNode(input) && isPliable[input] !== true);
    const isHalf = (input: ValueId): boolean => {
      const { layer } = nodes[input]!;
      const isOfOther = layer !== undefined && layer !== node.layer;
      return isOfOther || builder.dataType(valueOf(input)) === "float16";
    };
    return deciding.length > 0 && deciding.every(isHalf) ? "float16" : "float32";
  };

  const precisionOf = (node: TensorNode): DataType => {
    const isSingle = node.layer === undefined || (node.id >= single.start && node.id < single.end);
    const precision: Precision = isSingle ? "single" : precisions[node.op];
    if (typeof precision === "object") return builder.dataType(valueOf(node.inputs[precision.asOperand]!));
    if (precision === "as operands") return asOperands(node);
    return precision === "half" ? "float16" : "float32";
  };

  const inHalf = (value: ValueId): ValueId => {
    const { op, inputs, attributes } = builder.node(value);
    return partsOfWeights.has(op) && isPartOfWeights(builder, value)
      ? builder.apply(op, [inHalf(inputs[0]!)], attributes)
      : builder.cast(value, "float16");
  };

  const operandAs = (id: ValueId, wanted: DataType): ValueId => {
    const value = valueOf(id);
    const dataType = builder.dataType(value);
    if (!isFloat(dataType) || dataType === wanted) return value;
    return wanted === "float16" ? inHalf(value) : builder.cast(value, "float32");
  };

  const rebuild = (node: TensorNode): ValueId => {
    if (node.op === "input")
      return builder.input(node.attributes.role, node.attributes.name, node.shape, node.dataType);
    if (node.op === "constant")
      return builder.constant(node.shape as readonly number[], node.attributes.data);
    const wanted = precisionOf(node);
    const operands = node.inputs.map((input) => operandAs(input, wanted));
    return builder.apply(node.op, operands, node.attributes);
  };

  for (const node of nodes) {
    isPliable.push(bends(node));
    values.push(builder.inLayer(node.layer, () => rebuild(node)));
  }
  const results = Object.entries(outputs).map(
    ([name, id]) => [name, operandAs(id, nodes[id]!.dataType)] as const,
  );
  return builder.finish(Object.fromEntries(results));
}

/** Whether a value is some of the weights, in whatever shape. */
function isPartOfWeights(builder: TensorBuilder, value: ValueId): boolean {
  let node = builder.node(value);
  while (partsOfWeights.has(node.op)) node = builder.node(node.inputs[0]!);
  return node.op === "input" && node.attributes.role === "weight";
}
