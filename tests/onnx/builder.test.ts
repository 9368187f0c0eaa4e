import { describe, expect, it } from "vitest";
import { float, floats, int, ints, string, strings, tensor } from "../../src/onnx/attributes.ts";
import { OnnxBuilder } from "../../src/onnx/builder.ts";
import type { OnnxGraph, OnnxModel } from "../../src/onnx/onnx-graph.ts";

const pair = ["N", 2] as const;

/** A builder with an input of float32 [N, 2]. */
function start(): { builder: OnnxBuilder; x: string } {
  const builder = new OnnxBuilder("g");
  return { builder, x: builder.input("x", "float32", pair) };
}

/** Nodes as `outputs = Op(inputs)`. */
function lines(graph: OnnxGraph): string[] {
  return graph.nodes.map((node) => `${node.outputs.join(", ")} = ${node.opType}(${node.inputs.join(", ")})`);
}

describe("OnnxBuilder: equal nodes are one node", () => {
  it("same operator, inputs and attributes, in whatever order these stand", () => {
    const { builder, x } = start();
    const attributes = { axis: int(1), kernel_shape: ints([3, 3]), alpha: float(0.1), mode: string("a") };
    const reversed = Object.fromEntries(Object.entries(attributes).reverse());
    expect(builder.node("Op", [x, ""], attributes)).toBe(builder.node("Op", [x, ""], reversed));
    const value = { name: "a", dataType: "float32", dims: [1], data: Float32Array.of(1) } as const;
    const same = { ...value, name: "b", data: Float32Array.of(1) };
    expect(builder.node("C", [], { value: tensor(value) })).toBe(
      builder.node("C", [], { value: tensor(same) }),
    );
    expect(builder.nodes("Split", [x], 2)).toEqual(builder.nodes("Split", [x], 2));
  });

  it("anything else makes another node", () => {
    const { builder, x } = start();
    const one = { name: "", dataType: "float32", dims: [1], data: Float32Array.of(1) } as const;
    const values = [
      builder.node("Op", [x]),
      builder.node("Op2", [x]),
      builder.node("Op", [x, x]),
      builder.node("Op", [x, ""]),
      builder.node("Op", [x], {}, { domain: "com.microsoft" }),
      builder.nodes("Op", [x], 2)[0],
      builder.node("Op", [x], { a: int(1) }),
      builder.node("Op", [x], { b: int(1) }),
      builder.node("Op", [x], { a: float(1) }),
      builder.node("Op", [x], { a: ints([1]) }),
      builder.node("Op", [x], { a: ints([1, 2]) }),
      builder.node("Op", [x], { a: ints([12]) }),
      builder.node("Op", [x], { a: float(0) }),
      builder.node("Op", [x], { a: float(-0) }),
      builder.node("Op", [x], { a: floats([0]) }),
      builder.node("Op", [x], { a: string("0") }),
      builder.node("Op", [x], { a: strings(["0", "1"]) }),
      builder.node("Op", [x], { a: strings(["0 1"]) }),
      builder.node("Op", [x], { a: tensor(one) }),
      builder.node("Op", [x], { a: tensor({ ...one, dims: [1, 1] }) }),
      builder.node("Op", [x], { a: tensor({ ...one, data: Float32Array.of(2) }) }),
      builder.node("Op", [x], { a: tensor({ ...one, dataType: "int32", data: Int32Array.of(1) }) }),
      builder.node("Op", [x], {}, { unique: true }),
      builder.node("Op", [x], {}, { unique: true }),
      builder.node("RandomUniformLike", [x]),
      builder.node("RandomUniformLike", [x]),
    ];
    expect(new Set(values).size).toBe(values.length);
  });

  it("an Identity is its input", () => {
    const { builder, x } = start();
    expect(builder.node("Identity", [x])).toBe(x);
    expect(builder.node("Identity", [x], {}, { unique: true })).not.toBe(x);
  });
});

