// Examples to predict, as a file of rows: IDX, an array of NumPy, or a table, with its label or without.
import { closeSync, openSync, readSync } from "node:fs";
import { extname } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import { parseNumber, separatorOf, shortened, splitFields } from "./csv-fields.ts";
import { contentOf, type Dataset, type ExampleShape, exampleSize } from "./dataset.ts";
import { readWholeFile, withFile } from "./files.ts";
import { readIdx } from "./idx.ts";
import { type NumberArray, parseNpy } from "./npy.ts";
import { areBytes } from "./row-sink.ts";
import { tableLines } from "./table-lines.ts";
import { findRoles, MissingColumn, placesUnder, type TableHead } from "./table-roles.ts";

/** One example as numbers, as they stand in the file. */
export interface ExampleRow {
  /** The file and the row's number in it. */
  readonly name: string;
  readonly values: ArrayLike<number>;
  /** Pixels are scaled as the model's training pixels were; numbers are not. */
  readonly content: Dataset["content"];
}

/** Which rows of a file are examples of a model, and how its training data named what is no part of them. */
export interface RowChoice {
  /** Of an example that the model takes. */
  readonly shape: ExampleShape;
  /** The first and the last row, from 1. */
  readonly range: readonly [from: number, to: number];
  /** The label's columns: their names or numbers. */
  readonly label: readonly string[] | undefined;
  /** The names of the model's outputs, by which a table may have columns. */
  readonly outputs: readonly string[];
}

/**
 * The rows that are asked for.
 *
 * @returns undefined for a file that is none of rows, such as a picture
 * @throws InputError where the file cannot be read, or does not hold what the model takes
 */
export function readExampleRows(path: string, choice: RowChoice): readonly ExampleRow[] | undefined {
  const ending = extname(path).toLowerCase();
  if ([".csv", ".tsv", ".txt"].includes(ending)) return tableRows(path, choice);
  if (ending === ".npy") return arrayRows(path, parseNpy(readWholeFile(path), path), choice);
  if (!startsLikeIdx(path)) return undefined;
  const { data, shape } = readIdx(path);
  if (!(data instanceof Uint8Array)) throw misfit(path, shape.join("x"), choice.shape);
  return arrayRows(path, { shape, values: data, isFloat: false }, choice);
}

function arrayRows(
  path: string,
  { shape, values, isFloat }: NumberArray,
  { shape: wanted, range: [from, to] }: RowChoice,
): ExampleRow[] {
  const [count = 0, ...own] = shape;
  // Grey images may come without the axis of channels, a row of one number without any.
  if (![own, [...own, 1]].some((each) => each.join("x") === wanted.join("x")))
    throw misfit(path, shape.join("x"), wanted);
  if (from > count)
    throw new InputError(`${path} has ${count} examples; there is no row ${from}`, { place: { file: path } });
  const size = exampleSize(wanted);
  const content = contentOf(wanted, !isFloat && areBytes(values));
  return Array.from({ length: Math.min(to, count) - from + 1 }, (_, index) => {
    const start = (from - 1 + index) * size;
    return { name: `${path} row ${from + index}`, values: values.subarray(start, start + size), content };
  });
}

function misfit(path: string, given: string, wanted: ExampleShape): InputError {
  return new InputError(`${path} holds ${given}, but the model takes examples of ${wanted.join("x")}`, {
    place: { file: path },
  });
}

function tableRows(path: string, choice: RowChoice): ExampleRow[] {
  const file = withFile(path, () => openSync(path, "r"));
  const [from, to] = choice.range;
  const rows: ExampleRow[] = [];
  let form: TableForm | undefined;
  let example = 0;
  try {
    for (const { line, row } of tableLines(file, path, () => undefined)) {
      if (line.length === 0) continue;
      const isFirst = form === undefined;
      form ??= formOf(line, path, choice);
      if (isFirst && form.names !== undefined) continue;
      example += 1;
      if (example > to) break;
      if (example < from) continue;
      const values = numbersOf(splitFields(line, form.separator), form, { path, row });
      const content = contentOf([values.length], areBytes(values));
      rows.push({ name: `${path} row ${example}`, values, content });
    }
  } finally {
    closeSync(file);
  }
  if (rows.length > 0) return rows;
  throw new InputError(`${path} has ${example} examples; there is no row ${from}`, { place: { file: path } });
}

interface TableForm {
  readonly separator: number;
  readonly names: readonly string[] | undefined;
  readonly count: number;
  /** The columns that are the example. */
  readonly places: readonly number[];
}

function formOf(line: Uint8Array, path: string, choice: RowChoice): TableForm {
  const separator = separatorOf(line);
  const fields = splitFields(line, separator);
  const areWords = fields.map((field) => parseNumber(field) === undefined);
  const names = areWords.every(Boolean) ? fields : undefined;
  const words = areWords.flatMap((isWord, place) => (isWord ? [place] : []));
  const head = { count: fields.length, names, wordsAt: words.length === 1 ? words[0] : undefined };
  const wanted = exampleSize(choice.shape);
  const all = fields.map((_, place) => place);
  const left = head.count === wanted ? [] : labelPlaces(head, choice);
  const places = all.filter((place) => !left.includes(place));
  if (places.length === wanted) return { separator, names, count: head.count, places };
  throw new InputError(
    `the table has ${head.count} columns, but the model takes ${wanted} numbers an example`,
    {
      place: { file: path },
      help: "its columns are those of the training data, with the label or without it",
    },
  );
}

/** The columns that are no part of an example, as training tells them. */
function labelPlaces(head: TableHead, { label, outputs }: RowChoice): readonly number[] {
  const own = label === undefined ? outputs.flatMap((name) => placesUnder(head, name)) : [];
  if (own.length > 0) return own;
  try {
    const asked = label?.map((each) => [each]) ?? [undefined];
    return asked.map((each) => findRoles(head, { label: each, wanted: undefined }).label!);
  } catch (error) {
    if (error instanceof MissingColumn) return [];
    throw error;
  }
}

function numbersOf(
  fields: readonly string[],
  { names, count, places }: TableForm,
  { path, row }: { readonly path: string; readonly row: number },
): Float32Array {
  const refuse = (message: string): InputError => new InputError(message, { place: { file: path, row } });
  if (fields.length !== count)
    throw refuse(`the line has ${fields.length} columns, but the first has ${count}`);
  return Float32Array.from(places, (place) => {
    const value = parseNumber(fields[place]!);
    if (value !== undefined) return value;
    const column = `column ${place + 1}${names === undefined ? "" : ` (${names[place]})`}`;
    throw refuse(`${column} is ${shortened(fields[place]!)}, which is no number`);
  });
}

/** IDX files begin with two zero bytes, or are packed by gzip; no picture begins so. */
function startsLikeIdx(path: string): boolean {
  const start = new Uint8Array(2);
  try {
    const file = openSync(path, "r");
    readSync(file, start);
    closeSync(file);
  } catch {
    // What cannot be read is told where pictures are read.
    return false;
  }
  return (start[0] === 0 && start[1] === 0) || (start[0] === 0x1f && start[1] === 0x8b);
}
