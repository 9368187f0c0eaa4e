import { arrayLengthOf } from "./data-type.ts";
import type { NumberArray } from "./data-type.ts";
import type { OnnxTensor } from "./onnx-graph.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** ONNX's strings are bytes: UTF-8 as a rule, and other bytes become U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function bytesOfText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Elements of a tensor with these dimensions. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Throws where a tensor's data do not fit its dimensions. */
export function requireDataLength({ name, dataType, dims, data }: OnnxTensor): void {
  const expected = arrayLengthOf(dataType, elementCount(dims));
  if (data.length === expected) return;
  throw new Error(
    `a mistake of the compiler: tensor "${name}" (${dataType}, ${shapeText(dims)}) has ${data.length} entries, not ${expected}`,
  );
}

/** The memory of an array: little-endian on every machine that ONNX Runtime and TensorFlow.js run on. */
export function bytesOfNumbers(data: NumberArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Dimensions as text: `32x3x3`, `a scalar`. */
export function shapeText(dims: readonly number[]): string {
  return dims.length === 0 ? "a scalar" : dims.join("x");
}
