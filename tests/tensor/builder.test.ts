import { describe, expect, it } from "vitest";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import { printTensorGraph } from "../../src/tensor/print.ts";
import { TensorGraphError } from "../../src/tensor/shapes.ts";
import type { TensorGraph, TensorNode } from "../../src/tensor/tensor-graph.ts";
import { verifyTensorGraph } from "../../src/tensor/verify.ts";

const geometry = {
  kernel: [3, 3],
  stride: [2, 2],
  dilation: [1, 1],
  pads: [
    [0, 1],
    [0, 1],
  ],
} as const;

describe("TensorBuilder", () => {
  it("infers shapes, the batch left open", () => {
    const b = new TensorBuilder();
    const x = b.input("data", "x", ["N", 28, 28, 3]);
    const kernel = b.input("weight", "k", [3, 3, 3, 8]);
    const y = b.conv(x, kernel, { ...geometry, groups: 1 });
    expect(b.shape(y)).toEqual(["N", 14, 14, 8]);
    expect(b.shape(b.reduceMean(y, [1, 2]))).toEqual(["N", 8]);
    expect(b.shape(b.reshape(y, ["N", 14 * 14 * 8]))).toEqual(["N", 1568]);
    expect(b.dataType(b.argMax(b.reduceMean(y, [1, 2]), 1))).toBe("int32");
  });

  it("makes equal operations one node", () => {
    const b = new TensorBuilder();
    const x = b.input("data", "x", ["N", 4]);
    expect(b.exp(x)).toBe(b.exp(x));
    expect(b.softmax(x, 1)).not.toBe(b.softmax(x, 0));
    expect(b.scalar(2)).toBe(b.scalar(2));
    expect(b.scalar(0)).not.toBe(b.scalar(-0));
    expect(b.constant([1], Float32Array.of(2))).not.toBe(b.scalar(2));
    expect(b.constant([], Int32Array.of(2))).not.toBe(b.scalar(2));
    const table = new Float32Array(100);
    expect(b.constant([100], table)).toBe(b.constant([100], table));
    expect(b.constant([100], table)).not.toBe(b.constant([100], new Float32Array(100)));
  });

  it("gives an operand back where an operation does nothing", () => {
    const b = new TensorBuilder();
    const x = b.input("data", "x", ["N", 4, 2]);
    const [zero, one] = [b.scalar(0), b.scalar(1)];
    for (const same of [
      b.add(x, zero),
      b.add(zero, x),
      b.subtract(x, zero),
      b.multiply(one, x),
      b.divide(x, one),
      b.power(x, one),
      b.negate(b.negate(x)),
      b.reshape(b.reshape(x, ["N", 8]), ["N", 4, 2]),
      b.transpose(b.transpose(x, [0, 2, 1]), [0, 2, 1]),
      b.transpose(b.transpose(b.transpose(x, [1, 2, 0]), [1, 2, 0]), [1, 2, 0]),
      b.broadcast(x, ["N", 4, 2]),
      b.concat([x], 1),
      b.slice(x, [1], [0], [4]),
      b.pad(x, [
        [0, 0],
        [0, 0],
        [0, 0],
      ]),
      b.reduceSum(x, []),
      b.cast(x, "float32"),
    ]) {
      expect(same).toBe(x);
    }
  });

  it("keeps what changes the shape or is not exact", () => {
    const b = new TensorBuilder();
    const x = b.input("data", "x", ["N", 4]);
    const narrow = b.input("data", "narrow", [4]);
    expect(b.shape(b.add(narrow, b.broadcast(b.scalar(0), ["N", 4])))).toEqual(["N", 4]);
    expect(b.node(b.subtract(b.scalar(0), x)).op).toBe("subtract");
    expect(b.node(b.multiply(x, b.scalar(0))).op).toBe("multiply");
    expect(b.shape(b.add(narrow, b.constant([1, 1], Float32Array.of(0))))).toEqual([1, 4]);
  });

  it("folds scalars and uses what was broadcast", () => {
    const b = new TensorBuilder();
    const x = b.input("data", "x", ["N", 4]);
    expect(b.add(b.scalar(1), b.multiply(b.scalar(2), b.scalar(3)))).toBe(b.scalar(7));
    expect(b.multiply(x, b.broadcast(b.scalar(2), ["N", 4]))).toBe(b.multiply(x, b.scalar(2)));
    const wide = b.multiply(b.scalar(2), b.broadcast(b.scalar(5), [3]));
    expect(b.shape(wide)).toEqual([3]);
    const row = b.input("data", "row", [4]);
    expect(b.add(x, b.reshape(row, [1, 4]))).toBe(b.add(x, row));
    expect(b.shape(b.add(row, b.reshape(row, [1, 4])))).toEqual([1, 4]);
    expect(b.negate(b.broadcast(row, [3, 4]))).toBe(b.broadcast(b.negate(row), [3, 4]));
    const one = b.input("data", "one", [1]);
    expect(b.multiply(x, b.reshape(b.broadcast(one, [4]), [1, 4]))).toBe(b.multiply(x, b.reshape(one, [])));
    expect(b.maximum(b.scalar(2), b.scalar(3))).toBe(b.scalar(3));
  });

  it("drops what reaches no output and renumbers the rest", () => {
    const b = new TensorBuilder();
    const x = b.input("data", "x", ["N", 4]);
    b.exp(b.input("data", "unused", ["N", 4]));
    const y = b.inLayer("dense", () => b.tanh(x));
    const graph = b.finish({ y, again: y });
    verifyTensorGraph(graph);
    expect(printTensorGraph(graph)).toBe(
      [
        '%0 = input() role="data" name="x" : Nx4',
        "%1 = tanh(%0) : Nx4   # dense",
        "output y = %1",
        "output again = %1\n",
      ].join("\n"),
    );
  });

  it("refuses operands that do not fit, as its own mistake", () => {
    const b = new TensorBuilder();
    const x = b.input("data", "x", ["N", 4]);
    const labels = b.input("target", "labels", ["N"], "int32");
    const refusals: readonly (() => unknown)[] = [
      () => b.add(x, b.input("data", "y", ["N", 3])),
      () => b.add(x, labels),
      () => b.exp(labels),
      () => b.matmul(x, b.input("weight", "k", [5, 2])),
      () => b.reshape(x, ["N", 5]),
      () => b.reshape(x, [4]),
      () => b.concat([x, b.input("data", "z", ["N", 4, 1])], 1),
      () => b.slice(x, [1], [2], [5]),
      () => b.slice(x, [0], [0], [1]),
      () => b.transpose(x, [0, 0]),
      () => b.softmax(x, 2),
      () => b.reduceSum(x, [1, 0]),
      () => b.input("data", "x", ["N", 5]),
      () => b.constant([2], Float32Array.of(1)),
      () =>
        b.maxPool(b.input("data", "small", ["N", 1, 1, 1]), {
          ...geometry,
          pads: [
            [0, 0],
            [0, 0],
          ],
        }),
      () => b.apply("select", [x, x, x], {}),
      () => b.apply("add", [x], {}),
      () => b.exp(99),
    ];
    for (const refusal of refusals) expect(refusal).toThrow(TensorGraphError);
    expect(refusals[0]).toThrow("this is a mistake of the compiler, not of your model: shapes Nx4 and Nx3");
  });
});

