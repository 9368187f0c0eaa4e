// Compressed bytes of a file, unpacked piece by piece, for what is larger than may be in memory.
import { createReadStream } from "node:fs";
import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from "node:zlib";
import { InputError } from "../diagnostics/input-error.ts";
import { collectGarbage } from "../files/available-memory.ts";
import { type ByteRange, damagedHelp, readError } from "./files.ts";

/** Unpacked pieces are given back when they take so many bytes: by itself Node lets some hundred MB lie about. */
const mostLeftovers = 2 ** 25;

const chunkSize = 1 << 18;

/** The contents of a gzip file. @throws InputError where it is damaged or cut off, at the end at the latest */
export function gunzippedPieces(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const damaged = (): InputError =>
    new InputError("the compressed file is damaged or cut off", { place: { file: path }, help: damagedHelp });
  return inflatedPieces(path, {}, createGunzip({ chunkSize }), damaged);
}

/** What a range of bytes, deflated without a head, unpacks to. @param damaged what is thrown where it cannot be */
export function inflatedRange(
  path: string,
  { start, length }: ByteRange,
  damaged: () => InputError,
): AsyncGenerator<Uint8Array, void, undefined> {
  return inflatedPieces(path, { start, end: start + length - 1 }, createInflateRaw({ chunkSize }), damaged);
}

async function* inflatedPieces(
  path: string,
  range: { readonly start?: number; readonly end?: number },
  inflater: Gunzip | InflateRaw,
  damaged: () => InputError,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = createReadStream(path, { ...range, highWaterMark: chunkSize });
  source.on("error", (error) => inflater.destroy(error)).pipe(inflater);
  try {
    let inUse = 0;
    for await (const piece of inflater as AsyncIterable<Buffer>) {
      yield new Uint8Array(piece.buffer, piece.byteOffset, piece.length);
      inUse += piece.length;
      if (inUse < mostLeftovers) continue;
      collectGarbage();
      inUse = 0;
    }
  } catch (error) {
    const isZlibs = String((error as NodeJS.ErrnoException).code).startsWith("Z_");
    throw isZlibs ? damaged() : readError(error, path);
  } finally {
    source.destroy();
  }
}
