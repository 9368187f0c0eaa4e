import { describe, expect, it } from "vitest";
import { selectForms } from "../../src/onnx/select/select.ts";
import { createRandom } from "../../src/random/random.ts";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import { differenceFromReference } from "./harness.ts";
import { CaseMaker } from "./operations.ts";

const target = { provider: "webgpu" } as const;

interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  readonly transposeLeft?: boolean;
}

const products: readonly Product[] = [
  { rows: 16, columns: 9, inner: 4096, transposeLeft: true },
  { rows: 9, columns: 40, inner: 3000, transposeLeft: true },
  { rows: 7, columns: 5, inner: 2048 },
  // A prime has no parts.
  { rows: 3, columns: 4, inner: 1031, transposeLeft: true },
  { rows: 3, columns: 4, inner: 1031 },
];

describe("products along a long inner dimension, as a GPU computes them", () => {
  it.each(products)("agrees with float64: %o", async ({ rows, columns, inner, transposeLeft = false }) => {
    const builder = new TensorBuilder();
    const make = new CaseMaker(builder, createRandom(0, `${rows} ${inner}`));
    const left = make.input(transposeLeft ? [inner, rows] : [rows, inner]);
    const value = builder.matmul(left, make.input([inner, columns]), { left: transposeLeft });
    const graph = builder.finish({ product: value });
    const { difference } = await differenceFromReference(graph, make.inputs, target);
    expect(difference).toBeLessThan(1e-5);
  });

  it.each([1024, 5000, 65_536, 1031])("sums %i rows", async (count) => {
    const builder = new TensorBuilder();
    const make = new CaseMaker(builder, createRandom(0, `${count}`));
    const x = make.input([count, 6]);
    const graph = builder.finish({
      sum: builder.reduceSum(x, [0]),
      variance: builder.reduceVariance(x, [0]),
    });
    const { difference } = await differenceFromReference(graph, make.inputs, target);
    expect(difference).toBeLessThan(1e-5);
  });

  it("is walked by many workgroups, each a short way", () => {
    const builder = new TensorBuilder();
    const make = new CaseMaker(builder, createRandom(0, "walk"));
    const value = builder.matmul(make.input([65_536, 16]), make.input([65_536, 32]), { left: true });
    const model = selectForms(builder.finish({ product: value }), target);
    expect(model.graph.nodes.map(({ opType }) => opType)).not.toContain("Gemm");
    expect(model.graph.nodes.filter(({ opType }) => opType === "MatMul")).toHaveLength(2);
  });
});
