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
/** A block of channels must be half filled; measured: 8 channels of 16 gain, 6 lose. */
const mostFilling = 2;
/** Lines of so many cells at least keep a processor's multipliers busy. */
const leastLine = 4;

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
  const isFilled = (count: number): boolean => Math.ceil(count / block) * block <= mostFilling * count;
  if (groups > 1) return groups === channels && filters === channels && isFilled(channels);
  const line = kernel.every((cells) => cells === 1) ? product(outer.slice(1, -1)) : outer.at(-2)!;
  const isPlanar = channels <= mostPlanarChannels;
  return line >= leastLine && isFilled(filters) && (isPlanar || isFilled(channels));
}

/** Whether a convolution or one of its gradients suits, and both of its ends lie as it wants them. */
export function liesDirect(
  graph: TensorGraph,
  plan: { isNchwc(value: ValueId): boolean },
  node: ConvolutionNode,
  block: number,
): boolean {
  const { x, y } = endsOf(node)!;
  const isPlanar = shapeOf(graph.nodes[x]!).at(-1)! <= mostPlanarChannels;
  return plan.isNchwc(y) && (plan.isNchwc(x) || isPlanar) && suitsNchwc(graph, node, block);
}

/**
 * The classes of values that shall lie in NCHWc: those that direct convolutions have more work on than others. A convolution is
 * direct where both of its ends are in such a class, so classes are struck off until that holds for what is left.
 */
export function nchwcClasses(
  graph: TensorGraph,
  classes: ReadonlyMap<ValueId, SpatialClass>,
  block: number,
): ReadonlySet<SpatialClass> {
  const pooled = new Set<SpatialClass>();
  const links: Link[] = [];
  for (const node of graph.nodes) {
    if (node.op === "maxPool" || node.op === "averagePool") pooled.add(classes.get(node.inputs[0]!)!);
    const ends = endsOf(node);
    if (ends !== undefined) links.push(linkOf(graph, node as ConvolutionNode, ends, classes, block));
  }
  const all = new Set(links.flatMap(({ x, y }) => [x, y]));
  let chosen = new Set([...all].filter((owner) => !isWasteful(owner)));
  for (;;) {
    const balance = new Map<SpatialClass, number>();
    for (const { x, y, work, isPlanar, isSuited } of links) {
      // Before a pooling an image of few channels has a form of its own.
      const isDirect = isSuited && chosen.has(y) && (isPlanar ? !pooled.has(y) : chosen.has(x));
      for (const owner of isPlanar ? [y] : [x, y]) {
        balance.set(owner, (balance.get(owner) ?? 0) + (isDirect ? work : -work));
      }
    }
    const left = new Set([...chosen].filter((owner) => (balance.get(owner) ?? 0) > 0));
    if (left.size === chosen.size) return chosen;
    chosen = left;
  }
}

/** A convolution between two classes. */
interface Link {
  readonly x: SpatialClass;
  readonly y: SpatialClass;
  readonly work: number;
  readonly isPlanar: boolean;
  readonly isSuited: boolean;
}

function linkOf(
  graph: TensorGraph,
  node: ConvolutionNode,
  ends: ConvolutionEnds,
  classes: ReadonlyMap<ValueId, SpatialClass>,
  block: number,
): Link {
  const [x, y] = [ends.x, ends.y].map((value) => shapeOf(graph.nodes[value]!)) as [number[], number[]];
  const { kernel, groups } = node.attributes;
  return {
    x: classes.get(ends.x)!,
    y: classes.get(ends.y)!,
    work: (product(y) * product(kernel) * x.at(-1)!) / groups,
    isPlanar: x.at(-1)! <= mostPlanarChannels,
    isSuited: suitsNchwc(graph, node, block),
  };
}

/** In NCHWc every cell is computed; those that nobody needs must be few. */
function isWasteful({ size, box }: SpatialClass): boolean {
  return product(size) > mostCells * product(box);
}

/** Cells against those that are needed. */
const mostCells = 1.15;
