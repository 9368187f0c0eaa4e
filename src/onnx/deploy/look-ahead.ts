import { elementwiseOps } from "../../tensor/ops.ts";
import type { OpKind, TensorShape, ValueId } from "../../tensor/tensor-graph.ts";
import type { Deployment } from "./deployment.ts";
import { channelsFirst, natural, reshapedLayout } from "./layout.ts";
import type { AxesLayout, Layout } from "./layout.ts";
import type { Tile } from "./tiles.ts";

/** Operations whose result stands as their operands stand. */
const keepsLayout: ReadonlySet<OpKind> = new Set<OpKind>([
  ...elementwiseOps,
  "batchNorm",
  "softmax",
  "logSoftmax",
]);

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
      if (!keepsLayout.has(node.op) || node.shape.length !== 2) return undefined;
      const partner = node.inputs.find((input) => input !== current && !deployment.constants.has(input));
      if (partner !== undefined) return expectedFeatureOrder(deployment, partner);
    }
    current = reader.root;
  }
}

/** How many values are followed towards the end before the votes are counted. */
const furthestLookAhead = 32;

/**
 * The layout that most of those want who read a value, or read what is computed of it element by element: windows move over
 * channels first, layer norm and products of matrices work on the last axis. Undefined where nobody minds.
 */
export function layoutOfReaders(deployment: Deployment, value: ValueId): AxesLayout | undefined {
  const rank = deployment.graph.nodes[value]!.shape.length;
  const seen = new Set([value]);
  let votes = 0;
  for (const current of seen) {
    if (seen.size > furthestLookAhead) break;
    for (const reader of deployment.readers(current)) {
      const wish = wishOf(reader);
      if (wish !== undefined) votes += wish === "channelsFirst" ? 1 : -1;
      else if (keepsElements(reader) && deployment.graph.nodes[reader.root]!.shape.length === rank)
        seen.add(reader.root);
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

/** A dense layer takes either: where channels stand first it becomes a convolution. */
function wishOf(reader: Tile): "channelsFirst" | "channelsLast" | undefined {
  switch (reader.kind) {
    case "linear":
      return reader.node.op === "matmul" ? undefined : "channelsFirst";
    case "paddedPool":
    case "groupNorm":
    case "localResponseNorm":
      return "channelsFirst";
    case "layerNorm":
      return "channelsLast";
    case "operation":
      if (reader.node.op === "matmul") return "channelsLast";
      return windowed.has(reader.node.op) ? "channelsFirst" : undefined;
    default:
      return undefined;
  }
}

/** Whether a tile's result stands as its operand stands. */
function keepsElements(reader: Tile): boolean {
  if (reader.kind === "operation") return keepsLayout.has(reader.node.op);
  return reader.kind === "activation" || reader.kind === "clip" || reader.kind === "prelu";
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
    if (layout === undefined && keepsLayout.has(node.op)) pending.push(...node.inputs);
  }
  return undefined;
}

function orderBeforeReshape(from: TensorShape, to: TensorShape): Layout | undefined {
  if (to.length < 3 || from[0] !== to[0]) return undefined;
  const layout = reshapedLayout(channelsFirst(to.length), to, from);
  return layout?.kind === "features" ? layout : undefined;
}
