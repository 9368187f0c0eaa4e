import { resolveAxis } from "../../layers/axes.ts";
import type { TensorBuilder } from "../builder.ts";
import { padRank } from "../compositions.ts";
import type { Lowering } from "../lowering.ts";
import { elementCount, knownDim } from "../shapes.ts";
import type { ValueId } from "../tensor-graph.ts";

type ElementwiseMerge = "add" | "subtract" | "multiply" | "average" | "maximum" | "minimum";

/** Joins the inputs two by two, as Keras: those of smaller rank get axes after the batch. */
function mergeWith(
  pick: (builder: TensorBuilder) => (a: ValueId, b: ValueId) => ValueId,
): Lowering<ElementwiseMerge> {
  return ({ builder, inputs, shape }) =>
    inputs.map((input) => padRank(builder, input, shape.length)).reduce(pick(builder));
}

const sum = mergeWith((builder) => builder.add);

export const mergeLowerings = {
  add: sum,
  subtract: mergeWith((builder) => builder.subtract),
  multiply: mergeWith((builder) => builder.multiply),
  average(context) {
    const { builder, inputs } = context;
    return builder.multiply(sum(context) as ValueId, builder.scalar(1 / inputs.length));
  },
  maximum: mergeWith((builder) => builder.maximum),
  minimum: mergeWith((builder) => builder.minimum),
} satisfies { readonly [Kind in ElementwiseMerge]: Lowering<Kind> };

export const lowerConcat: Lowering<"concat"> = ({ builder, inputs, arguments: { axis }, shape }) =>
  builder.concat(inputs, resolveAxis(axis, shape.length - 1)! + 1);

/** Sums products along one axis of each tensor: a product of matrices whose rows are the other axes. */
export const lowerDot: Lowering<"dot"> = ({ builder, inputs, arguments: { axes, normalize }, shape }) => {
  const [left, right] = inputs.map((input, index) => {
    const rank = builder.shape(input).length - 1;
    const axis = resolveAxis(axes[index] ?? axes[0]!, rank)! + 1;
    const value = normalize ? unitLength(builder, input, axis) : input;
    return axisLast(builder, value, axis);
  });
  return builder.reshape(builder.matmul(left!, right!, { right: true }), shape);
};

/** x / √max(Σx², 1e-12) along an axis. */
function unitLength(builder: TensorBuilder, x: ValueId, axis: number): ValueId {
  const squares = builder.reduceSum(builder.square(x), [axis], true);
  return builder.divide(x, builder.sqrt(builder.maximum(squares, builder.scalar(1e-12))));
}

/** [batch, the other axes together, the axis]. */
function axisLast(builder: TensorBuilder, x: ValueId, axis: number): ValueId {
  const others = builder.shape(x).flatMap((_, index) => (index === 0 || index === axis ? [] : [index]));
  const moved = builder.transpose(x, [0, ...others, axis]);
  const shape = builder.shape(moved);
  return builder.reshape(moved, [
    shape[0]!,
    elementCount(shape.slice(1, -1)),
    knownDim(shape.at(-1), "the axis that is summed over"),
  ]);
}
