import type { TrainingGraphs } from "../autodiff/training-graphs.ts";
import { elementwiseOps } from "../tensor/ops.ts";
import type { TensorGraph, TensorNode, ValueId } from "../tensor/tensor-graph.ts";

/** The gradient of a lane, as an input of the update. */
export function laneGradient(lane: number): string {
  return `flat/gradient/${lane}`;
}

/**
 * A chunk's graph whose gradient is not added to an earlier one's: for the first chunk of a share.
 *
 * @param accumulate gives `result/gradient` as `flat/gradient` plus the chunk's own
 */
export function firstChunk(accumulate: TensorGraph): TensorGraph {
  const outputs = accumulate.outputs.map(({ name, value }) => {
    const sum = accumulate.nodes[value]!;
    if (name !== "result/gradient" || sum.op !== "add") return { name, value };
    const own = sum.inputs.find((input) => {
      const node = accumulate.nodes[input]!;
      return node.op !== "input" || node.attributes.name !== "flat/gradient";
    });
    return { name, value: own ?? value };
  });
  return { nodes: accumulate.nodes, outputs };
}

/** The numbers from `start` up to but not including `end` of the flat vectors, which one lane updates. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

/**
 * The update of one slice of the flat vectors by the sum of all lanes' gradients: the input `flat/gradient` becomes one input a
 * lane, added in the order of the lanes. The penalty is the slice's share of it.
 *
 * @returns undefined where a number of the update depends on numbers of other places, as clipping by a norm would
 */
export function updateOfSlice(
  update: TensorGraph,
  length: number,
  lanes: number,
  slice: Slice,
): TensorGraph | undefined {
  const nodes: TensorNode[] = [];
  const renumbered: ValueId[] = [];
  const append = (node: TensorNode): ValueId => {
    nodes.push({ ...node, id: nodes.length } as TensorNode);
    return nodes.length - 1;
  };
  /** Numbers that are a lane's part of a sum over all weights: good to be told, but not to compute with. */
  const partial = new Set<ValueId>();
  for (const node of update.nodes) {
    const cut = cutNode(node, update, length, slice);
    if (cut === undefined) return undefined;
    if (cut !== node && node.inputs.some((input) => partial.has(input))) return undefined;
    if (node.op === "reduceSum" || node.inputs.some((input) => partial.has(input))) partial.add(node.id);
    if (cut.op !== "input" || cut.attributes.name !== "flat/gradient") {
      renumbered.push(
        append({ ...cut, inputs: cut.inputs.map((input) => renumbered[input]!) } as TensorNode),
      );
      continue;
    }
    const inputs = Array.from({ length: lanes }, (_, lane) =>
      append({ ...cut, attributes: { ...cut.attributes, name: laneGradient(lane) } }),
    );
    const { shape, dataType, layer } = cut;
    const sum = inputs.reduce((left, right) =>
      append({ id: 0, op: "add", inputs: [left, right], attributes: {}, shape, dataType, layer }),
    );
    renumbered.push(sum);
  }
  return { nodes, outputs: update.outputs.map(({ name, value }) => ({ name, value: renumbered[value]! })) };
}

/** A node on the slice in place of the whole vectors; undefined where it cannot be cut. */
function cutNode(
  node: TensorNode,
  { nodes }: TensorGraph,
  length: number,
  { start, end }: Slice,
): TensorNode | undefined {
  // One lane may update everything, whatever depends on what; a lane with nothing to update has no use for its graph.
  if (end - start === length || end === start) return node;
  const isVector = ({ shape }: TensorNode): boolean => shape.length === 1 && shape[0] === length;
  const shape = [end - start];
  if (node.op === "input") return isVector(node) ? { ...node, shape } : node;
  if (node.op === "constant") {
    if (!isVector(node)) return node;
    return { ...node, shape, attributes: { data: node.attributes.data.subarray(start, end) } };
  }
  if (elementwiseOps.has(node.op)) return isVector(node) ? ({ ...node, shape } as TensorNode) : node;
  const isSum = node.op === "reduceSum" && isVector(nodes[node.inputs[0]!]!) && node.shape.length === 0;
  return isSum ? node : undefined;
}

/** What each lane updates: a slice, or all of it the first where numbers depend on others far away. */
export function slicesFor({ update, layout }: TrainingGraphs, lanes: number): readonly Slice[] {
  const { length } = layout.weights;
  const canSlice = length === 1 || updateOfSlice(update, length, 1, { start: 0, end: 1 }) !== undefined;
  if (canSlice) return slicesOf(length, lanes);
  return Array.from({ length: lanes }, (_, lane) => ({ start: lane === 0 ? 0 : length, end: length }));
}

/** Cuts the flat vectors into slices as equal as possible, one a lane. */
function slicesOf(length: number, lanes: number): readonly Slice[] {
  return Array.from({ length: lanes }, (_, lane) => ({
    start: Math.floor((length * lane) / lanes),
    end: Math.floor((length * (lane + 1)) / lanes),
  }));
}
