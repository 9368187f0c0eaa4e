import type { ValueId, WindowGeometry } from "../../tensor/tensor-graph.ts";
import { windowPlaces } from "../../tensor/shapes.ts";
import type { Emitter } from "./emitter.ts";
import type { Tensor } from "./node-maker.ts";
import { passedOn } from "./passed-on.ts";
import { forEachRow, layoutKey, type RowLayout, rowCount, rowsOfCells, tileCount } from "./row-layout.ts";

/*
 * Pooling with any windows, one axis after the other from the last: a window of 3×3 is three cells along the width and then
 * three of those along the height, six in place of nine. Maxima allow it as sums do, and the first maximum in row-major order is
 * the first row that holds one and the first in that row, so gradients can go the same way back.
 */

/** One axis of a pooling. */
interface Step {
  readonly axis: number;
  readonly before: RowLayout;
  readonly after: RowLayout;
}

function stepsOf(x: RowLayout, pooled: RowLayout): readonly Step[] {
  const steps: Step[] = [];
  let before = x;
  for (let axis = x.size.length - 1; axis >= 0; axis--) {
    const after: RowLayout = {
      batch: x.batch,
      size: before.size.with(axis, pooled.size[axis]!),
      box: before.box.with(axis, pooled.box[axis]!),
      tile: x.size.map(() => 1),
    };
    steps.push({ axis, before, after });
    before = after;
  }
  return steps;
}

/** A cell's neighbour along an axis, by its place there; the other axes stay. */
function alongAxis(
  size: readonly number[],
  axis: number,
): { readonly length: number; readonly stride: number } {
  const stride = size.slice(axis + 1).reduce((total, cells) => total * cells, 1);
  return { length: size[axis]!, stride };
}

/**
 * For each cell of the window along one axis the row that each place sees, -1 for padding. With `clamped`, padding gives the
 * nearest cell of the window instead, which no maximum feels, and -1 stays where a window sees padding alone.
 */
function tapLists(
  { axis, before, after }: Step,
  { kernel, stride, dilation, pads }: WindowGeometry,
  clamped: boolean,
): readonly Int32Array[] {
  const rows = rowsOfCells(before);
  const tiles = tileCount(before);
  const [from, to] = [alongAxis(before.size, axis), alongAxis(after.size, axis)];
  const taps = kernel[axis]!;
  const seen = (place: number, tap: number): number =>
    place * stride[axis]! + tap * dilation[axis]! - pads[axis]![0];
  const nearest = (place: number, tap: number): number => {
    const isInside = (at: number): boolean => at >= 0 && at < from.length;
    if (isInside(seen(place, tap)) || !clamped) return isInside(seen(place, tap)) ? seen(place, tap) : -1;
    const others = Array.from({ length: taps }, (_, other) => seen(place, other)).filter(isInside);
    return seen(place, tap) < 0 ? (others[0] ?? -1) : (others.at(-1) ?? -1);
  };
  return Array.from({ length: taps }, (_, tap) => {
    const list = new Int32Array(rowCount(after));
    forEachRow(after, (row, example, cell) => {
      const inner = cell % to.stride;
      const place = Math.floor(cell / to.stride) % to.length;
      const outer = Math.floor(cell / (to.stride * to.length));
      const at = nearest(place, tap);
      const base = at < 0 ? -1 : rows[(outer * from.length + at) * from.stride + inner]!;
      list[row] = base < 0 ? -1 : base + example * tiles;
    });
    return list;
  });
}

/** Turns lists of what each place sees round: for each row that is seen, the numbers `tap · places + place` that see it. */
function seenBy(lists: readonly Int32Array[], rows: number, firstOnly: boolean): readonly Int32Array[] {
  const places = lists[0]!.length;
  const counts = new Int32Array(rows);
  const turned: Int32Array[] = [];
  const none = lists.length * places;
  lists.forEach((list, tap) => {
    for (let place = 0; place < places; place++) {
      const row = list[place]!;
      if (row < 0 || (firstOnly && lists.slice(0, tap).some((earlier) => earlier[place] === row))) continue;
      const turn = counts[row]!++;
      turned[turn] ??= new Int32Array(rows).fill(none);
      turned[turn][row] = tap * places + place;
    }
  });
  return turned.length === 0 ? [new Int32Array(rows).fill(none)] : turned;
}

function stepKey(step: Step, geometry: WindowGeometry): string {
  const { axis, before, after } = step;
  const { kernel, stride, dilation, pads } = geometry;
  return JSON.stringify([
    axis,
    layoutKey(before),
    layoutKey(after),
    kernel[axis],
    stride[axis],
    dilation[axis],
    pads[axis],
  ]);
}

interface MaximumStep extends Step {
  readonly lists: readonly Int32Array[];
  readonly cells: readonly Tensor[];
  readonly maximum: Tensor;
}

/** The layouts of x and of what is pooled from it, tiles left out. */
function layoutsOf(emitter: Emitter, x: ValueId, pooled: ValueId): readonly [RowLayout, RowLayout] {
  const wanted = emitter.plan.layout(pooled)!;
  return [emitter.placed(x).layout, { ...wanted, tile: wanted.tile.map(() => 1) }];
}

export function maximumAlongAxes(
  emitter: Emitter,
  x: ValueId,
  pooled: ValueId,
  geometry: WindowGeometry,
): { readonly steps: readonly MaximumStep[]; readonly result: Tensor } {
  const layouts = layoutsOf(emitter, x, pooled);
  let rows = emitter.rows(x).rows;
  const steps = stepsOf(...layouts).map((step): MaximumStep => {
    const lists = emitter.once(`maxima ${stepKey(step, geometry)}`, () => tapLists(step, geometry, true));
    const source = rows;
    const cells = lists.map((list) => gatherOrLowest(emitter, source, list));
    rows = emitter.maximum(cells);
    return { ...step, lists, cells, maximum: rows };
  });
  return { steps, result: rows };
}

