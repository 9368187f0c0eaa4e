// Random labels and scores, ties, absent classes and divisions by zero, as scikit-learn sees them: cases/metrics.py.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { binaryBrierScore, brierScore, calibrationOf, logLoss } from "../../src/metrics/calibration.ts";
import {
  type AveragedReport,
  ConfusionCounter,
  reportClassification,
} from "../../src/metrics/classification.ts";
import {
  averagePrecision,
  multiClassAuc,
  multiClassAveragePrecision,
  multiLabelAveragePrecision,
  precisionRecallCurve,
  rocAuc,
  rocCurve,
} from "../../src/metrics/ranking.ts";
import { RegressionCounter, reportRegression } from "../../src/metrics/regression.ts";
import { topKAccuracy, TopKCounter } from "../../src/metrics/top-k.ts";

type Numbers = (number | null)[];

interface Cases {
  classification: ({
    name: string;
    classes: number;
    labels: number[];
    predictions: number[];
    confusion: number[][];
    accuracy: number;
    balancedAccuracy: number;
    kappa: number | null;
    tables: number[][];
    support: number[];
  } & Record<"precision" | "recall" | "f1" | "macro" | "micro" | "weighted", number[]>)[];
  binary: ({
    name: string;
    labels: number[];
    scores: number[];
    averagePrecision: number;
    auc: number | null;
    brier: number;
    calibration?: [number[], number[]];
  } & Record<"fpr" | "tpr" | "thresholds" | "precisions" | "recalls" | "cuts", Numbers>)[];
  multiClass: {
    name: string;
    classes: number;
    labels: number[];
    scores: number[];
    perClassAuc: Numbers;
    perClassPrecision: number[];
    microPrecision: number;
    macroPrecision?: number;
    weightedPrecision?: number;
    topK: number[];
    brier: number;
    logLoss: number | null;
    auc?: Record<"macro" | "weighted" | "micro" | "oneVersusOne", number>;
  }[];
  multiLabel: ({ name: string; classes: number; targets: number[]; scores: number[] } & Record<
    "macro" | "micro" | "weighted",
    number
  >)[];
  regression: ({
    name: string;
    width: number;
    truths: number[];
    predictions: number[];
    rSquared: number | null;
  } & Record<"meanAbsoluteError" | "meanSquaredError" | "rootMeanSquaredError", number>)[];
}

const cases = JSON.parse(readFileSync(new URL("cases/metrics.json", import.meta.url), "utf8")) as Cases;

/** Numbers that are not finite stand as null in the file. */
function expectNear(actual: readonly number[], expected: Numbers): void {
  expect(actual.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) {
    if (value === null) expect(Number.isFinite(actual[index])).toBe(false);
    else expect(actual[index]).toBeCloseTo(value, 11);
  }
}

describe.each(cases.classification)("classification: $name", (given) => {
  const counter = new ConfusionCounter(given.classes);
  // In two batches: counting goes on.
  for (const [from, to] of [
    [0, 13],
    [13, given.labels.length],
  ] as const)
    counter.add(given.labels.slice(from, to), given.predictions.slice(from, to));
  const report = reportClassification(counter.confusion, []);

  test("confusion matrix, accuracy and kappa", () => {
    expect(report.confusion).toEqual(given.confusion);
    expectNear(
      [report.accuracy, report.balancedAccuracy, report.kappa],
      [given.accuracy, given.balancedAccuracy, given.kappa],
    );
  });

  test("counts, precision, recall and F1 a class", () => {
    expect(
      report.classes.map((row) => [
        row.trueNegatives,
        row.falsePositives,
        row.falseNegatives,
        row.truePositives,
      ]),
    ).toEqual(given.tables);
    for (const key of ["precision", "recall", "f1", "support"] as const)
      expectNear(
        report.classes.map((row) => row[key]),
        given[key],
      );
  });

  test("averages", () => {
    const values = ({ precision, recall, f1 }: AveragedReport): number[] => [precision, recall, f1];
    for (const key of ["macro", "micro", "weighted"] as const) expectNear(values(report[key]), given[key]);
  });
});

