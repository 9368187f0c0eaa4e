import type { CustomCompute } from "./custom-layer.ts";

/** Each number, or with `channels` each channel as a whole, is kept with probability 1 - rate and then grows by 1/(1 - rate). */
export const dropping: CustomCompute<{ readonly rate: number; readonly channels: boolean }> = ({
  tf,
  settings,
  inputs,
  training,
  random,
}) => {
  const x = inputs[0]!;
  if (!training || settings.rate === 0) return x;
  const last = x.rank - 1;
  const shape = settings.channels
    ? x.shape.map((size, axis) => (axis === 0 || axis === last ? size : 1))
    : x.shape;
  return tf.mul(x, random({ kind: "keep", rate: settings.rate }, shape));
};

/** Adds normal noise, or multiplies by 1 + noise. */
export const noising: CustomCompute<{ readonly deviation: number; readonly multiplies: boolean }> = ({
  tf,
  settings,
  inputs,
  training,
  random,
}) => {
  const x = inputs[0]!;
  if (!training || settings.deviation === 0) return x;
  const noise = tf.mul(random({ kind: "normal" }, x.shape), settings.deviation);
  return settings.multiplies ? tf.mul(x, tf.add(noise, 1)) : tf.add(x, noise);
};
