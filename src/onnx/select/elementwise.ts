import type { OpKind, TensorNode, ValueId } from "../../tensor/tensor-graph.ts";
import { int } from "../attributes.ts";
import type { OnnxAttribute } from "../onnx-graph.ts";
import type { Emitter, PlacedRows } from "./emitter.ts";
import { scaledBy, shiftedBy } from "./nchwc.ts";
import { emitNchwc, hasUnusedLanes } from "./nchwc-elementwise.ts";
import { canStepAbout, type Tensor } from "./node-maker.ts";
import { type Combine, type Part, partOf } from "./operands.ts";
import type { Form, FormsOf } from "./form.ts";
import { blockCount, product, type RowLayout, rowCount, sameLayout, tileCount } from "./row-layout.ts";

/** An elementwise operation that is one ONNX operator. */
function operator(opType: string, attributes: Readonly<Record<string, OnnxAttribute>> = {}): Combine {
  return (emitter, operands, dims) => emitter.op(opType, operands, dims, attributes);
}

/** Any elementwise operation: it takes its operands as they lie where that is possible. */
function elementwise<Kind extends OpKind>(combineOf: (node: TensorNode<Kind>) => Combine): FormsOf<Kind> {
  const form: Form<Kind> = {
    name: "elementwise",
    emit(emitter, node) {
      const combine = combineOf(node);
      const any = node as TensorNode;
      if (emitNchwc(emitter, any, combine)) return;
      if (!emitRows(emitter, any, combine)) emitPlain(emitter, any, combine);
    },
  };
  return [form];
}

function plainElementwise<Kind extends OpKind>(combine: Combine): FormsOf<Kind> {
  return elementwise<Kind>(() => combine);
}

/** On tensors of the value's own shape, broadcast by ONNX; reshapes are saved where no operand is broadcast but scalars. */
function emitPlain(emitter: Emitter, node: TensorNode, combine: Combine): void {
  const shape = emitter.shape(node.id);
  const count = product(shape);
  const isSimple = node.inputs.every((input) => [1, count].includes(product(emitter.shape(input))));
  const whole = node.inputs.find((input) => product(emitter.shape(input)) === count);
  const dims = isSimple && whole !== undefined && count > 1 ? inLongRows(emitter.flat(whole).dims) : shape;
  const operands = node.inputs.map((input) => {
    if (dims === shape) return emitter.tensor(input);
    return emitter.reshape(emitter.flat(input), product(emitter.shape(input)) === 1 ? [] : dims);
  });
  emitter.store(node.id, combine(emitter, operands, dims));
}

/** ONNX Runtime takes the numbers of a last axis of one cell singly where it broadcasts another operand, even one number. */
function inLongRows(dims: readonly number[]): readonly number[] {
  return dims.at(-1) === 1 ? [product(dims)] : dims;
}

/** On the rows of spatial values; false where an operand cannot be seen that way. */
function emitRows(emitter: Emitter, node: TensorNode, combine: Combine): boolean {
  const wanted = emitter.plan.layout(node.id);
  if (wanted === undefined) return false;
  const shape = emitter.shape(node.id);
  const parts = node.inputs.map((input) => partOf(emitter, input, shape));
  if (parts.some((part) => part === undefined)) return false;
  const known = parts as readonly Part[];
  const spatial = known.filter((part) => part.kind === "rows");
  if (spatial.length === 0) return false;
  const layout = commonLayout(
    spatial.map(({ value }) => emitter.placed(value).layout),
    wanted,
  );
  const channels = shape.at(-1)!;
  const isByBlocks =
    spatial.every(({ value }) => isInBlocks(emitter.placed(value), layout)) &&
    known.every(({ kind }) => kind !== "perExample");
  const context: RowsContext = { emitter, layout, channels, combine, parts: known };
  emitter.storeRows(node.id, {
    layout,
    channels,
    ...(isByBlocks ? { blocks: combineBlocks(context) } : { rows: combineRows(context) }),
  });
  return true;
}

function isInBlocks(placed: PlacedRows, layout: RowLayout): boolean {
  return placed.blocks !== undefined && placed.rows === undefined && sameLayout(placed.layout, layout);
}

/** The layout that most operands have need no gather; with none in common, the one that the plan wants. */
function commonLayout(layouts: readonly RowLayout[], wanted: RowLayout): RowLayout {
  const [first, ...others] = layouts;
  return others.every((other) => sameLayout(other, first!)) ? first! : wanted;
}

interface RowsContext {
  readonly emitter: Emitter;
  readonly layout: RowLayout;
  readonly channels: number;
  readonly combine: Combine;
  readonly parts: readonly Part[];
}

