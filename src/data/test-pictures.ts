// A first look at the pictures that a run holds back for testing: what `cnn evaluate` would stumble over is told when training begins.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError } from "../diagnostics/input-error.ts";
import { mostNamed } from "./bad-rows.ts";
import type { ImageShape } from "./dataset.ts";
import { fitImage, readImage, requireSize } from "./image.ts";
import { isJpeg, loadJpegDecoder, peekJpegSize } from "./jpeg.ts";
import { isPng, peekPngSize } from "./png.ts";
import type { ReadOptions } from "./read-options.ts";

/** What a picture is to become. */
interface WantedPicture extends Pick<ReadOptions, "resize"> {
  readonly shape: ImageShape;
}

/** Enough for the size of most pictures. */
const headBytes = 2048;

/**
 * Says of pictures whose first and last bytes are not those of a whole picture of the wanted size why they cannot be used. Damage
 * between these is not seen: the pictures are not decoded.
 *
 * @param nameOf how messages call a file
 */
export async function notesOnTestPictures(
  files: readonly string[],
  nameOf: (file: string) => string,
  wanted: WantedPicture,
): Promise<readonly string[]> {
  const suspects = files.filter((file) => !looksWhole(file, wanted));
  if (suspects.length === 0) return [];
  const parseJpeg = await loadJpegDecoder();
  const reasonOf = (file: string): string | undefined => {
    try {
      const image = readImage(file, parseJpeg);
      if (wanted.resize !== true) requireSize(image, wanted.shape);
      fitImage(image, wanted.shape);
      return undefined;
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
  };
  const bad = suspects.flatMap((file) => {
    const reason = reasonOf(file);
    return reason === undefined ? [] : [`${nameOf(file)}: ${reason}`];
  });
  if (bad.length === 0) return [];
  const more = bad.length > mostNamed ? [`… and ${bad.length - mostNamed} more`] : [];
  return [
    `${bad.length} ${bad.length === 1 ? "picture" : "pictures"} held back for testing cannot be used by \`cnn evaluate\`, which leaves bad ones out with --skip-bad:`,
    ...bad.slice(0, mostNamed),
    ...more,
  ];
}

/** Whether a file begins and ends as a picture of the right size does, as far as that is quickly seen. */
function looksWhole(path: string, { shape, resize }: WantedPicture): boolean {
  try {
    const { head, tail } = readEnds(path);
    const isWhole = isJpeg(head)
      ? tail.at(-2) === 0xff && tail.at(-1) === 0xd9
      : isPng(head) && String.fromCharCode(...tail.subarray(4, 8)) === "IEND";
    const size = isJpeg(head) ? peekJpegSize(head) : peekPngSize(head);
    const isOfSize = size === undefined || (size.height === shape[0] && size.width === shape[1]);
    return isWhole && (resize === true || isOfSize);
  } catch {
    return false;
  }
}

function readEnds(path: string): { readonly head: Uint8Array; readonly tail: Uint8Array } {
  const file = openSync(path, "r");
  try {
    const [head, tail] = [new Uint8Array(headBytes), new Uint8Array(12)];
    const { size } = fstatSync(file);
    const read = readSync(file, head, 0, head.length, 0);
    readSync(file, tail, 0, tail.length, Math.max(0, size - tail.length));
    return { head: head.subarray(0, read), tail };
  } finally {
    closeSync(file);
  }
}
