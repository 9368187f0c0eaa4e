import type { TensorBuilder } from "../builder.ts";
import type { Lowering, LoweringContext } from "../lowering.ts";
import { elementCount, knownDim, spatialSize } from "../shapes.ts";
import type { TensorShape, ValueId } from "../tensor-graph.ts";
import { drop } from "./regularization.ts";

/** Self-attention: softmax(q·kᵀ / √key) · v in each head, all positions of an image as one sequence. */
export const lowerAttention: Lowering<"attention"> = (context) => {
  const { builder, inputs, arguments: given, shape } = context;
  const positions = spatialSize(shape).reduce((product, size) => product * size, 1);
  const channels = shape.at(-1)!;
  const x = builder.reshape(inputs[0]!, [shape[0]!, positions, channels]);
  const projected = (name: string): ValueId => {
    const [, ...sizes] = builder.shape(context.weight(`${name}/kernel`)) as readonly number[];
    return project(context, name, x, [channels, elementCount(sizes)]);
  };
  const joined = attend(builder, {
    query: projected("query"),
    key: projected("key"),
    value: projected("value"),
    heads: given.heads,
    keep: (scores) => drop(context, scores, given.dropout, builder.shape(scores)),
  });
  const result = project(context, "attention_output", joined, [
    knownDim(builder.shape(joined).at(-1), "the heads"),
    channels,
  ]);
  return builder.reshape(result, shape);
};

/** What attends to what; all three of [batch, positions, heads · key]. */
export interface Attended {
  readonly query: ValueId;
  readonly key: ValueId;
  readonly value: ValueId;
  readonly heads: number;
  /** What is left of the scores in training. */
  readonly keep?: (scores: ValueId) => ValueId;
}

/** softmax(q·kᵀ / √key) · v in each head, the heads side by side as they came. */
export function attend(
  builder: TensorBuilder,
  { heads, keep = (scores) => scores, ...given }: Attended,
): ValueId {
  const shape = builder.shape(given.query);
  const keySize = knownDim(shape.at(-1), "the heads") / heads;
  const [query, key, value] = [given.query, given.key, given.value].map((joined) => {
    const split = builder.reshape(joined, [...shape.slice(0, -1), heads, keySize]);
    return builder.transpose(split, [0, 2, 1, 3]);
  }) as [ValueId, ValueId, ValueId];
  const scaled = builder.multiply(query, builder.scalar(1 / Math.sqrt(keySize)));
  const scores = builder.softmax(builder.matmul(scaled, key, { right: true }), 3);
  const gathered = builder.transpose(builder.matmul(keep(scores), value), [0, 2, 1, 3]);
  return builder.reshape(gathered, shape);
}

/** A dense layer whose kernel and bias are stored with the heads apart. */
function project(
  { builder, weight, optionalWeight }: LoweringContext<"attention">,
  name: string,
  x: ValueId,
  kernelShape: TensorShape,
): ValueId {
  const product = builder.matmul(x, builder.reshape(weight(`${name}/kernel`), kernelShape));
  const bias = optionalWeight(`${name}/bias`);
  return bias === undefined ? product : builder.add(product, flatBias(builder, bias));
}

function flatBias(builder: TensorBuilder, bias: ValueId): ValueId {
  return builder.reshape(bias, [elementCount(builder.shape(bias))]);
}
