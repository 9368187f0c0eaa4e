import type { CustomCompute } from "./custom-layer.ts";

/** A dense layer along the last axis of tensors of any rank: tf.layers' own with an activation adds no bias to more than five axes. */
export const dense: CustomCompute<object> = ({ tf, inputs, outputShape, weight, optionalWeight }) => {
  const kernel = weight("kernel");
  const product = tf.matMul(tf.reshape(inputs[0]!, [-1, kernel.shape[0]!]), kernel);
  const bias = optionalWeight("bias");
  return tf.reshape(bias === undefined ? product : tf.add(product, bias), [-1, ...outputShape]);
};
