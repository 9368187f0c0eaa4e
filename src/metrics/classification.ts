// metrics/: what predictions are worth, as numbers; pure functions. Definitions and edge cases are scikit-learn's.

/** How many of one class were found, missed and mistaken, and the rates that follow; a ratio without cases is 0. */
export interface ClassReport {
  readonly className: string;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
  /** Of those called this class, the share that are: TP / (TP + FP). */
  readonly precision: number;
  /** Of those that are this class, the share called so: TP / (TP + FN); also the true positive rate and sensitivity. */
  readonly recall: number;
  /** Of those that are not this class, the share not called so: TN / (TN + FP); also the true negative rate. */
  readonly specificity: number;
  /** Of those that are not this class, the share called so all the same: FP / (FP + TN). */
  readonly falsePositiveRate: number;
  /** Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN). */
  readonly f1: number;
  /** How many examples truly belong to the class. */
  readonly support: number;
}

/** Precision, recall and F1 over all classes. */
export interface AveragedReport {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

/** What a classifier did on a set of examples. */
export interface ClassificationReport {
  readonly count: number;
  readonly accuracy: number;
  /** The mean of the recalls of the classes that occur. */
  readonly balancedAccuracy: number;
  /** Cohen's kappa: agreement beyond what the class frequencies alone would give; NaN where that is all there is. */
  readonly kappa: number;
  readonly classes: readonly ClassReport[];
  /** The unweighted mean over the classes. */
  readonly macro: AveragedReport;
  /** From the sums of hits and mistakes over the classes. */
  readonly micro: AveragedReport;
  /** The mean over the classes, each counted as often as it occurs. */
  readonly weighted: AveragedReport;
  /** `confusion[true class][predicted class]`: counts. */
  readonly confusion: readonly (readonly number[])[];
}

/** A ratio without cases is 0, as in scikit-learn with `zero_division=0`. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Counts, batch after batch, how predictions fall: rows are the true classes, columns the predicted ones. */
export class ConfusionCounter {
  readonly confusion: readonly number[][];

  constructor(classCount: number) {
    this.confusion = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  }

  /** @throws RangeError for a class that there is not, or more labels than predictions */
  add(labels: ArrayLike<number>, predictions: ArrayLike<number>): void {
    if (labels.length !== predictions.length) {
      throw new RangeError(`${labels.length} labels do not go with ${predictions.length} predictions`);
    }
    for (let index = 0; index < labels.length; index++) {
      const row = this.confusion[labels[index]!];
      const predicted = predictions[index]!;
      if (row?.[predicted] === undefined) {
        throw new RangeError(
          `class ${labels[index]} called ${predicted} is not among ${this.confusion.length}`,
        );
      }
      row[predicted]! += 1;
    }
  }
}

/** Counts how predictions fall: rows are the true classes, columns the predicted ones. */
export function countConfusion(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classCount: number,
): readonly number[][] {
  const counter = new ConfusionCounter(classCount);
  counter.add(labels, predictions);
  return counter.confusion;
}

/** Everything that follows from a confusion matrix. */
export function reportClassification(
  confusion: readonly (readonly number[])[],
  classNames: readonly string[],
): ClassificationReport {
  const rows = confusion.map(sum);
  const columns = confusion.map((_, index) => sum(confusion.map((row) => row[index]!)));
  const count = sum(rows);
  const hits = sum(confusion.map((row, index) => row[index]!));
  const classes = confusion.map((row, index) =>
    reportClass(classNames[index] ?? String(index), row[index]!, rows[index]!, columns[index]!, count),
  );
  const present = classes.filter(({ support }) => support > 0);
  return {
    count,
    accuracy: ratio(hits, count),
    balancedAccuracy: ratio(sum(present.map(({ recall }) => recall)), present.length),
    kappa: cohenKappa(hits, rows, columns),
    classes,
    macro: averageReports(classes, () => 1, count),
    micro: microAverage(classes, count),
    weighted: averageReports(classes, ({ support }) => support, count),
    confusion,
  };
}

function reportClass(
  className: string,
  hits: number,
  support: number,
  called: number,
  count: number,
): ClassReport {
  const falsePositives = called - hits;
  const falseNegatives = support - hits;
  const trueNegatives = count - support - falsePositives;
  return {
    className,
    truePositives: hits,
    falsePositives,
    falseNegatives,
    trueNegatives,
    precision: ratio(hits, called),
    recall: ratio(hits, support),
    specificity: ratio(trueNegatives, trueNegatives + falsePositives),
    falsePositiveRate: ratio(falsePositives, trueNegatives + falsePositives),
    f1: ratio(2 * hits, support + called),
    support,
  };
}

function averageReports(
  classes: readonly ClassReport[],
  weightOf: (report: ClassReport) => number,
  count: number,
): AveragedReport {
  const whole = sum(classes.map(weightOf));
  const mean = (key: "precision" | "recall" | "f1"): number =>
    ratio(sum(classes.map((report) => weightOf(report) * report[key])), whole);
  return { precision: mean("precision"), recall: mean("recall"), f1: mean("f1"), support: count };
}

function microAverage(classes: readonly ClassReport[], count: number): AveragedReport {
  const hits = sum(classes.map(({ truePositives }) => truePositives));
  const mistaken = sum(classes.map(({ falsePositives }) => falsePositives));
  const missed = sum(classes.map(({ falseNegatives }) => falseNegatives));
  return {
    precision: ratio(hits, hits + mistaken),
    recall: ratio(hits, hits + missed),
    f1: ratio(2 * hits, 2 * hits + mistaken + missed),
    support: count,
  };
}

/**
 * J. Cohen, "A coefficient of agreement for nominal scales", 1960: (observed - expected) / (1 - expected), where chance is
 * expected to agree as the frequencies of the classes say. NaN where both sides name one and the same class throughout.
 */
function cohenKappa(hits: number, rows: readonly number[], columns: readonly number[]): number {
  const count = sum(rows);
  const expected = sum(rows.map((row, index) => row * columns[index]!)) / count;
  return count === 0 || expected === count ? NaN : (hits - expected) / (count - expected);
}

/** The index of the first largest of `count` values from `offset`. */
export function argMax(values: ArrayLike<number>, offset: number, count: number): number {
  let best = 0;
  for (let index = 1; index < count; index++)
    if (values[offset + index]! > values[offset + best]!) best = index;
  return best;
}
