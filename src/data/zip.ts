// Zip files, as far as NumPy writes them: stored or deflated, without encryption, below 4 GB. Nothing is unpacked before its size
// is known to be possible.
import { inflateRawSync } from "node:zlib";
import { InputError } from "../diagnostics/input-error.ts";
import { crc32 } from "./crc32.ts";
import { damagedHelp } from "./files.ts";

/** Deflate cannot shrink data further than this. */
const largestExpansion = 1032;

/** Files that hold more in all are refused. */
const mostBytes = 2 ** 31 - 1;

export interface ZipEntry {
  readonly name: string;
  /** Bytes that it takes in memory beside those of the file. */
  readonly unpacked: number;
  contents(): Uint8Array;
}

/** The files of a zip, as its directory at the end lists them (PKWARE's APPNOTE, 4.3). */
export function zipEntries(bytes: Uint8Array, file: string): readonly ZipEntry[] {
  const fail = (message: string, help = damagedHelp): InputError =>
    new InputError(message, { place: { file }, help });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const directory = findDirectory(view);
  if (directory === undefined) throw fail("this is no .npz file: it has no directory of a zip at its end");
  const entries: ZipEntry[] = [];
  let [at, total] = [directory.start, 0];
  for (let index = 0; index < directory.count; index++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50)
      throw fail("the zip's directory is damaged");
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const checksum = view.getUint32(at + 16, true);
    const [packed, size] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const lengths = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [
      number,
      number,
      number,
    ];
    const local = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + lengths[0]));
    at += 46 + lengths[0] + lengths[1] + lengths[2];
    total += size;
    if ((flags & 1) !== 0 || (method !== 0 && method !== 8))
      throw fail(
        `"${name}" is packed in a way that is not read`,
        "numpy.savez and numpy.savez_compressed write what is read",
      );
    if (packed === 0xffffffff || size === 0xffffffff)
      throw fail(`"${name}" is larger than 4 GB; save it as a single .npy, which is read from the disk`);
    if (size > packed * largestExpansion + 64 || total > mostBytes)
      throw fail(`"${name}" announces ${size} bytes, which ${packed} cannot hold`);
    if (local + 30 > bytes.length || view.getUint32(local, true) !== 0x04034b50)
      throw fail(`"${name}" is not where the directory says`);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (start + packed > bytes.length) throw fail(`"${name}" is cut off`);
    const body = bytes.subarray(start, start + packed);
    entries.push({
      name,
      unpacked: method === 0 ? 0 : size,
      contents: () => {
        const damaged = (): InputError => fail(`"${name}" is damaged`);
        const contents = method === 0 ? body : inflate(body, size, damaged);
        if (crc32(contents) !== checksum) throw damaged();
        return contents;
      },
    });
  }
  return entries;
}

function inflate(body: Uint8Array, size: number, damaged: () => InputError): Uint8Array {
  try {
    const bytes = inflateRawSync(body, { maxOutputLength: Math.max(1, size) });
    if (bytes.length === size) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch {
    // Told below, with the name.
  }
  throw damaged();
}

/** The end record stands in the last 22 bytes, before a comment of at most 64 kB. */
function findDirectory(view: DataView): { readonly start: number; readonly count: number } | undefined {
  const length = view.byteLength;
  for (let at = length - 22; at >= 0 && at >= length - 22 - 65_535; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    return { count: view.getUint16(at + 10, true), start: view.getUint32(at + 16, true) };
  }
  return undefined;
}
