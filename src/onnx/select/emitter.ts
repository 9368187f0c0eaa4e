import type { TensorGraph, TensorNode, ValueId } from "../../tensor/tensor-graph.ts";
import { float as floatAttribute, int } from "../attributes.ts";
import type { OnnxBuilder, ValueHandle } from "../builder.ts";
import type { OnnxAttribute } from "../onnx-graph.ts";
import { shapeOf } from "./bind-batch.ts";
import type { SelectionPlan } from "./plan.ts";
import {
  blockCount,
  forEachRow,
  layoutKey,
  plainLayout,
  product,
  rowCount,
  type RowLayout,
  rowsOfCells,
  sameLayout,
  tileCount,
} from "./row-layout.ts";

/** What the model shall run on. */
export interface SelectionTarget {
  readonly provider: "cpu" | "webgpu";
  /** The batch, where the graph leaves it open. */
  readonly batch?: number;
}

/** A value of the ONNX graph with its dimensions. */
export interface Tensor {
  readonly handle: ValueHandle;
  readonly dims: readonly number[];
}

/** A spatial value in memory: all rows in one tensor, or a tensor a block of the layout, or both. */
export interface PlacedRows {
  readonly layout: RowLayout;
  readonly channels: number;
  /** All rows, of any dimensions. */
  rows?: Tensor;
  /** [rows of a block, channels] each. */
  blocks?: readonly Tensor[];
  /**
   * Tensors of a block's size of which the blocks are linear combinations: block b is Σ matrix[b][p] · parts[p]. What is
   * linear in the blocks can be computed from the parts.
   */
  readonly parts?: { readonly tensors: readonly Tensor[]; readonly matrix: readonly (readonly number[])[] };
}

type Stored =
  | { readonly kind: "plain"; readonly tensor: Tensor }
  | { readonly kind: "rows"; readonly placed: PlacedRows };

type Attributes = Readonly<Record<string, OnnxAttribute>>;

/**
 * Makes ONNX nodes while it knows every dimension, and keeps what each value of the tensor graph has become. Equal nodes are
 * made once and unused ones left out in the end, so forms may ask for what they like.
 */
export class Emitter {
  readonly builder: OnnxBuilder;
  readonly graph: TensorGraph;
  readonly plan: SelectionPlan;
  readonly target: SelectionTarget;
  readonly #stored: (Stored | undefined)[] = [];
  readonly #reshapedFrom = new Map<ValueHandle, Tensor>();
  readonly #made = new Map<string, unknown>();

  constructor(builder: OnnxBuilder, graph: TensorGraph, plan: SelectionPlan, target: SelectionTarget) {
    this.builder = builder;
    this.graph = graph;
    this.plan = plan;
    this.target = target;
  }

  get isWebGpu(): boolean {
    return this.target.provider === "webgpu";
  }

  // Values of the tensor graph

  node(value: ValueId): TensorNode {
    return this.graph.nodes[value]!;
  }

  shape(value: ValueId): readonly number[] {
    return shapeOf(this.node(value));
  }

  /** Keeps a value whose elements stand row-major in its shape's order, whatever the tensor's dimensions. */
  store(value: ValueId, tensor: Tensor): void {
    this.#stored[value] = { kind: "plain", tensor };
  }

  storeRows(value: ValueId, placed: PlacedRows): void {
    this.#stored[value] = { kind: "rows", placed };
  }

  /** The value with its elements row-major, its dimensions whatever they are. */
  flat(value: ValueId): Tensor {
    const stored = this.#storedOf(value);
    if (stored.kind === "plain") return stored.tensor;
    const { layout } = stored.placed;
    return this.rowsIn(value, plainLayout(layout.batch, layout.size));
  }

  /** The value in its shape. */
  tensor(value: ValueId): Tensor {
    return this.reshape(this.flat(value), this.shape(value));
  }

  /** A spatial value as it lies in memory. */
  placed(value: ValueId): PlacedRows {
    const stored = this.#storedOf(value);
    if (stored.kind === "rows") return stored.placed;
    const shape = this.shape(value);
    const layout = plainLayout(shape[0]!, shape.slice(1, -1));
    const channels = shape.at(-1)!;
    return { layout, channels, rows: this.reshape(stored.tensor, [rowCount(layout), channels]) };
  }

