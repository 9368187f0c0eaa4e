// What we write runs in ONNX Runtime, with the right numbers; and ONNX's own checker accepts it, where a Python with onnx is
// named by CNN_PEERS_PYTHON.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { float, int, ints } from "../../src/onnx/attributes.ts";
import { OnnxBuilder } from "../../src/onnx/builder.ts";
import type { OnnxModel } from "../../src/onnx/onnx-graph.ts";
import { writeOnnx } from "../../src/onnx/write.ts";

async function run(model: OnnxModel, feeds: Record<string, Tensor>): Promise<Record<string, unknown>> {
  const session = await InferenceSession.create(writeOnnx(model), { logSeverityLevel: 3 });
  const results = await session.run(feeds);
  return Object.fromEntries(Object.entries(results).map(([name, { dims, data }]) => [name, { dims, data }]));
}

/** conv → pool → dense → relu on a 1x1x3x3 image. */
function smallNetwork(): OnnxModel {
  const builder = new OnnxBuilder("small");
  const image = builder.input("image", "float32", ["batch", 1, 3, 3]);
  const features = builder.withScope("conv2d", () => {
    const kernel = builder.initializer(
      "conv2d/kernel",
      Float32Array.of(1, 0, 0, -1, 0.5, 0.5, 0.5, 0.5),
      [2, 1, 2, 2],
    );
    const bias = builder.initializer("conv2d/bias", Float32Array.of(0, 1), [2]);
    return builder.node("Conv", [image, kernel, bias], { kernel_shape: ints([2, 2]) });
  });
  const pooled = builder.node("MaxPool", [features], { kernel_shape: ints([2, 2]) });
  const flat = builder.node("Reshape", [pooled, builder.int64s([0, -1])]);
  const logits = builder.withScope("dense", () => {
    const kernel = builder.initializer("dense/kernel", Float32Array.of(1, 2, 3, -4), [2, 2]);
    return builder.node("Gemm", [flat, kernel, builder.scalar(0.25)], { alpha: float(1) });
  });
  builder.describe(logits, "float32", ["batch", 2]);
  builder.output("scores", builder.node("Relu", [logits]), "float32", ["batch", 2]);
  return builder.finish();
}

/** Sums the powers of x that a Loop makes; the body uses a value and a constant from outside. */
function loopNetwork(): OnnxModel {
  const builder = new OnnxBuilder("powers");
  const x = builder.input("x", "float32", [2]);
  const doubled = builder.node("Mul", [x, builder.scalar(2)]);
  const count = builder.constant(BigInt64Array.of(3n), []);
  const yes = builder.constant(Uint8Array.of(1), [], undefined, "bool");
  const body = builder.subgraph("body", (inner) => {
    inner.input("iteration", "int64", []);
    const go = inner.input("go", "bool", []);
    const sum = inner.input("sum", "float32", [2]);
    inner.output("go", go, "bool", []);
    inner.output(
      "sum",
      inner.node("Mul", [inner.node("Add", [sum, doubled]), inner.scalar(2)]),
      "float32",
      [2],
    );
    inner.output("scan", doubled, "float32", [2]);
  });
  const [final, scan] = builder.nodes("Loop", [count, yes, x], 2, { body });
  builder.output("final", final!, "float32", [2]);
  builder.output("scan", scan!, "float32", [3, 2]);
  return builder.finish();
}

/** Outputs that are copies, an input itself, a weight; and an If inside an If. */
function branchNetwork(): OnnxModel {
  const builder = new OnnxBuilder("branches");
  const x = builder.input("x", "float32", [2]);
  const flag = builder.input("flag", "bool", []);
  const relu = builder.node("Relu", [x]);
  const branch = (name: string, make: (inner: OnnxBuilder) => string) =>
    builder.subgraph(name, (inner) => {
      inner.output("y", make(inner), "float32", [2]);
    });
  const elseBranch = builder.subgraph("else", (inner) => {
    const negative = inner.node("Neg", [x]);
    const deepest = (op: string) =>
      inner.subgraph(op, (innermost) => {
        innermost.output("y", innermost.node(op, [negative]), "float32", [2]);
      });
    const value = inner.node("If", [flag], { then_branch: deepest("Exp"), else_branch: deepest("Abs") });
    inner.output("y", value, "float32", [2]);
  });
  const chosen = builder.node("If", [flag], {
    then_branch: branch("then", () => relu),
    else_branch: elseBranch,
  });
  builder.output("relu", relu, "float32", [2]);
  builder.output("relu_again", relu, "float32", [2]);
  builder.output("x", x, "float32", [2]);
  builder.output("weight", builder.initializer("w", Float32Array.of(7), [1]), "float32", [1]);
  builder.output("chosen", chosen, "float32", [2]);
  return builder.finish();
}

