import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/random/random.ts";
import { TensorBuilder } from "../../../src/tensor/builder.ts";
import { evaluateTensorGraph } from "../../../src/tensor/reference/evaluate.ts";
import { factorOutOfSum } from "../../../src/tensor/rewrites/factor-out-of-sum.ts";
import type { TensorGraph, ValueId } from "../../../src/tensor/tensor-graph.ts";
import { verifyTensorGraph } from "../../../src/tensor/verify.ts";
import { largestDifference, randomTensor } from "../random-tensors.ts";

type Combine = (b: TensorBuilder, x: ValueId, factor: ValueId) => ValueId;

interface SumCase {
  readonly factor: readonly number[];
  readonly axes: readonly number[];
  readonly keepDims: boolean;
  /** Whether the factor can stand outside of the sum. */
  readonly isFactored: boolean;
}

const shape = [2, 3, 4];

const sums: readonly SumCase[] = [
  { factor: [4], axes: [0, 1], keepDims: false, isFactored: true },
  { factor: [4], axes: [0, 1], keepDims: true, isFactored: true },
  { factor: [], axes: [0, 1, 2], keepDims: false, isFactored: true },
  { factor: [2, 1, 4], axes: [1], keepDims: false, isFactored: true },
  { factor: [2, 1, 1], axes: [1, 2], keepDims: false, isFactored: true },
  { factor: [4], axes: [1, 2], keepDims: false, isFactored: false },
  { factor: [2, 3, 4], axes: [1], keepDims: false, isFactored: false },
];

const combinations: Readonly<Record<string, Combine>> = {
  "x·c": (b, x, factor) => b.multiply(x, factor),
  "c·x": (b, x, factor) => b.multiply(factor, x),
  "x/c": (b, x, factor) => b.divide(x, factor),
};

function build(
  op: "reduceSum" | "reduceMean",
  { factor, axes, keepDims }: SumCase,
  combine: Combine,
  rewritten: boolean,
): TensorGraph {
  const b = new TensorBuilder(rewritten ? [factorOutOfSum] : []);
  const combined = combine(b, b.input("data", "x", shape), b.input("data", "factor", factor));
  return b.finish({ sum: b.apply(op, [combined], { axes, keepDims }) });
}

/** What the reduction works on. */
function summedOp({ nodes }: TensorGraph): string {
  const sum = nodes.find(({ op }) => op === "reduceSum" || op === "reduceMean")!;
  return nodes[sum.inputs[0]!]!.op;
}

describe("factor out of sum", () => {
  for (const [name, combine] of Object.entries(combinations)) {
    it.each(sums)(`${name}: factor $factor, axes $axes, keep $keepDims`, (given) => {
      const random = createRandom(5, name);
      const inputs = new Map([
        ["x", randomTensor(random, shape)],
        ["factor", randomTensor(random, given.factor, 0.5, 2)],
      ]);
      for (const op of ["reduceSum", "reduceMean"] as const) {
        const graph = build(op, given, combine, true);
        verifyTensorGraph(graph);
        expect(summedOp(graph) === "input").toBe(given.isFactored);
        const actual = evaluateTensorGraph(graph, inputs).get("sum")!;
        const expected = evaluateTensorGraph(build(op, given, combine, false), inputs).get("sum")!;
        expect(actual.shape).toEqual(expected.shape);
        expect(largestDifference(actual.data, expected.data)).toBeLessThan(1e-13);
      }
    });
  }

  it("takes a minus out, and several factors one after another", () => {
    const b = new TensorBuilder([factorOutOfSum]);
    const [x, c] = [b.input("data", "x", shape), b.input("data", "c", [4])];
    const sum = b.reduceSum(b.negate(b.multiply(b.divide(x, c), c)), [0, 1]);
    expect(summedOp(b.finish({ sum }))).toBe("input");
  });

  it("does not divide by a sum", () => {
    const b = new TensorBuilder([factorOutOfSum]);
    const [x, c] = [b.input("data", "x", shape), b.input("data", "c", [4])];
    expect(summedOp(b.finish({ sum: b.reduceSum(b.divide(c, x), [0, 1]) }))).toBe("divide");
  });
});
