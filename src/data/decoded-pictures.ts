// Where the decoded pictures of a folder are: in memory where they fit, else in a file that later runs find again.
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import { exampleSize, type ImageShape } from "./dataset.ts";
import {
  badPictureError,
  type BadPicture,
  decodePictures,
  type DecodingTask,
  progressAt,
} from "./decode-pictures.ts";
import { failPending, type PendingRows, pendingRows } from "./pending-rows.ts";
import type { DeferredDecoding, ReadOptions } from "./read-options.ts";
import { type ExampleStore, inMemory, sharedBytes } from "./store.ts";
import { dataThreads, startDataThread, type TravellingMistake, unpackMistake } from "./threads.ts";

/** The pictures of a folder, a row each. */
export interface Pictures {
  readonly folder: string;
  readonly files: readonly string[];
  /** What identifies their contents. */
  readonly fingerprint: string;
  /** What each is to be. */
  readonly shape: ImageShape;
}

/** Fewer pictures are decoded before a thread would have started. */
const fewPictures = 64;

const nothing = (): void => undefined;

/** A file that nobody has written to for so long, and whose process has ended, will never be finished; in milliseconds. */
const longAgo = 600_000;

/** Decoded pixels, and the pictures that were left out. */
export interface DecodedPictures {
  readonly store: ExampleStore;
  readonly bad: readonly BadPicture[];
}

/**
 * Decodes the pictures, or gives them as rows that will be decoded once their order is known: where `options.onDeferred` takes
 * care of that, and none are to be left out, which would change the rows.
 *
 * @throws InputError where there is no room, or for the first bad picture where none may be left out
 */
export async function decodeAll(pictures: Pictures, options: ReadOptions): Promise<DecodedPictures> {
  const place = placeFor(pictures, options);
  if (place.isWhole) return { store: place.store, bad: place.readBad() };
  if (options.onDeferred !== undefined && options.skipBad !== true) {
    const pending = pendingRows(pictures.files.length);
    options.onDeferred(new Decoding(pictures, place, pending, options));
    return { store: { ...place.store, pending }, bad: [] };
  }
  place.begin();
  try {
    const bad = await decodeNow(pictures, place, options);
    place.keep(bad);
    return { store: place.store, bad };
  } catch (error) {
    place.discard();
    throw error;
  }
}

/** Where decoded pixels go. */
interface Place {
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

function placeFor(pictures: Pictures, options: ReadOptions): Place {
  const bytes = pictures.files.length * exampleSize(pictures.shape);
  return bytes <= options.memoryLimit ? memoryPlace(bytes) : filePlace(pictures, bytes, options);
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
  const key = createHash("sha256")
    .update(
      `${fingerprint}/${shape.join("x")}/${options.resize === true}/${options.skipBad === true}/${newest}`,
    )
    .digest("hex")
    .slice(0, 32);
  const path = join(options.cacheFolder, "decoded", `${key}.rows`);
  const partial = `${path}.${process.pid}-${randomBytes(4).toString("hex")}`;
  return {
    store: { kind: "file", path, partial, start: 0, type: "uint8" },
    target: { path: partial },
    // A file in this place is whole: it gets its name last, after the list of what was left out.
    isWhole: existsSync(path),
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
  const help = "set XDG_CACHE_HOME to a folder on a disk with more room";
  try {
    mkdirSync(dirname(path), { recursive: true });
    removeUnfinished(dirname(path));
    const { bavail, bsize } = statfsSync(cacheFolder);
    if (bavail * bsize < bytes) {
      throw new InputError(
        `decoded, the pictures take ${Math.ceil(bytes / 1e6)} MB: more than may be in memory, and more than is free in ${cacheFolder}`,
        { place: { file: cacheFolder }, help },
      );
    }
    writeFileSync(path, "");
    truncateSync(path, bytes);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`cannot keep decoded pictures in ${cacheFolder}: ${(error as Error).message}`, {
      place: { file: cacheFolder },
      help,
      cause: error,
    });
  }
}

/** What processes that were killed have left. */
function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(/\.rows\.(\d+)/.exec(name)?.[1]);
    const path = join(folder, name);
    if (pid > 0 && !isAlive(pid) && Date.now() - timeOf(path) > longAgo) rmSync(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** @returns the pictures that were left out. @throws InputError for the first bad one where none may be left out */
async function decodeNow(
  pictures: Pictures,
  { target }: Place,
  options: ReadOptions,
): Promise<readonly BadPicture[]> {
  const { files, shape } = pictures;
  const { skipBad = false } = options;
  const progress = decodingProgress(files.length);
  const task: DecodingTask = { files, shape, resize: options.resize === true, target, skipBad, progress };
  const bad: BadPicture[] = [];
  const tell = (picture: BadPicture): void => void bad.push(picture);
  const threads = files.length < fewPictures ? 0 : dataThreads();
  const told = tellProgress(pictures, task, options);
  try {
    if (threads === 0) await decodePictures(task, tell);
    await Promise.all(Array.from({ length: threads }, () => decodeInThread(task, tell)));
  } finally {
    clearInterval(told);
  }
  bad.sort((a, b) => a.row - b.row);
  const [first] = bad;
  if (first === undefined || skipBad) return bad;
  throw badPictureError(first, files[first.row]!);
}

function decodingProgress(count: number): Int32Array {
  const progress = new Int32Array(new SharedArrayBuffer(12));
  progress[progressAt.end] = count;
  return progress;
}

function tellProgress(
  { folder }: Pictures,
  { files, order, progress }: DecodingTask,
  { onDecoded }: ReadOptions,
): NodeJS.Timeout {
  const total = order?.length ?? files.length;
  return setInterval(() => {
    const done = Atomics.load(progress, progressAt.done);
    onDecoded?.({ folder: basename(folder), done, total });
  }, 200);
}

function decodeInThread(task: DecodingTask, tell: (bad: BadPicture) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const thread = startDataThread({ kind: "decode", task });
    thread.on("message", (message: BadPicture | TravellingMistake) => {
      if (message.kind === "bad") tell(message);
      else reject(unpackMistake(message));
    });
    thread.on("error", reject);
    thread.on("exit", () => resolve());
  });
}

