import { describe, expect, test } from "vitest";
import {
  type Box,
  cocoThresholds,
  type Detection,
  evaluateDetections,
  intersectionOverUnion,
} from "../../src/metrics/detection.ts";

const box = (left: number, top: number, right: number, bottom: number): Box => ({ left, top, right, bottom });

describe("intersection over union, by hand", () => {
  test.each([
    ["the same box", box(0, 0, 2, 2), box(0, 0, 2, 2), 1],
    ["half a box", box(0, 0, 2, 2), box(0, 0, 2, 1), 0.5],
    ["a corner: 1 of 4 + 4 - 1", box(0, 0, 2, 2), box(1, 1, 3, 3), 1 / 7],
    ["side by side", box(0, 0, 1, 1), box(1, 0, 2, 1), 0],
    ["apart", box(0, 0, 1, 1), box(5, 5, 6, 6), 0],
    ["without area", box(1, 1, 1, 1), box(1, 1, 1, 1), 0],
  ])("%s", (_, first, second, expected) => {
    expect(intersectionOverUnion(first, second)).toBeCloseTo(expected, 12);
    expect(intersectionOverUnion(second, first)).toBeCloseTo(expected, 12);
  });
});

// Five objects of one class, ten detections ranked by score; right are the 1st, 2nd, 6th, 7th and 10th (J. Hui, "mAP for
// object detection", 2018). Precision at those is 1, 1, 0.5, 4/7, 0.5; each recall step is 0.2.
const ranked = [true, true, false, false, false, true, true, false, false, true];
const objects = Array.from({ length: 5 }, (_, image) => ({ image, classIndex: 0, box: box(0, 0, 10, 10) }));
let taken = 0;
const detections = ranked.map((isRight, index): Detection => ({
  image: isRight ? taken++ : 0,
  classIndex: 0,
  score: 1 - index / 10,
  box: isRight ? box(0, 0, 10, 10) : box(50, 50, 60, 60),
}));

test("the worked example: every step, 11 points, 101 points", () => {
  const precision = (interpolation: "every" | "11 points" | "101 points"): number =>
    evaluateDetections(objects, detections, { classCount: 1, interpolation })[0]!.meanAveragePrecision;
  expect(precision("every")).toBeCloseTo(0.2 * (1 + 1 + 4 / 7 + 4 / 7 + 0.5), 12);
  // Recalls 0 to 0.4: 5 points at 1; 0.5 to 0.8: 4 at 4/7; 0.9 and 1: 2 at 0.5.
  expect(precision("11 points")).toBeCloseTo((5 + 4 * (4 / 7) + 2 * 0.5) / 11, 12);
  expect(precision("101 points")).toBeCloseTo((41 + 40 * (4 / 7) + 20 * 0.5) / 101, 12);
});

test("an object is found once: the second detection of it is wrong", () => {
  const twice = [0.9, 0.8].map((score) => ({ image: 0, classIndex: 0, score, box: box(0, 0, 10, 10) }));
  const [report] = evaluateDetections(objects.slice(0, 2), twice, { classCount: 1 });
  expect(report!.meanAveragePrecision).toBeCloseTo(0.5, 12);
});

test("a better box takes the object, whichever comes first in the list of objects", () => {
  const two = [
    { image: 0, classIndex: 0, box: box(0, 0, 10, 10) },
    { image: 0, classIndex: 0, box: box(0, 0, 10, 8) },
  ];
  const found = [
    { image: 0, classIndex: 0, score: 0.9, box: box(0, 0, 10, 8) },
    { image: 0, classIndex: 0, score: 0.8, box: box(0, 0, 10, 10) },
  ];
  expect(evaluateDetections(two, found, { classCount: 1, thresholds: [0.95] })[0]!.meanAveragePrecision).toBe(
    1,
  );
});

test("classes and images are kept apart; a class without objects has no precision", () => {
  const elsewhere = detections.map((detection) => ({ ...detection, classIndex: 1 }));
  const [report] = evaluateDetections(objects, elsewhere, { classCount: 2 });
  expect(report!.perClass).toEqual([0, NaN]);
  expect(report!.meanAveragePrecision).toBe(0);
});

test("COCO's ten thresholds: a box that covers 0.72 counts up to 0.70", () => {
  const one = [{ image: 0, classIndex: 0, score: 1, box: box(0, 0, 10, 7.2) }];
  const reports = evaluateDetections(objects.slice(0, 1), one, { classCount: 1, thresholds: cocoThresholds });
  expect(reports.map(({ meanAveragePrecision }) => meanAveragePrecision)).toEqual([
    1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
  ]);
});
