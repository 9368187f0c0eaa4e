// What the training data is like: the mean and variance of each channel, as a `normalize` layer learns them.
import { type Dataset, exampleSize } from "./dataset.ts";
import { openReader } from "./store.ts";

export interface ChannelStatistics {
  readonly means: Float64Array;
  /** Of the whole data, not an estimate from a sample: Σ(x - mean)²/n. */
  readonly variances: Float64Array;
  /** Values of a channel. */
  readonly count: number;
}

/**
 * Mean and variance of each channel (the last axis) over all examples and places. Sums of an example's values are added to
 * those before by the rule of T. Chan, G. Golub and R. LeVeque (1979), so that large means do not eat up small variances.
 *
 * @param scale what values are multiplied by first
 * @throws InputError where the data's file cannot be read
 */
export function channelStatistics(dataset: Dataset, scale = 1): ChannelStatistics {
  const size = exampleSize(dataset.shape);
  const channels = dataset.shape.at(-1)!;
  const places = size / channels;
  const means = new Float64Array(channels);
  const squares = new Float64Array(channels);
  const values = new Float32Array(size);
  const reader = openReader(dataset.examples, size);
  try {
    for (let row = 0; row < dataset.count; row++) {
      reader.read(dataset.rows?.[row] ?? row, values, 0, scale);
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let at = channel; at < size; at += channels) sum += values[at]!;
        const mean = sum / places;
        let square = 0;
        for (let at = channel; at < size; at += channels) square += (values[at]! - mean) ** 2;
        const distance = mean - means[channel]!;
        means[channel]! += distance / (row + 1);
        squares[channel]! += square + (distance * distance * places * row) / (row + 1);
      }
    }
  } finally {
    reader.close();
  }
  const count = dataset.count * places;
  return { means, variances: squares.map((square) => square / count), count };
}
