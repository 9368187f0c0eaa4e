import type { Tensor, TensorFlow } from "../tensorflow.ts";
import type { CustomCompute, CustomContext } from "./custom-layer.ts";
import { withAxes } from "./many-axes.ts";

export interface Epsilon {
  readonly epsilon: number;
}

/**
 * Batch norm over the last axis, in training by the batch's own mean and biased variance, towards which the running ones move. A
 * frozen one takes the running ones in training too.
 */
export const batchNormalization: CustomCompute<
  Epsilon & { readonly momentum: number; readonly frozen: boolean }
> = (context) => {
  const { tf, settings, inputs, training, weight, updateWeight } = context;
  const x = inputs[0]!;
  const [mean, variance] = [weight("moving_mean"), weight("moving_variance")];
  if (!training || settings.frozen) {
    return scaleAndShift(context, tf.sub(x, withAxes(tf, mean, x.rank)), variance);
  }
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const batch = momentsOf(tf, x, axes);
  const move = (running: Tensor, seen: Tensor): Tensor =>
    tf.add(
      tf.mul(running, settings.momentum),
      tf.mul(tf.reshape(seen, running.shape), 1 - settings.momentum),
    );
  updateWeight("moving_mean", move(mean, batch.mean));
  updateWeight("moving_variance", move(variance, batch.variance));
  return scaleAndShift(context, batch.centred, batch.variance);
};

export const layerNormalization: CustomCompute<Epsilon> = (context) => {
  const { centred, variance } = momentsOf(context.tf, context.inputs[0]!, [context.inputs[0]!.rank - 1]);
  return scaleAndShift(context, centred, variance);
};

/** Mean and variance of each group of channels of an example, over all of its positions. */
export const groupNormalization: CustomCompute<Epsilon & { readonly groups: number }> = (context) => {
  const { tf, settings, inputs } = context;
  const x = inputs[0]!;
  const channels = x.shape.at(-1)!;
  const split = tf.reshape(x, [x.shape[0]!, -1, settings.groups, channels / settings.groups]);
  const { centred, variance } = momentsOf(tf, split, [1, 3]);
  const normal = tf.div(centred, tf.sqrt(tf.add(variance, settings.epsilon)));
  return affine(context, tf.reshape(normal, x.shape));
};

export const rootMeanSquareNormalization: CustomCompute<Epsilon> = ({ tf, settings, inputs, weight }) => {
  const meanSquare = tf.mean(tf.square(inputs[0]!), -1, true);
  const normal = tf.div(inputs[0]!, tf.sqrt(tf.add(meanSquare, settings.epsilon)));
  return tf.mul(normal, withAxes(tf, weight("scale"), normal.rank));
};

export interface ResponseSettings {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}

/**
 * x / (k + alpha/size · Σ x²)^beta over neighbouring channels, as a mean over a window of channels laid around with zeros:
 * TensorFlow.js' own has a fixed odd window and takes images alone.
 */
export const responseNormalization: CustomCompute<ResponseSettings> = ({ tf, settings, inputs }) => {
  const x = inputs[0]!;
  const { size, alpha, beta, k } = settings;
  const rows = tf.reshape(tf.square(x), [1, -1, x.shape.at(-1)!, 1]) as never;
  const padded = tf.pad(rows, [
    [0, 0],
    [0, 0],
    [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)],
    [0, 0],
  ]);
  const means = tf.reshape(tf.avgPool(padded as never, [1, size], [1, 1], "valid"), x.shape);
  return tf.div(x, tf.pow(tf.add(tf.mul(means, alpha), k), beta));
};

/** (x - mean) / max(√variance, 1e-7) by statistics of the data. */
export const inputNormalization: CustomCompute<object> = ({ tf, inputs, weight }) => {
  const x = inputs[0]!;
  const deviation = tf.maximum(tf.sqrt(weight("variance")), 1e-7);
  return tf.div(tf.sub(x, withAxes(tf, weight("mean"), x.rank)), withAxes(tf, deviation, x.rank));
};

interface Moments {
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly centred: Tensor;
}

/** Mean and biased variance in two passes, the axes kept with one cell each. */
function momentsOf(tf: TensorFlow, x: Tensor, axes: readonly number[]): Moments {
  const mean = meanOver(tf, x, axes);
  const centred = tf.sub(x, mean);
  return { mean, centred, variance: meanOver(tf, tf.square(centred), axes) };
}

/**
 * The mean over axes, one after another: TensorFlow adds all cells of a channel to one number, whose rounding grows with their
 * count. Short sums of sums are ten times as exact for a batch of 32 images of 32x32, and take no longer.
 */
function meanOver(tf: TensorFlow, x: Tensor, axes: readonly number[]): Tensor {
  return axes.reduceRight((sofar, axis) => tf.mean(sofar, axis, true), x);
}

/** centred · gamma / √(variance + epsilon) + beta. */
function scaleAndShift(context: CustomContext<Epsilon>, centred: Tensor, variance: Tensor): Tensor {
  const { tf, settings } = context;
  const deviation = tf.sqrt(tf.add(variance, settings.epsilon));
  return affine(context, tf.div(centred, withAxes(tf, deviation, centred.rank)));
}

function affine({ tf, optionalWeight }: CustomContext<object>, value: Tensor): Tensor {
  const [gamma, beta] = ["gamma", "beta"].map((name) => {
    const own = optionalWeight(name);
    return own === undefined ? undefined : withAxes(tf, own, value.rank);
  });
  const scaled = gamma === undefined ? value : tf.mul(value, gamma);
  return beta === undefined ? scaled : tf.add(scaled, beta);
}

/** A factor for each channel. */
export const layerScale: CustomCompute<object> = ({ tf, inputs, weight }) =>
  tf.mul(inputs[0]!, withAxes(tf, weight("gamma"), inputs[0]!.rank));
