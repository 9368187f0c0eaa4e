import type { TensorGraph, TensorNode, ValueId } from "../../tensor/tensor-graph.ts";
import { shapeOf } from "./bind-batch.ts";
import type { SpatialClass } from "./regions.ts";
import { product } from "./row-layout.ts";

/** Two ends of a convolution, whichever way it goes. */
export interface ConvolutionEnds {
  readonly x: ValueId;
  readonly y: ValueId;
}

export type ConvolutionNode = TensorNode<"conv" | "convInputGradient" | "convKernelGradient">;

/** The values that a convolution or one of its gradients lies between: x is what the windows see, y has a place for each. */
export function endsOf(node: TensorNode): ConvolutionEnds | undefined {
  const [first, second] = node.inputs as [ValueId, ValueId];
  switch (node.op) {
    case "conv":
      return { x: first, y: node.id };
    case "convInputGradient":
      return { x: node.id, y: first };
    case "convKernelGradient":
      return { x: first, y: second };
    default:
      return undefined;
  }
}

/** An image of so few channels is read as it is, without blocks. */
export const mostPlanarChannels = 4;
/** Direct convolutions do so many times the work of products of patches in the same time, the patches' gathers counted. */
const advantage = 4.1;
/** A depthwise convolution's work is next to nothing, its values are what takes time. */
const depthwiseAdvantage = 2;
/** So many sums at a time keep a processor's multipliers busy: places of a row, at most six, times blocks of filters, at most four. */
const leastSums = 6;

/**
 * Whether direct convolutions take a convolution or one of its gradients, and whether they are worth it: blocks of channels must be
 * filled well, and rows be long enough.
 */
export function suitsNchwc(graph: TensorGraph, node: ConvolutionNode, block: number): boolean {
  const { kernel, groups } = node.attributes;
  if (kernel.length > 2) return false;
  const { x, y } = endsOf(node)!;
  const [inner, outer] = [x, y].map((value) => shapeOf(graph.nodes[value]!)) as [number[], number[]];
  const [channels, filters] = [inner.at(-1)!, outer.at(-1)!];
  const filled = (count: number): number => (Math.ceil(count / block) * block) / count;
  if (groups > 1)
    return groups === channels && filters === channels && filled(channels) <= depthwiseAdvantage;
  const waste = filled(filters) * (channels <= mostPlanarChannels ? 1 : filled(channels));
  const sums = Math.min(6, outer.at(-2)!) * Math.min(4, Math.ceil(filters / block));
  return waste <= advantage && sums >= leastSums;
}

/**
 * The classes of values that shall lie in NCHWc: those that direct convolutions have more work on than others. There every cell is
 * computed, so those that nobody needs must be few.
 */
export function nchwcClasses(
  graph: TensorGraph,
  classes: ReadonlyMap<ValueId, SpatialClass>,
  block: number,
): ReadonlySet<SpatialClass> {
  const balance = new Map<SpatialClass, number>();
  for (const node of graph.nodes) {
    const ends = endsOf(node);
    if (ends === undefined) continue;
    const convolution = node as ConvolutionNode;
    const work = workOf(graph, convolution, ends);
    const isSuited = suitsNchwc(graph, convolution, block);
    for (const value of [ends.x, ends.y]) {
      const owner = classes.get(value)!;
      const isBlocked = shapeOf(graph.nodes[value]!).at(-1)! > mostPlanarChannels;
      balance.set(owner, (balance.get(owner) ?? 0) + (isSuited && isBlocked ? work : -work));
    }
  }
  const isNeeded = ({ size, box }: SpatialClass): boolean => product(size) <= mostCells * product(box);
  return new Set([...balance].filter(([owner, sum]) => sum > 0 && isNeeded(owner)).map(([owner]) => owner));
}

/** Cells against those that are needed. */
const mostCells = 1.25;

function workOf(graph: TensorGraph, { attributes }: ConvolutionNode, { x, y }: ConvolutionEnds): number {
  const [channels, places] = [shapeOf(graph.nodes[x]!).at(-1)!, product(shapeOf(graph.nodes[y]!))];
  return (places * product(attributes.kernel) * channels) / attributes.groups;
}
