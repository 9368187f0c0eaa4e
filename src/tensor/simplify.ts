import type { TensorBuilder } from "./builder.ts";
import { broadcastShapes, sameShape } from "./shapes.ts";
import type { OpAttributes, OpKind, Reduction, TensorNode, TensorType, ValueId } from "./tensor-graph.ts";

/**
 * The value that an operation about to be built is already known to have; undefined where there is real work. Only what is
 * exact for every number, infinities and NaN too (`x·0` is therefore no zero). Signed zeros are not kept apart.
 */
export function simplify<Kind extends OpKind>(
  builder: TensorBuilder,
  op: Kind,
  inputs: readonly ValueId[],
  attributes: OpAttributes[Kind],
  type: TensorType,
): ValueId | undefined {
  const row = rows[op] as Row<Kind> | undefined;
  return row?.({ builder, inputs, operands: inputs.map((input) => builder.node(input)), attributes, type });
}

interface Candidate<Kind extends OpKind> {
  readonly builder: TensorBuilder;
  readonly inputs: readonly ValueId[];
  readonly operands: readonly TensorNode[];
  readonly attributes: OpAttributes[Kind];
  readonly type: TensorType;
}

type Binary = Omit<Candidate<OpKind>, "attributes">;

type Row<Kind extends OpKind> = (candidate: Candidate<Kind>) => ValueId | undefined;

const rows: { readonly [Kind in OpKind]?: Row<Kind> } = {
  negate: ({ operands: [x], builder }) =>
    x!.op === "negate" ? x!.inputs[0] : fold(builder, [x!], (value) => -value!),
  sqrt: ({ operands, builder }) => fold(builder, operands, (value) => Math.sqrt(value!)),
  reciprocal: ({ operands, builder }) => fold(builder, operands, (value) => 1 / value!),
  relu: ({ operands: [x] }) => (x!.op === "relu" ? x!.id : undefined),
  cast: ({ operands: [x], type }) => (x!.dataType === type.dataType ? x!.id : undefined),

  add: (candidate) =>
    neutral(candidate, 0, "either") ??
    fold(candidate.builder, candidate.operands, (a, b) => a! + b!) ??
    unbroadcast("add", candidate),
  subtract: (candidate) =>
    neutral(candidate, 0, "right") ??
    fold(candidate.builder, candidate.operands, (a, b) => a! - b!) ??
    unbroadcast("subtract", candidate),
  multiply: (candidate) =>
    neutral(candidate, 1, "either") ??
    fold(candidate.builder, candidate.operands, (a, b) => a! * b!) ??
    unbroadcast("multiply", candidate),
  divide: (candidate) =>
    neutral(candidate, 1, "right") ??
    fold(candidate.builder, candidate.operands, (a, b) => a! / b!) ??
    unbroadcast("divide", candidate),
  power: (candidate) => neutral(candidate, 1, "right"),

  reduceSum: dropEmptyReduction,
  reduceMean: dropEmptyReduction,
  reduceMax: dropEmptyReduction,

  reshape({ operands: [x], builder, type }) {
    if (sameShape(x!.shape, type.shape)) return x!.id;
    return x!.op === "reshape" ? builder.reshape(x!.inputs[0]!, type.shape) : undefined;
  },
  transpose({ operands: [x], builder, attributes: { permutation } }) {
    if (permutation.every((axis, index) => axis === index)) return x!.id;
    if (x!.op !== "transpose") return undefined;
    const inner = x!.attributes.permutation;
    return builder.transpose(
      x!.inputs[0]!,
      permutation.map((axis) => inner[axis]!),
    );
  },
  broadcast({ operands: [x], builder, type }) {
    if (sameShape(x!.shape, type.shape)) return x!.id;
    return x!.op === "broadcast" ? builder.broadcast(x!.inputs[0]!, type.shape) : undefined;
  },
  concat: ({ inputs }) => (inputs.length === 1 ? inputs[0] : undefined),
  slice: ({ operands: [x], type }) => (sameShape(x!.shape, type.shape) ? x!.id : undefined),
  pad: ({ operands: [x], type, attributes: { pads } }) =>
    sameShape(x!.shape, type.shape) && pads.every(([before]) => before === 0) ? x!.id : undefined,
};

/** The number of a float32 constant that holds one number. */
function constantNumber(node: TensorNode): number | undefined {
  if (node.op !== "constant" || node.dataType !== "float32" || node.attributes.data.length !== 1)
    return undefined;
  return node.attributes.data[0];
}

/** The other operand of `x + 0`, `x · 1` and their like, where the result has its shape. */
function neutral(
  { operands: [left, right], type }: Binary,
  element: number,
  side: "either" | "right",
): ValueId | undefined {
  if (constantNumber(right!) === element && sameShape(left!.shape, type.shape)) return left!.id;
  if (side === "either" && constantNumber(left!) === element && sameShape(right!.shape, type.shape)) {
    return right!.id;
  }
  return undefined;
}

/** Computes an operation on scalar constants. */
function fold(
  builder: TensorBuilder,
  operands: readonly TensorNode[],
  compute: (...values: number[]) => number,
): ValueId | undefined {
  const values = operands.map((operand) =>
    operand.shape.length === 0 ? constantNumber(operand) : undefined,
  );
  if (values.includes(undefined)) return undefined;
  return builder.scalar(compute(...(values as number[])));
}

/** Uses what was broadcast in place of the broadcast, where the operation broadcasts by itself. */
function unbroadcast(
  op: "add" | "subtract" | "multiply" | "divide",
  { operands: [left, right], builder, type }: Binary,
): ValueId | undefined {
  for (const [wide, other] of [
    [left!, right!],
    [right!, left!],
  ] as const) {
    if (wide.op !== "broadcast") continue;
    const narrow = wide.inputs[0]!;
    if (!sameShape(broadcastShapes(builder.shape(narrow), other.shape), type.shape)) continue;
    return builder.apply(op, wide === left ? [narrow, other.id] : [other.id, narrow], {});
  }
  return undefined;
}

function dropEmptyReduction(candidate: {
  readonly inputs: readonly ValueId[];
  readonly attributes: Reduction;
}): ValueId | undefined {
  return candidate.attributes.axes.length === 0 ? candidate.inputs[0] : undefined;
}
