import type { ValueId, WindowGeometry } from "../../tensor/tensor-graph.ts";
import type { Emitter, PlacedRows } from "./emitter.ts";
import type { Form } from "./form.ts";
import {
  averageAlongAxes,
  maximumAlongAxes,
  maximumGradientAlongAxes,
  sumGradientAlongAxes,
} from "./pooling-by-axis.ts";
import {
  nchwcAveragePool,
  nchwcAveragePoolGradient,
  nchwcMaxPool,
  nchwcMaxPoolGradient,
} from "./pooling-nchwc.ts";
import { passedOn } from "./passed-on.ts";
import { blockCount, product, type RowLayout, sameLayout } from "./row-layout.ts";

/** Whether a value is wanted with one block for each cell of these windows: then pooling is elementwise on blocks. */
function blocksAreWindows(layout: RowLayout, geometry: WindowGeometry, pooled: RowLayout): boolean {
  return (
    blockCount(layout) > 1 &&
    geometry.kernel.every(
      (cells, axis) =>
        cells === layout.tile[axis] &&
        geometry.stride[axis] === cells &&
        geometry.dilation[axis] === 1 &&
        geometry.pads[axis]!.every((pad) => pad === 0) &&
        layout.box[axis] === pooled.box[axis]! * cells,
    )
  );
}

/** The layout of what comes of the blocks: one row a tile. */
function pooledLayout(emitter: Emitter, pooled: ValueId): RowLayout {
  const wanted = emitter.plan.layout(pooled)!;
  return { ...wanted, tile: wanted.tile.map(() => 1) };
}

function windowsOf(
  emitter: Emitter,
  x: ValueId,
  pooled: ValueId,
  geometry: WindowGeometry,
): PlacedRows | undefined {
  const placed = emitter.placed(x);
  const wanted = emitter.plan.layout(x)!;
  const layout = pooledLayout(emitter, pooled);
  if (!blocksAreWindows(wanted, geometry, layout)) return undefined;
  return sameLayout(placed.layout, wanted) ? placed : emitter.placedIn(x, wanted);
}

const blockMaximum: Form<"maxPool"> = {
  name: "maximum of blocks",
  applies: (emitter, { id, inputs, attributes }) =>
    windowsOf(emitter, inputs[0]!, id, attributes) !== undefined,
  emit(emitter, node) {
    const placed = windowsOf(emitter, node.inputs[0]!, node.id, node.attributes)!;
    const rows = emitter.maximum(emitter.blocksOf(placed));
    emitter.storeRows(node.id, { layout: pooledLayout(emitter, node.id), channels: placed.channels, rows });
  },
};

const axisMaximum: Form<"maxPool"> = {
  name: "maximum along each axis",
  emit(emitter, node) {
    const { steps, result } = maximumAlongAxes(emitter, node.inputs[0]!, node.id, node.attributes);
    const channels = emitter.shape(node.id).at(-1)!;
    emitter.storeRows(node.id, { layout: steps.at(-1)!.after, channels, rows: result });
  },
};

/**
 * To the first maximum of each window: what is left of the gradient goes from cell to cell as long as the cell is below the
 * maximum. Parts are what is left before each cell; cell b gets part b less part b + 1. What is linear in the gradient takes the
 * parts, and the differences are never made.
 */
const blockMaximumGradient: Form<"maxPoolGradient"> = {
  name: "what is left from block to block",
  applies: (emitter, { inputs: [x, y], attributes }) => windowsOf(emitter, x!, y!, attributes) !== undefined,
  emit(emitter, node) {
    const [x, y, dy] = node.inputs as [ValueId, ValueId, ValueId];
    const placed = windowsOf(emitter, x, y, node.attributes)!;
    const blocks = emitter.blocksOf(placed);
    const maximum = emitter.rowsIn(y, pooledLayout(emitter, y));
    const parts = [emitter.rowsIn(dy, pooledLayout(emitter, y))];
    for (const block of blocks.slice(0, -1)) parts.push(passedOn(emitter, parts.at(-1)!, maximum, block));
    emitter.storeRows(node.id, {
      layout: placed.layout,
      channels: placed.channels,
      parts: { tensors: parts, matrix: differences(blocks.length) },
    });
  },
};

/** Row b is part b less part b + 1; the last is the last part. */
function differences(count: number): readonly (readonly number[])[] {
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: count }, (_, column) => (column === row ? 1 : column === row + 1 ? -1 : 0)),
  );
}

const axisMaximumGradient: Form<"maxPoolGradient"> = {
  name: "what is left along each axis",
  emit(emitter, node) {
    const [x, y, dy] = node.inputs as [ValueId, ValueId, ValueId];
    const { layout, rows } = maximumGradientAlongAxes(emitter, { x, y, dy, dx: node.id }, node.attributes);
    emitter.storeRows(node.id, { layout, channels: emitter.shape(node.id).at(-1)!, rows });
  },
};

const blockAverage: Form<"averagePool"> = {
  name: "sum of blocks",
  applies: (emitter, { id, inputs, attributes }) =>
    windowsOf(emitter, inputs[0]!, id, attributes) !== undefined,
  emit(emitter, node) {
    const placed = windowsOf(emitter, node.inputs[0]!, node.id, node.attributes)!;
    const sum = emitter.sum(emitter.blocksOf(placed));
    const rows = emitter.op("Mul", [sum, emitter.scalar(1 / product(node.attributes.kernel))], sum.dims);
    emitter.storeRows(node.id, { layout: pooledLayout(emitter, node.id), channels: placed.channels, rows });
  },
};

const axisAverage: Form<"averagePool"> = {
  name: "sum along each axis",
  emit(emitter, node) {
    const { layout, rows } = averageAlongAxes(emitter, node.inputs[0]!, node.id, node.attributes);
    emitter.storeRows(node.id, { layout, channels: emitter.shape(node.id).at(-1)!, rows });
  },
};

const blockAverageGradient: Form<"averagePoolGradient"> = {
  name: "the same for each block",
  applies(emitter, { id, inputs, attributes }) {
    const wanted = emitter.plan.layout(id)!;
    return blocksAreWindows(wanted, attributes, pooledLayout(emitter, inputs[0]!));
  },
  emit(emitter, node) {
    const layout = emitter.plan.layout(node.id)!;
    const dy = emitter.rowsIn(node.inputs[0]!, pooledLayout(emitter, node.inputs[0]!));
    const share = emitter.op("Mul", [dy, emitter.scalar(1 / product(node.attributes.kernel))], dy.dims);
    const matrix = Array.from({ length: blockCount(layout) }, () => [1]);
    emitter.storeRows(node.id, { layout, channels: dy.dims[1]!, parts: { tensors: [share], matrix } });
  },
};

const axisAverageGradient: Form<"averagePoolGradient"> = {
  name: "shares gathered along each axis",
  emit(emitter, node) {
    const { layout, rows } = sumGradientAlongAxes(emitter, node.inputs[0]!, node.id, node.attributes);
    emitter.storeRows(node.id, { layout, channels: emitter.shape(node.id).at(-1)!, rows });
  },
};

export const poolingForms = {
  maxPool: [nchwcMaxPool, blockMaximum, axisMaximum],
  maxPoolGradient: [nchwcMaxPoolGradient, blockMaximumGradient, axisMaximumGradient],
  averagePool: [nchwcAveragePool, blockAverage, axisAverage],
  averagePoolGradient: [nchwcAveragePoolGradient, blockAverageGradient, axisAverageGradient],
} as const;
