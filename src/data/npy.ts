// NumPy's files: an .npy holds one array, an .npz is a zip of them. Arrays of objects are pickles, that is programs, and are
// never read.
import { statSync } from "node:fs";
import { InputError } from "../diagnostics/input-error.ts";
import { halfToNumber } from "../tensor/half-precision.ts";
import { type ByteRange, damagedHelp, filePieces, withFile } from "./files.ts";

/** Arrays of more bytes are never put into memory. */
export const mostBytesInMemory = 2 ** 31 - 1;

/** No header that NumPy writes is longer. */
const longestHeader = 65_536;

/** The bytes before the text of a header say how long it is. */
const shortestHeader = 12;

/** Values that are converted at a time. */
const valuesAtOnce = 1 << 16;

/** An array of numbers. `values` shares the file's memory where it can. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly values:
    Uint8Array | Float32Array | Float64Array | Int32Array | Int16Array | Int8Array | Uint16Array;
  readonly isFloat: boolean;
}

/** What the header of an .npy says. */
export interface NpyHeader {
  readonly shape: readonly number[];
  readonly type: NpyType;
  /** The byte at which the values begin. */
  readonly start: number;
  readonly isColumnMajor: boolean;
  readonly isLittleEndian: boolean;
}

interface NpyType {
  readonly code: string;
  readonly size: number;
  readonly isFloat: boolean;
  read(view: DataView, at: number, isLittleEndian: boolean): number;
  make(count: number): NumberArray["values"];
}

type ReadBig = (view: DataView, at: number, isLittleEndian: boolean) => bigint;
const bigInteger =
  (read: ReadBig): NpyType["read"] =>
  (view, at, isLittleEndian) =>
    Number(read(view, at, isLittleEndian));

/** The types of NumPy that hold numbers; those of several bytes may stand in either order, `<` or `>`. */
const types: readonly NpyType[] = [
  {
    code: "|u1",
    size: 1,
    isFloat: false,
    read: (view, at) => view.getUint8(at),
    make: (count) => new Uint8Array(count),
  },
  {
    code: "|b1",
    size: 1,
    isFloat: false,
    read: (view, at) => view.getUint8(at),
    make: (count) => new Uint8Array(count),
  },
  {
    code: "|i1",
    size: 1,
    isFloat: false,
    read: (view, at) => view.getInt8(at),
    make: (count) => new Int8Array(count),
  },
  {
    code: "<u2",
    size: 2,
    isFloat: false,
    read: (view, at, isLittleEndian) => view.getUint16(at, isLittleEndian),
    make: (count) => new Uint16Array(count),
  },
  {
    code: "<i2",
    size: 2,
    isFloat: false,
    read: (view, at, isLittleEndian) => view.getInt16(at, isLittleEndian),
    make: (count) => new Int16Array(count),
  },
  {
    code: "<i4",
    size: 4,
    isFloat: false,
    read: (view, at, isLittleEndian) => view.getInt32(at, isLittleEndian),
    make: (count) => new Int32Array(count),
  },
  {
    code: "<u4",
    size: 4,
    isFloat: false,
    read: (view, at, isLittleEndian) => view.getUint32(at, isLittleEndian),
    make: (count) => new Float64Array(count),
  },
  {
    code: "<i8",
    size: 8,
    isFloat: false,
    read: bigInteger((view, at, isLittleEndian) => view.getBigInt64(at, isLittleEndian)),
    make: (count) => new Float64Array(count),
  },
  {
    code: "<u8",
    size: 8,
    isFloat: false,
    read: bigInteger((view, at, isLittleEndian) => view.getBigUint64(at, isLittleEndian)),
    make: (count) => new Float64Array(count),
  },
  {
    code: "<f2",
    size: 2,
    isFloat: true,
    read: (view, at, isLittleEndian) => halfToNumber(view.getUint16(at, isLittleEndian)),
    make: (count) => new Float32Array(count),
  },
  {
    code: "<f4",
    size: 4,
    isFloat: true,
    read: (view, at, isLittleEndian) => view.getFloat32(at, isLittleEndian),
    make: (count) => new Float32Array(count),
  },
  {
    code: "<f8",
    size: 8,
    isFloat: true,
    read: (view, at, isLittleEndian) => view.getFloat64(at, isLittleEndian),
    make: (count) => new Float64Array(count),
  },
];

