import type { TensorGraph, TensorNode, TensorShape } from "../../tensor/tensor-graph.ts";

/** A graph whose batch is a number everywhere. */
export function bindBatch(graph: TensorGraph, batch: number | undefined): TensorGraph {
  const bind = (shape: TensorShape): readonly number[] =>
    shape.map((dim) => {
      if (dim !== "N") return dim;
      if (batch === undefined)
        throw new Error("a mistake of the compiler: forms are chosen for a batch size");
      return batch;
    });
  const nodes = graph.nodes.map((node) => {
    const attributes =
      "shape" in node.attributes
        ? { ...node.attributes, shape: bind(node.attributes.shape) }
        : node.attributes;
    return { ...node, attributes, shape: bind(node.shape) } as TensorNode;
  });
  return { nodes, outputs: graph.outputs };
}

/** The shape of a value in a bound graph. */
export function shapeOf(node: TensorNode): readonly number[] {
  return node.shape as readonly number[];
}
