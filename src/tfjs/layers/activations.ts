import type { ActivationName } from "../../layers/activations.ts";
import type { Tensor, TensorFlow } from "../tensorflow.ts";
import type { CustomCompute } from "./custom-layer.ts";
import { broadcastInAnyRank, inRows } from "./many-axes.ts";

type ActivationFunction = (tf: TensorFlow, x: Tensor, parameter: number) => Tensor;

const hardSigmoid: ActivationFunction = (tf, x) => tf.clipByValue(tf.add(tf.mul(x, 1 / 6), 0.5), 0, 1);
const silu: ActivationFunction = (tf, x) => tf.mul(x, tf.sigmoid(x));
const hardSilu: ActivationFunction = (tf, x) => tf.mul(x, hardSigmoid(tf, x, NaN));

/** alpha · (exp(x/scale) - 1) below 0. */
function exponentialBelow(tf: TensorFlow, x: Tensor, alpha: number, scale: number): Tensor {
  const below = tf.expm1(tf.div(tf.minimum(x, 0), scale));
  return tf.add(tf.relu(x), tf.mul(below, alpha));
}

/** max(x - τ, 0) over the last axis: a number stays above 0 where those above it exceed it by less than 1 in all. */
function sparsemax(tf: TensorFlow, x: Tensor): Tensor {
  const excess = tf.sum(tf.relu(tf.sub(tf.expandDims(x, -2), tf.expandDims(x, -1))), -1);
  const support = tf.step(tf.sub(1, excess));
  const total = tf.sum(tf.mul(support, x), -1, true);
  return tf.relu(tf.sub(x, tf.div(tf.sub(total, 1), tf.sum(support, -1, true))));
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
  sparsemax,
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
  const compute: ActivationFunction = activationFunctions[word as ActivationName];
  return inRows(tf, inputs[0]!, (rows) => compute(tf, rows, settings.parameter ?? NaN));
};

/** `x` below 0 times a slope for each number, or for each that `slopes` of one cell are repeated along. */
export const slopedBelow: CustomCompute<object> = ({ tf, inputs, weight }) => {
  const x = inputs[0]!;
  const slopes = broadcastInAnyRank(tf, weight("alpha"), x.shape.slice(1));
  const rows = tf.prelu(tf.reshape(x, [x.shape[0]!, -1]), tf.reshape(slopes, [1, -1]));
  return tf.reshape(rows, x.shape);
};

/** The first half of an axis times the sigmoid of the second; the batch is axis 0. */
export const gating: CustomCompute<{ readonly axis: number }> = ({ tf, settings, inputs }) => {
  const [passing, gate] = tf.split(inputs[0]!, 2, settings.axis);
  return tf.mul(passing!, tf.sigmoid(gate!));
};

export const thresholding: CustomCompute<{ readonly threshold: number; readonly value: number }> = ({
  tf,
  settings,
  inputs,
}) => {
  const passes = tf.step(tf.sub(inputs[0]!, settings.threshold));
  return tf.add(tf.mul(passes, inputs[0]!), tf.mul(tf.sub(1, passes), settings.value));
};
