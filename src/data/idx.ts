// The IDX format of the MNIST family: two zero bytes, the element type, the rank, the dimensions (32 bits each, big
// endian), then the elements in row-major order (big endian).
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { InputError } from "../diagnostics/input-error.ts";
import { writeFileAtomically } from "../files/atomic.ts";
import { damagedHelp, inflateHead, inflateWhole, isGzip, readWholeFile } from "./files.ts";

/** The element types of the format. */
export interface IdxData {
  readonly uint8: Uint8Array;
  readonly int8: Int8Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
}
export type IdxType = keyof IdxData;

/** The contents of an IDX file; `type` says which kind of array `data` is. */
export type IdxArray = {
  [Type in IdxType]: { readonly type: Type; readonly shape: readonly number[]; readonly data: IdxData[Type] };
}[IdxType];

/** The contents of an IDX file and where they come from. */
export type IdxFile = IdxArray & {
  readonly path: string;
  /** Checksum of the uncompressed contents, so that it is the same for `x` and `x.gz`. */
  readonly sha256: string;
};

/** Contents larger than this are refused before anything is allocated. */
const largestContents = 2 ** 31 - 1;

/** What an IDX file says of its elements before them; lengths in bytes. */
export interface IdxHeader {
  readonly type: IdxType;
  readonly shape: readonly number[];
  readonly headerLength: number;
  readonly totalLength: number;
}

/**
 * Reads an IDX file, plain or gzip-compressed (told by its first bytes, not by its name).
 *
 * @throws InputError for a file that cannot be read, is no IDX file, is cut off, damaged or too long
 */
export function readIdx(path: string): IdxFile {
  const bytes = readWholeFile(path);
  const contents = isGzip(bytes) ? inflateIdx(bytes, path) : bytes;
  const array = parseIdx(contents, path);
  return { ...array, path, sha256: createHash("sha256").update(contents).digest("hex") };
}

/**
 * Takes the contents of an (uncompressed) IDX file apart. The array of a `uint8` file shares the memory of `bytes`.
 *
 * @param file the name to say in messages
 * @throws InputError for bytes that are not exactly one IDX array
 */
export function parseIdx(bytes: Uint8Array, file: string): IdxArray {
  const header = parseHeader(bytes, file);
  if (bytes.length !== header.totalLength) {
    const announced = `${header.shape.join("x")} ${header.type}, ${header.totalLength} bytes with the header`;
    throw new InputError(
      bytes.length < header.totalLength
        ? `the file ends at byte ${bytes.length}, but its header announces ${announced}`
        : `${bytes.length - header.totalLength} bytes too many: its header announces ${announced}`,
      { place: { file }, help: damagedHelp },
    );
  }
  const body = bytes.subarray(header.headerLength);
  return { type: header.type, shape: header.shape, data: decodeBody(body, header.type) } as IdxArray;
}

/** The bytes of an IDX file. */
export function encodeIdx(array: IdxArray): Uint8Array {
  const { code, size, write } = elements[array.type];
  const count = array.shape.reduce((product, dimension) => product * dimension, 1);
  const fits = array.shape.every(
    (dimension) => Number.isInteger(dimension) && dimension >= 0 && dimension < 2 ** 32,
  );
  const rank = array.shape.length;
  if (!fits || rank < 1 || rank > 255 || count !== array.data.length) {
    throw new RangeError(
      `${array.data.length} elements do not make an IDX array of shape ${array.shape.join("x")}`,
    );
  }
  const bytes = new Uint8Array(4 + 4 * rank + count * size);
  const view = new DataView(bytes.buffer);
  bytes[2] = code;
  bytes[3] = rank;
  array.shape.forEach((dimension, axis) => view.setUint32(4 + 4 * axis, dimension));
  const start = 4 + 4 * rank;
  for (let index = 0; index < count; index++) write(view, start + index * size, array.data[index]!);
  return bytes;
}

/**
 * Writes an IDX file as a whole or not at all; gzip-compressed if the name ends in `.gz`.
 *
 * @throws InputError if the file cannot be written
 */
export async function writeIdx(path: string, array: IdxArray): Promise<void> {
  const bytes = encodeIdx(array);
  await writeFileAtomically(path, path.endsWith(".gz") ? gzipSync(bytes) : bytes);
}