/** Pictures that are decoded while a run already takes its steps. */
class Decoding implements DeferredDecoding {
  readonly bytesInMemory: number;
  readonly #pictures: Pictures;
  readonly #place: Place;
  readonly #pending: PendingRows;
  readonly #options: ReadOptions;
  #progress: Int32Array | undefined;
  #threads: Promise<unknown> = Promise.resolve();
  #count = 0;
  #isEnded = false;

  constructor(pictures: Pictures, place: Place, pending: PendingRows, options: ReadOptions) {
    [this.#pictures, this.#place, this.#pending, this.#options] = [pictures, place, pending, options];
    this.bytesInMemory = place.bytesInMemory;
  }

  start(wanted: Iterable<number>): void {
    const { files, shape } = this.#pictures;
    const rows = [...new Set(wanted)];
    // A file is kept for later runs, which may want other rows.
    if ("path" in this.#place.target) {
      const isWanted = new Set(rows);
      for (let row = 0; row < files.length; row++) if (!isWanted.has(row)) rows.push(row);
    }
    this.#place.begin();
    const order = new Uint32Array(new SharedArrayBuffer(4 * rows.length));
    order.set(rows);
    this.#count = order.length;
    this.#progress = decodingProgress(order.length);
    const task: DecodingTask = {
      files,
      shape,
      resize: this.#options.resize === true,
      target: this.#place.target,
      skipBad: false,
      progress: this.#progress,
      order,
      pending: this.#pending,
    };
    const told = tellProgress(this.#pictures, task, this.#options);
    // A thread tells readers of its mistakes itself; this is for one that ends in another way.
    const fail = (error: unknown): void => failPending(this.#pending, error);
    const threads = Array.from({ length: dataThreads() }, () => decodeInThread(task, nothing).catch(fail));
    this.#threads = Promise.all(threads).finally(() => clearInterval(told));
  }

  async finish(): Promise<void> {
    await this.#threads;
    if (this.#isEnded || this.#progress === undefined) return;
    this.#isEnded = true;
    try {
      if (Atomics.load(this.#progress, progressAt.done) === this.#count) return this.#place.keep([]);
    } catch {
      // The run has what it needs: that later runs decode anew is no reason to call it failed.
    }
    this.#place.discard();
  }

  async stop(): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#progress !== undefined) Atomics.store(this.#progress, progressAt.end, 0);
    await this.#threads;
    this.#place.discard();
  }
}
