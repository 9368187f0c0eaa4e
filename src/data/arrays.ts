// Arrays of NumPy as examples and labels: `x_train`, `y_train`, `x_test`, `y_test`, as Keras' data sets have them.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError, type InputPlace } from "../diagnostics/input-error.ts";
import { BadRows, mostNamed } from "./bad-rows.ts";
import {
  isSinglePair,
  refuseValues,
  targetColumn,
  type ValueColumn,
  type WantedColumns,
  type WantedTarget,
} from "./columns.ts";
import { contentOf, createDataset, type Dataset, type ExampleShape, exampleSize } from "./dataset.ts";
import type { NumberArray } from "./npy.ts";
import { type KnownParts, knownParts, type Part, partNames } from "./parts.ts";
import { type OpenArray, openNpy, openNpz, type Stored } from "./open-arrays.ts";
import type { ReadOptions } from "./read-options.ts";
import { inMemory } from "./store.ts";

/** A label above this is taken for a mistake, not for a class. */
const mostClasses = 65_536;

/** Names of the arrays; those without a part are of data that has none. */
const arrayNames = {
  examples: ["x", "X", "images", "data", "features"],
  labels: ["y", "Y", "labels", "targets"],
} as const;

/** Names that an array of a part may have: `x_train`, `train_x`, `train_images`; for data without parts `x`. */
function namesOf(kind: keyof typeof arrayNames, part: Part | undefined): string[] {
  return arrayNames[kind].flatMap((name) => namesInPart(name, part));
}

function namesInPart(name: string, part: Part | undefined): string[] {
  if (part === undefined) return [name];
  return partNames[part].flatMap((each) => [`${name}_${each}`, `${each}_${name}`]);
}

/** Whether a folder holds .npy files of the names that are known, or of those that a model wants. */
export function isArrayFolder(folder: string, wanted?: WantedColumns): boolean {
  const own = wanted === undefined ? [] : [...wanted.inputs, ...wanted.targets].map(({ name }) => name);
  return [undefined, "train" as const].some((part) =>
    [...namesOf("examples", part), ...own.flatMap((name) => namesInPart(name, part))].some((name) =>
      existsSync(join(folder, `${name}.npy`)),
    ),
  );
}

/** Arrays that lie in a folder or in an archive. */
export interface FoundArrays {
  readonly parts: KnownParts;
  /**
   * A part, or everything where it comes in one.
   *
   * @param memoryLimit bytes that it may take in memory
   * @throws InputError where it is not there, or its arrays do not fit together
   */
  read(part: Part | "all", memoryLimit?: number): Promise<Dataset>;
}

/** The .npy files of a folder. */
export function findArrayFiles(folder: string, name: string, options: ReadOptions): FoundArrays {
  const pathOf = (each: string): string => join(folder, `${each}.npy`);
  const has = (each: string): boolean => existsSync(pathOf(each));
  const open = (each: string): OpenArray | undefined =>
    has(each) ? openNpy(pathOf(each), options) : undefined;
  const place = { file: folder, name, has, open, fileName: (each: string) => `${each}.npy` };
  return foundArrays(place, options);
}

/** The arrays of an .npz. @throws InputError where it is none */
export function findArchivedArrays(path: string, name: string, options: ReadOptions): FoundArrays {
  const { names, open } = openNpz(path, options);
  const has = (each: string): boolean => names.includes(each);
  return foundArrays({ file: path, name, held: names, has, open, fileName: (each) => each }, options);
}

/** Where arrays are found by their names: a folder or an archive. */
interface ArrayPlace {
  readonly file: string;
  /** What the data is called. */
  readonly name: string;
  /** The names that are there, where they can be told. */
  readonly held?: readonly string[];
  has(name: string): boolean;
  open(name: string): OpenArray | undefined;
  /** How a name is written there. */
  fileName(name: string): string;
}

function foundArrays(place: ArrayPlace, options: ReadOptions): FoundArrays {
  const has = (part: Part | undefined): boolean =>
    exampleNames(options.wanted, part).some((each) => place.has(each));
  return {
    parts: knownParts(has),
    async read(asked, memoryLimit = options.memoryLimit) {
      const part = asked !== "all" ? asked : has(undefined) ? undefined : "train";
      const found = has(part) ? await readArrays(place, part, { ...options, memoryLimit }) : undefined;
      if (found === undefined) throw notFound(place, options);
      return found;
    },
  };
}

function notFound({ file, held = [] }: ArrayPlace, { wanted }: ReadOptions): InputError {
  const isPair = wanted === undefined || isSinglePair(wanted);
  const names = isPair ? ["x", "y"] : [...wanted.inputs, ...wanted.targets].map(({ name }) => name);
  const parts = names.flatMap((name) => [`${name}_train`, `${name}_test`]);
  const what = held.length === 0 ? "" : `, which holds ${held.slice(0, mostNamed).join(", ")}`;
  return new InputError(`there are no arrays ${names.join(" and ")} in ${file}${what}`, {
    place: { file },
    help: `arrays are called ${parts.join(", ")}, or ${names.join(", ")} where there is one part`,
  });
}

