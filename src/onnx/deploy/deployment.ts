import { InputError } from "../../diagnostics/input-error.ts";
import type { DataType, TensorGraph, TensorShape, ValueId } from "../../tensor/tensor-graph.ts";
import type { OnnxBuilder, ValueHandle } from "../builder.ts";
import { int, ints, string } from "../attributes.ts";
import type { OnnxDim } from "../onnx-graph.ts";
import { alignConstant } from "./align.ts";
import type { Constant, Constants } from "./constants.ts";
import { permuteConstant } from "./constants.ts";
import { einsumOpset, spell } from "./einsum.ts";
import { isNatural, natural, physicalShape, sameLayout, sameOrder } from "./layout.ts";
import type { AxesLayout, Layout } from "./layout.ts";
import { tileInputs } from "./tiles.ts";
import type { Tile } from "./tiles.ts";

/** The name of the batch dimension in the file. */
export const batchName = "batch";

/** What a tile's nodes give: the value at its root. */
export interface Emitted {
  readonly handle: ValueHandle;
  readonly layout: Layout;
  /** What the value was reshaped from, so that elements can be moved while they stand in axes. */
  readonly reshapedFrom?: Placed;
  /** What is still to be done to each channel of what stands there; whoever asks for the value gets it done. */
  readonly pending?: ChannelAffine;
}

/** y = x · scale + shift in each channel of the last logical axis, which a convolution or dense layer after it can take in. */
export interface ChannelAffine {
  readonly scale: Constant;
  readonly shift: Constant | undefined;
}

/**
 * A value of the TensorGraph in the file: which ONNX value, and how its elements stand. Several may share an ONNX value, each with
 * its own shape and layout.
 */
export interface Placed extends Emitted {
  readonly shape: TensorShape;
  readonly dataType: DataType;
}

/** An ONNX value and its shape in the file. */
interface Standing {
  readonly handle: ValueHandle;
  readonly physical: TensorShape;
}

/** Where the places along an axis of a Gather's result were taken from. */
interface Gathered {
  readonly source: ValueHandle;
  readonly axis: number;
  readonly order: Int32Array;
}

interface WeightForm {
  readonly shape: readonly number[];
  readonly data: Constant["data"];
  readonly handle: ValueHandle;
}

interface DeploymentParts {
  readonly builder: OnnxBuilder;
  readonly graph: TensorGraph;
  readonly constants: Constants;
  readonly opset: number;
  readonly tiles: readonly Tile[];
  readonly ioLayout: (rank: number) => AxesLayout;
  readonly foldsScales: boolean;
}

/** The file under construction: which ONNX value stands for which value of the TensorGraph, and in which layouts. */
export class Deployment {
  readonly builder: OnnxBuilder;
  readonly graph: TensorGraph;
  readonly constants: Constants;
  readonly opset: number;
  /** How the model's inputs and outputs stand. */
  readonly ioLayout: (rank: number) => AxesLayout;
  /** Whether kernels take in what is done to each channel before them. */
  readonly foldsScales: boolean;
  /** The layer whose nodes are being made, for messages. */
  layer: string | undefined;
  readonly #placed = new Map<ValueId, Placed>();
  /** What the results of Reshape and Flatten were made of, so that the next one begins there. */
  readonly #reshapeSources = new Map<ValueHandle, Standing>();
  readonly #gathered = new Map<ValueHandle, Gathered>();
  readonly #weights = new Map<string, WeightForm[]>();

  readonly #outputs: ReadonlySet<ValueId>;
  readonly #readers = new Map<ValueId, Tile[]>();

  constructor({ tiles, ...parts }: DeploymentParts) {
    this.builder = parts.builder;
    this.graph = parts.graph;
    this.constants = parts.constants;
    this.opset = parts.opset;
    this.ioLayout = parts.ioLayout;
    this.foldsScales = parts.foldsScales;
    const { graph } = parts;
    this.#outputs = new Set(graph.outputs.map(({ value }) => value));
    for (const tile of tiles) {
      for (const input of new Set(tileInputs(tile))) {
        const readers = this.#readers.get(input);
        if (readers === undefined) this.#readers.set(input, [tile]);
        else readers.push(tile);
      }
    }
  }