function combineBlocks({ emitter, layout, channels, combine, parts }: RowsContext): readonly Tensor[] {
  const rows = rowCount(layout) / blockCount(layout);
  return Array.from({ length: blockCount(layout) }, (_, block) => {
    const dims = groupedDims(emitter, rows, channels, parts);
    const operands = parts.map((part) => {
      if (part.kind !== "rows") return channelOperand(emitter, part, dims);
      return emitter.reshape(
        emitter.blocksOf(emitter.placed(part.value))[block]!,
        dimsOfPart(part, dims, rows),
      );
    });
    return emitter.reshape(combine(emitter, operands, dims), [rows, channels]);
  });
}

function combineRows({ emitter, layout, channels, combine, parts }: RowsContext): Tensor {
  const rows = rowCount(layout);
  const isPerExample = parts.some(({ kind }) => kind === "perExample");
  const dims = isPerExample
    ? [blockCount(layout), layout.batch, tileCount(layout), channels]
    : (sharedDims(emitter, layout, parts) ?? groupedDims(emitter, rows, channels, parts));
  const operands = parts.map((part) => {
    if (part.kind === "rows") {
      const tensor = rowsElements(emitter, part.value, layout);
      if (isPerExample) return emitter.reshape(tensor, dims.with(-1, part.channels));
      return emitter.reshape(tensor, dimsOfPart(part, dims, rows));
    }
    if (part.kind !== "perExample") return channelOperand(emitter, part, dims);
    const last = emitter.shape(part.value).at(-1)!;
    return emitter.reshape(emitter.flat(part.value), [1, layout.batch, 1, last]);
  });
  return combine(emitter, operands, dims);
}

function rowsElements(emitter: Emitter, value: ValueId, layout: RowLayout): Tensor {
  const placed = emitter.placed(value);
  return sameLayout(placed.layout, layout) ? emitter.elementsOf(placed) : emitter.rowsIn(value, layout);
}

/** The dimensions of the first operand as it lies, where no operand is broadcast but scalars. */
function sharedDims(
  emitter: Emitter,
  layout: RowLayout,
  parts: readonly Part[],
): readonly number[] | undefined {
  const rows = parts.filter((part) => part.kind === "rows");
  if (parts.some(({ kind }) => kind === "perChannel")) return undefined;
  if (rows.some(({ channels }) => channels !== rows[0]!.channels)) return undefined;
  return inLongRows(rowsElements(emitter, rows[0]!.value, layout).dims);
}

/** Dimensions of rows that are combined with numbers a channel, where they are. */
function groupedDims(
  emitter: Emitter,
  rows: number,
  channels: number,
  parts: readonly Part[],
): readonly number[] {
  const isEven = parts.every((part) => part.kind !== "rows" || part.channels === channels);
  if (!isEven || !parts.some(({ kind }) => kind === "perChannel")) return [rows, channels];
  const group = emitter.rowGroup(rows, channels);
  return [rows / group, group * channels];
}

function dimsOfPart(part: Part & { kind: "rows" }, dims: readonly number[], rows: number): readonly number[] {
  return part.channels * rows === product(dims) ? dims : [rows, part.channels];
}

function channelOperand(emitter: Emitter, part: Part, dims: readonly number[]): Tensor {
  if (part.kind === "scalar") return emitter.reshape(emitter.flat(part.value), []);
  const row = emitter.flat(part.value);
  return emitter.repeatedRow(row, dims.at(-1)! / product(row.dims));
}

/** Where x and a constant are compared, the constant is part of the hard sigmoid; see `NodeMaker.step`. */
const stepFrom: Form<"step"> = {
  name: "hard sigmoid about a constant",
  applies(emitter, node) {
    if (node.dataType === "float16") return false;
    const compared = comparedWith(emitter, node);
    // What fills up a block of channels stays zero.
    const isZeroKept = compared !== undefined && compared.sign * compared.bound >= 0;
    return compared !== undefined && (isZeroKept || !hasUnusedLanes(emitter, node.id));
  },
  emit(emitter, node) {
    const { x, sign, bound } = comparedWith(emitter, node)!;
    const combine: Combine = (_, [operand]) => emitter.stepAbout(operand!, sign, bound);
    const compared = { ...node, inputs: [x] };
    if (emitNchwc(emitter, compared, combine)) return;
    if (!emitRows(emitter, compared, combine)) emitPlain(emitter, compared, combine);
  },
};

