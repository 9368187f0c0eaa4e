import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxTensor } from "../../src/onnx/onnx-graph.ts";

/** One tensor of each data type; three dimensions, none, or one of them zero. */
export const tensorsOfEveryType: readonly OnnxTensor[] = [
  { name: "f32", dataType: "float32", dims: [1, 3], data: Float32Array.of(1.5, -0, NaN) },
  { name: "u8", dataType: "uint8", dims: [2], data: Uint8Array.of(0, 255) },
  { name: "i8", dataType: "int8", dims: [2], data: Int8Array.of(-128, 127) },
  { name: "u16", dataType: "uint16", dims: [2], data: Uint16Array.of(1, 65535) },
  { name: "i16", dataType: "int16", dims: [2], data: Int16Array.of(-32768, 32767) },
  { name: "i32", dataType: "int32", dims: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
  { name: "i64", dataType: "int64", dims: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) },
  { name: "text", dataType: "string", dims: [3], data: ["", "größe", "\u{1f600}"] },
  { name: "flag", dataType: "bool", dims: [2], data: Uint8Array.of(0, 1) },
  { name: "f16", dataType: "float16", dims: [2], data: Uint16Array.of(0x3c00, 0xfbff) },
  { name: "f64", dataType: "float64", dims: [], data: Float64Array.of(Math.PI) },
  { name: "u32", dataType: "uint32", dims: [1], data: Uint32Array.of(2 ** 32 - 1) },
  { name: "u64", dataType: "uint64", dims: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
  { name: "c64", dataType: "complex64", dims: [2], data: Float32Array.of(1, 2, 3, 4) },
  { name: "c128", dataType: "complex128", dims: [1], data: Float64Array.of(1, -2) },
  { name: "bf16", dataType: "bfloat16", dims: [1], data: Uint16Array.of(0x3f80) },
  { name: "f8a", dataType: "float8e4m3fn", dims: [1], data: Uint8Array.of(1) },
  { name: "f8b", dataType: "float8e4m3fnuz", dims: [1], data: Uint8Array.of(2) },
  { name: "f8c", dataType: "float8e5m2", dims: [1], data: Uint8Array.of(3) },
  { name: "f8d", dataType: "float8e5m2fnuz", dims: [1], data: Uint8Array.of(4) },
  { name: "f8e", dataType: "float8e8m0", dims: [1], data: Uint8Array.of(5) },
  { name: "u4", dataType: "uint4", dims: [3], data: Uint8Array.of(0x21, 0x03) },
  { name: "i4", dataType: "int4", dims: [2], data: Uint8Array.of(0xf1) },
  { name: "f4", dataType: "float4e2m1", dims: [2], data: Uint8Array.of(0x12) },
  { name: "u2", dataType: "uint2", dims: [5], data: Uint8Array.of(0b11100100, 1) },
  { name: "i2", dataType: "int2", dims: [4], data: Uint8Array.of(0b01001110) },
  { name: "nothing", dataType: "float32", dims: [3, 0], data: new Float32Array(0) },
];

const body: OnnxGraph = {
  name: "body",
  inputs: [{ name: "inner", type: { kind: "tensor", dataType: "float32", dims: undefined } }],
  outputs: [{ name: "inner", type: undefined }],
  initializers: [],
  nodes: [],
  valueInfo: [],
};

const attributes: Readonly<Record<string, OnnxAttribute>> = {
  one: { kind: "int", value: 0 },
  largest: { kind: "int", value: 2n ** 63n - 1n },
  list: { kind: "ints", value: [3, -1, Number.MAX_SAFE_INTEGER, -(2n ** 63n)] },
  empty: { kind: "ints", value: [] },
  float: { kind: "float", value: -0 },
  floats: { kind: "floats", value: [0.5, Infinity, NaN, 2 ** -149] },
  text: { kind: "string", value: "same\0upper" },
  texts: { kind: "strings", value: ["", "ü"] },
  tensor: { kind: "tensor", value: tensorsOfEveryType[0]! },
  tensors: { kind: "tensors", value: tensorsOfEveryType.slice(0, 2) },
  graph: { kind: "graph", value: body },
  graphs: { kind: "graphs", value: [body, { ...body, name: "other" }] },
  type: { kind: "type", value: { kind: "optional", element: undefined } },
};

/** A model with everything in it that the types can say; it need not mean anything. */
export const modelOfEverything: OnnxModel = {
  irVersion: 8,
  opsets: [
    { domain: "", version: 17 },
    { domain: "com.microsoft", version: 1 },
  ],
  producerName: "a test",
  producerVersion: "1.2",
  modelVersion: 7,
  docString: "two\nlines",
  metadata: { classes: "10", größe: "" },
  graph: {
    name: "everything",
    inputs: [
      { name: "image", type: { kind: "tensor", dataType: "float32", dims: ["batch", 28, undefined, 0] } },
      { name: "unknown", type: undefined },
    ],
    outputs: [{ name: "probabilities", type: { kind: "tensor", dataType: "float16", dims: [] } }],
    initializers: tensorsOfEveryType,
    nodes: [
      { name: "n", opType: "Conv", domain: "", inputs: ["image", "", "w"], outputs: ["a", ""], attributes },
      { name: "", opType: "Gelu", domain: "com.microsoft", inputs: [], outputs: ["b"], attributes: {} },
    ],
    valueInfo: [
      {
        name: "list",
        type: { kind: "sequence", element: { kind: "tensor", dataType: "int64", dims: ["N"] } },
      },
      {
        name: "map",
        type: { kind: "map", key: "int64", value: { kind: "tensor", dataType: "string", dims: [] } },
      },
      { name: "sparse", type: { kind: "sparseTensor", dataType: "float64", dims: [3, undefined] } },
      { name: "maybe", type: { kind: "optional", element: { kind: "sequence", element: undefined } } },
    ],
  },
};
