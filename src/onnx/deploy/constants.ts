import { referenceRows } from "../../tensor/reference/evaluate.ts";
import { copyStrided, stridesOf } from "../../tensor/reference/numeric-tensor.ts";
import type { NumericTensor, ReferenceRow } from "../../tensor/reference/numeric-tensor.ts";
import type { DataType, OpKind, TensorGraph, TensorNode, ValueId } from "../../tensor/tensor-graph.ts";
import type { WeightValues } from "../../tensor/weight-values.ts";

/** Numbers known when the file is written: a weight, or what is computed from weights alone. */
export interface Constant {
  /** The weight's key, `conv2d/kernel`; undefined for other numbers. */
  readonly name: string | undefined;
  readonly shape: readonly number[];
  readonly dataType: DataType;
  /** Float32Array for float32; truths are 1 and 0 in an Int32Array. */
  readonly data: Float32Array | Int32Array;
}

/** The values of a graph that do not depend on its inputs. */
export class Constants {
  readonly #graph: TensorGraph;
  readonly #weights: WeightValues;
  readonly #isConstant: Uint8Array;
  readonly #numbers = new Map<ValueId, NumericTensor>();
  readonly #constants = new Map<ValueId, Constant>();

  constructor(graph: TensorGraph, weights: WeightValues) {
    this.#graph = graph;
    this.#weights = weights;
    this.#isConstant = new Uint8Array(graph.nodes.length);
    for (const node of graph.nodes) {
      const constant =
        node.op === "input"
          ? node.attributes.role === "weight" || node.attributes.role === "state"
          : node.inputs.every((input) => this.has(input)) && !node.shape.includes("N");
      this.#isConstant[node.id] = constant ? 1 : 0;
    }
  }

  has(value: ValueId): boolean {
    return this.#isConstant[value] === 1;
  }

  /** The numbers of a value that depends on no input; undefined for all others. */
  of(value: ValueId): Constant | undefined {
    if (!this.has(value)) return undefined;
    let constant = this.#constants.get(value);
    if (constant === undefined) {
      constant = this.#constantOf(this.#graph.nodes[value]!);
      this.#constants.set(value, constant);
    }
    return constant;
  }

  #constantOf(node: TensorNode): Constant {
    const { shape, data } = this.#evaluate(node.id);
    const name = node.op === "input" ? node.attributes.name : undefined;
    const { dataType } = node;
    if (dataType !== "float32") return { name, shape, dataType, data: Int32Array.from(data) };
    return { name, shape, dataType, data: data instanceof Float32Array ? data : Float32Array.from(data) };
  }

  /** Computes a value and all that it needs, in float64. */
  #evaluate(value: ValueId): NumericTensor {
    const pending = [value];
    while (pending.length > 0) {
      const node = this.#graph.nodes[pending.at(-1)!]!;
      const missing = node.inputs.filter((input) => !this.#numbers.has(input));
      if (missing.length > 0) {
        pending.push(...missing);
        continue;
      }
      pending.pop();
      if (!this.#numbers.has(node.id)) this.#numbers.set(node.id, this.#compute(node));
    }
    return this.#numbers.get(value)!;
  }

  #compute(node: TensorNode): NumericTensor {
    const shape = node.shape as readonly number[];
    if (node.op === "constant") return { shape, data: node.attributes.data };
    if (node.op === "input") return this.#weight(node.attributes.name, shape);
    const row = referenceRows[node.op] as ReferenceRow<OpKind>;
    const operands = node.inputs.map((input) => this.#numbers.get(input)!);
    return { shape, data: row(operands, node.attributes, shape) };
  }

  #weight(name: string, shape: readonly number[]): NumericTensor {
    const weight = this.#weights.get(name);
    if (weight === undefined)
      throw new Error(`a mistake of the compiler: no numbers for the weight "${name}"`);
    if (weight.shape.length !== shape.length || weight.shape.some((dim, axis) => dim !== shape[axis])) {
      throw new Error(
        `a mistake of the compiler: the weight "${name}" is ${shape.join("x")}, its numbers are ${weight.shape.join("x")}`,
      );
    }
    return weight;
  }
}

