// Reading whole files, compressed ones too, within bounds and with messages for people.
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { constants, gunzipSync } from "node:zlib";
import { InputError } from "../diagnostics/input-error.ts";

/** Node reads at most 2 GiB at once. */
const largestFile = 2 ** 31 - 1;

/** Deflate cannot shrink data further than this. */
export const largestExpansion = 1032;

/**
 * The bytes of a file.
 *
 * @throws InputError if there is no such file, it may not be read, is a folder or a device, or is larger than `largest`
 */
export function readWholeFile(path: string, largest = largestFile): Uint8Array {
  const refuse = (reason: string): never => {
    throw new InputError(`cannot read ${path}: ${reason}`, { place: { file: path } });
  };
  try {
    const status = statSync(path);
    if (!status.isFile()) refuse(status.isDirectory() ? "it is a folder" : "it is no regular file");
    if (status.size > largest) refuse(`it has ${status.size} bytes, at most ${largest} can be read`);
    return plainBytes(readFileSync(path));
  } catch (error) {
    throw readError(error, path);
  }
}

/** Bytes that are read at once where a file is not read whole. */
const pieceSize = 1 << 20;

/** A range of bytes of a file. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/**
 * The bytes of a file, or of a range of it, in pieces of at most 1 MB; each is overwritten by the next one. It ends early where the
 * file does.
 *
 * @throws InputError where the file cannot be read
 */
export function* filePieces(
  path: string,
  { start, length }: ByteRange = { start: 0, length: Infinity },
): Generator<Uint8Array, void, undefined> {
  const file = withFile(path, () => openSync(path, "r"));
  try {
    const piece = new Uint8Array(Math.max(1, Math.min(pieceSize, length)));
    for (let at = 0; at < length;) {
      const most = Math.min(piece.length, length - at);
      const read = withFile(path, () => readSync(file, piece, 0, most, start + at));
      if (read === 0) return;
      yield piece.subarray(0, read);
      at += read;
    }
  } finally {
    closeSync(file);
  }
}

/** The checksum of a file of any size. @throws InputError where it cannot be read */
export function sha256OfFile(path: string): string {
  const hash = createHash("sha256");
  for (const piece of filePieces(path)) hash.update(piece);
  return hash.digest("hex");
}

/** A Buffer as the array of bytes it is: its own `slice` means something else. */
function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

/** Does something with a file. @throws InputError where the file system does not allow it */
export function withFile<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw readError(error, path);
  }
}

/** Turns an error of the file system into a message; errors that are none of the user's come back as they are. */
export function readError(error: unknown, path: string): unknown {
  if (error instanceof InputError || !(error instanceof Error) || !("code" in error)) return error;
  const reasons: Record<string, string> = {
    ENOENT: "there is no such file",
    ENOTDIR: "a part of this path is not a folder",
    EISDIR: "it is a folder",
    EACCES: "you may not read it",
    EPERM: "you may not read it",
    EIO: "the disk reports an error (EIO)",
    ENAMETOOLONG: "the name is too long",
    ELOOP: "the links go round in a circle",
  };
  const reason = reasons[String(error.code)] ?? error.message;
  return new InputError(`cannot read ${path}: ${reason}`, { place: { file: path }, cause: error });
}

/** Whether bytes are gzip-compressed: told by the first two, not by the name. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The first bytes of what a gzip file holds, at least `wanted` where it holds so many; never inflates more than a few MB. */
export function inflateHead(bytes: Uint8Array, wanted: number, file: string): Uint8Array {
  // The second size takes in a gzip header with the longest name and comment that are in use.
  for (const compressed of [1024, 65536]) {
    const head = gunzip(bytes.subarray(0, compressed), file, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: largestExpansion * compressed + 1024,
    });
    if (head.length >= wanted || compressed >= bytes.length) return head;
  }
  throw new InputError("the compressed file does not start with its contents", { place: { file } });
}

/**
 * Inflates a gzip file whose contents are known to be `expected` bytes long; a file that holds more is refused without
 * being inflated further.
 *
 * @throws InputError if the file is damaged, cut off, or holds more or fewer bytes
 */
export function inflateWhole(bytes: Uint8Array, expected: number, file: string): Uint8Array {
  const most = bytes.length * largestExpansion;
  if (expected > most) {
    throw new InputError(
      `its header announces ${expected} bytes, but so small a file holds at most ${most}`,
      {
        place: { file },
        help: damagedHelp,
      },
    );
  }
  return gunzip(bytes, file, { maxOutputLength: expected, chunkSize: Math.max(64, expected + 1) });
}

export const damagedHelp = "the file is damaged or was cut off; delete it and bring it again";

function gunzip(bytes: Uint8Array, file: string, options: Parameters<typeof gunzipSync>[1]): Uint8Array {
  try {
    return plainBytes(gunzipSync(bytes, options));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    const message =
      code === "ERR_BUFFER_TOO_LARGE"
        ? "the compressed file holds more bytes than its header announces"
        : code === "Z_BUF_ERROR"
          ? "the compressed file is cut off"
          : code === "Z_DATA_ERROR"
            ? "the compressed file is damaged"
            : undefined;
    if (message === undefined) throw error;
    throw new InputError(message, { place: { file }, help: damagedHelp, cause: error });
  }
}
