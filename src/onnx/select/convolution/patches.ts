import { windowIndices } from "../../../tensor/window-indices.ts";
import type { ValueId, WindowGeometry } from "../../../tensor/tensor-graph.ts";
import type { Emitter, PlacedRows } from "../emitter.ts";
import type { Tensor } from "../node-maker.ts";
import {
  forEachRow,
  isPlain,
  layoutKey,
  plainLayout,
  product,
  type RowLayout,
  rowCount,
  rowsOfCells,
  sameLayout,
  tileCount,
} from "../row-layout.ts";

export type ConvGeometry = WindowGeometry & { readonly groups: number };

/** The geometry without what else stands in an operation's attributes, for keys. */
export function geometryKey({ kernel, stride, dilation, pads }: WindowGeometry): string {
  return JSON.stringify([kernel, stride, dilation, pads]);
}

/**
 * For each place and tap of a window, the row of x that it sees, or -1 for padding: [places, taps] with the places in the
 * order of their layout.
 */
export function tapRows(x: RowLayout, places: RowLayout, geometry: WindowGeometry): Int32Array {
  const { cells, taps } = windowIndices(x.size, geometry);
  const rows = rowsOfCells(x);
  const tiles = tileCount(x);
  const indices = new Int32Array(rowCount(places) * taps);
  forEachRow(places, (row, example, place) => {
    for (let tap = 0; tap < taps; tap++) {
      const cell = cells[place * taps + tap]!;
      const base = cell < 0 ? -1 : rows[cell]!;
      indices[row * taps + tap] = base < 0 ? -1 : base + example * tiles;
    }
  });
  return indices;
}

/** What the windows at all places see, one row a place: [places, taps · channels]. Forward and kernel gradient share it. */
export function patches(
  emitter: Emitter,
  x: PlacedRows,
  places: RowLayout,
  geometry: WindowGeometry,
): Tensor {
  const taps = product(geometry.kernel);
  const isWhole = taps === 1 && sameLayout(x.layout, places) && product(geometry.stride) === 1;
  if (isWhole) return emitter.rowsOf(x);
  const stages = stagesOf(emitter, x, places, geometry);
  if (stages !== undefined) {
    const { between, along, across } = stages;
    const channels = x.channels * geometry.kernel.at(-1)!;
    const lines = { layout: between, channels, rows: patches(emitter, x, between, along) };
    return patches(emitter, lines, places, across);
  }
  const rows = emitter.rowsOf(x);
  const key = `patches ${rows.handle} ${layoutKey(x.layout)} ${layoutKey(places)} ${geometryKey(geometry)}`;
  const gathered = emitter.once(key, () =>
    isByExample(x, places)
      ? gatherByExample(emitter, x, geometry)
      : emitter.gatherRows(rows, tapRows(x.layout, places, geometry)),
  );
  return emitter.reshape(gathered, [rowCount(places), taps * x.channels]);
}

/** Windows as windows along the last axis, and windows across the others of what those see. */
interface WindowStages {
  readonly between: RowLayout;
  readonly along: WindowGeometry;
  readonly across: WindowGeometry;
}

/** How patches are better gathered in two steps, the second of which takes what windows of one line see as a piece. */
function stagesOf(
  emitter: Emitter,
  x: PlacedRows,
  places: RowLayout,
  geometry: WindowGeometry,
): WindowStages | undefined {
  const { layout, channels } = x;
  const { kernel } = geometry;
  const last = kernel.length - 1;
  const [taps, lines] = [kernel[last]!, product(kernel.slice(0, last))];
  if (emitter.isWebGpu || taps === 1 || lines === 1) return undefined;
  const between: RowLayout = {
    batch: layout.batch,
    size: layout.size.with(last, places.size[last]!),
    box: layout.box.with(last, places.box[last]!),
    tile: kernel.map(() => 1),
  };
  const grain = isByExample(x, places) ? grainOf(layout.size, geometry) : 1;
  const numbers = taps * channels;
  const lineWork = gatherWork(rowCount(between) * numbers, channels * grain);
  const atOnce = gatherWork(rowCount(places) * lines * numbers, channels * grain);
  const inStages = lineWork + gatherWork(rowCount(places) * lines * numbers, numbers);
  if (inStages > mostStageWork * atOnce) return undefined;
  const keep = <Value>(
    values: readonly Value[],
    neutral: Value,
    isKept: (axis: number) => boolean,
  ): Value[] => values.map((value, axis) => (isKept(axis) ? value : neutral));
  const only = (isKept: (axis: number) => boolean): WindowGeometry => ({
    kernel: keep(kernel, 1, isKept),
    stride: keep(geometry.stride, 1, isKept),
    dilation: keep(geometry.dilation, 1, isKept),
    pads: keep(geometry.pads, [0, 0], isKept),
  });
  return { between, along: only((axis) => axis === last), across: only((axis) => axis < last) };
}

