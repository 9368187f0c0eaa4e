import { describe, expect, it } from "vitest";
import { buildGradients, gradientRules } from "../../src/autodiff/gradients.ts";
import { createRandom, type Random } from "../../src/random/random.ts";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import { evaluateTensorGraph } from "../../src/tensor/reference/evaluate.ts";
import type { NumericTensor } from "../../src/tensor/reference/numeric-tensor.ts";
import type { TensorGraph, ValueId } from "../../src/tensor/tensor-graph.ts";
import { verifyTensorGraph } from "../../src/tensor/verify.ts";
import { randomTensor } from "../tensor/random-tensors.ts";
import { type GradientCase, gradientCases } from "./operation-cases.ts";

const shapesEach = 20;
const step = 1e-5;
/** Elements of each operand that are moved, at most. */
const elementsEach = 12;

/** The graph of Σ result · weights and of its gradients. */
function buildChecked({ operands, apply }: GradientCase, random: Random): TensorGraph {
  const b = new TensorBuilder();
  const inputs = operands.map(({ shape }, index) => b.input("data", `operand ${index}`, shape));
  const result = apply(b, inputs);
  const weights = randomTensor(random, b.shape(result) as number[]);
  const weighted = b.multiply(result, b.constant(weights.shape, Float32Array.from(weights.data)));
  const sum = b.reduceSum(
    weighted,
    weights.shape.map((_, axis) => axis),
  );
  const gradients = buildGradients(b, sum, inputs);
  const outputs = gradients.map((gradient, index): [string, ValueId] => [`gradient ${index}`, gradient!]);
  return b.finish({ sum, ...Object.fromEntries(outputs) });
}

function evaluate(graph: TensorGraph, operands: readonly NumericTensor[]): Map<string, NumericTensor> {
  return evaluateTensorGraph(graph, new Map(operands.map((operand, index) => [`operand ${index}`, operand])));
}

/** The derivative with respect to one element, by central differences. */
function slopeAt(
  graph: TensorGraph,
  operands: readonly NumericTensor[],
  operand: number,
  element: number,
): number {
  const sumAt = (move: number): number => {
    const data = Float64Array.from(operands[operand]!.data);
    data[element]! += move;
    return evaluate(graph, operands.with(operand, { ...operands[operand]!, data })).get("sum")!.data[0]!;
  };
  return (sumAt(step) - sumAt(-step)) / (2 * step);
}