  /** The tiles that read a value; none for a value that is an output, which must stand in the file as the user wants it. */
  readers(value: ValueId): readonly Tile[] {
    return this.isOutput(value) ? [] : (this.#readers.get(value) ?? []);
  }

  isOutput(value: ValueId): boolean {
    return this.#outputs.has(value);
  }

  /** Whether anything in the file is computed of a value. */
  isRead(value: ValueId): boolean {
    return this.#readers.has(value);
  }

  /** Values placed so far, in the order of the graph. */
  get placed(): ReadonlyMap<ValueId, Placed> {
    return this.#placed;
  }

  /** Records where a value stands; its type is written into the file. */
  place(value: ValueId, emitted: Emitted): Placed {
    const { shape, dataType } = this.graph.nodes[value]!;
    const placed = { ...emitted, shape, dataType };
    this.#placed.set(value, placed);
    this.builder.describe(emitted.handle, dataType, onnxDims(physicalShape(emitted.layout, shape)));
    return placed;
  }

  get(value: ValueId): Placed {
    const known = this.getUnscaled(value);
    return known.pending === undefined ? known : this.#scale(value, known, known.pending);
  }

  /** A value as it stands, for a reader that sees to what is pending. */
  getUnscaled(value: ValueId): Placed {
    const known = this.#placed.get(value);
    if (known !== undefined) return known;
    const constant = this.constants.of(value);
    if (constant === undefined)
      throw new Error(`a mistake of the compiler: value ${value} is not in the file yet`);
    const { shape, dataType } = this.graph.nodes[value]!;
    const placed: Placed = { handle: this.weight(constant), layout: natural(shape.length), shape, dataType };
    this.#placed.set(value, placed);
    return placed;
  }

  /** Does what is pending for a value. */
  #scale(value: ValueId, { handle, layout, shape }: Placed, { scale, shift }: ChannelAffine): Placed {
    const aligned = (constant: Constant): ValueHandle =>
      this.weight(alignConstant(constant, shape.length, layout));
    let result = this.builder.node("Mul", [handle, aligned(scale)]);
    if (shift !== undefined) result = this.builder.node("Add", [result, aligned(shift)]);
    return this.place(value, { handle: result, layout });
  }

  /** The value in this layout, moved there by one node where it must be. */
  inLayout(value: ValueId, layout: Layout): ValueHandle {
    const constant = this.constants.of(value);
    if (constant !== undefined && layout.kind === "axes") {
      return this.weight(permuteConstant(constant, layout.permutation));
    }
    return this.#scaledInto(value, layout) ?? this.convert(this.get(value), layout);
  }

