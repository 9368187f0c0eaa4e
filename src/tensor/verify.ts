import { inferType } from "./ops.ts";
import { elementCount, formatTensorShape, sameShape, TensorGraphError } from "./shapes.ts";
import type { TensorGraph, TensorNode, TensorType } from "./tensor-graph.ts";

/**
 * Checks that every node stands at its id, uses earlier values alone, and has the type that its operation gives; that input
 * and output names are unique.
 *
 * @throws TensorGraphError at the first node that is wrong
 */
export function verifyTensorGraph(graph: TensorGraph): void {
  const inputNames = new Set<string>();
  graph.nodes.forEach((node, index) => {
    try {
      verifyNode(node, index, graph, inputNames);
    } catch (error) {
      if (!(error instanceof TensorGraphError)) throw error;
      const layer = node.layer === undefined ? "" : ` of layer "${node.layer}"`;
      throw new TensorGraphError(`node ${index} (${node.op})${layer}: ${error.reason}`);
    }
  });
  const outputNames = new Set<string>();
  for (const { name, value } of graph.outputs) {
    if (graph.nodes[value] === undefined)
      throw new TensorGraphError(`output "${name}" is no value of the graph`);
    if (outputNames.has(name)) throw new TensorGraphError(`two outputs are called "${name}"`);
    outputNames.add(name);
  }
}

function verifyNode(node: TensorNode, index: number, graph: TensorGraph, inputNames: Set<string>): void {
  if (node.id !== index) throw new TensorGraphError(`its id is ${node.id}`);
  for (const input of node.inputs) {
    if (!Number.isInteger(input) || input < 0 || input >= index) {
      throw new TensorGraphError(`it uses value ${input}, which is not computed before it`);
    }
  }
  if (node.op === "input") {
    const { name } = node.attributes;
    if (inputNames.has(name)) throw new TensorGraphError(`a second input is called "${name}"`);
    inputNames.add(name);
    return;
  }
  const type = expectedType(node, graph);
  if (node.dataType !== type.dataType || !sameShape(node.shape, type.shape)) {
    throw new TensorGraphError(
      `it says ${node.dataType} ${formatTensorShape(node.shape)}, its operation gives ${type.dataType} ${formatTensorShape(type.shape)}`,
    );
  }
}

function expectedType(node: TensorNode, graph: TensorGraph): TensorType {
  if (node.op !== "constant") {
    return inferType(
      node.op,
      node.inputs.map((input) => graph.nodes[input]!),
      node.attributes,
    );
  }
  const { data } = node.attributes;
  if (elementCount(node.shape) !== data.length) throw new TensorGraphError(`it holds ${data.length} numbers`);
  return { shape: node.shape, dataType: data instanceof Float32Array ? "float32" : "int32" };
}