/** A constant with its axes in another order: axis i of the result is axis `permutation[i]`. */
export function permuteConstant(constant: Constant, permutation: readonly number[]): Constant {
  if (permutation.every((axis, index) => axis === index)) return constant;
  const strides = stridesOf(constant.shape);
  return rearrange(
    constant,
    permutation.map((axis) => constant.shape[axis]!),
    permutation.map((axis) => strides[axis]!),
  );
}

/** Rows of a matrix that are read together, so that the lines of memory they stand in are read once. */
const rowsAtOnce = 64;

/**
 * A matrix [rows, columns] transposed, its rows and columns in other orders first: entry (c, r) of the result is entry
 * (rowOrder[r], columnOrder[c]). Dense kernels may be large, hence by blocks.
 */
export function transposeMatrix(matrix: Constant, rowOrder?: Int32Array, columnOrder?: Int32Array): Constant {
  const [rows, columns] = matrix.shape as readonly [number, number];
  const { data } = matrix;
  const result = new Float32Array(data.length);
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const end = Math.min(first + rowsAtOnce, rows);
    for (let column = 0; column < columns; column++) {
      const from = columnOrder === undefined ? column : columnOrder[column]!;
      for (let row = first; row < end; row++) {
        const start = (rowOrder === undefined ? row : rowOrder[row]!) * columns;
        result[column * rows + row] = data[start + from]!;
      }
    }
  }
  return { ...matrix, shape: [columns, rows], data: result };
}

/** The same numbers under another shape. */
export function reshapeConstant(constant: Constant, shape: readonly number[]): Constant {
  return { ...constant, shape };
}

/** A constant with the places along its last axis in another order: place i of the result is place `order[i]`. */
export function permuteLastAxis(constant: Constant, order: Int32Array): Constant {
  const data = constant.data.slice();
  for (let start = 0; start < data.length; start += order.length) {
    for (let place = 0; place < order.length; place++)
      data[start + place] = constant.data[start + order[place]!]!;
  }
  return { ...constant, data };
}

/**
 * A kernel [window…, in, out] and its bias that take in y = x · scale + shift of each channel of what they are applied to. Sums are
 * taken in float64.
 */
export function scaleInputs(
  kernel: Constant,
  bias: Constant | undefined,
  scale: Constant,
  shift: Constant | undefined,
): { readonly kernel: Constant; readonly bias: Constant | undefined } {
  const [inner, outer] = kernel.shape.slice(-2) as [number, number];
  const data = kernel.data.slice();
  const sums = new Float64Array(outer);
  for (let index = 0; index < data.length; index++) {
    const channel = Math.floor(index / outer) % inner;
    data[index] = kernel.data[index]! * scale.data[channel]!;
    if (shift !== undefined) sums[index % outer]! += kernel.data[index]! * shift.data[channel]!;
  }
  const scaled = { ...kernel, data };
  if (shift === undefined) return { kernel: scaled, bias };
  return {
    kernel: scaled,
    bias: {
      name: bias === undefined ? biasName(kernel.name) : bias.name,
      shape: [outer],
      dataType: "float32",
      data: Float32Array.from(sums, (sum, channel) => sum + (bias?.data[channel] ?? 0)),
    },
  };
}

/** What a bias is called that only folding has made: `conv2d/bias` beside `conv2d/kernel`. */
export function biasName(kernelName: string | undefined): string | undefined {
  return kernelName?.replace(/[^/]*$/, "bias");
}

function rearrange(constant: Constant, shape: readonly number[], strides: readonly number[]): Constant {
  const data = constant.data.slice();
  copyStrided(
    shape,
    { data: constant.data, offset: 0, strides },
    { data, offset: 0, strides: stridesOf(shape) },
  );
  return { ...constant, shape, data };
}

/** One number for each channel of a constant that is broadcast over all axes but the last; undefined where it is not. */
export function channelVector(constant: Constant, channels: number): Float64Array | undefined {
  const size = constant.data.length;
  const last = constant.shape.at(-1) ?? 1;
  if (size !== last || (size !== 1 && size !== channels)) return undefined;
  return Float64Array.from({ length: channels }, (_, index) => constant.data[size === 1 ? 0 : index]!);
}
