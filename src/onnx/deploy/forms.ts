import { int, ints, float } from "../attributes.ts";
import type { ValueHandle } from "../builder.ts";
import type { Deployment } from "./deployment.ts";

/** The first operator set that has LayerNormalization. */
export const layerNormOpset = 17;

// Operators whose form depends on the operator set: what is an attribute in older ones is an input in newer ones.

/** A reduction over physical axes. */
export function reduce(
  deployment: Deployment,
  opType: "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceL2",
  x: ValueHandle,
  axes: readonly number[],
  keepDims: boolean,
): ValueHandle {
  const { builder, opset } = deployment;
  const keepdims = int(keepDims ? 1 : 0);
  const sorted = [...axes].sort((left, right) => left - right);
  if (opset >= (opType === "ReduceSum" ? 13 : 18)) {
    return builder.node(opType, [x, builder.int64s(sorted)], { keepdims });
  }
  return builder.node(opType, [x], { axes: ints(sorted), keepdims });
}

/** A part along physical axes. */
export function slice(
  deployment: Deployment,
  x: ValueHandle,
  axes: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
): ValueHandle {
  const { builder, opset } = deployment;
  if (opset < 10)
    return builder.node("Slice", [x], { axes: ints(axes), starts: ints(starts), ends: ints(ends) });
  return builder.node("Slice", [x, builder.int64s(starts), builder.int64s(ends), builder.int64s(axes)]);
}

/** Cells of one value around physical axes. */
export function pad(
  deployment: Deployment,
  x: ValueHandle,
  pads: readonly (readonly [before: number, after: number])[],
  value: number,
): ValueHandle {
  const { builder, opset } = deployment;
  const cells = [...pads.map(([before]) => before), ...pads.map(([, after]) => after)];
  if (opset < 11) return builder.node("Pad", [x], { pads: ints(cells), value: float(value) });
  const inputs = [x, builder.int64s(cells)];
  // Zero is what ONNX pads with by itself.
  return builder.node("Pad", value === 0 ? inputs : [...inputs, builder.scalar(value)]);
}
