import type { OpKind, TensorGraph, TensorNode, ValueId, WindowGeometry } from "../../tensor/tensor-graph.ts";

// Pads that a user (or a layer's lowering) lays around an image before a window moves over it.

/** A window operation that pads by itself what a separate pad of zeros was there for. */
export interface AbsorbedPad {
  /** What stood before the pad. */
  readonly x: ValueId;
  /** The operation's own cells and those of the pad. */
  readonly pads: WindowGeometry["pads"];
}

type WindowNode = TensorNode<"conv" | "maxPool" | "averagePool">;

/**
 * The pad that a convolution or pool can make its own, if one stands before it. Convolutions pad with zeros themselves; an average
 * pool can count padded cells, but then counts all of them; a maximum is not changed by zeros where nothing is negative.
 */
export function absorbPad(graph: TensorGraph, node: WindowNode): AbsorbedPad | undefined {
  const before = graph.nodes[node.inputs[0]!]!;
  if (before.op !== "pad" || before.attributes.value !== 0) return undefined;
  const { pads } = before.attributes;
  if ([pads.at(0)!, pads.at(-1)!].some(([first, last]) => first !== 0 || last !== 0)) return undefined;
  const x = before.inputs[0]!;
  const { kernel, dilation, pads: own } = node.attributes;
  const merged = own.map(
    ([first, last], axis) => [first + pads[axis + 1]![0], last + pads[axis + 1]![1]] as const,
  );
  if (node.op === "conv") return { x, pads: merged };
  // Every window of a pool must keep a cell of the image.
  const fits = merged.every(([first, last], axis) => Math.max(first, last) < kernel[axis]!);
  if (!fits || dilation.some((step) => step !== 1)) return undefined;
  if (node.op === "maxPool") return isNonNegative(graph, x) ? { x, pads: merged } : undefined;
  return own.every(([first, last]) => first === 0 && last === 0) ? { x, pads: merged } : undefined;
}

const nonNegative: ReadonlySet<OpKind> = new Set<OpKind>([
  ...(["relu", "sigmoid", "softmax", "exp", "abs", "step", "sqrt"] as const),
]);

/** Operations whose result holds nothing negative where their operands do not. */
const keepsSign: ReadonlySet<OpKind> = new Set<OpKind>([
  ...(["maxPool", "averagePool", "reduceSum", "reduceMean", "reduceMax", "reshape", "transpose"] as const),
  ...(["broadcast", "slice", "concat", "add", "multiply", "maximum", "minimum"] as const),
]);

/** How many values are looked at before the answer is taken to be no. */
const longestSearch = 64;

/** Whether no number of a value can be negative, as far as its operations show. */
function isNonNegative(graph: TensorGraph, value: ValueId): boolean {
  const pending = [value];
  for (let steps = 0; pending.length > 0; steps++) {
    const node = graph.nodes[pending.pop()!]!;
    if (nonNegative.has(node.op)) continue;
    if (node.op === "constant" && node.attributes.data.every((number) => number >= 0)) continue;
    if (steps === longestSearch || !keepsSign.has(node.op)) return false;
    pending.push(...node.inputs);
  }
  return true;
}
