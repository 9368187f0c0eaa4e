// From a data set to the batches of an epoch: values as floats, changed where an `augment` section says so.
import { Augmenter, type BatchPlace } from "./augment/augment.ts";
import type { Augmentation } from "./augment/kinds.ts";
import type { LabelMix } from "./augment/mixing.ts";
import { columnsOf, type ValueColumn } from "./columns.ts";
import { type Dataset, exampleSize } from "./dataset.ts";
import { type ExampleReader, openReader } from "./store.ts";

/** Some examples of an epoch. The arrays are filled anew for a later batch: use them before asking for it, or copy. */
export interface Batch {
  /** The number of this batch in its epoch, from 0. */
  readonly index: number;
  /** How many examples it has: the batch size, or fewer in the last batch. */
  readonly size: number;
  /** size × the shape of an example. */
  readonly examples: Float32Array;
  /** One class number an example. */
  readonly labels: Int32Array;
  /** Where examples are blended: how their labels are. */
  readonly mix: BlendedLabels | undefined;
  /** Of each column of the data (`columnsOf`) size × its shape. */
  readonly columns: readonly Float32Array[];
}

/** An example is of class `labels[i]` by `shares[i]`, and of class `others[i]` by the rest. */
export interface BlendedLabels {
  readonly others: Int32Array;
  readonly shares: Float32Array;
}

/** What happens to examples on their way into a batch. */
export interface BatchForm {
  /** Examples a batch, at least 1. */
  readonly batchSize: number;
  /** What values are multiplied by: 1 (0 to 255, the default, for models that rescale) or 1/255 (0 to 1). */
  readonly scale?: number;
  readonly augmentations?: readonly Augmentation[];
  /** The seed of what augmentation draws. */
  readonly seed?: number;
}

/** Which examples an epoch takes. */
export interface EpochPlan {
  /** From 0; augmentation depends on it. */
  readonly epoch?: number;
  /** The rows in the order in which they come; as they stand in the data by default. See `epochOrder`. */
  readonly order?: Uint32Array;
  /** The first batch that is wanted, from 0: a run that goes on within an epoch skips those before it. */
  readonly firstBatch?: number;
}

/** How many batches an epoch has, a last smaller one included. */
export function batchCount(count: number, batchSize: number): number {
  return Math.ceil(count / batchSize);
}

/** The arrays that a batch is put into. */
export interface BatchArrays {
  readonly examples: Float32Array;
  readonly labels: Int32Array;
  readonly others: Int32Array;
  readonly shares: Float32Array;
  readonly columns: readonly Float32Array[];
}

/** Room for a batch; in shared memory where other threads fill it. */
export function batchArrays(count: number, dataset: Dataset, isShared = false): BatchArrays {
  const bytes = (length: number): ArrayBufferLike =>
    isShared ? new SharedArrayBuffer(4 * length) : new ArrayBuffer(4 * length);
  return {
    examples: new Float32Array(bytes(count * exampleSize(dataset.shape))),
    labels: new Int32Array(bytes(count)),
    others: new Int32Array(bytes(count)),
    shares: new Float32Array(bytes(count)),
    columns: columnsOf(dataset).map(({ shape }) => new Float32Array(bytes(count * exampleSize(shape)))),
  };
}

/** Fills batches of a data set, one after the other, in whatever thread. */
export class BatchFiller {
  readonly #dataset: Dataset;
  readonly #size: number;
  readonly #scale: number;
  readonly #seed: number;
  readonly #augmenter: Augmenter | undefined;
  readonly #reader: ExampleReader;
  readonly #columns: readonly (ValueColumn & { readonly size: number; readonly reader: ExampleReader })[];

