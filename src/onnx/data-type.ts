/** How the elements of one ONNX data type are stored. */
interface DataTypeInfo {
  /** TensorProto.DataType's number. */
  readonly code: number;
  readonly bits: number;
  readonly array: NumberArrayConstructor;
}

/** The arrays that hold a tensor's numbers. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

interface NumberArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): NumberArray;
}

/**
 * The numeric data types. A float16 or bfloat16 is its bits in a Uint16Array, a float8 its bits in a Uint8Array, a bool 0 or 1,
 * a complex number two entries; types of 2 and 4 bits are packed into bytes, first element in the low bits.
 */
const numericTypes = {
  float32: { code: 1, bits: 32, array: Float32Array },
  uint8: { code: 2, bits: 8, array: Uint8Array },
  int8: { code: 3, bits: 8, array: Int8Array },
  uint16: { code: 4, bits: 16, array: Uint16Array },
  int16: { code: 5, bits: 16, array: Int16Array },
  int32: { code: 6, bits: 32, array: Int32Array },
  int64: { code: 7, bits: 64, array: BigInt64Array },
  bool: { code: 9, bits: 8, array: Uint8Array },
  float16: { code: 10, bits: 16, array: Uint16Array },
  float64: { code: 11, bits: 64, array: Float64Array },
  uint32: { code: 12, bits: 32, array: Uint32Array },
  uint64: { code: 13, bits: 64, array: BigUint64Array },
  complex64: { code: 14, bits: 64, array: Float32Array },
  complex128: { code: 15, bits: 128, array: Float64Array },
  bfloat16: { code: 16, bits: 16, array: Uint16Array },
  float8e4m3fn: { code: 17, bits: 8, array: Uint8Array },
  float8e4m3fnuz: { code: 18, bits: 8, array: Uint8Array },
  float8e5m2: { code: 19, bits: 8, array: Uint8Array },
  float8e5m2fnuz: { code: 20, bits: 8, array: Uint8Array },
  uint4: { code: 21, bits: 4, array: Uint8Array },
  int4: { code: 22, bits: 4, array: Uint8Array },
  float4e2m1: { code: 23, bits: 4, array: Uint8Array },
  float8e8m0: { code: 24, bits: 8, array: Uint8Array },
  uint2: { code: 25, bits: 2, array: Uint8Array },
  int2: { code: 26, bits: 2, array: Uint8Array },
} as const satisfies Record<string, DataTypeInfo>;

export type OnnxNumericType = keyof typeof numericTypes;
export type OnnxDataType = OnnxNumericType | "string";

const stringCode = 8;
const namesByCode = new Map<number, OnnxDataType>([
  [stringCode, "string"],
  ...(Object.keys(numericTypes) as OnnxNumericType[]).map((name) => [numericTypes[name].code, name] as const),
]);

/** TensorProto.DataType's number for a type. */
export function dataTypeCode(dataType: OnnxDataType): number {
  return dataType === "string" ? stringCode : numericTypes[dataType].code;
}

/** The type with this number in TensorProto.DataType, if there is one. */
export function dataTypeOfCode(code: number): OnnxDataType | undefined {
  return namesByCode.get(code);
}

/** The class of array that holds a type's numbers. */
export function arrayOfType(dataType: OnnxNumericType): NumberArrayConstructor {
  return numericTypes[dataType].array;
}

/** Bytes that `count` elements take. */
export function byteLengthOf(dataType: OnnxNumericType, count: number): number {
  return Math.ceil((count * numericTypes[dataType].bits) / 8);
}

/** Entries that `count` elements take in the type's array: twice as many for complex numbers, fewer for packed ones. */
export function arrayLengthOf(dataType: OnnxDataType, count: number): number {
  return dataType === "string"
    ? count
    : byteLengthOf(dataType, count) / arrayOfType(dataType).BYTES_PER_ELEMENT;
}

const typesByArray = new Map<unknown, OnnxDataType>([
  [Float32Array, "float32"],
  [Float64Array, "float64"],
  [Int8Array, "int8"],
  [Int16Array, "int16"],
  [Int32Array, "int32"],
  [BigInt64Array, "int64"],
  [Uint8Array, "uint8"],
  [Uint16Array, "uint16"],
  [Uint32Array, "uint32"],
  [BigUint64Array, "uint64"],
  [Array, "string"],
]);

/** The type that an array's numbers have by themselves. */
export function dataTypeOfArray(data: NumberArray | readonly string[]): OnnxDataType {
  const dataType = typesByArray.get(data.constructor);
  if (dataType === undefined)
    throw new Error(`a mistake of the compiler: no ONNX data type for ${data.constructor.name}`);
  return dataType;
}