/** Each data type that ONNX Runtime can cast, through an initializer. */
function castNetwork(): OnnxModel {
  const builder = new OnnxBuilder("casts");
  const arrays = [
    ["float16", Uint16Array.of(0x4200, 0xc000)],
    ["float64", Float64Array.of(3, -2)],
    ["int8", Int8Array.of(3, -2)],
    ["int16", Int16Array.of(3, -2)],
    ["int32", Int32Array.of(3, -2)],
    ["int64", BigInt64Array.of(3n, -2n)],
    ["uint8", Uint8Array.of(3, 254)],
    ["uint16", Uint16Array.of(3, 65534)],
    ["uint32", Uint32Array.of(3, 2 ** 31)],
    ["uint64", BigUint64Array.of(3n, 2n ** 63n)],
    ["bool", Uint8Array.of(1, 0)],
    ["bfloat16", Uint16Array.of(0x4040, 0xc000)],
  ] as const;
  for (const [dataType, data] of arrays) {
    const constant = builder.constant(data, [2], dataType, dataType);
    builder.output(dataType, builder.node("Cast", [constant], { to: int(1) }), "float32", [2]);
  }
  builder.output(
    "string",
    builder.node("Cast", [builder.constant(["1.5", "-3"], [2])], { to: int(1) }),
    "float32",
    [2],
  );
  return builder.finish();
}

describe("ONNX Runtime runs what OnnxBuilder makes and writeOnnx writes", () => {
  it("a small network", async () => {
    // Convolution by hand: channel 0 is x[i,j] - x[i+1,j+1] = -4 everywhere; channel 1 is 1 + half the window's sum, at most
    // 1 + (5+6+8+9)/2 = 15. Dense: [-4 + 45, -8 - 60] + 0.25.
    const image = new Tensor("float32", Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), [1, 1, 3, 3]);
    expect(await run(smallNetwork(), { image })).toEqual({
      scores: { dims: [1, 2], data: Float32Array.of(41.25, 0) },
    });
  });

  it("a loop", async () => {
    // sum ← 2 (sum + 2x) from sum = x: 6x, 16x, 36x.
    expect(await run(loopNetwork(), { x: new Tensor("float32", Float32Array.of(1, -0.5), [2]) })).toEqual({
      final: { dims: [2], data: Float32Array.of(36, -18) },
      scan: { dims: [3, 2], data: Float32Array.of(2, -1, 2, -1, 2, -1) },
    });
  });

  it("branches, copies and an input that is an output", async () => {
    for (const flag of [true, false]) {
      const feeds = {
        x: new Tensor("float32", Float32Array.of(3, -4), [2]),
        flag: new Tensor("bool", Uint8Array.of(Number(flag)), []),
      };
      const pair = (...values: number[]) => ({ dims: [2], data: Float32Array.from(values) });
      expect(await run(branchNetwork(), feeds)).toEqual({
        relu: pair(3, 0),
        relu_again: pair(3, 0),
        x: pair(3, -4),
        weight: { dims: [1], data: Float32Array.of(7) },
        chosen: flag ? pair(3, 0) : pair(3, 4),
      });
    }
  });

  it("weights of every type", async () => {
    const results = await run(castNetwork(), {});
    const values = Object.fromEntries(
      Object.entries(results).map(([name, value]) => [name, [...(value as { data: Float32Array }).data]]),
    );
    const signed = [3, -2];
    expect(values).toEqual({
      ...{ float16: signed, float64: signed, int8: signed, int16: signed, int32: signed, int64: signed },
      ...{ uint8: [3, 254], uint16: [3, 65534], uint32: [3, 2 ** 31], uint64: [3, 2 ** 63] },
      ...{ bool: [1, 0], bfloat16: signed, string: [1.5, -3] },
    });
  });
});

const python = process.env.CNN_PEERS_PYTHON;

// Skipped where CNN_PEERS_PYTHON does not name a Python with the package onnx.
describe.skipIf(python === undefined)("onnx.checker", () => {
  it("accepts our models, shapes included", async () => {
    const folder = mkdtempSync(join(tmpdir(), "onnx-checker-"));
    try {
      const models = [smallNetwork(), loopNetwork(), branchNetwork(), castNetwork()];
      const paths = models.map((model) => {
        const path = join(folder, `${model.graph.name}.onnx`);
        writeFileSync(path, writeOnnx(model));
        return path;
      });
      const program =
        "import onnx, sys\nfor path in sys.argv[1:]: onnx.checker.check_model(path, full_check=True)";
      await promisify(execFile)(python!, ["-c", program, ...paths]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
