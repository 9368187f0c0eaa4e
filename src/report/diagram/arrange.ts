import { Graph, layout } from "@dagrejs/dagre";
import type { FoldedGraph } from "./fold.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A labelled call around its boxes. */
export interface DrawnStage extends Rectangle {
  readonly label: string;
}

/** Where everything of a diagram stands; the origin may be anywhere. */
export interface Arrangement {
  /** The middle of each box. */
  readonly places: readonly Point[];
  /** The points of each edge, from its box to the one that it leads to. */
  readonly curves: readonly (readonly Point[])[];
  readonly stages: readonly DrawnStage[];
  readonly bounds: Rectangle;
}

const spacing = { rank: 30, gap: 44, edge: 18 } as const;
/** Between a stage's line and its boxes; its label stands at their left. */
const stagePadding = { side: 18, top: 12, bottom: 12 } as const;

/**
 * Ranks from top to bottom with few crossings, after Gansner et al., "A technique for drawing directed graphs", 1993 (dagre).
 *
 * @param sizes those of the boxes
 */
export function arrange(
  { boxes, edges }: FoldedGraph,
  sizes: readonly {
    readonly width: number;
    readonly height: number;
    readonly box: { readonly role: string };
  }[],
): Arrangement {
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", ranksep: spacing.rank, nodesep: spacing.gap, edgesep: spacing.edge });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [index, { width, height }] of sizes.entries()) graph.setNode(String(index), { width, height });
  for (const [from, to] of edges) graph.setEdge(String(from), String(to));
  layout(graph);
  const places = boxes.map((_, index) => {
    const { x, y } = graph.node(String(index)) as Point;
    return { x, y };
  });
  const curves = edges.map(([from, to]) => {
    const { points } = graph.edge(String(from), String(to)) as { readonly points: readonly Point[] };
    const onCircle = (index: number, curve: readonly Point[]): readonly Point[] =>
      sizes[index]!.box.role === "merge" ? toCircle(curve, places[index]!, sizes[index]!.height / 2) : curve;
    return onCircle(from, onCircle(to, points).toReversed()).toReversed();
  });
  const rectangles = places.map(({ x, y }, index): Rectangle => {
    const { width, height } = sizes[index]!;
    return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
  });
  const stages = stagesOf(boxes, rectangles);
  const bends = curves.flat().map(({ x, y }): Rectangle => ({ left: x, right: x, top: y, bottom: y }));
  return { places, curves, stages, bounds: around([...rectangles, ...stages, ...bends]) };
}

/** An edge at a merge ends at its circle, not at the room that its words take. */
function toCircle(points: readonly Point[], { x, y }: Point, radius: number): readonly Point[] {
  const before = points.at(-2) ?? points[0]!;
  const distance = Math.hypot(before.x - x, before.y - y) || 1;
  const end = { x: x + ((before.x - x) / distance) * radius, y: y + ((before.y - y) / distance) * radius };
  return [...points.slice(0, -1), end];
}

function stagesOf(boxes: FoldedGraph["boxes"], rectangles: readonly Rectangle[]): DrawnStage[] {
  const members = new Map<number, { readonly label: string; readonly inside: Rectangle[] }>();
  for (const [index, { stage }] of boxes.entries()) {
    if (stage === undefined) continue;
    const known = members.get(stage.instance) ?? { label: stage.label, inside: [] };
    members.set(stage.instance, known);
    known.inside.push(rectangles[index]!);
  }
  return [...members.values()].map(({ label, inside }) => {
    const { left, top, right, bottom } = around(inside);
    return {
      label,
      left: left - stagePadding.side - label.length * 8,
      right: right + stagePadding.side,
      top: top - stagePadding.top,
      bottom: bottom + stagePadding.bottom,
    };
  });
}

function around(rectangles: readonly Rectangle[]): Rectangle {
  const edge = (pick: (each: Rectangle) => number, choose: (...values: number[]) => number): number =>
    rectangles.reduce((found, each) => choose(found, pick(each)), pick(rectangles[0]!));
  return {
    left: edge(({ left }) => left, Math.min),
    right: edge(({ right }) => right, Math.max),
    top: edge(({ top }) => top, Math.min),
    bottom: edge(({ bottom }) => bottom, Math.max),
  };
}
