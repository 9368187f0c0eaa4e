// Arrays of NumPy as examples and labels: `x_train`, `y_train`, `x_test`, `y_test`, as Keras' data sets have them.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError, type InputPlace } from "../diagnostics/input-error.ts";
import { BadRows } from "./bad-rows.ts";
import {
  isSinglePair,
  targetColumn,
  type ValueColumn,
  type WantedColumns,
  type WantedTarget,
} from "./columns.ts";
import { createDataset, type Dataset, type ExampleShape, exampleSize } from "./dataset.ts";
import { type NpyFile, type NpyHeader, type NumberArray, readNpy, readNpyHeader, readNpz } from "./npy.ts";
import type { ReadOptions } from "./read-options.ts";
import { type ExampleStore, inMemory } from "./store.ts";

/** A label above this is taken for a mistake, not for a class. */
const mostClasses = 65_536;

type Part = "train" | "test";

/** Names of the arrays; those without a part are of data that has none. */
const arrayNames = {
  examples: ["x", "images", "data", "features"],
  labels: ["y", "labels", "targets"],
} as const;

/** Names that an array of a part may have: `x_train`, `train_x`, `train_images`; for data without parts `x`. */
function namesOf(kind: keyof typeof arrayNames, part: Part | undefined): string[] {
  return arrayNames[kind].flatMap((name) => partNames(name, part));
}

function partNames(name: string, part: Part | undefined): string[] {
  return part === undefined ? [name] : [`${name}_${part}`, `${part}_${name}`];
}

/** Whether a folder holds .npy files of the names that are known, or of those that a model wants. */
export function isArrayFolder(folder: string, wanted?: WantedColumns): boolean {
  const own = wanted === undefined ? [] : [...wanted.inputs, ...wanted.targets].map(({ name }) => name);
  return [undefined, "train" as const].some((part) =>
    [...namesOf("examples", part), ...own.flatMap((name) => partNames(name, part))].some((name) =>
      existsSync(join(folder, `${name}.npy`)),
    ),
  );
}

/** Arrays by their names, whether they lie in a folder or in an archive. */
interface ArraySource {
  readonly file: string;
  /** How a name is written there. */
  fileName(name: string): string;
  open(name: string): OpenArray | undefined;
}

/** An array whose values may still be in its file. */
interface OpenArray {
  readonly path: string;
  readonly shape: readonly number[];
  /** All of its values. */
  read(): NumberArray;
  /** Its values where they stay: in memory if they fit. */
  store(): Stored;
  /** What identifies it, once it has been read. */
  readonly source: string;
}

/** Reads the arrays of a part from a folder of .npy files; undefined where the folder has no such part. */
export function readArrayFolder(
  folder: string,
  name: string,
  part: Part | undefined,
  options: ReadOptions,
): Dataset | undefined {
  const open = (each: string): OpenArray | undefined => {
    const path = join(folder, `${each}.npy`);
    return existsSync(path) ? openArrayFile(path, options) : undefined;
  };
  return readArrays({ file: folder, open, fileName: (each) => `${each}.npy` }, name, part, options);
}

function openArrayFile(path: string, options: ReadOptions): OpenArray {
  const header = readNpyHeader(path);
  let file: NpyFile | undefined;
  const read = (): NpyFile => (file ??= readNpy(path));
  return {
    path,
    shape: header.shape,
    read,
    store: () => (isLarge(header, options) ? storeInFile(path, header) : storeInMemory(read())),
    get source() {
      return file === undefined ? path : `${path} sha256:${file.sha256}`;
    },
  };
}

/** Reads the arrays of a part from an .npz; undefined where it has no such part. */
export function readArrayArchive(
  path: string,
  name: string,
  part: Part | undefined,
  options: ReadOptions,
): Dataset | undefined {
  const { arrays, sha256 } = readNpz(path, options.memoryLimit);
  const source = `${path} sha256:${sha256}`;
  const open = (each: string): OpenArray | undefined => {
    const array = arrays.get(each);
    return (
      array && { path, shape: array.shape, read: () => array, store: () => storeInMemory(array), source }
    );
  };
  return readArrays({ file: path, open, fileName: (each) => each }, name, part, options);
}

