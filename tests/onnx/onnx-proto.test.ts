// The npm package onnx-proto, another schema and another codec, is the witness that our files are ONNX files.
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { readOnnx, readTensor } from "../../src/onnx/read.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { modelOfEverything } from "./sample-models.ts";

const { onnx: witness } = createRequire(import.meta.url)("onnx-proto") as typeof import("onnx-proto");
const { DataType } = witness.TensorProto;
const { AttributeType } = witness.AttributeProto;

type Plain = Record<string, unknown>;

/** A decoded model as plain data: 64-bit numbers as text, bytes as lists of numbers. */
function decodeByWitness(bytes: Uint8Array): Plain & { graph: Record<string, Plain[]> } {
  const message = witness.ModelProto.decode(bytes);
  return witness.ModelProto.toObject(message, { longs: String, bytes: Array }) as never;
}

function tensorType(elemType: number, dim?: object[]): object {
  return { tensorType: { elemType, ...(dim && { shape: { dim } }) } };
}

describe("onnx-proto reads what we write", () => {
  const { graph, ...model } = decodeByWitness(writeOnnx(modelOfEverything));

  it("the model's own fields", () => {
    expect(model).toEqual({
      irVersion: "8",
      opsetImport: [
        { domain: "", version: "17" },
        { domain: "com.microsoft", version: "1" },
      ],
      producerName: "a test",
      producerVersion: "1.2",
      modelVersion: "7",
      docString: "two\nlines",
      metadataProps: [
        { key: "classes", value: "10" },
        { key: "größe", value: "" },
      ],
    });
  });

  it("values and types", () => {
    const image = tensorType(1, [{ dimParam: "batch" }, { dimValue: "28" }, {}, { dimValue: "0" }]);
    expect(graph.input).toEqual([{ name: "image", type: image }, { name: "unknown" }]);
    expect(graph.output).toEqual([
      { name: "probabilities", type: { tensorType: { elemType: 10, shape: {} } } },
    ]);
    const text = { tensorType: { elemType: 8, shape: {} } };
    expect(graph.valueInfo).toEqual([
      { name: "list", type: { sequenceType: { elemType: tensorType(7, [{ dimParam: "N" }]) } } },
      { name: "map", type: { mapType: { keyType: 7, valueType: text } } },
      {
        name: "sparse",
        type: { sparseTensorType: { elemType: 11, shape: { dim: [{ dimValue: "3" }, {}] } } },
      },
      { name: "maybe", type: { optionalType: { elemType: { sequenceType: {} } } } },
    ]);
  });

  it("nodes and attributes", () => {
    const [conv, gelu] = graph.node!;
    expect(conv).toMatchObject({ name: "n", opType: "Conv", domain: "" });
    expect(conv).toMatchObject({ input: ["image", "", "w"], output: ["a", ""] });
    expect(gelu).toEqual({ name: "", opType: "Gelu", domain: "com.microsoft", output: ["b"] });
    const f32 = { name: "f32", dataType: 1, dims: ["1", "3"], rawData: expect.any(Array) as unknown };
    const body = {
      name: "body",
      input: [{ name: "inner", type: tensorType(1) }],
      output: [{ name: "inner" }],
    };
    expect(conv!.attribute).toEqual([
      { name: "one", type: AttributeType.INT, i: "0" },
      { name: "largest", type: AttributeType.INT, i: "9223372036854775807" },
      {
        name: "list",
        type: AttributeType.INTS,
        ints: ["3", "-1", "9007199254740991", "-9223372036854775808"],
      },
      { name: "empty", type: AttributeType.INTS },
      { name: "float", type: AttributeType.FLOAT, f: -0 },
      { name: "floats", type: AttributeType.FLOATS, floats: [0.5, Infinity, NaN, 2 ** -149] },
      { name: "text", type: AttributeType.STRING, s: [...Buffer.from("same\0upper")] },
      { name: "texts", type: AttributeType.STRINGS, strings: [[], [0xc3, 0xbc]] },
      { name: "tensor", type: AttributeType.TENSOR, t: f32 },
      {
        name: "tensors",
        type: AttributeType.TENSORS,
        tensors: [f32, expect.objectContaining({ name: "u8" })],
      },
      { name: "graph", type: AttributeType.GRAPH, g: body },
      { name: "graphs", type: AttributeType.GRAPHS, graphs: [body, { ...body, name: "other" }] },
      { name: "type", type: AttributeType.TYPE_PROTO, tp: { optionalType: {} } },
    ]);
  });

  it("tensors, little-endian", () => {
    const tensors = Object.fromEntries(graph.initializer!.map((tensor) => [tensor.name, tensor]));
    expect(tensors.f32).toEqual({
      name: "f32",
      dims: ["1", "3"],
      dataType: DataType.FLOAT,
      rawData: [0, 0, 0xc0, 0x3f, 0, 0, 0, 0x80, 0, 0, 0xc0, 0x7f],
    });
    const bytes = (name: string) => ({ dataType: tensors[name]!.dataType, rawData: tensors[name]!.rawData });
    expect(bytes("u8")).toEqual({ dataType: DataType.UINT8, rawData: [0, 255] });
    expect(bytes("i8")).toEqual({ dataType: DataType.INT8, rawData: [0x80, 0x7f] });
    expect(bytes("u16")).toEqual({ dataType: DataType.UINT16, rawData: [1, 0, 255, 255] });
    expect(bytes("i16")).toEqual({ dataType: DataType.INT16, rawData: [0, 0x80, 255, 0x7f] });
    expect(bytes("i32")).toEqual({ dataType: DataType.INT32, rawData: [0, 0, 0, 0x80, 255, 255, 255, 0x7f] });
    expect(bytes("i64")).toEqual({
      dataType: DataType.INT64,
      rawData: [0, 0, 0, 0, 0, 0, 0, 0x80, 255, 255, 255, 255, 255, 255, 255, 0x7f],
    });
    expect(bytes("flag")).toEqual({ dataType: DataType.BOOL, rawData: [0, 1] });
    expect(bytes("f16")).toEqual({ dataType: DataType.FLOAT16, rawData: [0, 0x3c, 0xff, 0xfb] });
    expect(bytes("f64").dataType).toBe(DataType.DOUBLE);
    expect(bytes("u32")).toEqual({ dataType: DataType.UINT32, rawData: [255, 255, 255, 255] });
    expect(bytes("u64").dataType).toBe(DataType.UINT64);
    expect(bytes("c64").dataType).toBe(DataType.COMPLEX64);
    expect(bytes("c128").dataType).toBe(DataType.COMPLEX128);
    expect(bytes("bf16")).toEqual({ dataType: DataType.BFLOAT16, rawData: [0x80, 0x3f] });
    const texts = ["", "größe", "\u{1f600}"].map((text) => [...Buffer.from(text)]);
    expect(tensors.text).toMatchObject({ dataType: DataType.STRING, dims: ["3"], stringData: texts });
  });
});