/** What the examples may be called: a model's own name for its input too. */
function exampleNames(wanted: WantedColumns | undefined, part: Part | undefined): readonly string[] {
  const isPair = wanted === undefined || isSinglePair(wanted);
  const [input] = wanted?.inputs ?? [];
  return [
    ...(isPair ? namesOf("examples", part) : []),
    ...(input === undefined ? [] : namesInPart(input.name, part)),
  ];
}

async function readArrays(
  source: ArrayPlace,
  part: Part | undefined,
  options: ReadOptions,
): Promise<Dataset | undefined> {
  const { wanted } = options;
  const isPair = wanted === undefined || isSinglePair(wanted);
  const [input, ...moreInputs] = wanted?.inputs ?? [];
  const examples = openAny(source, exampleNames(wanted, part));
  if (examples === undefined) return undefined;
  const need = (names: readonly string[], what: string): OpenArray => {
    const array = openAny(source, names);
    if (array !== undefined) return checkCount(array, examples);
    const looked = names.slice(0, mostNamed).map((each) => source.fileName(each));
    throw new InputError(
      `${source.file} has no ${what} for its ${part === undefined ? "examples" : `${part} part`}`,
      {
        place: { file: source.file },
        help: `they are looked for in ${looked.join(", ")}${names.length > mostNamed ? ", …" : ""}`,
      },
    );
  };
  let left = options.memoryLimit;
  const store = async (array: OpenArray): Promise<Stored> => {
    const stored = await array.store(left);
    if (stored.examples.kind === "memory") left -= array.bytes;
    return { ...stored, content: contentOf(array.shape.slice(1), stored.content === "pixels") };
  };
  const otherInputs: { readonly array: OpenArray; readonly column: ValueColumn }[] = [];
  for (const each of moreInputs) {
    const array = need(namesInPart(each.name, part), `array ${each.name}`);
    const stored = await store(array);
    const shape = exampleShape(array.shape.slice(1), stored.content, each.shape);
    otherInputs.push({ array, column: { name: each.name, ...stored, scale: 1, shape } });
  }
  const targets = (wanted?.targets ?? []).map((each) => ({
    wanted: each,
    array: need(
      [...(isPair ? namesOf("labels", part) : []), ...namesInPart(each.name, part)],
      isPair ? "labels" : `array ${each.name}`,
    ),
  }));
  const [only] = targets;
  const stored = await store(examples);
  const bad = new BadRows(options);
  const [count = 0, ...rowShape] = examples.shape;
  refuseValues(
    { examples: stored.examples, count, size: exampleSize(rowShape) },
    (value) => !Number.isFinite(value),
    (row, value) =>
      bad.refuse(row, `a value is ${value}, which is no number to train on`, { file: examples.path }),
  );
  const shape = exampleShape(rowShape, stored.content, options.inputShape ?? input?.shape);
  const describe = (arrays: readonly OpenArray[]): string =>
    [...new Set([examples, ...arrays].map((array) => array.source))].join(", ");
  if (isPair && (only === undefined || !(await isColumn(only.wanted, only.array)))) {
    const labels = only?.array ?? need(namesOf("labels", part), "labels");
    const place = { file: labels.path };
    const numbers = readLabels(await labels.read(), labels.path, bad);
    const dataset = combine(source.name, { ...stored, shape }, numbers, {
      source: () => describe([labels]),
      place,
    });
    return bad.leaveOutOf(dataset, place);
  }
  const columns: ValueColumn[] = [];
  for (const target of targets) columns.push(await readTarget(target.wanted, target.array, { store, bad }));
  const dataset = createDataset(
    {
      name: source.name,
      ...stored,
      shape,
      labels: new Int32Array(count),
      classNames: [],
      source: describe([...otherInputs, ...targets].map(({ array }) => array)),
      ...(otherInputs.length === 0 ? {} : { otherInputs: otherInputs.map(({ column }) => column) }),
      targets: columns,
    },
    { file: source.file },
  );
  return bad.leaveOutOf(dataset, { file: source.file });
}

function openAny(source: ArrayPlace, names: readonly string[]): OpenArray | undefined {
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
async function isColumn({ kind, shape }: WantedTarget, array: OpenArray): Promise<boolean> {
  if (kind !== "either") return kind !== "class";
  const rowShape = array.shape.slice(1);
  if (rowShape.length === 0 || exampleSize(rowShape) === 1) return false;
  if (shape === undefined || exampleSize(rowShape) !== exampleSize(shape)) return false;
  return rowShape.length > 1 || !isOneHot(await array.read());
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
async function readTarget(
  wanted: WantedTarget,
  array: OpenArray,
  { store, bad }: { readonly bad: BadRows; store(array: OpenArray): Promise<Stored> },
): Promise<ValueColumn> {
  const [count = 0, ...rowShape] = array.shape;
  const place = { file: array.path };
  if (wanted.kind === "class") {
    const labels = Float32Array.from(readLabels(await array.read(), array.path, bad));
    return targetColumn(
      { ...wanted, shape: [1] },
      { examples: inMemory(labels), count, shape: [1], content: "numbers", place },
    );
  }
  return targetColumn(wanted, {
    ...(await store(array)),
    count,
    shape: rowShape.length === 0 ? [1] : rowShape,
    place,
    bad,
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
