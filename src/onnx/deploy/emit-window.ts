import { int } from "../attributes.ts";
import type { TensorNode, WindowGeometry } from "../../tensor/tensor-graph.ts";
import type { Deployment, Emitted } from "./deployment.ts";
import { windowAttributes } from "./emit-linear.ts";
import { pad } from "./forms.ts";
import { channelsFirst } from "./layout.ts";
import type { PaddedPool } from "./tiles.ts";

export function emitMaxPool(deployment: Deployment, node: TensorNode<"maxPool">): Emitted {
  const layout = channelsFirst(node.shape.length);
  const { kernel, dilation, pads } = node.attributes;
  if (dilation.some((step) => step !== 1)) deployment.requireOpset(10, "MaxPool with dilation");
  let x = deployment.inLayout(node.inputs[0]!, layout);
  let geometry: WindowGeometry = node.attributes;
  if (pads.some(([before, after], axis) => Math.max(before, after) >= kernel[axis]!)) {
    // ONNX wants less padding than the window is wide.
    x = pad(deployment, x, [[0, 0], [0, 0], ...pads], Number.NEGATIVE_INFINITY);
    geometry = { ...node.attributes, pads: pads.map(() => [0, 0]) };
  }
  return { handle: deployment.builder.node("MaxPool", [x], windowAttributes(geometry)), layout };
}

export function emitAveragePool(deployment: Deployment, node: TensorNode<"averagePool">): Emitted {
  const layout = channelsFirst(node.shape.length);
  if (node.attributes.dilation.some((step) => step !== 1)) {
    deployment.requireOpset(19, "AveragePool with dilation");
  }
  const x = deployment.inLayout(node.inputs[0]!, layout);
  const attributes = { ...windowAttributes(node.attributes), count_include_pad: int(0) };
  return { handle: deployment.builder.node("AveragePool", [x], attributes), layout };
}

/** A pool that lays the zeros around its input by itself. */
export function emitPaddedPool(deployment: Deployment, { node, x, pads }: PaddedPool): Emitted {
  const layout = channelsFirst(node.shape.length);
  const inputs = [deployment.inLayout(x, layout)];
  const attributes = windowAttributes({ ...node.attributes, pads });
  if (node.op === "maxPool")
    return { handle: deployment.builder.node("MaxPool", inputs, attributes), layout };
  const counting = { ...attributes, count_include_pad: int(1) };
  return { handle: deployment.builder.node("AveragePool", inputs, counting), layout };
}
