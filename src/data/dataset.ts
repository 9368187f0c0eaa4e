// data/: what a model is trained on and tested with. Files are read and checked here; examples stay as small as they came
// (bytes for pixels) in memory or in a file, and the batcher turns them into the floats that a training step takes.
import { InputError, type InputPlace } from "../diagnostics/input-error.ts";
import type { ValueColumn } from "./columns.ts";
import type { ExampleStore } from "./store.ts";

/** The shape of one example, channels last: 28x28x1 of an image, 100x16 of a sequence, 4 of a row of numbers. */
export type ExampleShape = readonly number[];

/** Height, width and channels of one image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** Labelled examples, all of one shape. */
export interface Dataset {
  readonly name: string;
  readonly examples: ExampleStore;
  /** Which rows of the store these are, in order; all of them where it is undefined. */
  readonly rows: Uint32Array | undefined;
  readonly count: number;
  readonly shape: ExampleShape;
  /** Pixels are bytes from 0 to 255, which may be scaled; numbers reach the model as they are. */
  readonly content: "pixels" | "numbers";
  /** One class number for each example, from 0 to classNames.length - 1; all 0 where examples have no class. */
  readonly labels: Uint8Array | Int32Array;
  /** Empty where examples have `targets` in place of a class. */
  readonly classNames: readonly string[];
  /** What a model takes of each example beside `examples`, in the order of its inputs. */
  readonly otherInputs?: readonly ValueColumn[];
  /** What each output is compared with, in their order, where that is not the example's class. */
  readonly targets?: readonly ValueColumn[];
  /** Where the data comes from, exactly enough for a receipt: file names with checksums, or `digits seed=0 …`. */
  readonly source: string;
  /** True where the data says no more than how many numbers an example has, as a table does: any shape of that size fits. */
  readonly isFlat?: boolean;
  /** Examples that were left out as bad, each with its reason; at most a few, `skippedCount` says how many there were. */
  readonly skipped?: readonly string[];
  readonly skippedCount?: number;
  /** Examples that come with training data to validate with, of the same classes. */
  readonly validation?: Dataset;
  /** What the user should know of where it lies, and of the part that is held back for testing. */
  readonly notes?: readonly string[];
}

/** The two parts that data usually comes in. Validation data is split off `train` where it is wanted. */
export interface DataSource {
  readonly train: Dataset;
  readonly test: Dataset;
}

/** The number of values of one example. */
export function exampleSize(shape: ExampleShape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** In rows of at least so many numbers, whole numbers from 0 to 255 are taken for pixels; fewer are measurements, or words' numbers. */
const fewestPixels = 64;

/** What examples hold that came without a word about it. @param areBytes whether all values are whole numbers from 0 to 255 */
export function contentOf(shape: ExampleShape, areBytes: boolean): Dataset["content"] {
  const isShortRow = shape.length < 2 && exampleSize(shape) < fewestPixels;
  return areBytes && !isShortRow ? "pixels" : "numbers";
}

/**
 * Puts a data set together after checking that its parts agree.
 *
 * @param place the file that the labels come from, for messages
 * @throws InputError if there is no example, if the counts differ, or if a label names no class
 */
export function createDataset(
  parts: Omit<Dataset, "count" | "rows" | "content"> & { readonly content?: Dataset["content"] },
  place: InputPlace = {},
): Dataset {
  const count = parts.labels.length;
  const size = exampleSize(parts.shape);
  const stored = parts.examples.kind === "memory" ? parts.examples.values.length : count * size;
  if (size === 0 || stored === 0) throw new InputError(`${parts.name} holds no images`, { place });
  if (stored !== count * size) {
    throw new InputError(`${parts.name} has ${stored / size} images but ${count} labels`, {
      place,
      help: "the images and the labels of a data set go together row by row; are these files of one set?",
    });
  }
  // Examples without classes are all of one.
  const classCount = Math.max(1, parts.classNames.length);
  const wrong = parts.labels.findIndex((label) => label < 0 || label >= classCount);
  if (wrong >= 0) {
    throw new InputError(
      `the label ${parts.labels[wrong]} names no class: ${parts.name} has ${classCount} classes, 0 to ${classCount - 1}`,
      { place: { ...place, row: wrong + 1 } },
    );
  }
  return { content: "pixels", ...parts, rows: undefined, count };
}

/** Bytes of memory that the values of a data set take. */
export function bytesInMemory({ examples, otherInputs = [], targets = [] }: Dataset): number {
  const stores = [examples, ...[...otherInputs, ...targets].map((column) => column.examples)];
  return stores.reduce((sum, store) => sum + (store.kind === "memory" ? store.values.byteLength : 0), 0);
}

/** Where rows of a data set are in its store. */
export function storedRows({ rows: all }: Pick<Dataset, "rows">, rows: Uint32Array): Uint32Array {
  return all === undefined ? rows : rows.map((row) => all[row]!);
}

/** Some rows of a data set, in the given order, sharing its store. @param what which rows these are, for the receipt */
export function selectRows(dataset: Dataset, rows: Uint32Array, what: string): Dataset {
  return {
    ...dataset,
    rows: storedRows(dataset, rows),
    labels: Int32Array.from(rows, (row) => dataset.labels[row]!),
    count: rows.length,
    source: `${dataset.source}, ${what}`,
  };
}

/** The rows `start` to `end` - 1 of a data set. */
export function sliceDataset(dataset: Dataset, start: number, end: number): Dataset {
  const rows = Uint32Array.from({ length: end - start }, (_, index) => start + index);
  return selectRows(dataset, rows, `rows ${start + 1} to ${end}`);
}

/** How many examples each class has. */
export function classCounts({ labels, classNames }: Dataset): number[] {
  const counts = new Array<number>(classNames.length).fill(0);
  for (const label of labels) counts[label]! += 1;
  return counts;
}
