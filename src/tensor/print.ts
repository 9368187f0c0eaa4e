import { formatTensorShape } from "./shapes.ts";
import type { TensorGraph, TensorNode } from "./tensor-graph.ts";

/** A TensorGraph as text, one line a node: `%4 = conv(%0, %1) kernel=[3,3] … : Nx26x26x32   # conv2d`. For tests and people. */
export function printTensorGraph(graph: TensorGraph): string {
  const lines = graph.nodes.map(printNode);
  for (const { name, value } of graph.outputs) lines.push(`output ${name} = %${value}`);
  return `${lines.join("\n")}\n`;
}

function printNode(node: TensorNode): string {
  const operands = node.inputs.map((input) => `%${input}`).join(", ");
  const attributes = Object.entries(node.attributes).map(
    ([name, value]) => ` ${name}=${ArrayBuffer.isView(value) ? printData(value) : JSON.stringify(value)}`,
  );
  const type = node.dataType === "float32" ? "" : ` ${node.dataType}`;
  const layer = node.layer === undefined ? "" : `   # ${node.layer}`;
  return `%${node.id} = ${node.op}(${operands})${attributes.join("")} : ${formatTensorShape(node.shape)}${type}${layer}`;
}

function printData(data: ArrayBufferView): string {
  const numbers = Array.from(data as Float32Array | Int32Array);
  const shown = numbers.slice(0, 8).map((value) => String(Number(value.toPrecision(6))));
  return `[${shown.join(",")}${numbers.length > 8 ? `,… ${numbers.length} numbers` : ""}]`;
}
