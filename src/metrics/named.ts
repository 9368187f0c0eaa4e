// The metrics that go by a name, in `train { metrics … }` and in the results of `cnn evaluate`.
import { brierScore, confidenceCalibration, logLoss } from "./calibration.ts";
import { argMax, type ClassificationReport, countConfusion, reportClassification } from "./classification.ts";
import { multiClassAuc, multiClassAveragePrecision, type ScoreTable } from "./ranking.ts";
import type { RegressionReport } from "./regression.ts";
import { topKAccuracy } from "./top-k.ts";

/** What a classifier made of labelled examples: one row of probabilities a label. */
export interface ScoredExamples extends ScoreTable {
  readonly labels: ArrayLike<number>;
}

/** A metric by its name. Values are shares from 0 to 1 where nothing else is said. */
export interface NamedMetric {
  readonly name: string;
  readonly documentation: string;
  /** Whether more is better: what a best epoch is chosen by. */
  readonly isBetter: "higher" | "lower";
}

/** A metric of classifiers; NaN where the examples do not determine it. */
export interface ClassifierMetric extends NamedMetric {
  compute(examples: ScoredExamples): number;
}

/** A metric of predicted numbers. */
export interface RegressionMetric extends NamedMetric {
  /** Where a report has it. */
  readonly key: Exclude<keyof RegressionReport, "count">;
}

function classifierMetric(
  name: string,
  documentation: string,
  compute: ClassifierMetric["compute"],
  isBetter: NamedMetric["isBetter"] = "higher",
): ClassifierMetric {
  return { name, documentation, isBetter, compute };
}

/** Of two classes the second is the positive one, as in scikit-learn; of more the mean over the classes counts. */
function ofClasses(key: "precision" | "recall" | "f1"): ClassifierMetric["compute"] {
  return (examples) => {
    const report = classify(examples);
    return report.classes.length === 2 ? report.classes[1]![key] : report.macro[key];
  };
}

/** The class with the highest score is the one that is named. */
export function classify(
  { labels, scores, classCount }: ScoredExamples,
  classNames: readonly string[] = [],
): ClassificationReport {
  const predictions = Int32Array.from({ length: labels.length }, (_, row) =>
    argMax(scores, row * classCount, classCount),
  );
  return reportClassification(countConfusion(labels, predictions, classCount), classNames);
}

/** The area under the ROC curve: of two classes that of the second one, of more the mean of each against all others. */
export function areaUnderRoc(examples: ScoredExamples): number {
  const { perClass, macro } = multiClassAuc(examples.labels, examples);
  return perClass.length === 2 ? perClass[1]! : macro;
}

/** Average precision: of two classes that of the second one, of more the mean over the classes. */
export function meanAveragePrecision(examples: ScoredExamples): number {
  const { perClass, macro } = multiClassAveragePrecision(examples.labels, examples);
  return perClass.length === 2 ? perClass[1]! : macro;
}

const classifierMetrics: readonly ClassifierMetric[] = [
  classifierMetric(
    "accuracy",
    "the share of examples whose likeliest class is right",
    (examples) => classify(examples).accuracy,
  ),
  classifierMetric(
    "balanced_accuracy",
    "the mean of the recalls of the classes",
    (examples) => classify(examples).balancedAccuracy,
  ),
  classifierMetric("precision", "of those called a class, the share that are", ofClasses("precision")),
  classifierMetric("recall", "of those that are a class, the share called so", ofClasses("recall")),
  classifierMetric("f1", "the harmonic mean of precision and recall", ofClasses("f1")),
  classifierMetric(
    "f1_micro",
    "F1 from the sums over the classes",
    (examples) => classify(examples).micro.f1,
  ),
  classifierMetric(
    "f1_weighted",
    "F1, each class counted as often as it occurs",
    (examples) => classify(examples).weighted.f1,
  ),
  classifierMetric(
    "kappa",
    "Cohen's kappa: agreement beyond chance, at most 1",
    (examples) => classify(examples).kappa,
  ),
  classifierMetric("auc", "the area under the ROC curve", areaUnderRoc),
  classifierMetric("average_precision", "the area under precision over recall", meanAveragePrecision),
  classifierMetric(
    "brier",
    "the mean squared error of the probabilities",
    (examples) => brierScore(examples.labels, examples),
    "lower",
  ),
  classifierMetric(
    "calibration_error",
    "how far confidence is from accuracy, in 15 bins",
    (examples) => confidenceCalibration(examples.labels, examples).expectedError,
    "lower",
  ),
  classifierMetric(
    "log_loss",
    "mean cross-entropy of the probabilities, from 0 up",
    (examples) => logLoss(examples.labels, examples),
    "lower",
  ),
];

/** Metrics of models that predict numbers, in the unit of the numbers or its square. */
export const regressionMetrics: readonly RegressionMetric[] = [
  regressionMetric("mae", "the mean absolute error", "meanAbsoluteError"),
  regressionMetric("mse", "the mean squared error", "meanSquaredError"),
  regressionMetric("rmse", "the root of the mean squared error", "rootMeanSquaredError"),
  regressionMetric("r2", "the coefficient of determination, at most 1", "rSquared", "higher"),
];

function regressionMetric(
  name: string,
  documentation: string,
  key: RegressionMetric["key"],
  isBetter: NamedMetric["isBetter"] = "lower",
): RegressionMetric {
  return { name, documentation, isBetter, key };
}

/** Names to suggest; `top5` stands for any number of classes. */
export const classifierMetricNames: readonly string[] = [
  ...classifierMetrics.map(({ name }) => name),
  "top5",
];

/** The metric of a name, `top3` and its like among them; undefined where there is none. */
export function findClassifierMetric(name: string): ClassifierMetric | undefined {
  const k = Number(/^top([1-9]\d{0,5})$/.exec(name)?.[1] ?? 0);
  if (k === 0) return classifierMetrics.find((metric) => metric.name === name);
  return classifierMetric(name, `the share of examples whose class is among the ${k} likeliest`, (examples) =>
    topKAccuracy(examples.labels, examples.scores, examples.classCount, k),
  );
}
