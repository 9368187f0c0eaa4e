import type protobuf from "protobufjs/minimal.js";
import { InputError } from "../diagnostics/input-error.ts";
import { dataTypeOfCode } from "./data-type.ts";
import type { OnnxAttribute, OnnxDim, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from "./onnx-graph.ts";
import type { OnnxDataType, OnnxType, OnnxValue } from "./onnx-graph.ts";
import { onnx } from "./proto/onnx-schema.js";
import { BoundedReader, maximumMessageBytes, unpackedList } from "./proto/wire.ts";
import type { PackedList } from "./proto/wire.ts";
import { tensorOfMessage } from "./read-tensor.ts";
import type { DataFiles } from "./read-tensor.ts";
import { textOf } from "./tensor-data.ts";

/**
 * Reads the bytes of a .onnx file. Tensors share memory with `bytes` where they are aligned there. The structure is checked,
 * the graph's meaning is not: names may be undefined, operators unknown. Documentation strings of nodes are dropped.
 *
 * @param name What messages call the file.
 * @param files Where initializers may keep their numbers; refused if left out.
 * @throws InputError for bytes that are no ONNX model, are damaged, or use what is not supported: sparse tensors, functions of the
 * model's own, numbers of other tensors than initializers in other files. Memory stays in proportion to the bytes.
 */
export function readOnnx(bytes: Uint8Array, name: string, files?: DataFiles): OnnxModel {
  return withPlace(name, () => {
    refuseOtherFiles(bytes);
    return modelOfMessage(
      decode(bytes, (reader) => onnx.ModelProto.decode(reader)),
      files,
    );
  });
}

/** Reads the bytes of one tensor, a TensorProto; otherwise as readOnnx. */
export function readTensor(bytes: Uint8Array, name: string): OnnxTensor {
  return withPlace(name, () =>
    tensorOfMessage(
      decode(bytes, (reader) => onnx.TensorProto.decode(reader)),
      "the tensor",
    ),
  );
}

function withPlace<Value>(file: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message, { place: { file }, help: error.help, cause: error.cause });
  }
}

function refuseOtherFiles(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new InputError("the file is empty");
  if (bytes.length > maximumMessageBytes)
    throw new InputError("the file is larger than 2 GiB, which no ONNX model is");
  if (textOf(bytes.subarray(0, 20)).startsWith("version https://git-")) {
    throw new InputError("the file is a pointer of Git LFS in place of the model", {
      help: "run git lfs pull",
    });
  }
}

function decode<Message>(bytes: Uint8Array, decodeMessage: (reader: protobuf.Reader) => Message): Message {
  // A plain view, since slices of Node's Buffer are Buffers.
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = new BoundedReader(view);
  try {
    return decodeMessage(reader.asReader());
  } catch (cause) {
    const position = Math.min(reader.pos, bytes.length);
    throw new InputError(
      `the file is no ONNX model, or it is damaged or cut short: its bytes make no sense at ${position} of ${bytes.length}`,
      { cause },
    );
  }
}

function modelOfMessage(message: onnx.ModelProto, files: DataFiles | undefined): OnnxModel {
  if (message.graph == null) throw new InputError("the file holds no graph, so it is no ONNX model");
  if (message.functions.length > 0) {
    throw new InputError(
      `the model defines functions of its own ("${message.functions[0]!.name}"), which are not read`,
      {
        help: "inline them first: onnx.inliner.inline_local_functions in Python",
      },
    );
  }
  return {
    irVersion: Number(message.irVersion),
    opsets: message.opsetImport.map((opset) => ({
      domain: opset.domain,
      version: Number(opset.version),
    })),
    producerName: message.producerName,
    producerVersion: message.producerVersion,
    modelVersion: Number(message.modelVersion),
    docString: message.docString,
    metadata: Object.fromEntries(message.metadataProps.map(({ key, value }) => [key, value])),
    graph: graphOfMessage(message.graph, files),
  };
}

function graphOfMessage(message: onnx.GraphProto, files?: DataFiles): OnnxGraph {
  if (message.sparseInitializer.length > 0) {
    throw new InputError(`graph "${message.name}" has sparse initializers, which are not supported`);
  }
  return {
    name: message.name,
    inputs: message.input.map((value) => valueOfMessage(value)),
    outputs: message.output.map((value) => valueOfMessage(value)),
    initializers: message.initializer.map((tensor) =>
      tensorOfMessage(tensor, `initializer "${tensor.name}"`, files),
    ),
    nodes: message.node.map((node, index) => nodeOfMessage(node, index)),
    valueInfo: message.valueInfo.map((value) => valueOfMessage(value)),
  };
}