function readArrays(
  source: ArraySource,
  name: string,
  part: Part | undefined,
  options: ReadOptions,
): Dataset | undefined {
  const { wanted } = options;
  const isPair = wanted === undefined || isSinglePair(wanted);
  const [input, ...moreInputs] = wanted?.inputs ?? [];
  const examples = openAny(source, [
    ...(isPair ? namesOf("examples", part) : []),
    ...(input === undefined ? [] : partNames(input.name, part)),
  ]);
  if (examples === undefined) return undefined;
  const need = (names: readonly string[], what: string): OpenArray => {
    const array = openAny(source, names);
    if (array !== undefined) return checkCount(array, examples);
    throw new InputError(`${source.file} has no ${what} for ${examples.path}`, {
      place: { file: source.file },
      help: `they are looked for in ${names.map((each) => source.fileName(each)).join(", ")}`,
    });
  };
  const otherInputs = moreInputs.map((each) => {
    const array = need(partNames(each.name, part), `array ${each.name}`);
    const { examples: values, content } = array.store();
    return {
      array,
      column: {
        name: each.name,
        examples: values,
        content,
        scale: 1,
        shape: exampleShape(array.shape.slice(1), content, each.shape),
      },
    };
  });
  const targets = (wanted?.targets ?? []).map((each) => ({
    wanted: each,
    array: need(
      [...(isPair ? namesOf("labels", part) : []), ...partNames(each.name, part)],
      isPair ? "labels" : `array ${each.name}`,
    ),
  }));
  const [only] = targets;
  const stored = examples.store();
  const bad = new BadRows(options);
  refuseNotNumbers(stored.examples, examples, bad);
  const shape = exampleShape(examples.shape.slice(1), stored.content, options.inputShape ?? input?.shape);
  const describe = (arrays: readonly OpenArray[]): string =>
    [...new Set([examples, ...arrays].map((array) => array.source))].join(", ");
  if (isPair && (only === undefined || !isColumn(only.wanted, only.array))) {
    const labels = only?.array ?? need(namesOf("labels", part), "labels");
    const place = { file: labels.path };
    const dataset = combine(name, { ...stored, shape }, readLabels(labels.read(), labels.path, bad), {
      source: () => describe([labels]),
      place,
    });
    return bad.leaveOutOf(dataset, place);
  }
  const columns = targets.map((target) => readTarget(target.wanted, target.array, bad));
  const dataset = createDataset(
    {
      name,
      ...stored,
      shape,
      labels: new Int32Array(examples.shape[0] ?? 0),
      classNames: [],
      source: describe([...otherInputs, ...targets].map(({ array }) => array)),
      ...(otherInputs.length === 0 ? {} : { otherInputs: otherInputs.map(({ column }) => column) }),
      targets: columns,
    },
    { file: source.file },
  );
  return bad.leaveOutOf(dataset, { file: source.file });
}

function openAny(source: ArraySource, names: readonly string[]): OpenArray | undefined {
  for (const name of names) {
    const array = source.open(name);
    if (array !== undefined) return array;
  }
  return undefined;
}

function checkCount(array: OpenArray, examples: OpenArray): OpenArray {
  const [count = 0, expected = 0] = [array.shape[0], examples.shape[0]];
  if (count === expected) return array;
  throw new InputError(`${examples.path} has ${expected} examples, but there are ${count} labels`, {
    place: { file: array.path },
    help: "examples and labels go together row by row; are these arrays of one set?",
  });
}

/** Whether an array is to be read as numbers rather than as the classes of examples. */
function isColumn({ kind, shape }: WantedTarget, array: OpenArray): boolean {
  if (kind !== "either") return kind !== "class";
  const rowShape = array.shape.slice(1);
  if (rowShape.length === 0 || exampleSize(rowShape) === 1) return false;
  return shape !== undefined && exampleSize(rowShape) === exampleSize(shape) && !isOneHot(array.read());
}

function isOneHot({ shape, values }: NumberArray): boolean {
  const [count = 0, width = 1] = shape;
  for (let row = 0; row < count; row++) {
    const own = values.subarray(row * width, (row + 1) * width);
    const at = own.indexOf(1);
    if (at < 0 || !own.every((value: number, place: number) => value === (place === at ? 1 : 0)))
      return false;
  }
  return true;
}

