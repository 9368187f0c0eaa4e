// What sequences of classes are worth whose places are not known, as CTC trains them.
import { argMax } from "./classification.ts";
import type { NamedMetric } from "./named.ts";

/** The class that stands for no class. */
const blank = 0;

/** Metrics of models that give sequences. */
export const sequenceMetrics: readonly NamedMetric[] = [
  {
    name: "error_rate",
    documentation: "edits from what is read to what is right, by how much there is to read",
    isBetter: "lower",
  },
];

/**
 * The sequence along the likeliest path: the likeliest class of each place, repetitions taken once, blanks left out (best path
 * decoding; Graves et al., 2006).
 *
 * @param scores places × classes, from `start` on: logits or probabilities
 */
export function decodeGreedily(
  scores: ArrayLike<number>,
  start: number,
  { places, classCount }: { readonly places: number; readonly classCount: number },
): readonly number[] {
  const sequence: number[] = [];
  let before = blank;
  for (let place = 0; place < places; place++) {
    const likeliest = argMax(scores, start + place * classCount, classCount);
    if (likeliest !== before && likeliest !== blank) sequence.push(likeliest);
    before = likeliest;
  }
  return sequence;
}

/** The least number of classes to put in, take out or replace that makes one sequence of the other (Levenshtein, 1966). */
export function editDistance(from: ArrayLike<number>, to: ArrayLike<number>): number {
  let row = Uint32Array.from({ length: to.length + 1 }, (_, length) => length);
  for (let taken = 1; taken <= from.length; taken++) {
    const next = new Uint32Array(to.length + 1);
    next[0] = taken;
    for (let made = 1; made <= to.length; made++) {
      const replaced = row[made - 1]! + (from[taken - 1] === to[made - 1] ? 0 : 1);
      next[made] = Math.min(replaced, row[made]! + 1, next[made - 1]! + 1);
    }
    row = next;
  }
  return row[to.length]!;
}

/** Counts, example after example, the edits and the length of what there is to read. */
export class ErrorRateCounter {
  #edits = 0;
  #length = 0;

  add(truth: ArrayLike<number>, read: ArrayLike<number>): void {
    this.#edits += editDistance(read, truth);
    this.#length += truth.length;
  }

  /** Edits by length over all examples (the label or character error rate); more than 1 where much is read that is not there. */
  get errorRate(): number {
    return this.#length === 0 ? NaN : this.#edits / this.#length;
  }
}
