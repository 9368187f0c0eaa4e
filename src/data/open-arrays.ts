// Arrays of NumPy that have been found but not read: by their headers it is decided whether their values come into memory or stay
// in a file, at once or after they have been unpacked or made into rows that can be read one by one.
import { existsSync, statSync } from "node:fs";
import { InputError } from "../diagnostics/input-error.ts";
import { type Dataset, exampleSize } from "./dataset.ts";
import { filePieces, sha256OfFile, withFile } from "./files.ts";
import { fileKey, keptRows, makeRoomFor, markUsed } from "./kept-rows.ts";
import {
  mostBytesInMemory,
  npyFile,
  type NpyHeader,
  type NpyPlace,
  npyValues,
  type NumberArray,
  parseNpy,
  readNpyHeader,
  readNpyHeaderFrom,
} from "./npy.ts";
import type { ReadOptions } from "./read-options.ts";
import { areBytes, FileSink, MemorySink } from "./row-sink.ts";
import { type ExampleStore, storeRows } from "./store.ts";
import { readZipDirectory, readZipEntryHead, type ZipEntry, zipEntryPieces } from "./zip.ts";

/** Where the values of an array are. */
export interface Stored {
  readonly examples: ExampleStore;
  readonly content: Dataset["content"];
}

/** An array whose values may still be in its file. */
export interface OpenArray {
  /** The file that it is in. */
  readonly path: string;
  readonly shape: readonly number[];
  /** Bytes that its values take in memory. */
  readonly bytes: number;
  /** All of its values. @throws InputError where they are damaged or do not fit into memory */
  read(): Promise<NumberArray>;
  /** Its values where they stay: in memory if they take no more than `memoryLimit` bytes. @throws InputError as `read` does */
  store(memoryLimit: number): Promise<Stored>;
  /** What identifies it: its file with the checksum. */
  readonly source: string;
}

/** An .npy file. @throws InputError where it cannot be read, is damaged, or holds no numbers */
export function openNpy(path: string, options: ReadOptions): OpenArray {
  const place = npyFile(path);
  const source = { path, sha256: () => sha256OfFile(path) };
  const bytes = { name: path, length: place.length, place, pieces: () => filePieces(path) };
  return new FoundArray(readNpyHeader(place), bytes, source, options);
}

/** The arrays of an .npz, opened by their names. */
export interface ArrayArchive {
  readonly names: readonly string[];
  /** @throws InputError where the array is damaged or holds no numbers */
  open(name: string): OpenArray | undefined;
}

/** Looks into an .npz. @throws InputError where it is none, or is damaged */
export function openNpz(path: string, options: ReadOptions): ArrayArchive {
  const entries = new Map(npzEntries(path).map((entry) => [nameOf(entry.name), entry]));
  let sum: string | undefined;
  const source = { path, sha256: () => (sum ??= sha256OfFile(path)) };
  return {
    names: [...entries.keys()],
    open(name) {
      const entry = entries.get(name);
      if (entry === undefined) return undefined;
      const whole = { name: `${path}: ${entry.name}`, length: entry.size };
      const header = readNpyHeaderFrom((wanted) => readZipEntryHead(entry, wanted), whole);
      const place = entry.isDeflated ? undefined : { ...whole, path, start: entry.start };
      const bytes = { ...whole, place, pieces: () => zipEntryPieces(entry) };
      return new FoundArray(header, bytes, source, options);
    },
  };
}

function npzEntries(path: string): readonly ZipEntry[] {
  return readZipDirectory(path).filter(({ name }) => name.endsWith(".npy"));
}

function nameOf(entry: string): string {
  return entry.slice(0, -".npy".length);
}

