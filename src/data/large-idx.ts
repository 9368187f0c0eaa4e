// IDX files that are larger than may be in memory: read where they lie, or unpacked once where they are compressed.
import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { InputError } from "../diagnostics/input-error.ts";
import { damagedHelp, filePieces, isGzip, withFile } from "./files.ts";
import { type IdxHeader, type IdxType, parseGzipHeader, parseHeader } from "./idx.ts";
import { gunzippedPieces } from "./inflated-pieces.ts";
import { fileKey, keptRows, makeRoomFor, markUsed } from "./kept-rows.ts";
import type { ReadOptions } from "./read-options.ts";
import { FileSink } from "./row-sink.ts";

/** An IDX file whose elements are not read into memory. */
export interface LargeIdx {
  readonly type: IdxType;
  readonly shape: readonly number[];
  /** Where its contents lie uncompressed, and at which byte its elements begin. */
  readonly contents: { readonly path: string; readonly start: number };
  /** Checksum of the contents, as `readIdx` gives it. */
  readonly sha256: string;
}

/** Enough bytes for any header, compressed or not. */
const headBytes = 65_536;

/**
 * Opens an IDX file that is larger than may be in memory.
 *
 * @returns undefined where it is not that large
 * @throws InputError for a file that cannot be read, is no IDX file, is damaged, or has another length than its header says
 */
export async function openLargeIdx(
  path: string,
  { memoryLimit, cacheFolder }: Pick<ReadOptions, "memoryLimit" | "cacheFolder">,
): Promise<LargeIdx | undefined> {
  const [head = new Uint8Array(0)] = filePieces(path, { start: 0, length: headBytes });
  if (!isGzip(head)) {
    if (sizeOf(path) <= memoryLimit) return undefined;
    return describe(path, path, parseHeader(head, path, Number.MAX_SAFE_INTEGER));
  }
  const header = parseGzipHeader(head, path, Number.MAX_SAFE_INTEGER);
  if (header.totalLength <= memoryLimit) return undefined;
  return describe(path, await unpack(path, header, cacheFolder), header);
}

/** @returns where the contents are, unpacked by this or by an earlier run */
async function unpack(path: string, { totalLength }: IdxHeader, cacheFolder: string): Promise<string> {
  const kept = keptRows(
    cacheFolder,
    fileKey(
      path,
      withFile(path, () => statSync(path)),
      "idx",
    ),
  );
  if (existsSync(kept.path)) {
    markUsed(kept.path);
    return kept.path;
  }
  makeRoomFor(`unpacked, ${path} takes`, totalLength, cacheFolder);
  const sink = new FileSink(kept, "unpacked images", "uint8");
  try {
    let length = 0;
    for await (const piece of gunzippedPieces(path)) {
      length += piece.length;
      if (length > totalLength) throw wrongLength(path, "more", totalLength);
      sink.add(piece);
    }
    if (length < totalLength) throw wrongLength(path, `${length}`, totalLength);
  } catch (error) {
    sink.discard();
    throw error;
  }
  sink.finish();
  return kept.path;
}

/** @param contents the file itself, or what was unpacked of it */
function describe(path: string, contents: string, header: IdxHeader): LargeIdx {
  const size = sizeOf(contents);
  if (size !== header.totalLength) throw wrongLength(path, `${size}`, header.totalLength);
  const hash = createHash("sha256");
  for (const piece of filePieces(contents)) hash.update(piece);
  const { type, shape, headerLength: start } = header;
  return { type, shape, contents: { path: contents, start }, sha256: hash.digest("hex") };
}

function sizeOf(path: string): number {
  return withFile(path, () => statSync(path)).size;
}

function wrongLength(path: string, found: string, announced: number): InputError {
  return new InputError(`the file has ${found} bytes, but its header announces ${announced}`, {
    place: { file: path },
    help: damagedHelp,
  });
}