describe("verifyTensorGraph", () => {
  const graph = (): TensorGraph => {
    const b = new TensorBuilder();
    const x = b.input("data", "x", ["N", 4]);
    return b.finish({ y: b.inLayer("dense", () => b.add(b.exp(x), b.scalar(1))) });
  };
  const withNode = (index: number, change: Partial<TensorNode>): TensorGraph => {
    const { nodes, outputs } = graph();
    return { nodes: nodes.with(index, { ...nodes[index]!, ...change } as TensorNode), outputs };
  };

  it("accepts what the builder makes", () => {
    expect(() => verifyTensorGraph(graph())).not.toThrow();
  });

  it("finds what is wrong and says where", () => {
    expect(() => verifyTensorGraph(withNode(1, { id: 2 }))).toThrow("node 1 (exp)");
    expect(() => verifyTensorGraph(withNode(1, { inputs: [3] }))).toThrow("uses value 3");
    expect(() => verifyTensorGraph(withNode(3, { shape: ["N", 5] }))).toThrow(
      'node 3 (add) of layer "dense": it says float32 Nx5, its operation gives float32 Nx4',
    );
    expect(() => verifyTensorGraph(withNode(3, { dataType: "bool" }))).toThrow("it says bool");
    const { nodes, outputs } = graph();
    expect(() => verifyTensorGraph({ nodes, outputs: [...outputs, ...outputs] })).toThrow("two outputs");
    expect(() => verifyTensorGraph({ nodes, outputs: [{ name: "z", value: 9 }] })).toThrow('"z" is no value');
  });
});
