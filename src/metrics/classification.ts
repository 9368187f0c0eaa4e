// metrics/: what predictions are worth, as numbers; pure functions.

/** Precision, recall and F1 of one class, and how many examples truly belong to it. */
export interface ClassReport {
  readonly className: string;
  /** Of those called this class, the share that are: TP / (TP + FP); 0 where none was called so. */
  readonly precision: number;
  /** Of those that are this class, the share called so: TP / (TP + FN); 0 where there are none. */
  readonly recall: number;
  /** Harmonic mean of both: 2PR / (P + R). */
  readonly f1: number;
  readonly support: number;
}

/** What a classifier did on a set of examples. */
export interface ClassificationReport {
  readonly count: number;
  readonly accuracy: number;
  readonly classes: readonly ClassReport[];
  /** The unweighted mean over the classes. */
  readonly macro: Omit<ClassReport, "className">;
  /** `confusion[true class][predicted class]`: counts. */
  readonly confusion: readonly (readonly number[])[];
}

/** Counts how predictions fall: rows are the true classes, columns the predicted ones. */
export function countConfusion(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classCount: number,
): number[][] {
  const confusion = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  for (let index = 0; index < labels.length; index++) confusion[labels[index]!]![predictions[index]!]! += 1;
  return confusion;
}

/** Accuracy, and precision, recall and F1 a class, from a confusion matrix; a ratio without cases is 0, as in scikit-learn. */
export function reportClassification(
  confusion: readonly (readonly number[])[],
  classNames: readonly string[],
): ClassificationReport {
  const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const classes = confusion.map((row, index): ClassReport => {
    const hits = row[index]!;
    const support = total(row);
    const precision = ratio(hits, total(confusion.map((other) => other[index]!)));
    const recall = ratio(hits, support);
    const f1 = ratio(2 * precision * recall, precision + recall);
    return { className: classNames[index] ?? String(index), precision, recall, f1, support };
  });
  const count = total(confusion.map(total));
  const mean = (pick: (report: ClassReport) => number): number =>
    ratio(total(classes.map(pick)), classes.length);
  return {
    count,
    accuracy: ratio(total(confusion.map((row, index) => row[index]!)), count),
    classes,
    macro: {
      precision: mean((report) => report.precision),
      recall: mean((report) => report.recall),
      f1: mean((report) => report.f1),
      support: count,
    },
    confusion,
  };
}

/** The index of the first largest of `count` values from `offset`. */
export function argMax(values: ArrayLike<number>, offset: number, count: number): number {
  let best = 0;
  for (let index = 1; index < count; index++)
    if (values[offset + index]! > values[offset + best]!) best = index;
  return best;
}
