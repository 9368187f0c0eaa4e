import type { TensorDim, TensorShape, WindowGeometry } from "./tensor-graph.ts";

/**
 * A mistake of the compiler itself: a TensorGraph that breaks the rules of its operations. No program of a user's may lead
 * here, so it is thrown rather than reported.
 */
export class TensorGraphError extends Error {
  override readonly name = "TensorGraphError";
  /** What is wrong, without the words around it. */
  readonly reason: string;

  constructor(reason: string) {
    super(`this is a mistake of the compiler, not of your model: ${reason}`);
    this.reason = reason;
  }
}

/** `Nx28x28x1`; a scalar is `scalar`. */
export function formatTensorShape(shape: TensorShape): string {
  return shape.length === 0 ? "scalar" : shape.join("x");
}

export function sameShape(left: TensorShape, right: TensorShape): boolean {
  return left.length === right.length && left.every((dim, axis) => dim === right[axis]);
}

/** How many elements a shape has, as a number and a power of the batch: `Nx3x3` is 9 · N^1. */
export function countElements(shape: TensorShape): { readonly count: number; readonly batches: number } {
  let count = 1;
  let batches = 0;
  for (const dim of shape) {
    if (dim === "N") batches += 1;
    else count *= dim;
  }
  return { count, batches };
}

/** The number of elements of a shape that does not depend on the batch. */
export function elementCount(shape: TensorShape): number {
  return shape.reduce<number>((product, dim) => product * knownDim(dim, "a count of elements"), 1);
}

/** A dimension that must be a number. */
export function knownDim(dim: TensorDim | undefined, what: string): number {
  if (typeof dim !== "number") throw new TensorGraphError(`${what} depends on the batch size`);
  return dim;
}

/** NumPy's broadcasting of two shapes. */
export function broadcastShapes(left: TensorShape, right: TensorShape): TensorShape {
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, axis) => {
    const a = left[axis - rank + left.length] ?? 1;
    const b = right[axis - rank + right.length] ?? 1;
    if (a === b || b === 1) return a;
    if (a === 1) return b;
    throw new TensorGraphError(
      `shapes ${formatTensorShape(left)} and ${formatTensorShape(right)} do not broadcast`,
    );
  });
}

/** The axes along which a tensor of shape `from` is repeated when it is broadcast to `to`, and those that are new. */
export function broadcastAxes(from: TensorShape, to: TensorShape): readonly number[] {
  const added = to.length - from.length;
  return to.flatMap((dim, axis) => (axis < added || (from[axis - added] === 1 && dim !== 1) ? [axis] : []));
}

/** How many places a window has along one axis: floor((size + pads - reach) / stride) + 1, at least 0. */
export function windowPlaces(size: number, geometry: WindowGeometry, axis: number): number {
  const [before, after] = geometry.pads[axis]!;
  const reach = (geometry.kernel[axis]! - 1) * geometry.dilation[axis]! + 1;
  return Math.max(0, Math.floor((size + before + after - reach) / geometry.stride[axis]!) + 1);
}

/** The spatial part of what a window gives on a channels-last tensor. */
export function windowOutputSize(input: TensorShape, geometry: WindowGeometry): readonly number[] {
  const spatial = spatialSize(input);
  const { kernel, stride, dilation, pads } = geometry;
  for (const list of [kernel, stride, dilation, pads]) {
    if (list.length !== spatial.length) {
      throw new TensorGraphError(
        `a window over ${list.length} axes on a tensor with ${spatial.length} spatial axes`,
      );
    }
  }
  return spatial.map((size, axis) => {
    const places = windowPlaces(size, geometry, axis);
    if (places < 1) throw new TensorGraphError(`a window that does not fit its input along axis ${axis}`);
    return places;
  });
}

/** The axes between batch and channels. */
export function spatialSize(shape: TensorShape): readonly number[] {
  return shape.slice(1, -1).map((dim) => knownDim(dim, "a spatial axis"));
}

/** The shape after a reduction. */
export function reducedShape(shape: TensorShape, axes: readonly number[], keepDims: boolean): TensorShape {
  for (const axis of axes) checkAxis(axis, shape);
  if (axes.some((axis, index) => index > 0 && axis <= axes[index - 1]!)) {
    throw new TensorGraphError(`reduction axes ${axes.join(", ")} are not in rising order`);
  }
  if (keepDims) return shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return shape.filter((_, axis) => !axes.includes(axis));
}

export function checkAxis(axis: number, shape: TensorShape): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
    throw new TensorGraphError(`no axis ${axis} in ${formatTensorShape(shape)}`);
  }
}

/** Axes that a window, its strides or its pads do not touch: kernel 1, stride 1, no pads. */
export function isPointwise(geometry: WindowGeometry): boolean {
  return (
    geometry.kernel.every((cells) => cells === 1) &&
    geometry.stride.every((step) => step === 1) &&
    geometry.pads.every(([before, after]) => before === 0 && after === 0)
  );
}
