// NumPy's files: an .npy holds one array, an .npz is a zip of them. Arrays of objects are pickles, that is programs, and are
// never read.
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { InputError } from "../diagnostics/input-error.ts";
import { halfToNumber } from "../tensor/half-precision.ts";
import { damagedHelp, readError, readWholeFile, withFile } from "./files.ts";
import { zipEntries } from "./zip.ts";

/** Arrays with more values than these are refused before anything is allocated. */
const mostValues = 2 ** 31 - 1;

/** No header that NumPy writes is longer. */
const longestHeader = 65_536;

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

/** An array and the checksum of the file it comes from. */
export interface NpyFile extends NumberArray {
  readonly path: string;
  readonly sha256: string;
}

/** Reads an .npy file. @throws InputError where it cannot be read, is damaged, or holds no numbers */
export function readNpy(path: string): NpyFile {
  const bytes = readWholeFile(path);
  return { ...parseNpy(bytes, path), path, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** The header of an .npy file alone, checked against the file's length. */
export function readNpyHeader(path: string): NpyHeader {
  try {
    const file = openSync(path, "r");
    try {
      const head = new Uint8Array(longestHeader);
      const { size } = fstatSync(file);
      const header = parseNpyHeader(head.subarray(0, readSync(file, head)), path);
      checkLength(header, size, path);
      return header;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw readError(error, path);
  }
}

/** Takes the bytes of an .npy apart. @param file the name to say in messages */
export function parseNpy(bytes: Uint8Array, file: string): NumberArray {
  const header = parseNpyHeader(bytes.subarray(0, longestHeader), file);
  checkLength(header, bytes.length, file);
  const { type, shape, start } = header;
  const count = valueCount(shape);
  const body = bytes.subarray(start, start + count * type.size);
  if (type.size === 1 && !header.isColumnMajor && type.code !== "|i1")
    return { shape, values: body, isFloat: false };
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

function parseNpyHeader(bytes: Uint8Array, file: string): NpyHeader {
  const fail = (message: string, help?: string): InputError =>
    new InputError(message, { place: { file }, help });
  if (!isNpy(bytes)) throw fail("this is no .npy file: it does not start with \\x93NUMPY");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [major, lengthAt] = [bytes[6], 8];
  if (major === undefined || major < 1 || major > 3)
    throw fail(`version ${major} of the .npy format is not known`);
  const wide = major > 1;
  if (bytes.length < lengthAt + (wide ? 4 : 2))
    throw fail("the .npy file is cut off in its header", damagedHelp);
  const textAt = lengthAt + (wide ? 4 : 2);
  const start = textAt + (wide ? view.getUint32(lengthAt, true) : view.getUint16(lengthAt, true));
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
  if (!(valueCount(shape) <= mostValues) || !(valueCount(shape) * type.size <= mostValues))
    throw fail(`the header announces ${shape.join("x")}, more than can be read`);
  return { shape, type, start, isColumnMajor: order === "True", isLittleEndian };
}

/**
 * The arrays of an .npz by their names, without `.npy`.
 *
 * @param mostBytes that the archive and what it unpacks to may take of memory
 * @throws InputError as `readNpy` does, and where it takes more
 */
export function readNpz(
  path: string,
  mostBytes = Infinity,
): {
  readonly arrays: ReadonlyMap<string, NumberArray>;
  readonly sha256: string;
} {
  refuseBeyond(withFile(path, () => statSync(path)).size, mostBytes, path);
  const bytes = readWholeFile(path);
  const entries = zipEntries(bytes, path).filter(({ name }) => name.endsWith(".npy"));
  const unpacked = entries.reduce((sum, entry) => sum + entry.unpacked, 0);
  refuseBeyond(bytes.length + unpacked, mostBytes, path);
  const arrays = new Map<string, NumberArray>();
  for (const { name, contents } of entries)
    arrays.set(name.slice(0, -4), parseNpy(contents(), `${path}: ${name}`));
  return { arrays, sha256: createHash("sha256").update(bytes).digest("hex") };
}

function refuseBeyond(bytes: number, most: number, path: string): void {
  if (bytes <= most) return;
  throw new InputError(
    `the archive takes ${Math.ceil(bytes / 1e6)} MB of memory, and data may take ${Math.floor(most / 1e6)} MB`,
    {
      place: { file: path },
      help: "save its arrays as .npy in a folder: they are read from the disk, batch by batch; or allow more with CNN_DATA_MEMORY (in MB)",
    },
  );
}