describe("OnnxBuilder: constants", () => {
  it("equal ones are stored once", () => {
    const { builder } = start();
    expect(builder.scalar(0.5)).toBe(builder.constant(Float32Array.of(0.5), []));
    expect(builder.int64s([1, -1])).toBe(builder.int64s([1n, -1n]));
    const large = () => Int32Array.from({ length: 100_000 }, (_, index) => index);
    expect(builder.constant(large(), [100, 1000])).toBe(builder.constant(large(), [100, 1000]));
    expect(builder.constant(["a", "b"], [2])).toBe(builder.constant(["a", "b"], [2]));
    expect(builder.scalar(NaN)).toBe(builder.scalar(NaN));
  });

  it("others are not", () => {
    const { builder } = start();
    const large = (changed: number) =>
      Int32Array.from({ length: 100_000 }, (_, index) => +(index === changed));
    const values = [
      builder.scalar(0),
      builder.scalar(-0),
      builder.constant(Float32Array.of(0), [1]),
      builder.constant(Float32Array.of(0), [1, 1]),
      builder.constant(Int32Array.of(0), []),
      builder.constant(Uint8Array.of(0), []),
      builder.constant(Uint8Array.of(0), [], undefined, "bool"),
      builder.constant(Float32Array.of(), [0]),
      builder.constant(Float32Array.of(), [0, 3]),
      builder.constant(["a", "b"], [2]),
      builder.constant(["ab", ""], [2]),
      ...[-1, 0, 1, 2, 49_999, 99_999].map((changed) => builder.constant(large(changed), [100_000])),
    ];
    expect(new Set(values).size).toBe(values.length);
  });

  it("must fit their dimensions", () => {
    const { builder } = start();
    expect(() => builder.constant(new Float32Array(5), [2, 3])).toThrow("has 5 entries, not 6");
    expect(() => builder.initializer("w", new Float32Array(5), [2, 3])).toThrow('tensor "w"');
  });
});

