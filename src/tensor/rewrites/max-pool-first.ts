import type { OpKind, TensorNode, WindowGeometry } from "../tensor-graph.ts";
import type { Rewrite } from "./rewrite.ts";

/** Functions that never fall: the maximum of their results is their result for the maximum. */
const rising: ReadonlySet<OpKind> = new Set<OpKind>(["relu", "tanh", "sigmoid", "exp", "erf"]);

/**
 * maxPool(f(x)) = f(maxPool(x)) for a rising f, and maxPool(x + b) = maxPool(x) + b for one b a channel: bias and activation then
 * work on the pooled cells alone, forward and backward. Values are equal; so are gradients, but for cells that f rounds
 * to the same number, where its slope is next to nothing.
 */
export const maxPoolFirst: Rewrite = {
  name: "max pool first",
  apply(builder, op, inputs, attributes) {
    if (op !== "maxPool") return undefined;
    const geometry = attributes as WindowGeometry;
    const node = builder.node(inputs[0]!);
    const pool = (value: number): number => builder.maxPool(value, geometry);
    if (rising.has(node.op)) {
      const pooled = pool(node.inputs[0]!);
      return builder.inLayer(node.layer, () => builder.apply(node.op as "relu", [pooled], {}));
    }
    if (node.op !== "add") return undefined;
    const [x, bias] = node.inputs.map((input) => builder.node(input));
    if (!isPerChannel(bias!) || x!.shape.length !== node.shape.length) return undefined;
    const pooled = pool(x!.id);
    return builder.inLayer(node.layer, () => builder.add(pooled, bias!.id));
  },
};

/** One number a channel, or one for all. */
function isPerChannel({ shape }: TensorNode): boolean {
  return shape.length <= 1;
}
