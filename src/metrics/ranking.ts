// What scores are worth as an order: ROC curves and the area under them, precision over recall and average precision.
import { ratio, sum } from "./classification.ts";

/** Counts of examples at or above each different score, from the highest score down. */
interface Cuts {
  readonly truePositives: readonly number[];
  readonly falsePositives: readonly number[];
  readonly thresholds: readonly number[];
}

/** Scores that many classes share: one row of `classCount` scores an example. */
export interface ScoreTable {
  readonly scores: ArrayLike<number>;
  readonly classCount: number;
}

/** Points of a ROC curve, from (0, 0) to (1, 1). */
export interface RocCurve {
  readonly falsePositiveRates: readonly number[];
  readonly truePositiveRates: readonly number[];
  /** The score from which on an example is called positive; Infinity at the first point. */
  readonly thresholds: readonly number[];
}

/** Precision and recall at falling recall, the last point being (recall 0, precision 1); one threshold fewer than points. */
export interface PrecisionRecallCurve {
  readonly precisions: readonly number[];
  readonly recalls: readonly number[];
  readonly thresholds: readonly number[];
}

/** Equal scores make one cut: their examples cannot be told apart. */
function cutsOf(isPositive: ArrayLike<number | boolean>, scores: ArrayLike<number>): Cuts {
  if (isPositive.length !== scores.length) {
    throw new RangeError(`${isPositive.length} labels do not go with ${scores.length} scores`);
  }
  // Ascending, and negated: typed arrays sort numbers twice as fast as an array with a comparison.
  const order = Float64Array.from(scores, (score) => -score).sort();
  const thresholds: number[] = [];
  for (let index = 0; index < order.length; index++) {
    if (index === 0 || order[index] !== order[index - 1]) thresholds.push(0 - order[index]!);
  }
  const place = new Map(thresholds.map((threshold, index) => [threshold, index]));
  const positives = new Array<number>(thresholds.length).fill(0);
  const negatives = new Array<number>(thresholds.length).fill(0);
  for (let index = 0; index < scores.length; index++) {
    const at = place.get(scores[index]!);
    if (at === undefined || Number.isNaN(scores[index]))
      throw new RangeError(`the score at ${index} is no number`);
    (isPositive[index] ? positives : negatives)[at]! += 1;
  }
  return { truePositives: accumulate(positives), falsePositives: accumulate(negatives), thresholds };
}

function accumulate(counts: readonly number[]): number[] {
  let total = 0;
  return counts.map((count) => (total += count));
}

/**
 * The ROC curve: the rate of true positives over that of false positives while the threshold falls. A rate without cases is
 * NaN. Every threshold is a point, as with `drop_intermediate=False` in scikit-learn.
 */
export function rocCurve(isPositive: ArrayLike<number | boolean>, scores: ArrayLike<number>): RocCurve {
  const { truePositives, falsePositives, thresholds } = cutsOf(isPositive, scores);
  const rates = (counts: readonly number[]): number[] => {
    const whole = counts.at(-1) ?? 0;
    return [0, ...counts].map((count) => count / whole);
  };
  return {
    falsePositiveRates: rates(falsePositives),
    truePositiveRates: rates(truePositives),
    thresholds: [Infinity, ...thresholds],
  };
}

/** The area under a curve by the trapezoid rule; `x` rises or falls throughout. */
export function areaUnderCurve(x: readonly number[], y: readonly number[]): number {
  let area = 0;
  for (let index = 1; index < x.length; index++) {
    area += ((x[index]! - x[index - 1]!) * (y[index]! + y[index - 1]!)) / 2;
  }
  return x.length > 1 && x.at(-1)! < x[0]! ? -area : area;
}

/** The area under the ROC curve: the chance that a positive example scores above a negative one. NaN where one sort is absent. */
export function rocAuc(isPositive: ArrayLike<number | boolean>, scores: ArrayLike<number>): number {
  const { falsePositiveRates, truePositiveRates } = rocCurve(isPositive, scores);
  return areaUnderCurve(falsePositiveRates, truePositiveRates);
}

/** How the areas of several classes become one. */
export interface MultiClassAuc {
  /** Each class against all others; NaN for a class that is absent or the only one. */
  readonly perClass: readonly number[];
  /** The mean over the classes for which there is an area. */
  readonly macro: number;
  /** The same, each class counted as often as it occurs. */
  readonly weighted: number;
  /** Of all examples and classes together, each a case of yes or no. */
  readonly micro: number;
  /** D. Hand and R. Till, 2001: the mean over pairs of classes, in which other classes' frequencies play no part. */
  readonly oneVersusOne: number;
}

/** The areas under the ROC curves of a classifier with one score a class. */
export function multiClassAuc(labels: ArrayLike<number>, { scores, classCount }: ScoreTable): MultiClassAuc {
  const perClass = eachClass(classCount, (index) =>
    rocAuc(labelsOf(labels, index), column(scores, classCount, index)),
  );
  const supports = eachClass(classCount, (index) => sum(labelsOf(labels, index)));
  return {
    perClass,
    macro: meanOfDefined(perClass, () => 1),
    weighted: meanOfDefined(perClass, (index) => supports[index]!),
    micro: rocAuc(oneHot(labels, classCount), scores),
    oneVersusOne: oneVersusOneAuc(labels, { scores, classCount }),
  };
}

