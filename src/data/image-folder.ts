// A folder of pictures: each class is a folder of its own, under train/ and test/ or beside each other.
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import { leaveOutRows, mostNamed } from "./bad-rows.ts";
import { type BadPicture, naturalShape } from "./decode-pictures.ts";
import { decodeAll } from "./decoded-pictures.ts";
import { createDataset, type Dataset, type ImageShape, selectRows } from "./dataset.ts";
import { readError } from "./files.ts";
import { readImage } from "./image.ts";
import { loadJpegDecoder } from "./jpeg.ts";
import { nameValidation, type Part, partNames } from "./parts.ts";
import type { ReadOptions } from "./read-options.ts";
import { notesOnTestPictures } from "./test-pictures.ts";

/** Pictures that can be decoded, and those that cannot: the latter are mistakes, other files are passed over. */
const pictureEndings = /\.(png|jpe?g|pgm|ppm|pnm|gif|bmp|webp|tiff?)$/i;

/** What macOS puts beside the contents of its zip files. */
const macFolder = "__MACOSX";

/** The pictures of a part, in the order of their names whatever folder they are in. */
interface PictureList {
  readonly folder: string;
  readonly files: readonly string[];
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
}

/** Whether a folder has folders that hold pictures, directly or under train/. */
export function isImageFolder(folder: string): boolean {
  return classFolders(partFolder(folder, "train") ?? folder).some(
    (name) => pictureNames(join(partFolder(folder, "train") ?? folder, name)).length > 0,
  );
}

/** The folder of a part, where the data comes in parts. */
export function partFolder(folder: string, part: Part): string | undefined {
  const folders = classFolders(folder);
  const found = partNames[part].flatMap((name) => folders.filter((other) => other.toLowerCase() === name));
  return found[0] === undefined ? undefined : join(folder, found[0]);
}

/**
 * Reads one part, or the folder itself where it has no parts.
 *
 * @param validation the folder of pictures to validate with, which are decoded together with those to train on
 * @throws InputError where there are no pictures or a class is empty, and, unless bad ones are left out, where a picture
 *   cannot be used
 */
export async function readImageFolder(
  folder: string,
  name: string,
  options: ReadOptions,
  validation?: string,
): Promise<Dataset> {
  const training = listPictures(folder);
  const list = validation === undefined ? training : joinLists(training, listPictures(validation));
  const shape = await pictureShape(list, options);
  const fingerprint = fingerprintOf(list);
  const { store, bad } = await decodeAll({ ...list, shape, fingerprint }, options);
  const all = createDataset(
    {
      name,
      examples: store,
      shape,
      labels: list.labels,
      classNames: list.classNames,
      source: `${list.folder} sha256:${fingerprint} (names and sizes of ${list.files.length} pictures)`,
    },
    { file: folder },
  );
  const whole = bad.length === 0 ? all : leaveOut(all, bad, list);
  return validation === undefined ? whole : separate(whole, training.files.length);
}

/** Pictures to train on, and behind them those to validate with. @throws InputError where these are of another class */
function joinLists(training: PictureList, validation: PictureList): PictureList {
  const { classNames } = training;
  const places = validation.classNames.map((name) => classNames.indexOf(name));
  const unknown = places.indexOf(-1);
  if (unknown >= 0) throw unknownClass(validation.folder, validation.classNames[unknown]!);
  const labels = Array.from(validation.labels, (label) => places[label]!);
  return {
    folder: dirname(training.folder),
    files: [...training.files, ...validation.files],
    labels: Int32Array.from([...training.labels, ...labels]),
    classNames,
  };
}

/** Takes apart what was read together: the first pictures are to train on. */
function separate(all: Dataset, trainingCount: number): Dataset {
  const places = Uint32Array.from({ length: all.count }, (_, place) => place);
  const isForTraining = (place: number): boolean => (all.rows?.[place] ?? place) < trainingCount;
  const [training, held] = [places.filter(isForTraining), places.filter((place) => !isForTraining(place))];
  for (const [part, rows] of Object.entries({ training, validation: held })) {
    if (rows.length === 0) throw new InputError(`none of the ${part} pictures of ${all.name} can be used`);
  }
  // Both are identified by one checksum, so they say the same of where they come from.
  const split = { ...all, source: `${all.source}, ${held.length} of them to validate with` };
  const of = (rows: Uint32Array): Dataset => ({ ...selectRows(split, rows, ""), source: split.source });
  return { ...of(training), validation: nameValidation(of(held)) };
}

/** @param source the validation data that has the class */
export function unknownClass(source: string, className: string): InputError {
  return new InputError(`${source} has the class ${className}, of which there is no training example`, {
    help: "what is validated with is of the classes that are trained on: bring examples of it, or take it away",
  });
}

/**
 * What a run that trains on one part should know of the pictures held back for testing: a folder of their own, or some rows.
 *
 * @param train the training part
 */