function checkGradients(made: GradientCase, random: Random): void {
  const graph = buildChecked(made, random);
  verifyTensorGraph(graph);
  const results = evaluate(graph, made.operands);
  const sumOnly = { nodes: graph.nodes, outputs: graph.outputs.slice(0, 1) };
  made.operands.forEach((operand, index) => {
    const gradient = results.get(`gradient ${index}`)!;
    expect(gradient.shape).toEqual(operand.shape);
    const size = operand.data.length;
    for (let count = 0; count < Math.min(size, elementsEach); count++) {
      const element = size <= elementsEach ? count : random.integer(size);
      const slope = slopeAt(sumOnly, made.operands, index, element);
      // The rules' constants are float32, which bounds how well the two agree.
      expect(Math.abs(gradient.data[element]! - slope)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
    }
  });
}

describe("gradients of operations against finite differences", () => {
  for (const [op, make] of Object.entries(gradientCases)) {
    if (make === "none") continue;
    it(`${op}, ${shapesEach} shapes`, () => {
      for (let index = 0; index < shapesEach; index++) {
        const random = createRandom(index, `gradient of ${op}`);
        checkGradients(make(random), random);
      }
    });
  }

  it("covers exactly the operations that have a rule", () => {
    const without = Object.entries(gradientRules).flatMap(([op, rule]) =>
      typeof rule === "string" ? [op] : [],
    );
    const uncovered = Object.entries(gradientCases).flatMap(([op, make]) => (make === "none" ? [op] : []));
    expect(uncovered.sort()).toEqual(without.sort());
  });
});

/** The gradients of Σ result · (1, 2, 3 …) with respect to the inputs a, b of one row of numbers each. */
function gradientsOf(
  rows: readonly (readonly number[])[],
  apply: (b: TensorBuilder, ...operands: ValueId[]) => ValueId,
): number[][] {
  const b = new TensorBuilder();
  const inputs = rows.map((row, index) => b.input("data", `operand ${index}`, [row.length]));
  const result = apply(b, ...inputs);
  const weights = Float32Array.from(
    { length: b.shape(result).reduce<number>((n, dim) => n * (dim as number), 1) },
    (_, i) => i + 1,
  );
  const weighted = b.multiply(result, b.constant(b.shape(result) as number[], weights));
  const sum = b.reduceSum(
    weighted,
    b.shape(result).map((_, axis) => axis),
  );
  const outputs = buildGradients(b, sum, inputs).map((value, index) => [`gradient ${index}`, value!]);
  const operands = rows.map((row) => ({ shape: [row.length], data: Float64Array.from(row) }));
  const results = evaluate(b.finish(Object.fromEntries(outputs) as Record<string, ValueId>), operands);
  return [...results.values()].map(({ data }) => [...data]);
}

describe("gradients where the slope jumps", () => {
  it("relu has none at 0", () => {
    expect(gradientsOf([[0, -0, 1, -1]], (b, x) => b.relu(x))).toEqual([[0, 0, 3, 0]]);
  });

  it("abs has none at 0", () => {
    expect(gradientsOf([[0, 2, -2]], (b, x) => b.abs(x))).toEqual([[0, 2, -3]]);
  });

  it("maximum and minimum give it to the first of two equal ones", () => {
    expect(
      gradientsOf(
        [
          [1, 5, 2],
          [1, 2, 5],
        ],
        (b, x, y) => b.maximum(x, y),
      ),
    ).toEqual([
      [1, 2, 0],
      [0, 0, 3],
    ]);
    expect(
      gradientsOf(
        [
          [1, 5, 2],
          [1, 2, 5],
        ],
        (b, x, y) => b.minimum(x, y),
      ),
    ).toEqual([
      [1, 0, 3],
      [0, 2, 0],
    ]);
  });

  it("reduceMax shares it among equal ones", () => {
    expect(gradientsOf([[3, 1, 3, 3]], (b, x) => b.reduceMax(x, [0]))).toEqual([[1 / 3, 0, 1 / 3, 1 / 3]]);
  });

  it("max pooling gives it to the first maximum of each window", () => {
    const pool = (b: TensorBuilder, x: ValueId, kernel: number, stride: number): ValueId =>
      b.maxPool(b.reshape(x, [1, 6, 1]), {
        kernel: [kernel],
        stride: [stride],
        dilation: [1],
        pads: [[0, 0]],
      });
    expect(gradientsOf([[2, 2, 0, 0, 1, 1]], (b, x) => pool(b, x, 2, 2))).toEqual([[1, 0, 2, 0, 3, 0]]);
    expect(gradientsOf([[0, 2, 2, 2, 1, 1]], (b, x) => pool(b, x, 3, 1))).toEqual([[0, 1 + 2, 3, 4, 0, 0]]);
  });
});

describe("buildGradients", () => {
  it("adds up what comes back on several ways", () => {
    expect(gradientsOf([[3]], (b, x) => b.add(b.multiply(x, x), x))).toEqual([[7]]);
  });

  it("says which values the scalar does not depend on", () => {
    const b = new TensorBuilder();
    const [x, y, z] = ["x", "y", "z"].map((name) => b.input("data", name, []));
    const gradients = buildGradients(b, b.add(b.exp(x!), b.step(y!)), [x!, y!, z!]);
    expect(gradients[0]).toBe(b.exp(x!));
    expect(gradients.slice(1)).toEqual([undefined, undefined]);
  });

  it("refuses anything but a scalar, and what has no gradient", () => {
    const b = new TensorBuilder();
    const x = b.input("data", "x", [1, 3, 1]);
    expect(() => buildGradients(b, x, [x])).toThrow("gradients are those of a scalar");
    const geometry = { kernel: [2], stride: [1], dilation: [1], pads: [[0, 0]] as const };
    const pooled = b.maxPool(x, geometry);
    const back = b.apply("maxPoolGradient", [x, pooled, pooled], geometry);
    expect(() => buildGradients(b, b.reduceSum(back, [0, 1, 2]), [x])).toThrow(
      "maxPoolGradient has no gradient",
    );
  });

  it("marks gradients with the layer they belong to", () => {
    const b = new TensorBuilder();
    const x = b.input("data", "x", []);
    const y = b.inLayer("dense", () => b.tanh(x));
    const [gradient] = buildGradients(b, b.exp(y), [x]);
    expect(b.node(gradient!).layer).toBe("dense");
  });

  it("goes through 100,000 operations", () => {
    const b = new TensorBuilder();
    const x = b.input("data", "x", []);
    let y = x;
    for (let index = 0; index < 100_000; index++) y = b.sigmoid(y);
    expect(buildGradients(b, y, [x])[0]).toBeDefined();
  });
});
