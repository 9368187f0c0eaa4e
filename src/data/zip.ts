// Zip files, as far as NumPy writes them: stored or deflated, without encryption, of any size. The directory is read first, and
// nothing is unpacked before its size is known to be possible.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { constants, inflateRawSync } from "node:zlib";
import { InputError } from "../diagnostics/input-error.ts";
import { crc32 } from "./crc32.ts";
import { damagedHelp, filePieces, largestExpansion, withFile } from "./files.ts";
import { inflatedRange } from "./inflated-pieces.ts";

/** A file within a zip. */
export interface ZipEntry {
  readonly name: string;
  /** The zip. */
  readonly path: string;
  /** Where its bytes begin there, and how many they are. */
  readonly start: number;
  readonly packed: number;
  /** How many they are once unpacked: the same where they are stored as they are. */
  readonly size: number;
  readonly isDeflated: boolean;
  readonly checksum: number;
}

/** Directories that take more bytes are refused. */
const largestDirectory = 2 ** 26;

/** The end record takes 22 bytes, a comment behind it at most 64 kB. */
const largestEnd = 22 + 65_535;

/** What stands for a number that has its place in the record of a large file (PKWARE's APPNOTE, 4.5.3). */
const isElsewhere = 0xffffffff;

/**
 * The files of a zip, as its directory at the end lists them (PKWARE's APPNOTE, 4.3).
 *
 * @throws InputError where it is damaged, or announces what cannot be
 */
export function readZipDirectory(path: string): readonly ZipEntry[] {
  const file = withFile(path, () => openSync(path, "r"));
  try {
    return withFile(path, () => new DirectoryReader(file, path).read());
  } finally {
    closeSync(file);
  }
}

/** Where the directory begins, its bytes, and how many files it lists. */
interface Directory {
  readonly start: number;
  readonly size: number;
  readonly count: number;
}

class DirectoryReader {
  readonly #file: number;
  readonly #path: string;
  readonly #length: number;

  constructor(file: number, path: string) {
    [this.#file, this.#path, this.#length] = [file, path, fstatSync(file).size];
  }

  read(): readonly ZipEntry[] {
    const { start, count, size } = this.#findDirectory();
    if (size > largestDirectory || start + size > this.#length)
      throw this.#fail("the zip's directory is damaged");
    const view = this.#bytes(start, size);
    const entries: ZipEntry[] = [];
    for (let index = 0, at = 0; index < count; index++) {
      if (at + 46 > view.byteLength || view.getUint32(at, true) !== 0x02014b50)
        throw this.#fail("the zip's directory is damaged");
      const lengths = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
      const end = lengths.reduce((sum, length) => sum + length, at + 46);
      if (end > view.byteLength) throw this.#fail("the zip's directory is damaged");
      entries.push(this.#entry(new DataView(view.buffer, view.byteOffset + at, end - at)));
      at = end;
    }
    return entries;
  }

  /** @param view a file's part of the directory */
  #entry(view: DataView): ZipEntry {
    const [flags, method] = [view.getUint16(8, true), view.getUint16(10, true)];
    const nameEnd = 46 + view.getUint16(28, true);
    const name = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + 46, nameEnd - 46));
    if ((flags & 1) !== 0 || (method !== 0 && method !== 8))
      throw this.#fail(
        `"${name}" is packed in a way that is not read`,
        "numpy.savez and numpy.savez_compressed write what is read",
      );
    const [size, packed, local] = wideNumbers(view, nameEnd);
    const isDeflated = method === 8;
    if (isDeflated ? size > packed * largestExpansion + 64 : size !== packed)
      throw this.#fail(`"${name}" announces ${size} bytes, which ${packed} cannot hold`);
    const start = this.#startOf(name, local);
    if (start + packed > this.#length) throw this.#fail(`"${name}" is cut off`);
    return { name, path: this.#path, start, packed, size, isDeflated, checksum: view.getUint32(16, true) };
  }

  /** Where the bytes of a file begin, behind a head of their own. */
  #startOf(name: string, local: number): number {
    const head = local + 30 <= this.#length ? this.#bytes(local, 30) : undefined;
    if (head?.getUint32(0, true) !== 0x04034b50)
      throw this.#fail(`"${name}" is not where the directory says`);
    return local + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  }

