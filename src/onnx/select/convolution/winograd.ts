import type { ValueId } from "../../../tensor/tensor-graph.ts";
import type { Emitter, PlacedRows } from "../emitter.ts";
import type { Tensor } from "../node-maker.ts";
import type { Form } from "../form.ts";
import { forEachRow, layoutKey, type RowLayout, rowCount, rowsOfCells, tileCount } from "../row-layout.ts";
import { usesWinograd } from "../winograd-choice.ts";
import type { ConvGeometry } from "./patches.ts";
import { geometryKey } from "./patches.ts";

/*
 * Winograd's F(2×2, 3×3) (Lavin and Gray, Fast algorithms for convolutional neural networks, 2015) by matrix products alone.
 * With B, G and A the transforms below and ⊗ their products for two axes, for each tile of 4×4 cells d of x, kernel g and
 * 2×2 cells y of the output:
 *
 *     y = (Aᵀ⊗Aᵀ) · [ (G⊗G) g ⊙ (Bᵀ⊗Bᵀ) d ]
 *
 * Each transform is one product with a constant matrix over all tiles and channels, and ⊙, summed over channels, is 16
 * products of [tiles, channels] with [channels, filters]. The gradients are the transposed steps; they share the transformed
 * tiles, kernels and gradients. The result comes in blocks, one a cell of the 2×2 tile, as a pooling after it wants them.
 */
const inputTransform = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];
const kernelTransform = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
];
const outputTransform = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
];

type Matrix = readonly (readonly number[])[];

/** The matrix that transforms both axes at once. */
function bothAxes(matrix: Matrix): Matrix {
  return matrix.flatMap((left) => matrix.map((right) => left.flatMap((a) => right.map((b) => a * b))));
}

function transposed(matrix: Matrix): Matrix {
  return matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));
}

function times(left: Matrix, right: Matrix): Matrix {
  const columns = transposed(right);
  return left.map((row) =>
    columns.map((column) => row.reduce((sum, value, index) => sum + value * column[index]!, 0)),
  );
}

/** One convolution's tiles. */
interface Tiling {
  /** Tiles along each axis; the last ones may overhang. */
  readonly grid: readonly [rows: number, columns: number];
  /** Tiles of all examples. */
  readonly count: number;
  /**
   * `count`, or one more where the gradient can come with a row of zeros at the end of each block for nothing: then cells
   * that no tile reaches can point there.
   */
  readonly rows: number;
  readonly geometry: ConvGeometry;
  readonly channels: number;
  readonly filters: number;
  /** Of the output. */
  readonly places: RowLayout;
}

function tilingOf(emitter: Emitter, output: ValueId, geometry: ConvGeometry, channels: number): Tiling {
  const places = emitter.plan.layout(output)!;
  const grid = [Math.ceil(places.box[0]! / 2), Math.ceil(places.box[1]! / 2)] as const;
  const count = places.batch * grid[0] * grid[1];
  const isCut = emitter.plan.isPooled(output) && isTiledByTwo(places);
  const filters = emitter.shape(output).at(-1)!;
  return { grid, count, rows: isCut ? count + 1 : count, geometry, channels, filters, places };
}

function isTiledByTwo({ tile }: RowLayout): boolean {
  return tile.every((cells) => cells === 2);
}

function applies(emitter: Emitter, output: ValueId, geometry: ConvGeometry, channels: number): boolean {
  const box = emitter.plan.layout(output)?.box;
  return (
    !emitter.isWebGpu &&
    box !== undefined &&
    usesWinograd(geometry, channels, emitter.shape(output).at(-1)!, box)
  );
}

export const winogradConv: Form<"conv"> = {
  name: "Winograd F(2×2, 3×3)",
  applies: (emitter, { id, inputs, attributes }) =>
    applies(emitter, id, attributes, emitter.shape(inputs[0]!).at(-1)!),
  emit(emitter, node) {
    const [x, kernel] = node.inputs as [ValueId, ValueId];
    const tiling = tilingOf(emitter, node.id, node.attributes, emitter.shape(x).at(-1)!);
    const { rows, count, filters, places } = tiling;
    const products = emitter.matmul(
      transformInput(emitter, x, tiling),
      transformKernel(emitter, kernel, tiling),
    );
    const wide = emitter.reshape(products, [16, rows * filters]);
    const cells = emitter.matmul(emitter.matrix(bothAxes(outputTransform)), wide);
    const all = emitter.reshape(cells, [4 * rows, filters]);
    if (!isTiledByTwo(places)) {
      const made = emitter.once(`untile ${layoutKey(places)} ${rows}`, () => tileRows(places, tiling));
      emitter.storeRows(node.id, { layout: places, channels: filters, rows: emitter.gatherRows(all, made) });
    } else if (emitter.plan.isPooled(node.id)) {
      const blocks = [0, 1, 2, 3].map((block) => emitter.sliceRows(all, block * rows, count));
      emitter.storeRows(node.id, { layout: places, channels: filters, blocks });
    } else {
      emitter.storeRows(node.id, { layout: places, channels: filters, rows: all });
    }
  },
};

