// A folder with the four IDX files of the MNIST family, under any of the names that are in use.
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import { createDataset, type DataSource, type Dataset, type ImageShape } from "./dataset.ts";
import { type ExampleStore, inMemory } from "./store.ts";
import { type IdxFile, readIdx } from "./idx.ts";
import { openLargeIdx } from "./large-idx.ts";
import type { ReadOptions } from "./read-options.ts";

/** The four files, in the order in which published lists have them. */
export const idxParts = ["train-images", "train-labels", "t10k-images", "t10k-labels"] as const;
export type IdxPart = (typeof idxParts)[number];

/** The files of a folder that were found. */
export type IdxPaths = Partial<Record<IdxPart, string>>;

/** A label above this is taken for a mistake, not for a class. */
const mostClasses = 65_536;

/** Looks for the four files in a folder. */
export function findIdxFiles(folder: string): IdxPaths {
  const found: IdxPaths = {};
  for (const part of idxParts) {
    const path = idxFileNames(part)
      .map((name) => join(folder, name))
      .find((candidate) => existsSync(candidate));
    if (path !== undefined) found[part] = path;
  }
  return found;
}

/** Whether a file is called as one of the four. */
export function isIdxName(path: string): boolean {
  return idxParts.some((part) => idxFileNames(part).includes(basename(path)));
}

/** `train-images-idx3-ubyte`, `train-images.idx3-ubyte`, and both with `.gz`. */
function idxFileNames(part: IdxPart): string[] {
  const kind = part.endsWith("images") ? "idx3-ubyte" : "idx1-ubyte";
  return [`${part}-${kind}`, `${part}.${kind}`].flatMap((name) => [name, `${name}.gz`]);
}

/**
 * Reads the four files of a folder. Images are uint8, count × height × width (× channels); labels are integers.
 *
 * @param classNames the names of the classes; without them the classes are numbered up to the highest label
 * @throws InputError if a file is missing or wrong, or if the files do not fit together
 */
export async function readIdxFolder(
  folder: string,
  name: string,
  { classNames, ...limits }: { readonly classNames?: readonly string[] } & Partial<MemoryLimits> = {},
): Promise<DataSource> {
  const paths = findIdxFiles(folder);
  const pathOf = (part: IdxPart): string => {
    const path = paths[part];
    if (path === undefined) throw missingFile(folder, part);
    return path;
  };
  const trainImages = await openImages(pathOf("train-images"), limits);
  const trainLabels = readIdx(pathOf("train-labels"));
  const testImages = await openImages(pathOf("t10k-images"), limits);
  const testLabels = readIdx(pathOf("t10k-labels"));
  const labels = [readLabels(trainLabels), readLabels(testLabels)] as const;
  const classes = classNames ?? numberedClasses(labels);
  const train = combine(name, trainImages, trainLabels, labels[0], classes);
  const test = combine(name, testImages, testLabels, labels[1], classes);
  if (train.shape.some((dimension, axis) => dimension !== test.shape[axis])) {
    throw new InputError(
      `the test images are ${test.shape.join("x")}, but the training images are ${train.shape.join("x")}`,
      { place: { file: testImages.path } },
    );
  }
  return { train, test };
}

/** How much may be in memory, and where the rest is kept; where nothing is said all is in memory. */
type MemoryLimits = Pick<ReadOptions, "memoryLimit" | "cacheFolder">;

/** Images in memory, or in their file where they are too many. */
interface ImageFile {
  readonly path: string;
  readonly sha256: string;
  readonly type: IdxFile["type"];
  readonly shape: readonly number[];
  readonly examples: ExampleStore | undefined;
}

async function openImages(
  path: string,
  { memoryLimit, cacheFolder }: Partial<MemoryLimits>,
): Promise<ImageFile> {
  const large =
    memoryLimit === undefined || cacheFolder === undefined
      ? undefined
      : await openLargeIdx(path, { memoryLimit, cacheFolder });
  if (large !== undefined) {
    const { contents, ...file } = large;
    return { ...file, path, examples: { kind: "file", type: "uint8", ...contents } };
  }
  const { data, ...file } = readIdx(path);
  return { ...file, examples: data instanceof Uint8Array ? inMemory(data) : undefined };
}

function missingFile(folder: string, part: IdxPart): InputError {
  return new InputError(`the folder ${folder} has no file ${idxFileNames(part)[0]}`, {
    place: { file: folder },
    help: `four files are needed: ${idxParts.map((each) => idxFileNames(each)[0]).join(", ")}; each may end in .gz`,
  });
}

function combine(
  name: string,
  images: ImageFile,
  labelFile: IdxFile,
  labels: Uint8Array | Int32Array,
  classNames: readonly string[],
): Dataset {
  const [shape, examples] = readPixels(images);
  const source = [images, labelFile].map((file) => `${file.path} sha256:${file.sha256}`).join(", ");
  return createDataset({ name, examples, shape, labels, classNames, source }, { file: labelFile.path });
}

function readPixels(file: ImageFile): [ImageShape, ExampleStore] {
  const [count, height, width, channels = 1] = file.shape;
  if (height === undefined || width === undefined || file.shape.length > 4) {
    throw new InputError(
      `these are no images: images are count x height x width (x channels), this file is ${file.shape.join("x")}`,
      { place: { file: file.path } },
    );
  }
  if (file.type !== "uint8" || file.examples === undefined) {
    throw new InputError(`pixels are uint8 (0 to 255), this file holds ${file.type}`, {
      place: { file: file.path },
    });
  }
  if (count === 0 || height * width * channels === 0) {
    throw new InputError(`the file holds no pixels: ${file.shape.join("x")}`, { place: { file: file.path } });
  }
  return [[height, width, channels], file.examples];
}

function readLabels(file: IdxFile): Uint8Array | Int32Array {
  if (file.shape.length !== 1) {
    throw new InputError(`these are no labels: labels are one row, this file is ${file.shape.join("x")}`, {
      place: { file: file.path },
    });
  }
  if (file.type === "float32" || file.type === "float64") {
    throw new InputError(`labels are whole numbers, this file holds ${file.type}`, {
      place: { file: file.path },
    });
  }
  const labels = file.type === "uint8" ? file.data : Int32Array.from(file.data);
  const wrong = labels.findIndex((label) => label < 0 || label >= mostClasses);
  if (wrong >= 0) {
    throw new InputError(`the label ${labels[wrong]} is no class: classes are numbered from 0 upwards`, {
      place: { file: file.path, row: wrong + 1 },
    });
  }
  return labels;
}

function numberedClasses(labels: readonly (Uint8Array | Int32Array)[]): string[] {
  let highest = 0;
  for (const part of labels) for (const label of part) highest = Math.max(highest, label);
  return Array.from({ length: highest + 1 }, (_, index) => String(index));
}
