import type { TensorGraph, TensorNode, ValueId } from "../tensor/tensor-graph.ts";

/** The gradient of a lane, as an input of the update. */
export function laneGradient(lane: number): string {
  return `flat/gradient/${lane}`;
}

/** The update of the sum of several lanes' gradients: the input `flat/gradient` becomes one input a lane, added in order. */
export function updateFromLanes(update: TensorGraph, lanes: number): TensorGraph {
  const nodes: TensorNode[] = [];
  const renumbered: ValueId[] = [];
  const append = (node: TensorNode): ValueId => {
    nodes.push({ ...node, id: nodes.length } as TensorNode);
    return nodes.length - 1;
  };
  for (const node of update.nodes) {
    if (node.op !== "input" || node.attributes.name !== "flat/gradient") {
      renumbered.push(
        append({ ...node, inputs: node.inputs.map((input) => renumbered[input]!) } as TensorNode),
      );
      continue;
    }
    const inputs = Array.from({ length: lanes }, (_, lane) =>
      append({ ...node, attributes: { ...node.attributes, name: laneGradient(lane) } }),
    );
    const { shape, dataType, layer } = node;
    const sum = inputs.reduce((left, right) =>
      append({ id: 0, op: "add", inputs: [left, right], attributes: {}, shape, dataType, layer }),
    );
    renumbered.push(sum);
  }
  return { nodes, outputs: update.outputs.map(({ name, value }) => ({ name, value: renumbered[value]! })) };
}
