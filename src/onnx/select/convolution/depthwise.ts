import type { ValueId, WindowGeometry } from "../../../tensor/tensor-graph.ts";
import type { Emitter } from "../emitter.ts";
import type { Tensor } from "../node-maker.ts";
import type { Form } from "../form.ts";
import { layoutKey, product, rowCount, type RowLayout } from "../row-layout.ts";
import { meetingRows } from "./direct.ts";
import { geometryKey, tapRows } from "./patches.ts";

/*
 * One filter a channel: too little work a number for products of matrices, so each tap is a gather, and a multiplication of
 * every row by the tap's numbers.
 */

function isDepthwise(geometry: { readonly groups: number }, channels: number, filters: number): boolean {
  return geometry.groups > 1 && geometry.groups === channels && filters === channels;
}

function lastOf(emitter: Emitter, value: ValueId): number {
  return emitter.shape(value).at(-1)!;
}

export const depthwiseConv: Form<"conv"> = {
  name: "sum over taps",
  applies: (emitter, { id, inputs, attributes }) =>
    isDepthwise(attributes, lastOf(emitter, inputs[0]!), lastOf(emitter, id)),
  emit(emitter, node) {
    const [x, kernel] = node.inputs as [ValueId, ValueId];
    const layout = emitter.plan.layout(node.id)!;
    const channels = lastOf(emitter, node.id);
    const products = seenByTaps(emitter, x, layout, node.attributes).map((seen, tap) =>
      emitter.withRow("Mul", seen, tapRow(emitter, kernel, tap, channels)),
    );
    emitter.storeRows(node.id, { layout, channels, rows: emitter.sum(products) });
  },
};

export const depthwiseKernelGradient: Form<"convKernelGradient"> = {
  name: "sum over places for each tap",
  applies: (emitter, { inputs, attributes }) =>
    isDepthwise(attributes, lastOf(emitter, inputs[0]!), lastOf(emitter, inputs[1]!)),
  emit(emitter, node) {
    const [x, dy] = node.inputs as [ValueId, ValueId];
    const { rows, layout } = emitter.rows(dy);
    const sums = seenByTaps(emitter, x, layout, node.attributes).map((seen) =>
      emitter.sumRows(emitter.op("Mul", [seen, rows], rows.dims)),
    );
    emitter.store(node.id, emitter.concat(sums, 0));
  },
};

export const depthwiseInputGradient: Form<"convInputGradient"> = {
  name: "sum over taps, from what meets",
  applies: (emitter, { id, inputs, attributes }) =>
    isDepthwise(attributes, lastOf(emitter, id), lastOf(emitter, inputs[0]!)),
  emit(emitter, node) {
    const [dy, kernel] = node.inputs as [ValueId, ValueId];
    const wanted = emitter.plan.layout(node.id)!;
    const channels = lastOf(emitter, node.id);
    const { rows, layout } = emitter.rows(dy);
    const taps = product(node.attributes.kernel);
    const lists = emitter.once(
      `taps back ${layoutKey(layout)} ${layoutKey(wanted)} ${geometryKey(node.attributes)}`,
      () => rowsByTap(layout, wanted, node.attributes, taps),
    );
    const extended = emitter.withZeroRow(rows);
    const products = lists.map((indices, tap) =>
      emitter.withRow("Mul", emitter.gather(extended, 0, indices), tapRow(emitter, kernel, tap, channels)),
    );
    emitter.storeRows(node.id, { layout: wanted, channels, rows: emitter.sum(products) });
  },
};

/** For each tap, the place whose tap sees each cell; the row of zeros where there is none. */
function rowsByTap(
  places: RowLayout,
  cells: RowLayout,
  geometry: WindowGeometry,
  taps: number,
): readonly Int32Array[] {
  const none = rowCount(places);
  const byTap = Array.from({ length: taps }, () => new Int32Array(rowCount(cells)).fill(none));
  for (const list of meetingRows(places, cells, geometry)) {
    list.forEach((sent, row) => {
      const place = Math.floor(sent / taps);
      if (place < none) byTap[sent % taps]![row] = place;
    });
  }
  return byTap;
}

/** The rows that each tap sees at all places, [places, channels] a tap. */
function seenByTaps(
  emitter: Emitter,
  x: ValueId,
  places: RowLayout,
  geometry: WindowGeometry,
): readonly Tensor[] {
  const { rows, layout } = emitter.rows(x);
  const taps = product(geometry.kernel);
  const key = `by tap ${rows.handle} ${layoutKey(layout)} ${layoutKey(places)} ${geometryKey(geometry)}`;
  return emitter.once(key, () => {
    const all = tapRows(layout, places, geometry);
    return Array.from({ length: taps }, (_, tap) =>
      emitter.gatherRows(
        rows,
        Int32Array.from({ length: rowCount(places) }, (_, row) => all[row * taps + tap]!),
      ),
    );
  });
}

/** The numbers of one tap, one a channel. */
function tapRow(emitter: Emitter, kernel: ValueId, tap: number, channels: number): Tensor {
  const matrix = emitter.reshape(emitter.flat(kernel), [product(emitter.shape(kernel)) / channels, channels]);
  return emitter.gather(matrix, 0, Int32Array.of(tap));
}