  #findDirectory(): Directory {
    const tailStart = Math.max(0, this.#length - largestEnd);
    const tail = this.#bytes(tailStart, this.#length - tailStart);
    for (let at = tail.byteLength - 22; at >= 0; at--) {
      if (tail.getUint32(at, true) !== 0x06054b50) continue;
      const start = tail.getUint32(at + 16, true);
      return start === isElsewhere
        ? this.#findLargeDirectory(tailStart + at)
        : { start, count: tail.getUint16(at + 10, true), size: tail.getUint32(at + 12, true) };
    }
    throw this.#fail("this is no .npz file: it has no directory of a zip at its end");
  }

  /** Where the directory of a zip beyond 4 GB is: said by a record to which the 20 bytes before the usual one point. */
  #findLargeDirectory(endAt: number): Directory {
    const pointer = endAt >= 20 ? this.#bytes(endAt - 20, 20) : undefined;
    const recordAt = pointer?.getUint32(0, true) === 0x07064b50 ? wide(pointer, 8) : Infinity;
    const record = recordAt + 56 <= this.#length ? this.#bytes(recordAt, 56) : undefined;
    if (record?.getUint32(0, true) !== 0x06064b50) throw this.#fail("the zip's directory is damaged");
    return { count: wide(record, 32), size: wide(record, 40), start: wide(record, 48) };
  }

  #bytes(start: number, length: number): DataView {
    const bytes = new Uint8Array(length);
    const read = readSync(this.#file, bytes, 0, length, start);
    return new DataView(bytes.buffer, 0, read);
  }

  #fail(message: string, help = damagedHelp): InputError {
    return new InputError(message, { place: { file: this.#path }, help });
  }
}

/** Size, packed size and place of a file: each in its usual field, or in 64 bits in the field of large files (4.5.3). */
function wideNumbers(
  view: DataView,
  extraAt: number,
): readonly [size: number, packed: number, local: number] {
  let at = extraAt;
  const end = extraAt + view.getUint16(30, true);
  while (at + 4 <= end && view.getUint16(at, true) !== 0x0001) at += 4 + view.getUint16(at + 2, true);
  at += 4;
  const numberAt = (offset: number): number => {
    const usual = view.getUint32(offset, true);
    if (usual !== isElsewhere || at + 8 > end) return usual;
    at += 8;
    return wide(view, at - 8);
  };
  return [numberAt(24), numberAt(20), numberAt(42)];
}

function wide(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function damaged({ path, name }: ZipEntry): InputError {
  return new InputError(`"${name}" is damaged`, { place: { file: path }, help: damagedHelp });
}

/** The first bytes of a file of a zip, `wanted` of them or more where it has so many. @throws InputError where they are damaged */
export function readZipEntryHead(entry: ZipEntry, wanted: number): Uint8Array {
  const { path, start, packed, isDeflated } = entry;
  for (let most = 1024; ; most *= 64) {
    const length = Math.min(packed, isDeflated ? most : wanted);
    const [piece = new Uint8Array(0)] = filePieces(path, { start, length });
    const head = isDeflated ? inflateStart(piece) : piece;
    if (head === undefined) throw damaged(entry);
    if (head.length >= wanted || length >= packed || most > wanted) return head;
  }
}

function inflateStart(packed: Uint8Array): Uint8Array | undefined {
  try {
    const bytes = inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH });
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch {
    return undefined;
  }
}

/**
 * The contents of a file of a zip, in pieces; each may be overwritten by the next one.
 *
 * @throws InputError where it is damaged or larger than announced, at the end at the latest
 */
export async function* zipEntryPieces(entry: ZipEntry): AsyncGenerator<Uint8Array, void, undefined> {
  let [length, checksum] = [0, 0];
  for await (const piece of piecesOf(entry)) {
    length += piece.length;
    if (length > entry.size) break;
    checksum = crc32(piece, checksum);
    yield piece;
  }
  if (length !== entry.size || checksum !== entry.checksum) throw damaged(entry);
}

function piecesOf(entry: ZipEntry): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  const { path, start, packed: length, isDeflated } = entry;
  return isDeflated
    ? inflatedRange(path, { start, length }, () => damaged(entry))
    : filePieces(path, { start, length });
}
