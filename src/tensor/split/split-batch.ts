import { TensorBuilder } from "../builder.ts";
import { elementwiseOps } from "../ops.ts";
import { reducedShape } from "../shapes.ts";
import type {
  OpAttributes,
  OpKind,
  Reduction,
  TensorGraph,
  TensorNode,
  TensorShape,
  ValueId,
} from "../tensor-graph.ts";
import { type BatchRole, findBatchRoles } from "./batch-roles.ts";

/**
 * A step on a batch as one graph in which parts of the batch go their own ways and meet only in sums over the examples: what is
 * computed of a part is small enough for a core's cache, and different parts can run at the same time. Inputs and outputs
 * are those of the step; undefined where some value mixes examples in a way that cannot be cut.
 *
 * @param parts the examples of each part
 */
export function splitBatch(step: TensorGraph, parts: readonly number[]): TensorGraph | undefined {
  const batch = parts.reduce((sum, size) => sum + size, 0);
  const roles = findBatchRoles(step, batch);
  if (roles === undefined) return undefined;
  try {
    return new BatchSplit(step, batch, parts, roles).build();
  } catch (error) {
    if (error instanceof CannotBeSplit) return undefined;
    throw error;
  }
}

class CannotBeSplit extends Error {}

type Statistic = TensorNode<"reduceSum" | "reduceMean" | "reduceVariance">;

/** Whether a node sums up each channel of values with cells; a variance always does, since it is not the sum of its parts. */
function isStatistic(node: TensorNode, operand: TensorShape): node is Statistic {
  if (node.op === "reduceVariance") return true;
  if (node.op !== "reduceSum" && node.op !== "reduceMean") return false;
  return operand.length > 2 && isOverAllButLast(node.attributes, operand);
}

function isOverAllButLast({ axes }: Reduction, operand: TensorShape): boolean {
  return axes.length === operand.length - 1 && !axes.includes(operand.length - 1);
}

class BatchSplit {
  readonly #step: TensorGraph;
  readonly #batch: number;
  readonly #parts: readonly number[];
  readonly #roles: readonly BatchRole[];
  readonly #builder = new TensorBuilder();
  /** For values of examples one for each part, for others one in all. */
  readonly #made: (readonly ValueId[])[] = [];

  constructor(step: TensorGraph, batch: number, parts: readonly number[], roles: readonly BatchRole[]) {
    this.#step = step;
    this.#batch = batch;
    this.#parts = parts;
    this.#roles = roles;
  }

  build(): TensorGraph {
    for (const node of this.#step.nodes) {
      this.#made.push(this.#builder.inLayer(node.layer, () => this.#make(node)));
    }
    const outputs = this.#step.outputs.map(({ name, value }) => [name, this.#made[value]![0]!] as const);
    return this.#builder.finish(Object.fromEntries(outputs));
  }