/** The bytes of an .npy. */
interface ArrayBytes {
  /** The name to say in messages. */
  readonly name: string;
  readonly length: number;
  /** Where they can be read by position; where there is none, they are packed. */
  readonly place: NpyPlace | undefined;
  /** All of them, some at a time. @throws InputError where they are damaged, at the end at the latest */
  pieces(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

class FoundArray implements OpenArray {
  readonly path: string;
  readonly shape: readonly number[];
  readonly bytes: number;
  readonly #header: NpyHeader;
  readonly #bytes: ArrayBytes;
  readonly #sha256: () => string;
  readonly #options: ReadOptions;
  #values: NumberArray | undefined;

  constructor(
    header: NpyHeader,
    bytes: ArrayBytes,
    source: { readonly path: string; sha256(): string },
    options: ReadOptions,
  ) {
    [this.path, this.shape, this.#sha256] = [source.path, header.shape, source.sha256];
    [this.#header, this.#bytes, this.#options] = [header, bytes, options];
    this.bytes = exampleSize(this.shape) * Math.min(4, header.type.size);
  }

  get source(): string {
    return `${this.path} sha256:${this.#sha256()}`;
  }

  async read(): Promise<NumberArray> {
    if (this.#values !== undefined) return this.#values;
    const { length, name } = this.#bytes;
    const most = Math.min(Math.max(this.#options.memoryLimit, labelBytes), mostBytesInMemory);
    if (length > most) {
      throw new InputError(
        `the array takes ${Math.ceil(length / 1e6)} MB of memory, and data may take ${Math.floor(most / 1e6)} MB`,
        { place: { file: name }, help: this.#header.isColumnMajor ? rowByRow : moreMemory },
      );
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for await (const piece of this.#bytes.pieces()) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return (this.#values = parseNpy(bytes, name));
  }

  async store(memoryLimit: number): Promise<Stored> {
    const { shape, type, isColumnMajor } = this.#header;
    const fits = this.bytes <= Math.min(memoryLimit, mostBytesInMemory);
    if (!isColumnMajor && !fits) return this.#storeInFile();
    const sink = new MemorySink(exampleSize(shape), type.isFloat);
    if (isColumnMajor) sink.add((await this.read()).values);
    else for await (const values of this.#pieceValues()) sink.add(values);
    const { store, areBytes } = sink.finish();
    return { examples: store, content: areBytes && mayBePixels(type) ? "pixels" : "numbers" };
  }

  #pieceValues(): ReturnType<typeof npyValues> {
    return npyValues(this.#bytes.pieces(), this.#header);
  }

  /** Where it lies if its values can be read there as they are, else in the cache, where later runs find them again. */
  async #storeInFile(): Promise<Stored> {
    const { type, start, isLittleEndian, shape } = this.#header;
    const { place, name } = this.#bytes;
    const known = storedTypes[type.code];
    const content = mayBePixels(type) ? "pixels" : "numbers";
    if (place !== undefined && known !== undefined && isLittleEndian) {
      await this.#check();
      const examples = { kind: "file", path: place.path, start: place.start + start, type: known } as const;
      return { examples, content };
    }
    const stored = known ?? "float32";
    const status = withFile(this.path, () => statSync(this.path));
    const { path, partial } = keptRows(this.#options.cacheFolder, fileKey(this.path, status, name));
    if (existsSync(path)) markUsed(path);
    else {
      const size = exampleSize(shape) * (stored === "uint8" ? 1 : 4);
      makeRoomFor(`unpacked, ${name} takes`, size, this.#options.cacheFolder);
      await keepValues(this.#pieceValues(), new FileSink({ path, partial }, "unpacked arrays", stored));
    }
    const examples = { kind: "file", path, start: 0, type: stored } as const;
    const arePixels = content === "pixels" && (stored === "uint8" || areAllBytes(examples, shape));
    return { examples, content: arePixels ? "pixels" : "numbers" };
  }

  /** Looks whether what stays where it is can be read, and is what it was. */
  async #check(): Promise<void> {
    for await (const piece of this.#bytes.pieces()) void piece;
  }
}

/** Floats are numbers, and so are yes and no: 0 and 1. */
function mayBePixels({ code, isFloat }: NpyHeader["type"]): boolean {
  return !isFloat && code !== "|b1";
}

/** Labels may always take so much memory. */
const labelBytes = 1e8;

const moreMemory = "allow more with CNN_DATA_MEMORY (in MB)";
const rowByRow =
  "it is written column by column; save it row by row, which is read from the disk: numpy.ascontiguousarray(array)";

/** The types whose values a reader of rows takes as they are. */
const storedTypes: Readonly<Record<string, "uint8" | "float32">> = {
  "|u1": "uint8",
  "|b1": "uint8",
  "<f4": "float32",
};

async function keepValues(values: AsyncIterable<Uint8Array | Float32Array>, sink: FileSink): Promise<void> {
  try {
    for await (const some of values) sink.add(some);
  } catch (error) {
    sink.discard();
    throw error;
  }
  sink.finish();
}

function areAllBytes(store: ExampleStore, [count = 0, ...shape]: readonly number[]): boolean {
  for (const values of storeRows(store, count, exampleSize(shape))) if (!areBytes(values)) return false;
  return true;
}
