// onnx/: models as ONNX has them. onnx-graph.ts holds the types, builder.ts makes graphs, read.ts and write.ts turn them from
// and into bytes; deploy/ and select/ say how tensor ops become ONNX nodes.
import type { NumberArray, OnnxDataType } from "./data-type.ts";

export type { NumberArray, OnnxDataType, OnnxNumericType } from "./data-type.ts";

/** A model, as it stands in a .onnx file. Local functions and training information are not represented. */
export interface OnnxModel {
  /** The version of the file format: 8 is read by every ONNX Runtime since 1.10. */
  readonly irVersion: number;
  /** The operator sets in use; the default domain is "". */
  readonly opsets: readonly OnnxOpset[];
  readonly producerName: string;
  readonly producerVersion: string;
  readonly modelVersion: number;
  readonly docString: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly graph: OnnxGraph;
}

export interface OnnxOpset {
  readonly domain: string;
  readonly version: number;
}

/** Nodes stand in an order in which they can be computed; a value is known by its name, unique in the graph and all inside it. */
export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Constant tensors; one with an input's name is that input's default. */
  readonly initializers: readonly OnnxTensor[];
  readonly nodes: readonly OnnxNode[];
  /** What is known of values between nodes. */
  readonly valueInfo: readonly OnnxValue[];
}

export interface OnnxNode {
  /** For people: may be empty, need not be unique. */
  readonly name: string;
  readonly opType: string;
  /** "" for the operators of ONNX itself. */
  readonly domain: string;
  /** Names of values; "" where an optional input is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A whole number of 64 bits: a number wherever that is exact, else a bigint (exporters write the largest int64 for "to the end"). */
export type OnnxInteger = number | bigint;

export type OnnxAttribute =
  | { readonly kind: "int"; readonly value: OnnxInteger }
  | { readonly kind: "ints"; readonly value: readonly OnnxInteger[] }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: OnnxTensor }
  | { readonly kind: "tensors"; readonly value: readonly OnnxTensor[] }
  | { readonly kind: "graph"; readonly value: OnnxGraph }
  | { readonly kind: "graphs"; readonly value: readonly OnnxGraph[] }
  | { readonly kind: "type"; readonly value: OnnxType };

/** A constant tensor in row-major order. */
export interface OnnxTensor {
  readonly name: string;
  readonly dataType: OnnxDataType;
  readonly dims: readonly number[];
  readonly data: OnnxData;
}

/** The array class follows from the data type (see data-type.ts): Uint16Array for float16, Uint8Array for bool. */
export type OnnxData = NumberArray | readonly string[];

/** A dimension: a number, a name that stands for the same number everywhere ("batch"), or unknown. */
export type OnnxDim = number | string | undefined;

/** An input, an output or a value between, with its type where that is known. */
export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType | undefined;
}

export type OnnxType =
  | { readonly kind: "tensor" | "sparseTensor"; readonly dataType: OnnxDataType; readonly dims: OnnxDims }
  | { readonly kind: "sequence" | "optional"; readonly element: OnnxType | undefined }
  | { readonly kind: "map"; readonly key: OnnxDataType; readonly value: OnnxType | undefined };

/** Undefined where not even the rank is known. */
export type OnnxDims = readonly OnnxDim[] | undefined;

/** Every graph that a node holds in its attributes: the bodies of If, Loop and Scan. */
export function subgraphsOf(node: OnnxNode): readonly OnnxGraph[] {
  return Object.values(node.attributes).flatMap((attribute) => {
    if (attribute.kind === "graph") return [attribute.value];
    return attribute.kind === "graphs" ? attribute.value : [];
  });
}
