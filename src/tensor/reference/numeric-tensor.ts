import type { OpAttributes, OpKind } from "../tensor-graph.ts";

/** Numbers of a value, row-major. Results are float64 whatever the data type; truth is 1 and 0. */
export type Numbers = Float64Array | Float32Array | Int32Array;

export interface NumericTensor {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

/** What an operation computes. `shape` is that of the result, with the batch size in place of N. */
export type ReferenceFunction<Attributes> = (
  operands: readonly NumericTensor[],
  attributes: Attributes,
  shape: readonly number[],
) => Numbers;

export type ReferenceRow<Kind extends OpKind> = ReferenceFunction<OpAttributes[Kind]>;

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** How far apart neighbours along each axis lie. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** An array seen along one axis: [outer, length, inner]. */
export function alongAxis(
  shape: readonly number[],
  axis: number,
): { outer: number; length: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), length: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) };
}

/** One side of a strided copy: where it begins and how far each step along an axis goes (0 repeats). */
export interface StridedView {
  readonly data: Numbers;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Copies a block of the given shape from one view to another. */
export function copyStrided(shape: readonly number[], source: StridedView, target: StridedView): void {
  if (shape.length === 0) {
    target.data[target.offset] = source.data[source.offset]!;
    return;
  }
  if (sizeOf(shape) === 0) return;
  const last = shape.length - 1;
  const length = shape[last]!;
  const sourceStep = source.strides[last]!;
  const targetStep = target.strides[last]!;
  const counter = new Int32Array(last);
  let from = source.offset;
  let to = target.offset;
  for (;;) {
    for (let index = 0; index < length; index++) {
      target.data[to + index * targetStep] = source.data[from + index * sourceStep]!;
    }
    let axis = last - 1;
    for (; axis >= 0; axis--) {
      from += source.strides[axis]!;
      to += target.strides[axis]!;
      counter[axis]! += 1;
      if (counter[axis]! < shape[axis]!) break;
      from -= source.strides[axis]! * shape[axis]!;
      to -= target.strides[axis]! * shape[axis]!;
      counter[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** The strides with which a tensor is read as if it had the wider shape. */
export function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const added = to.length - from.length;
  const strides = stridesOf(from);
  return to.map((_, axis) => (axis < added || from[axis - added] === 1 ? 0 : strides[axis - added]!));
}

/** The numbers of a tensor repeated to a wider shape; its own array where the shapes are equal. */
export function expandTo(tensor: NumericTensor, shape: readonly number[]): Numbers {
  if (tensor.data.length === sizeOf(shape)) return tensor.data;
  const expanded = new Float64Array(sizeOf(shape));
  copyStrided(
    shape,
    { data: tensor.data, offset: 0, strides: broadcastStrides(tensor.shape, shape) },
    { data: expanded, offset: 0, strides: stridesOf(shape) },
  );
  return expanded;
}
