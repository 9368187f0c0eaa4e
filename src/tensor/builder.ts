import { inferType } from "./ops.ts";
import type { Rewrite } from "./rewrites/rewrite.ts";
import { broadcastAxes, elementCount, sameShape, TensorGraphError } from "./shapes.ts";
import { simplify } from "./simplify.ts";
import type {
  DataType,
  InputRole,
  OpAttributes,
  OpKind,
  RandomDistribution,
  TensorGraph,
  TensorNode,
  TensorShape,
  TensorType,
  ValueId,
  WindowGeometry,
} from "./tensor-graph.ts";

/**
 * Builds a TensorGraph operation by operation. Shapes and data types follow from the operands; equal operations become one
 * node; what does nothing (`x·1`, a reshape to the same shape) gives its operand back.
 */
export class TensorBuilder {
  readonly #nodes: TensorNode[] = [];
  readonly #byKey = new Map<string, ValueId>();
  readonly #dataKeys = new WeakMap<Float32Array | Int32Array, string>();
  readonly #rewrites: readonly Rewrite[];
  #dataCount = 0;
  #layer: string | undefined;

  /** @param rewrites tried on each operation in turn; the first that applies is taken */
  constructor(rewrites: readonly Rewrite[] = []) {
    this.#rewrites = rewrites;
  }

  /** The nodes so far; `nodes[id]` is the node of a value. */
  get nodes(): readonly TensorNode[] {
    return this.#nodes;
  }

  node(value: ValueId): TensorNode {
    const node = this.#nodes[value];
    if (node === undefined) throw new TensorGraphError(`no value ${value} in the graph under construction`);
    return node;
  }

  shape(value: ValueId): TensorShape {
    return this.node(value).shape;
  }

  dataType(value: ValueId): DataType {
    return this.node(value).dataType;
  }

  /** Runs `body` with every new node marked as part of a layer. */
  inLayer<Result>(layer: string | undefined, body: () => Result): Result {
    const outer = this.#layer;
    this.#layer = layer;
    try {
      return body();
    } finally {
      this.#layer = outer;
    }
  }

  /** Any operation but a leaf, by its kind; the methods below say the same with fewer words. */
  apply<Kind extends OpKind>(op: Kind, inputs: readonly ValueId[], attributes: OpAttributes[Kind]): ValueId {
    const type = inferType(
      op,
      inputs.map((input) => this.node(input)),
      attributes,
    );
    const known = simplify(this, op, inputs, attributes, type);
    if (known !== undefined) return known;
    for (const rewrite of this.#rewrites) {
      const rewritten = rewrite.apply(this, op, inputs, attributes);
      if (rewritten !== undefined) return rewritten;
    }
    return this.#append(op, inputs, attributes, type, `${op}(${inputs.join()})${JSON.stringify(attributes)}`);
  }

  // Leaves

  /** A value given from outside. Asking again for the same name gives the same value. */
  input(role: InputRole, name: string, shape: TensorShape, dataType: DataType = "float32"): ValueId {
    const value = this.#append("input", [], { role, name }, { shape, dataType }, `input ${name}`);
    const node = this.node(value) as TensorNode<"input">;
    if (node.attributes.role !== role || node.dataType !== dataType || !sameShape(node.shape, shape)) {
      throw new TensorGraphError(`two different inputs are called "${name}"`);
    }
    return value;
  }

