import type { LayerForm } from "../lowering.ts";

/** A run draws its own numbers, so that both engines drop the same; in a file these are the layers that Keras has. */
export const lowerDropout: LayerForm<"dropout"> = (context) => {
  const { tf, arguments: given, training, common } = context;
  if (training) return context.custom("dropping", { rate: given.rate, channels: false });
  return tf.layers.dropout({ ...common, rate: given.rate });
};

/** tf.layers has it for sequences alone. */
export const lowerSpatialDropout: LayerForm<"spatial_dropout"> = (context) =>
  context.custom("dropping", { rate: context.arguments.rate, channels: true });

export const lowerGaussianNoise: LayerForm<"gaussian_noise"> = (context) => {
  const { tf, arguments: given, training, common } = context;
  if (training) return context.custom("noising", { deviation: given.stddev, multiplies: false });
  return tf.layers.gaussianNoise({ ...common, stddev: given.stddev });
};

/** The noise of mean 1 has the deviation √(rate / (1 - rate)). */
export const lowerGaussianDropout: LayerForm<"gaussian_dropout"> = (context) => {
  const { tf, arguments: given, training, common } = context;
  const { rate } = given;
  if (training) {
    return context.custom("noising", { deviation: Math.sqrt(rate / (1 - rate)), multiplies: true });
  }
  return tf.layers.gaussianDropout({ ...common, rate });
};