/** Class numbers of examples may also be written as one-hot rows. */
function readTarget(wanted: WantedTarget, array: OpenArray, bad: BadRows): ValueColumn {
  const place = { file: array.path };
  if (wanted.kind === "class") {
    const labels = Float32Array.from(readLabels(array.read(), array.path, bad));
    return targetColumn(
      { ...wanted, shape: [1] },
      { examples: inMemory(labels), shape: [1], content: "numbers", place },
    );
  }
  const rowShape = array.shape.slice(1);
  return targetColumn(wanted, {
    ...array.store(),
    shape: rowShape.length === 0 ? [1] : rowShape,
    place,
    bad,
  });
}

interface Stored {
  readonly examples: ExampleStore;
  readonly content: Dataset["content"];
}

function storeInMemory({ values, isFloat }: NumberArray): Stored {
  if (values instanceof Uint8Array) return { examples: inMemory(values), content: "pixels" };
  const isByte = !isFloat && values.every((value: number) => value >= 0 && value <= 255);
  if (isByte) return { examples: inMemory(Uint8Array.from(values)), content: "pixels" };
  return {
    examples: inMemory(values instanceof Float32Array ? values : Float32Array.from(values)),
    content: "numbers",
  };
}

/** Examples that hold a value which is no number; what stays in its file is not looked through. */
function refuseNotNumbers(store: ExampleStore, { path, shape }: OpenArray, bad: BadRows): void {
  if (store.kind === "file" || store.values instanceof Uint8Array) return;
  const { values } = store;
  const size = exampleSize(shape.slice(1));
  for (let at = 0; at < values.length; at++)
    if (!Number.isFinite(values[at]))
      bad.refuse(Math.floor(at / size), `a value is ${values[at]}, which is no number to train on`, {
        file: path,
      });
}

function isLarge({ shape, type }: NpyHeader, { memoryLimit }: ReadOptions): boolean {
  return exampleSize(shape) * type.size > memoryLimit;
}

function storeInFile(path: string, { type, start, isColumnMajor, isLittleEndian }: NpyHeader): Stored {
  const kind = ({ "|u1": "uint8", "<f4": "float32" } as const)[type.code];
  if (kind !== undefined && !isColumnMajor && isLittleEndian) {
    return {
      examples: { kind: "file", path, start, type: kind },
      content: kind === "uint8" ? "pixels" : "numbers",
    };
  }
  throw new InputError(`the array does not fit into memory, and ${type.code} cannot be read from the disk`, {
    place: { file: path },
    help: "save it row by row (C order, little endian) as uint8 or float32",
  });
}

function combine(
  name: string,
  stored: Stored & { readonly shape: ExampleShape },
  labels: Int32Array,
  { source, place }: { source(): string; readonly place: InputPlace },
): Dataset {
  let highest = 0;
  for (const label of labels) highest = Math.max(highest, label);
  return createDataset(
    {
      name,
      ...stored,
      labels,
      classNames: Array.from({ length: highest + 1 }, (_, index) => String(index)),
      source: source(),
    },
    place,
  );
}

/** Grey images come without an axis of channels, and a row of one number without any. */
function exampleShape(
  shape: readonly number[],
  content: Dataset["content"],
  inputShape: ExampleShape | undefined,
): ExampleShape {
  if (shape.length === 0) return [1];
  const withChannels = [...shape, 1];
  if (inputShape !== undefined) return inputShape.join() === withChannels.join() ? withChannels : shape;
  return shape.length === 2 && content === "pixels" ? withChannels : shape;
}

/** Class numbers, also as a column, or as one row of zeros and a one each. */
function readLabels({ shape, values }: NumberArray, file: string, bad: BadRows): Int32Array {
  const [count = 0, width = 1] = shape;
  if (shape.length > 2) {
    throw new InputError(`labels are one number an example, this array is ${shape.join("x")}`, {
      place: { file },
    });
  }
  return Int32Array.from({ length: count }, (_, row) => {
    const own = values.subarray(row * width, (row + 1) * width);
    const label = width === 1 ? own[0]! : own.indexOf(1);
    const isOneHot =
      width === 1 || own.every((value: number, at: number) => value === (at === label ? 1 : 0));
    if (isOneHot && Number.isInteger(label) && label >= 0 && label < mostClasses) return label;
    const found = width === 1 ? String(own[0]) : `[${own.slice(0, 5).join(", ")}${width > 5 ? ", …" : ""}]`;
    bad.refuse(row, `the label ${found} is no class: classes are numbered from 0 upwards`, { file });
    return 0;
  });
}