function inflateIdx(bytes: Uint8Array, file: string): Uint8Array {
  return inflateWhole(bytes, parseGzipHeader(bytes, file).totalLength, file);
}

/** The header within a gzip file, of whose bytes the first ones are enough. @throws InputError as `parseHeader` does */
export function parseGzipHeader(bytes: Uint8Array, file: string, largest = largestContents): IdxHeader {
  const rank = inflateHead(bytes, 4, file)[3] ?? 0;
  return parseHeader(inflateHead(bytes, 4 + 4 * rank, file), file, largest);
}

/** @param largest length of contents that is not refused @throws InputError for bytes that do not begin as an IDX file does */
export function parseHeader(bytes: Uint8Array, file: string, largest = largestContents): IdxHeader {
  const fail = (message: string, help?: string): never => {
    throw new InputError(message, { place: { file }, help });
  };
  if (bytes.length < 4)
    fail(`the file ends at byte ${bytes.length}, within the header of 4 bytes`, damagedHelp);
  const type = typeOfCode.get(bytes[2]!);
  if (bytes[0] !== 0 || bytes[1] !== 0 || type === undefined) {
    const found = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return fail(
      `this is not an IDX file: it starts with the bytes ${found}`,
      "an IDX file starts with 00 00, the element type (08, 09, 0b to 0e) and the number of dimensions",
    );
  }
  const rank = bytes[3]!;
  const headerLength = 4 + 4 * rank;
  if (rank === 0) fail("byte 4 of the header announces an array without dimensions");
  if (bytes.length < headerLength) {
    fail(`the file ends at byte ${bytes.length}, within the header of ${headerLength} bytes`, damagedHelp);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const totalLength =
    headerLength + elements[type].size * shape.reduce((product, dimension) => product * dimension, 1);
  if (!(totalLength <= largest)) {
    fail(`its header announces ${shape.join("x")} ${type}, more than the ${largest} bytes that can be read`);
  }
  return { type, shape, headerLength, totalLength };
}

function decodeBody(body: Uint8Array, type: IdxType): IdxData[IdxType] {
  if (type === "uint8") return body;
  const { size, allocate, read } = elements[type];
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const data = allocate(body.length / size);
  for (let index = 0; index < data.length; index++) data[index] = read(view, index * size);
  return data;
}

/** How an element type is told and stored. */
interface ElementFormat {
  readonly code: number;
  readonly size: number;
  readonly allocate: (count: number) => IdxData[IdxType];
  readonly read: (view: DataView, offset: number) => number;
  readonly write: (view: DataView, offset: number, value: number) => void;
}

const elements: Record<IdxType, ElementFormat> = {
  uint8: {
    code: 0x08,
    size: 1,
    allocate: (count) => new Uint8Array(count),
    read: (view, offset) => view.getUint8(offset),
    write: (view, offset, value) => view.setUint8(offset, value),
  },
  int8: {
    code: 0x09,
    size: 1,
    allocate: (count) => new Int8Array(count),
    read: (view, offset) => view.getInt8(offset),
    write: (view, offset, value) => view.setInt8(offset, value),
  },
  int16: {
    code: 0x0b,
    size: 2,
    allocate: (count) => new Int16Array(count),
    read: (view, offset) => view.getInt16(offset),
    write: (view, offset, value) => view.setInt16(offset, value),
  },
  int32: {
    code: 0x0c,
    size: 4,
    allocate: (count) => new Int32Array(count),
    read: (view, offset) => view.getInt32(offset),
    write: (view, offset, value) => view.setInt32(offset, value),
  },
  float32: {
    code: 0x0d,
    size: 4,
    allocate: (count) => new Float32Array(count),
    read: (view, offset) => view.getFloat32(offset),
    write: (view, offset, value) => view.setFloat32(offset, value),
  },
  float64: {
    code: 0x0e,
    size: 8,
    allocate: (count) => new Float64Array(count),
    read: (view, offset) => view.getFloat64(offset),
    write: (view, offset, value) => view.setFloat64(offset, value),
  },
};
const typeOfCode = new Map(
  Object.entries(elements).map(([type, element]) => [element.code, type as IdxType]),
);
