import { createRandom } from "../random/random.ts";

/**
 * The operation `uniform` reads a window of one fixed table of random numbers, which begins where the host says: a new
 * offset each step gives new numbers at the price of one slice, on any device. The table never changes; the run's seed
 * decides the offsets.
 */

/** Offsets are whole numbers from 0 up to but not including this. */
export const randomOffsetCount = 2 ** 20;

/** The table's numbers from index 0: multiples of 2^-24 in [0, 1). A longer table begins with the shorter one. */
export function randomTable(length: number): Float32Array {
  if (length > table.length) {
    table = new Float32Array(length);
    createRandom(0, "random table").fillUniform(table, 0, 1);
  }
  return table.subarray(0, length);
}

let table = new Float32Array(0);

/** How long a table must be for windows of `count` numbers. */
export function randomTableLength(count: number): number {
  return randomOffsetCount - 1 + count;
}