describe("we read what onnx-proto writes", () => {
  it("its form of our own model", () => {
    const bytes = witness.ModelProto.encode(witness.ModelProto.decode(writeOnnx(modelOfEverything))).finish();
    expect(readOnnx(bytes, "x.onnx")).toEqual(modelOfEverything);
  });

  const minusTwo = -2;
  it.each([
    ["FLOAT", { floatData: [1.5, NaN] }, Float32Array.of(1.5, NaN)],
    [
      "FLOAT",
      { floatData: Array.from({ length: 40 }, (_, i) => i) },
      Float32Array.from({ length: 40 }, (_, i) => i),
    ],
    ["COMPLEX64", { floatData: [1, 2] }, Float32Array.of(1, 2)],
    ["DOUBLE", { doubleData: [0.1] }, Float64Array.of(0.1)],
    ["COMPLEX128", { doubleData: [0.1, 2] }, Float64Array.of(0.1, 2)],
    ["INT64", { int64Data: [minusTwo, 2 ** 53] }, BigInt64Array.of(-2n, 2n ** 53n)],
    ["UINT64", { uint64Data: [2 ** 53] }, BigUint64Array.of(2n ** 53n)],
    ["UINT32", { uint64Data: [2 ** 32 - 1] }, Uint32Array.of(2 ** 32 - 1)],
    ["INT32", { int32Data: [minusTwo] }, Int32Array.of(-2)],
    ["INT16", { int32Data: [minusTwo] }, Int16Array.of(-2)],
    ["INT8", { int32Data: [minusTwo] }, Int8Array.of(-2)],
    ["UINT16", { int32Data: [65535] }, Uint16Array.of(65535)],
    ["UINT8", { int32Data: [255] }, Uint8Array.of(255)],
    ["BOOL", { int32Data: [1, 0] }, Uint8Array.of(1, 0)],
    ["FLOAT16", { int32Data: [0x3c00] }, Uint16Array.of(0x3c00)],
    ["BFLOAT16", { int32Data: [0x3f80] }, Uint16Array.of(0x3f80)],
    ["STRING", { stringData: [Buffer.from("ü")] }, ["ü"]],
  ] as const)("%s in a field of its own: %j", (type, fields, expected) => {
    const count = type.startsWith("COMPLEX") ? 1 : expected.length;
    const message = { dims: [count], dataType: DataType[type], ...(fields as object) };
    const tensor = readTensor(witness.TensorProto.encode(message).finish(), "x.pb");
    expect(tensor.data).toEqual(expected);
    expect(tensor.data.constructor).toBe(expected.constructor);
  });
});