export async function notesOnTestPart(
  train: Dataset,
  test: { readonly folder: string; readonly rows?: Uint32Array },
  { resize }: ReadOptions,
): Promise<readonly string[]> {
  const list = listTestPictures(test.folder);
  if (typeof list === "string") return [list];
  const { files, classNames } = list;
  const unknown =
    test.rows === undefined ? classNames.filter((name) => !train.classNames.includes(name)) : [];
  const held = test.rows === undefined ? files : Array.from(test.rows, (row) => files[row]!);
  const nameOf = (file: string): string => relative(dirname(test.folder), file);
  const wanted = { shape: train.shape as ImageShape, ...(resize === undefined ? {} : { resize }) };
  return [
    ...(unknown.length === 0
      ? []
      : [
          `${basename(test.folder)} has ${unknown.slice(0, mostNamed).join(", ")}${unknown.length > mostNamed ? ", …" : ""}, of which there is no training example: \`cnn evaluate\` will refuse it`,
        ]),
    ...(await notesOnTestPictures(held, nameOf, wanted)),
  ];
}

/** The pictures, or why `cnn evaluate` will refuse them. */
function listTestPictures(folder: string): PictureList | string {
  try {
    return listPictures(folder);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return `\`cnn evaluate\` will refuse ${relative(dirname(folder), error.place.file ?? folder)}: ${error.message}`;
  }
}

/** Folders of parts that nobody reads, since another one of that part is there. */
export function unreadParts(folder: string): readonly string[] {
  return Object.keys(partNames).flatMap((part) => {
    const names: readonly string[] = partNames[part as Part];
    const read = partFolder(folder, part as Part);
    return classFolders(folder).filter(
      (name) => names.includes(name.toLowerCase()) && join(folder, name) !== read,
    );
  });
}

function leaveOut(whole: Dataset, bad: readonly BadPicture[], { files, folder }: PictureList): Dataset {
  const isBad = new Set(bad.map(({ row }) => row));
  if (isBad.size === whole.count) {
    throw new InputError(`none of the ${whole.count} pictures can be used: ${bad[0]!.message}`, {
      place: { file: files[bad[0]!.row]! },
    });
  }
  const named = bad
    .slice(0, mostNamed)
    .map(({ row, message }) => `${relative(folder, files[row]!)}: ${message}`);
  return leaveOutRows(whole, { rows: isBad, named, what: "pictures" });
}

function listPictures(folder: string): PictureList {
  const classNames = classFolders(folder);
  if (classNames.length === 0) throw notClassFolders(folder);
  const found = classNames.flatMap((className, label) => {
    const names = pictureNames(join(folder, className));
    if (names.length === 0) {
      throw new InputError("the class has no picture", {
        place: { file: join(folder, className) },
        help: "a folder is a class; put pictures into it, or take the folder away",
      });
    }
    return names.map((file) => ({ file, label, path: join(folder, className, file) }));
  });
  // By name first: pictures that are numbered through keep their order, whatever class they are of.
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  found.sort((a, b) => compare(a.file, b.file) || a.label - b.label);
  return {
    folder,
    files: found.map(({ path }) => path),
    labels: Int32Array.from(found, ({ label }) => label),
    classNames,
  };
}

export function notClassFolders(folder: string, what = "no folders of pictures"): InputError {
  const help = "pictures lie in one folder a class: cats/1.jpg, dogs/1.jpg, and so under train/ and test/";
  return new InputError(`the folder holds ${what}`, { place: { file: folder }, help });
}

/** Names of the folders in a folder: numbers in their order, else as Keras sorts them. */
function classFolders(folder: string): string[] {
  const names = entriesOf(folder)
    .filter((entry) => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name))))
    .map(({ name }) => name)
    .filter((name) => !name.startsWith(".") && name !== macFolder);
  const areNumbers = names.every((name) => /^\d+$/.test(name));
  return areNumbers ? names.sort((a, b) => Number(a) - Number(b)) : names.sort();
}

/** Folders within a class's folder are looked into so many levels down. */
const deepest = 4;

/** The files of a folder, and of folders in it, that are called as pictures are: their paths from there. */
export function pictureNames(folder: string, levels = deepest): string[] {
  return entriesOf(folder).flatMap((entry) => {
    if (entry.name.startsWith(".") || entry.name === macFolder) return [];
    if (!entry.isDirectory()) return pictureEndings.test(entry.name) ? [entry.name] : [];
    if (levels === 0) return [];
    return pictureNames(join(folder, entry.name), levels - 1).map((name) => join(entry.name, name));
  });
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw readError(error, folder);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** What the model wants, else what the first picture is. */
async function pictureShape({ files }: PictureList, { inputShape }: ReadOptions): Promise<ImageShape> {
  if (inputShape?.length === 3) {
    const [height, width, channels] = inputShape as ImageShape;
    if (channels === 1 || channels === 3) return [height, width, channels];
    throw new InputError(`pictures have 1 or 3 channels, but the model takes ${inputShape.join("x")}`);
  }
  if (inputShape !== undefined) {
    throw new InputError(`the model takes ${inputShape.join("x")}, and the data is pictures`, {
      help: "a model of pictures begins with e.g. `input 64x64x3`",
    });
  }
  const parseJpeg = await loadJpegDecoder();
  return naturalShape(readImage(files[0]!, parseJpeg)) as ImageShape;
}

/** Identifies the pictures wherever they lie and whenever they were copied: by their names and sizes. */
function fingerprintOf({ folder, files }: PictureList): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${relative(folder, file)}\0${sizeOf(file)}\0`);
  return hash.digest("hex");
}

/** Of a file that is gone, or a link to nowhere, no bytes: it is told as a picture that cannot be read. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
