import { isPointwise } from "../../../tensor/shapes.ts";
import type { WindowGeometry } from "../../../tensor/tensor-graph.ts";
import { windowIndices } from "../../../tensor/window-indices.ts";
import type { Emitter, PlacedRows } from "../emitter.ts";
import type { Tensor } from "../node-maker.ts";
import type { Form } from "../form.ts";
import {
  advance,
  blockCount,
  forEachRow,
  layoutKey,
  product,
  type RowLayout,
  rowCount,
  rowsOfCells,
  tileCount,
} from "../row-layout.ts";
import { arePatchesTooLarge, geometryKey, patches, tallProduct, tapRows } from "./patches.ts";

/** One product of all patches with the kernel. */
export const directConv: Form<"conv"> = {
  name: "patches times kernel",
  emit(emitter, node) {
    const [x, kernel] = node.inputs as [number, number];
    const layout = emitter.plan.layout(node.id)!;
    const channels = emitter.shape(node.id).at(-1)!;
    const seen = patches(emitter, emitter.placed(x), layout, node.attributes);
    emitter.storeRows(node.id, {
      layout,
      channels,
      rows: emitter.matmul(seen, kernelMatrix(emitter, kernel)),
    });
  },
};

export const directKernelGradient: Form<"convKernelGradient"> = {
  name: "patches, transposed, times gradient",
  emit(emitter, node) {
    const [x, dy] = node.inputs as [number, number];
    const { rows, layout } = emitter.rows(dy);
    const seen = patches(emitter, emitter.placed(x), layout, node.attributes);
    emitter.store(node.id, tallProduct(emitter, seen, rows));
  },
};

/** A kernel as [taps · channels, filters]. */
function kernelMatrix(emitter: Emitter, kernel: number): Tensor {
  const shape = emitter.shape(kernel);
  return emitter.reshape(emitter.flat(kernel), [product(shape.slice(0, -1)), shape.at(-1)!]);
}

/** A window of one cell: each row by itself. */
export const pointwiseInputGradient: Form<"convInputGradient"> = {
  name: "gradient times kernel, transposed",
  applies: (_, { attributes }) => isPointwise(attributes) && attributes.groups === 1,
  emit(emitter, node) {
    const [dy, kernel] = node.inputs as [number, number];
    const { rows, layout } = emitter.rows(dy);
    const product = emitter.matmulTransposed(rows, kernelMatrix(emitter, kernel), "right");
    emitter.storeRows(node.id, { layout, channels: emitter.shape(node.id).at(-1)!, rows: product });
  },
};

/**
 * On a GPU, where every node costs its launch: for each cell of x the gradients of all places that see it, by tap, zeros where
 * there is none, times the kernel with channels and filters exchanged.
 */
export const patchedInputGradient: Form<"convInputGradient"> = {
  name: "patches of the gradient times kernel, turned",
  applies: (emitter, { id, inputs, attributes }) =>
    emitter.isWebGpu &&
    attributes.groups === 1 &&
    !arePatchesTooLarge(emitter, id, emitter.shape(inputs[0]!).at(-1)!, attributes),
  emit(emitter, node) {
    const [dy, kernel] = node.inputs as [number, number];
    const [channels, filters] = emitter.shape(kernel).slice(-2) as [number, number];
    const taps = product(node.attributes.kernel);
    const wanted = emitter.plan.layout(node.id)!;
    const seen = gradientPatches(emitter, dy, wanted, node.attributes);
    const stack = emitter.reshape(emitter.flat(kernel), [taps, channels, filters]);
    const turned = emitter.reshape(emitter.transpose(stack, [0, 2, 1]), [taps * filters, channels]);
    const rows = emitter.matmul(emitter.reshape(seen, [rowCount(wanted), taps * filters]), turned);
    emitter.storeRows(node.id, { layout: wanted, channels, rows });
  },
};

/** For each cell of x and each tap the gradient of the place whose tap sees the cell: [cells · taps, filters]. */
export function gradientPatches(
  emitter: Emitter,
  dy: number,
  cells: RowLayout,
  geometry: WindowGeometry,
): Tensor {
  const { rows, layout } = emitter.rows(dy);
  const key = `places by tap ${layoutKey(layout)} ${layoutKey(cells)} ${geometryKey(geometry)}`;
  return emitter.gatherRows(
    rows,
    emitter.once(key, () => placesByTap(layout, cells, geometry)),
  );
}

/** For each cell of x and each tap the row of the place whose tap sees the cell, -1 where there is none: [cells, taps]. */
export function placesByTap(places: RowLayout, cells: RowLayout, geometry: WindowGeometry): Int32Array {
  const taps = product(geometry.kernel);
  const rows = new Int32Array(rowCount(cells) * taps).fill(-1);
  for (const list of meetingRows(places, cells, geometry)) {
    list.forEach((sent, row) => {
      const place = Math.floor(sent / taps);
      if (place < rowCount(places)) rows[row * taps + (sent % taps)] = place;
    });
  }
  return rows;
}

/**
 * For maps of few cells: what each place sends through each tap, then one product with a matrix of zeros and ones that adds
 * it up.
 */
