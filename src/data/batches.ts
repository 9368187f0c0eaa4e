// From a data set to the batches of an epoch: values as floats, changed where an `augment` section says so.
import { Augmenter, type BatchPlace, type FollowingValues, imageOfPlaces } from "./augment/augment.ts";
import type { Augmentation } from "./augment/kinds.ts";
import { columnsOf } from "./columns.ts";
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
  /** Which rows of the data these are, where whoever takes the batch has them already: the arrays are then empty. */
  readonly rows?: Int32Array;
}

/** What example i is to give is its own by `shares[i]`, and that of example `partners[i]` of the batch by the rest. */
export interface BlendedLabels {
  readonly partners: Int32Array;
  readonly shares: Float32Array;
}

/** What happens to examples on their way into a batch. */
export interface BatchForm {
  /** Examples a batch, at least 1. */
  readonly batchSize: number;
  /** What values are multiplied by: 1 (0 to 255, the default, for models that rescale) or 1/255 (0 to 1). */
  readonly scale?: number;
  readonly augmentations?: readonly Augmentation[];
  /** What augmentations call the model's inputs, in their order; needed where there are several. */
  readonly inputNames?: readonly string[];
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
  readonly partners: Int32Array;
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
    partners: new Int32Array(bytes(count)),
    shares: new Float32Array(bytes(count)),
    columns: columnsOf(dataset).map(({ shape }) => new Float32Array(bytes(count * exampleSize(shape)))),
  };
}

/** A part of the examples on its way into a batch. */
interface FilledPart {
  readonly size: number;
  readonly scale: number;
  readonly reader: ExampleReader;
}

/** Fills batches of a data set, one after the other, in whatever thread. */
export class BatchFiller {
  readonly #dataset: Dataset;
  readonly #seed: number;
  /** The model's inputs, which augmentation may change, then what its outputs are compared with. */
  readonly #parts: readonly FilledPart[];
  readonly #inputCount: number;
  readonly #augmenter: Augmenter | undefined;

  /** @throws InputError where the data's file cannot be opened */
  constructor(
    dataset: Dataset,
    { scale = 1, augmentations = [], inputNames = [], seed = 0 }: Omit<BatchForm, "batchSize">,
  ) {
    this.#dataset = dataset;
    this.#seed = seed;
    const inputs = [{ ...dataset, scale }, ...(dataset.otherInputs ?? [])];
    this.#inputCount = inputs.length;
    this.#augmenter =
      augmentations.length === 0
        ? undefined
        : new Augmenter(
            augmentations,
            inputs.map(({ shape, content }, index) => ({
              name: inputNames[index] ?? "",
              shape,
              white: content === "pixels" ? 255 : undefined,
            })),
            followingValues(dataset, inputs.length),
          );
    this.#parts = [...inputs, ...(dataset.targets ?? [])].map(({ shape, scale, examples }) => {
      const size = exampleSize(shape);
      return { size, scale, reader: openReader(examples, size) };
    });
  }

  /** @returns whether labels are blended */
  fill(rows: Uint32Array, place: Omit<BatchPlace, "seed">, arrays: BatchArrays): boolean {
    const values = [arrays.examples, ...arrays.columns];
    // What augmentation does is said for whole pixels; only then are inputs scaled.
    const isWhole = (part: number): boolean => this.#augmenter !== undefined && part < this.#inputCount;
    for (const [at, row] of rows.entries()) {
      arrays.labels[at] = this.#dataset.labels[row]!;
      const stored = this.#dataset.rows?.[row] ?? row;
      for (const [index, { reader, size, scale }] of this.#parts.entries())
        reader.read(stored, values[index]!, at * size, isWhole(index) ? 1 : scale);
    }
    if (this.#augmenter === undefined) return false;
    const inputs = values.slice(0, this.#inputCount);
    const mix = this.#augmenter.apply(values, rows.length, { ...place, seed: this.#seed });
    for (const [index, { size, scale }] of this.#parts.slice(0, this.#inputCount).entries())
      if (scale !== 1) multiply(inputs[index]!, rows.length * size, scale);
    if (mix !== undefined) {
      arrays.partners.set(mix.partners);
      arrays.shares.set(mix.shares);
    }
    return mix !== undefined;
  }

  close(): void {
    for (const { reader } of this.#parts) reader.close();
  }
}

/** What is compared with places of the outputs, and is moved with the images. */
function followingValues({ targets = [] }: Dataset, inputCount: number): readonly FollowingValues[] {
  return targets.flatMap(({ shape, interpolation }, index) =>
    interpolation === undefined
      ? []
      : [{ part: inputCount + index, image: imageOfPlaces(shape), interpolation }],
  );
}

function multiply(values: Float32Array, count: number, factor: number): void {
  for (let at = 0; at < count; at++) values[at] = values[at]! * factor;
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
    mix: isMixed ? { partners: part(arrays.partners, size), shares: part(arrays.shares, size) } : undefined,
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
