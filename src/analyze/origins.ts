import type { LayerId, LayerNode } from "../graph/layer-graph.ts";
import type { LayerRecord } from "./shapes.ts";

/** The layer that made an axis of a layer's input what it is. */
export function originOf(
  node: LayerNode,
  input: number,
  axis: number | undefined,
  records: ReadonlyMap<LayerId, LayerRecord>,
): LayerNode {
  const record = records.get(node.inputs[input]!)!;
  const origin = axis === undefined ? undefined : record.origins[axis];
  return origin === undefined ? record.shaped.node : records.get(origin)!.shaped.node;
}