/** The time of a gather of so many numbers in pieces of one length; measured: a piece takes as long as copying fifty numbers. */
function gatherWork(numbers: number, piece: number): number {
  return numbers * (1 + 50 / piece);
}

/** Two steps against one. */
const mostStageWork = 0.8;

function isByExample({ channels, layout }: PlacedRows, places: RowLayout): boolean {
  return channels < leastForFlatGather && isPlain(layout) && isPlain(places);
}

/** With fewer channels, indices for every example of the batch would take as much memory as the patches. */
const leastForFlatGather = 8;

/** The same indices for every example. */
function gatherByExample(emitter: Emitter, x: PlacedRows, geometry: WindowGeometry): Tensor {
  const { batch, size } = x.layout;
  const grain = grainOf(size, geometry);
  const numbers = grain * x.channels;
  const count = product(size) / grain;
  const { cells } = windowIndices(size, geometry);
  const pieces = cells
    .filter((_, index) => index % grain === 0)
    .map((cell) => (cell < 0 ? count : cell / grain));
  const images = emitter.reshape(emitter.rowsOf(x), [batch, count, numbers]);
  if (!pieces.includes(count)) return emitter.gather(images, 1, pieces);
  return emitter.gather(emitter.concat([images, emitter.filled([batch, 1, numbers], 0)], 1), 1, pieces);
}

/** How many cells along the last axis can always be gathered together: what divides every start, every window and every edge. */
function grainOf(size: readonly number[], { kernel, stride, dilation, pads }: WindowGeometry): number {
  if (dilation.at(-1) !== 1) return 1;
  return [kernel.at(-1)!, stride.at(-1)!, pads.at(-1)![0], size.at(-1)!].reduce(greatestDivisor);
}

function greatestDivisor(left: number, right: number): number {
  while (right !== 0) [left, right] = [right, left % right];
  return left;
}

/**
 * leftᵀ · right for tall matrices [rows, m] and [rows, n]. Where the result is small, one product leaves threads without
 * work, so the rows are cut in two and the halves added.
 */
export function tallProduct(emitter: Emitter, left: Tensor, right: Tensor): Tensor {
  const halves = stackedTallProduct(emitter, left, right);
  if (halves.dims.length === 2) return halves;
  const [count, m, n] = halves.dims as readonly [number, number, number];
  return emitter.reshape(emitter.sumRows(emitter.reshape(halves, [count, m * n])), [m, n]);
}

/** As `tallProduct`, but without the last addition: [2, m, n], or [m, n] where one product is as good. */
export function stackedTallProduct(emitter: Emitter, left: Tensor, right: Tensor): Tensor {
  const [rows, m] = left.dims as readonly [number, number];
  const n = right.dims[1]!;
  const isCut = !emitter.isWebGpu && m * n <= smallResult && rows >= tallRows && rows % 2 === 0;
  if (!isCut) return emitter.matmulTransposed(left, right, "left");
  return emitter.matmulTransposed(
    emitter.reshape(left, [2, rows / 2, m]),
    emitter.reshape(right, [2, rows / 2, n]),
    "left",
  );
}

const smallResult = 2048;
const tallRows = 512;

/** The bytes that the patches of a convolution take. */
function patchBytes(places: RowLayout, channels: number, geometry: WindowGeometry): number {
  return 4 * rowCount(places) * product(geometry.kernel) * channels;
}

/** Patches of more than so many bytes are not made. */
const mostPatchBytes = 512 * 2 ** 20;

/** Whether the patches at all cells of a value, of so many channels a cell, would not fit. */
export function arePatchesTooLarge(
  emitter: Emitter,
  places: ValueId,
  channels: number,
  geometry: WindowGeometry,
): boolean {
  const shape = emitter.shape(places);
  return patchBytes(plainLayout(shape[0]!, shape.slice(1, -1)), channels, geometry) > mostPatchBytes;
}