  /** @throws InputError where the data's file cannot be opened */
  constructor(dataset: Dataset, { scale = 1, augmentations = [], seed = 0 }: Omit<BatchForm, "batchSize">) {
    this.#dataset = dataset;
    this.#size = exampleSize(dataset.shape);
    this.#scale = scale;
    this.#seed = seed;
    const white = dataset.content === "pixels" ? 255 : undefined;
    this.#augmenter =
      augmentations.length === 0 ? undefined : new Augmenter(augmentations, dataset.shape, white);
    this.#reader = openReader(dataset.examples, this.#size);
    this.#columns = columnsOf(dataset).map((column) => {
      const size = exampleSize(column.shape);
      return { ...column, size, reader: openReader(column.examples, size) };
    });
  }

  /** @returns whether labels are blended */
  fill(rows: Uint32Array, place: Omit<BatchPlace, "seed">, arrays: BatchArrays): boolean {
    const { examples, labels } = arrays;
    // What augmentation does is said for whole pixels; only then are they scaled.
    const scale = this.#augmenter === undefined ? this.#scale : 1;
    for (const [at, row] of rows.entries()) {
      labels[at] = this.#dataset.labels[row]!;
      const stored = this.#dataset.rows?.[row] ?? row;
      this.#reader.read(stored, examples, at * this.#size, scale);
      for (const [index, column] of this.#columns.entries())
        column.reader.read(stored, arrays.columns[index]!, at * column.size, column.scale);
    }
    if (this.#augmenter === undefined) return false;
    const mix = this.#augmenter.apply(examples, rows.length, { ...place, seed: this.#seed });
    const count = rows.length * this.#size;
    if (this.#scale !== 1) for (let at = 0; at < count; at++) examples[at] = examples[at]! * this.#scale;
    if (mix !== undefined) blendLabels(mix, rows.length, arrays);
    return mix !== undefined;
  }

  close(): void {
    this.#reader.close();
    for (const { reader } of this.#columns) reader.close();
  }
}

function blendLabels({ partners, shares }: LabelMix, count: number, arrays: BatchArrays): void {
  for (let at = 0; at < count; at++) {
    arrays.others[at] = arrays.labels[partners[at]!]!;
    arrays.shares[at] = shares[at]!;
  }
}

/** The rows of each batch of an epoch. */
export function* batchRows(
  dataset: Dataset,
  batchSize: number,
  { order, firstBatch = 0 }: EpochPlan,
): Generator<
  { readonly index: number; readonly start: number; readonly rows: Uint32Array },
  void,
  undefined
> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`a batch size is a whole number from 1, not ${batchSize}`);
  }
  const count = order?.length ?? dataset.count;
  for (let index = firstBatch; index * batchSize < count; index++) {
    const start = index * batchSize;
    const size = Math.min(batchSize, count - start);
    const rows =
      order?.subarray(start, start + size) ?? Uint32Array.from({ length: size }, (_, at) => start + at);
    yield { index, start, rows };
  }
}

/** The first `size` places of a batch's arrays. */
export function batchOf(arrays: BatchArrays, index: number, size: number, isMixed: boolean): Batch {
  const room = arrays.labels.length;
  const part = <Values extends Float32Array | Int32Array>(values: Values, length: number): Values =>
    (values.length === length ? values : values.subarray(0, length)) as Values;
  const rows = (values: Float32Array): Float32Array =>
    part(values, room === 0 ? 0 : size * (values.length / room));
  return {
    index,
    size,
    examples: rows(arrays.examples),
    labels: part(arrays.labels, size),
    mix: isMixed ? { others: part(arrays.others, size), shares: part(arrays.shares, size) } : undefined,
    columns: arrays.columns.map(rows),
  };
}

/** The batches of one epoch, filled by the calling thread. Arrays for one batch are allocated, however many there are. */
export function* batches(
  dataset: Dataset,
  { epoch = 0, ...options }: BatchForm & EpochPlan,
): Generator<Batch, void, undefined> {
  let arrays: BatchArrays | undefined;
  const filler = new BatchFiller(dataset, options);
  try {
    for (const { index, start, rows } of batchRows(dataset, options.batchSize, options)) {
      const largest = Math.min(options.batchSize, options.order?.length ?? dataset.count);
      arrays ??= batchArrays(largest, dataset);
      const isMixed = filler.fill(rows, { epoch, index, start }, arrays);
      yield batchOf(arrays, index, rows.length, isMixed);
    }
  } finally {
    filler.close();
  }
}
