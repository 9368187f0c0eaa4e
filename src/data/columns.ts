// Data with more than one example and one class: several inputs, and numbers or sequences to compare outputs with.
import type { InputPlace } from "../diagnostics/input-error.ts";
import type { Interpolation } from "./augment/geometry.ts";
import { BadRows } from "./bad-rows.ts";
import { type Dataset, type ExampleShape, exampleSize } from "./dataset.ts";
import { type ExampleStore, holdsBytes, openReader, storeRows } from "./store.ts";

/** Values of every example under one name: an input beside the first, or what an output is compared with. */
export interface ValueColumn {
  readonly name: string;
  /** Its rows are those of the data set's examples. */
  readonly examples: ExampleStore;
  readonly shape: ExampleShape;
  readonly content: Dataset["content"];
  /** What values are multiplied by on their way into a batch. */
  readonly scale: number;
  /** Of what belongs to the places of an image: how values between places are found when the image is moved. */
  readonly interpolation?: Interpolation;
}

/** What a model takes or gives under a name. */
export interface WantedColumn {
  readonly name: string;
  /** Of one example; undefined where the data says it. */
  readonly shape: ExampleShape | undefined;
}

/**
 * What an output is compared with. `class`: a class of the example. `classes`: one of each place. `values`: numbers of the output's
 * shape. `either`: a class where the data has one, else numbers. `sequences`: class numbers, filled up with 0.
 */
export interface WantedTarget extends WantedColumn {
  readonly kind: "class" | "classes" | "values" | "either" | "sequences";
}

/** What a model takes and gives, where that may be more than one example and its class. */
export interface WantedColumns {
  readonly inputs: readonly WantedColumn[];
  readonly targets: readonly WantedTarget[];
}

/** Whether one array is wanted for the examples and one for what they are to give. */
export function isSinglePair({ inputs, targets }: WantedColumns): boolean {
  return inputs.length === 1 && targets.length === 1;
}

/** The other parts of examples, one after the other: inputs beside the first, then targets. */
export function columnsOf({ otherInputs = [], targets = [] }: Dataset): readonly ValueColumn[] {
  return [...otherInputs, ...targets];
}

/** An array of NumPy or the columns of a table, before they are known to fit. */
export type RawColumn = Pick<ValueColumn, "examples" | "shape" | "content"> & {
  /** How many rows there are. */
  readonly count: number;
  readonly place: InputPlace;
  /** Takes note of a row, from 0, that cannot be used; where it is left out, the first ends the reading. */
  readonly bad?: BadRows;
};

/**
 * The column of a target, checked: numbers are finite, classes and sequences whole and not negative.
 *
 * @param wanted says the shape where the model does: [1] may be written as one number
 * @throws InputError with the row of the first value that cannot be
 */
export function targetColumn({ name, kind, shape: wanted }: WantedTarget, raw: RawColumn): ValueColumn {
  const { place, count: _count, bad = new BadRows({}), ...rest } = raw;
  const shape = wanted !== undefined && isSameRow(wanted, raw.shape) ? wanted : raw.shape;
  const areNumbers = kind === "values" || kind === "either";
  const what = areNumbers ? "no number to train on" : "no class: classes are numbered from 0 upwards";
  const isWrong = areNumbers
    ? (value: number) => !Number.isFinite(value)
    : (value: number) => !Number.isInteger(value) || value < 0;
  refuseValues({ ...raw, size: exampleSize(shape) }, isWrong, (row, value) =>
    bad.refuse(row, `a value of ${name} is ${value}, which is ${what}`, place),
  );
  return { ...rest, name, shape, scale: 1 };
}

/** Tells of the first value of each row that is wrong; bytes never are. */
export function refuseValues(
  rows: { readonly examples: ExampleStore; readonly count: number; readonly size: number },
  isWrong: (value: number) => boolean,
  refuse: (row: number, value: number) => void,
): void {
  if (holdsBytes(rows.examples)) return;
  let row = 0;
  for (const values of storeRows(rows.examples, rows.count, rows.size)) {
    const wrong = values.find(isWrong);
    if (wrong !== undefined) refuse(row, wrong);
    row += 1;
  }
}

/** Whether a row can stand for values of a shape: axes of 1 may be left out, and a table's rows have one axis alone. */
function isSameRow(shape: ExampleShape, row: ExampleShape): boolean {
  const squeezed = (each: ExampleShape): string => each.filter((size) => size !== 1).join("x");
  return squeezed(shape) === squeezed(row) || (row.length === 1 && row[0] === exampleSize(shape));
}

/** Visits the rows of a column in the data set's order; the array is filled anew for each. */
export function* columnRows(dataset: Dataset, column: ValueColumn): Generator<Float32Array, void, undefined> {
  const size = exampleSize(column.shape);
  const values = new Float32Array(size);
  const reader = openReader(column.examples, size);
  try {
    for (let row = 0; row < dataset.count; row++) {
      reader.read(dataset.rows?.[row] ?? row, values, 0, column.scale);
      yield values;
    }
  } finally {
    reader.close();
  }
}

/** The largest value of a column. */
export function largestValue(dataset: Dataset, column: ValueColumn): number {
  let largest = -Infinity;
  for (const values of columnRows(dataset, column))
    for (const value of values) largest = Math.max(largest, value);
  return largest;
}
