// Decoding the pictures of a folder, by several threads: all at once, or while a run already takes its steps.
import { basename } from "node:path";
import {
  badPictureError,
  type BadPicture,
  decodePictures,
  type DecodingTask,
  progressAt,
} from "./decode-pictures.ts";
import { type Pictures, type Place, placeFor } from "./decoded-places.ts";
import { readPictureSize } from "./image.ts";
import { failPending, type PendingRows, pendingRows } from "./pending-rows.ts";
import type { DeferredDecoding, ReadOptions } from "./read-options.ts";
import type { ExampleStore } from "./store.ts";
import {
  dataThreads,
  startDataThread,
  threadBytes,
  type TravellingMistake,
  unpackMistake,
} from "./threads.ts";

/** Fewer pictures are decoded before a thread would have started. */
const fewPictures = 64;

const nothing = (): void => undefined;

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
  const threads = files.length < fewPictures ? 0 : threadsFor(pictures).count;
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

/** Of what a picture's decoder holds at a time: its pixels with alpha, twice, what is made of them, and what is not yet given back. */
const bytesPerPixel = 24;

/** How many threads decode pictures like the first one, and what they take of memory. */
function threadsFor({ files }: Pictures): { readonly count: number; readonly bytes: number } {
  const each = threadBytes.decode + bytesPerPixel * pixelsOf(files[0]!);
  const count = dataThreads(each);
  return { count, bytes: count * each };
}

/** 0 where the picture cannot be read, which is told when its turn comes. */
function pixelsOf(file: string): number {
  try {
    return readPictureSize(file);
  } catch {
    return 0;
  }
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
  readonly bytes: number;
  readonly #threadCount: number;
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
    const { count, bytes } = threadsFor(pictures);
    this.#threadCount = count;
    this.bytes = place.bytesInMemory + bytes;
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
    const threads = Array.from({ length: this.#threadCount }, () =>
      decodeInThread(task, nothing).catch(fail),
    );
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
