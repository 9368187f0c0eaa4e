/**
 * How a spatial value [N, spatial…, C] lies in memory while training: as rows of C numbers, one a cell of an image. Every
 * gather absorbs an order of rows for nothing, so the order is chosen for whoever reads it: cells that one pooling window or
 * one Winograd tile joins lie in separate blocks, which elementwise operations then combine.
 */
export interface RowLayout {
  readonly batch: number;
  /** The spatial size that the value has by its shape. */
  readonly size: readonly number[];
  /** The cells that exist along each axis, counted from the first; the others are never read, or are zeros of a gradient. */
  readonly box: readonly number[];
  /**
   * The box is cut into tiles of this size, which divides it. Rows are ordered by the cell's place in its tile (the block),
   * then by example, then by tile; all row-major.
   */
  readonly tile: readonly number[];
}

/** The layout of a value as its shape says: row-major. */
export function plainLayout(batch: number, size: readonly number[]): RowLayout {
  return { batch, size, box: size, tile: size.map(() => 1) };
}

export function isPlain({ size, box, tile }: RowLayout): boolean {
  return size.every((cells, axis) => cells === box[axis] && tile[axis] === 1);
}

export function sameLayout(left: RowLayout, right: RowLayout): boolean {
  return left === right || layoutKey(left) === layoutKey(right);
}

export function layoutKey({ batch, size, box, tile }: RowLayout): string {
  return `${batch};${size.join("x")};${box.join("x")};${tile.join("x")}`;
}

export function rowCount({ batch, box }: RowLayout): number {
  return batch * product(box);
}

/** Blocks of a layout: the cells of a tile. */
export function blockCount({ tile }: RowLayout): number {
  return product(tile);
}

/** Tiles of one example. */
export function tileCount({ box, tile }: RowLayout): number {
  return product(box) / product(tile);
}

/** Where each cell of the first example stands; -1 for cells that do not exist. Example n stands n · tileCount further. */
export function rowsOfCells(layout: RowLayout): Int32Array {
  const { batch, size, box, tile } = layout;
  const rowsInBlock = batch * tileCount(layout);
  const rows = new Int32Array(product(size));
  const cell = size.map(() => 0);
  for (let index = 0; index < rows.length; index++) {
    let block = 0;
    let tileIndex = 0;
    let exists = true;
    for (let axis = 0; axis < size.length; axis++) {
      const [at, edge] = [cell[axis]!, tile[axis]!];
      exists &&= at < box[axis]!;
      block = block * edge + (at % edge);
      tileIndex = tileIndex * (box[axis]! / edge) + Math.floor(at / edge);
    }
    rows[index] = exists ? block * rowsInBlock + tileIndex : -1;
    advance(cell, size);
  }
  return rows;
}

/** The cell (row-major over `size`) of each row of the first example's share, in the order of rows: blocks, then tiles. */
export function cellsInOrder(layout: RowLayout): Int32Array {
  const rows = rowsOfCells(layout);
  const tiles = tileCount(layout);
  const rowsInBlock = layout.batch * tiles;
  const cells = new Int32Array(product(layout.box));
  rows.forEach((row, cell) => {
    if (row >= 0) cells[Math.floor(row / rowsInBlock) * tiles + (row % rowsInBlock)] = cell;
  });
  return cells;
}

/**
 * Calls `visit` for every row of a layout in its order.
 *
 * @param visit gets the row, the example and the cell (row-major over the whole size)
 */
export function forEachRow(
  layout: RowLayout,
  visit: (row: number, example: number, cell: number) => void,
): void {
  const cells = cellsInOrder(layout);
  const tiles = tileCount(layout);
  let row = 0;
  for (let block = 0; block < cells.length; block += tiles) {
    for (let example = 0; example < layout.batch; example++) {
      for (let tile = 0; tile < tiles; tile++) visit(row++, example, cells[block + tile]!);
    }
  }
}

/** Counts one further, the last axis fastest; true where it starts again at zero. */
export function advance(counter: number[], limits: readonly number[]): boolean {
  for (let axis = limits.length - 1; axis >= 0; axis--) {
    counter[axis]! += 1;
    if (counter[axis]! < limits[axis]!) return false;
    counter[axis] = 0;
  }
  return true;
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
