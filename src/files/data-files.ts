import { closeSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import type { DataFiles, DataStretch } from "../onnx/read-tensor.ts";

/**
 * The files in a model's own folder that hold its numbers. A model comes from an unknown hand: nothing outside of the folder is
 * opened, not by `..` and not through a link, and nothing but plain files.
 */
export class DataFilesInFolder implements DataFiles {
  readonly #folder: string;
  readonly #paths = new Map<string, { readonly path: string; readonly size: number }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether any tensor keeps its numbers there. */
  get areUsed(): boolean {
    return this.#paths.size > 0;
  }

  check({ location, offset, length }: DataStretch, what: string): void {
    const { size } = this.#open(location, what);
    if (offset + length <= size) return;
    throw new InputError(
      `${what} stands in ${location} at ${offset} to ${offset + length}, but that file ends at ${size}`,
      { help: "the file of weights is cut short, or belongs to another model" },
    );
  }

  read({ location, offset, length }: DataStretch): Uint8Array {
    const file = openSync(this.#open(location, "a tensor").path, "r");
    try {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length;) {
        const count = readSync(file, bytes, at, Math.min(length - at, largestRead), offset + at);
        if (count === 0) throw new InputError(`${location} has become shorter while it was read`);
        at += count;
      }
      return bytes;
    } finally {
      closeSync(file);
    }
  }

  #open(location: string, what: string): { readonly path: string; readonly size: number } {
    const known = this.#paths.get(location);
    if (known !== undefined) return known;
    const named = `${what} keeps its data in ${JSON.stringify(location)}`;
    // Also what would be a path on another system.
    if (/[\0\\:]/.test(location) || isAbsolute(location) || location.split("/").includes("..")) {
      throw new InputError(`${named}, which is not a file in the model's own folder`);
    }
    let path: string;
    try {
      path = realpathSync(join(this.#folder, location));
    } catch (cause) {
      throw new InputError(`${named}, but there is no such file beside the model`, {
        help: "keep the .onnx file and its file of weights in one folder, under their own names",
        cause,
      });
    }
    const inside = relative(realpathSync(this.#folder), path);
    if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
      throw new InputError(`${named}, a link to a file outside of the model's own folder`);
    }
    const status = statSync(path);
    if (!status.isFile()) throw new InputError(`${named}, which is no file`);
    const opened = { path, size: status.size };
    this.#paths.set(location, opened);
    return opened;
  }
}

/** One read takes at most this many bytes: Node takes no more than 2 GiB at once. */
const largestRead = 2 ** 30;