interface Comparison {
  readonly x: ValueId;
  /** 1 for x - bound, -1 for bound - x. */
  readonly sign: 1 | -1;
  readonly bound: number;
}

function comparedWith(emitter: Emitter, node: TensorNode<"step">): Comparison | undefined {
  const difference = emitter.node(node.inputs[0]!);
  if (difference.op !== "subtract") return undefined;
  const [left, right] = difference.inputs as [ValueId, ValueId];
  const numberOf = (value: ValueId): number | undefined => {
    const { op, attributes, shape } = emitter.node(value) as TensorNode<"constant">;
    return op === "constant" && shape.length === 0 ? attributes.data[0] : undefined;
  };
  const [first, second] = [numberOf(left), numberOf(right)];
  if (first !== undefined && canStepAbout(first)) return { x: right, sign: -1, bound: first };
  return second !== undefined && canStepAbout(second) ? { x: left, sign: 1, bound: second } : undefined;
}

/** The bounds are inputs. */
function clipTo(low: number, high: number): Combine {
  return (emitter, [x], dims) => emitter.op("Clip", [x!, emitter.scalar(low), emitter.scalar(high)], dims);
}

const onnxTypes = { float32: 1, int32: 6, bool: 9, float16: 10 } as const;

/** (x - mean) · scale + shift with per-channel numbers computed once: two passes over x. */
const batchNorm: Form<"batchNorm"> = {
  name: "scale and shift",
  emit(emitter, node) {
    const [x, gamma, beta, mean, variance] = node.inputs as [ValueId, ValueId, ValueId, ValueId, ValueId];
    const vector = (value: ValueId): Tensor => emitter.tensor(value);
    const { dims } = vector(gamma);
    const deviation = emitter.op(
      "Sqrt",
      [emitter.add(vector(variance), emitter.scalar(node.attributes.epsilon))],
      dims,
    );
    const scale = emitter.op("Div", [vector(gamma), deviation], dims);
    const shift = emitter.op("Sub", [vector(beta), emitter.op("Mul", [vector(mean), scale], dims)], dims);
    const channels = dims[0]!;
    if (emitter.plan.isNchwc(node.id)) {
      const vectorOf = (numbers: Tensor): Tensor => emitter.channelVector(node.id, numbers);
      const product = scaledBy(emitter, emitter.combination(x), vectorOf(scale));
      emitter.storeCombination(node.id, shiftedBy(emitter, product, vectorOf(shift)));
      return;
    }
    const { layout, rows } = emitter.rowsOrMatrix(x);
    const product = emitter.withRow("Mul", rows, scale);
    const result = emitter.withRow("Add", emitter.reshape(product, rows.dims), shift);
    if (layout === undefined) emitter.store(node.id, result);
    else emitter.storeRows(node.id, { layout, channels, rows: result });
  },
};

export const elementwiseForms = {
  negate: plainElementwise<"negate">(operator("Neg")),
  reciprocal: plainElementwise<"reciprocal">(operator("Reciprocal")),
  sqrt: plainElementwise<"sqrt">(operator("Sqrt")),
  exp: plainElementwise<"exp">(operator("Exp")),
  log: plainElementwise<"log">(operator("Log")),
  abs: plainElementwise<"abs">(operator("Abs")),
  tanh: plainElementwise<"tanh">(operator("Tanh")),
  sigmoid: plainElementwise<"sigmoid">(operator("Sigmoid")),
  relu: plainElementwise<"relu">(operator("Relu")),
  step: [stepFrom, ...plainElementwise<"step">((emitter, [x]) => emitter.step(x!))],
  erf: plainElementwise<"erf">(operator("Erf")),
  floor: plainElementwise<"floor">(operator("Floor")),
  clip: elementwise<"clip">(({ attributes: { low, high } }) => clipTo(low, high)),
  cast: elementwise<"cast">(({ attributes: { to } }) => operator("Cast", { to: int(onnxTypes[to]) })),
  add: plainElementwise<"add">(operator("Add")),
  subtract: plainElementwise<"subtract">(operator("Sub")),
  multiply: plainElementwise<"multiply">(operator("Mul")),
  divide: plainElementwise<"divide">(operator("Div")),
  maximum: plainElementwise<"maximum">(operator("Max")),
  minimum: plainElementwise<"minimum">(operator("Min")),
  power: plainElementwise<"power">(operator("Pow")),
  equal: plainElementwise<"equal">(operator("Equal")),
  greater: plainElementwise<"greater">(operator("Greater")),
  select: plainElementwise<"select">(operator("Where")),
  batchNorm: [batchNorm],
} as const;
