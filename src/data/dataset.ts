// data/: what a model is trained on and tested with. Files are read and checked here, pixels stay bytes (0 to 255) in
// memory, and the batcher turns them into the floats that a training step takes.
import { InputError, type InputPlace } from "../diagnostics/input-error.ts";

/** Height, width and channels of one image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** Labelled images, all of one shape. */
export interface Dataset {
  readonly name: string;
  /** count × height × width × channels, channels last, 0 to 255. */
  readonly images: Uint8Array;
  readonly count: number;
  readonly shape: ImageShape;
  /** One class number for each image, from 0 to classNames.length - 1. */
  readonly labels: Uint8Array | Int32Array;
  readonly classNames: readonly string[];
  /** Where the data comes from, exactly enough for a receipt: file names with checksums, or `digits seed=0 …`. */
  readonly source: string;
}

/** The two parts that data usually comes in. Validation data is split off `train` where it is wanted. */
export interface DataSource {
  readonly train: Dataset;
  readonly test: Dataset;
}

/** The number of bytes of one image. */
export function imageSize(shape: ImageShape): number {
  return shape[0] * shape[1] * shape[2];
}

/**
 * Puts a data set together after checking that its parts agree.
 *
 * @param place the file that the labels come from, for messages
 * @throws InputError if there is no image, if the counts differ, or if a label names no class
 */
export function createDataset(parts: Omit<Dataset, "count">, place: InputPlace = {}): Dataset {
  const count = parts.labels.length;
  const size = imageSize(parts.shape);
  if (size === 0 || parts.images.length === 0) {
    throw new InputError(`${parts.name} holds no images`, { place });
  }
  if (parts.images.length !== count * size) {
    const images = parts.images.length / size;
    throw new InputError(`${parts.name} has ${images} images but ${count} labels`, {
      place,
      help: "the images and the labels of a data set go together row by row; are these files of one set?",
    });
  }
  const classCount = parts.classNames.length;
  const wrong = parts.labels.findIndex((label) => label < 0 || label >= classCount);
  if (wrong >= 0) {
    throw new InputError(
      `the label ${parts.labels[wrong]} names no class: ${parts.name} has ${classCount} classes, 0 to ${classCount - 1}`,
      { place: { ...place, row: wrong + 1 } },
    );
  }
  return { ...parts, count };
}

/** The images `start` to `end` - 1 of a data set, sharing its memory. */
export function sliceDataset(dataset: Dataset, start: number, end: number): Dataset {
  const size = imageSize(dataset.shape);
  return {
    ...dataset,
    images: dataset.images.subarray(start * size, end * size),
    labels: dataset.labels.subarray(start, end),
    count: end - start,
    source: `${dataset.source}, rows ${start + 1} to ${end}`,
  };
}
