// Decoding many pictures into one store, by as many threads as take part: each takes the next few that nobody has taken. Readers
// of the store may wait for each row.
import { closeSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { InputError } from "../diagnostics/input-error.ts";
import { type ExampleShape, exampleSize, type ImageShape } from "./dataset.ts";
import { fitImage, type Image, readImage, requireSize } from "./image.ts";
import { loadJpegDecoder } from "./jpeg.ts";
import { cannotKeep } from "./kept-rows.ts";
import { failPending, markFilled, type PendingRows } from "./pending-rows.ts";

/** What every thread is told. */
export interface DecodingTask {
  readonly files: readonly string[];
  /** Of each picture in the store. */
  readonly shape: ImageShape;
  /** Whether pictures of another size are resized; else they are mistakes. */
  readonly resize: boolean;
  /** Whether pictures that are mistakes are left out; else the first one ends it all. */
  readonly skipBad: boolean;
  /** Where bytes go: row after row in shared memory, or in a file that is as long already. */
  readonly target: { readonly values: Uint8Array } | { readonly path: string };
  /** Shared: the next picture to take, how many are done, and the first that is not wanted any more; by their places in the order. */
  readonly progress: Int32Array;
  /** Shared: the rows in the order in which they are wanted; all of them in their own order by default. */
  readonly order?: Uint32Array;
  /** Where others read rows while more are decoded; the first mistake then ends it all, and is told through it. */
  readonly pending?: PendingRows;
}

/** What a thread tells of a picture that cannot be used. */
export interface BadPicture {
  readonly kind: "bad";
  readonly row: number;
  readonly message: string;
  readonly help: string | undefined;
}

export const progressAt = { next: 0, done: 1, end: 2 } as const;

/** Pictures that a thread takes at once. */
const share = 8;

/** Takes part in a task until nothing is left. */
export async function decodePictures(task: DecodingTask, tell: (bad: BadPicture) => void): Promise<void> {
  if (task.pending === undefined) return decodeShare(task, tell);
  const { files, pending, progress } = task;
  const fail = (error: unknown): void => {
    failPending(pending, error);
    Atomics.store(progress, progressAt.end, 0);
  };
  try {
    await decodeShare(task, (bad) => fail(badPictureError(bad, files[bad.row]!)));
  } catch (error) {
    fail(error);
    throw error;
  }
}

/** What is said of a picture that cannot be used where none may be left out. */
export function badPictureError({ message, help }: BadPicture, file: string): InputError {
  return new InputError(message, {
    place: { file },
    help: [help, "with --skip-bad such pictures are left out and counted"].filter(Boolean).join("\n"),
  });
}

async function decodeShare(task: DecodingTask, tell: (bad: BadPicture) => void): Promise<void> {
  const { files, shape, progress, target, order, pending } = task;
  const parseJpeg = await loadJpegDecoder();
  const size = exampleSize(shape);
  const file = "path" in target ? openSync(target.path, "r+") : undefined;
  const keep = (row: number, pixels: Uint8Array): void => {
    if ("values" in target) target.values.set(pixels, row * size);
    else writeFully(file!, pixels, row * size, target.path);
  };
  /** The pixels of a picture; undefined where it cannot be used, which is told. */
  const read = (row: number, at: number): Uint8Array | undefined => {
    try {
      return fitPicture(readImage(files[row]!, parseJpeg), task);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      tell({ kind: "bad", row, message: error.message, help: error.help });
      // Those before this one are still looked at, so that the first mistake is told, whoever finds one first.
      if (!task.skipBad) lower(progress, progressAt.end, at);
      return undefined;
    }
  };
  try {
    for (;;) {
      const first = Atomics.add(progress, progressAt.next, share);
      if (first >= Atomics.load(progress, progressAt.end)) return;
      for (let at = first; at < Math.min(first + share, Atomics.load(progress, progressAt.end)); at++) {
        const row = order?.[at] ?? at;
        const pixels = read(row, at);
        if (pixels !== undefined) {
          keep(row, pixels);
          if (pending !== undefined) markFilled(pending, row);
        }
        Atomics.add(progress, progressAt.done, 1);
      }
    }
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function fitPicture(image: Image, { shape, resize }: DecodingTask): Uint8Array {
  if (!resize) requireSize(image, shape);
  return fitImage(image, shape);
}

function lower(numbers: Int32Array, at: number, value: number): void {
  for (let now = Atomics.load(numbers, at); value < now; now = Atomics.load(numbers, at)) {
    if (Atomics.compareExchange(numbers, at, now, value) === now) return;
  }
}

function writeFully(file: number, bytes: Uint8Array, position: number, path: string): void {
  try {
    let written = 0;
    while (written < bytes.length) {
      written += writeSync(file, bytes, written, bytes.length - written, position + written);
    }
  } catch (cause) {
    throw cannotKeep("decoded pictures", dirname(path), cause);
  }
}

/** The shape of a picture as it is: one channel where it is grey, else three. */
export function naturalShape({ height, width, channels }: Image): ExampleShape {
  return [height, width, channels < 3 ? 1 : 3];
}
