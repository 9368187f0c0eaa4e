import { elementwiseOps } from "../../tensor/ops.ts";
import type { OpKind, TensorShape, ValueId } from "../../tensor/tensor-graph.ts";
import type { Deployment } from "./deployment.ts";
import { axesLayout, channelsFirst, isNatural, natural, reshapedLayout } from "./layout.ts";
import type { AxesLayout, Layout } from "./layout.ts";
import type { Tile } from "./tiles.ts";

/** Operations on each feature, or that leave them in their order. */
const keepsOrder: ReadonlySet<OpKind> = new Set<OpKind>([
  ...elementwiseOps,
  "batchNorm",
  "softmax",
  "logSoftmax",
]);

/** Operations whose result stands as their operands stand. */
const keepsLayoutOf: ReadonlySet<OpKind> = new Set<OpKind>([...keepsOrder, "concat", "slice", "pad"]);

/**
 * The order in which the features that a dense layer is about to give are needed further on, so that its kernel's columns can
 * stand in it: before a reshape to an image, or before they meet features of an image that was flattened. Undefined where
 * the natural order is as good as any.
 */
export function wantedFeatureOrder(deployment: Deployment, value: ValueId): Layout | undefined {
  for (let current = value; ;) {
    const readers = deployment.readers(current);
    if (readers.length !== 1) return undefined;
    const [reader] = readers as [Tile];
    if (reader.kind === "linear") return undefined;
    if (reader.kind === "operation") {
      const { node } = reader;
      if (node.op === "reshape")
        return orderBeforeReshape(deployment.graph.nodes[current]!.shape, node.shape);
      if (!keepsOrder.has(node.op) || node.shape.length !== 2) return undefined;
      const partner = node.inputs.find((input) => input !== current && !deployment.constants.has(input));
      if (partner !== undefined) return expectedFeatureOrder(deployment, partner);
    }
    current = reader.root;
  }
}

/** How many values are followed towards the end before the votes are counted. */
const furthestLookAhead = 32;

/**
 * The layout that most of those want who read a value, or read what is computed of it and stands as it does: windows move over
 * channels first, layer norm and products of matrices work on the last axis. Undefined where nobody minds.
 */
export function layoutOfReaders(deployment: Deployment, value: ValueId): AxesLayout | undefined {
  const { nodes } = deployment.graph;
  const rank = nodes[value]!.shape.length;
  const seen = new Set([value]);
  let votes = 0;
  for (const current of seen) {
    if (seen.size > furthestLookAhead) break;
    const { shape } = nodes[current]!;
    if (deployment.isOutput(current)) votes += isNatural(deployment.ioLayout(shape.length)) ? -2 : 2;
    for (const reader of deployment.readers(current)) {
      votes += wishOf(reader);
      if (keepsLayout(reader, shape, nodes[reader.root]!.shape)) seen.add(reader.root);
    }
  }
  return votes === 0 ? undefined : votes > 0 ? channelsFirst(rank) : natural(rank);
}

const windowed: ReadonlySet<OpKind> = new Set<OpKind>([
  "conv",
  "convInputGradient",
  "maxPool",
  "averagePool",
]);

/**
 * How much a reader wants channels first, or, below zero, last. Attention takes either. A dense layer does too: where channels stand first it becomes a
 * convolution. So does layer norm, though over a first axis it is five nodes in place of one.
 */
function wishOf(reader: Tile): number {
  switch (reader.kind) {
    case "linear":
      return reader.node.op === "matmul" ? 0 : 2;
    case "paddedPool":
    case "groupNorm":
    case "localResponseNorm":
      return 2;
    case "layerNorm":
      return -1;
    case "operation":
      if (reader.node.op === "matmul") return -2;
      return windowed.has(reader.node.op) ? 2 : 0;
    default:
      return 0;
  }
}

/** Tiles whose result stands as their operand stands. */
const keepingTiles: ReadonlySet<Tile["kind"]> = new Set<Tile["kind"]>([
  ...(["activation", "prelu", "layerNorm", "reorder"] as const),
]);

/** A reshape keeps channels in their place where only what stands before them is parted or joined. */
function keepsLayout(reader: Tile, from: TensorShape, to: TensorShape): boolean {
  if (reader.kind === "operation" && reader.node.op === "reshape") {
    return Math.min(from.length, to.length) > 2 && from.at(-1) === to.at(-1);
  }
  if (from.length !== to.length) return false;
  if (reader.kind === "operation") return keepsLayoutOf.has(reader.node.op);
  if (reader.kind === "linear") return reader.node.op === "matmul";
  return keepingTiles.has(reader.kind);
}

/**
 * The layout in which a product or convolution that may choose should leave its result, as its readers want it; `otherwise` says it
 * for a value that nobody minds. A transpose only renames axes, and a reshape tells how they should stand before it.
 */
export function wantedLayout<Otherwise extends AxesLayout | undefined>(
  deployment: Deployment,
  value: ValueId,
  otherwise: (rank: number) => Otherwise,
): AxesLayout | Otherwise {
  const { shape } = deployment.graph.nodes[value]!;
  const [reader, ...others] = deployment.readers(value);
  const only = others.length === 0 && reader?.kind === "operation" ? reader.node : undefined;
  if (only?.op === "transpose") {
    const { permutation } = only.attributes;
    const after: AxesLayout | undefined = wantedLayout(deployment, only.id, otherwise);
    if (after !== undefined) return axesLayout(after.permutation.map((axis) => permutation[axis]!));
  } else if (only?.op === "reshape") {
    const after = layoutOfReaders(deployment, only.id) ?? otherwise(only.shape.length);
    const before = after && reshapedLayout(after, only.shape, shape);
    if (before?.kind === "axes") return before;
  }
  return layoutOfReaders(deployment, value) ?? otherwise(shape.length);
}

/** How far back a value that is not in the file yet is followed. */
const furthestLookBack = 32;

/** The order of the features of a value, perhaps of one that is made only later, from what it is made of. */
function expectedFeatureOrder(deployment: Deployment, value: ValueId): Layout | undefined {
  const pending = [value];
  for (let steps = 0; steps < furthestLookBack && pending.length > 0; steps++) {
    const current = pending.pop()!;
    const layout = deployment.placed.get(current)?.layout;
    if (layout?.kind === "features") return layout;
    const node = deployment.graph.nodes[current]!;
    if (layout === undefined && keepsOrder.has(node.op)) pending.push(...node.inputs);
  }
  return undefined;
}

function orderBeforeReshape(from: TensorShape, to: TensorShape): Layout | undefined {
  if (to.length < 3 || from[0] !== to[0]) return undefined;
  const layout = reshapedLayout(channelsFirst(to.length), to, from);
  return layout?.kind === "features" ? layout : undefined;
}
