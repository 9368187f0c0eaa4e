import { expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { chooseLosses, encodeTarget } from "../../src/train/loss.ts";

const modelOf = (text: string) => compile(new SourceFile("m.cnn", `input 4\n${text}`)).model;

test.each([
  ["dense 3 softmax", { name: "cross_entropy", target: "classes" }],
  ["dense 3", { name: "cross_entropy", target: "classes" }],
  ["dense 3; softmax", { name: "cross_entropy", target: "classes" }],
  ["dense 1 sigmoid", { name: "binary_cross_entropy", target: "values" }],
  ["dense 1; sigmoid", { name: "binary_cross_entropy", target: "values" }],
])("the loss of %s follows from its activation", (text, loss) => {
  expect(chooseLosses(modelOf(text), [])).toEqual([loss]);
});

test("cross-entropy over one unit is refused", () => {
  expect(() => chooseLosses(modelOf("dense 1"), [])).toThrow(/always 0/);
});

const classes = { holdsClasses: true, units: 3 };
const values = { target: "values" } as const;

test("targets are class numbers, 0 or 1, or one-hot rows", () => {
  const labels = Int32Array.of(2, 0, 1);
  expect(encodeTarget(labels, undefined, { target: "classes", ...classes })).toBe(labels);
  expect([...encodeTarget(Float32Array.of(2, 0), undefined, { target: "classes", ...classes })]).toEqual([
    2, 0,
  ]);
  const oneUnit = { ...values, holdsClasses: true, units: 1 };
  expect([...encodeTarget(Int32Array.of(0, 1), undefined, oneUnit)]).toEqual([0, 1]);
  expect([...encodeTarget(labels, undefined, { ...values, ...classes })]).toEqual([
    0, 0, 1, 1, 0, 0, 0, 1, 0,
  ]);
});

test("a blended example is of two classes, by shares that add up to 1", () => {
  const mix = { partners: Int32Array.of(1, 0), shares: Float32Array.of(0.75, 0.5) };
  const encoded = encodeTarget(Int32Array.of(0, 2), mix, { ...values, ...classes });
  expect([...encoded]).toEqual([0.75, 0, 0.25, 0.5, 0, 0.5]);
  const oneUnit = { ...values, holdsClasses: true, units: 1 };
  expect([...encodeTarget(Int32Array.of(1, 0), mix, oneUnit)]).toEqual([0.75, 0.5]);
});

test("so are its numbers, and the classes of its places", () => {
  const mix = { partners: Int32Array.of(1, 0), shares: Float32Array.of(0.75, 1) };
  const numbers = encodeTarget(Float32Array.of(4, 8, 0, 2), mix, {
    ...values,
    holdsClasses: false,
    units: 2,
  });
  expect([...numbers]).toEqual([3, 6.5, 0, 2]);
  const places = encodeTarget(Float32Array.of(0, 1, 1, 1), mix, { ...values, holdsClasses: true, units: 2 });
  expect([...places]).toEqual([0.75, 0.25, 0, 1, 0, 1, 0, 1]);
});
