import { InputError } from "../diagnostics/input-error.ts";
import { arrayLengthOf, arrayOfType, byteLengthOf, dataTypeOfCode } from "./data-type.ts";
import type { NumberArray, OnnxDataType, OnnxNumericType } from "./data-type.ts";
import type { OnnxData, OnnxTensor } from "./onnx-graph.ts";
import { onnx } from "./proto/onnx-schema.js";
import { unpackedList } from "./proto/wire.ts";
import type { PackedList } from "./proto/wire.ts";
import { elementCount, shapeText, textOf } from "./tensor-data.ts";

type TensorMessage = onnx.TensorProto;
type TypedField = "floatData" | "int32Data" | "int64Data" | "doubleData" | "uint64Data";

const typedFields = ["floatData", "int32Data", "int64Data", "doubleData", "uint64Data"] as const;

/** A stretch of the file that a tensor's numbers stand in. */
export interface DataStretch {
  /** The file's name as the model says it: it comes from an unknown hand. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** The files beside a model that hold the numbers of its tensors. */
export interface DataFiles {
  /** @throws InputError where there is no such stretch, or the file may not be read */
  check(stretch: DataStretch, what: string): void;
  read(stretch: DataStretch): Uint8Array;
}

/**
 * A tensor from its message; `what` names it in messages. Data shares the file's memory where it is aligned. Everything is
 * checked against the dimensions before memory is taken for it. Numbers in another file are checked at once, and read each time that
 * they are asked for.
 */
export function tensorOfMessage(message: TensorMessage, what: string, files?: DataFiles): OnnxTensor {
  if (message.segment != null) throw new InputError(`${what} is stored in segments, which are not supported`);
  const dataType = dataTypeOfCode(message.dataType);
  if (dataType === undefined) {
    throw new InputError(
      `${what} has data type ${message.dataType}, which ONNX does not define or this program does not know`,
    );
  }
  const dims = dimsOf(message, what);
  const count = elementCount(dims);
  if (!Number.isSafeInteger(count)) throw new InputError(`${what} has too many elements: ${shapeText(dims)}`);
  const { name } = message;
  if (!isInDataFile(message)) return { name, dataType, dims, data: dataOf(message, dataType, dims, what) };
  if (files === undefined) {
    throw new InputError(`${what} keeps its data in another file, which is not read`, {
      help: "save the model as one file: onnx.save(onnx.load(path), path, save_as_external_data=False)",
    });
  }
  if (dataType === "string") throw new InputError(`${what} is text, which cannot stand in another file`);
  const stretch = stretchOf(message, byteLengthOf(dataType, count), what);
  files.check(stretch, what);
  return {
    ...{ name, dataType, dims },
    get data() {
      return arrayOnBytes(files.read(stretch), dataType);
    },
  };
}

function isInDataFile(message: TensorMessage): boolean {
  return message.dataLocation === onnx.TensorProto.DataLocation.EXTERNAL || message.externalData.length > 0;
}

function stretchOf({ externalData }: TensorMessage, bytes: number, what: string): DataStretch {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location") ?? "";
  if (location === "") throw new InputError(`${what} keeps its data in another file, but does not name it`);
  const offset = wholeNumber(entries.get("offset") ?? "0", `the offset of ${what}`);
  const length = wholeNumber(entries.get("length") ?? String(bytes), `the length of ${what}`);
  if (length !== bytes) {
    throw new InputError(`${what} needs ${bytes} bytes of data, but says that there are ${length}`);
  }
  return { location, offset, length };
}

function wholeNumber(text: string, what: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new InputError(`${what} in its file is no whole number`);
}

function dimsOf(message: TensorMessage, what: string): number[] {
  return unpackedList(message.dims as PackedList).map((dim) => {
    if (typeof dim === "number" && dim >= 0) return dim;
    throw new InputError(`${what} has a dimension of ${dim}`);
  });
}

function dataOf(
  message: TensorMessage,
  dataType: OnnxDataType,
  dims: readonly number[],
  what: string,
): OnnxData {
  const count = elementCount(dims);
  if (dataType === "string") {
    refuseLength(message.stringData.length, count, "strings", dims, what);
    return message.stringData.map(textOf);
  }
  const field = typedFieldOf(dataType);
  const used = typedFields.filter((name) => message[name].length > 0);
  if (message.rawData.length > 0) {
    if (used.length > 0) throw new InputError(`${what} has its data twice`);
    refuseLength(message.rawData.length, byteLengthOf(dataType, count), "bytes", dims, what);
    return arrayOnBytes(message.rawData, dataType);
  }
  const misplaced = used.find((name) => name !== field);
  if (misplaced !== undefined)
    throw new InputError(`${what} is ${dataType}, but its data stand as ${misplaced}`);
  const list: PackedList = message[field];
  refuseLength(listLength(list), arrayLengthOf(dataType, count), "numbers", dims, what);
  return unpack(list, dataType, what);
}

function refuseLength(
  actual: number,
  expected: number,
  unit: string,
  dims: readonly number[],
  what: string,
): void {
  if (actual === expected) return;
  throw new InputError(
    `${what} is ${shapeText(dims)} and so needs ${expected} ${unit} of data, but has ${actual}`,
  );
}

/** Where a type's numbers stand when they are not raw bytes (the comments of TensorProto in onnx.proto). */
function typedFieldOf(dataType: OnnxNumericType): TypedField {
  switch (dataType) {
    case "float32":
    case "complex64":
      return "floatData";
    case "float64":
    case "complex128":
      return "doubleData";
    case "int64":
      return "int64Data";
    case "uint32":
    case "uint64":
      return "uint64Data";
    default:
      return "int32Data";
  }
}

function arrayOnBytes(bytes: Uint8Array, dataType: OnnxNumericType): NumberArray {
  const ArrayClass = arrayOfType(dataType);
  const aligned = bytes.byteOffset % ArrayClass.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new ArrayClass(aligned.buffer, aligned.byteOffset, bytes.length / ArrayClass.BYTES_PER_ELEMENT);
}

function listLength(list: PackedList): number {
  return list.reduce<number>((sum, part) => sum + (typeof part === "object" ? part.length : 1), 0);
}

/** One array of the type's own class with all of a list's numbers; a number that the type cannot hold is refused. */
function unpack(list: PackedList, dataType: OnnxNumericType, what: string): NumberArray {
  const ArrayClass = arrayOfType(dataType);
  const [first] = list;
  if (list.length === 1 && first instanceof ArrayClass) return first;
  const result = new ArrayClass(new ArrayBuffer(listLength(list) * ArrayClass.BYTES_PER_ELEMENT));
  const entries: { [index: number]: number | bigint } = result;
  const convert = result instanceof BigInt64Array || result instanceof BigUint64Array ? BigInt : Number;
  let index = 0;
  const add = (entry: number | bigint): void => {
    entries[index] = convert(entry);
    if (!Object.is(Number(entries[index++]), Number(entry))) {
      throw new InputError(`${what} is ${dataType}, but holds ${entry}`);
    }
  };
  for (const part of list) {
    if (typeof part === "object") part.forEach(add);
    else add(part);
  }
  return result;
}
