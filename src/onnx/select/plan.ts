import type { TensorGraph, TensorNode, ValueId, WindowGeometry } from "../../tensor/tensor-graph.ts";
import { shapeOf } from "./bind-batch.ts";
import { nchwcClasses } from "./nchwc-choice.ts";
import { findSpatialClasses, type SpatialClass } from "./regions.ts";
import type { SelectionTarget } from "./node-maker.ts";
import { plainLayout, type RowLayout } from "./row-layout.ts";
import { winogradTile } from "./winograd-choice.ts";

/** What is decided before any node is made: how each spatial value shall lie. */
export interface SelectionPlan {
  /** The layout wanted of a value; undefined for those that are no images. */
  layout(value: ValueId): RowLayout | undefined;
  /** True for values whose tiles are the windows of a pooling: they are wanted block by block. */
  isPooled(value: ValueId): boolean;
  /** True for values that shall lie in the layout of direct convolutions (nchwc.ts). */
  isNchwc(value: ValueId): boolean;
}

export function planSelection(
  graph: TensorGraph,
  { provider, channelBlock }: SelectionTarget,
): SelectionPlan {
  const classes = findSpatialClasses(graph);
  const direct = channelBlock === undefined ? undefined : nchwcClasses(graph, classes, channelBlock);
  const tiles = new Map<SpatialClass, Vote>();
  for (const node of graph.nodes) {
    for (const [value, vote] of votesOf(graph, node, classes)) {
      if (vote.weight === winogradWeight && provider === "webgpu") continue;
      const owner = classes.get(value)!;
      if (direct?.has(owner) === true) continue;
      const known = tiles.get(owner);
      if (known === undefined || vote.weight > known.weight) tiles.set(owner, vote);
    }
  }
  const layouts = new Map<SpatialClass, RowLayout>();
  for (const owner of classes.values()) {
    const { batch, size, box } = owner;
    layouts.set(owner, {
      ...plainLayout(batch, size),
      box: direct?.has(owner) === true ? size : box,
      tile: tiles.get(owner)?.tile ?? size.map(() => 1),
    });
  }
  return {
    layout(value) {
      const owner = classes.get(value);
      return owner && layouts.get(owner);
    },
    isPooled(value) {
      const owner = classes.get(value);
      return owner !== undefined && tiles.get(owner)?.weight === poolingWeight;
    },
    isNchwc(value) {
      const owner = classes.get(value);
      return owner !== undefined && direct?.has(owner) === true;
    },
  };
}

/** A wish for a tile; the heaviest is granted. */
interface Vote {
  readonly tile: readonly number[];
  readonly weight: number;
}

const poolingWeight = 2;
const winogradWeight = 1;

function votesOf(
  graph: TensorGraph,
  node: TensorNode,
  classes: ReadonlyMap<ValueId, SpatialClass>,
): readonly (readonly [ValueId, Vote])[] {
  if (node.op === "maxPool" || node.op === "averagePool") {
    const x = node.inputs[0]!;
    const [above, below] = [classes.get(x)!, classes.get(node.id)!];
    if (!isTiling(node.attributes, above.box, below.box)) return [];
    return [[x, { tile: node.attributes.kernel, weight: poolingWeight }]];
  }
  if (node.op === "averagePoolGradient") {
    const [above, below] = [classes.get(node.id)!, classes.get(node.inputs[0]!)!];
    if (!isTiling(node.attributes, above.box, below.box)) return [];
    return [[node.id, { tile: node.attributes.kernel, weight: poolingWeight }]];
  }
  if (node.op === "conv") {
    const channels = shapeOf(graph.nodes[node.inputs[0]!]!).at(-1)!;
    const tile = winogradTile(node.attributes, channels, shapeOf(node).at(-1)!, classes.get(node.id)!.box);
    return tile === undefined ? [] : [[node.id, { tile, weight: winogradWeight }]];
  }
  return [];
}

/** Whether windows lie side by side and cover exactly the cells of a box. */
function isTiling(
  geometry: WindowGeometry,
  inputBox: readonly number[],
  outputBox: readonly number[],
): boolean {
  return geometry.kernel.every(
    (cells, axis) =>
      geometry.stride[axis] === cells &&
      geometry.dilation[axis] === 1 &&
      geometry.pads[axis]!.every((pad) => pad === 0) &&
      inputBox[axis] === outputBox[axis]! * cells,
  );
}
