import { createRandom } from "../random/random.ts";
import type { RandomDistribution } from "./tensor-graph.ts";

/**
 * The operation `random` reads a window of one fixed table of random numbers, which begins where the host says: a new
 * offset each step gives new numbers at the price of one slice, on any device. The tables never change; the run's seed
 * decides the offsets.
 */

/** Offsets are whole numbers from 0 up to but not including this. */
export const randomOffsetCount = 2 ** 20;

/** How long a table must be for windows of `count` numbers. */
export function randomTableLength(count: number): number {
  return randomOffsetCount - 1 + count;
}

/** A distribution's table from index 0, of any length: a longer table begins with the shorter one. */
export function randomTable(distribution: RandomDistribution, length: number): Float32Array {
  const table = distribution.kind === "normal" ? normalTable : uniformTable;
  if (length > table.length) table.grow(length);
  return shape(distribution, table.numbers.subarray(0, length));
}

/** The part of a distribution's table that `random` reads at an offset. */
export function randomWindow(distribution: RandomDistribution, offset: number, count: number): Float32Array {
  const table = distribution.kind === "normal" ? normalTable : uniformTable;
  if (offset + count > table.length) table.grow(randomTableLength(count));
  return shape(distribution, table.numbers.slice(offset, offset + count));
}

/** Makes of the numbers of a table what the distribution has of them. */
function shape(distribution: RandomDistribution, numbers: Float32Array): Float32Array {
  if (distribution.kind !== "keep") return numbers;
  const { rate } = distribution;
  const factor = rate < 1 ? 1 / (1 - rate) : 0;
  return numbers.map((number) => (number < rate ? 0 : factor));
}

/** A table that is drawn again, longer, when more of it is asked for. */
class GrowingTable {
  numbers = new Float32Array(0);
  readonly #draw: (out: Float32Array) => void;

  constructor(draw: (out: Float32Array) => void) {
    this.#draw = draw;
  }

  get length(): number {
    return this.numbers.length;
  }

  grow(length: number): void {
    this.numbers = new Float32Array(length);
    this.#draw(this.numbers);
  }
}

const uniformTable = new GrowingTable((out) =>
  createRandom(0, "random table/uniform").fillUniform(out, 0, 1),
);
const normalTable = new GrowingTable((out) => createRandom(0, "random table/normal").fillNormal(out, 0, 1));
