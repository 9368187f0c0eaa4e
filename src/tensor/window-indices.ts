import { windowPlaces } from "./shapes.ts";
import type { WindowGeometry } from "./tensor-graph.ts";

/** Which cells of one image a window sees at each of its places. */
export interface WindowIndices {
  /** Places of the window: the cells of the output. */
  readonly places: number;
  /** Cells of the window. */
  readonly taps: number;
  /** [places, taps]: the cell of the input, counted row-major over the spatial axes; -1 for a padded cell. */
  readonly cells: Int32Array;
  /** The spatial size of the output. */
  readonly outputSize: readonly number[];
}

/** The cells that a window sees over spatial axes of any number; row-major over places and taps. */
export function windowIndices(inputSize: readonly number[], geometry: WindowGeometry): WindowIndices {
  const outputSize = inputSize.map((size, axis) => windowPlaces(size, geometry, axis));
  const places = product(outputSize);
  const taps = product(geometry.kernel);
  const cells = new Int32Array(places * taps);
  const place = new Int32Array(inputSize.length);
  const tap = new Int32Array(inputSize.length);
  for (let index = 0; index < cells.length; index++) {
    cells[index] = cellAt(place, tap, inputSize, geometry);
    if (advance(tap, geometry.kernel)) advance(place, outputSize);
  }
  return { places, taps, cells, outputSize };
}

function cellAt(
  place: Int32Array,
  tap: Int32Array,
  inputSize: readonly number[],
  { stride, dilation, pads }: WindowGeometry,
): number {
  let cell = 0;
  for (let axis = 0; axis < inputSize.length; axis++) {
    const at = place[axis]! * stride[axis]! + tap[axis]! * dilation[axis]! - pads[axis]![0];
    if (at < 0 || at >= inputSize[axis]!) return -1;
    cell = cell * inputSize[axis]! + at;
  }
  return cell;
}

/** Counts one further, the last axis fastest; true where it starts again at zero. */
function advance(counter: Int32Array, limits: readonly number[]): boolean {
  for (let axis = limits.length - 1; axis >= 0; axis--) {
    counter[axis]! += 1;
    if (counter[axis]! < limits[axis]!) return false;
    counter[axis] = 0;
  }
  return true;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
