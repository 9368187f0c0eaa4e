import { describe, expect, it } from "vitest";
import { InputError } from "../../src/diagnostics/input-error.ts";
import type { OnnxModel, OnnxTensor } from "../../src/onnx/onnx-graph.ts";
import { readOnnx, readTensor } from "../../src/onnx/read.ts";
import { writeOnnx, writeTensor } from "../../src/onnx/write.ts";
import { modelOfEverything, tensorsOfEveryType } from "./sample-models.ts";

function modelOf(initializers: readonly OnnxTensor[]): OnnxModel {
  const { graph } = modelOfEverything;
  return { ...modelOfEverything, graph: { ...graph, nodes: [], initializers } };
}

describe("writeOnnx and readOnnx", () => {
  it.each(tensorsOfEveryType)("keep a tensor of $dataType", (tensor) => {
    const read = readTensor(writeTensor(tensor), "x.pb");
    expect(read).toEqual(tensor);
    expect(read.data.constructor).toBe(tensor.data.constructor);
  });

  it("keep a model with everything in it", () => {
    expect(readOnnx(writeOnnx(modelOfEverything), "x.onnx")).toEqual(modelOfEverything);
  });

  it("read a Buffer at any alignment, and give plain arrays", () => {
    const bytes = writeOnnx(modelOfEverything);
    for (let offset = 0; offset < 8; offset++) {
      const buffer = Buffer.alloc(bytes.length + offset);
      buffer.set(bytes, offset);
      const model = readOnnx(buffer.subarray(offset), "x.onnx");
      expect(model).toEqual(modelOfEverything);
      for (const { data } of model.graph.initializers) expect(Buffer.isBuffer(data)).toBe(false);
    }
  });

  it("keep large tensors, between small ones and inside subgraphs", () => {
    const large = [16_384, 3, 40_000, 16_383, 70_001].map((length, index): OnnxTensor => {
      const data = Uint8Array.from({ length }, (_, place) => (place * 31 + index) & 255);
      return { name: `t${index}`, dataType: "uint8", dims: [length], data };
    });
    const inner = { ...modelOf(large.slice(0, 3)).graph, name: "inner" };
    const nodes = [
      {
        name: "if",
        opType: "If",
        domain: "",
        inputs: ["c"],
        outputs: ["y"],
        attributes: {
          then_branch: { kind: "graph", value: inner },
          value: { kind: "tensor", value: large[4]! },
        },
      },
    ] as const;
    const model = { ...modelOf(large), graph: { ...modelOf(large).graph, nodes } };
    expect(readOnnx(writeOnnx(model), "x.onnx")).toEqual(model);
  });

  it("refuse a model that the format cannot hold, without taking memory for it", () => {
    const data = new Float32Array(2 ** 24);
    const tensors = Array.from({ length: 33 }, (_, index): OnnxTensor => ({
      name: `t${index}`,
      dataType: "float32",
      dims: [data.length],
      data,
    }));
    const before = process.memoryUsage().arrayBuffers;
    expect(() => writeOnnx(modelOf(tensors))).toThrow(InputError);
    expect(() => writeOnnx(modelOf(tensors))).toThrow("the model takes 2.06 GiB");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });

  it("refuse data that do not fit the dimensions", () => {
    const tensor: OnnxTensor = { name: "w", dataType: "float32", dims: [2, 3], data: new Float32Array(5) };
    expect(() => writeTensor(tensor)).toThrow('tensor "w" (float32, 2x3) has 5 entries, not 6');
  });
});
