import type { Tensor } from "../tensorflow.ts";
import type { CustomCompute, CustomContext } from "./custom-layer.ts";

export interface AttentionSettings {
  readonly heads: number;
  readonly key: number;
  readonly dropout: number;
}

/** Self-attention: softmax(q·kᵀ / √key) · v in each head, all positions of an image as one sequence. */
export const selfAttention: CustomCompute<AttentionSettings> = (context) => {
  const { tf, settings, inputs, training, random } = context;
  const x = inputs[0]!;
  const channels = x.shape.at(-1)!;
  const sequence = tf.reshape(x, [x.shape[0]!, -1, channels]);
  const positions = sequence.shape[1]!;
  const size = settings.heads * settings.key;
  const [query, key, value] = ["query", "key", "value"].map((name) => {
    const projected = project(context, name, sequence, channels, size);
    const split = tf.reshape(projected, [x.shape[0]!, positions, settings.heads, settings.key]);
    return tf.transpose(split, [0, 2, 1, 3]);
  });
  const scores = tf.softmax(tf.matMul(tf.mul(query!, 1 / Math.sqrt(settings.key)), key!, false, true));
  const kept =
    training && settings.dropout > 0
      ? tf.mul(scores, random({ kind: "keep", rate: settings.dropout }, scores.shape))
      : scores;
  const gathered = tf.transpose(tf.matMul(kept, value!), [0, 2, 1, 3]);
  const joined = tf.reshape(gathered, [x.shape[0]!, positions, size]);
  return tf.reshape(project(context, "attention_output", joined, size, channels), x.shape);
};

/** A dense layer whose kernel and bias are stored with the heads apart. */
function project(
  { tf, weight, optionalWeight }: CustomContext<AttentionSettings>,
  name: string,
  x: Tensor,
  rows: number,
  columns: number,
): Tensor {
  const [count, positions] = x.shape as [number, number];
  const kernel = tf.reshape(weight(`${name}/kernel`), [rows, columns]);
  const product = tf.reshape(tf.matMul(tf.reshape(x, [-1, rows]), kernel as never), [
    count,
    positions,
    columns,
  ]);
  const bias = optionalWeight(`${name}/bias`);
  return bias === undefined ? product : tf.add(product, tf.reshape(bias, [columns]));
}
