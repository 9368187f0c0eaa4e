import { float as floatAttribute, int } from "../attributes.ts";
import { type NodeOptions, OnnxBuilder, type ValueHandle } from "../builder.ts";
import type { OnnxAttribute } from "../onnx-graph.ts";
import { dataTypeCode } from "../data-type.ts";
import { FloatTypes, keepsType, needsSinglesOnCpu, resultType } from "./float-types.ts";
import { ModelInputs } from "./model-inputs.ts";
import { product } from "./row-layout.ts";

/** What the model shall run on. */
export interface SelectionTarget {
  readonly provider: "cpu" | "webgpu";
  /** The batch, where the graph leaves it open. */
  readonly batch?: number;
  /**
   * True where the host can give parts of an input under other dimensions as inputs of their own, which costs nothing where an
   * input is a piece of memory: then slices, reshapes and repetitions of inputs are left to it, and outputs come with whatever
   * dimensions they have. The model's metadata says which.
   */
  readonly inputViews?: boolean;
  /**
   * How many channels lie together in ONNX Runtime's own layout for direct convolutions (nchwc.ts); left out where the machine or
   * the provider has no kernels for it.
   */
  readonly channelBlock?: number;
}

/** A value of the ONNX graph with its dimensions. */
export interface Tensor {
  readonly handle: ValueHandle;
  readonly dims: readonly number[];
}

export type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** The graph that nodes go into; in a loop, the body, and what stays the same from turn to turn goes into the graph around it. */
export interface GraphSite {
  readonly model: OnnxBuilder;
  readonly body?: OnnxBuilder;
}

/** Of ONNX Runtime's operators on blocks of channels. */
export const nchwcDomain = "com.microsoft.nchwc";

/** Makes ONNX nodes while it knows every dimension. */
export class NodeMaker {
  readonly target: SelectionTarget;
  readonly inputs: ModelInputs;
  readonly #model: OnnxBuilder;
  readonly #body: OnnxBuilder | undefined;
  readonly #varying: Set<ValueHandle>;
  readonly #reshapedFrom = new Map<ValueHandle, Tensor>();
  readonly #made = new Map<string, unknown>();
  readonly #types: FloatTypes;

  /** @param varying values that change from turn to turn of a loop */
  constructor(
    { model, body, varying }: GraphSite & { readonly varying: readonly Tensor[] },
    target: SelectionTarget,
  ) {
    this.target = target;
    this.#model = model;
    this.#types = new FloatTypes(model);
    this.#body = body;
    this.inputs = new ModelInputs(model, target.inputViews === true);
    this.#varying = new Set(varying.map(({ handle }) => handle));
  }

  get isWebGpu(): boolean {
    return this.target.provider === "webgpu";
  }

  /** Names what `body` makes after a layer. */
  inLayer(layer: string | undefined, body: () => void): void {
    if (layer === undefined) body();
    else this.#model.withScope(layer, body);
  }

  /** Makes something once for a key: what is expensive to prepare, such as long lists of indices. */
  once<Result>(key: string, make: () => Result): Result {
    if (!this.#made.has(key)) this.#made.set(key, make());
    return this.#made.get(key) as Result;
  }

  // Nodes

  op(
    opType: string,
    inputs: readonly Tensor[],
    dims: readonly number[],
    attributes: Attributes = {},
    options: NodeOptions = {},
  ): Tensor {
    return this.#ops(opType, inputs, [dims], attributes, options)[0]!;
  }

  /** @param outputs the dims of each */
  #ops(
    opType: string,
    inputs: readonly Tensor[],
    outputs: readonly (readonly number[])[],
    attributes: Attributes,
    options: NodeOptions = {},
  ): readonly Tensor[] {
    const hasHalves = opType !== "Cast" && inputs.some((input) => this.isHalf(input));
    if (hasHalves && !this.isWebGpu && needsSinglesOnCpu(opType)) {
      const singles = inputs.map((input) => this.inPrecision(input, "float32"));
      const results = this.#ops(opType, singles, outputs, attributes, options);
      return keepsType(opType) ? results.map((result) => this.#cast(result, "float16")) : results;
    }
    const asHalf = (input: Tensor): Tensor =>
      this.#types.meetingHalf(input, (computed) => this.#cast(computed, "float16"));
    const operands = (hasHalves ? inputs.map(asHalf) : inputs).map(({ handle }) => handle);
    const isVarying = this.#body !== undefined && operands.some((handle) => this.#varying.has(handle));
    const site = isVarying ? this.#body : this.#model;
    const type = resultType(opType, attributes, (index) => site.dataTypeOf(operands[index]!));
    return site.nodes(opType, operands, outputs.length, attributes, options).map((handle, index) => {
      if (isVarying) this.#varying.add(handle);
      this.#types.noteResult(opType, operands, attributes, handle);
      site.describe(handle, type, outputs[index]!);
      return { handle, dims: outputs[index]! };
    });
  }

  /** Whether a tensor holds float16. */
  isHalf({ handle }: Tensor): boolean {
    return this.#types.isHalf(handle);
  }

  /** A tensor in another precision. */
  inPrecision(tensor: Tensor, precision: "float32" | "float16"): Tensor {
    if (this.isHalf(tensor) === (precision === "float16")) return tensor;
    return this.#cast(tensor, precision);
  }

  #cast(tensor: Tensor, to: "float32" | "float16"): Tensor {
    return this.op("Cast", [tensor], tensor.dims, { to: int(dataTypeCode(to)) });
  }

