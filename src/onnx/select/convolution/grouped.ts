import type { ValueId, WindowGeometry } from "../../../tensor/tensor-graph.ts";
import type { Emitter } from "../emitter.ts";
import type { Tensor } from "../node-maker.ts";
import type { Form } from "../form.ts";
import { layoutKey, product, rowCount, type RowLayout } from "../row-layout.ts";
import { meetingRows } from "./direct.ts";
import { geometryKey, tapRows } from "./patches.ts";

/*
 * Convolutions in groups as stacks of products, one a group. Every gather moves a group's channels of a row, so the order that
 * a stack wants, groups outermost, costs nothing.
 */

interface Grouping {
  readonly groups: number;
  /** Of one group. */
  readonly channels: number;
  readonly filters: number;
  readonly taps: number;
}

function groupingOf(
  emitter: Emitter,
  x: ValueId,
  dy: ValueId,
  geometry: WindowGeometry & { groups: number },
): Grouping {
  const { groups, kernel } = geometry;
  return {
    groups,
    channels: emitter.shape(x).at(-1)! / groups,
    filters: emitter.shape(dy).at(-1)! / groups,
    taps: product(kernel),
  };
}

const isGrouped = (geometry: { readonly groups: number }): boolean => geometry.groups > 1;

export const groupedConv: Form<"conv"> = {
  name: "stack of products, one a group",
  applies: (_, { attributes }) => isGrouped(attributes),
  emit(emitter, node) {
    const [x, kernel] = node.inputs as [ValueId, ValueId];
    const layout = emitter.plan.layout(node.id)!;
    const grouping = groupingOf(emitter, x, node.id, node.attributes);
    const seen = groupedPatches(emitter, x, layout, grouping, node.attributes);
    const stack = emitter.matmul(seen, groupedKernel(emitter, kernel, grouping));
    const rows = joinGroups(emitter, stack, grouping.groups);
    emitter.storeRows(node.id, { layout, channels: rows.dims[1]!, rows });
  },
};

export const groupedKernelGradient: Form<"convKernelGradient"> = {
  name: "stack of transposed products, one a group",
  applies: (_, { attributes }) => isGrouped(attributes),
  emit(emitter, node) {
    const [x, dy] = node.inputs as [ValueId, ValueId];
    const { rows, layout } = emitter.rows(dy);
    const grouping = groupingOf(emitter, x, dy, node.attributes);
    const seen = groupedPatches(emitter, x, layout, grouping, node.attributes);
    const stack = emitter.matmulTransposed(seen, splitGroups(emitter, rows, grouping.groups), "left");
    emitter.store(node.id, joinGroups(emitter, stack, grouping.groups));
  },
};

export const groupedInputGradient: Form<"convInputGradient"> = {
  name: "stack of products, gathered and added",
  applies: (_, { attributes }) => isGrouped(attributes),
  emit(emitter, node) {
    const [dy, kernel] = node.inputs as [ValueId, ValueId];
    const wanted = emitter.plan.layout(node.id)!;
    const grouping = groupingOf(emitter, node.id, dy, node.attributes);
    const { groups, channels, taps } = grouping;
    const { rows, layout } = emitter.rows(dy);
    const split = splitGroups(emitter, emitter.withZeroRow(rows), groups);
    const sent = emitter.matmulTransposed(split, groupedKernel(emitter, kernel, grouping), "right");
    const perGroup = (rowCount(layout) + 1) * taps;
    const sentRows = emitter.reshape(sent, [groups * perGroup, channels]);
    const key = `groups meet ${groups} ${layoutKey(layout)} ${layoutKey(wanted)} ${geometryKey(node.attributes)}`;
    const lists = emitter.once(key, () =>
      meetingRows(layout, wanted, node.attributes).map((list) =>
        Int32Array.from(
          { length: list.length * groups },
          (_, index) => (index % groups) * perGroup + list[Math.floor(index / groups)]!,
        ),
      ),
    );
    const parts = lists.map((indices) => emitter.gather(sentRows, 0, indices));
    const sum = emitter.reshape(emitter.sum(parts), [rowCount(wanted), groups * channels]);
    emitter.storeRows(node.id, { layout: wanted, channels: groups * channels, rows: sum });
  },
};

/** [groups, places, taps · channels]. */
function groupedPatches(
  emitter: Emitter,
  x: ValueId,
  places: RowLayout,
  { groups, channels, taps }: Grouping,
  geometry: WindowGeometry,
): Tensor {
  const { rows, layout } = emitter.rows(x);
  const key = `groups ${groups} ${rows.handle} ${layoutKey(layout)} ${layoutKey(places)} ${geometryKey(geometry)}`;
  const gathered = emitter.once(key, () => {
    const list = tapRows(layout, places, geometry);
    const indices = new Int32Array(list.length * groups);
    for (let group = 0; group < groups; group++) {
      list.forEach((row, index) => {
        indices[group * list.length + index] = row < 0 ? -1 : row * groups + group;
      });
    }
    return emitter.gatherRows(emitter.reshape(rows, [rows.dims[0]! * groups, channels]), indices);
  });
  return emitter.reshape(gathered, [groups, rowCount(places), taps * channels]);
}

/** [taps · channels, groups · filters] → [groups, taps · channels, filters]. */
function groupedKernel(
  emitter: Emitter,
  kernel: ValueId,
  { groups, channels, filters, taps }: Grouping,
): Tensor {
  return splitGroups(
    emitter,
    emitter.reshape(emitter.flat(kernel), [taps * channels, groups * filters]),
    groups,
  );
}

/** [rows, groups · n] → [groups, rows, n]. */
function splitGroups(emitter: Emitter, matrix: Tensor, groups: number): Tensor {
  const [rows, columns] = matrix.dims as readonly [number, number];
  const width = columns / groups;
  const indices = emitter.once(`split ${rows} ${groups}`, () =>
    Int32Array.from(
      { length: rows * groups },
      (_, index) => (index % rows) * groups + Math.floor(index / rows),
    ),
  );
  const pieces = emitter.gather(emitter.reshape(matrix, [rows * groups, width]), 0, indices);
  return emitter.reshape(pieces, [groups, rows, width]);
}

/** [groups, rows, n] → [rows, groups · n]. */
function joinGroups(emitter: Emitter, stack: Tensor, groups: number): Tensor {
  const [, rows, width] = stack.dims as readonly [number, number, number];
  const indices = emitter.once(`join ${rows} ${groups}`, () =>
    Int32Array.from(
      { length: rows * groups },
      (_, index) => (index % groups) * rows + Math.floor(index / groups),
    ),
  );
  const pieces = emitter.gather(emitter.reshape(stack, [groups * rows, width]), 0, indices);
  return emitter.reshape(pieces, [rows, groups * width]);
}
