import type { Tensor, TensorFlow } from "./tensorflow.ts";

/** 1 where a condition holds, else 0. (The WebGPU backend's cast takes the bits of a condition for those of a number.) */
export function numbersOfCondition(tf: TensorFlow, condition: Tensor): Tensor {
  return tf.where(condition, tf.ones(condition.shape), tf.zeros(condition.shape));
}
