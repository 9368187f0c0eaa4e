import type { TensorPort } from "../../src/autodiff/training-graphs.ts";
import type { Random } from "../../src/random/random.ts";
import type { NumericTensor } from "../../src/tensor/reference/numeric-tensor.ts";

/** Numbers for an input or target of a layer's example: small whole ones for an embedding, else between -1 and 1. */
export function numbersDrawn({ shape }: TensorPort, random: Random, text: string): NumericTensor {
  const sizes = shape.map(Number);
  const count = sizes.reduce((product, size) => product * size, 1);
  const isWhole = text.includes("embedding") && !text.includes("before:");
  const draw = (): number => (isWhole ? random.integer(3) : 2 * random.uniform() - 1);
  return { shape: sizes, data: Float64Array.from({ length: count }, draw) };
}
