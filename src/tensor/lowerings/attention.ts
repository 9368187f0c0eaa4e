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
  const [query, key, value] = ["query", "key", "value"].map((name) => projectHeads(context, name, x)) as [
    ValueId,
    ValueId,
    ValueId,
  ];
  const keySize = knownDim(builder.shape(query).at(-1), "the key");
  const scaled = builder.multiply(query, builder.scalar(1 / Math.sqrt(keySize)));
  const scores = builder.softmax(builder.matmul(scaled, key, { right: true }), 3);
  const kept = drop(context, scores, given.dropout, builder.shape(scores));
  const gathered = builder.transpose(builder.matmul(kept, value), [0, 2, 1, 3]);
  const joined = builder.reshape(gathered, [shape[0]!, positions, given.heads * keySize]);
  const result = project(context, "attention_output", joined, [given.heads * keySize, channels]);
  return builder.reshape(result, shape);
};

/** [batch, positions, channels] → [batch, heads, positions, key]. */
function projectHeads(context: LoweringContext<"attention">, name: string, x: ValueId): ValueId {
  const { builder, weight } = context;
  const [channels, heads, key] = builder.shape(weight(`${name}/kernel`)) as readonly [number, number, number];
  const projected = project(context, name, x, [channels, heads * key]);
  const split = builder.reshape(projected, [...builder.shape(x).slice(0, -1), heads, key]);
  return builder.transpose(split, [0, 2, 1, 3]);
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
