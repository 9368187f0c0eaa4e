// Where rows of numbers go whose number and kind are known only at the end: into memory, or into a file of the cache.
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { NumberArray } from "./npy.ts";
import { cannotKeep, type KeptRows } from "./kept-rows.ts";
import { type ExampleStore, type FileStore, inMemory, sharedBytes, sharedFloats } from "./store.ts";

/** Values of a row, or of as many as there are. */
type SomeValues = NumberArray["values"];

/** Takes values one after the other. */
export interface RowSink {
  add(values: SomeValues): void;
  /** Leaves nothing behind. */
  discard(): void;
  finish(): { readonly store: ExampleStore; readonly areBytes: boolean };
}

/** Bytes as long as all values are bytes, then floats; in memory that threads share. */
export class MemorySink implements RowSink {
  #values: Uint8Array | Float32Array;
  #used = 0;

  /** @param count of values that are expected @param areFloats whether they are no bytes, whatever they are */
  constructor(count: number, areFloats = false) {
    this.#values = areFloats ? sharedFloats(count) : sharedBytes(count);
  }

  add(values: SomeValues): void {
    const needed = this.#used + values.length;
    const areStillBytes = this.#values instanceof Uint8Array && areBytes(values);
    const length = needed > this.#values.length ? 2 * needed : this.#values.length;
    this.#move(areStillBytes, length);
    this.#values.set(values, this.#used);
    this.#used = needed;
  }

  discard(): void {
    this.#values = new Uint8Array(0);
  }

  finish(): ReturnType<RowSink["finish"]> {
    const isBytes = this.#values instanceof Uint8Array;
    this.#move(isBytes, this.#used);
    return { store: inMemory(this.#values), areBytes: isBytes };
  }

  /** Puts what is there into an array of that kind and length, if it is in another one. */
  #move(isBytes: boolean, length: number): void {
    const old = this.#values;
    if (length === old.length && isBytes === old instanceof Uint8Array) return;
    this.#values = isBytes ? sharedBytes(length) : sharedFloats(length);
    this.#values.set(old.subarray(0, this.#used));
  }
}

/** Values in a file, for what does not fit into memory. */
export class FileSink implements RowSink {
  readonly #place: KeptRows;
  readonly #what: string;
  readonly #file: number;
  readonly #type: FileStore["type"];
  #areBytes = true;

  /** @param what is kept, for messages @throws InputError, as `add` does, where the cache cannot be written to */
  constructor(place: KeptRows, what: string, type: FileStore["type"] = "float32") {
    [this.#place, this.#what, this.#type] = [place, what, type];
    this.#file = this.#keep(() => {
      mkdirSync(dirname(place.path), { recursive: true });
      return openSync(place.partial, "w");
    });
  }

  add(values: SomeValues): void {
    this.#areBytes &&= areBytes(values);
    const isRight = this.#type === "uint8" || values instanceof Float32Array;
    const { buffer, byteOffset, byteLength } = isRight ? values : Float32Array.from(values);
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    this.#keep(() => {
      for (let written = 0; written < bytes.length;) written += writeSync(this.#file, bytes, written);
    });
  }

  discard(): void {
    closeSync(this.#file);
    rmSync(this.#place.partial, { force: true });
  }

  finish(): ReturnType<RowSink["finish"]> {
    closeSync(this.#file);
    const { path, partial } = this.#place;
    renameSync(partial, path);
    return { store: { kind: "file", path, start: 0, type: this.#type }, areBytes: this.#areBytes };
  }

  #keep<Result>(act: () => Result): Result {
    try {
      return act();
    } catch (cause) {
      throw cannotKeep(this.#what, dirname(this.#place.path), cause as Error);
    }
  }
}

/** Whether all values are whole numbers from 0 to 255. */
export function areBytes(values: SomeValues): boolean {
  if (values instanceof Uint8Array) return true;
  for (const value of values) if (value !== (value & 255)) return false;
  return true;
}
