import type { Reduction } from "../tensor-graph.ts";
import type { Rewrite } from "./rewrite.ts";

/**
 * The sum of a one-hot label over its classes is 1: labels are classes that exist, which whoever reads data makes sure of. The gradient of cross-entropy
 * asks for it for every place.
 */
export const sumOfOneHot: Rewrite = {
  name: "sum of a one-hot label",
  apply(builder, op, inputs, attributes) {
    if (op !== "reduceSum") return undefined;
    const { axes, keepDims } = attributes as Reduction;
    const node = builder.node(inputs[0]!);
    const last = node.shape.length - 1;
    if (node.op !== "oneHot" || axes.length !== 1 || axes[0] !== last) return undefined;
    const shape = keepDims ? node.shape.with(last, 1) : node.shape.slice(0, last);
    return builder.broadcast(builder.scalar(1), shape);
  },
};
