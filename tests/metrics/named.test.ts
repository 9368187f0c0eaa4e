import { describe, expect, test } from "vitest";
import { calibrationOf, confidenceCalibration } from "../../src/metrics/calibration.ts";
import { countConfusion, reportClassification } from "../../src/metrics/classification.ts";
import { classifierMetricNames, findClassifierMetric } from "../../src/metrics/named.ts";
import { rocCurve } from "../../src/metrics/ranking.ts";

// The lectures' tables: true positives, false negatives, false positives, true negatives.
describe("the lectures' worked examples", () => {
  const reportOf = (hits: number, missed: number, mistaken: number, rejected: number) =>
    reportClassification(
      [
        [hits, missed],
        [mistaken, rejected],
      ],
      ["positive", "negative"],
    );

  test("45/5/5/45 has accuracy 0.90, and every rate follows", () => {
    const report = reportOf(45, 5, 5, 45);
    expect(report.accuracy).toBeCloseTo(0.9, 12);
    const [positive] = report.classes;
    for (const rate of [positive!.precision, positive!.recall, positive!.specificity, positive!.f1])
      expect(rate).toBeCloseTo(0.9, 12);
    expect(positive!.falsePositiveRate).toBeCloseTo(0.1, 12);
    expect(report.kappa).toBeCloseTo(0.8, 12);
  });

  test("32/18/38/12 has accuracy 0.44: worse than a coin", () => {
    const report = reportOf(32, 18, 38, 12);
    expect(report.accuracy).toBeCloseTo(0.44, 12);
    expect(report.classes[0]!.recall).toBeCloseTo(32 / 50, 12);
    expect(report.classes[0]!.falsePositiveRate).toBeCloseTo(38 / 50, 12);
    expect(report.classes[0]!.precision).toBeCloseTo(32 / 70, 12);
    expect(report.kappa).toBeCloseTo(-0.12, 12);
  });
});

describe("metrics by name", () => {
  const examples = {
    labels: [0, 1, 2, 2],
    scores: [0.7, 0.2, 0.1, 0.5, 0.3, 0.2, 0.1, 0.2, 0.7, 0.3, 0.4, 0.3],
    classCount: 3,
  };

  test("each name that is offered is known", () => {
    for (const name of classifierMetricNames)
      expect(findClassifierMetric(name)!.compute(examples)).toEqual(expect.any(Number));
    expect(findClassifierMetric("acuracy")).toBeUndefined();
    expect(findClassifierMetric("top0")).toBeUndefined();
  });

  test("any k, by hand", () => {
    expect(findClassifierMetric("accuracy")!.compute(examples)).toBe(0.5);
    expect(findClassifierMetric("top2")!.compute(examples)).toBe(1);
    expect(findClassifierMetric("top3")!.compute(examples)).toBe(1);
  });

  test("of two classes the second is the positive one", () => {
    const two = { labels: [0, 0, 1, 1], scores: [0.9, 0.1, 0.4, 0.6, 0.8, 0.2, 0.3, 0.7], classCount: 2 };
    expect(findClassifierMetric("precision")!.compute(two)).toBe(0.5);
    expect(findClassifierMetric("recall")!.compute(two)).toBe(0.5);
    expect(findClassifierMetric("auc")!.compute(two)).toBe(0.75);
  });
});

// Ten examples in two bins: 0.8 sure and right 3 of 5 times, 0.6 sure and right 4 of 5 times: 0.5·0.2 + 0.5·0.2.
test("expected calibration error, by hand", () => {
  const right = [1, 1, 1, 0, 0, 1, 1, 1, 1, 0];
  const sure = [0.8, 0.8, 0.8, 0.8, 0.8, 0.6, 0.6, 0.6, 0.6, 0.6];
  expect(calibrationOf(right, sure, 10).expectedError).toBeCloseTo(0.2, 12);
  const scores = sure.flatMap((probability) => [probability, 1 - probability]);
  const labels = right.map((isRight) => (isRight === 1 ? 0 : 1));
  const table = { scores, classCount: 2 };
  expect(confidenceCalibration(labels, table, 10).expectedError).toBeCloseTo(0.2, 12);
});

test("a score or class that is none is refused", () => {
  expect(() => rocCurve([0, 1], [0.5, NaN])).toThrow(RangeError);
  expect(() => rocCurve([0, 1], [0.5])).toThrow(RangeError);
  expect(() => countConfusion([0, 3], [0, 1], 3)).toThrow(RangeError);
  expect(() => calibrationOf([1], [1.2])).toThrow(RangeError);
});
