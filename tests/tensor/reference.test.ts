import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import { opRules } from "../../src/tensor/ops.ts";
import { randomTable } from "../../src/tensor/random-table.ts";
import { evaluateTensorGraph } from "../../src/tensor/reference/evaluate.ts";
import type { DataType, OpAttributes, OpKind } from "../../src/tensor/tensor-graph.ts";
import { verifyTensorGraph } from "../../src/tensor/verify.ts";
import { largestDifference } from "./random-tensors.ts";

interface CaseTensor {
  readonly shape: readonly number[];
  readonly dataType: DataType;
  readonly data: readonly (number | "inf" | "-inf")[];
}

interface Case {
  readonly name: string;
  readonly op: OpKind;
  readonly attributes: OpAttributes[OpKind];
  readonly operands: readonly CaseTensor[];
  readonly result: CaseTensor;
}

/** Made by cases/operations.py with TensorFlow and PyTorch. */
const cases = JSON.parse(
  readFileSync(new URL("cases/operations.json", import.meta.url), "utf8"),
) as readonly Case[];

function numbersOf(tensor: CaseTensor): Float64Array {
  return Float64Array.from(tensor.data, (value) =>
    typeof value === "number" ? value : value === "inf" ? Infinity : -Infinity,
  );
}

describe("operations against TensorFlow and PyTorch", () => {
  it.each(cases)("$name", ({ op, attributes, operands, result }) => {
    const builder = new TensorBuilder();
    const values = operands.map(({ shape, dataType }, index) =>
      builder.input("data", `operand ${index}`, shape, dataType),
    );
    const value = builder.apply(op, values, attributes);
    expect([builder.shape(value), builder.dataType(value)]).toEqual([result.shape, result.dataType]);
    const graph = builder.finish({ result: value });
    verifyTensorGraph(graph);
    const given = operands.map(
      (operand, index): [string, { shape: readonly number[]; data: Float64Array }] => [
        `operand ${index}`,
        { shape: operand.shape, data: numbersOf(operand) },
      ],
    );
    const computed = evaluateTensorGraph(graph, new Map(given)).get("result")!;
    expect(computed.shape).toEqual(result.shape);
    expect(largestDifference(computed.data, numbersOf(result))).toBeLessThan(1e-7);
  });

  it("has a case for every operation that the libraries know", () => {
    const tested = new Set<string>(cases.map(({ op }) => op));
    const missing = Object.keys(opRules).filter((op) => !tested.has(op));
    expect(missing).toEqual(["input", "constant", "random"]);
  });
});

describe("evaluation", () => {
  it("binds the batch size that the inputs have", () => {
    const builder = new TensorBuilder();
    const x = builder.input("data", "x", ["N", 2]);
    const graph = builder.finish({ y: builder.reshape(x, ["N", 2, 1]) });
    const y = evaluateTensorGraph(
      graph,
      new Map([["x", { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }]]),
    );
    expect(y.get("y")!.shape).toEqual([3, 2, 1]);
  });

  it("refuses inputs that are missing, of another shape, or of two batch sizes", () => {
    const builder = new TensorBuilder();
    const sum = builder.add(builder.input("data", "x", ["N", 2]), builder.input("data", "y", ["N", 2]));
    const graph = builder.finish({ sum });
    const tensor = (...shape: number[]) => ({ shape, data: new Float32Array(shape[0]! * shape[1]!) });
    const run = (x: unknown, y: unknown) => () =>
      evaluateTensorGraph(graph, new Map(Object.entries({ x, y })) as never);
    expect(run(tensor(1, 2), tensor(1, 2))).not.toThrow();
    expect(() => evaluateTensorGraph(graph, new Map())).toThrow('no value was given for input "x"');
    expect(run(tensor(1, 3), tensor(1, 2))).toThrow('input "x" is Nx2, the value given 1x3');
    expect(run(tensor(2, 2), tensor(1, 2))).toThrow('input "y" is Nx2, the value given 1x2');
  });

  it("rounds to float32 where asked", () => {
    const builder = new TensorBuilder();
    const graph = builder.finish({
      third: builder.divide(builder.input("data", "x", []), builder.scalar(3)),
    });
    const inputs = new Map([["x", { shape: [], data: Float32Array.of(1) }]]);
    expect(evaluateTensorGraph(graph, inputs).get("third")!.data[0]).toBe(1 / 3);
    const rounded = evaluateTensorGraph(graph, inputs, { roundToFloat32: true });
    expect(rounded.get("third")!.data[0]).toBe(Math.fround(1 / 3));
  });

  it("keeps NaN through relu and maxima", () => {
    const builder = new TensorBuilder();
    const x = builder.input("data", "x", [2]);
    const graph = builder.finish({ relu: builder.relu(x), max: builder.reduceMax(x, [0]) });
    const result = evaluateTensorGraph(
      graph,
      new Map([["x", { shape: [2], data: Float32Array.of(NaN, -1) }]]),
    );
    expect([...result.get("relu")!.data]).toEqual([NaN, 0]);
    expect([...result.get("max")!.data]).toEqual([NaN]);
  });
});

describe("random", () => {
  const window = (kind: "uniform" | "normal", offset: number, count: number) => {
    const builder = new TensorBuilder();
    const at = builder.input("scalar", "offset", [], "int32");
    const graph = builder.finish({ numbers: builder.random(at, { kind }, [count]) });
    return evaluateTensorGraph(graph, new Map([["offset", { shape: [], data: Int32Array.of(offset) }]]));
  };

  it("reads a window of the table from the offset", () => {
    const early = window("uniform", 0, 8).get("numbers")!.data;
    const late = window("uniform", 3, 5).get("numbers")!.data;
    expect([...late]).toEqual([...early.subarray(3)]);
  });

  it("has tables of the right distributions, which do not change as they grow", () => {
    const count = 200_000;
    const moments = (numbers: Float32Array) => {
      const mean = numbers.reduce((sum, value) => sum + value, 0) / count;
      return [mean, numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count];
    };
    const before = [...randomTable({ kind: "uniform" }, 5)];
    const [uniformMean, uniformVariance] = moments(randomTable({ kind: "uniform" }, count));
    const [normalMean, normalVariance] = moments(randomTable({ kind: "normal" }, count));
    expect([...randomTable({ kind: "uniform" }, 5)]).toEqual(before);
    expect(uniformMean).toBeCloseTo(0.5, 2);
    expect(uniformVariance).toBeCloseTo(1 / 12, 2);
    expect(normalMean).toBeCloseTo(0, 2);
    expect(normalVariance).toBeCloseTo(1, 1);
    const keep = randomTable({ kind: "keep", rate: 0.25 }, count);
    expect([...new Set(keep)].sort()).toEqual([0, Math.fround(4 / 3)]);
    expect(moments(keep)[0]).toBeCloseTo(1, 2);
    expect(new Set(randomTable({ kind: "keep", rate: 1 }, 100))).toEqual(new Set([0]));
  });
});
