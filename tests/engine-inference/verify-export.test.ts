import { describe, expect, it } from "vitest";
import { verifyExport } from "../../src/engine/verify-export.ts";
import type { ExportToVerify } from "../../src/engine/verify-export.ts";
import { exportWithTrace } from "../../src/onnx/deploy/export.ts";
import type { ExportOptions } from "../../src/onnx/deploy/export.ts";
import type { OnnxGraph } from "../../src/onnx/onnx-graph.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { Sketch } from "../onnx-deploy/harness.ts";
import type { Model } from "../onnx-deploy/harness.ts";

function exported({ graph, weights }: Model, options: ExportOptions = {}): ExportToVerify {
  const traced = exportWithTrace(graph, weights, options);
  return { file: writeOnnx(traced.model), exported: traced, graph, weights };
}

/** The same export with another graph in the file. */
function tampered(request: ExportToVerify, change: (graph: OnnxGraph) => OnnxGraph): ExportToVerify {
  const { model } = request.exported;
  return { ...request, file: writeOnnx({ ...model, graph: change(model.graph) }) };
}

function network(): Model {
  const sketch = new Sketch();
  let x = sketch.input([8, 8, 3]);
  x = sketch.relu(sketch.batchNorm(sketch.conv(x, 4, [3, 3])));
  x = sketch.relu(sketch.conv(x, 4, [3, 3]));
  return sketch.finish(sketch.softmax(sketch.dense(sketch.flatten(x), 5)), x);
}

describe("verifyExport", () => {
  it.each(["channels_first", "channels_last"] as const)(
    "agrees with what was exported (%s)",
    async (layout) => {
      const result = await verifyExport(exported(network(), { layout }));
      expect(result).toMatchObject({ agrees: true, examples: 2, layer: undefined });
      expect(result.largestDifference).toBeLessThan(1e-5);
      expect(result.summary).toMatch(
        /^largest difference from the float64 reference \d\.\de-\d+ on 2 random examples \(tolerance \d\.\de-\d\)$/,
      );
    },
  );

  it("names the first layer that differs", async () => {
    const request = tampered(exported(network()), (graph) => ({
      ...graph,
      nodes: graph.nodes.map((node) => (node.name === "relu_4/Relu" ? { ...node, opType: "Abs" } : node)),
    }));
    expect(request.exported.model.graph.nodes.map(({ name }) => name)).toContain("relu_4/Relu");
    const result = await verifyExport(request);
    expect(result).toMatchObject({ agrees: false, layer: "relu_4" });
    expect(result.summary).toMatch(/^differs from the float64 reference by .*, first in layer "relu_4"$/);
  });

  it("is not deceived by probabilities that are nearly equal", async () => {
    const sketch = new Sketch();
    const x = sketch.input([4]);
    const { graph, weights } = sketch.finish(sketch.softmax(sketch.dense(x, 1000)), x);
    // Weights so small that every probability is near 1/1000, whatever they are.
    const small = new Map(
      [...weights].map(([key, { shape, data }]) => [key, { shape, data: data.map((value) => value * 1e-4) }]),
    );
    const sound = exported({ graph, weights: small } as Model);
    expect(await verifyExport(sound)).toMatchObject({ agrees: true });
    const wrong = tampered(sound, (onnx) => ({
      ...onnx,
      initializers: onnx.initializers.map((tensor) => ({
        ...tensor,
        data: (tensor.data as Float32Array).map((value) => value * 1.01),
      })),
    }));
    expect(await verifyExport(wrong)).toMatchObject({ agrees: false });
  });

  it("finds a weight that is a little off", async () => {
    const request = tampered(exported(network()), (graph) => ({
      ...graph,
      initializers: graph.initializers.map((tensor) =>
        tensor.name === "conv_3/bias" || tensor.name === "conv_0/bias"
          ? { ...tensor, data: (tensor.data as Float32Array).map((value) => value + 2e-3) }
          : tensor,
      ),
    }));
    expect(await verifyExport(request)).toMatchObject({ agrees: false, layer: "conv_0" });
  });

  it("says where ONNX Runtime refuses the file", async () => {
    const request = tampered(exported(network()), (graph) => ({
      ...graph,
      nodes: graph.nodes.map((node) => (node.opType === "Softmax" ? { ...node, opType: "NoSuch" } : node)),
    }));
    const result = await verifyExport(request);
    expect(result).toMatchObject({ agrees: false, examples: 0 });
    expect(result.summary).toMatch(/^ONNX Runtime cannot run the exported file/);
  });

  it("allows a network whose numbers float32 cannot hold apart what float32 itself loses", async () => {
    const sketch = new Sketch();
    const { builder } = sketch;
    const x = sketch.dense(sketch.input([64]), 4);
    // Differences of 1e6 times a sum: float32 keeps about 1e-7 · 1e6 of it.
    const large = builder.multiply(x, builder.scalar(1e6));
    const result = await verifyExport(
      exported(sketch.finish(builder.tanh(builder.subtract(large, builder.floor(large))))),
    );
    expect(result.agrees).toBe(true);
    expect(result.tolerance).toBeGreaterThan(1e-3);
  });

  it("compares one example of a large model, and runs a very large one", async () => {
    const request = exported(network());
    // 6·6·4·27 + 4·4·4·36 + 64·5 multiply-accumulates an example.
    const cost = 3888 + 2304 + 320;
    expect(await verifyExport({ ...request, largestReference: 2 * cost })).toMatchObject({ examples: 2 });
    expect(await verifyExport({ ...request, largestReference: 2 * cost - 1 })).toMatchObject({ examples: 1 });
    const result = await verifyExport({ ...request, largestReference: cost - 1 });
    expect(result).toMatchObject({ agrees: true, examples: 0 });
    expect(result.summary).toMatch(/not compared, since 0\.0 billion/);
  });

  it("draws its examples from the seed", async () => {
    const request = exported(network());
    const [first, again, other] = await Promise.all(
      [1, 1, 2].map(async (seed) => (await verifyExport({ ...request, seed })).largestDifference),
    );
    expect(first).toBe(again);
    expect(first).not.toBe(other);
  });
});
