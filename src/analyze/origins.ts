import type { LayerId, LayerNode } from "../graph/layer-graph.ts";
import type { LayerRecord } from "./shapes.ts";

type Records = ReadonlyMap<LayerId, LayerRecord>;

const mostLayersWalked = 500;

/** The layer that made an axis of a layer's input what it is. */
export function originOf(
  node: LayerNode,
  input: number,
  axis: number | undefined,
  records: Records,
): LayerNode {
  const record = records.get(node.inputs[input]!)!;
  const origin = axis === undefined ? undefined : record.origins[axis];
  return origin === undefined ? record.shaped.node : records.get(origin)!.shaped.node;
}

/** Every layer that leads to these; none in a graph so large that walking it for each mistake would take long. */
export function ancestors(nodes: readonly LayerNode[], records: Records): LayerNode[] {
  if (records.size > mostLayersWalked) return [];
  const found = new Map<LayerId, LayerNode>();
  const waiting = nodes.flatMap(({ inputs }) => inputs);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue;
    const ancestor = records.get(id)!.shaped.node;
    found.set(id, ancestor);
    waiting.push(...ancestor.inputs);
  }
  return [...found.values()];
}
