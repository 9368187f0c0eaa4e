import { elementwiseOps } from "../../tensor/ops.ts";
import type { OpKind, TensorGraph, TensorNode, ValueId, WindowGeometry } from "../../tensor/tensor-graph.ts";
import { shapeOf } from "./bind-batch.ts";

/**
 * Which cells of spatial values matter. Where a pooling drops the last row and column of what it is given, nobody reads
 * them, nor what only they depend on, and no gradient reaches them: such cells are never computed. Boxes are counted from
 * the first cell of each axis, so a region is a list of ends.
 */
export type Ends = readonly number[];

/** Values that must lie in memory alike: what elementwise operations join, forward and gradients. */
export interface SpatialClass {
  readonly members: readonly ValueId[];
  readonly batch: number;
  readonly size: readonly number[];
  /** The cells that any member needs. */
  readonly box: Ends;
}

/** Operations that treat each element by itself; operands of the result's shape lie as it does. */
const alignedOps: ReadonlySet<OpKind> = new Set<OpKind>([...elementwiseOps, "batchNorm"]);

/** Operations with f(0) = 0. */
const keepsZero: ReadonlySet<OpKind> = new Set<OpKind>([
  "negate",
  "sqrt",
  "abs",
  "tanh",
  "relu",
  "step",
  "erf",
  "floor",
]);

/** Finds the classes of a bound graph; the class of each value by its id, where it has one. */
export function findSpatialClasses(graph: TensorGraph): ReadonlyMap<ValueId, SpatialClass> {
  const classes = uniteClasses(graph);
  const regions = new Regions(graph, classes);
  regions.settle();
  const found = new Map<ValueId, SpatialClass>();
  for (const members of classes.groups()) {
    const shape = shapeOf(graph.nodes[members[0]!]!);
    const made = { members, batch: shape[0]!, size: shape.slice(1, -1), box: regions.boxOf(members[0]!) };
    for (const member of members) found.set(member, made);
  }
  return found;
}

/** The pairs of values that an operation wants to lie alike. */
function alikePairs(graph: TensorGraph, node: TensorNode): readonly (readonly [ValueId, ValueId])[] {
  const [first, second, third] = node.inputs;
  if (node.op === "maxPoolGradient") return [[first!, node.id], [second!, third!]]; // prettier-ignore
  if (!alignedOps.has(node.op)) return [];
  const size = spatialKey(node);
  return node.inputs
    .filter((input) => spatialKey(graph.nodes[input]!) === size)
    .map((input): [ValueId, ValueId] => [input, node.id]);
}

/** Batch and spatial size: values of different channels can be rows of the same order. */
function spatialKey(node: TensorNode): string {
  return node.shape.length < 3 ? "" : node.shape.slice(0, -1).join("x");
}

/** The spatial values that windows move over: they are what classes are made for. */
function windowValues(node: TensorNode): readonly ValueId[] {
  switch (node.op) {
    case "conv":
    case "convInputGradient":
    case "maxPool":
    case "averagePool":
    case "averagePoolGradient":
      return [node.inputs[0]!, node.id];
    case "convKernelGradient":
      return node.inputs;
    case "maxPoolGradient":
      return [...node.inputs, node.id];
    default:
      return [];
  }
}

class UnionFind {
  readonly #parents: Int32Array;
  readonly #isMember: Uint8Array;

  constructor(count: number) {
    this.#parents = Int32Array.from({ length: count }, (_, index) => index);
    this.#isMember = new Uint8Array(count);
  }

