// Tables of numbers as text: one example a line, one column its label. Read in pieces and byte by byte, since a table such as
// Fashion-MNIST's has 47 million numbers: no string is made of a whole number, and no line is kept.
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import { createDataset, type Dataset, type ExampleShape, exampleSize } from "./dataset.ts";
import { withFile } from "./files.ts";
import type { ReadOptions } from "./read-options.ts";
import { FileSink, MemorySink, type RowSink } from "./row-sink.ts";

const pieceSize = 1 << 20;

/** A line that is longer holds no table. */
const longestLine = 1 << 24;

/** A label above this is taken for a mistake, not for a class. */
const mostClasses = 65_536;

/** From so many columns on, whole numbers from 0 to 255 are taken for pixels. */
const fewestPixels = 64;

/** How many left-out lines are named. */
const mostNamed = 5;

const labelNames = ["label", "labels", "class", "target", "y", "species", "category"];
const separators = [",", ";", "\t"] as const;

/** What the first lines say of the others. */
interface Form {
  readonly separator: number;
  readonly columns: readonly string[] | undefined;
  readonly columnCount: number;
  /** The place of the label. */
  readonly label: number;
}

/** Why a line cannot be used. */
class BadLine extends Error {}

/**
 * Reads a table. The label stands in the column that `label` names, else in one called `label`, `class` or so, else in the only
 * one that holds words, else in the first. A first line without numbers is a head.
 *
 * @throws InputError where the file cannot be read or is no table, and, unless bad lines are left out, for the first of them
 */
export function readCsv(path: string, name: string, options: ReadOptions): Dataset {
  const file = withFile(path, () => openSync(path, "r"));
  try {
    const reader = new CsvReader(file, path, name, options);
    try {
      return reader.read();
    } catch (error) {
      reader.discard();
      throw error;
    }
  } finally {
    closeSync(file);
  }
}

class CsvReader {
  readonly #file: number;
  readonly #path: string;
  readonly #name: string;
  readonly #options: ReadOptions;
  readonly #hash = createHash("sha256");
  readonly #labels: (number | string)[] = [];
  readonly #skipped: string[] = [];
  #skippedCount = 0;
  #form: Form | undefined;
  #values = new Float32Array(0);
  #sink: RowSink | undefined;

