import { expect, test } from "vitest";
import { argMax, countConfusion, reportClassification } from "../../src/metrics/classification.ts";

test("counts true classes in rows and predictions in columns", () => {
  expect(countConfusion([0, 0, 1, 2], [0, 1, 1, 0], 3)).toEqual([
    [1, 1, 0],
    [0, 1, 0],
    [1, 0, 0],
  ]);
});

// The lectures' first table: 45 true positives, 5 false negatives, 5 false positives, 45 true negatives.
test("45/5/5/45 has accuracy, precision, recall and F1 of 0.90", () => {
  const report = reportClassification(
    [
      [45, 5],
      [5, 45],
    ],
    ["positive", "negative"],
  );
  expect(report.accuracy).toBeCloseTo(0.9, 12);
  for (const value of [report.classes[0]!.precision, report.classes[0]!.recall, report.classes[0]!.f1]) {
    expect(value).toBeCloseTo(0.9, 12);
  }
});

// scikit-learn 1.9.1, classification_report of y_true = 0×5 1×3 2×2 3×0 against y_pred = 0 0 1 2 0 | 1 1 0 | 2 1, labels 0 to 3.
test("agrees with scikit-learn, also where a class has no cases", () => {
  const confusion = countConfusion([0, 0, 0, 0, 0, 1, 1, 1, 2, 2], [0, 0, 1, 2, 0, 1, 1, 0, 2, 1], 4);
  const report = reportClassification(confusion, ["a", "b", "c", "d"]);
  expect(report.accuracy).toBeCloseTo(0.6, 12);
  expect(report.classes.map((row) => row.precision)).toEqual([0.75, 0.5, 0.5, 0]);
  expect(report.classes.map((row) => row.recall)).toEqual([0.6, 2 / 3, 0.5, 0]);
  expect(report.classes.map((row) => row.f1)).toEqual([
    expect.closeTo(2 / 3, 12),
    expect.closeTo(4 / 7, 12),
    0.5,
    0,
  ]);
  expect(report.macro.f1).toBeCloseTo((2 / 3 + 4 / 7 + 0.5) / 4, 12);
});

test("the first of equal maxima wins", () => {
  expect(argMax([9, 1, 3, 3, 2], 1, 4)).toBe(1);
});