  /** All rows of a spatial value as they lie, [rows, channels]. */
  rows(value: ValueId): { readonly rows: Tensor; readonly layout: RowLayout } {
    const placed = this.placed(value);
    return { rows: this.rowsOf(placed), layout: placed.layout };
  }

  rowsOf(placed: PlacedRows): Tensor {
    return this.reshape(this.elementsOf(placed), [rowCount(placed.layout), placed.channels]);
  }

  /** All rows in one tensor of any dimensions. */
  elementsOf(placed: PlacedRows): Tensor {
    placed.rows ??= this.concat(this.blocksOf(placed), 0);
    return placed.rows;
  }

  /** The blocks of a spatial value in its own layout. */
  blocksOf(placed: PlacedRows): readonly Tensor[] {
    placed.blocks ??= placed.parts === undefined ? this.#cutBlocks(placed) : this.#combineParts(placed);
    return placed.blocks;
  }

  /** A value as a matrix of rows over its last axis: a spatial value as it lies, another row-major. */
  rowsOrMatrix(value: ValueId): { readonly rows: Tensor; readonly layout: RowLayout | undefined } {
    if (this.plan.layout(value) !== undefined) return this.rows(value);
    const channels = this.shape(value).at(-1)!;
    const flat = this.flat(value);
    return { rows: this.reshape(flat, [product(flat.dims) / channels, channels]), layout: undefined };
  }

  /** All rows in a layout; cells that do not exist where they lie become zeros. */
  rowsIn(value: ValueId, layout: RowLayout): Tensor {
    const placed = this.placed(value);
    if (sameLayout(placed.layout, layout)) return this.rowsOf(placed);
    return this.once(`rows ${value} ${layoutKey(layout)}`, () => {
      const cells = rowsOfCells(placed.layout);
      const tiles = tileCount(placed.layout);
      const indices = new Int32Array(rowCount(layout));
      forEachRow(layout, (row, example, cell) => {
        const base = cells[cell]!;
        indices[row] = base < 0 ? -1 : base + example * tiles;
      });
      return this.gatherRows(this.rowsOf(placed), indices);
    });
  }

  /** A spatial value in a layout: as it lies, where it lies so. */
  placedIn(value: ValueId, layout: RowLayout): PlacedRows {
    const placed = this.placed(value);
    if (sameLayout(placed.layout, layout)) return placed;
    return { layout, channels: placed.channels, rows: this.rowsIn(value, layout) };
  }

  /** Makes something once for a key: what is expensive to prepare, such as long lists of indices. */
  once<Result>(key: string, make: () => Result): Result {
    if (!this.#made.has(key)) this.#made.set(key, make());
    return this.#made.get(key) as Result;
  }

  #storedOf(value: ValueId): Stored {
    const stored = this.#stored[value];
    if (stored === undefined)
      throw new Error(`a mistake of the compiler: value ${value} is not computed yet`);
    return stored;
  }

