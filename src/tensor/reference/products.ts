import type { Numbers } from "./numeric-tensor.ts";

/** A matrix in an array: element (row, column) stands at offset + row·rowStride + column·columnStride. */
export interface MatrixView {
  readonly data: Numbers;
  readonly offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Columns that are packed and multiplied together: 16 numbers of float32 are a cache line. */
const panelColumns = 16;

/**
 * target += left · right in float64. Both operands are packed in panels of four rows or columns, so that the inner loop
 * reads them in order and keeps sixteen sums.
 */
export function addProduct(
  left: MatrixView,
  right: MatrixView,
  target: MatrixView & { readonly data: Float64Array },
  sizes: { readonly rows: number; readonly inner: number; readonly columns: number },
): void {
  const { rows, inner, columns } = sizes;
  if (rows < 4 && right.columnStride === 1) return addThinProduct(left, right, target, sizes);
  const packedLeft = packFours(left.data, left, left.rowStride, left.columnStride, rows, inner, 0);
  for (let first = 0; first < columns; first += panelColumns) {
    const width = Math.min(panelColumns, columns - first);
    const packedRight = packFours(
      right.data,
      right,
      right.columnStride,
      right.rowStride,
      width,
      inner,
      first * right.columnStride,
    );
    for (let column = 0; column < width; column += 4) {
      for (let row = 0; row < rows; row += 4) {
        multiplyFours(packedLeft, row * inner, packedRight, column * inner, inner);
        storeFours(target, row, first + column, Math.min(4, rows - row), Math.min(4, width - column));
      }
    }
  }
}

/** A few rows on the left: each number of the right operand is read once, in order, and nothing is packed. */
function addThinProduct(
  left: MatrixView,
  right: MatrixView,
  target: MatrixView,
  { rows, inner, columns }: { readonly rows: number; readonly inner: number; readonly columns: number },
): void {
  for (let row = 0; row < rows; row++) {
    const sums = new Float64Array(columns);
    for (let index = 0; index < inner; index++) {
      const factor = left.data[left.offset + row * left.rowStride + index * left.columnStride]!;
      const start = right.offset + index * right.rowStride;
      for (let column = 0; column < columns; column++) sums[column]! += factor * right.data[start + column]!;
    }
    const to = target.offset + row * target.rowStride;
    for (let column = 0; column < columns; column++) {
      target.data[to + column * target.columnStride]! += sums[column]!;
    }
  }
}

/** Packs lines (rows of the left operand, columns of the right) in fours: [line / 4, inner, 4], zeros past the end. */
function packFours(
  data: Numbers,
  { offset }: MatrixView,
  lineStride: number,
  innerStride: number,
  lines: number,
  inner: number,
  shift: number,
): Float64Array {
  const packed = new Float64Array(Math.ceil(lines / 4) * 4 * inner);
  for (let line = 0; line < lines; line++) {
    let from = offset + shift + line * lineStride;
    let to = (line - (line % 4)) * inner + (line % 4);
    for (let index = 0; index < inner; index++, from += innerStride, to += 4) packed[to] = data[from]!;
  }
  return packed;
}

/** The sums of the last multiplyFours, four rows of four. */
const sums = new Float64Array(16);

function multiplyFours(
  left: Float64Array,
  leftAt: number,
  right: Float64Array,
  rightAt: number,
  inner: number,
): void {
  multiplyTwoRows(left, leftAt, right, rightAt, inner, 0);
  multiplyTwoRows(left, leftAt + 2, right, rightAt, inner, 8);
}

/** Two rows by four columns: eight sums, two and four operands fit the registers. */
function multiplyTwoRows(
  left: Float64Array,
  leftAt: number,
  right: Float64Array,
  rightAt: number,
  inner: number,
  to: number,
): void {
  let [s00, s01, s02, s03, s10, s11, s12, s13] = [0, 0, 0, 0, 0, 0, 0, 0];
  const end = rightAt + 4 * inner;
  for (let at = leftAt, bt = rightAt; bt < end; at += 4, bt += 4) {
    const a0 = left[at]!;
    const a1 = left[at + 1]!;
    const b0 = right[bt]!;
    const b1 = right[bt + 1]!;
    const b2 = right[bt + 2]!;
    const b3 = right[bt + 3]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
  }
  sums[to] = s00;
  sums[to + 1] = s01;
  sums[to + 2] = s02;
  sums[to + 3] = s03;
  sums[to + 4] = s10;
  sums[to + 5] = s11;
  sums[to + 6] = s12;
  sums[to + 7] = s13;
}

function storeFours(
  { data, offset, rowStride, columnStride }: MatrixView,
  row: number,
  column: number,
  rows: number,
  columns: number,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      data[offset + (row + i) * rowStride + (column + j) * columnStride]! += sums[i * 4 + j]!;
    }
  }
}
