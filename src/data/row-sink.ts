// Where rows of numbers go whose number and kind are known only at the end: into memory, or into a file of the cache.
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { cannotKeep, type KeptRows } from "./kept-rows.ts";
import { type ExampleStore, inMemory } from "./store.ts";

/** Takes rows one after the other. */
export interface RowSink {
  add(values: Float32Array): void;
  /** Leaves nothing behind. */
  discard(): void;
  finish(): { readonly store: ExampleStore; readonly areBytes: boolean };
}

/** Bytes as long as all values are bytes, then floats. */
export class MemorySink implements RowSink {
  readonly #width: number;
  #values: Uint8Array | Float32Array;
  #used = 0;

  constructor(rows: number, width: number) {
    this.#width = width;
    this.#values = new Uint8Array(Math.max(1, rows) * width);
  }

  add(values: Float32Array): void {
    const needed = this.#used + this.#width;
    if (this.#values instanceof Uint8Array && !areBytes(values))
      this.#values = Float32Array.from(this.#values);
    if (needed > this.#values.length) {
      const larger =
        this.#values instanceof Uint8Array ? new Uint8Array(2 * needed) : new Float32Array(2 * needed);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values.set(values, this.#used);
    this.#used = needed;
  }

  discard(): void {
    this.#values = new Uint8Array(0);
  }

  finish(): ReturnType<RowSink["finish"]> {
    const shared = new SharedArrayBuffer(this.#used * this.#values.BYTES_PER_ELEMENT);
    const isBytes = this.#values instanceof Uint8Array;
    const values = isBytes ? new Uint8Array(shared) : new Float32Array(shared);
    values.set(this.#values.subarray(0, this.#used));
    return { store: inMemory(values), areBytes: isBytes };
  }
}

/** Floats in a file, for tables that do not fit into memory. */
export class FileSink implements RowSink {
  readonly #place: KeptRows;
  readonly #file: number;
  #areBytes = true;

  /** @throws InputError, as `add` does, where the cache cannot be written to */
  constructor(place: KeptRows) {
    this.#place = place;
    this.#file = this.#keep(() => {
      mkdirSync(dirname(place.path), { recursive: true });
      return openSync(place.partial, "w");
    });
  }

  add(values: Float32Array): void {
    this.#areBytes &&= areBytes(values);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
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
    return { store: { kind: "file", path, start: 0, type: "float32" }, areBytes: this.#areBytes };
  }

  #keep<Result>(act: () => Result): Result {
    try {
      return act();
    } catch (cause) {
      throw cannotKeep("the table", dirname(this.#place.path), cause as Error);
    }
  }
}

function areBytes(values: Float32Array): boolean {
  for (const value of values) if (value !== (value & 255)) return false;
  return true;
}
