import type { ActivationName } from "../../layers/activations.ts";
import type { Tensor, TensorFlow } from "../tensorflow.ts";
import type { CustomCompute } from "./custom-layer.ts";

type ActivationFunction = (tf: TensorFlow, x: Tensor, parameter: number) => Tensor;

const hardSigmoid: ActivationFunction = (tf, x) => tf.clipByValue(tf.add(tf.mul(x, 1 / 6), 0.5), 0, 1);
const silu: ActivationFunction = (tf, x) => tf.mul(x, tf.sigmoid(x));
const hardSilu: ActivationFunction = (tf, x) => tf.mul(x, hardSigmoid(tf, x, NaN));

/** alpha · (exp(x/scale) - 1) below 0. */
function exponentialBelow(tf: TensorFlow, x: Tensor, alpha: number, scale: number): Tensor {
  const below = tf.expm1(tf.div(tf.minimum(x, 0), scale));
  return tf.add(tf.relu(x), tf.mul(below, alpha));
}

/** Each activation by Keras' formula, in functions of TensorFlow.js. */
export const activationFunctions = {
  linear: (_, x) => x,
  relu: (tf, x) => tf.relu(x),
  leaky_relu: (tf, x, slope) => tf.leakyRelu(x, slope),
  elu: (tf, x, alpha) => exponentialBelow(tf, x, alpha, 1),
  sigmoid: (tf, x) => tf.sigmoid(x),
  tanh: (tf, x) => tf.tanh(x),
  softmax: (tf, x) => tf.softmax(x),
  relu6: (tf, x) => tf.clipByValue(x, 0, 6),
  selu: (tf, x) => tf.selu(x),
  celu: (tf, x, alpha) => exponentialBelow(tf, x, alpha, alpha),
  gelu: (tf, x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  silu,
  swish: silu,
  mish: (tf, x) => tf.mul(x, tf.tanh(tf.softplus(x))),
  softplus: (tf, x) => tf.softplus(x),
  softsign: (tf, x) => tf.div(x, tf.add(tf.abs(x), 1)),
  exponential: (tf, x) => tf.exp(x),
  hard_sigmoid: hardSigmoid,
  hard_silu: hardSilu,
  hard_swish: hardSilu,
  hard_tanh: (tf, x) => tf.clipByValue(x, -1, 1),
  hard_shrink: (tf, x, threshold) => tf.mul(x, tf.step(tf.sub(tf.abs(x), threshold))),
  soft_shrink: (tf, x, threshold) => tf.sub(x, tf.clipByValue(x, -threshold, threshold)),
  tanh_shrink: (tf, x) => tf.sub(x, tf.tanh(x)),
  log_sigmoid: (tf, x) => tf.neg(tf.softplus(tf.neg(x))),
  log_softmax: (tf, x) => tf.logSoftmax(x),
  squareplus: (tf, x, bend) => tf.mul(tf.add(x, tf.sqrt(tf.add(tf.square(x), bend))), 0.5),
  sparse_plus(tf, x) {
    const rise = tf.clipByValue(tf.mul(tf.add(x, 1), 0.5), 0, 1);
    return tf.add(tf.square(rise), tf.relu(tf.sub(x, 1)));
  },
  sparse_sigmoid: (tf, x) => tf.clipByValue(tf.mul(tf.add(x, 1), 0.5), 0, 1),
} satisfies { readonly [Name in ActivationName]: ActivationFunction };

export interface ActivationSettings {
  /** A word of the language. TensorFlow.js writes it to a file with underscores and reads it back in camel case. */
  readonly function: string;
  readonly parameter?: number;
}

export const activation: CustomCompute<ActivationSettings> = ({ tf, settings, inputs }) => {
  const word = settings.function.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return activationFunctions[word as ActivationName](tf, inputs[0]!, settings.parameter ?? NaN);
};