export const winogradKernelGradient: Form<"convKernelGradient"> = {
  name: "Winograd F(2×2, 3×3), transposed",
  applies: (emitter, { inputs: [x, dy], attributes }) =>
    applies(emitter, dy!, attributes, emitter.shape(x!).at(-1)!),
  emit(emitter, node) {
    const [x, dy] = node.inputs as [ValueId, ValueId];
    const tiling = tilingOf(emitter, dy, node.attributes, emitter.shape(x).at(-1)!);
    const gradient = transformGradient(emitter, dy, tiling);
    const products = emitter.matmulTransposed(transformInput(emitter, x, tiling), gradient, "left");
    const wide = emitter.reshape(products, [16, tiling.channels * tiling.filters]);
    emitter.store(node.id, emitter.matmul(emitter.matrix(transposed(bothAxes(kernelTransform))), wide));
  },
};

export const winogradInputGradient: Form<"convInputGradient"> = {
  name: "Winograd F(2×2, 3×3), transposed",
  applies: (emitter, { id, inputs, attributes }) =>
    applies(emitter, inputs[0]!, attributes, emitter.shape(id).at(-1)!),
  emit(emitter, node) {
    const [dy, kernel] = node.inputs as [ValueId, ValueId];
    const channels = emitter.shape(node.id).at(-1)!;
    const tiling = tilingOf(emitter, dy, node.attributes, channels);
    const gradient = transformGradient(emitter, dy, tiling);
    const products = emitter.matmulTransposed(gradient, transformKernel(emitter, kernel, tiling), "right");
    const wide = emitter.reshape(products, [16, tiling.rows * channels]);
    const cells = emitter.matmul(emitter.matrix(transposed(bothAxes(inputTransform))), wide);
    const all = emitter.reshape(cells, [16 * tiling.rows, channels]);
    const wanted = emitter.plan.layout(node.id)!;
    const key = `overlap ${layoutKey(wanted)} ${layoutKey(tiling.places)} ${tiling.rows} ${geometryKey(node.attributes)}`;
    const lists = emitter.once(key, () => overlapRows(wanted, tiling));
    const extended = tiling.rows > tiling.count ? all : emitter.withZeroRow(all);
    const parts = lists.map((indices) => emitter.gather(extended, 0, indices));
    emitter.storeRows(node.id, { layout: wanted, channels, rows: emitter.sum(parts) });
  },
};

/** [16, rows, channels]. */
function transformInput(emitter: Emitter, x: ValueId, tiling: Tiling): Tensor {
  const placed = emitter.placed(x);
  const matrix = emitter.rowsOf(placed);
  const { rows, channels, places, geometry } = tiling;
  const key = `tiles ${matrix.handle} ${layoutKey(placed.layout)} ${layoutKey(places)} ${rows} ${geometryKey(geometry)}`;
  const tiles = emitter.once(key, () => emitter.gatherRows(matrix, inputTileRows(placed, tiling)));
  const wide = emitter.reshape(tiles, [16, rows * channels]);
  const transform = emitter.matrix(bothAxes(inputTransform));
  return emitter.reshape(emitter.matmul(transform, wide), [16, rows, channels]);
}

/** The rows of x that each tile's 16 cells see, [16, rows]; -1 for padding. What a row too many sees is of no account. */
function inputTileRows({ layout }: PlacedRows, { grid, count, rows, geometry, places }: Tiling): Int32Array {
  const cells = rowsOfCells(layout);
  const tiles = tileCount(layout);
  const [height, width] = layout.size as readonly [number, number];
  const indices = new Int32Array(16 * rows);
  for (let index = 0; index < indices.length; index++) {
    const tile = index % rows;
    const part = Math.floor(index / rows);
    if (tile >= count) continue;
    const column = tile % grid[1];
    const row = Math.floor(tile / grid[1]) % grid[0];
    const example = Math.floor(tile / (grid[0] * grid[1]));
    const y = 2 * row + (part >> 2) - geometry.pads[0]![0];
    const x = 2 * column + (part & 3) - geometry.pads[1]![0];
    const isInside = y >= 0 && y < height && x >= 0 && x < width && example < places.batch;
    const base = isInside ? cells[y * width + x]! : -1;
    indices[index] = base < 0 ? -1 : base + example * tiles;
  }
  return indices;
}

