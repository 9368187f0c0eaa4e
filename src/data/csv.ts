// Tables of numbers as text: one example a line, one column its label. Read in pieces and byte by byte, since a table such as
// Fashion-MNIST's has 47 million numbers: no string is made of a whole number, and no line is kept.
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync } from "node:fs";
import { InputError } from "../diagnostics/input-error.ts";
import { mostNamed } from "./bad-rows.ts";
import { targetColumn, type ValueColumn } from "./columns.ts";
import { contentOf, createDataset, type Dataset, type ExampleShape, exampleSize } from "./dataset.ts";
import {
  endOfQuoted,
  parseNumber,
  quote,
  separatorOf,
  shortened,
  splitFields,
  unquote,
  wholeNumber,
} from "./csv-fields.ts";
import { withFile } from "./files.ts";
import { fileKey, keptRows } from "./kept-rows.ts";
import type { ReadOptions } from "./read-options.ts";
import { FileSink, MemorySink, type RowSink } from "./row-sink.ts";
import { tableLines } from "./table-lines.ts";
import { findRoles, MissingColumn, type TableHead, type TableRoles } from "./table-roles.ts";

/** A label above this is taken for a mistake, not for a class. */
const mostClasses = 65_536;

/** What the first lines say of the others. */
interface Form {
  readonly separator: number;
  readonly columns: readonly string[] | undefined;
  readonly columnCount: number;
  readonly roles: TableRoles;
  /** The group of each column, and its place in there; `unused` where it is in none. */
  readonly groupOf: Int32Array;
  readonly offsetOf: Int32Array;
}