  #make(node: TensorNode): readonly ValueId[] {
    const builder = this.#builder;
    const role = this.#roles[node.id]!;
    if (node.op === "constant")
      return [builder.constant(node.shape as readonly number[], node.attributes.data)];
    if (node.op === "input") {
      const { role: use, name } = node.attributes;
      const whole = builder.input(use, name, node.shape, node.dataType);
      return role === "shared" ? [whole] : this.#cut(whole);
    }
    // Drawn for all parts at once, so that each has numbers of its own.
    if (node.op === "random") return this.#cut(this.#apply(node, [this.#made[node.inputs[0]!]![0]!]));
    if (role === "shared")
      return [
        this.#apply(
          node,
          node.inputs.map((input) => this.#made[input]![0]!),
        ),
      ];
    if (role === "sum" && isStatistic(node, this.#step.nodes[node.inputs[0]!]!.shape)) {
      return [this.#statistic(node)];
    }
    const made = this.#parts.map((size, part) => {
      const inputs = node.inputs.map((input) => this.#operand(node, input, part));
      if (role === "sum") return this.#partOfSum(node, inputs);
      const isShaped = "shape" in node.attributes;
      const attributes = isShaped
        ? { ...node.attributes, shape: this.#resized(node.shape, size) }
        : node.attributes;
      return builder.apply(node.op, inputs, attributes as OpAttributes[OpKind]);
    });
    if (role === "example") return made;
    return [made.reduce((left, right) => builder.add(left, right))];
  }

  #cut(whole: ValueId): readonly ValueId[] {
    let start = 0;
    return this.#parts.map((size) => {
      const slice = this.#builder.slice(whole, [0], [start], [start + size]);
      start += size;
      return slice;
    });
  }

  #apply(node: TensorNode, inputs: readonly ValueId[]): ValueId {
    return this.#builder.apply(node.op, inputs, node.attributes as OpAttributes[OpKind]);
  }

  #operand(node: TensorNode, input: ValueId, part: number): ValueId {
    if (this.#roles[input] === "example") return this.#made[input]![part]!;
    const operand = this.#step.nodes[input]!;
    const isRepeated =
      this.#roles[input] === "shared" &&
      this.#batch > 1 &&
      elementwiseOps.has(node.op) &&
      operand.shape.length === node.shape.length &&
      operand.shape[0] === node.shape[0];
    if (!isRepeated) return this.#made[input]![0]!;
    const inner = this.#step.nodes[operand.inputs[0] ?? input]!.shape;
    const isPlain = operand.op === "broadcast" && (inner.length < operand.shape.length || inner[0] === 1);
    if (!isPlain) throw new CannotBeSplit();
    const shape = this.#resized(operand.shape, this.#parts[part]!);
    return this.#builder.broadcast(this.#made[operand.inputs[0]!]![0]!, shape);
  }

  #resized(shape: TensorShape, size: number): TensorShape {
    return [(Number(shape[0]) / this.#batch) * size, ...shape.slice(1)];
  }

  /** A part's share of a sum over the batch: a mean is taken over all of it. */
  #partOfSum(node: TensorNode, inputs: readonly ValueId[]): ValueId {
    const builder = this.#builder;
    if (node.op !== "reduceMean") return this.#apply(node, inputs);
    const { axes }: Reduction = node.attributes;
    const shape = this.#step.nodes[node.inputs[0]!]!.shape;
    const count = axes.reduce((product, axis) => product * Number(shape[axis]), 1);
    return builder.multiply(builder.apply("reduceSum", inputs, node.attributes), builder.scalar(1 / count));
  }

  /**
   * A sum, mean or variance over examples and cells: each example's cells first, then all examples together. A variance is the
   * mean square of what is left without the mean, which is there already where the values are normalized.
   */
  #statistic(node: Statistic): ValueId {
    const builder = this.#builder;
    const { attributes } = node;
    const { shape } = this.#step.nodes[node.inputs[0]!]!;
    if (!isOverAllButLast(attributes, shape)) throw new CannotBeSplit();
    const count = shape.slice(0, -1).reduce<number>((product, dim) => product * Number(dim), 1);
    const parts = this.#made[node.inputs[0]!]!;
    const shaped = (value: ValueId): ValueId =>
      builder.reshape(value, reducedShape(shape, attributes.axes, attributes.keepDims));
    if (node.op !== "reduceVariance") return shaped(this.#overExamples(node.op, parts, count));
    const mean = this.#overExamples("reduceMean", parts, count);
    const squares = parts.map((part) => builder.square(builder.subtract(part, mean)));
    return shaped(this.#overExamples("reduceMean", squares, count));
  }

  /**
   * The sum or mean of each channel over `count` cells in all. Products are added up and other values averaged, whichever is
   * asked for: that is what processors have fast operations for.
   */
  #overExamples(op: "reduceSum" | "reduceMean", parts: readonly ValueId[], count: number): ValueId {
    const builder = this.#builder;
    const { op: made, shape } = builder.node(parts[0]!);
    const isSum = made === "multiply";
    const reduce = (value: ValueId, axes: readonly number[]): ValueId =>
      isSum ? builder.reduceSum(value, axes) : builder.reduceMean(value, axes);
    const cells = shape.slice(1, -1).map((_, index) => index + 1);
    const perExample = parts.map((part) => (cells.length === 0 ? part : reduce(part, cells)));
    const total = reduce(builder.concat(perExample, 0), [0]);
    if (isSum === (op === "reduceSum")) return total;
    return builder.multiply(total, builder.scalar(isSum ? 1 / count : count));
  }
}