/** Whether bytes start as an .npy does. */
export function isNpy(bytes: Uint8Array): boolean {
  return bytes[0] === 0x93 && String.fromCharCode(...bytes.subarray(1, 6)) === "NUMPY";
}

/** Where the bytes of an .npy are: a file of its own, or a part of one. */
export interface NpyPlace extends ByteRange {
  /** The name to say in messages. */
  readonly name: string;
  readonly path: string;
}

/** The place of an .npy that is a file of its own. @throws InputError where there is none */
export function npyFile(path: string): NpyPlace {
  return { name: path, path, start: 0, length: withFile(path, () => statSync(path)).size };
}

/** The header of an .npy alone, checked against its length. @throws InputError where it is damaged, or the array holds no numbers */
export function readNpyHeader(place: NpyPlace): NpyHeader {
  const { name, path, start, length } = place;
  const [head = new Uint8Array(0)] = filePieces(path, { start, length: Math.min(length, longestHeader) });
  return checkedHeader(head, length, name);
}

/** The same of an .npy of which `headOf` gives the first bytes, as many as it is asked for or more. */
export function readNpyHeaderFrom(
  headOf: (wanted: number) => Uint8Array,
  { name, length }: Pick<NpyPlace, "name" | "length">,
): NpyHeader {
  const first = headOf(shortestHeader);
  return checkedHeader(
    isNpy(first) ? headOf(Math.min(longestHeader, headerEnd(first))) : first,
    length,
    name,
  );
}

function checkedHeader(head: Uint8Array, length: number, name: string): NpyHeader {
  const header = parseNpyHeader(head, name);
  checkLength(header, length, name);
  return header;
}

/**
 * The values of an array that is written row by row, some at a time, bytes as they are and others as float32; they are overwritten
 * by the next ones.
 */
export async function* npyValues(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { type, start, isLittleEndian }: NpyHeader,
): AsyncGenerator<Uint8Array | Float32Array, void, undefined> {
  const bytes = new Uint8Array(valuesAtOnce * type.size);
  const view = new DataView(bytes.buffer);
  const isAsItIs = type.code === "<f4" && isLittleEndian;
  const values = isAsItIs ? new Float32Array(bytes.buffer) : new Float32Array(valuesAtOnce);
  let [held, skipped] = [0, 0];
  for await (const piece of pieces) {
    let taken = Math.min(piece.length, start - skipped);
    skipped += taken;
    if (areUnsignedBytes(type)) {
      if (taken < piece.length) yield piece.subarray(taken);
      continue;
    }
    while (taken < piece.length) {
      const part = piece.subarray(taken, taken + bytes.length - held);
      bytes.set(part, held);
      [taken, held] = [taken + part.length, held + part.length];
      const count = Math.floor(held / type.size);
      if (!isAsItIs)
        for (let index = 0; index < count; index++)
          values[index] = type.read(view, index * type.size, isLittleEndian);
      if (count > 0) yield values.subarray(0, count);
      bytes.copyWithin(0, count * type.size, held);
      held -= count * type.size;
    }
  }
}

function areUnsignedBytes({ code }: NpyType): boolean {
  return code === "|u1" || code === "|b1";
}

