import type { ValueId, WindowGeometry } from "../../../tensor/tensor-graph.ts";
import { int } from "../../attributes.ts";
import type { Emitter } from "../emitter.ts";
import type { Tensor } from "../node-maker.ts";
import type { Form } from "../form.ts";
import { layoutKey, product, rowCount, type RowLayout } from "../row-layout.ts";
import { gradientPatches, placesByTap } from "./direct.ts";
import { arePatchesTooLarge, geometryKey, patches, tapRows } from "./patches.ts";

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
    const lists = emitter.once(
      `taps back ${layoutKey(layout)} ${layoutKey(wanted)} ${geometryKey(node.attributes)}`,
      () => rowsOfTaps(placesByTap(layout, wanted, node.attributes), product(node.attributes.kernel)),
    );
    const extended = emitter.withZeroRow(rows);
    const products = lists.map((indices, tap) => {
      const pointed = indices.map((index) => (index < 0 ? rowCount(layout) : index));
      return emitter.withRow(
        "Mul",
        emitter.gather(extended, 0, pointed),
        tapRow(emitter, kernel, tap, channels),
      );
    });
    emitter.storeRows(node.id, { layout: wanted, channels, rows: emitter.sum(products) });
  },
};

/* On a GPU, where every node costs its launch, all taps at once: a stack [rows, taps, channels]. */

function areTapsStacked(emitter: Emitter, cells: ValueId, geometry: WindowGeometry): boolean {
  return emitter.isWebGpu && !arePatchesTooLarge(emitter, cells, lastOf(emitter, cells), geometry);
}

export const stackedDepthwiseConv: Form<"conv"> = {
  name: "patches times taps, summed",
  applies: (emitter, node) =>
    depthwiseConv.applies!(emitter, node) && areTapsStacked(emitter, node.id, node.attributes),
  emit(emitter, node) {
    const [x, kernel] = node.inputs as [ValueId, ValueId];
    const layout = emitter.plan.layout(node.id)!;
    const seen = patches(emitter, emitter.placed(x), layout, node.attributes);
    storeTapSum(emitter, node.id, { layout, seen, kernel });
  },
};

export const stackedDepthwiseInputGradient: Form<"convInputGradient"> = {
  name: "patches of the gradient times taps, summed",
  applies: (emitter, node) =>
    depthwiseInputGradient.applies!(emitter, node) && areTapsStacked(emitter, node.id, node.attributes),
  emit(emitter, node) {
    const [dy, kernel] = node.inputs as [ValueId, ValueId];
    const layout = emitter.plan.layout(node.id)!;
    const seen = gradientPatches(emitter, dy, layout, node.attributes);
    storeTapSum(emitter, node.id, { layout, seen, kernel });
  },
};

export const stackedDepthwiseKernelGradient: Form<"convKernelGradient"> = {
  name: "patches times gradient, summed",
  applies: (emitter, node) =>
    depthwiseKernelGradient.applies!(emitter, node) &&
    areTapsStacked(emitter, node.inputs[1]!, node.attributes),
  emit(emitter, node) {
    const [x, dy] = node.inputs as [ValueId, ValueId];
    const { rows, layout } = emitter.rows(dy);
    const [count, channels] = rows.dims as readonly [number, number];
    const taps = product(node.attributes.kernel);
    const seen = patches(emitter, emitter.placed(x), layout, node.attributes);
    const stack = emitter.reshape(seen, [count, taps, channels]);
    const products = emitter.op("Mul", [stack, emitter.reshape(rows, [count, 1, channels])], stack.dims);
    emitter.store(node.id, emitter.sumRows(emitter.reshape(products, [count, taps * channels])));
  },
};

/** Stores the sum over taps of what each cell sees times the tap's numbers. */
function storeTapSum(
  emitter: Emitter,
  value: ValueId,
  { layout, seen, kernel }: { readonly layout: RowLayout; readonly seen: Tensor; readonly kernel: ValueId },
): void {
  const channels = lastOf(emitter, value);
  const count = rowCount(layout);
  const taps = product(seen.dims) / (count * channels);
  const stack = emitter.reshape(seen, [count, taps, channels]);
  const weights = emitter.reshape(emitter.flat(kernel), [1, taps, channels]);
  const products = emitter.op("Mul", [stack, weights], stack.dims);
  const rows = emitter.op("ReduceSum", [products, emitter.int64s([1])], [count, channels], {
    keepdims: int(0),
  });
  emitter.storeRows(value, { layout, channels, rows });
}

/** The rows that each tap sees, out of [places, taps]. */
function rowsOfTaps(all: Int32Array, taps: number): readonly Int32Array[] {
  return Array.from({ length: taps }, (_, tap) =>
    Int32Array.from({ length: all.length / taps }, (__, row) => all[row * taps + tap]!),
  );
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
    return rowsOfTaps(tapRows(layout, places, geometry), taps).map((indices) =>
      emitter.gatherRows(rows, indices),
    );
  });
}

/** The numbers of one tap, one a channel. */
function tapRow(emitter: Emitter, kernel: ValueId, tap: number, channels: number): Tensor {
  const matrix = emitter.reshape(emitter.flat(kernel), [product(emitter.shape(kernel)) / channels, channels]);
  return emitter.gather(matrix, 0, Int32Array.of(tap));
}