  /** A list that says a shape, axes or places. */
  int64s(values: readonly number[]): Tensor {
    return { handle: this.#model.int64s(values), dims: [values.length] };
  }

  /** An operator of ONNX Runtime's own. */
  contribOp(
    opType: string,
    inputs: readonly Tensor[],
    dims: readonly number[],
    attributes: Attributes = {},
  ): Tensor {
    return this.op(opType, inputs, dims, attributes, { domain: "com.microsoft" });
  }

  /** An operator of ONNX Runtime's layout for direct convolutions; see nchwc.ts. */
  nchwcOp(
    opType: string,
    inputs: readonly Tensor[],
    dims: readonly number[],
    attributes: Attributes = {},
  ): Tensor {
    return this.op(opType, inputs, dims, attributes, { domain: nchwcDomain });
  }

  reshape(tensor: Tensor, dims: readonly number[]): Tensor {
    if (sameDims(tensor.dims, dims)) return tensor;
    const origin = this.#reshapedFrom.get(tensor.handle) ?? tensor;
    if (sameDims(origin.dims, dims)) return origin;
    if (product(origin.dims) !== product(dims)) {
      throw new Error(`a mistake of the compiler: ${origin.dims.join("x")} is not ${dims.join("x")}`);
    }
    const part = this.inputs.viewOf(origin);
    if (part !== undefined) return this.inputs.declareView(part, dims);
    const reshaped = this.op("Reshape", [origin, this.int64s(dims)], dims);
    this.#reshapedFrom.set(reshaped.handle, origin);
    return reshaped;
  }

  /** A constant of float32 or int32, by its array. */
  numbers(data: Float32Array | Int32Array, dims: readonly number[]): Tensor {
    const handle = this.#model.constant(data, dims);
    if (data instanceof Float32Array) this.#types.noteConstant(handle, { data, dims });
    return { handle, dims };
  }

  floats(data: Float32Array | readonly number[], dims: readonly number[]): Tensor {
    return this.numbers(data instanceof Float32Array ? data : Float32Array.from(data), dims);
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
    return this.numbers(data, dims);
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
    const bounds = [start, end, axis].map((number) => this.int64s([number]));
    return this.op("Slice", [tensor, ...bounds], tensor.dims.with(axis, end - start));
  }

  /** What each place of an axis holds; the axis stays, of one place. */
  split(tensor: Tensor, axis: number): readonly Tensor[] {
    const places = tensor.dims[axis]!;
    if (places === 1) return [tensor];
    const parts = Array.from({ length: places }, () => tensor.dims.with(axis, 1));
    const lengths = this.int64s(parts.map(() => 1));
    return this.#ops("Split", [tensor, lengths], parts, { axis: int(axis) });
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

  /** A matrix with zeros before and after its rows' numbers, which make them so long. */
  padRows(matrix: Tensor, length: number, before = 0): Tensor {
    const [rows, columns] = matrix.dims as readonly [number, number];
    const pads = this.int64s([0, before, 0, length - columns - before]);
    return this.op("Pad", [matrix, pads, this.scalar(0)], [rows, length]);
  }

  /** A matrix with a row of zeros after it. */
  withZeroRow(matrix: Tensor): Tensor {
    return this.concat([matrix, this.filled([1, matrix.dims[1]!], 0)], 0);
  }

  /** 1 where x > 0, else 0: a hard sigmoid so steep that any normal number saturates it, ten times as fast as Sign. */
  step(x: Tensor): Tensor {
    // A slope as steep is no number of float16.
    if (this.isHalf(x)) return this.inPrecision(this.op("Greater", [x, this.scalar(0)], x.dims), "float16");
    return this.op("HardSigmoid", [x], x.dims, { alpha: floatAttribute(3e38), beta: floatAttribute(0) });
  }

  /** 1 where sign · (x - bound) > 0, else 0. */
  stepAbout(x: Tensor, sign: 1 | -1, bound: number): Tensor {
    const [alpha, beta] = [sign * steepness, -sign * bound * steepness];
    return this.op("HardSigmoid", [x], x.dims, { alpha: floatAttribute(alpha), beta: floatAttribute(beta) });
  }

  /** Combines every row of a matrix with one row: `Add`, `Sub`, `Mul`. */
  withRow(opType: string, matrix: Tensor, row: Tensor): Tensor {
    const [rows, channels] = matrix.dims as readonly [number, number];
    const group = this.rowGroup(rows, channels);
    const grouped = this.reshape(matrix, [rows / group, group * channels]);
    return this.op(opType, [grouped, this.repeatedRow(row, group)], grouped.dims);
  }

  /**
   * How many rows to take together where each is combined with one number a channel: a CPU broadcasts a short row three times as
   * slowly as a long one, so the channels' numbers are repeated.
   */
  rowGroup(rows: number, channels: number): number {
    if (this.isWebGpu) return 1;
    let group = Math.max(1, Math.min(rows, Math.floor(longRow / channels)));
    while (rows % group !== 0) group -= 1;
    return group;
  }

  /** A row of numbers several times over, as one long row. */
  repeatedRow(row: Tensor, times: number): Tensor {
    const channels = product(row.dims);
    if (times === 1) return this.reshape(row, [channels]);
    const part = this.inputs.viewOf(this.#reshapedFrom.get(row.handle) ?? row);
    if (part?.times === 1) return this.inputs.declareView({ ...part, times }, [times * channels]);
    const narrow = this.reshape(row, [1, channels]);
    const dims = [times, channels];
    return this.reshape(this.op("Expand", [narrow, this.int64s(dims)], dims), [product(dims)]);
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
}

/** A power of two, so that products with it are exact and a number that equals the bound gives exactly 0. */
const steepness = 2 ** 120;

/** Whether a bound times the steepness is a number, and the steepness makes a large number of the least distance from it. */
export function canStepAbout(bound: number): boolean {
  return Math.abs(bound) < 2 ** 7 && Math.abs(bound) > 2 ** -60;
}

/** A row of so many numbers is broadcast at full speed. */
const longRow = 2048;

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
