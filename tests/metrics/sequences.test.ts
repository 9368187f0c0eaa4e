import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeGreedily, editDistance, ErrorRateCounter } from "../../src/metrics/sequences.ts";

interface Case {
  readonly places: number;
  readonly classes: number;
  readonly scores: readonly number[];
  readonly truth: readonly number[];
  readonly read: readonly number[];
  readonly edits: number;
}
const cases = JSON.parse(readFileSync(new URL("cases/sequences.json", import.meta.url), "utf8")) as Case[];

test("sequences are read, and edits counted, as TensorFlow does", () => {
  expect(cases.length).toBe(40);
  const counter = new ErrorRateCounter();
  for (const { places, classes, scores, truth, read, edits } of cases) {
    // What stands before in the same array is no part of it.
    const decoded = decodeGreedily([9, ...scores], 1, { places, classCount: classes });
    expect(decoded).toEqual(read);
    expect(editDistance(decoded, truth)).toBe(edits);
    counter.add(truth, decoded);
  }
  const sum = (of: (each: Case) => number): number => cases.reduce((total, each) => total + of(each), 0);
  expect(counter.errorRate).toBe(sum(({ edits }) => edits) / sum(({ truth }) => truth.length));
});

test("the textbook's words are three edits apart, and without anything to read there is no rate", () => {
  const letters = (word: string): number[] => [...word].map((letter) => letter.charCodeAt(0));
  expect(editDistance(letters("kitten"), letters("sitting"))).toBe(3);
  expect(editDistance([], letters("abc"))).toBe(3);
  const counter = new ErrorRateCounter();
  counter.add([], [1]);
  expect(counter.errorRate).toBeNaN();
});
