// Arrays of NumPy as examples and labels: `x_train`, `y_train`, `x_test`, `y_test`, as Keras' data sets have them.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import { createDataset, type Dataset, type ExampleShape, exampleSize } from "./dataset.ts";
import { type NpyHeader, type NumberArray, readNpy, readNpyHeader, readNpz } from "./npy.ts";
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
  return arrayNames[kind].flatMap((name) =>
    part === undefined ? [name] : [`${name}_${part}`, `${part}_${name}`],
  );
}

/** Whether a folder holds .npy files of the names that are known. */
export function isArrayFolder(folder: string): boolean {
  return [undefined, "train" as const].some((part) => findArrayFile(folder, "examples", part) !== undefined);
}

function findArrayFile(
  folder: string,
  kind: keyof typeof arrayNames,
  part: Part | undefined,
): string | undefined {
  return namesOf(kind, part)
    .map((name) => join(folder, `${name}.npy`))
    .find((path) => existsSync(path));
}

/** Reads the arrays of a part from a folder of .npy files; undefined where the folder has no such part. */
export function readArrayFolder(
  folder: string,
  name: string,
  part: Part | undefined,
  options: ReadOptions,
): Dataset | undefined {
  const path = findArrayFile(folder, "examples", part);
  if (path === undefined) return undefined;
  const labelPath = findArrayFile(folder, "labels", part);
  if (labelPath === undefined) {
    throw new InputError(`the folder ${folder} has no labels for ${path}`, {
      place: { file: folder },
      help: `they are looked for in ${namesOf("labels", part)
        .map((each) => `${each}.npy`)
        .join(", ")}`,
    });
  }
  const header = readNpyHeader(path);
  const labels = readNpy(labelPath);
  if (isLarge(header, options)) {
    const source = `${path}, ${labelPath} sha256:${labels.sha256}`;
    return combine(
      name,
      { shape: header.shape, ...storeInFile(path, header) },
      labels,
      { source, path, labelPath },
      options,
    );
  }
  const array = readNpy(path);
  const source = `${path} sha256:${array.sha256}, ${labelPath} sha256:${labels.sha256}`;
  return combine(
    name,
    { shape: array.shape, ...storeInMemory(array) },
    labels,
    { source, path, labelPath },
    options,
  );
}

/** Reads the arrays of a part from an .npz; undefined where it has no such part. */
export function readArrayArchive(
  path: string,
  name: string,
  part: Part | undefined,
  options: ReadOptions,
): Dataset | undefined {
  const { arrays, sha256 } = readNpz(path);
  const find = (kind: keyof typeof arrayNames): NumberArray | undefined => {
    const key = namesOf(kind, part).find((each) => arrays.has(each));
    return key === undefined ? undefined : arrays.get(key);
  };
  const [examples, labels] = [find("examples"), find("labels")];
  if (examples === undefined) return undefined;
  if (labels === undefined) {
    throw new InputError(`the file has no labels: there are ${[...arrays.keys()].join(", ")}`, {
      place: { file: path },
      help: `they are looked for under ${namesOf("labels", part).join(", ")}`,
    });
  }
  const source = `${path} sha256:${sha256}`;
  return combine(
    name,
    { shape: examples.shape, ...storeInMemory(examples) },
    labels,
    { source, path, labelPath: path },
    options,
  );
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

function isLarge({ shape, type }: NpyHeader, { memoryLimit }: ReadOptions): boolean {
  return exampleSize(shape) * type.size > memoryLimit;
}

function storeInFile(path: string, { type, start, isColumnMajor }: NpyHeader): Stored {
  const kind = ({ "|u1": "uint8", "<f4": "float32" } as const)[type.code];
  if (kind !== undefined && !isColumnMajor) {
    return {
      examples: { kind: "file", path, start, type: kind },
      content: kind === "uint8" ? "pixels" : "numbers",
    };
  }
  throw new InputError(`the array does not fit into memory, and ${type.code} cannot be read from the disk`, {
    place: { file: path },
    help: "save it row by row (C order) as uint8 or float32",
  });
}

function combine(
  name: string,
  { shape, ...stored }: Stored & { readonly shape: readonly number[] },
  labelArray: NumberArray,
  { source, path, labelPath }: { readonly source: string; readonly path: string; readonly labelPath: string },
  { inputShape }: ReadOptions,
): Dataset {
  const labels = readLabels(labelArray, labelPath);
  const [count = 0, ...rest] = shape;
  if (count !== labels.length) {
    throw new InputError(`${path} has ${count} examples, but there are ${labels.length} labels`, {
      place: { file: labelPath },
      help: "examples and labels go together row by row; are these arrays of one set?",
    });
  }
  let highest = 0;
  for (const label of labels) highest = Math.max(highest, label);
  return createDataset(
    {
      name,
      ...stored,
      shape: exampleShape(rest, stored.content, inputShape),
      labels,
      classNames: Array.from({ length: highest + 1 }, (_, index) => String(index)),
      source,
    },
    { file: labelPath },
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
function readLabels({ shape, values }: NumberArray, file: string): Int32Array {
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
    throw new InputError(`the label ${found} is no class: classes are numbered from 0 upwards`, {
      place: { file, row: row + 1 },
    });
  });
}
