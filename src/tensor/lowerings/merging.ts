import { resolveAxis } from "../../layers/axes.ts";
import type { TensorBuilder } from "../builder.ts";
import { padRank } from "../compositions.ts";
import type { Lowering } from "../lowering.ts";
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
