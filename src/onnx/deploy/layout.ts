import type { TensorDim, TensorShape } from "../../tensor/tensor-graph.ts";

/**
 * Where the elements of a value stand in memory. Every value has a logical shape, channels last, as its TensorGraph says; the
 * exported file holds it in another order, and so that no node need restore the logical one, each value carries its order along.
 *
 * `axes`: physical axis i is logical axis `permutation[i]`. `features`: of a value [N, F], physical feature p is logical feature
 * `order[p]`: what flattening a channels-first tensor gives.
 */
export type Layout = AxesLayout | FeaturesLayout;

export interface AxesLayout {
  readonly kind: "axes";
  readonly permutation: readonly number[];
}

export interface FeaturesLayout {
  readonly kind: "features";
  readonly order: Int32Array;
}

export function natural(rank: number): AxesLayout {
  return { kind: "axes", permutation: Array.from({ length: rank }, (_, axis) => axis) };
}

/** Batch, channels, spatial axes; the same as natural up to rank 2. */
export function channelsFirst(rank: number): AxesLayout {
  if (rank <= 2) return natural(rank);
  const spatial = Array.from({ length: rank - 2 }, (_, axis) => axis + 1);
  return { kind: "axes", permutation: [0, rank - 1, ...spatial] };
}

export function axesLayout(permutation: readonly number[]): AxesLayout {
  return { kind: "axes", permutation };
}

/** The layout of features in this order, which may be natural after all. */
export function featuresLayout(order: Int32Array): Layout {
  return isIdentity(order) ? natural(2) : { kind: "features", order };
}

export function isNatural(layout: Layout): boolean {
  return layout.kind === "axes" && isIdentity(layout.permutation);
}

export function sameLayout(left: Layout, right: Layout): boolean {
  if (left.kind === "axes") return right.kind === "axes" && sameNumbers(left.permutation, right.permutation);
  return right.kind === "features" && sameNumbers(left.order, right.order);
}

/** Where a logical axis stands. */
export function physicalAxis(layout: Layout, axis: number): number {
  return layout.kind === "axes" ? layout.permutation.indexOf(axis) : axis;
}

/** The shape as it stands in memory. */
export function physicalShape(layout: Layout, shape: TensorShape): TensorShape {
  return layout.kind === "axes" ? layout.permutation.map((axis) => shape[axis]!) : shape;
}

/** The layout that is left when these logical axes are taken away. */
export function withoutAxes(layout: Layout, axes: readonly number[]): Layout {
  if (layout.kind === "features") {
    return axes.includes(1) ? natural(2 - axes.length) : layout;
  }
  const left = layout.permutation.filter((axis) => !axes.includes(axis));
  return axesLayout(left.map((axis) => axis - axes.filter((removed) => removed < axis).length));
}

/** Whether both layouts put the elements of this shape in the same order: only axes of one cell stand elsewhere. */
export function sameOrder(left: Layout, right: Layout, shape: TensorShape): boolean {
  if (left.kind === "features" || right.kind === "features") return sameLayout(left, right);
  const long = (axis: number): boolean => shape[axis] !== 1;
  return sameNumbers(left.permutation.filter(long), right.permutation.filter(long));
}

/**
 * The layout that a value of shape `from` has after it is reshaped to `to` and nothing moves in memory, so that an ONNX Reshape
 * (or nothing) does it; undefined where the logical reshape would have to move elements.
 */
export function reshapedLayout(layout: Layout, from: TensorShape, to: TensorShape): Layout | undefined {
  if (layout.kind === "features") return unflattenedLayout(layout.order, from, to);
  const order = layout.permutation;
  const factors = commonFactors(from, to);
  if (factors === undefined) {
    if (isIdentity(order)) return natural(to.length);
    return isFlattening(from, to) && order[0] === 0 ? flattenedLayout(order, from) : undefined;
  }
  const sequence = order.flatMap((axis) => factors.from[axis]!);
  const placed = placeAxes(sequence, factors.to);
  if (placed !== undefined) return fillUnitAxes(placed, to);
  return isFlattening(from, to) && order[0] === 0 ? flattenedLayout(order, from) : undefined;
}

/** From [N, a, b, …] to [N, a·b·…]. */
function isFlattening(from: TensorShape, to: TensorShape): boolean {
  return to.length === 2 && from.length > 2 && from[0] === to[0];
}