const unused = -1;

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
  /** Of each group of columns: the values of a line, and where lines go. */
  #values: readonly Float32Array[] = [];
  #sinks: readonly RowSink[] = [];

  constructor(file: number, path: string, name: string, options: ReadOptions) {
    [this.#file, this.#path, this.#name, this.#options] = [file, path, name, options];
  }

  read(): Dataset {
    const lines = tableLines(this.#file, this.#path, (bytes) => this.#hash.update(bytes));
    for (const { line, row, isOpen } of lines) {
      if (line.length === 0) continue;
      if (this.#form === undefined) {
        this.#form = this.#readForm(line, row);
        if (this.#form.columns !== undefined) continue;
      }
      try {
        if (isOpen) throw new BadLine("a quotation mark is not closed");
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
    for (const sink of this.#sinks) sink.discard();
  }

  #readForm(line: Uint8Array, row: number): Form {
    const separator = separatorOf(line);
    const fields = splitFields(line, separator);
    if (fields.length < 2) {
      throw this.#mistake(
        "the line has one column alone: a label and at least one number are needed",
        row,
        "columns are separated by commas, semicolons, tabs or |, and the first line is a head or an example",
      );
    }
    const columns = fields.every((field) => parseNumber(field) === undefined) ? fields : undefined;
    const words = fields.flatMap((field, place) => (parseNumber(field) === undefined ? [place] : []));
    const head = {
      count: fields.length,
      names: columns,
      wordsAt: words.length === 1 ? words[0] : undefined,
    };
    return { separator, columns, columnCount: fields.length, ...this.#placesOf(head) };
  }

  #placesOf(head: TableHead): Pick<Form, "roles" | "groupOf" | "offsetOf"> {
    try {
      const { label, wanted } = this.#options;
      const roles = findRoles(head, { label, wanted });
      const groupOf = new Int32Array(head.count).fill(unused);
      const offsetOf = new Int32Array(head.count);
      for (const [index, { places }] of roles.groups.entries())
        for (const [offset, place] of places.entries()) [groupOf[place], offsetOf[place]] = [index, offset];
      this.#values = roles.groups.map(({ places }) => new Float32Array(places.length));
      return { roles, groupOf, offsetOf };
    } catch (error) {
      if (error instanceof MissingColumn) throw this.#mistake(error.message, undefined, error.help);
      throw error;
    }
  }

  #take(line: Uint8Array, form: Form): void {
    const { separator, columnCount, groupOf, offsetOf } = form;
    const { label, groups } = form.roles;
    let [place, start] = [0, 0];
    let labelValue: number | string = 0;
    for (let at = 0; at <= line.length; at++) {
      if (at < line.length && line[at] !== separator) {
        if (line[at] === quote) at = endOfQuoted(line, at);
        continue;
      }
      if (place < columnCount && (place === label || groupOf[place] !== unused)) {
        const value = wholeNumber(line, start, at) ?? this.#slowNumber(line, start, at, place, form);
        if (place === label) labelValue = value;
        else this.#values[groupOf[place]!]![offsetOf[place]!] = value as number;
      }
      place += 1;
      start = at + 1;
    }
    checkColumnCount(place, columnCount);
    if (typeof labelValue === "number") checkLabel(labelValue);
    this.#checkKind(labelValue);
    for (const [index, { target }] of groups.entries()) {
      if (target === undefined || target.kind === "values" || target.kind === "either") continue;
      for (const value of this.#values[index]!) checkLabel(value);
    }
    if (this.#sinks.length === 0) this.#sinks = this.#openSinks(line.length);
    for (const [index, sink] of this.#sinks.entries()) sink.add(this.#values[index]!);
    this.#labels.push(labelValue);
  }

  /** Labels are numbers or words, as the first one is. */
  #checkKind(label: number | string): void {
    const first = this.#labels[0];
    if (first === undefined || typeof first === typeof label) return;
    const [what, others] = typeof label === "string" ? ["no number", "numbers"] : ["no word", "words"];
    throw new BadLine(
      `the label is ${shortened(String(label))}, which is ${what}: those before are ${others}`,
    );
  }

  /** A fraction, a quoted or padded number, or a word where a label stands. */
  #slowNumber(line: Uint8Array, start: number, end: number, place: number, form: Form): number | string {
    const text = decodeField(line.subarray(start, end));
    const value = text === undefined ? undefined : parseNumber(text);
    if (value !== undefined) return value;
    if (place === form.roles.label && text !== undefined && text !== "") return text;
    // A value that is missing moves all others: that is the mistake to be told.
    checkColumnCount(splitFields(line, form.separator).length, form.columnCount);
    const name = form.columns?.[place] ?? "";
    const column = `column ${place + 1}${name === "" ? "" : ` (${name})`}`;
    if (text === undefined) throw new BadLine(`${column} is no text in UTF-8: save the table as UTF-8`);
    const why = /^[-+]?\d+,\d+$/.test(text) ? "decimals have a point, not a comma" : "which is no number";
    throw new BadLine(text === "" ? `${column} is empty` : `${column} is ${shortened(text)}, ${why}`);
  }

  /** Where the lines of each group go. */
  #openSinks(lineLength: number): readonly RowSink[] {
    const status = fstatSync(this.#file);
    const rows = Math.ceil(status.size / lineLength);
    const widths = this.#values.map((values) => values.length);
    const total = widths.reduce((sum, width) => sum + width, 0);
    if (rows * total <= this.#options.memoryLimit)
      return widths.map((width) => new MemorySink(Math.max(1, rows) * width));
    const asked = JSON.stringify([this.#options.label, this.#options.wanted]);
    return widths.map((_, index) => {
      const key = fileKey(this.#path, status, `${asked}/${index}`);
      return new FileSink(keptRows(this.#options.cacheFolder, key), "the table");
    });
  }

  #refuse(message: string, row: number): void {
    if (this.#options.skipBad !== true) {
      throw this.#mistake(message, row, "with --skip-bad such lines are left out and counted");
    }
    this.#skippedCount += 1;
    if (this.#skipped.length < mostNamed) this.#skipped.push(`row ${row}: ${message}`);
  }

  #finish(): Dataset {
    if (this.#form === undefined || this.#sinks.length === 0) {
      throw this.#mistake(
        this.#skippedCount > 0
          ? `none of its lines can be used: ${this.#skipped[0]}`
          : "the file holds no examples",
      );
    }
    const { label, groups } = this.#form.roles;
    const classes =
      label === undefined
        ? { labels: new Int32Array(this.#labels.length), classNames: [] }
        : nameClasses(this.#labels);
    // From here on nothing is refused: the rows may get their place.
    const [first, ...others] = this.#sinks.map((sink, index) =>
      storedGroup(sink, this.#values[index]!.length),
    );
    this.#sinks = [];
    const shape = (raw: StoredGroup, wanted: ExampleShape | undefined): ExampleShape =>
      shapeOf(raw.width, raw.content === "pixels", wanted);
    const columns = others.map((raw, index): ValueColumn => {
      const { name, target } = groups[index + 1]!;
      if (target !== undefined) {
        const place = { file: this.#path };
        return targetColumn(target, { ...raw, count: this.#labels.length, shape: [raw.width], place });
      }
      const wanted = this.#options.wanted?.inputs[index + 1]?.shape;
      return { name, examples: raw.examples, content: raw.content, shape: shape(raw, wanted), scale: 1 };
    });
    const inputCount = groups.filter(({ target }) => target === undefined).length;
    const dataset = createDataset(
      {
        name: this.#name,
        examples: first!.examples,
        shape: shape(first!, this.#options.inputShape ?? this.#options.wanted?.inputs[0]?.shape),
        content: first!.content,
        isFlat: true,
        ...classes,
        ...(inputCount > 1 ? { otherInputs: columns.slice(0, inputCount - 1) } : {}),
        ...(label === undefined ? { targets: columns.slice(inputCount - 1) } : {}),
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

interface StoredGroup extends Pick<ValueColumn, "examples" | "content"> {
  readonly width: number;
}

function storedGroup(sink: RowSink, width: number): StoredGroup {
  const { store, areBytes } = sink.finish();
  return { examples: store, content: contentOf([width], areBytes), width };
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

/** A field without its quotation marks; undefined where it is no UTF-8, in which all letters beyond English would look alike. */
function decodeField(bytes: Uint8Array): string | undefined {
  try {
    return unquote(utf8.decode(bytes));
  } catch {
    return undefined;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function checkColumnCount(count: number, wanted: number): void {
  if (count !== wanted) throw new BadLine(`the line has ${count} columns, but the first has ${wanted}`);
}

function checkLabel(label: number): void {
  if (!Number.isInteger(label))
    throw new BadLine(`the label is ${label}, which is no class: classes are numbered`);
  if (label < 0 || label >= mostClasses)
    throw new BadLine(`the label is ${label}: classes are numbered from 0 upwards`);
}

/** Numbers are classes by themselves; words are classes in the order of the alphabet. */
function nameClasses(labels: readonly (number | string)[]): {
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
} {
  if (typeof labels[0] === "number") {
    const numbers = Int32Array.from(labels as readonly number[]);
    const highest = numbers.reduce((most, label) => Math.max(most, label), 0);
    return { labels: numbers, classNames: Array.from({ length: highest + 1 }, (_, index) => String(index)) };
  }
  const classNames = [...new Set(labels as readonly string[])].sort();
  const place = new Map(classNames.map((name, index) => [name, index]));
  return { labels: Int32Array.from(labels as readonly string[], (label) => place.get(label)!), classNames };
}
