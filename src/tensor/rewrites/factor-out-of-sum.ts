import type { TensorBuilder } from "../builder.ts";
import { reducedShape } from "../shapes.ts";
import type { Reduction, TensorNode, TensorShape, ValueId } from "../tensor-graph.ts";
import type { Rewrite } from "./rewrite.ts";

/**
 * Σ c·x = c · Σ x for a factor c that is the same along the axes summed over, and Σ -x = -Σ x; also for divisors and means. The
 * gradient of batch norm asks for such sums beside the plain ones.
 */
export const factorOutOfSum: Rewrite = {
  name: "factor out of sum",
  apply(builder, op, inputs, attributes) {
    if (op !== "reduceSum" && op !== "reduceMean") return undefined;
    const reduction = attributes as Reduction;
    const node = builder.node(inputs[0]!);
    const reduce = (value: ValueId): ValueId => builder.apply(op as "reduceSum", [value], reduction);
    if (node.op === "negate") return builder.negate(reduce(node.inputs[0]!));
    if (node.op !== "multiply" && node.op !== "divide") return undefined;
    const [left, right] = node.inputs.map((input) => builder.node(input)) as [TensorNode, TensorNode];
    if (isConstantAlong(right, left, reduction)) {
      return builder.apply(
        node.op,
        [reduce(left.id), reduceShape(builder, right, left.shape, reduction)],
        {},
      );
    }
    if (node.op === "multiply" && isConstantAlong(left, right, reduction)) {
      return builder.multiply(reduceShape(builder, left, right.shape, reduction), reduce(right.id));
    }
    return undefined;
  },
};

/** Whether a factor has one number along every axis that its partner, which has the product's rank, is summed over. */
function isConstantAlong(factor: TensorNode, partner: TensorNode, { axes }: Reduction): boolean {
  const added = partner.shape.length - factor.shape.length;
  if (added < 0) return false;
  return partner.shape.every((dim, axis) => {
    const own = axis < added ? 1 : factor.shape[axis - added]!;
    return axes.includes(axis) ? own === 1 : own === dim || own === 1;
  });
}

/** The factor in the shape in which it broadcasts to the sum. */
function reduceShape(
  builder: TensorBuilder,
  factor: TensorNode,
  shape: TensorShape,
  { axes, keepDims }: Reduction,
): ValueId {
  const added = shape.length - factor.shape.length;
  const aligned = [...Array.from({ length: added }, () => 1), ...factor.shape];
  return builder.reshape(factor.id, reducedShape(aligned, axes, keepDims));
}