  /** What is pending for a value, done by the product that moves it too; undefined where nothing is pending or nothing moves. */
  #scaledInto(value: ValueId, layout: Layout): ValueHandle | undefined {
    const { handle, shape, dataType, layout: from, pending } = this.getUnscaled(value);
    const moves = from.kind === "axes" && layout.kind === "axes" && !sameOrder(from, layout, shape);
    if (pending === undefined || !moves || this.opset < einsumOpset) return undefined;
    const letters = shape.map((_, axis) => String.fromCharCode("a".charCodeAt(0) + axis));
    const equation = string(`${spell(letters, from)},${letters.at(-1)}->${spell(letters, layout)}`);
    let result = this.builder.node("Einsum", [handle, this.weight(pending.scale)], { equation });
    if (pending.shift !== undefined) {
      const shift = this.weight(alignConstant(pending.shift, shape.length, layout));
      result = this.builder.node("Add", [result, shift]);
    }
    this.builder.describe(result, dataType, onnxDims(physicalShape(layout, shape)));
    return result;
  }

  convert(from: Placed, layout: Layout): ValueHandle {
    if (sameLayout(from.layout, layout)) return from.handle;
    const handle = this.#makeConversion(from, layout);
    this.builder.describe(handle, from.dataType, onnxDims(physicalShape(layout, from.shape)));
    return handle;
  }

  #makeConversion(from: Placed, layout: Layout): ValueHandle {
    const { reshapedFrom } = from;
    if (from.layout.kind === "features" || layout.kind === "features") {
      if (reshapedFrom === undefined || !isNatural(layout)) return this.#gatherFeatures(from, layout);
      // Moved before it is flattened: a Transpose in place of a Gather.
      const moved = this.convert(reshapedFrom, natural(reshapedFrom.shape.length));
      return this.reshape(moved, reshapedFrom.shape, from.shape);
    }
    if (sameOrder(from.layout, layout, from.shape)) {
      const physical = physicalShape(from.layout, from.shape);
      return this.reshape(from.handle, physical, physicalShape(layout, from.shape));
    }
    const standing = from.layout.permutation;
    const perm = layout.permutation.map((axis) => standing.indexOf(axis));
    return this.builder.node("Transpose", [from.handle], { perm: ints(perm) });
  }

  /** Reorders the features of [N, F]. */
  #gatherFeatures(from: Placed, layout: Layout): ValueHandle {
    const count = from.shape[1] as number;
    const standing = new Map<number, number>();
    for (let place = 0; place < count; place++) standing.set(featureAt(from.layout, place), place);
    const indices = Array.from({ length: count }, (_, place) => standing.get(featureAt(layout, place))!);
    return this.builder.node("Gather", [from.handle, this.builder.int64s(indices)], { axis: int(1) });
  }

  /** The same memory under another shape; nothing where the shapes are equal. */
  reshape(handle: ValueHandle, from: TensorShape, to: TensorShape): ValueHandle {
    const source = this.#reshapeSources.get(handle) ?? { handle, physical: from };
    if (sameDims(source.physical, to)) return source.handle;
    const result = this.#makeReshape(source.handle, source.physical, to);
    this.#reshapeSources.set(result, source);
    return result;
  }

  #makeReshape(handle: ValueHandle, from: TensorShape, to: TensorShape): ValueHandle {
    if (to.length === 2 && from.length > 2 && from[0] === to[0]) {
      return this.builder.node("Flatten", [handle], { axis: int(1) });
    }
    // 0 copies the dimension that stands in the same place.
    const dims = to.map((dim, axis) => (dim !== "N" ? dim : from[axis] === "N" ? 0 : -1));
    return this.builder.node("Reshape", [handle, this.builder.int64s(dims)]);
  }

  /** The places along a physical axis in this order. */
  gather(source: ValueHandle, axis: number, order: Int32Array): ValueHandle {
    const handle = this.builder.node("Gather", [source, this.builder.int64s([...order])], {
      axis: int(axis),
    });
    this.#gathered.set(handle, { source, axis, order });
    return handle;
  }

  /** A part of what was gathered along an axis, taken from the source itself; undefined for any other value. */
  gatherPart(handle: ValueHandle, axis: number, start: number, end: number): ValueHandle | undefined {
    const gathered = this.#gathered.get(handle);
    if (gathered?.axis !== axis) return undefined;
    return this.gather(gathered.source, axis, gathered.order.slice(start, end));
  }

  /**
   * A constant in the file. A weight keeps its name; where a file needs it in several forms (two layouts, two folded scales), the
   * later ones get a number.
   */
  weight({ name, shape, dataType, data }: Constant): ValueHandle {
    if (name === undefined) {
      const stored = dataType === "bool" ? Uint8Array.from(data) : data;
      return this.builder.constant(stored, shape, undefined, dataType);
    }
    let forms = this.#weights.get(name);
    if (forms === undefined) this.#weights.set(name, (forms = []));
    let form = forms.find((known) => sameDims(known.shape, shape) && sameData(known.data, data));
    if (form === undefined) {
      const fresh = forms.length === 0 ? name : `${name}_${forms.length}`;
      forms.push((form = { shape, data, handle: this.builder.initializer(fresh, data, shape, dataType) }));
    }
    return form.handle;
  }

  /** Refuses an operator that the chosen operator set does not have yet. */
  requireOpset(version: number, what: string): void {
    if (this.opset >= version) return;
    const layer = this.layer === undefined ? "the model" : `layer "${this.layer}"`;
    throw new InputError(
      `${layer} needs ${what}, which ONNX has since opset ${version}, not in opset ${this.opset}`,
      {
        help: `export with opset ${version} or later`,
      },
    );
  }
}

function featureAt(layout: Layout, place: number): number {
  return layout.kind === "features" ? layout.order[place]! : place;
}

function sameDims(left: TensorShape, right: TensorShape): boolean {
  return left.length === right.length && left.every((dim, axis) => dim === right[axis]);
}

function sameData(left: Constant["data"], right: Constant["data"]): boolean {
  return (
    left === right ||
    (left.length === right.length && left.every((value, index) => Object.is(value, right[index])))
  );
}

/** A shape as the file says it. */
export function onnxDims(shape: TensorShape): readonly OnnxDim[] {
  return shape.map((dim) => (dim === "N" ? batchName : dim));
}
