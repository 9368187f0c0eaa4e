import type { TensorGraph, TensorNode, ValueId } from "../../tensor/tensor-graph.ts";
import { shapeOf } from "./bind-batch.ts";
import type { GraphSite, SelectionTarget, Tensor } from "./node-maker.ts";
import {
  asCombination,
  channelVector,
  combine,
  type Combination,
  examplesInBlock,
  fromRows,
  toRows,
  twoAxes,
} from "./nchwc.ts";
import type { SelectionPlan } from "./plan.ts";
import { ProductMaker } from "./product-maker.ts";
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
  | { readonly kind: "input"; readonly declare: () => Tensor }
  | { readonly kind: "rows"; readonly placed: PlacedRows }
  | { readonly kind: "nchwc"; readonly combination: Combination; made?: Tensor; placed?: PlacedRows };

/**
 * Makes ONNX nodes, and keeps what each value of the tensor graph has become. Equal nodes are
 * made once and unused ones left out in the end, so forms may ask for what they like.
 */
export class Emitter extends ProductMaker {
  readonly graph: TensorGraph;
  readonly plan: SelectionPlan;
  readonly #stored: (Stored | undefined)[] = [];
  #uses: Int32Array | undefined;

  /** What takes the place of inputs, by their names. */
  readonly given: ReadonlyMap<string, Tensor>;

  constructor(
    site: GraphSite & { readonly given?: ReadonlyMap<string, Tensor> },
    graph: TensorGraph,
    plan: SelectionPlan,
    target: SelectionTarget,
  ) {
    super({ ...site, varying: [...(site.given?.values() ?? [])] }, target);
    this.graph = graph;
    this.plan = plan;
    this.given = site.given ?? new Map();
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

  /** Keeps an input, which is declared when it is first read: the model shall have none that nothing reads. */
  storeInput(value: ValueId, declare: () => Tensor): void {
    this.#stored[value] = { kind: "input", declare };
  }

  storeRows(value: ValueId, placed: PlacedRows): void {
    this.#stored[value] = { kind: "rows", placed };
  }

  /** Keeps a spatial value in NCHWc, as a sum that is made when it is read. */
  storeCombination(value: ValueId, combination: Combination): void {
    this.#stored[value] = { kind: "nchwc", combination };
  }

  /** The channels that lie together in NCHWc. */
  get channelBlock(): number {
    return this.target.channelBlock!;
  }

  /** Numbers a channel of a value as they lie in its blocks of NCHWc. */
  channelVector(value: ValueId, numbers: Tensor): Tensor {
    return channelVector(this, numbers, this.channelBlock, this.examplesInBlock(value));
  }

  /** How many examples of a value share a block in NCHWc. */
  examplesInBlock(value: ValueId): number {
    return examplesInBlock(this.shape(value), this.channelBlock);
  }

  /** A spatial value in NCHWc; its dims say [N, C, H, W] of blocks. */
  nchwc(value: ValueId): Tensor {
    const stored = this.#storedOf(value);
    if (stored.kind === "nchwc") return (stored.made ??= combine(this, stored.combination));
    const shape = this.shape(value);
    const size = shape.slice(1, -1);
    const dims = [shape[0]!, shape.at(-1)!, ...twoAxes(size, 1)];
    const rows = this.rowsIn(value, plainLayout(shape[0]!, size));
    return fromRows(this, rows, dims, this.channelBlock);
  }

  /** What a spatial value is a sum of in NCHWc; itself alone once it is made. */
  combination(value: ValueId): Combination {
    const stored = this.#storedOf(value);
    if (stored.kind === "nchwc" && stored.made === undefined) return stored.combination;
    return asCombination(this.nchwc(value));
  }

  /** How many operations read a value, results of the graph counted too. */
  useCount(value: ValueId): number {
    this.#uses ??= countUses(this.graph);
    return this.#uses[value]!;
  }

  /** The value with its elements row-major, its dimensions whatever they are. */
  flat(value: ValueId): Tensor {
    const stored = this.#storedOf(value);
    if (stored.kind === "plain") return stored.tensor;
    const { layout } = this.placed(value);
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
    if (stored.kind === "nchwc") {
      const rows = (): Tensor => toRows(this, this.nchwc(value), [shape[0]!, channels], this.channelBlock);
      return (stored.placed ??= { layout, channels, rows: rows() });
    }
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

  #storedOf(value: ValueId): Exclude<Stored, { kind: "input" }> {
    const stored = this.#stored[value];
    if (stored === undefined) {
      throw new Error(`a mistake of the compiler: value ${value} is not computed yet`);
    }
    if (stored.kind !== "input") return stored;
    const declared = { kind: "plain", tensor: stored.declare() } as const;
    this.#stored[value] = declared;
    return declared;
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
}

function countUses({ nodes, outputs }: TensorGraph): Int32Array {
  const uses = new Int32Array(nodes.length);
  for (const { inputs } of nodes) for (const input of inputs) uses[input]! += 1;
  for (const { value } of outputs) uses[value]! += 1;
  return uses;
}