/** The order of the features when [N, …] is flattened in memory order. */
function flattenedLayout(permutation: readonly number[], shape: TensorShape): Layout {
  const sizes = shape.slice(1) as number[];
  const axes = permutation.slice(1).map((axis) => axis - 1);
  return featuresLayout(physicalToLogical(sizes, axes));
}

/** For each element in memory, where it stands in row-major logical order; `axes` are the logical axes in memory order. */
export function physicalToLogical(sizes: readonly number[], axes: readonly number[]): Int32Array {
  const strides = new Array<number>(sizes.length);
  let count = 1;
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    strides[axis] = count;
    count *= sizes[axis]!;
  }
  let order = Int32Array.of(0);
  for (const axis of axes) {
    const size = sizes[axis]!;
    const next = new Int32Array(order.length * size);
    let position = 0;
    for (const start of order) {
      for (let cell = 0; cell < size; cell++) next[position++] = start + cell * strides[axis]!;
    }
    order = next;
  }
  return order;
}

/** [N, F] with features in some order, reshaped to [N, spatial…, C]: known where the order is one of that shape's own. */
function unflattenedLayout(order: Int32Array, from: TensorShape, to: TensorShape): Layout | undefined {
  if (to.length < 3 || to[0] !== from[0]) return undefined;
  const first = channelsFirst(to.length);
  const flattened = flattenedLayout(first.permutation, to);
  return flattened.kind === "features" && sameNumbers(flattened.order, order)
    ? axesLayout(first.permutation)
    : undefined;
}

interface Factors {
  /** For each axis, which factors it is the product of; factors are numbered in row-major order. */
  readonly from: readonly (readonly number[])[];
  readonly to: readonly (readonly number[])[];
}

/** Splits two shapes of the same size into common factors; undefined where their axes do not nest. Axes of one cell have none. */
function commonFactors(from: TensorShape, to: TensorShape): Factors | undefined {
  const result = { from: from.map((): number[] => []), to: to.map((): number[] => []) };
  const rest = { from: [...from], to: [...to] };
  let [i, j] = [0, 0];
  for (let factor = 0; ; factor++) {
    while (i < from.length && rest.from[i] === 1) i++;
    while (j < to.length && rest.to[j] === 1) j++;
    if (i === from.length || j === to.length)
      return i === from.length && j === to.length ? result : undefined;
    const [a, b] = [rest.from[i]!, rest.to[j]!];
    if (a !== b && (a === "N" || b === "N" || Math.max(a, b) % Math.min(a, b) !== 0)) return undefined;
    result.from[i]!.push(factor);
    result.to[j]!.push(factor);
    rest.from[i] = divideDim(a, b);
    rest.to[j] = divideDim(b, a);
  }
}

/** What is left of `dim` after the smaller of the two is split off. */
function divideDim(dim: TensorDim, other: TensorDim): TensorDim {
  if (dim === other) return 1;
  return Math.max(1, (dim as number) / (other as number));
}

/** The order in which the axes stand in a sequence of factors; undefined where an axis' factors are not side by side, in order. */
function placeAxes(sequence: readonly number[], axes: readonly (readonly number[])[]): number[] | undefined {
  const axisOfFactor = new Map(axes.flatMap((factors, axis) => factors.map((factor) => [factor, axis])));
  const placed: number[] = [];
  for (let position = 0; position < sequence.length;) {
    const axis = axisOfFactor.get(sequence[position]!)!;
    for (const factor of axes[axis]!) if (sequence[position++] !== factor) return undefined;
    placed.push(axis);
  }
  return placed;
}

/** Puts the axes of one cell where they make the order channels first, else natural, else at the end. */
function fillUnitAxes(placed: readonly number[], shape: TensorShape): Layout {
  const rank = shape.length;
  const unit = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !placed.includes(axis));
  const plain = axesLayout([...placed, ...unit]);
  return [channelsFirst(rank), natural(rank)].find((layout) => sameOrder(layout, plain, shape)) ?? plain;
}

function isIdentity(numbers: ArrayLike<number>): boolean {
  for (let index = 0; index < numbers.length; index++) if (numbers[index] !== index) return false;
  return true;
}

function sameNumbers(left: ArrayLike<number>, right: ArrayLike<number>): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}