describe("OnnxBuilder: names", () => {
  it("come from scope and operator", () => {
    const { builder, x } = start();
    const [first, second] = builder.withScope("conv2d_1", () => [
      builder.node("A", [x]),
      builder.node("A", [x, x]),
    ]);
    expect([first, second]).toEqual(["conv2d_1/A", "conv2d_1/A_1"]);
    builder.withScope("outer", () => {
      expect(builder.withScope("inner", () => builder.node("B", [x]))).toBe("outer/inner/B");
      expect(builder.nodes("Split", [x], 3)).toEqual(["outer/Split", "outer/Split:1", "outer/Split:2"]);
      expect(builder.node("C", [x], {}, { name: "logits" })).toBe("outer/logits");
      expect(builder.constant(Float32Array.of(1, 2), [2], "table")).toBe("outer/table");
      expect(builder.scalar(0.1)).toBe("constant/0.1");
    });
    expect(() => builder.withScope("broken", () => builder.node("D", ["nowhere"]))).toThrow();
    expect(builder.node("D", [x])).toBe("D");
  });

  it("inputs, weights and outputs have exactly theirs, whatever else was called so", () => {
    const builder = new OnnxBuilder("g");
    const early = builder.input("in", "float32", pair);
    const relu = builder.node("Relu", [early], {}, { name: "x" });
    const x = builder.input("x", "float32", pair);
    const clash = builder.node("Add", [relu, x], {}, { name: "y" });
    const w = builder.initializer("y", Float32Array.of(1), [1]);
    const sum = builder.node("Add", [clash, w], {}, { name: "z" });
    builder.output("result", builder.node("Mul", [sum, w], {}, { name: "z2" }), "float32", pair);
    builder.output("z2", sum, "float32", pair);
    const { graph } = builder.finish();
    expect(graph.inputs.map((input) => input.name)).toEqual(["in", "x"]);
    expect(graph.initializers.map((weight) => weight.name)).toEqual(["y"]);
    expect(graph.outputs.map((output) => output.name)).toEqual(["result", "z2"]);
    // x_1 and y_1 were already used as handles; neither may come to stand for two values.
    expect(lines(graph)).toEqual([
      "x_2 = Relu(in)",
      "y_2 = Add(x_2, x)",
      "z2 = Add(y_2, y)",
      "result = Mul(z2, y)",
    ]);
    expect(graph.nodes.map((node) => node.name)).toEqual(["x", "y", "z", "z2"]);
  });

  it("an output that cannot be renamed is copied", () => {
    const { builder, x } = start();
    const relu = builder.node("Relu", [x]);
    const w = builder.initializer("w", Float32Array.of(1), [1]);
    builder.output("a", relu, "float32", pair);
    builder.output("b", relu, "float32", pair);
    builder.output("c", x, "float32", pair);
    builder.output("x", x, "float32", pair);
    builder.output("d", w, "float32", [1]);
    const { graph } = builder.finish();
    expect(graph.outputs.map((output) => output.name)).toEqual(["a", "b", "c", "x", "d"]);
    expect(lines(graph)).toEqual(["a = Relu(x)", "b = Identity(a)", "c = Identity(x)", "d = Identity(w)"]);
  });

  it("that are given twice are a mistake", () => {
    const { builder, x } = start();
    builder.output("y", builder.node("Relu", [x]), "float32", pair);
    builder.output("y", builder.node("Tanh", [x]), "float32", pair);
    expect(() => builder.finish()).toThrow("two values have the same name: x, y, y");
    const clash = start();
    clash.builder.output("x", clash.builder.node("Relu", [clash.x]), "float32", pair);
    expect(() => clash.builder.finish()).toThrow("two values have the same name");
    const twice = start();
    twice.builder.output("x", twice.x, "float32", pair);
    twice.builder.output("x", twice.x, "float32", pair);
    expect(() => twice.builder.finish()).toThrow("two values have the same name");
  });
});

describe("OnnxBuilder.finish", () => {
  it("leaves out what no output needs, but inputs", () => {
    const { builder, x } = start();
    builder.input("unused", "int64", []);
    builder.initializer("unused_weight", Float32Array.of(1), [1]);
    const dead = builder.node("Dead", [x, builder.scalar(1)]);
    builder.node("Dead2", [dead]);
    const split = builder.nodes("Split", [x], 2);
    const live = builder.node("Add", [split[1]!, builder.scalar(2)]);
    builder.describe(dead, "float32", [1]);
    builder.describe(split[1]!, "float32", ["N", 1]);
    builder.describe(live, "float32", ["N", 1]);
    builder.output("y", live, "float32", ["N", 1]);
    const { graph } = builder.finish();
    expect(graph.inputs.map((input) => input.name)).toEqual(["x", "unused"]);
    expect(lines(graph)).toEqual(["Split, Split:1 = Split(x)", "y = Add(Split:1, constant/2)"]);
    expect(graph.initializers).toEqual([
      { name: "constant/2", dataType: "float32", dims: [], data: Float32Array.of(2) },
    ]);
    expect(graph.valueInfo).toEqual([
      { name: "Split:1", type: { kind: "tensor", dataType: "float32", dims: ["N", 1] } },
    ]);
    expect(graph.outputs).toEqual([
      { name: "y", type: { kind: "tensor", dataType: "float32", dims: ["N", 1] } },
    ]);
  });

  it("states versions and operator sets", () => {
    const { builder, x } = start();
    const gelu = builder.node("Gelu", [x], {}, { domain: "com.microsoft" });
    const body = builder.subgraph("body", (inner) => {
      inner.output("y", inner.node("Op", [gelu], {}, { domain: "inner.domain" }), "float32", []);
    });
    builder.output("y", builder.node("If", [x], { then_branch: body }), "float32", []);
    const opsets = (model: OnnxModel) => model.opsets.map(({ domain, version }) => `${domain}:${version}`);
    const model = builder.finish({ producerName: "p", metadata: { a: "b" } });
    expect(opsets(model)).toEqual([":17", "com.microsoft:1", "inner.domain:1"]);
    expect(model).toMatchObject({
      irVersion: 8,
      producerName: "p",
      metadata: { a: "b" },
      graph: { name: "g" },
    });
    const newer = builder.finish({ irVersion: 10, opsets: [{ domain: "", version: 21 }] });
    expect([newer.irVersion, ...opsets(newer)]).toEqual([10, ":21", "com.microsoft:1", "inner.domain:1"]);
  });

  it("can be asked twice", () => {
    const { builder, x } = start();
    builder.output("a", x, "float32", pair);
    expect(lines(builder.finish().graph)).toEqual(["a = Identity(x)"]);
    expect(lines(builder.finish().graph)).toEqual(["a = Identity(x)"]);
  });
});