  /** Fixed numbers; `data` is not copied and must not change afterwards. */
  constant(shape: readonly number[], data: Float32Array | Int32Array): ValueId {
    if (elementCount(shape) !== data.length) {
      throw new TensorGraphError(`a constant of shape ${shape.join("x")} with ${data.length} numbers`);
    }
    const dataType = data instanceof Float32Array ? "float32" : "int32";
    return this.#append(
      "constant",
      [],
      { data },
      { shape, dataType },
      `${dataType} ${shape.join("x")} ${this.#dataKey(data)}`,
    );
  }

  /** A float32 constant of one number. */
  scalar(value: number): ValueId {
    return this.constant([], Float32Array.of(value));
  }

  // One operand

  negate = (x: ValueId): ValueId => this.apply("negate", [x], {});
  reciprocal = (x: ValueId): ValueId => this.apply("reciprocal", [x], {});
  sqrt = (x: ValueId): ValueId => this.apply("sqrt", [x], {});
  exp = (x: ValueId): ValueId => this.apply("exp", [x], {});
  log = (x: ValueId): ValueId => this.apply("log", [x], {});
  abs = (x: ValueId): ValueId => this.apply("abs", [x], {});
  tanh = (x: ValueId): ValueId => this.apply("tanh", [x], {});
  sigmoid = (x: ValueId): ValueId => this.apply("sigmoid", [x], {});
  relu = (x: ValueId): ValueId => this.apply("relu", [x], {});
  step = (x: ValueId): ValueId => this.apply("step", [x], {});
  erf = (x: ValueId): ValueId => this.apply("erf", [x], {});
  floor = (x: ValueId): ValueId => this.apply("floor", [x], {});
  clip = (x: ValueId, low: number, high: number): ValueId => this.apply("clip", [x], { low, high });
  cast = (x: ValueId, to: DataType): ValueId => this.apply("cast", [x], { to });
  square = (x: ValueId): ValueId => this.multiply(x, x);

  // Two operands

  add = (a: ValueId, b: ValueId): ValueId => this.apply("add", [a, b], {});
  subtract = (a: ValueId, b: ValueId): ValueId => this.apply("subtract", [a, b], {});
  multiply = (a: ValueId, b: ValueId): ValueId => this.apply("multiply", [a, b], {});
  divide = (a: ValueId, b: ValueId): ValueId => this.apply("divide", [a, b], {});
  maximum = (a: ValueId, b: ValueId): ValueId => this.apply("maximum", [a, b], {});
  minimum = (a: ValueId, b: ValueId): ValueId => this.apply("minimum", [a, b], {});
  power = (a: ValueId, b: ValueId): ValueId => this.apply("power", [a, b], {});
  equal = (a: ValueId, b: ValueId): ValueId => this.apply("equal", [a, b], {});
  greater = (a: ValueId, b: ValueId): ValueId => this.apply("greater", [a, b], {});
  select = (condition: ValueId, whereTrue: ValueId, whereFalse: ValueId): ValueId =>
    this.apply("select", [condition, whereTrue, whereFalse], {});

  // Linear algebra and windows

  matmul = (a: ValueId, b: ValueId, transpose: { left?: boolean; right?: boolean } = {}): ValueId =>
    this.apply("matmul", [a, b], {
      transposeLeft: transpose.left ?? false,
      transposeRight: transpose.right ?? false,
    });
  conv = (x: ValueId, kernel: ValueId, geometry: ConvGeometry): ValueId =>
    this.apply("conv", [x, kernel], geometry);
  convInputGradient = (
    dy: ValueId,
    kernel: ValueId,
    geometry: ConvGeometry & { readonly inputSize: readonly number[] },
  ): ValueId => this.apply("convInputGradient", [dy, kernel], geometry);
  convKernelGradient = (x: ValueId, dy: ValueId, geometry: ConvGeometry): ValueId =>
    this.apply("convKernelGradient", [x, dy], geometry);
  maxPool = (x: ValueId, geometry: WindowGeometry): ValueId => this.apply("maxPool", [x], geometry);
  averagePool = (x: ValueId, geometry: WindowGeometry): ValueId => this.apply("averagePool", [x], geometry);
  batchNorm = (
    x: ValueId,
    weights: { gamma: ValueId; beta: ValueId; mean: ValueId; variance: ValueId },
    epsilon: number,
  ): ValueId =>
    this.apply("batchNorm", [x, weights.gamma, weights.beta, weights.mean, weights.variance], { epsilon });

  // Reductions

  reduceSum = (x: ValueId, axes: readonly number[], keepDims = false): ValueId =>
    this.apply("reduceSum", [x], { axes, keepDims });
  reduceMean = (x: ValueId, axes: readonly number[], keepDims = false): ValueId =>
    this.apply("reduceMean", [x], { axes, keepDims });
  reduceMax = (x: ValueId, axes: readonly number[], keepDims = false): ValueId =>
    this.apply("reduceMax", [x], { axes, keepDims });
  reduceVariance = (x: ValueId, axes: readonly number[], keepDims = false): ValueId =>
    this.apply("reduceVariance", [x], { axes, keepDims });
  argMax = (x: ValueId, axis: number): ValueId => this.apply("argMax", [x], { axis });

  // Shape

  reshape = (x: ValueId, shape: TensorShape): ValueId => this.apply("reshape", [x], { shape });
  transpose = (x: ValueId, permutation: readonly number[]): ValueId =>
    this.apply("transpose", [x], { permutation });
  broadcast = (x: ValueId, shape: TensorShape): ValueId => this.apply("broadcast", [x], { shape });
  concat = (values: readonly ValueId[], axis: number): ValueId => this.apply("concat", values, { axis });
  slice = (
    x: ValueId,
    axes: readonly number[],
    starts: readonly number[],
    ends: readonly number[],
  ): ValueId => this.apply("slice", [x], { axes, starts, ends });
  pad = (x: ValueId, pads: readonly (readonly [number, number])[], value = 0): ValueId =>
    this.apply("pad", [x], { pads, value });

  gather = (table: ValueId, indices: ValueId): ValueId => this.apply("gather", [table, indices], {});

  /** Sums a value of a broadcast result's shape back to the shape of the operand that was broadcast. */
  sumToShape(value: ValueId, shape: TensorShape): ValueId {
    const axes = broadcastAxes(shape, this.shape(value));
    return this.reshape(this.reduceSum(value, axes), shape);
  }

  // Others

  softmax = (x: ValueId, axis: number): ValueId => this.apply("softmax", [x], { axis });
  logSoftmax = (x: ValueId, axis: number): ValueId => this.apply("logSoftmax", [x], { axis });
  oneHot = (labels: ValueId, depth: number): ValueId => this.apply("oneHot", [labels], { depth });
  random = (offset: ValueId, distribution: RandomDistribution, shape: TensorShape): ValueId =>
    this.apply("random", [offset], { distribution, shape });

  /** The graph of the outputs and of what they need; every input asked for stays, in its order, only where it is needed. */
  finish(outputs: Readonly<Record<string, ValueId>>): TensorGraph {
    const needed = new Uint8Array(this.#nodes.length);
    for (const value of Object.values(outputs)) needed[this.node(value).id] = 1;
    for (let id = this.#nodes.length - 1; id >= 0; id--) {
      if (needed[id] === 1) for (const input of this.#nodes[id]!.inputs) needed[input] = 1;
    }
    const renumbered = new Int32Array(this.#nodes.length);
    const nodes: TensorNode[] = [];
    for (const node of this.#nodes) {
      if (needed[node.id] === 0) continue;
      renumbered[node.id] = nodes.length;
      const inputs = node.inputs.map((input) => renumbered[input]!);
      nodes.push({ ...node, id: nodes.length, inputs } as TensorNode);
    }
    return {
      nodes,
      outputs: Object.entries(outputs).map(([name, value]) => ({ name, value: renumbered[value]! })),
    };
  }

  #append<Kind extends OpKind>(
    op: Kind,
    inputs: readonly ValueId[],
    attributes: OpAttributes[Kind],
    type: TensorType,
    key: string,
  ): ValueId {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const id = this.#nodes.length;
    const { shape, dataType } = type;
    this.#nodes.push({ id, op, inputs, attributes, shape, dataType, layer: this.#layer } as TensorNode);
    this.#byKey.set(key, id);
    return id;
  }

  /** Small constants are equal by their numbers, large ones by identity. */
  #dataKey(data: Float32Array | Int32Array): string {
    if (data.length <= 16) return Array.from(data, (value) => (Object.is(value, -0) ? "-0" : value)).join();
    let key = this.#dataKeys.get(data);
    if (key === undefined) {
      key = `#${this.#dataCount++}`;
      this.#dataKeys.set(data, key);
    }
    return key;
  }
}

export type ConvGeometry = WindowGeometry & { readonly groups: number };