/** Takes the bytes of an .npy apart. @param file the name to say in messages */
export function parseNpy(bytes: Uint8Array, file: string): NumberArray {
  const header = parseNpyHeader(bytes.subarray(0, longestHeader), file);
  checkLength(header, bytes.length, file);
  const { type, shape, start } = header;
  const count = valueCount(shape);
  const body = bytes.subarray(start, start + count * type.size);
  if (areUnsignedBytes(type) && !header.isColumnMajor) return { shape, values: body, isFloat: false };
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const values = type.make(count);
  const place = header.isColumnMajor ? columnMajorPlaces(shape) : (index: number) => index;
  for (let index = 0; index < count; index++)
    values[index] = type.read(view, place(index) * type.size, header.isLittleEndian);
  return { shape, values, isFloat: type.isFloat };
}

function valueCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function checkLength({ shape, type, start }: NpyHeader, length: number, file: string): void {
  const needed = start + valueCount(shape) * type.size;
  if (length === needed) return;
  throw new InputError(
    `the file has ${length} bytes, but its header announces ${shape.join("x")} ${type.code}, ${needed} bytes`,
    { place: { file }, help: damagedHelp },
  );
}

/** Where the value of a row-major index stands in a file that is written column by column. */
function columnMajorPlaces(shape: readonly number[]): (index: number) => number {
  const strides = shape.map((_, axis) => valueCount(shape.slice(0, axis)));
  return (index) => {
    let rest = index;
    let place = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return place;
  };
}

/** Where the text of a header begins: behind its length, in two bytes or, from version 2 on, in four. */
function headerTextAt(bytes: Uint8Array): number {
  return bytes[6]! > 1 ? 12 : 10;
}

/** Where the values begin. */
function headerEnd(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const textAt = headerTextAt(bytes);
  if (bytes.length < textAt) return textAt;
  return textAt + (textAt === 12 ? view.getUint32(8, true) : view.getUint16(8, true));
}

function parseNpyHeader(bytes: Uint8Array, file: string): NpyHeader {
  const fail = (message: string, help?: string): InputError =>
    new InputError(message, { place: { file }, help });
  if (!isNpy(bytes)) throw fail("this is no .npy file: it does not start with \\x93NUMPY");
  const major = bytes[6];
  if (major === undefined || major < 1 || major > 3)
    throw fail(`version ${major} of the .npy format is not known`);
  const textAt = headerTextAt(bytes);
  if (bytes.length < textAt) throw fail("the .npy file is cut off in its header", damagedHelp);
  const start = headerEnd(bytes);
  if (start > bytes.length)
    throw fail("the .npy file is cut off in its header, or the header is too long", damagedHelp);
  const text = new TextDecoder("latin1").decode(bytes.subarray(textAt, start));
  const code = /'descr':\s*'([^']{1,20})'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shapeText = /'shape':\s*\(([\d, ]*)\)/.exec(text)?.[1];
  if (order === undefined || shapeText === undefined)
    throw fail("the header of the .npy file is not one that NumPy writes", damagedHelp);
  if (code?.includes("O") === true || text.includes("|O")) {
    throw fail(
      "the array holds Python objects, which are programs and are never read",
      "save an array of numbers: numpy.save(file, array.astype('float32'), allow_pickle=False)",
    );
  }
  const isLittleEndian = code?.startsWith(">") !== true;
  const type = types.find((each) => each.code === (isLittleEndian ? code : `<${code!.slice(1)}`));
  if (type === undefined && /^[<>|][US]/.test(code ?? ""))
    throw fail(
      `the array holds words (${code}), which are not read`,
      "number them: classes, y = numpy.unique(y, return_inverse=True)",
    );
  if (type === undefined)
    throw fail(
      `arrays of the type ${code ?? "of a record"} are not read`,
      `convert it first, e.g. array.astype('float32'); known are ${types.map((each) => each.code).join(", ")}`,
    );
  const shape = shapeText.split(",").flatMap((size) => (size.trim() === "" ? [] : [Number(size)]));
  if (!Number.isSafeInteger(valueCount(shape) * type.size))
    throw fail(`the header announces ${shape.join("x")}, more than can be read`);
  return { shape, type, start, isColumnMajor: order === "True", isLittleEndian };
}
