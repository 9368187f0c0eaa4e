import type { OpKind, TensorNode, ValueId } from "../../tensor/tensor-graph.ts";
import { type Combine, type Part, partOf } from "./operands.ts";
import type { Emitter } from "./emitter.ts";
import { added, type Combination, asCombination, scaledBy, shiftedBy } from "./nchwc.ts";
import type { Tensor } from "./node-maker.ts";
import { product } from "./row-layout.ts";

/** Operations that keep zeros where a block of channels has more than the value. */
const keepsZeros: ReadonlySet<OpKind> = new Set<OpKind>([
  "abs",
  "tanh",
  "relu",
  "step",
  "erf",
  "floor",
  "multiply",
]);

/**
 * An elementwise operation on values in NCHWc: what is linear in them becomes part of a sum, and everything else takes their
 * numbers as they lie. False where the node is not to lie so, or an operand cannot be seen that way.
 */
export function emitNchwc(emitter: Emitter, node: TensorNode, combine: Combine): boolean {
  if (!emitter.plan.isNchwc(node.id) || node.dataType !== "float32") return false;
  const shape = emitter.shape(node.id);
  const isFloat = node.inputs.every((input) => emitter.node(input).dataType === "float32");
  const parts = node.inputs.map((input) => partOf(emitter, input, shape));
  if (!isFloat || parts.some((part) => part === undefined)) return false;
  const known = parts as readonly Part[];
  const channels = shape.at(-1)!;
  if (!known.some(({ kind }) => kind === "rows")) return false;
  if (known.some((part) => part.kind === "rows" && part.channels !== channels)) return false;
  const isPadded = hasUnusedLanes(emitter, node.id);
  if (isPadded && known.some(({ kind }) => kind === "perExample")) return false;
  const sum = linearSum(emitter, node, known);
  if (sum !== undefined) {
    emitter.storeCombination(node.id, sum);
    return true;
  }
  if (isPadded && !keepsZeros.has(node.op) && !isZeroBound(emitter, node, known)) return false;
  emitter.storeCombination(node.id, asCombination(combineNumbers(emitter, node.id, known, combine)));
  return true;
}

/** Whether a value lies in blocks that its channels do not fill. */
export function hasUnusedLanes(emitter: Emitter, value: ValueId): boolean {
  if (!emitter.plan.isNchwc(value)) return false;
  return (emitter.shape(value).at(-1)! * emitter.examplesInBlock(value)) % emitter.channelBlock !== 0;
}

/** Whether a bound leaves zeros as they are: an upper one that is not below zero, or a lower one that is not above. */
function isZeroBound(emitter: Emitter, node: TensorNode, parts: readonly Part[]): boolean {
  if (node.op === "clip") return node.attributes.low <= 0 && node.attributes.high >= 0;
  if (node.op !== "minimum" && node.op !== "maximum") return false;
  return parts.every((part) => {
    if (part.kind === "rows") return true;
    const bound = emitter.node(part.value);
    if (bound.op !== "constant") return false;
    return bound.attributes.data.every((number) => (node.op === "minimum" ? number >= 0 : number <= 0));
  });
}

/** A sum, difference or multiple by a number a channel; undefined for what is not linear. */
function linearSum(emitter: Emitter, node: TensorNode, parts: readonly Part[]): Combination | undefined {
  const [left, right] = parts;
  const sumOf = ({ value }: Part): Combination => emitter.combination(value);
  const negative = (sum: Combination): Combination =>
    scaledBy(emitter, sum, filledVector(emitter, node.id, -1));
  const vector = (part: Part): Tensor | undefined => vectorOf(emitter, node.id, part);
  const isRows = (part: Part): boolean => part.kind === "rows";
  switch (node.op) {
    case "negate":
      return negative(sumOf(left!));
    case "add":
    case "subtract": {
      const signed = (sum: Combination): Combination => (node.op === "add" ? sum : negative(sum));
      if (isRows(left!) && isRows(right!)) return added(emitter, sumOf(left!), signed(sumOf(right!)));
      const shift = vector(isRows(left!) ? right! : left!);
      if (shift === undefined) return undefined;
      if (!isRows(left!)) return shiftedBy(emitter, signed(sumOf(right!)), shift);
      const by = node.op === "add" ? shift : emitter.op("Neg", [shift], shift.dims);
      return shiftedBy(emitter, sumOf(left!), by);
    }
    case "multiply": {
      const scale = isRows(left!) && isRows(right!) ? undefined : vector(isRows(left!) ? right! : left!);
      return scale && scaledBy(emitter, sumOf(isRows(left!) ? left! : right!), scale);
    }
    case "divide": {
      if (isRows(right!) || !["scalar", "perChannel"].includes(right!.kind)) return undefined;
      const divisor = emitter.flat(right!.value);
      const inverse = emitter.op("Reciprocal", [divisor], divisor.dims);
      return scaledBy(emitter, sumOf(left!), inChannels(emitter, node.id, inverse));
    }
    default:
      return undefined;
  }
}

/** What a part is for each channel; undefined where that differs from example to example. */
function vectorOf(emitter: Emitter, value: ValueId, part: Part): Tensor | undefined {
  if (part.kind !== "scalar" && part.kind !== "perChannel") return undefined;
  return inChannels(emitter, value, emitter.flat(part.value));
}

/** One number, or one a channel, as one a channel of a value with zeros after them. */
function inChannels(emitter: Emitter, value: ValueId, numbers: Tensor): Tensor {
  if (product(numbers.dims) === emitter.shape(value).at(-1)!) return emitter.channelVector(value, numbers);
  const ones = filledVector(emitter, value, 1);
  return emitter.op("Mul", [ones, emitter.reshape(numbers, [])], ones.dims);
}

function filledVector(emitter: Emitter, value: ValueId, number: number): Tensor {
  return emitter.channelVector(value, emitter.filled([emitter.shape(value).at(-1)!], number));
}

/** One operator on the numbers as they lie: [examples · blocks, cells, block], or blocks of channels apart where they differ. */
function combineNumbers(emitter: Emitter, value: ValueId, parts: readonly Part[], combine: Combine): Tensor {
  const tensors = parts.map((part) => (part.kind === "rows" ? emitter.nchwc(part.value) : undefined));
  const { dims } = tensors.find((tensor) => tensor !== undefined)!;
  if (parts.every(({ kind }) => kind === "rows" || kind === "scalar")) {
    const operands = parts.map(
      (part, index) => tensors[index] ?? emitter.reshape(emitter.flat(part.value), []),
    );
    return combine(emitter, operands, dims);
  }
  const block = emitter.channelBlock;
  const [batch, channels, height, width] = dims as readonly [number, number, number, number];
  const [blocks, cells] = [channels / block, height * width];
  const isPerExample = parts.some(({ kind }) => kind === "perExample");
  const group = isPerExample ? 1 : emitter.rowGroup(cells, block);
  const shared = [batch, blocks, cells / group, group * block];
  const operands = parts.map((part, index) => {
    if (tensors[index] !== undefined) return emitter.reshape(tensors[index], shared);
    const numbers = emitter.flat(part.value);
    if (part.kind === "scalar") return emitter.reshape(numbers, []);
    if (part.kind === "perExample") return emitter.reshape(numbers, [batch, blocks, 1, block]);
    const vector = emitter.reshape(emitter.channelVector(value, numbers), [blocks, 1, block]);
    const repeated = [blocks, group, block];
    const rows = emitter.op("Expand", [vector, emitter.int64s(repeated)], repeated);
    return emitter.reshape(rows, [blocks, 1, group * block]);
  });
  return emitter.reshape(combine(emitter, operands, shared), dims);
}