/** Rows by number; -1 gives minus infinity. */
function gatherOrLowest(emitter: Emitter, rows: Tensor, list: Int32Array): Tensor {
  if (!list.includes(-1)) return emitter.gather(rows, 0, list);
  const extended = emitter.concat([rows, emitter.filled([1, rows.dims[1]!], -Infinity)], 0);
  return emitter.gather(
    extended,
    0,
    list.map((row) => (row < 0 ? rows.dims[0]! : row)),
  );
}

export function maximumGradientAlongAxes(
  emitter: Emitter,
  { x, y, dy, dx }: { readonly x: ValueId; readonly y: ValueId; readonly dy: ValueId; readonly dx: ValueId },
  geometry: WindowGeometry,
): { readonly layout: RowLayout; readonly rows: Tensor } {
  const { steps } = maximumAlongAxes(emitter, x, y, geometry);
  const wanted = emitter.plan.layout(dx)!;
  let gradient = emitter.rowsIn(dy, steps.at(-1)!.after);
  [...steps].reverse().forEach((step, index) => {
    const { cells, maximum } = step;
    const left = [gradient];
    for (const cell of cells.slice(0, -1)) left.push(passedOn(emitter, left.at(-1)!, maximum, cell));
    const shares = left.map((part, tap) => {
      const next = left[tap + 1];
      return next === undefined ? part : emitter.op("Sub", [part, next], part.dims);
    });
    const isLast = index === steps.length - 1;
    const before = isLast ? { ...wanted } : step.before;
    gradient = takeSeen(emitter, shares, { ...step, before }, geometry, true);
  });
  return { layout: wanted, rows: gradient };
}

/** Adds up, for each row before a step, what the windows that see it send it. */
function takeSeen(
  emitter: Emitter,
  shares: readonly Tensor[],
  step: Step,
  geometry: WindowGeometry,
  isMaximum: boolean,
): Tensor {
  const lists = emitter.once(`seen ${isMaximum} ${stepKey(step, geometry)}`, () =>
    seenBy(tapLists(step, geometry, isMaximum), rowCount(step.before), isMaximum),
  );
  const places = rowCount(step.after);
  const width = shares[0]!.dims[1]!;
  // One share for all taps: then the tap does not matter.
  const isShared = shares.length === 1;
  const total = isShared ? places : places * shares.length;
  const none = places * geometry.kernel[step.axis]!;
  const needsZero = lists.some((list) => list.includes(none));
  const zero = needsZero ? [emitter.filled([1, width], 0)] : [];
  const source = emitter.concat([...shares, ...zero], 0);
  const parts = lists.map((list) =>
    emitter.gather(
      source,
      0,
      list.map((at) => (at === none ? total : isShared ? at % places : at)),
    ),
  );
  return emitter.sum(parts);
}

/** One over the cells that each place's window sees, or one number where all see as many. */
function shareOf(emitter: Emitter, x: RowLayout, pooled: RowLayout, geometry: WindowGeometry): Tensor {
  const perAxis = x.size.map((size, axis) => {
    const places = windowPlaces(size, geometry, axis);
    return Array.from({ length: places }, (_, place) => {
      const taps = Array.from({ length: geometry.kernel[axis]! }, (_, tap) => tap);
      const first = place * geometry.stride[axis]! - geometry.pads[axis]![0];
      return taps.filter((tap) => {
        const at = first + tap * geometry.dilation[axis]!;
        return at >= 0 && at < size;
      }).length;
    });
  });
  const shares = new Float32Array(rowCount(pooled));
  forEachRow(pooled, (row, _, cell) => {
    let rest = cell;
    let count = 1;
    for (let axis = pooled.size.length - 1; axis >= 0; axis--) {
      count *= perAxis[axis]![rest % pooled.size[axis]!]!;
      rest = Math.floor(rest / pooled.size[axis]!);
    }
    shares[row] = 1 / count;
  });
  if (shares.every((share) => share === shares[0])) return emitter.scalar(shares[0]!);
  return emitter.floats(shares, [shares.length, 1]);
}

export function averageAlongAxes(
  emitter: Emitter,
  x: ValueId,
  pooled: ValueId,
  geometry: WindowGeometry,
): { readonly layout: RowLayout; readonly rows: Tensor } {
  const [before, after] = layoutsOf(emitter, x, pooled);
  let rows = emitter.rows(x).rows;
  for (const step of stepsOf(before, after)) {
    const lists = emitter.once(`sums ${stepKey(step, geometry)}`, () => tapLists(step, geometry, false));
    const source = rows;
    rows = emitter.sum(lists.map((list) => emitter.gatherRows(source, list)));
  }
  return {
    layout: after,
    rows: emitter.op("Mul", [rows, shareOf(emitter, before, after, geometry)], rows.dims),
  };
}

export function sumGradientAlongAxes(
  emitter: Emitter,
  dy: ValueId,
  dx: ValueId,
  geometry: WindowGeometry,
): { readonly layout: RowLayout; readonly rows: Tensor } {
  const wanted = emitter.plan.layout(dx)!;
  const pooled = emitter.plan.layout(dy)!;
  const steps = stepsOf(wanted, { ...pooled, tile: pooled.tile.map(() => 1) });
  const gradient = emitter.rowsIn(dy, steps.at(-1)!.after);
  const share = shareOf(emitter, wanted, steps.at(-1)!.after, geometry);
  let rows = emitter.op("Mul", [gradient, share], gradient.dims);
  for (const step of [...steps].reverse()) rows = takeSeen(emitter, [rows], step, geometry, false);
  return { layout: wanted, rows };
}
