// Data of one's own by its path: what kind it is follows from what lies there.
import { readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import { findArchivedArrays, findArrayFiles, isArrayFolder } from "./arrays.ts";
import { readCsv } from "./csv.ts";
import { bytesInMemory, classCounts, type Dataset } from "./dataset.ts";
import {
  isImageFolder,
  notClassFolders,
  notesOnTestPart,
  partFolder,
  pictureNames,
  readImageFolder,
  unknownClass,
  unreadParts,
} from "./image-folder.ts";
import { findIdxFiles, isIdxName, readIdxFolder } from "./idx-folder.ts";
import { type KnownParts, knownParts, nameValidation, onePart, type Part, partNames } from "./parts.ts";
import type { ReadOptions } from "./read-options.ts";
import { splitDataset } from "./split.ts";

/** Data that may come in parts. */
export interface OwnData {
  readonly parts: KnownParts;
  /** A part, or everything where it comes in one. @param memoryLimit bytes that it may take in memory */
  read(part: Part | "all", memoryLimit?: number): Promise<Dataset>;
  /** The training part with the one to validate with, where they are read together; else one is read after the other. */
  readTogether?(): Promise<Dataset>;
  /**
   * What a run should know of the data beside its training part: of the test part, or of the rows that are held back for testing.
   */
  notes?(train: Dataset, held: Uint32Array | undefined): Promise<readonly string[]>;
}

/** What is held back for testing where the data has no test part. */
const testShare = 0.2;

/**
 * The training or test part of data; where it comes in one part, a fifth of every class is for testing, always the same.
 *
 * @throws InputError where it cannot be read, or where the parts do not have the same classes
 */
export async function readPart(
  data: OwnData,
  part: "train" | "test",
  options: Pick<ReadOptions, "takesValidation" | "memoryLimit">,
): Promise<Dataset> {
  const noted = async (train: Dataset, held?: Uint32Array): Promise<Dataset> => {
    const notes = [...partNotes(data.parts, train), ...((await data.notes?.(train, held)) ?? [])];
    return notes.length === 0 ? train : { ...train, notes };
  };
  const { hasParts, measured } = data.parts;
  if (hasParts && part === "train") return noted(await readTraining(data, options));
  if (hasParts) return measured === "test" ? data.read(measured) : nameValidation(await data.read(measured));
  const all = await data.read("all");
  if (part === "train" && all.targets === undefined) checkClasses(all);
  const { train, held } = splitDataset(all, { fraction: testShare }, { method: "stratified", seed: 0 });
  return part === "train" ? noted(train, held.rows) : held;
}

async function readTraining(
  data: OwnData,
  { takesValidation = false, memoryLimit }: Pick<ReadOptions, "takesValidation" | "memoryLimit">,
): Promise<Dataset> {
  if (!takesValidation || !data.parts.hasValidation) return data.read("train");
  if (data.readTogether !== undefined) return data.readTogether();
  const train = await data.read("train");
  const validation = await data.read("validation", Math.max(0, memoryLimit - bytesInMemory(train)));
  return { ...train, validation: asValidation(train, validation) };
}

/** What validates, with classes and kinds of values as the training data has them. @throws InputError where it does not fit */
function asValidation(train: Dataset, validation: Dataset): Dataset {
  const given = nameValidation(validation);
  if (given.shape.join() !== train.shape.join()) {
    throw new InputError(
      `the validation examples are ${given.shape.join("x")}, but the training examples are ${train.shape.join("x")}`,
    );
  }
  const unknown = given.classNames.find((each) => !train.classNames.includes(each));
  if (unknown !== undefined) throw unknownClass(given.name, unknown);
  if (train.content === "pixels" && given.content === "numbers")
    throw new InputError(`${train.name} holds pixels to train on, but other numbers to validate with`);
  return { ...alignClasses(given, train.classNames), content: train.content };
}

/** What a run should know of the parts that there are. */
function partNotes({ measured }: KnownParts, { validation, name }: Dataset): readonly string[] {
  if (measured === "test") return [];
  const part = validation === undefined ? "its validation part" : `${validation.name} too`;
  return [`${name} has no test part: \`cnn evaluate\` measures ${part}`];
}

/**
 * What lies at a path.
 *
 * @throws InputError where nothing there is known
 */
export function openOwnData(path: string, options: ReadOptions): OwnData {
  const name = basename(path).replace(/\.[a-z]+$/i, "");
  return statSync(path).isDirectory() ? openFolder(path, name, options) : openFile(path, name, options);
}

function openFile(path: string, name: string, options: ReadOptions): OwnData {
  const ending = extname(path).toLowerCase();
  if (ending === ".npz") return findArchivedArrays(path, name, options);
  if ([".csv", ".tsv", ".txt"].includes(ending)) {
    return { parts: onePart, read: () => Promise.resolve(readCsv(path, name, options)) };
  }
  throw new InputError("this is no data that can be read", {
    place: { file: path },
    help: isIdxName(path)
      ? `an IDX file holds images or labels alone: name its folder, ${dirname(path)}`
      : ending === ".npy"
        ? "an .npy holds examples or labels alone: name the folder that holds x.npy and y.npy"
        : packedEndings.test(path)
          ? "unpack it first: data is read from folders, .csv and .npz"
          : `${known}; or a file: .csv, .npz`,
  });
}

const packedEndings = /[.](gz|tgz|bz2|xz|zst|zip|7z|tar|rar)$/i;

const known =
  "data is a folder with IDX files, with train.csv and test.csv, with x_train.npy and the like, or with a folder of pictures for each class";

function openFolder(folder: string, name: string, options: ReadOptions): OwnData {
  if (Object.keys(findIdxFiles(folder)).length > 0) {
    return {
      parts: knownParts((part) => part !== "validation"),
      read: async (part) => (await readIdxFolder(folder, name, options))[part === "test" ? "test" : "train"],
    };
  }
  if (findTable(folder, "train") !== undefined) return openTables(folder, name, options);
  if (isArrayFolder(folder, options.wanted)) return findArrayFiles(folder, name, options);
  if (isImageFolder(folder)) return openPictures(folder, name, options);
  if (pictureNames(folder, 0).length > 0)
    throw notClassFolders(folder, "pictures, but no folder for each class");
  throw new InputError(`there is no data in the folder ${folder}`, { place: { file: folder }, help: known });
}

function openTables(folder: string, name: string, options: ReadOptions): OwnData {
  return {
    parts: knownParts((part) => findTable(folder, part) !== undefined),
    read: (part, memoryLimit = options.memoryLimit) => {
      const table = findTable(folder, part === "all" ? "train" : part)!;
      return Promise.resolve(readCsv(table, name, { ...options, memoryLimit }));
    },
  };
}

function openPictures(folder: string, name: string, options: ReadOptions): OwnData {
  const parts = knownParts((part) => partFolder(folder, part) !== undefined);
  const whole = partFolder(folder, "train") ?? folder;
  const validation = partFolder(folder, "validation");
  return {
    parts,
    read: (part) =>
      readImageFolder((part === "all" ? undefined : partFolder(folder, part)) ?? whole, name, options),
    readTogether: () => readImageFolder(whole, name, options, validation),
    notes: async (train, held) => [
      ...unreadParts(folder).map((other) => `${other} is not read: another folder is of that part`),
      ...(parts.hasValidation && parts.measured === "test" && train.validation === undefined
        ? [`${basename(validation!)} is not read: \`validation 0\` wants nothing to validate with`]
        : []),
      ...(await notesOnTestPart(
        train,
        held === undefined ? { folder: partFolder(folder, parts.measured)! } : { folder: whole, rows: held },
        options,
      )),
    ],
  };
}

/** `train.csv`, or a table whose name ends so: `fashion-mnist_train.csv`. */
function findTable(folder: string, part: Part): string | undefined {
  const ending = new RegExp(`(^|[-_.])(${partNames[part].join("|")})\\.(csv|tsv)$`, "i");
  const found = readdirSync(folder)
    .filter((name) => ending.test(name))
    .sort();
  return found[0] === undefined ? undefined : join(folder, found[0]);
}

/**
 * Numbered classes without any training example are labels counted from 1, or a class that was lost.
 *
 * @throws InputError that says which
 */
export function checkClasses(dataset: Dataset): void {
  const counts = classCounts(dataset);
  const missing = counts.indexOf(0);
  const last = counts.length - 1;
  if (missing < 0) {
    if (last > 0) return;
    throw new InputError(
      `all examples of ${dataset.name} are of one class, ${dataset.classNames[0]}: there is nothing to tell apart`,
      { help: "bring examples of another class, or name the column that holds the label" },
    );
  }
  const isPart = dataset.rows !== undefined;
  const isOffByOne = missing === 0 && !isPart && counts.slice(1).every((count) => count > 0);
  throw new InputError(
    isOffByOne
      ? `the labels of ${dataset.name} run from 1 to ${last}, but classes are counted from 0`
      : `no training example of ${dataset.name} is of class ${dataset.classNames[missing]}`,
    {
      help: isOffByOne
        ? "take 1 from every label"
        : isPart
          ? "what it has was held back for testing, or left out: a class needs a few examples"
          : `the classes are ${dataset.classNames[0]} to ${dataset.classNames[last]}: number them without gaps, or look for the lost examples`,
    },
  );
}

/**
 * Data as a model knows it that was trained on classes of those names: the same class has the same number.
 *
 * @throws InputError where the data has a class that the model does not know
 */
export function alignClasses(dataset: Dataset, classNames: readonly string[]): Dataset {
  const places = dataset.classNames.map((name) => classNames.indexOf(name));
  const unknown = places.indexOf(-1);
  if (unknown < 0) {
    return { ...dataset, classNames, labels: Int32Array.from(dataset.labels, (label) => places[label]!) };
  }
  const areNumbers = dataset.classNames.every((name, index) => name === String(index));
  if (areNumbers && places.length <= classNames.length) return { ...dataset, classNames };
  throw new InputError(
    `${dataset.name} has the class ${dataset.classNames[unknown]}, which the model does not know`,
    { help: `its classes are ${classNames.slice(0, 20).join(", ")}${classNames.length > 20 ? ", …" : ""}` },
  );
}

/** @throws InputError where training and test data are not of the same classes and shape */
export function checkParts(train: Dataset, test: Dataset): void {
  if (train.shape.join() !== test.shape.join()) {
    throw new InputError(
      `the test images are ${test.shape.join("x")}, but the training images are ${train.shape.join("x")}`,
    );
  }
  for (const [one, other, what] of [
    [train, test, "test"],
    [test, train, "training"],
  ] as const) {
    const missing = one.classNames.find((name) => !other.classNames.includes(name));
    if (missing !== undefined)
      throw new InputError(`the ${what} data of ${train.name} lacks the class ${missing}`);
  }
}
