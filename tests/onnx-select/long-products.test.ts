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

describe("products of few columns on the CPU", () => {
  it.each([
    { rows: 36, columns: 6, turned: true },
    { rows: 512, columns: 1, turned: true },
    { rows: 64, columns: 64, turned: false },
    { rows: 6, columns: 36, turned: false },
  ])("are turned round where it pays: %o", async ({ rows, columns, turned }) => {
    const builder = new TensorBuilder();
    const make = new CaseMaker(builder, createRandom(0, `${rows}`));
    const value = builder.matmul(make.input([3000, rows]), make.input([3000, columns]), { left: true });
    const graph = builder.finish({ product: value });
    const { nodes } = selectForms(graph, { provider: "cpu" }).graph;
    expect(nodes.some(({ opType }) => opType === "Transpose")).toBe(turned);
    const { difference } = await differenceFromReference(graph, make.inputs, { provider: "cpu" });
    expect(difference).toBeLessThan(1e-5);
  });

  it("and so the gradient of a kernel of few filters", async () => {
    const builder = new TensorBuilder();
    const make = new CaseMaker(builder, createRandom(0, "few filters"));
    const [x, dy] = [make.input([8, 24, 24, 3]), make.input([8, 20, 20, 5])];
    const geometry = { kernel: [5, 5], stride: [1, 1], dilation: [1, 1], pads: [[0, 0], [0, 0]], groups: 1 } as const; // prettier-ignore
    const graph = builder.finish({ gradient: builder.convKernelGradient(x, dy, geometry) });
    const { difference } = await differenceFromReference(graph, make.inputs, { provider: "cpu" });
    expect(difference).toBeLessThan(1e-5);
  });
});

it("patches of few channels are gathered line by line first", async () => {
  const builder = new TensorBuilder();
  const make = new CaseMaker(builder, createRandom(0, "lines"));
  const geometry = { kernel: [5, 4], stride: [2, 1], dilation: [1, 2], pads: [[2, 1], [0, 3]], groups: 1 } as const; // prettier-ignore
  const z = builder.conv(make.input([3, 15, 20, 6]), make.input([5, 4, 6, 7]), geometry);
  const graph = builder.finish({ z });
  const { nodes } = selectForms(graph, { provider: "cpu" }).graph;
  expect(nodes.filter(({ opType }) => opType === "Gather")).toHaveLength(2);
  const { difference } = await differenceFromReference(graph, make.inputs, { provider: "cpu" });
  expect(difference).toBeLessThan(1e-5);
});
