import type { OnnxAttribute, OnnxInteger, OnnxTensor } from "./onnx-graph.ts";

// One function a kind of attribute, so that lowerings read `{ axis: int(1), alpha: float(0.1) }`. Subgraphs are made by
// OnnxBuilder.subgraph.

export function int(value: OnnxInteger): OnnxAttribute {
  return { kind: "int", value };
}

export function ints(value: readonly OnnxInteger[]): OnnxAttribute {
  return { kind: "ints", value };
}

/** ONNX's float attributes have 32 bits; the value is rounded to those. */
export function float(value: number): OnnxAttribute {
  return { kind: "float", value: Math.fround(value) };
}

export function floats(value: readonly number[]): OnnxAttribute {
  return { kind: "floats", value: value.map(Math.fround) };
}

export function string(value: string): OnnxAttribute {
  return { kind: "string", value };
}

export function strings(value: readonly string[]): OnnxAttribute {
  return { kind: "strings", value };
}

export function tensor(value: OnnxTensor): OnnxAttribute {
  return { kind: "tensor", value };
}
