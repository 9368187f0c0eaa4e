import { int } from "../attributes.ts";
import type { ValueHandle } from "../builder.ts";
import { dataTypeCode } from "../data-type.ts";
import type { TensorNode } from "../../tensor/tensor-graph.ts";
import type { Deployment, Emitted, Placed } from "./deployment.ts";
import { reduce } from "./forms.ts";
import { channelsFirst, natural, physicalAxis, sameLayout, withoutAxes } from "./layout.ts";

const onnxReductions = { reduceSum: "ReduceSum", reduceMean: "ReduceMean", reduceMax: "ReduceMax" } as const;
const globalPools = { reduceMean: "GlobalAveragePool", reduceMax: "GlobalMaxPool" } as const;

/**
 * A mean or maximum over all spatial axes of what stands channels first is global pooling where they stay as axes of one cell; any
 * other is a reduction, which takes the axes away in the same node.
 */
export function emitReduction(
  deployment: Deployment,
  node: TensorNode<"reduceSum" | "reduceMean" | "reduceMax">,
): Emitted {
  const x = deployment.get(node.inputs[0]!);
  const { axes, keepDims } = node.attributes;
  if (node.op === "reduceSum" || !keepDims || !coversImage(x, axes)) {
    return reduceAxes(deployment, onnxReductions[node.op], x, axes, keepDims);
  }
  return { handle: deployment.builder.node(globalPools[node.op], [x.handle]), layout: x.layout };
}

/** Whether axes are all the spatial ones of an image, a volume or a sequence that stands channels first. */
function coversImage({ shape, layout }: Placed, axes: readonly number[]): boolean {
  const rank = shape.length;
  return (
    rank >= 3 &&
    rank <= 5 &&
    axes.length === rank - 2 &&
    axes.every((axis) => axis > 0 && axis < rank - 1) &&
    sameLayout(layout, channelsFirst(rank))
  );
}

function reduceAxes(
  deployment: Deployment,
  opType: "ReduceSum" | "ReduceMean" | "ReduceMax",
  x: Pick<Placed, "handle" | "layout">,
  axes: readonly number[],
  keepDims: boolean,
): Emitted {
  const physical = axes.map((axis) => physicalAxis(x.layout, axis));
  const handle = reduce(deployment, opType, x.handle, physical, keepDims);
  if (!keepDims) return { handle, layout: withoutAxes(x.layout, axes) };
  return { handle, layout: x.layout.kind === "features" && axes.includes(1) ? natural(2) : x.layout };
}

/** The mean squared deviation from the mean. */
export function emitVariance(deployment: Deployment, node: TensorNode<"reduceVariance">): Emitted {
  const x = deployment.get(node.inputs[0]!);
  const { axes, keepDims } = node.attributes;
  const mean = reduceAxes(deployment, "ReduceMean", x, axes, true);
  const deviation = deployment.builder.node("Sub", [x.handle, mean.handle]);
  const square = deployment.builder.node("Mul", [deviation, deviation]);
  return reduceAxes(deployment, "ReduceMean", { handle: square, layout: x.layout }, axes, keepDims);
}

/** ONNX counts in int64; the first maximum wins there too. */
export function emitArgMax(deployment: Deployment, node: TensorNode<"argMax">): Emitted {
  const [x] = node.inputs;
  const { axis } = node.attributes;
  const standing = deployment.get(x!);
  const layout = standing.layout.kind === "features" ? natural(2) : standing.layout;
  const handle = deployment.convert(standing, layout);
  const position = physicalAxis(layout, axis);
  const index = deployment.builder.node("ArgMax", [handle], { axis: int(position), keepdims: int(0) });
  const to = int(dataTypeCode("int32"));
  return { handle: deployment.builder.node("Cast", [index], { to }), layout: withoutAxes(layout, [axis]) };
}

/** Before opset 13, Softmax runs over its axis and all that follow, so that over any other than the last it is put together. */
export function emitSoftmax(opType: "Softmax" | "LogSoftmax") {
  return (deployment: Deployment, node: TensorNode<"softmax" | "logSoftmax">): Emitted => {
    const { handle, layout, shape } = deployment.get(node.inputs[0]!);
    const axis = physicalAxis(layout, node.attributes.axis);
    if (deployment.opset < 13 && axis < shape.length - 1)
      return { handle: normalizeExponentials(deployment, opType, handle, axis), layout };
    return { handle: deployment.builder.node(opType, [handle], { axis: int(axis) }), layout };
  };
}

/** e^(x - max) over its sum along an axis, or the logarithm of that. */
function normalizeExponentials(
  deployment: Deployment,
  opType: "Softmax" | "LogSoftmax",
  x: ValueHandle,
  axis: number,
): ValueHandle {
  const { builder } = deployment;
  const below = builder.node("Sub", [x, reduce(deployment, "ReduceMax", x, [axis], true)]);
  const powers = builder.node("Exp", [below]);
  const sum = reduce(deployment, "ReduceSum", powers, [axis], true);
  return opType === "Softmax"
    ? builder.node("Div", [powers, sum])
    : builder.node("Sub", [below, builder.node("Log", [sum])]);
}