describe("OnnxBuilder.subgraph", () => {
  it("sees the values around it, and shares their nodes and constants", () => {
    const { builder, x } = start();
    const relu = builder.node("Relu", [x]);
    const hidden = builder.node("Tanh", [x]);
    builder.node("Sigmoid", [x]);
    let innerRelu = "";
    const body = builder.subgraph("body", (inner) => {
      const step = inner.input("step", "int64", []);
      innerRelu = inner.node("Relu", [x]);
      const sum = inner.node("Add", [innerRelu, inner.node("Mul", [hidden, inner.scalar(3)])]);
      inner.node("Unused", [step]);
      inner.output("sum", sum, "float32", pair);
      inner.output("again", sum, "float32", pair);
      inner.output("outside", relu, "float32", pair);
      inner.output("step", step, "int64", []);
    });
    expect(innerRelu).toBe(relu);
    const loop = builder.nodes("Loop", [], 4, { body });
    builder.output("Tanh", loop[0]!, "float32", pair);
    const { graph } = builder.finish();
    // The output takes the name Tanh, so the inner value of that name has another, inside too.
    expect(lines(graph)).toEqual([
      "Relu = Relu(x)",
      "Tanh_1 = Tanh(x)",
      "Tanh, Loop:1, Loop:2, Loop:3 = Loop()",
    ]);
    expect(graph.initializers.map((constant) => constant.name)).toEqual(["constant/3"]);
    const attribute = graph.nodes[2]!.attributes.body!;
    const bodyGraph = attribute.kind === "graph" ? attribute.value : undefined;
    expect(lines(bodyGraph!)).toEqual([
      "Mul = Mul(Tanh_1, constant/3)",
      "Add = Add(Relu, Mul)",
      "Identity = Identity(Add)",
      "Identity_1 = Identity(Relu)",
      "Identity_2 = Identity(step)",
    ]);
    expect(bodyGraph!.inputs.map((input) => input.name)).toEqual(["step"]);
    expect(bodyGraph!.outputs.map((output) => output.name)).toEqual([
      "Add",
      "Identity",
      "Identity_1",
      "Identity_2",
    ]);
  });

  it("keeps its values to itself", () => {
    const { builder, x } = start();
    let inside = "";
    const body = builder.subgraph("body", (inner) => {
      inside = inner.node("Exp", [x]);
      inner.output("y", inside, "float32", pair);
    });
    expect(() => builder.node("Relu", [inside])).toThrow(
      'Relu uses "Exp", which is not made yet or not visible',
    );
    expect(() => builder.output("y", inside, "float32", pair)).toThrow('output "y" uses "Exp"');
    expect(builder.node("If", [x], { then_branch: body })).not.toBe(
      builder.node("If", [x], { then_branch: body }),
    );
    expect(builder.node("Exp", [x])).not.toBe(inside);
  });
});