  find(value: ValueId): ValueId {
    let root = value;
    while (this.#parents[root] !== root) root = this.#parents[root]!;
    for (let at = value; at !== root;) {
      const next = this.#parents[at]!;
      this.#parents[at] = root;
      at = next;
    }
    return root;
  }

  unite(left: ValueId, right: ValueId): void {
    this.#parents[this.find(left)] = this.find(right);
  }

  mark(value: ValueId): void {
    this.#isMember[value] = 1;
  }

  /** The groups that hold a marked value. */
  groups(): readonly (readonly ValueId[])[] {
    const groups = new Map<ValueId, ValueId[]>();
    const wanted = new Set<ValueId>();
    for (let value = 0; value < this.#parents.length; value++) {
      const root = this.find(value);
      const group = groups.get(root);
      if (group === undefined) groups.set(root, [value]);
      else group.push(value);
      if (this.#isMember[value] === 1) wanted.add(root);
    }
    return [...groups].filter(([root]) => wanted.has(root)).map(([, group]) => group);
  }
}

function uniteClasses(graph: TensorGraph): UnionFind {
  const classes = new UnionFind(graph.nodes.length);
  for (const node of graph.nodes) {
    for (const [left, right] of alikePairs(graph, node)) classes.unite(left, right);
    for (const value of windowValues(node)) classes.mark(value);
  }
  return classes;
}

/** The last cell of the input, plus one, that windows at places before `ends` see. */
export function inputEnds(geometry: WindowGeometry, ends: Ends, inputSize: readonly number[]): Ends {
  return ends.map((end, axis) => {
    const last = (end - 1) * geometry.stride[axis]! + (geometry.kernel[axis]! - 1) * geometry.dilation[axis]!;
    return clamp(last - geometry.pads[axis]![0] + 1, inputSize[axis]!);
  });
}

/** The last place, plus one, whose window sees a cell of the input before `ends`. */
function placeEnds(geometry: WindowGeometry, ends: Ends, outputSize: readonly number[]): Ends {
  return ends.map((end, axis) =>
    clamp(Math.floor((end - 1 + geometry.pads[axis]![0]) / geometry.stride[axis]!) + 1, outputSize[axis]!),
  );
}

function clamp(value: number, largest: number): number {
  return Math.max(1, Math.min(value, largest));
}

const smaller = (left: Ends, right: Ends): Ends => left.map((end, axis) => Math.min(end, right[axis]!));
const larger = (left: Ends, right: Ends): Ends => left.map((end, axis) => Math.max(end, right[axis]!));

/** The analysis: where values can differ from zero, from front to back, then what is needed, from back to front. */
class Regions {
  readonly #graph: TensorGraph;
  readonly #groupOf = new Map<ValueId, readonly ValueId[]>();
  /** By value; what lies outside is zero. */
  readonly #nonzero: Ends[] = [];
  readonly #needed = new Map<ValueId, Ends>();

  constructor(graph: TensorGraph, classes: UnionFind) {
    this.#graph = graph;
    for (const group of classes.groups()) for (const member of group) this.#groupOf.set(member, group);
    for (const node of graph.nodes) this.#nonzero.push(this.#nonzeroOf(node));
  }

  boxOf(value: ValueId): Ends {
    return this.#needed.get(value) ?? this.#size(value).map(() => 1);
  }

  /** Repeats the walk until members of one class agree; boxes only grow, so it ends. */
  settle(): void {
    for (const { value } of this.#graph.outputs) this.#need(value, this.#size(value));
    let changed = true;
    while (changed) {
      changed = false;
      for (let id = this.#graph.nodes.length - 1; id >= 0; id--) {
        if (this.#needOperands(this.#graph.nodes[id]!)) changed = true;
      }
    }
  }

  #size(value: ValueId): readonly number[] {
    return shapeOf(this.#graph.nodes[value]!).slice(1, -1);
  }

  #nonzeroOf(node: TensorNode): Ends {
    const size = shapeOf(node).slice(1, -1);
    const of = (index: number): Ends => this.#nonzero[node.inputs[index]!]!;
    const isAlike = (index: number): boolean =>
      spatialKey(this.#graph.nodes[node.inputs[index]!]!) === spatialKey(node);
    if (size.length === 0) return size;
    switch (node.op) {
      case "convInputGradient":
      case "averagePoolGradient":
        return inputEnds(node.attributes, of(0), size);
      case "maxPoolGradient":
        return inputEnds(node.attributes, of(2), size);
      case "multiply": {
        const alike = [0, 1].filter(isAlike);
        return alike.map(of).reduce(smaller, size);
      }
      case "add":
      case "subtract":
        return isAlike(0) && isAlike(1) ? larger(of(0), of(1)) : size;
      default:
        return keepsZero.has(node.op) ? of(0) : size;
    }
  }

  /** True where this made any box larger. */
  #needOperands(node: TensorNode): boolean {
    const needs = this.#needsOf(node);
    let grown = false;
    node.inputs.forEach((input, index) => {
      const need = needs[index];
      if (need !== undefined && this.#need(input, need)) grown = true;
    });
    return grown;
  }

  /** What a node reads of each operand; undefined for operands that are not spatial. */
  #needsOf(node: TensorNode): readonly (Ends | undefined)[] {
    const full = node.inputs.map((input) => this.#size(input));
    const [first, second, third] = node.inputs;
    const own = this.#needed.get(node.id);
    if (windowValues(node).includes(node.id) && own === undefined) return [];
    switch (node.op) {
      case "conv":
      case "maxPool":
      case "averagePool":
        return [inputEnds(node.attributes, own!, full[0]!)];
      case "convInputGradient":
      case "averagePoolGradient":
        return [smaller(this.#nonzero[first!]!, placeEnds(node.attributes, own!, full[0]!))];
      case "convKernelGradient": {
        const places = this.#needed.get(second!) ?? this.#nonzero[second!]!;
        return [inputEnds(node.attributes, places, full[0]!), this.#nonzero[second!]!];
      }
      case "maxPoolGradient": {
        const places = smaller(this.#nonzero[third!]!, placeEnds(node.attributes, own!, full[1]!));
        const known = this.#needed.get(second!) ?? places;
        return [inputEnds(node.attributes, larger(places, known), full[0]!), places, places];
      }
      case "reduceSum":
      case "reduceMean": {
        const isOverCells = full[0]!.every((_, axis) => node.attributes.axes.includes(axis + 1));
        return [isOverCells ? this.#nonzero[first!] : full[0]];
      }
      default: {
        if (!alignedOps.has(node.op) || !this.#groupOf.has(node.id)) return full;
        if (own === undefined) return [];
        const read = smaller(own, this.#nonzero[node.id]!);
        return node.inputs.map((input, index) =>
          spatialKey(this.#graph.nodes[input]!) === spatialKey(node) ? read : full[index],
        );
      }
    }
  }

  #need(value: ValueId, ends: Ends): boolean {
    const group = this.#groupOf.get(value);
    if (group === undefined || ends.length === 0) return false;
    const before = this.#needed.get(value);
    const after = before === undefined ? ends : larger(before, ends);
    if (before?.every((end, axis) => end === after[axis])) return false;
    for (const member of group) this.#needed.set(member, after);
    return true;
  }
}