  constructor(file: number, path: string, name: string, options: ReadOptions) {
    [this.#file, this.#path, this.#name, this.#options] = [file, path, name, options];
  }

  read(): Dataset {
    let row = 0;
    for (const line of this.#lines()) {
      row += 1;
      if (line.length === 0) continue;
      if (this.#form === undefined) {
        this.#form = this.#readForm(line, row);
        if (this.#form.columns !== undefined) continue;
      }
      try {
        this.#take(line, this.#form);
      } catch (error) {
        if (!(error instanceof BadLine)) throw error;
        this.#refuse(error.message, row);
      }
    }
    return this.#finish();
  }

  /** Leaves no half-written file behind. */
  discard(): void {
    this.#sink?.discard();
  }

  /** The lines of the file without their ends. Each is a view that holds until the next. */
  *#lines(): Generator<Uint8Array, void, undefined> {
    let buffer = new Uint8Array(2 * pieceSize);
    let kept = 0;
    let isFirst = true;
    for (;;) {
      if (buffer.length - kept < pieceSize) {
        if (kept > longestLine)
          throw this.#mistake(`a line is longer than ${longestLine} bytes: this is no table`);
        const larger = new Uint8Array(2 * buffer.length);
        larger.set(buffer.subarray(0, kept));
        buffer = larger;
      }
      const read = withFile(this.#path, () => readSync(this.#file, buffer, kept, pieceSize, null));
      this.#hash.update(buffer.subarray(kept, kept + read));
      const end = kept + read;
      // A byte order mark says no more than that the text is UTF-8.
      let start = isFirst && buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0;
      if (isFirst && buffer.subarray(0, end).includes(0))
        throw this.#mistake("this is no text: it holds bytes of 0");
      isFirst = false;
      for (let at = buffer.indexOf(10, start); at >= 0 && at < end; at = buffer.indexOf(10, start)) {
        yield withoutReturn(buffer, start, at);
        start = at + 1;
      }
      kept = end - start;
      buffer.copyWithin(0, start, end);
      if (read === 0) {
        if (kept > 0) yield withoutReturn(buffer, 0, kept);
        return;
      }
    }
  }

  #readForm(line: Uint8Array, row: number): Form {
    const text = new TextDecoder().decode(line);
    const separator = [...separators].sort((a, b) => text.split(b).length - text.split(a).length)[0]!;
    const code = separator.charCodeAt(0);
    const fields = splitFields(line, code);
    if (fields.length < 2) {
      throw this.#mistake("the line has one column alone: a label and at least one number are needed", row);
    }
    const columns = fields.every((field) => parseNumber(field) === undefined) ? fields : undefined;
    return {
      separator: code,
      columns,
      columnCount: fields.length,
      label: this.#labelPlace(fields, columns),
    };
  }

  #labelPlace(fields: readonly string[], columns: readonly string[] | undefined): number {
    const { label } = this.#options;
    if (label !== undefined) {
      const place = columns?.indexOf(label) ?? -1;
      if (place >= 0) return place;
      const number = Number(label);
      if (Number.isInteger(number) && number >= 1 && number <= fields.length) return number - 1;
      const names = columns === undefined ? "it has no head, say a number" : `there are ${listed(columns)}`;
      throw this.#mistake(
        `there is no column ${label} for the label among ${fields.length}`,
        undefined,
        names,
      );
    }
    if (columns !== undefined) {
      const place = columns.findIndex((column) => labelNames.includes(column.toLowerCase()));
      return Math.max(0, place);
    }
    const words = fields.flatMap((field, place) => (parseNumber(field) === undefined ? [place] : []));
    return words.length === 1 ? words[0]! : 0;
  }

  #take(line: Uint8Array, form: Form): void {
    const { separator, columnCount, label } = form;
    if (this.#values.length !== columnCount - 1) this.#values = new Float32Array(columnCount - 1);
    let [place, start] = [0, 0];
    let labelValue: number | string = 0;
    for (let at = 0; at <= line.length; at++) {
      if (at < line.length && line[at] !== separator) {
        if (line[at] === quote) at = endOfQuoted(line, at);
        continue;
      }
      if (place < columnCount) {
        const value = wholeNumber(line, start, at) ?? this.#slowNumber(line, start, at, place, form);
        if (place === label) labelValue = value;
        else this.#values[place < label ? place : place - 1] = value as number;
      }
      place += 1;
      start = at + 1;
    }
    if (place !== columnCount)
      throw new BadLine(`the line has ${place} columns, but the first has ${columnCount}`);
    if (typeof labelValue === "number") checkLabel(labelValue);
    this.#sink ??= this.#openSink(line.length);
    this.#sink.add(this.#values);
    this.#labels.push(labelValue);
  }

  /** A fraction, a quoted or padded number, or a word where a label stands. */
  #slowNumber(line: Uint8Array, start: number, end: number, place: number, form: Form): number | string {
    const text = unquote(new TextDecoder().decode(line.subarray(start, end)));
    const value = parseNumber(text);
    if (value !== undefined) return value;
    if (place === form.label && text !== "") return text;
    const column = `column ${place + 1}${form.columns === undefined ? "" : ` (${form.columns[place]})`}`;
    throw new BadLine(
      text === "" ? `${column} is empty` : `${column} is ${shortened(text)}, which is no number`,
    );
  }

  #openSink(lineLength: number): RowSink {
    const { size, mtimeMs } = fstatSync(this.#file);
    const rows = Math.ceil(size / lineLength);
    const width = this.#values.length;
    if (rows * width <= this.#options.memoryLimit) return new MemorySink(rows, width);
    const key = createHash("sha256").update(`${this.#path}/${size}/${mtimeMs}`).digest("hex").slice(0, 32);
    return new FileSink(join(this.#options.cacheFolder, "decoded", `${key}.rows`));
  }

  #refuse(message: string, row: number): void {
    if (this.#options.skipBad !== true) {
      throw this.#mistake(message, row, "with --skip-bad such lines are left out and counted");
    }
    this.#skippedCount += 1;
    if (this.#skipped.length < mostNamed) this.#skipped.push(`row ${row}: ${message}`);
  }

  #finish(): Dataset {
    if (this.#sink === undefined) {
      throw this.#mistake(
        this.#skippedCount > 0
          ? `none of its lines can be used: ${this.#skipped[0]}`
          : "the file holds no examples",
      );
    }
    const width = this.#values.length;
    const { labels, classNames } = nameClasses(this.#labels, this.#path);
    // From here on nothing is refused: the rows may get their place.
    const { store, areBytes } = this.#sink.finish();
    this.#sink = undefined;
    const isPixels = areBytes && width >= fewestPixels;
    const dataset = createDataset(
      {
        name: this.#name,
        examples: store,
        shape: shapeOf(width, isPixels, this.#options.inputShape),
        content: isPixels ? "pixels" : "numbers",
        isFlat: true,
        labels,
        classNames,
        source: `${this.#path} sha256:${this.#hash.digest("hex")}`,
        ...(this.#skippedCount === 0 ? {} : { skipped: this.#skipped, skippedCount: this.#skippedCount }),
      },
      { file: this.#path },
    );
    return this.#skippedCount === 0
      ? dataset
      : { ...dataset, source: `${dataset.source}, without ${this.#skippedCount} bad lines` };
  }

  #mistake(message: string, row?: number, help?: string): InputError {
    return new InputError(message, {
      place: { file: this.#path, ...(row === undefined ? {} : { row }) },
      ...(help === undefined ? {} : { help }),
    });
  }
}

/** The model's shape where it has as many values; else a square of pixels, else a row. */
function shapeOf(width: number, isPixels: boolean, inputShape: ExampleShape | undefined): ExampleShape {
  if (inputShape !== undefined && exampleSize(inputShape) === width) return inputShape;
  for (const channels of [1, 3]) {
    const side = Math.sqrt(width / channels);
    if (isPixels && Number.isInteger(side)) return [side, side, channels];
  }
  return [width];
}

function checkLabel(label: number): void {
  if (!Number.isInteger(label))
    throw new BadLine(`the label is ${label}, which is no class: classes are numbered`);
  if (label < 0 || label >= mostClasses)
    throw new BadLine(`the label is ${label}: classes are numbered from 0 upwards`);
}

/** Numbers are classes by themselves; words are classes in the order of the alphabet. */
function nameClasses(
  labels: readonly (number | string)[],
  path: string,
): { readonly labels: Int32Array; readonly classNames: readonly string[] } {
  const word = labels.find((label) => typeof label === "string");
  if (word === undefined) {
    const numbers = Int32Array.from(labels as readonly number[]);
    const highest = numbers.reduce((most, label) => Math.max(most, label), 0);
    return { labels: numbers, classNames: Array.from({ length: highest + 1 }, (_, index) => String(index)) };
  }
  const number = labels.findIndex((label) => typeof label === "number");
  if (number >= 0) {
    throw new InputError(`labels are numbers or words, but here are both: ${labels[number]} and ${word}`, {
      place: { file: path },
    });
  }
  const classNames = [...new Set(labels as readonly string[])].sort();
  const place = new Map(classNames.map((name, index) => [name, index]));
  return { labels: Int32Array.from(labels as readonly string[], (label) => place.get(label)!), classNames };
}

const quote = 34;

/** The place of the quotation mark that closes the one at `start`; the end of the line where none does. */
function endOfQuoted(line: Uint8Array, start: number): number {
  const end = line.indexOf(quote, start + 1);
  return end < 0 ? line.length - 1 : end;
}

function splitFields(line: Uint8Array, separator: number): string[] {
  const fields: string[] = [];
  let start = 0;
  for (let at = 0; at <= line.length; at++) {
    if (at < line.length && line[at] !== separator) {
      if (line[at] === quote) at = endOfQuoted(line, at);
      continue;
    }
    fields.push(unquote(new TextDecoder().decode(line.subarray(start, at))));
    start = at + 1;
  }
  return fields;
}

function unquote(field: string): string {
  const text = field.trim();
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replaceAll('""', '"')
    : text;
}

/** Up to nine digits, which is what most fields are. */
function wholeNumber(line: Uint8Array, start: number, end: number): number | undefined {
  if (end === start || end - start > 9) return undefined;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = line[at]! - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = 10 * value + digit;
  }
  return value;
}

function parseNumber(text: string): number | undefined {
  const value = text === "" || /^0[xob]/i.test(text) ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function withoutReturn(buffer: Uint8Array, start: number, end: number): Uint8Array {
  return buffer.subarray(start, end > start && buffer[end - 1] === 13 ? end - 1 : end);
}

function shortened(text: string): string {
  return JSON.stringify(text.length > 30 ? `${text.slice(0, 29)}…` : text);
}

function listed(columns: readonly string[]): string {
  return columns.length > 10 ? `${columns.slice(0, 9).join(", ")} …` : columns.join(", ");
}
