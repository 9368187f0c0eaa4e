import { InputError } from "../diagnostics/input-error.ts";
import { dataTypeCode } from "./data-type.ts";
import type { OnnxAttribute, OnnxDims, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from "./onnx-graph.ts";
import type { OnnxDataType, OnnxType, OnnxValue } from "./onnx-graph.ts";
import { onnx } from "./proto/onnx-schema.js";
import { BlobWriter, maximumMessageBytes } from "./proto/wire.ts";
import { bytesOfNumbers, bytesOfText, requireDataLength } from "./tensor-data.ts";

/**
 * The bytes of a .onnx file. Tensors stand as raw little-endian data, as ONNX wants it; large ones are copied once. The model
 * is taken as it is: whether its graph makes sense is the builder's affair.
 *
 * @throws InputError for a model of 2 GiB or more, which the format cannot hold.
 */
export function writeOnnx(model: OnnxModel): Uint8Array {
  const writer = new BlobWriter();
  onnx.ModelProto.encode(messageOfModel(model), writer);
  return finish(writer, "the model");
}

/** A .onnx file and the file of numbers beside it, in pieces one after the other. */
export interface OnnxWithData {
  readonly bytes: Uint8Array;
  readonly data: readonly Uint8Array[];
}

/**
 * The bytes of a .onnx file whose initializers stand in a file beside it, so that neither has to be smaller than 2 GiB. The pieces
 * share the tensors' memory.
 *
 * @param location the name of that file, in the .onnx file's own folder
 */
export function writeOnnxWithData(model: OnnxModel, location: string): OnnxWithData {
  const writer = new BlobWriter();
  const data = new DataFile(location);
  onnx.ModelProto.encode(
    messageOfModel(model, (tensor) => data.messageOf(tensor)),
    writer,
  );
  return { bytes: finish(writer, "the model without its weights"), data: data.pieces };
}

/** Whether the initializers leave no room in a .onnx file, which must stay below 2 GiB with all that stands around them. */
export function needsDataFile({ graph }: OnnxModel): boolean {
  const bytes = graph.initializers.reduce(
    (sum, { data }) => sum + (ArrayBuffer.isView(data) ? data.byteLength : 0),
    0,
  );
  return bytes > maximumMessageBytes - roomForGraph;
}

const roomForGraph = 2 ** 26;

/** Smaller tensors stay in the model: shapes, scalars. PyTorch draws the line there too. */
const smallestInDataFile = 1024;

/** Where memory can be mapped: the size of a page (the comments of TensorProto in onnx.proto). */
const pageBytes = 4096;

class DataFile {
  readonly pieces: Uint8Array[] = [];
  readonly #location: string;
  #length = 0;

  constructor(location: string) {
    this.#location = location;
  }

  messageOf(tensor: OnnxTensor): onnx.TensorProto.$Properties {
    const { name, dataType, dims, data } = tensor;
    if (!ArrayBuffer.isView(data) || data.byteLength < smallestInDataFile) return messageOfTensor(tensor);
    requireDataLength(tensor);
    this.#append(new Uint8Array((pageBytes - (this.#length % pageBytes)) % pageBytes));
    const entries = { location: this.#location, offset: this.#length, length: data.byteLength };
    this.#append(bytesOfNumbers(data));
    return {
      ...{ name, dataType: dataTypeCode(dataType), dims: [...dims] },
      dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
      externalData: Object.entries(entries).map(([key, value]) => ({ key, value: String(value) })),
    };
  }

  #append(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.pieces.push(piece);
    this.#length += piece.length;
  }
}

/** The bytes of one tensor, a TensorProto: what ONNX's test data consist of. */
export function writeTensor(tensor: OnnxTensor): Uint8Array {
  const writer = new BlobWriter();
  onnx.TensorProto.encode(messageOfTensor(tensor), writer);
  return finish(writer, "the tensor");
}

function finish(writer: BlobWriter, what: string): Uint8Array {
  if (writer.byteLength > maximumMessageBytes) {
    const gigabytes = (writer.byteLength / 2 ** 30).toFixed(2);
    throw new InputError(`${what} takes ${gigabytes} GiB, but a .onnx file cannot hold 2 GiB`, {
      help: "cnn export --external-data writes the weights into a file beside it",
    });
  }
  return writer.finish();
}

type InitializerMessage = (tensor: OnnxTensor) => onnx.TensorProto.$Properties;

function messageOfModel(
  model: OnnxModel,
  messageOfInitializer: InitializerMessage = messageOfTensor,
): onnx.ModelProto.$Properties {
  return {
    irVersion: model.irVersion,
    opsetImport: model.opsets.map(({ domain, version }) => ({ domain, version })),
    producerName: model.producerName,
    producerVersion: model.producerVersion,
    modelVersion: model.modelVersion,
    docString: model.docString,
    metadataProps: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
    graph: messageOfGraph(model.graph, messageOfInitializer),
  };
}

function messageOfGraph(
  graph: OnnxGraph,
  messageOfInitializer: InitializerMessage = messageOfTensor,
): onnx.GraphProto.$Properties {
  return {
    name: graph.name,
    node: graph.nodes.map(messageOfNode),
    initializer: graph.initializers.map(messageOfInitializer),
    input: graph.inputs.map(messageOfValue),
    output: graph.outputs.map(messageOfValue),
    valueInfo: graph.valueInfo.map(messageOfValue),
  };
}

function messageOfNode(node: OnnxNode): onnx.NodeProto.$Properties {
  return {
    name: node.name,
    opType: node.opType,
    domain: node.domain,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes).map(([name, attribute]) =>
      messageOfAttribute(name, attribute),
    ),
  };
}

