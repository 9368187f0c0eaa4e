import { InputError } from "../diagnostics/input-error.ts";
import { halfToNumber } from "../tensor/half-precision.ts";

/** A tensor of a safetensors file, read as float32 whatever it is stored as. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What a safetensors file holds: named tensors, and texts about them. */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The format's own bound on its header (safetensors, `MAX_HEADER_SIZE`). */
const largestHeader = 100_000_000;
const metadataKey = "__metadata__";

const elementReaders: Readonly<
  Record<string, { bytes: number; read(view: DataView, offset: number): number }>
> = {
  F64: { bytes: 8, read: (view, offset) => view.getFloat64(offset, true) },
  F32: { bytes: 4, read: (view, offset) => view.getFloat32(offset, true) },
  F16: { bytes: 2, read: (view, offset) => halfToNumber(view.getUint16(offset, true)) },
  BF16: { bytes: 2, read: (view, offset) => brainToNumber(view.getUint16(offset, true)) },
  I64: { bytes: 8, read: (view, offset) => Number(view.getBigInt64(offset, true)) },
  I32: { bytes: 4, read: (view, offset) => view.getInt32(offset, true) },
  I16: { bytes: 2, read: (view, offset) => view.getInt16(offset, true) },
  I8: { bytes: 1, read: (view, offset) => view.getInt8(offset) },
  U8: { bytes: 1, read: (view, offset) => view.getUint8(offset) },
  BOOL: { bytes: 1, read: (view, offset) => view.getUint8(offset) },
};

/**
 * A safetensors file as pieces of bytes, one after the other: header, then the tensors as float32 in the order given.
 * Tensor data is not copied.
 */
export function writeSafetensors(file: TensorFile): Uint8Array[] {
  const header: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  if (Object.keys(file.metadata).length > 0) header[metadataKey] = file.metadata;
  let offset = 0;
  for (const [name, { shape, data }] of file.tensors) {
    if (name === metadataKey) throw new RangeError(`a tensor cannot be called ${metadataKey}`);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  // Readers map tensors straight into memory, so the data begins at a multiple of eight.
  const padded = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - 8), true);
  padded.set(json, 8);
  const pieces = [...file.tensors.values()].map(
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  return [padded, ...pieces];
}

/**
 * Reads a safetensors file. Every size and offset is checked against the file before anything is allocated: tensors may
 * neither overlap nor leave gaps.
 *
 * @param name the file, for messages
 * @throws InputError where the bytes are no such file
 */
export function readSafetensors(bytes: Uint8Array, name: string): TensorFile {
  const fail = (message: string): never => {
    throw new InputError(`${name} is not a sound safetensors file: ${message}`, {
      place: { file: name },
      code: "CNN601",
      help: textInPlace(bytes),
    });
  };
  if (bytes.length < 8) fail(`it has ${bytes.length} bytes, fewer than the 8 that give the header's length`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > largestHeader) fail(`its header would be ${length} bytes long, more than ${largestHeader}`);
  const start = 8 + Number(length);
  if (start > bytes.length)
    fail(`its header is said to be ${length} bytes long, but the file ends after ${bytes.length}`);

  const header = parseHeader(bytes.subarray(8, start)) ?? fail("its header is not a JSON object");
  const metadata: Record<string, string> = {};
  const tensors = new Map<string, StoredTensor>();
  const stretches: [from: number, to: number][] = [];
  for (const [key, entry] of Object.entries(header)) {
    if (key === metadataKey) {
      for (const [word, text] of Object.entries(
        isRecord(entry) ? entry : fail("its metadata is not an object"),
      )) {
        if (typeof text !== "string") fail(`its metadata entry ${JSON.stringify(word)} is not a text`);
        Object.defineProperty(metadata, word, { value: text, enumerable: true });
      }
      continue;
    }
    const problem = (what: string): never => fail(`tensor ${JSON.stringify(key.slice(0, 200))} ${what}`);
    const { shape, type, from, to } = parseEntry(entry, problem);
    if (to > bytes.length - start) problem(`ends at byte ${to} of ${bytes.length - start} bytes of data`);
    stretches.push([from, to]);
    tensors.set(key, { shape, data: readElements(view, start + from, to - from, type) });
  }
  let end = 0;
  for (const [from, to] of stretches.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (from !== end)
      fail(from < end ? "two tensors overlap" : `bytes ${end} to ${from} belong to no tensor`);
    end = to;
  }
  if (end !== bytes.length - start) fail(`${bytes.length - start - end} bytes after the last tensor`);
  return { tensors, metadata };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parseEntry(
  entry: unknown,
  problem: (what: string) => never,
): { shape: number[]; type: string; from: number; to: number } {
  if (!isRecord(entry)) return problem("is not described by an object");
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string" || !Object.hasOwn(elementReaders, dtype)) {
    return problem(
      `has the type ${JSON.stringify(dtype)}; known are ${Object.keys(elementReaders).join(", ")}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) return problem("has no sound shape");
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    return problem("has no sound data_offsets");
  const [from, to] = offsets as [number, number];
  const count = shape.reduce((product, size) => product * size, 1);
  const expected = count * elementReaders[dtype]!.bytes;
  if (to - from !== expected)
    return problem(`of shape ${shape.join("x")} needs ${expected} bytes, but has ${to - from}`);
  return { shape, type: dtype, from, to };
}

function readElements(view: DataView, offset: number, byteLength: number, type: string): Float32Array {
  const { bytes, read } = elementReaders[type]!;
  const start = view.byteOffset + offset;
  if (type === "F32") return new Float32Array(view.buffer.slice(start, start + byteLength) as ArrayBuffer);
  const data = new Float32Array(byteLength / bytes);
  for (let index = 0; index < data.length; index++) data[index] = read(view, offset + index * bytes);
  return data;
}

/** bfloat16: the upper half of a float32. */
function brainToNumber(bits: number): number {
  const words = new Uint32Array([bits << 16]);
  return new Float32Array(words.buffer)[0]!;
}

/** A help with the first words of what is a text and no file of numbers: a page of the web, a pointer of Git LFS. */
export function textInPlace(bytes: Uint8Array): string | undefined {
  const [, words] =
    /^\s*([\x21-\x7e][\x20-\x7e]{15,})/.exec(Buffer.from(bytes.subarray(0, 48)).toString("latin1")) ?? [];
  if (words === undefined) return undefined;
  return `it begins with the text "${words.trim()}": is it a page or a pointer in place of the file?`;
}
