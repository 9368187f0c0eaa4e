// From a data set to the batches of an epoch: the order of the images, the split for validation, pixels as floats.
import { InputError } from "../diagnostics/input-error.ts";
import { createRandom, randomPermutation } from "../random/random.ts";
import { imageSize, sliceDataset, type Dataset } from "./dataset.ts";

/** Some images of an epoch. The arrays are filled anew for the next batch: use them before asking for it, or copy. */
export interface Batch {
  /** The number of this batch in its epoch, from 0. */
  readonly index: number;
  /** How many images it has: the batch size, or fewer in the last batch. */
  readonly size: number;
  /** size × height × width × channels. */
  readonly images: Float32Array;
  /** One class number an image. */
  readonly labels: Int32Array;
}

export interface BatchOptions {
  /** Images a batch, at least 1. */
  readonly batchSize: number;
  /** What pixels are multiplied by: 1 (0 to 255, the default, for models that rescale) or 1/255 (0 to 1). */
  readonly scale?: number;
  /** The rows in the order in which they come; as they stand in the data by default. See `epochOrder`. */
  readonly order?: Uint32Array;
  /** The first batch that is wanted, from 0: a run that goes on within an epoch skips those before it. */
  readonly firstBatch?: number;
}

/**
 * The order of the images in an epoch: a permutation of 0 to `count` - 1 that depends on the seed and the epoch's number
 * alone, so that a resumed run sees what an uninterrupted one would have seen.
 */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  return randomPermutation(createRandom(seed, `shuffle/${epoch}`), count);
}

/** How many batches an epoch has, a last smaller one included. */
export function batchCount(count: number, batchSize: number): number {
  return Math.ceil(count / batchSize);
}

/** The batches of one epoch. Only two arrays are allocated, however many batches there are. */
export function* batches(dataset: Dataset, options: BatchOptions): Generator<Batch, void, undefined> {
  const { batchSize, scale = 1, order, firstBatch = 0 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`a batch size is a whole number from 1, not ${batchSize}`);
  }
  const pixels = imageSize(dataset.shape);
  const rowCount = order?.length ?? dataset.count;
  const largest = Math.min(batchSize, rowCount);
  const images = new Float32Array(largest * pixels);
  const labels = new Int32Array(largest);
  for (let index = firstBatch; index * batchSize < rowCount; index++) {
    const start = index * batchSize;
    const size = Math.min(batchSize, rowCount - start);
    fillBatch(dataset, { start, size, scale, order }, images, labels);
    const whole = size === largest;
    yield {
      index,
      size,
      images: whole ? images : images.subarray(0, size * pixels),
      labels: whole ? labels : labels.subarray(0, size),
    };
  }
}

/**
 * Copies the rows `start` to `start` + `size` - 1 of an order (of the data itself without one) into the first `size` places
 * of `images` and `labels`.
 */
export function fillBatch(
  dataset: Dataset,
  rows: {
    readonly start: number;
    readonly size: number;
    readonly scale: number;
    readonly order?: Uint32Array;
  },
  images: Float32Array,
  labels: Int32Array,
): void {
  const { start, size, scale, order } = rows;
  const pixels = imageSize(dataset.shape);
  for (let place = 0; place < size; place++) {
    const row = order?.[start + place] ?? start + place;
    labels[place] = dataset.labels[row]!;
    if (scale === 1) images.set(dataset.images.subarray(row * pixels, (row + 1) * pixels), place * pixels);
    else copyScaled(dataset.images, row * pixels, images, place * pixels, pixels, scale);
  }
}

/** Four pixels a turn: half again as fast as one. */
function copyScaled(
  from: Uint8Array,
  fromStart: number,
  to: Float32Array,
  toStart: number,
  count: number,
  scale: number,
): void {
  let source = fromStart;
  let target = toStart;
  const end = toStart + count;
  for (; target + 3 < end; target += 4, source += 4) {
    to[target] = from[source]! * scale;
    to[target + 1] = from[source + 1]! * scale;
    to[target + 2] = from[source + 2]! * scale;
    to[target + 3] = from[source + 3]! * scale;
  }
  for (; target < end; target++, source++) to[target] = from[source]! * scale;
}

/** How much to hold back for validation: a fraction between 0 and 1, or a number of images. */
export type ValidationSize = { readonly fraction: number } | { readonly count: number };

/**
 * Splits off validation data. As in Keras' `validation_split` it is the last part of the data, before any shuffling: the
 * first floor(count × (1 - fraction)) images stay for training.
 *
 * @throws InputError if a part would be empty
 */
export function splitValidation(
  dataset: Dataset,
  size: ValidationSize,
): { train: Dataset; validation: Dataset } {
  const held = "count" in size ? size.count : dataset.count - Math.floor(dataset.count * (1 - size.fraction));
  if (!Number.isInteger(held) || held < 1 || held >= dataset.count) {
    const asked = "count" in size ? `${size.count} images` : `the fraction ${size.fraction}`;
    throw new InputError(
      `cannot hold back ${asked} of the ${dataset.count} images of ${dataset.name} for validation`,
      { help: "training and validation need at least one image each" },
    );
  }
  const border = dataset.count - held;
  return {
    train: sliceDataset(dataset, 0, border),
    validation: sliceDataset(dataset, border, dataset.count),
  };
}
