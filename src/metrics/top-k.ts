// Whether the right class is among the k with the highest scores.

/** Counts, batch after batch, how often the true class is among the `k` highest scores. */
export class TopKCounter {
  readonly k: number;
  #hits = 0;
  #count = 0;

  constructor(k: number) {
    if (!Number.isInteger(k) || k < 1) throw new RangeError(`k is a whole number from 1, not ${k}`);
    this.k = k;
  }

  /** @param scores one row of `classCount` scores a label */
  add(labels: ArrayLike<number>, scores: ArrayLike<number>, classCount: number): void {
    for (let row = 0; row < labels.length; row++) {
      if (isAmongHighest(scores, row * classCount, classCount, labels[row]!, this.k)) this.#hits += 1;
    }
    this.#count += labels.length;
  }

  /** The share from 0 to 1; NaN before the first example. */
  get accuracy(): number {
    return this.#hits / this.#count;
  }
}

/** The share of examples whose true class is among the `k` highest scores. */
export function topKAccuracy(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  classCount: number,
  k: number,
): number {
  const counter = new TopKCounter(k);
  counter.add(labels, scores, classCount);
  return counter.accuracy;
}

/** Of equal scores the later class counts as the higher one, as in scikit-learn's stable sort read backwards. */
function isAmongHighest(
  scores: ArrayLike<number>,
  offset: number,
  classCount: number,
  label: number,
  k: number,
): boolean {
  const own = scores[offset + label]!;
  let above = 0;
  for (let other = 0; other < classCount; other++) {
    const score = scores[offset + other]!;
    if (score > own || (score === own && other > label)) above += 1;
  }
  return above < k;
}
