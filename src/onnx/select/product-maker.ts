import { int } from "../attributes.ts";
import { type Attributes, NodeMaker, type Tensor } from "./node-maker.ts";
import { partsOfHalfProduct, partsOfProduct } from "./product-parts.ts";

/** Makes products of matrices by the fastest nodes for their sizes. */
export class ProductMaker extends NodeMaker {
  matmul(left: Tensor, right: Tensor): Tensor {
    if (left.dims.length === 2 && right.dims.length === 2) {
      const [rows, inner] = left.dims as readonly [number, number];
      const parts = this.#partsOfProduct(rows, right.dims[1]!, inner, this.isHalf(left));
      if (parts > 1) {
        const pieces = this.transpose(this.reshape(left, [rows, parts, inner / parts]), [1, 0, 2]);
        return this.#sumOfProducts(pieces, this.#inParts(right, parts));
      }
    }
    const stack = left.dims.length >= right.dims.length ? left.dims.slice(0, -2) : right.dims.slice(0, -2);
    return this.op("MatMul", [left, right], [...stack, left.dims.at(-2)!, right.dims.at(-1)!]);
  }

  /** Products of stacks of matrices, one operand of each pair transposed; leading dimensions are the same. */
  matmulTransposed(left: Tensor, right: Tensor, transpose: "left" | "right"): Tensor {
    const stack = left.dims.slice(0, -2);
    const rows = left.dims.at(transpose === "left" ? -1 : -2)!;
    const columns = right.dims.at(transpose === "left" ? -1 : -2)!;
    const isLeft = transpose === "left";
    const attributes: Attributes = isLeft ? { transA: int(1) } : { transB: int(1) };
    if (isLeft && stack.length === 0) {
      const parts = this.#partsOfProduct(rows, columns, left.dims[0]!, this.isHalf(left));
      if (parts > 1) return this.#productOfParts(left, right, parts);
    }
    if (isLeft && !this.isWebGpu && isNarrow(rows, columns, left.dims.at(-2)!)) {
      return this.#turned(this.matmulTransposed(right, left, "left"));
    }
    if (stack.length === 0) return this.op("Gemm", [left, right], [rows, columns], attributes);
    if (this.isWebGpu)
      return isLeft ? this.matmul(this.#turned(left), right) : this.matmul(left, this.#turned(right));
    return this.contribOp("FusedMatMul", [left, right], [...stack, rows, columns], attributes);
  }

  /** Each matrix of a stack with rows for columns. */
  #turned(matrices: Tensor): Tensor {
    const last = matrices.dims.length - 1;
    return this.transpose(matrices, [...Array(last - 1).keys(), last, last - 1]);
  }

  /** Sums over the first axis, times a factor: a product with a row of it, which is faster than a reduction. */
  sumRows(matrix: Tensor, factor = 1): Tensor {
    const [count, columns] = matrix.dims as readonly [number, number];
    const parts = this.#partsOfProduct(1, columns, count);
    if (parts === 1) return this.matmul(this.filled([1, count], factor), matrix);
    const sums = this.matmul(this.filled([1, count / parts], 1), this.#inParts(matrix, parts));
    return this.sumRows(this.reshape(sums, [parts, columns]), factor);
  }

  /** How many products a product along a long inner dimension is best cut into. */
  #partsOfProduct(rows: number, columns: number, inner: number, isHalf = false): number {
    if (!this.isWebGpu) return 1;
    return isHalf ? partsOfHalfProduct(rows, columns, inner) : partsOfProduct(rows, columns, inner);
  }

  /** leftᵀ · right as the sum of the products of pieces of both, the narrower of which is transposed. */
  #productOfParts(left: Tensor, right: Tensor, parts: number): Tensor {
    const pieces = [left, right].map((matrix) => this.#inParts(matrix, parts)) as [Tensor, Tensor];
    const isNarrower = left.dims[1]! <= right.dims[1]!;
    const [narrow, wide] = isNarrower ? pieces : [pieces[1], pieces[0]];
    const sum = this.#sumOfProducts(this.#turned(narrow), wide);
    return isNarrower ? sum : this.#turned(sum);
  }

  #inParts(matrix: Tensor, parts: number): Tensor {
    return this.reshape(matrix, [parts, matrix.dims[0]! / parts, matrix.dims[1]!]);
  }

  #sumOfProducts(left: Tensor, right: Tensor): Tensor {
    const products = this.matmul(left, right);
    const [parts, rows, columns] = products.dims as readonly [number, number, number];
    // Many terms together would lose the small ones in float16.
    const terms = this.inPrecision(this.reshape(products, [parts, rows * columns]), "float32");
    const sum = this.reshape(this.sumRows(terms), [rows, columns]);
    return this.isHalf(products) ? this.inPrecision(sum, "float16") : sum;
  }
}

/** The columns that a processor's multipliers take at once. */
const columnsAtOnce = 16;
/** Below so many products, turning the result round is not worth a node. */
const fewestProducts = 2 ** 18;

/**
 * Whether so few columns come of a product that its transpose is faster. Measured: 6,272 rows of 36 and of 6 numbers give 6 rows of 36
 * in 0.039 ms, 36 rows of 6 in 0.069.
 */
function isNarrow(rows: number, columns: number, inner: number): boolean {
  const work = (high: number, wide: number): number => high * columnsAtOnce * Math.ceil(wide / columnsAtOnce);
  return rows * columns * inner >= fewestProducts && work(rows, columns) > 1.2 * work(columns, rows);
}
