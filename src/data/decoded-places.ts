// Where the decoded pictures of a folder are: in memory where they fit, else in a file that later runs find again.
import { existsSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { exampleSize, type ImageShape } from "./dataset.ts";
import type { BadPicture, DecodingTask } from "./decode-pictures.ts";
import { cannotKeep, keptRows, makeRoomFor, markUsed, removeLeftovers, rowsKey } from "./kept-rows.ts";
import type { ReadOptions } from "./read-options.ts";
import { type ExampleStore, inMemory, sharedBytes } from "./store.ts";

/** The pictures of a folder, a row each. */
export interface Pictures {
  readonly folder: string;
  readonly files: readonly string[];
  /** What identifies their contents. */
  readonly fingerprint: string;
  /** What each is to be. */
  readonly shape: ImageShape;
}

const nothing = (): void => undefined;

/** Where decoded pixels go. */
export interface Place {
  readonly store: ExampleStore;
  readonly target: DecodingTask["target"];
  /** Whether they are there already. */
  readonly isWhole: boolean;
  /** Bytes of memory that they take. */
  readonly bytesInMemory: number;
  /** Makes room. @throws InputError where there is none */
  begin(): void;
  keep(bad: readonly BadPicture[]): void;
  readBad(): readonly BadPicture[];
  discard(): void;
}

export function placeFor(pictures: Pictures, options: ReadOptions): Place {
  const bytes = pictures.files.length * exampleSize(pictures.shape);
  if (bytes > options.memoryLimit) return filePlace(pictures, bytes, options);
  removeLeftovers(options.cacheFolder);
  return memoryPlace(bytes);
}

function memoryPlace(bytesInMemory: number): Place {
  const values = sharedBytes(bytesInMemory);
  return {
    store: inMemory(values),
    target: { values },
    isWhole: false,
    bytesInMemory,
    begin: nothing,
    keep: nothing,
    readBad: () => [],
    discard: nothing,
  };
}

function filePlace({ files, fingerprint, shape }: Pictures, bytes: number, options: ReadOptions): Place {
  const newest = files.reduce((latest, file) => Math.max(latest, timeOf(file)), 0);
  const key = rowsKey(
    `${fingerprint}/${shape.join("x")}/${options.resize === true}/${options.skipBad === true}/${newest}`,
  );
  const { path, partial } = keptRows(options.cacheFolder, key);
  const isWhole = existsSync(path);
  if (isWhole) markUsed(path);
  return {
    store: { kind: "file", path, partial, start: 0, type: "uint8" },
    target: { path: partial },
    // A file in this place is whole: it gets its name last, after the list of what was left out.
    isWhole,
    bytesInMemory: 0,
    begin: () => makeRoom(partial, bytes, options),
    keep(bad) {
      writeFileSync(`${path}.json`, JSON.stringify(bad));
      renameSync(partial, path);
    },
    readBad: () => JSON.parse(readFileSync(`${path}.json`, "utf8")) as readonly BadPicture[],
    discard: () => rmSync(partial, { force: true }),
  };
}

function timeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function makeRoom(path: string, bytes: number, { cacheFolder }: ReadOptions): void {
  makeRoomFor("decoded, the pictures take", bytes, cacheFolder);
  try {
    writeFileSync(path, "");
    truncateSync(path, bytes);
  } catch (error) {
    throw cannotKeep("decoded pictures", cacheFolder, error);
  }
}