function nodeOfMessage(message: onnx.NodeProto, index: number): OnnxNode {
  const { name, opType } = message;
  if (opType === "") throw new InputError(`node ${index} ("${name}") names no operator`);
  const what = `node ${index} (${opType}${name === "" ? "" : ` "${name}"`})`;
  const attributes = message.attribute.map((attribute) => [
    attribute.name,
    attributeOfMessage(attribute, `${what}, attribute "${attribute.name}"`),
  ]);
  return {
    name,
    opType,
    domain: message.domain,
    inputs: message.input,
    outputs: message.output,
    attributes: Object.fromEntries(attributes) as Record<string, OnnxAttribute>,
  };
}

function attributeOfMessage(message: onnx.AttributeProto, what: string): OnnxAttribute {
  const { AttributeType } = onnx.AttributeProto;
  switch (message.type) {
    case AttributeType.INT:
      return { kind: "int", value: message.i };
    case AttributeType.INTS:
      return { kind: "ints", value: unpackedList(message.ints as PackedList) };
    case AttributeType.FLOAT:
      return { kind: "float", value: message.f };
    case AttributeType.FLOATS:
      return { kind: "floats", value: unpackedList(message.floats as PackedList).map(Number) };
    case AttributeType.STRING:
      return { kind: "string", value: textOf(message.s) };
    case AttributeType.STRINGS:
      return { kind: "strings", value: message.strings.map(textOf) };
    case AttributeType.TENSOR:
      return { kind: "tensor", value: tensorOfMessage(present(message.t, what), what) };
    case AttributeType.TENSORS:
      return { kind: "tensors", value: message.tensors.map((t) => tensorOfMessage(t, what)) };
    case AttributeType.GRAPH:
      return { kind: "graph", value: graphOfMessage(present(message.g, what)) };
    case AttributeType.GRAPHS:
      return { kind: "graphs", value: message.graphs.map((g) => graphOfMessage(g)) };
    case AttributeType.TYPE_PROTO:
      return { kind: "type", value: present(typeOfMessage(present(message.tp, what)), what) };
    default:
      throw new InputError(`${what} has a type that is not supported (${AttributeType[message.type]})`);
  }
}

function present<Value>(value: Value | null | undefined, what: string): Value {
  if (value == null) throw new InputError(`${what} has no value`);
  return value;
}

function valueOfMessage(message: onnx.ValueInfoProto): OnnxValue {
  return { name: message.name, type: message.type == null ? undefined : typeOfMessage(message.type) };
}

/** Undefined for a type that says nothing, or nothing that is known here. */
function typeOfMessage(message: onnx.TypeProto): OnnxType | undefined {
  if (message.tensorType != null) return tensorTypeOfMessage("tensor", message.tensorType);
  if (message.sparseTensorType != null) return tensorTypeOfMessage("sparseTensor", message.sparseTensorType);
  if (message.sequenceType != null) return { kind: "sequence", element: elementType(message.sequenceType) };
  if (message.optionalType != null) return { kind: "optional", element: elementType(message.optionalType) };
  if (message.mapType == null) return undefined;
  const { keyType, valueType } = message.mapType;
  const key: OnnxDataType | undefined = dataTypeOfCode(keyType);
  const value = valueType == null ? undefined : typeOfMessage(valueType);
  return key === undefined ? undefined : { kind: "map", key, value };
}

function elementType(message: onnx.TypeProto.Sequence): OnnxType | undefined {
  return message.elemType == null ? undefined : typeOfMessage(message.elemType);
}

function tensorTypeOfMessage(
  kind: "tensor" | "sparseTensor",
  message: onnx.TypeProto.Tensor,
): OnnxType | undefined {
  const dataType = dataTypeOfCode(message.elemType);
  if (dataType === undefined) return undefined;
  return { kind, dataType, dims: message.shape == null ? undefined : message.shape.dim.map(dimOfMessage) };
}

/** A negative number is how some exporters say "unknown". */
function dimOfMessage(message: onnx.TensorShapeProto.Dimension): OnnxDim {
  if (message.dimParam != null && message.dimParam !== "") return message.dimParam;
  if (message.dimValue == null) return undefined;
  const value = Number(message.dimValue);
  return value >= 0 ? value : undefined;
}
