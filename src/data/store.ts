// Where the values of examples are: in memory where they fit, else as rows of equal size in an uncompressed file.
import { closeSync, openSync, readSync } from "node:fs";
import { InputError } from "../diagnostics/input-error.ts";
import { withFile } from "./files.ts";
import { type PendingRows, waitForRow } from "./pending-rows.ts";

/** Values in memory, example after example; over shared memory, so that other threads read them without a copy. */
export interface MemoryStore {
  readonly kind: "memory";
  readonly values: Uint8Array | Float32Array;
  /** Where rows are still on their way. */
  readonly pending?: PendingRows;
}

/** Values in a file, example after example from `start` on; float32 in little-endian order. */
export interface FileStore {
  readonly kind: "file";
  readonly path: string;
  /** What the file is called until all of its rows are there. */
  readonly partial?: string;
  readonly pending?: PendingRows;
  /** The byte at which the first example begins. */
  readonly start: number;
  readonly type: "uint8" | "float32";
}

/** Plain data, so that it can be handed to another thread. */
export type ExampleStore = MemoryStore | FileStore;

/** Reads examples of a store, each as soon as it is there; of a file it holds one example in memory. */
export interface ExampleReader {
  /** Puts the `size` values of a row into `out` from `at` on, multiplied by `scale`. */
  read(row: number, out: Float32Array, at: number, scale: number): void;
  close(): void;
}

export function inMemory(values: Uint8Array | Float32Array): MemoryStore {
  return { kind: "memory", values };
}

/** The store as several threads can see it without copies of their own. */
export function shareStore(store: ExampleStore): ExampleStore {
  if (store.kind === "file" || store.values.buffer instanceof SharedArrayBuffer) return store;
  const { values } = store;
  const shared = values instanceof Uint8Array ? sharedBytes(values.length) : sharedFloats(values.length);
  shared.set(values);
  return inMemory(shared);
}

/** Zeros that several threads can see. */
export function sharedBytes(count: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(count));
}

export function sharedFloats(count: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * count));
}

/** The rows of a store one after the other, in an array that is filled anew for each. @throws InputError where it cannot be read */
export function* storeRows(
  store: ExampleStore,
  count: number,
  size: number,
): Generator<Float32Array, void, undefined> {
  const values = new Float32Array(size);
  const reader = openReader(store, size);
  try {
    for (let row = 0; row < count; row++) {
      reader.read(row, values, 0, 1);
      yield values;
    }
  } finally {
    reader.close();
  }
}

/** Whether all values of a store are bytes by its type. */
export function holdsBytes(store: ExampleStore): boolean {
  return store.kind === "file" ? store.type === "uint8" : store.values instanceof Uint8Array;
}

/** @param size values of an example. @throws InputError where the file cannot be opened or read */
export function openReader(store: ExampleStore, size: number): ExampleReader {
  const reader = store.kind === "memory" ? memoryReader(store, size) : fileReader(store, size);
  const { pending } = store;
  if (pending === undefined) return reader;
  return {
    read(row, out, at, scale) {
      waitForRow(pending, row);
      reader.read(row, out, at, scale);
    },
    close: () => reader.close(),
  };
}

function memoryReader({ values }: MemoryStore, size: number): ExampleReader {
  return {
    read: (row, out, at, scale) => copyScaled(values, row * size, out, at, size, scale),
    close: () => undefined,
  };
}

function fileReader({ path, partial, start, type }: FileStore, size: number): ExampleReader {
  const bytes = new Uint8Array(type === "uint8" ? size : 4 * size);
  const values = type === "uint8" ? bytes : new Float32Array(bytes.buffer);
  const file = withFile(path, () => openOneOf(path, partial));
  return {
    read(row, out, at, scale) {
      const read = withFile(path, () => readSync(file, bytes, 0, bytes.length, start + row * bytes.length));
      if (read < bytes.length) {
        throw new InputError("the file was cut off while it was in use", {
          place: { file: path, row: row + 1 },
        });
      }
      copyScaled(values, 0, out, at, size, scale);
    },
    close: () => closeSync(file),
  };
}

/** A file that may get its name from another thread at any moment. */
function openOneOf(path: string, partial: string | undefined): number {
  for (const candidate of partial === undefined ? [] : [path, partial]) {
    try {
      return openSync(candidate, "r");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return openSync(path, "r");
}

/** Four values a turn: half again as fast as one. */
function copyScaled(
  from: Uint8Array | Float32Array,
  fromStart: number,
  to: Float32Array,
  toStart: number,
  count: number,
  scale: number,
): void {
  if (scale === 1) return to.set(from.subarray(fromStart, fromStart + count), toStart);
  let source = fromStart;
  let target = toStart;
  const end = toStart + count;
  for (; target + 3 < end; target += 4, source += 4) {
    to[target] = from[source]! * scale;
    to[target + 1] = from[source + 1]! * scale;
    to[target + 2] = from[source + 2]! * scale;
    to[target + 3] = from[source + 3]! * scale;
  }
  for (; target < end; target++, source++) to[target] = from[source]! * scale;
}