/** [16, channels, filters]. */
function transformKernel(emitter: Emitter, kernel: ValueId, { channels, filters }: Tiling): Tensor {
  const wide = emitter.reshape(emitter.flat(kernel), [9, channels * filters]);
  const transform = emitter.matrix(bothAxes(kernelTransform));
  return emitter.reshape(emitter.matmul(transform, wide), [16, channels, filters]);
}

/** [16, rows, filters]; from the parts of a pooling's gradient, whose differences the constant matrix takes. */
function transformGradient(emitter: Emitter, dy: ValueId, tiling: Tiling): Tensor {
  const { rows, count, filters, places } = tiling;
  const transform = transposed(bothAxes(outputTransform));
  if (isTiledByTwo(places) && rows > count) {
    const placed = emitter.placedIn(dy, places);
    const { tensors, matrix } = placed.parts ?? { tensors: emitter.blocksOf(placed), matrix: undefined };
    const zeros = emitter.filled([rows - count, filters], 0);
    const stacked = emitter.concat(
      tensors.flatMap((tensor) => [emitter.reshape(tensor, [count, filters]), zeros]),
      0,
    );
    const constant = emitter.matrix(matrix === undefined ? transform : times(transform, matrix));
    const wide = emitter.reshape(stacked, [tensors.length, rows * filters]);
    return emitter.reshape(emitter.matmul(constant, wide), [16, rows, filters]);
  }
  const wide = emitter.reshape(tiledGradient(emitter, dy, tiling), [4, rows * filters]);
  return emitter.reshape(emitter.matmul(emitter.matrix(transform), wide), [16, rows, filters]);
}

/** The gradient as four blocks of tiles, zeros where tiles overhang. */
function tiledGradient(emitter: Emitter, dy: ValueId, tiling: Tiling): Tensor {
  const { places } = tiling;
  if (isTiledByTwo(places)) return emitter.rowsIn(dy, places);
  const { rows, layout } = emitter.rows(dy);
  const key = `tile ${rows.handle} ${layoutKey(layout)} ${tiling.grid.join("x")}`;
  return emitter.once(key, () => {
    const indices = new Int32Array(4 * tiling.rows).fill(-1);
    tileRows(layout, tiling).forEach((tileRow, row) => {
      indices[tileRow] = row;
    });
    return emitter.gatherRows(rows, indices);
  });
}

/** For each row of a layout of the output, its row among the tiles' blocks. */
function tileRows(layout: RowLayout, { grid, rows }: Tiling): Int32Array {
  const width = layout.size[1]!;
  const indices = new Int32Array(rowCount(layout));
  forEachRow(layout, (row, example, cell) => {
    const [y, x] = [Math.floor(cell / width), cell % width];
    const tile = (example * grid[0] + (y >> 1)) * grid[1] + (x >> 1);
    indices[row] = ((y & 1) * 2 + (x & 1)) * rows + tile;
  });
  return indices;
}

/** Each cell of x lies in up to four tiles: in which, as four lists; the row of zeros where there are fewer. */
function overlapRows(wanted: RowLayout, { grid, count, rows, geometry }: Tiling): readonly Int32Array[] {
  const width = wanted.size[1]!;
  const [top, left] = [geometry.pads[0]![0], geometry.pads[1]![0]];
  const none = rows > count ? count : 16 * rows;
  return [0, 1, 2, 3].map((turn) => {
    const indices = new Int32Array(rowCount(wanted));
    const [up, back] = [turn >> 1, turn & 1];
    forEachRow(wanted, (row, example, cell) => {
      const y = Math.floor(cell / width) + top;
      const x = (cell % width) + left;
      const tileRow = (y >> 1) - up;
      const tileColumn = (x >> 1) - back;
      const isInside = tileRow >= 0 && tileRow < grid[0] && tileColumn >= 0 && tileColumn < grid[1];
      const part = ((y & 1) + 2 * up) * 4 + (x & 1) + 2 * back;
      const tile = (example * grid[0] + tileRow) * grid[1] + tileColumn;
      indices[row] = isInside ? part * rows + tile : none;
    });
    return indices;
  });
}
