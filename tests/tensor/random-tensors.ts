import type { Random } from "../../src/random/random.ts";
import type { NumericTensor } from "../../src/tensor/reference/numeric-tensor.ts";

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Numbers between `low` and `high`. */
export function randomTensor(random: Random, shape: readonly number[], low = -2, high = 2): NumericTensor {
  const data = Float64Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random.uniform());
  return { shape, data };
}

/** The largest difference between two arrays, relative where numbers are above 1; infinite where their lengths differ or one holds NaN and the other does not. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let largest = 0;
  for (let index = 0; index < actual.length; index++) {
    const [a, b] = [actual[index]!, expected[index]!];
    if (Object.is(a, b) || a === b) continue;
    const difference = Math.abs(a - b) / Math.max(1, Math.abs(b));
    largest = Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
  }
  return largest;
}