describe.each(cases.binary)("scores of one event: $name", ({ labels, scores, ...given }) => {
  test("ROC curve and area", () => {
    const curve = rocCurve(labels, scores);
    expectNear(curve.falsePositiveRates, given.fpr);
    expectNear(curve.truePositiveRates, given.tpr);
    expectNear(curve.thresholds, given.thresholds);
    expectNear([rocAuc(labels, scores)], [given.auc]);
  });

  test("precision over recall and average precision", () => {
    const curve = precisionRecallCurve(labels, scores);
    expectNear(curve.precisions, given.precisions);
    expectNear(curve.recalls, given.recalls);
    expectNear(curve.thresholds, given.cuts);
    expectNear([averagePrecision(labels, scores)], [given.averagePrecision]);
  });

  test("Brier score and reliability curve", () => {
    expectNear([binaryBrierScore(labels, scores)], [given.brier]);
    if (given.calibration === undefined) return;
    const filled = calibrationOf(labels, scores, 10).bins.filter(({ count }) => count > 0);
    expectNear(
      filled.map(({ frequency }) => frequency),
      given.calibration[0],
    );
    expectNear(
      filled.map(({ confidence }) => confidence),
      given.calibration[1],
    );
  });
});

describe.each(cases.multiClass)("scores of classes: $name", ({ labels, scores, classes, ...given }) => {
  const table = { scores, classCount: classes };

  test("areas under ROC curves", () => {
    const auc = multiClassAuc(labels, table);
    expectNear(auc.perClass, given.perClassAuc);
    if (given.auc === undefined) return;
    expectNear(
      [auc.macro, auc.weighted, auc.micro, auc.oneVersusOne],
      [given.auc.macro, given.auc.weighted, given.auc.micro, given.auc.oneVersusOne],
    );
  });

  test("average precision", () => {
    const precision = multiClassAveragePrecision(labels, table);
    expectNear([...precision.perClass, precision.micro], [...given.perClassPrecision, given.microPrecision]);
    if (given.macroPrecision === undefined) return;
    expectNear([precision.macro, precision.weighted], [given.macroPrecision, given.weightedPrecision!]);
  });

  test("top-k accuracy, also in batches", () => {
    expectNear(
      given.topK.map((_, index) => topKAccuracy(labels, scores, classes, index + 1)),
      given.topK,
    );
    const counter = new TopKCounter(2);
    counter.add(labels.slice(0, 9), scores.slice(0, 9 * classes), classes);
    counter.add(labels.slice(9), scores.slice(9 * classes), classes);
    expectNear([counter.accuracy], [given.topK[1]!]);
  });

  test("Brier score and log loss", () => {
    expectNear([brierScore(labels, table)], [given.brier]);
    if (given.logLoss !== null) expect(logLoss(labels, table)).toBeCloseTo(given.logLoss, 5);
  });
});

test.each(cases.multiLabel)("several labels an example: $name", ({ targets, scores, classes, ...given }) => {
  const precision = multiLabelAveragePrecision(targets, { scores, classCount: classes });
  expectNear(
    [precision.macro, precision.micro, precision.weighted],
    [given.macro, given.micro, given.weighted],
  );
});

test.each(cases.regression)("predicted numbers: $name", ({ truths, predictions, width, ...given }) => {
  const counter = new RegressionCounter(width);
  counter.add(truths.slice(0, width), predictions.slice(0, width));
  counter.add(truths.slice(width), predictions.slice(width));
  for (const report of [reportRegression(truths, predictions, width), counter.report]) {
    expectNear(
      [report.meanAbsoluteError, report.meanSquaredError, report.rootMeanSquaredError],
      [given.meanAbsoluteError, given.meanSquaredError, given.rootMeanSquaredError],
    );
    if (given.rSquared === null) expect(report.rSquared).toBeNaN();
    else expect(report.rSquared).toBeCloseTo(given.rSquared, 8);
  }
});