function oneVersusOneAuc(labels: ArrayLike<number>, { scores, classCount }: ScoreTable): number {
  const members = eachClass(classCount, (index) =>
    Array.from({ length: labels.length }, (_, row) => row).filter((row) => labels[row] === index),
  );
  const areas: number[] = [];
  for (let first = 0; first < classCount; first++) {
    for (let second = first + 1; second < classCount; second++) {
      const rows = [...members[first]!, ...members[second]!];
      if (members[first]!.length === 0 || members[second]!.length === 0) continue;
      const between = (positive: number): number =>
        rocAuc(
          rows.map((row) => labels[row] === positive),
          rows.map((row) => scores[row * classCount + positive]!),
        );
      areas.push((between(first) + between(second)) / 2);
    }
  }
  return sum(areas) / areas.length;
}

/** Precision over recall as the threshold falls; without any positive example every recall is 1, as in scikit-learn. */
export function precisionRecallCurve(
  isPositive: ArrayLike<number | boolean>,
  scores: ArrayLike<number>,
): PrecisionRecallCurve {
  const { truePositives, falsePositives, thresholds } = cutsOf(isPositive, scores);
  const all = truePositives.at(-1) ?? 0;
  const precisions = truePositives.map((hits, index) => ratio(hits, hits + falsePositives[index]!));
  const recalls = truePositives.map((hits) => (all === 0 ? 1 : hits / all));
  return {
    precisions: [...precisions.reverse(), 1],
    recalls: [...recalls.reverse(), 0],
    thresholds: [...thresholds].reverse(),
  };
}

/** Average precision: Σ (Rₙ - Rₙ₋₁) Pₙ over the thresholds, without interpolation; 0 where nothing is positive. */
export function averagePrecision(isPositive: ArrayLike<number | boolean>, scores: ArrayLike<number>): number {
  const { precisions, recalls } = precisionRecallCurve(isPositive, scores);
  if (!Array.from(isPositive).some(Boolean)) return 0;
  let area = 0;
  for (let index = 1; index < recalls.length; index++) {
    area += (recalls[index - 1]! - recalls[index]!) * precisions[index - 1]!;
  }
  return area;
}

/** Average precisions of several classes or labels. */
export interface MeanAveragePrecision {
  readonly perClass: readonly number[];
  /** mAP: the mean over the classes. */
  readonly macro: number;
  /** The same, each class counted as often as it occurs. */
  readonly weighted: number;
  /** Of all examples and classes together. */
  readonly micro: number;
}

/**
 * Mean average precision where an example may have several labels at once.
 *
 * @param targets examples × classes: 1 where the label applies
 */
export function multiLabelAveragePrecision(
  targets: ArrayLike<number>,
  { scores, classCount }: ScoreTable,
): MeanAveragePrecision {
  const truths = eachClass(classCount, (index) => column(targets, classCount, index));
  const perClass = truths.map((truth, index) => averagePrecision(truth, column(scores, classCount, index)));
  const supports = truths.map(sum);
  return {
    perClass,
    macro: ratio(sum(perClass), classCount),
    weighted: ratio(sum(perClass.map((value, index) => value * supports[index]!)), sum(supports)),
    micro: averagePrecision(targets, scores),
  };
}

/** The same where an example has one class: each class against all others. */
export function multiClassAveragePrecision(
  labels: ArrayLike<number>,
  table: ScoreTable,
): MeanAveragePrecision {
  return multiLabelAveragePrecision(oneHot(labels, table.classCount), table);
}

function eachClass<Value>(classCount: number, make: (index: number) => Value): Value[] {
  return Array.from({ length: classCount }, (_, index) => make(index));
}

function column(values: ArrayLike<number>, classCount: number, index: number): Float64Array {
  return Float64Array.from(
    { length: values.length / classCount },
    (_, row) => values[row * classCount + index]!,
  );
}

function labelsOf(labels: ArrayLike<number>, positive: number): Uint8Array {
  return Uint8Array.from(labels, (label) => (label === positive ? 1 : 0));
}

/** One row a label, 1 at its class. */
export function oneHot(labels: ArrayLike<number>, classCount: number): Uint8Array {
  const rows = new Uint8Array(labels.length * classCount);
  for (let row = 0; row < labels.length; row++) rows[row * classCount + labels[row]!] = 1;
  return rows;
}

function meanOfDefined(values: readonly number[], weightOf: (index: number) => number): number {
  const defined = values.map((value, index) => ({ value, weight: weightOf(index) }));
  const counted = defined.filter(({ value }) => !Number.isNaN(value));
  return sum(counted.map(({ value, weight }) => value * weight)) / sum(counted.map(({ weight }) => weight));
}