export const smallInputGradient: Form<"convInputGradient"> = {
  name: "gradient times kernel, added up by a matrix of ones",
  applies(emitter, node) {
    const dy = emitter.placed(node.inputs[0]!).layout;
    const wanted = emitter.plan.layout(node.id)!;
    const sent = product(dy.box) * product(node.attributes.kernel);
    const meeting = product(
      node.attributes.kernel.map((cells, axis) => Math.ceil(cells / node.attributes.stride[axis]!)),
    );
    return blockCount(dy) === 1 && blockCount(wanted) === 1 && sent < densestSum * meeting;
  },
  emit(emitter, node) {
    const { rows, layout } = emitter.rows(node.inputs[0]!);
    const sent = emitter.matmulTransposed(rows, kernelMatrix(emitter, node.inputs[1]!), "right");
    const wanted = emitter.plan.layout(node.id)!;
    const channels = emitter.shape(node.id).at(-1)!;
    const perExample = product(layout.box) * product(node.attributes.kernel);
    const stack = emitter.reshape(sent, [layout.batch, perExample, channels]);
    const sum = emitter.matmul(sumMatrix(emitter, layout, wanted, node.attributes), stack);
    emitter.storeRows(node.id, { layout: wanted, channels, rows: sum });
  },
};

/** Below so many sent values for each value that meets another, the dense product is faster than gathers. */
const densestSum = 30;

/** [cells of x, places · taps]: 1 where a tap at a place sees the cell. */
function sumMatrix(emitter: Emitter, places: RowLayout, cells: RowLayout, geometry: WindowGeometry): Tensor {
  const one = { ...places, batch: 1 };
  const seen = tapRows({ ...cells, batch: 1 }, one, geometry);
  const matrix = new Float32Array(rowCount({ ...cells, batch: 1 }) * seen.length);
  seen.forEach((row, column) => {
    if (row >= 0) matrix[row * seen.length + column] = 1;
  });
  return emitter.floats(matrix, [matrix.length / seen.length, seen.length]);
}

/**
 * Stride 1: the taps along the last axis are gathered from the gradient, one product gives what they send through the taps of
 * the other axes, and those are gathered and added: fewer numbers move than with all taps in either.
 */
export const shiftedInputGradient: Form<"convInputGradient"> = {
  name: "gradient shifted along the last axis, times kernel, added along the others",
  applies: (_, { attributes }) => attributes.stride.every((step) => step === 1),
  emit(emitter, node) {
    const [dy, kernel] = node.inputs as [number, number];
    const wanted = emitter.plan.layout(node.id)!;
    const { attributes: geometry } = node;
    const channels = emitter.shape(node.id).at(-1)!;
    const last = geometry.kernel.length - 1;
    const across = product(geometry.kernel.slice(0, last));
    const shifts = geometry.kernel[last]!;
    const { shifted, between } = shiftedRows(emitter, emitter.placed(dy), wanted, geometry);
    const turned = turnedKernel(emitter, kernel, across, shifts);
    const sent = emitter.matmulTransposed(shifted, turned, "right");
    const sentRows = emitter.reshape(sent, [shifted.dims[0]! * across, channels]);
    const lists = emitter.once(
      `across ${layoutKey(between)} ${layoutKey(wanted)} ${geometryKey(geometry)}`,
      () => acrossRows(between, wanted, geometry),
    );
    const parts = lists.map((indices) => emitter.gather(sentRows, 0, indices));
    emitter.storeRows(node.id, { layout: wanted, channels, rows: emitter.sum(parts) });
  },
};

/** The gradient as seen from each cell of x along the last axis, all shifts in one row, and a row of zeros at the end. */
function shiftedRows(
  emitter: Emitter,
  dy: PlacedRows,
  wanted: RowLayout,
  geometry: WindowGeometry,
): { readonly shifted: Tensor; readonly between: RowLayout } {
  const last = geometry.kernel.length - 1;
  const shifts = geometry.kernel[last]!;
  const size = dy.layout.box.with(last, wanted.box[last]!);
  const between: RowLayout = { batch: dy.layout.batch, size, box: size, tile: size.map(() => 1) };
  const rows = emitter.rowsOf(dy);
  const gathered = emitter.once(
    `shifted ${rows.handle} ${layoutKey(dy.layout)} ${layoutKey(wanted)} ${geometryKey(geometry)}`,
    () => {
      const indices = new Int32Array((rowCount(between) + 1) * shifts).fill(-1);
      const cells = rowsOfCells(dy.layout);
      const tiles = tileCount(dy.layout);
      forEachRow(between, (row, example, cell) => {
        const column = cell % size[last]!;
        const line = Math.floor(cell / size[last]!);
        for (let shift = 0; shift < shifts; shift++) {
          const place = column - shift * geometry.dilation[last]! + geometry.pads[last]![0];
          if (place < 0 || place >= dy.layout.box[last]!) continue;
          indices[row * shifts + shift] = cells[placeAt(line, place, dy.layout)]! + example * tiles;
        }
      });
      return emitter.gatherRows(rows, indices);
    },
  );
  return { shifted: emitter.reshape(gathered, [rowCount(between) + 1, shifts * dy.channels]), between };
}

