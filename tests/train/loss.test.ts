import { expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { chooseLosses, encodeTargets } from "../../src/train/loss.ts";

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

test("targets are class numbers, 0 or 1, or one-hot rows", () => {
  const labels = Int32Array.of(2, 0, 1);
  expect(encodeTargets({ labels, mix: undefined }, "classes", 3)).toBe(labels);
  expect([...encodeTargets({ labels: Int32Array.of(0, 1), mix: undefined }, "values", 1)]).toEqual([0, 1]);
  expect([...encodeTargets({ labels, mix: undefined }, "values", 3)]).toEqual([0, 0, 1, 1, 0, 0, 0, 1, 0]);
});

test("a blended example is of two classes, by shares that add up to 1", () => {
  const mix = { others: Int32Array.of(1, 2), shares: Float32Array.of(0.75, 0.5) };
  const batch = { labels: Int32Array.of(0, 2), mix };
  expect([...encodeTargets(batch, "values", 3)]).toEqual([0.75, 0.25, 0, 0, 0, 1]);
  expect([...encodeTargets({ labels: Int32Array.of(1, 0), mix }, "values", 1)]).toEqual([1, 1]);
});