  #cutBlocks(placed: PlacedRows): readonly Tensor[] {
    const rows = this.rowsOf(placed);
    const count = blockCount(placed.layout);
    if (count === 1) return [rows];
    const length = rowCount(placed.layout) / count;
    return Array.from({ length: count }, (_, block) => this.sliceRows(rows, block * length, length));
  }

  #combineParts({ parts }: PlacedRows): readonly Tensor[] {
    return parts!.matrix.map((weights) => this.#combine(parts!.tensors, weights));
  }

  /** Σ weight · tensor for weights of 1, 0 and -1, the first of them not negative. */
  #combine(tensors: readonly Tensor[], weights: readonly number[]): Tensor {
    let sum: Tensor | undefined;
    weights.forEach((weight, index) => {
      if (weight === 0) return;
      const tensor = tensors[index]!;
      if (sum === undefined) sum = tensor;
      else sum = this.op(weight > 0 ? "Add" : "Sub", [sum, tensor], tensor.dims);
    });
    return sum!;
  }

  // Nodes

  op(
    opType: string,
    inputs: readonly Tensor[],
    dims: readonly number[],
    attributes: Attributes = {},
  ): Tensor {
    const handles = inputs.map(({ handle }) => handle);
    return { handle: this.builder.node(opType, handles, attributes), dims };
  }

  /** An operator of ONNX Runtime's own. */
  contribOp(
    opType: string,
    inputs: readonly Tensor[],
    dims: readonly number[],
    attributes: Attributes = {},
  ): Tensor {
    const handles = inputs.map(({ handle }) => handle);
    return { handle: this.builder.node(opType, handles, attributes, { domain: "com.microsoft" }), dims };
  }

  reshape(tensor: Tensor, dims: readonly number[]): Tensor {
    if (sameDims(tensor.dims, dims)) return tensor;
    const origin = this.#reshapedFrom.get(tensor.handle) ?? tensor;
    if (sameDims(origin.dims, dims)) return origin;
    if (product(origin.dims) !== product(dims)) {
      throw new Error(`a mistake of the compiler: ${origin.dims.join("x")} is not ${dims.join("x")}`);
    }
    const handle = this.builder.node("Reshape", [origin.handle, this.builder.int64s(dims)]);
    this.#reshapedFrom.set(handle, origin);
    return { handle, dims };
  }

  floats(data: Float32Array | readonly number[], dims: readonly number[]): Tensor {
    const array = data instanceof Float32Array ? data : Float32Array.from(data);
    return { handle: this.builder.constant(array, dims), dims };
  }

  matrix(rows: readonly (readonly number[])[]): Tensor {
    return this.floats(rows.flat(), [rows.length, rows[0]!.length]);
  }

  filled(dims: readonly number[], value: number): Tensor {
    return this.floats(new Float32Array(product(dims)).fill(value), dims);
  }

  scalar(value: number): Tensor {
    return this.floats([value], []);
  }

  int32s(data: Int32Array, dims: readonly number[]): Tensor {
    return { handle: this.builder.constant(data, dims), dims };
  }

  transpose(tensor: Tensor, permutation: readonly number[]): Tensor {
    if (permutation.every((axis, index) => axis === index)) return tensor;
    const perm: OnnxAttribute = { kind: "ints", value: permutation };
    return this.op(
      "Transpose",
      [tensor],
      permutation.map((axis) => tensor.dims[axis]!),
      { perm },
    );
  }

  /** Joins tensors; some providers take six at a time. */
  concat(tensors: readonly Tensor[], axis: number): Tensor {
    if (tensors.length === 1) return tensors[0]!;
    const most = this.isWebGpu ? 6 : Infinity;
    if (tensors.length > most) {
      const groups = Array.from({ length: Math.ceil(tensors.length / most) }, (_, index) =>
        this.concat(tensors.slice(index * most, (index + 1) * most), axis),
      );
      return this.concat(groups, axis);
    }
    const length = tensors.reduce((sum, { dims }) => sum + dims[axis]!, 0);
    return this.op("Concat", tensors, tensors[0]!.dims.with(axis, length), { axis: int(axis) });
  }

  /** `count` rows from `start`; a gather, which runs on all threads, where a slice runs on one. */
  sliceRows(tensor: Tensor, start: number, count: number): Tensor {
    if (start === 0 && count === tensor.dims[0]) return tensor;
    return this.gather(
      tensor,
      0,
      Int32Array.from({ length: count }, (_, row) => start + row),
    );
  }

  /** One slice along one axis. */
  slice(tensor: Tensor, axis: number, start: number, end: number): Tensor {
    if (start === 0 && end === tensor.dims[axis]) return tensor;
    const handle = this.builder.node("Slice", [
      tensor.handle,
      this.builder.int64s([start]),
      this.builder.int64s([end]),
      this.builder.int64s([axis]),
    ]);
    return { handle, dims: tensor.dims.with(axis, end - start) };
  }

  gather(tensor: Tensor, axis: number, indices: Int32Array): Tensor {
    const constant = this.int32s(indices, [indices.length]);
    return this.op("Gather", [tensor, constant], tensor.dims.with(axis, indices.length), { axis: int(axis) });
  }

  /** Rows of a matrix by number; -1 gives a row of zeros. */
  gatherRows(matrix: Tensor, indices: Int32Array): Tensor {
    if (!indices.includes(-1))
      return isCounting(indices, matrix.dims[0]!) ? matrix : this.gather(matrix, 0, indices);
    const zeroRow = matrix.dims[0]!;
    const pointed = indices.map((index) => (index < 0 ? zeroRow : index));
    return this.gather(this.withZeroRow(matrix), 0, pointed);
  }

  /** A matrix with a row of zeros after it. */
  withZeroRow(matrix: Tensor): Tensor {
    return this.concat([matrix, this.filled([1, matrix.dims[1]!], 0)], 0);
  }

  /** 1 where x > 0, else 0: a hard sigmoid so steep that any normal number saturates it, ten times as fast as Sign. */
  step(x: Tensor): Tensor {
    return this.op("HardSigmoid", [x], x.dims, { alpha: floatAttribute(3e38), beta: floatAttribute(0) });
  }

  /** Combines every row of a matrix with one row: `Add`, `Sub`, `Mul`. */
  withRow(opType: string, matrix: Tensor, row: Tensor): Tensor {
    const [rows, channels] = matrix.dims as readonly [number, number];
    const group = rowGroup(rows, channels);
    const grouped = this.reshape(matrix, [rows / group, group * channels]);
    return this.op(opType, [grouped, this.repeatedRow(row, group)], grouped.dims);
  }

  /** A row of numbers several times over, as one long row. */
  repeatedRow(row: Tensor, times: number): Tensor {
    const channels = product(row.dims);
    if (times === 1) return this.reshape(row, [channels]);
    const narrow = this.reshape(row, [1, channels]);
    const dims = [times, channels];
    const handle = this.builder.node("Expand", [narrow.handle, this.builder.int64s(dims)]);
    return this.reshape({ handle, dims }, [product(dims)]);
  }

  add(left: Tensor, right: Tensor): Tensor {
    return this.op("Add", [left, right], left.dims);
  }

  /** The sum of several tensors of one shape, two by two. */
  sum(tensors: readonly Tensor[]): Tensor {
    return pairwise(tensors, (left, right) => this.add(left, right));
  }

  maximum(tensors: readonly Tensor[]): Tensor {
    return pairwise(tensors, (left, right) => this.op("Max", [left, right], left.dims));
  }

  matmul(left: Tensor, right: Tensor): Tensor {
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
    if (stack.length === 0) return this.op("Gemm", [left, right], [rows, columns], attributes);
    if (this.isWebGpu) {
      const rank = left.dims.length;
      const swap = Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
      return isLeft
        ? this.matmul(this.transpose(left, swap), right)
        : this.matmul(left, this.transpose(right, swap));
    }
    return this.contribOp("FusedMatMul", [left, right], [...stack, rows, columns], attributes);
  }

  /** Sums over the first axis: a product with ones, which is faster than a reduction. */
  sumRows(matrix: Tensor): Tensor {
    return this.matmul(this.filled([1, matrix.dims[0]!], 1), matrix);
  }
}

/** A row of so many numbers is broadcast at full speed. */
const longRow = 2048;

/**
 * How many rows to take together where each is combined with one number a channel: a short row is broadcast three times as
 * slowly as a long one, so the channels' numbers are repeated.
 */
export function rowGroup(rows: number, channels: number): number {
  let group = Math.max(1, Math.min(rows, Math.floor(longRow / channels)));
  while (rows % group !== 0) group -= 1;
  return group;
}

export function sameDims(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((dim, axis) => dim === right[axis]);
}

function isCounting(indices: Int32Array, length: number): boolean {
  return indices.length === length && indices.every((index, at) => index === at);
}

/** A balanced tree of a binary operation. */
function pairwise(tensors: readonly Tensor[], join: (left: Tensor, right: Tensor) => Tensor): Tensor {
  let level = tensors;
  while (level.length > 1) {
    const next: Tensor[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const [left, right] = [level[index]!, level[index + 1]];
      next.push(right === undefined ? left : join(left, right));
    }
    level = next;
  }
  return level[0]!;
}
