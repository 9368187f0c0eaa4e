import { InputError } from "../../diagnostics/input-error.ts";
import { halfToNumber } from "../../tensor/half-precision.ts";
import type { WeightValue } from "../../tensor/weight-values.ts";
import { bytesOf, type ListedWeight, type WeightsGroup } from "./model-json.ts";

/**
 * The weights of a group, out of its files' bytes laid one behind the other.
 *
 * @param name the model's file, for messages
 * @throws InputError where the files hold fewer or more numbers than the manifest says
 */
export function readGroupWeights(
  { paths, weights }: WeightsGroup,
  bytes: Uint8Array,
  name: string,
): ReadonlyMap<string, WeightValue> {
  const values = new Map<string, WeightValue>();
  const expected = weights.reduce((sum, weight) => sum + sizeOf(weight), 0);
  if (bytes.length !== expected) {
    throw new InputError(
      `${paths.join(", ")} should hold ${expected} bytes of weights and hold${paths.length === 1 ? "s" : ""} ${bytes.length}`,
      {
        place: { file: name },
        help: "is a file missing its end, or of another model? copy the whole folder again",
      },
    );
  }
  let offset = 0;
  for (const weight of weights) {
    const end = offset + sizeOf(weight);
    values.set(weight.name, {
      shape: weight.shape,
      data: readNumbers(weight, Uint8Array.from(bytes.subarray(offset, end))),
    });
    offset = end;
  }
  return values;
}

function sizeOf({ shape, dtype, quantization }: ListedWeight): number {
  return shape.reduce((product, size) => product * size, bytesOf[quantization?.dtype ?? dtype]!);
}

/** Little endian, as every browser is. */
function readNumbers({ dtype, quantization }: ListedWeight, bytes: Uint8Array<ArrayBuffer>): Float32Array {
  const stored = quantization?.dtype ?? dtype;
  const numbers = decoders[stored]!(bytes.buffer);
  if (quantization === undefined || stored === "float16") return Float32Array.from(numbers);
  const { scale, min } = quantization;
  const restored = Float32Array.from(numbers, (number) => number * scale + min);
  return dtype === "int32" ? restored.map(Math.round) : restored;
}

const decoders: Readonly<Record<string, (buffer: ArrayBuffer) => ArrayLike<number> & Iterable<number>>> = {
  float32: (buffer) => new Float32Array(buffer),
  int32: (buffer) => new Int32Array(buffer),
  uint16: (buffer) => new Uint16Array(buffer),
  uint8: (buffer) => new Uint8Array(buffer),
  bool: (buffer) => new Uint8Array(buffer),
  float16: (buffer) => Float32Array.from(new Uint16Array(buffer), halfToNumber),
};
