import { copyStrided, stridesOf } from "../../tensor/reference/numeric-tensor.ts";
import type { Numbers } from "../../tensor/reference/numeric-tensor.ts";
import { natural, physicalShape, sameOrder } from "./layout.ts";
import type { AxesLayout, Layout } from "./layout.ts";

/** Numbers in logical order, of this logical shape, as they stand in memory; the same array where nothing moves. */
export function toMemory<Data extends Numbers>(data: Data, shape: readonly number[], layout: Layout): Data {
  if (sameOrder(layout, natural(shape.length), shape)) return data;
  const moved = data.slice() as Data;
  if (layout.kind === "axes") {
    const source = { data, offset: 0, strides: stridesOf(shape) };
    copyStrided(shape, source, { data: moved, offset: 0, strides: memoryStrides(layout, shape) });
  } else {
    moveFeatures(layout.order, (row, place, feature) => (moved[row + place] = data[row + feature]!), data);
  }
  return moved;
}

/** The way back: numbers as they stand in memory, in logical order. */
export function toLogical<Data extends Numbers>(data: Data, shape: readonly number[], layout: Layout): Data {
  if (sameOrder(layout, natural(shape.length), shape)) return data;
  const moved = data.slice() as Data;
  if (layout.kind === "axes") {
    const source = { data, offset: 0, strides: memoryStrides(layout, shape) };
    copyStrided(shape, source, { data: moved, offset: 0, strides: stridesOf(shape) });
  } else {
    moveFeatures(layout.order, (row, place, feature) => (moved[row + feature] = data[row + place]!), data);
  }
  return moved;
}

/** For each logical axis, how far apart its neighbours lie in memory. */
function memoryStrides(layout: AxesLayout, shape: readonly number[]): readonly number[] {
  const strides = stridesOf(physicalShape(layout, shape) as readonly number[]);
  return shape.map((_, axis) => strides[layout.permutation.indexOf(axis)]!);
}

function moveFeatures(
  order: Int32Array,
  move: (row: number, place: number, feature: number) => void,
  data: Numbers,
): void {
  for (let row = 0; row < data.length; row += order.length) {
    for (let place = 0; place < order.length; place++) move(row, place, order[place]!);
  }
}
