// Whether probabilities mean what they say: of what is called 80 % sure, 80 % should be right.
import { argMax, sum } from "./classification.ts";
import type { ScoreTable } from "./ranking.ts";

/** Examples whose probability lies in one interval. */
export interface CalibrationBin {
  /** The interval is open below and closed above, but the first, which holds 0 too. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** The mean of the probabilities; NaN in an empty bin. */
  readonly confidence: number;
  /** The share that was positive (or right); NaN in an empty bin. */
  readonly frequency: number;
}

/** Sorts probabilities into equally wide bins, batch after batch. */
export class CalibrationCounter {
  readonly #edges: readonly number[];
  readonly #counts: number[];
  readonly #confidences: number[];
  readonly #hits: number[];

  constructor(binCount = 15) {
    if (!Number.isInteger(binCount) || binCount < 1) throw new RangeError(`${binCount} bins are none`);
    this.#edges = Array.from({ length: binCount + 1 }, (_, index) => index / binCount);
    const zeros = (): number[] => new Array<number>(binCount).fill(0);
    [this.#counts, this.#confidences, this.#hits] = [zeros(), zeros(), zeros()];
  }

  add(isPositive: boolean, probability: number): void {
    if (!(probability >= 0 && probability <= 1)) throw new RangeError(`${probability} is no probability`);
    const last = this.#counts.length - 1;
    // Rounding may put the product on the wrong side of an edge.
    let bin = Math.min(last, Math.floor(probability * this.#counts.length));
    while (bin > 0 && probability <= this.#edges[bin]!) bin -= 1;
    while (bin < last && probability > this.#edges[bin + 1]!) bin += 1;
    this.#counts[bin]! += 1;
    this.#confidences[bin]! += probability;
    if (isPositive) this.#hits[bin]! += 1;
  }

  /** The reliability curve. */
  get bins(): readonly CalibrationBin[] {
    return this.#counts.map((count, index) => ({
      from: this.#edges[index]!,
      to: this.#edges[index + 1]!,
      count,
      confidence: this.#confidences[index]! / count,
      frequency: this.#hits[index]! / count,
    }));
  }

  /**
   * The expected calibration error: Σ (bin's share of the examples) · |frequency - confidence| (C. Guo et al., "On calibration
   * of modern neural networks", 2017). NaN without examples.
   */
  get expectedError(): number {
    const filled = this.bins.filter(({ count }) => count > 0);
    const whole = sum(this.#counts);
    return (
      sum(filled.map((bin) => (bin.count / whole) * Math.abs(bin.frequency - bin.confidence))) /
      (whole === 0 ? 0 : 1)
    );
  }
}

/** The reliability of the probabilities of one event. */
export function calibrationOf(
  isPositive: ArrayLike<number | boolean>,
  probabilities: ArrayLike<number>,
  binCount?: number,
): CalibrationCounter {
  const counter = new CalibrationCounter(binCount);
  for (let index = 0; index < isPositive.length; index++)
    counter.add(Boolean(isPositive[index]), probabilities[index]!);
  return counter;
}

/** The reliability of a classifier's confidence: the probability of the class it names, and whether it is the right one. */
export function confidenceCalibration(
  labels: ArrayLike<number>,
  { scores, classCount }: ScoreTable,
  binCount?: number,
): CalibrationCounter {
  const counter = new CalibrationCounter(binCount);
  for (let row = 0; row < labels.length; row++) {
    const best = argMax(scores, row * classCount, classCount);
    // Rounding lets a sum of float32 probabilities, and so one of them, be a hair above 1.
    counter.add(best === labels[row], Math.min(1, scores[row * classCount + best]!));
  }
  return counter;
}

/**
 * The Brier score of a classifier: the mean over examples of Σ (probability - truth)² over the classes, from 0 to 2. For two
 * classes half of it, as is usual: the mean of (p - y)², from 0 to 1.
 */
export function brierScore(labels: ArrayLike<number>, { scores, classCount }: ScoreTable): number {
  let total = 0;
  for (let row = 0; row < labels.length; row++) {
    for (let index = 0; index < classCount; index++) {
      const truth = labels[row] === index ? 1 : 0;
      total += (scores[row * classCount + index]! - truth) ** 2;
    }
  }
  return total / labels.length / (classCount === 2 ? 2 : 1);
}

/** The Brier score of the probabilities of one event: the mean of (p - y)². */
export function binaryBrierScore(
  isPositive: ArrayLike<number | boolean>,
  probabilities: ArrayLike<number>,
): number {
  let total = 0;
  for (let index = 0; index < isPositive.length; index++)
    total += (probabilities[index]! - (isPositive[index] ? 1 : 0)) ** 2;
  return total / isPositive.length;
}

/** The distance from 1 to the next number of float32. */
const epsilon = 2 ** -23;

/** Mean cross-entropy -ln p of the true class; like scikit-learn of float32, it keeps probabilities that far from 0 and 1. */
export function logLoss(labels: ArrayLike<number>, { scores, classCount }: ScoreTable): number {
  let total = 0;
  for (let row = 0; row < labels.length; row++) {
    const probability = scores[row * classCount + labels[row]!]!;
    total -= Math.log(Math.min(Math.max(probability, epsilon), 1 - epsilon));
  }
  return total / labels.length;
}