function messageOfAttribute(name: string, attribute: OnnxAttribute): onnx.AttributeProto.$Properties {
  const { AttributeType } = onnx.AttributeProto;
  switch (attribute.kind) {
    case "int":
      return { name, type: AttributeType.INT, i: attribute.value };
    case "ints":
      return { name, type: AttributeType.INTS, ints: [...attribute.value] };
    case "float":
      return { name, type: AttributeType.FLOAT, f: attribute.value };
    case "floats":
      return { name, type: AttributeType.FLOATS, floats: [...attribute.value] };
    case "string":
      return { name, type: AttributeType.STRING, s: bytesOfText(attribute.value) };
    case "strings":
      return { name, type: AttributeType.STRINGS, strings: attribute.value.map(bytesOfText) };
    case "tensor":
      return { name, type: AttributeType.TENSOR, t: messageOfTensor(attribute.value) };
    case "tensors":
      return { name, type: AttributeType.TENSORS, tensors: attribute.value.map(messageOfTensor) };
    case "graph":
      return { name, type: AttributeType.GRAPH, g: messageOfGraph(attribute.value) };
    case "graphs":
      return {
        name,
        type: AttributeType.GRAPHS,
        graphs: attribute.value.map((graph) => messageOfGraph(graph)),
      };
    case "type":
      return { name, type: AttributeType.TYPE_PROTO, tp: messageOfType(attribute.value) };
  }
}

/** A tensor's message, its numbers as little-endian bytes that share the tensor's memory. */
function messageOfTensor(tensor: OnnxTensor): onnx.TensorProto.$Properties {
  const { name, dataType, dims, data } = tensor;
  requireDataLength(tensor);
  const message = { name, dataType: dataTypeCode(dataType), dims: [...dims] };
  if (ArrayBuffer.isView(data)) return { ...message, rawData: bytesOfNumbers(data) };
  return { ...message, stringData: data.map(bytesOfText) };
}

function messageOfValue({ name, type }: OnnxValue): onnx.ValueInfoProto.$Properties {
  return type === undefined ? { name } : { name, type: messageOfType(type) };
}

function messageOfType(type: OnnxType): onnx.TypeProto.$Properties {
  switch (type.kind) {
    case "tensor":
      return { tensorType: messageOfTensorType(type) };
    case "sparseTensor":
      return { sparseTensorType: messageOfTensorType(type) };
    case "sequence":
      return { sequenceType: { elemType: type.element && messageOfType(type.element) } };
    case "optional":
      return { optionalType: { elemType: type.element && messageOfType(type.element) } };
    case "map":
      return {
        mapType: { keyType: dataTypeCode(type.key), valueType: type.value && messageOfType(type.value) },
      };
  }
}

function messageOfTensorType(type: {
  readonly dataType: OnnxDataType;
  readonly dims: OnnxDims;
}): onnx.TypeProto.Tensor.$Properties {
  const elemType = dataTypeCode(type.dataType);
  if (type.dims === undefined) return { elemType };
  return {
    elemType,
    shape: {
      dim: type.dims.map((dim) => {
        if (dim === undefined) return {};
        return typeof dim === "number" ? { dimValue: dim } : { dimParam: dim };
      }),
    },
  };
}
