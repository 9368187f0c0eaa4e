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
  const operands = inputs.map((input) => builder.node(input));
  const candidate = { builder, inputs, operands, attributes, type };
  const row = rows[op] as Row<Kind> | undefined;
  return row?.(candidate) ?? (isElementwise(op) ? simplifyElementwise(op, candidate) : undefined);
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
  negate: ({ operands: [x] }) => (x!.op === "negate" ? x!.inputs[0] : undefined),
  relu: ({ operands: [x] }) => (x!.op === "relu" ? x!.id : undefined),
  cast: ({ operands: [x], type }) => (x!.dataType === type.dataType ? x!.id : undefined),
  add: (candidate) => neutral(candidate, 0, "either"),
  subtract: (candidate) => neutral(candidate, 0, "right"),
  multiply: (candidate) => neutral(candidate, 1, "either") ?? negatedFactor(candidate),
  divide: (candidate) => neutral(candidate, 1, "right"),
  power: (candidate) => neutral(candidate, 1, "right"),

  reduceSum: dropEmptyReduction,
  reduceMean: dropEmptyReduction,
  reduceMax: dropEmptyReduction,

  reshape({ operands: [x], builder, type }) {
    if (sameShape(x!.shape, type.shape)) return x!.id;
    if (x!.op === "reshape") return builder.reshape(x!.inputs[0]!, type.shape);
    if (x!.op !== "broadcast") return undefined;
    const repeated = builder.node(x!.inputs[0]!);
    return isOneNumber(repeated)
      ? builder.broadcast(builder.reshape(repeated.id, []), type.shape)
      : undefined;
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

/** `-x · c` as `x · -c`, which is the same number and one operation less. */
function negatedFactor({ builder, operands }: Binary): ValueId | undefined {
  const index = operands.findIndex((operand) => operand.op === "negate");
  const factor = index < 0 ? undefined : constantNumber(operands[1 - index]!);
  if (factor === undefined || operands[1 - index]!.shape.length > 0) return undefined;
  return builder.multiply(operands[index]!.inputs[0]!, builder.scalar(-factor));
}

/** Elementwise operations, and what they make of plain numbers where constants are folded. */
const elementwise = {
  negate: (a) => -a,
  reciprocal: (a) => 1 / a,
  sqrt: Math.sqrt,
  exp: undefined,
  log: undefined,
  abs: Math.abs,
  tanh: undefined,
  sigmoid: undefined,
  relu: undefined,
  step: undefined,
  erf: undefined,
  floor: Math.floor,
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  power: undefined,
} satisfies { readonly [Kind in OpKind]?: ((a: number, b: number) => number) | undefined };

type ElementwiseKind = keyof typeof elementwise;

function isElementwise(op: OpKind): op is ElementwiseKind {
  return Object.hasOwn(elementwise, op);
}

/** Folds scalar constants; works on fewer numbers where an operand is only repeated. */
function simplifyElementwise(op: ElementwiseKind, { operands, builder, type }: Binary): ValueId | undefined {
  const compute: ((a: number, b: number) => number) | undefined = elementwise[op];
  const values = operands.map((operand) =>
    operand.shape.length === 0 ? constantNumber(operand) : undefined,
  );
  if (compute !== undefined && !values.includes(undefined))
    return builder.scalar(compute(values[0]!, values[1]!));
  const narrow = operands.map((operand) => builder.node(narrowed(builder, operand)));
  if (operands.length === 1) {
    const [x] = narrow;
    return x!.id === operands[0]!.id
      ? undefined
      : builder.broadcast(builder.apply(op, [x!.id], {}), type.shape);
  }
  for (const [left, right] of [narrow, [narrow[0]!, operands[1]!], [operands[0]!, narrow[1]!]] as const) {
    if (left!.id === operands[0]!.id && right!.id === operands[1]!.id) continue;
    if (!sameShape(broadcastShapes(left!.shape, right!.shape), type.shape)) continue;
    return builder.apply(op, [left!.id, right!.id], {});
  }
  const combined = broadcastShapes(narrow[0]!.shape, narrow[1]!.shape);
  if (sameShape(combined, type.shape)) return undefined;
  return builder.broadcast(builder.apply(op, [narrow[0]!.id, narrow[1]!.id], {}), type.shape);
}

/** What a value repeats: the operand of a broadcast, or of a reshape that only puts axes of one cell in front. */
function narrowed(builder: TensorBuilder, node: TensorNode): ValueId {
  if (node.op === "broadcast") return node.inputs[0]!;
  if (node.op !== "reshape") return node.id;
  const inner = builder.shape(node.inputs[0]!);
  const added = node.shape.length - inner.length;
  const isRepeat = added > 0 && sameShape(inner, node.shape.slice(added));
  return isRepeat && node.shape.slice(0, added).every((dim) => dim === 1) ? node.inputs[0]! : node.id;
}

function isOneNumber({ shape }: TensorNode): boolean {
  return shape.every((dim) => dim === 1);
}

function dropEmptyReduction(candidate: {
  readonly inputs: readonly ValueId[];
  readonly attributes: Reduction;
}): ValueId | undefined {
  return candidate.attributes.axes.length === 0 ? candidate.inputs[0] : undefined;
}
