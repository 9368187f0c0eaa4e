import { expect, it } from "vitest";
import { buildGradients } from "../../../src/autodiff/gradients.ts";
import { TensorBuilder } from "../../../src/tensor/builder.ts";
import { evaluateTensorGraph } from "../../../src/tensor/reference/evaluate.ts";
import { factorOutOfSum } from "../../../src/tensor/rewrites/factor-out-of-sum.ts";
import { sumOfOneHot } from "../../../src/tensor/rewrites/sum-of-one-hot.ts";
import type { TensorGraph } from "../../../src/tensor/tensor-graph.ts";
import { verifyTensorGraph } from "../../../src/tensor/verify.ts";

/** The gradient of cross-entropy for classes. */
function build(isRewritten: boolean): TensorGraph {
  const b = new TensorBuilder(isRewritten ? [factorOutOfSum, sumOfOneHot] : [factorOutOfSum]);
  const logits = b.input("data", "logits", [2, 2, 3]);
  const labels = b.input("target", "labels", [2, 2], "int32");
  const chosen = b.multiply(b.oneHot(labels, 3), b.logSoftmax(logits, 2));
  const loss = b.negate(b.reduceSum(chosen, [0, 1, 2]));
  return b.finish({ gradient: buildGradients(b, loss, [logits])[0]! });
}

it("the gradient of cross-entropy adds up no one-hot labels, and stays the same", () => {
  const numbers = [1, 2, 0.5, -1, 0, 3, 2, 2, 2, 0.1, -0.4, 0.7];
  const inputs = new Map([
    ["logits", { shape: [2, 2, 3], data: Float64Array.from(numbers) }],
    ["labels", { shape: [2, 2], data: Float64Array.of(0, 2, 1, 1) }],
  ]);
  const [plain, rewritten] = [build(false), build(true)];
  verifyTensorGraph(rewritten);
  const sums = ({ nodes }: TensorGraph): number => nodes.filter(({ op }) => op === "reduceSum").length;
  expect([sums(plain), sums(rewritten)]).toEqual([1, 0]);
  const value = (graph: TensorGraph): readonly number[] =>
    Array.from(evaluateTensorGraph(graph, inputs).get("gradient")!.data);
  expect(value(rewritten)).toEqual(value(plain));
});