/** The cell of a layout's whole size from a line of its box (all axes but the last) and a place on the last. */
function placeAt(line: number, place: number, { size, box }: RowLayout): number {
  const last = size.length - 1;
  let cell = 0;
  let rest = line;
  let scale = size[last]!;
  for (let axis = last - 1; axis >= 0; axis--) {
    cell += (rest % box[axis]!) * scale;
    rest = Math.floor(rest / box[axis]!);
    scale *= size[axis]!;
  }
  return cell + place;
}

/** The kernel as [across · channels, shifts · filters]. */
function turnedKernel(emitter: Emitter, kernel: number, across: number, shifts: number): Tensor {
  const [channels, filters] = emitter.shape(kernel).slice(-2) as [number, number];
  const indices = new Int32Array(across * channels * shifts);
  for (let index = 0; index < indices.length; index++) {
    const shift = index % shifts;
    const channel = Math.floor(index / shifts) % channels;
    const line = Math.floor(index / (shifts * channels));
    indices[index] = (line * shifts + shift) * channels + channel;
  }
  const rows = emitter.gatherRows(kernelMatrix(emitter, kernel), indices);
  return emitter.reshape(rows, [across * channels, shifts * filters]);
}

/** For each tap across the other axes, the row of what was sent that each cell of x takes; the row of zeros where none. */
function acrossRows(between: RowLayout, wanted: RowLayout, geometry: WindowGeometry): readonly Int32Array[] {
  const last = geometry.kernel.length - 1;
  const across = geometry.kernel.slice(0, last);
  const count = product(across);
  const betweenCells = product(between.size);
  const tap = across.map(() => 0);
  return Array.from({ length: count }, (_, index) => {
    const rows = new Int32Array(rowCount(wanted));
    forEachRow(wanted, (row, example, cell) => {
      const at = betweenCell(cell, tap, between, wanted, geometry);
      rows[row] = (at < 0 ? rowCount(between) : example * betweenCells + at) * count + index;
    });
    advance(tap, across);
    return rows;
  });
}

function betweenCell(
  cell: number,
  tap: readonly number[],
  between: RowLayout,
  wanted: RowLayout,
  { pads, dilation }: WindowGeometry,
): number {
  const last = wanted.size.length - 1;
  let at = cell % wanted.size[last]!;
  let rest = Math.floor(cell / wanted.size[last]!);
  let scale = between.size[last]!;
  for (let axis = last - 1; axis >= 0; axis--) {
    const place = (rest % wanted.size[axis]!) - tap[axis]! * dilation[axis]! + pads[axis]![0];
    if (place < 0 || place >= between.size[axis]!) return -1;
    at += place * scale;
    scale *= between.size[axis]!;
    rest = Math.floor(rest / wanted.size[axis]!);
  }
  return at;
}

/** Any geometry: what each place sends through each tap; each cell gathers what meets there, one at a time. */
export const scatteredInputGradient: Form<"convInputGradient"> = {
  name: "gradient times kernel, gathered and added",
  emit(emitter, node) {
    const [dy, kernel] = node.inputs as [number, number];
    const wanted = emitter.plan.layout(node.id)!;
    const placed = emitter.placed(dy);
    const rows = emitter.withZeroRow(emitter.rowsOf(placed));
    const channels = emitter.shape(node.id).at(-1)!;
    const sent = emitter.matmulTransposed(rows, kernelMatrix(emitter, kernel), "right");
    const taps = product(node.attributes.kernel);
    const sentRows = emitter.reshape(sent, [rows.dims[0]! * taps, channels]);
    const parts = meetingRows(placed.layout, wanted, node.attributes).map((indices) =>
      emitter.gather(sentRows, 0, indices),
    );
    emitter.storeRows(node.id, { layout: wanted, channels, rows: emitter.sum(parts) });
  },
};

/**
 * For each cell of x the rows [place · taps + tap] whose tap sees it, as lists that hold one for each cell; those that a cell
 * lacks point at the row after the last place.
 */
export function meetingRows(
  places: RowLayout,
  cells: RowLayout,
  geometry: WindowGeometry,
): readonly Int32Array[] {
  const { cells: seen, taps } = windowIndices(cells.size, geometry);
  const placeRows = rowsOfCells(places);
  const placeTiles = tileCount(places);
  const meeting: number[][] = Array.from({ length: product(cells.size) }, () => []);
  seen.forEach((cell, index) => {
    if (cell >= 0 && placeRows[Math.floor(index / taps)]! >= 0) meeting[cell]!.push(index);
  });
  const most = Math.max(1, ...meeting.map((list) => list.length));
  const none = rowCount(places) * taps;
  const lists = Array.from({ length: most }, () => new Int32Array(rowCount(cells)).fill(none));
  forEachRow(cells, (row, example, cell) => {
    meeting[cell]!.forEach((index, turn) => {
      const place = placeRows[Math.floor(index / taps)]! + example * placeTiles;
      lists[turn]![row] = place * taps + (index % taps);
    });
  });
  return lists;
}
