import { elementwiseOps } from "../ops.ts";
import type { OpKind, Reduction, TensorGraph, TensorNode, TensorShape, ValueId } from "../tensor-graph.ts";

/**
 * What a value has to do with the examples of a batch. `shared`: it is the same for all of them, as weights are. `example`: its
 * first axis counts examples (or rows of them), and each part comes of its own example and shared values alone. `sum`: it is made
 * of all examples together, and of parts of the batch by adding up, or, for a variance, by a rule of its own.
 */
export type BatchRole = "shared" | "example" | "sum";

/** Operations on [N, …] that keep the first axis and mix nothing along it. */
const keepsExamples: ReadonlySet<OpKind> = new Set<OpKind>([
  "maxPool",
  "maxPoolGradient",
  "averagePool",
  "averagePoolGradient",
  "oneHot",
]);

/**
 * The role of every value of a graph made for a number of examples; undefined where some value mixes examples in a way that
 * cannot be cut.
 */
export function findBatchRoles(graph: TensorGraph, batch: number): readonly BatchRole[] | undefined {
  const roles: BatchRole[] = [];
  const isExample = (value: ValueId): boolean => roles[value] === "example";
  for (const node of graph.nodes) {
    const role = roleOf(node, graph, batch, isExample);
    if (role === undefined) return undefined;
    roles.push(role);
  }
  return graph.outputs.some(({ value }) => isExample(value)) ? undefined : roles;
}

function roleOf(
  node: TensorNode,
  { nodes }: TensorGraph,
  batch: number,
  isExample: (value: ValueId) => boolean,
): BatchRole | undefined {
  if (node.op === "input") {
    const { role } = node.attributes;
    return role === "data" || role === "target" ? "example" : "shared";
  }
  if (node.op === "random") return node.attributes.shape[0] === batch ? "example" : undefined;
  if (!node.inputs.some(isExample)) return "shared";
  const shapes = node.inputs.map((input) => nodes[input]!.shape);
  const [first, second] = node.inputs.map(isExample);
  const isCounted = (shape: TensorShape): boolean => Number(shape[0]) % batch === 0;
  if (elementwiseOps.has(node.op)) return pointwiseRole(node, shapes, isExample);
  if (keepsExamples.has(node.op)) return "example";
  switch (node.op) {
    case "conv":
    case "convInputGradient":
      return first! && !second! ? "example" : undefined;
    case "convKernelGradient":
      return first! && second! ? "sum" : undefined;
    case "batchNorm":
      return node.inputs.slice(1).some(isExample) ? undefined : "example";
    case "matmul":
      return productRole(node, shapes, [first!, second!]);
    case "reduceSum":
    case "reduceMean":
    case "reduceVariance":
      return isOverExamples(node.attributes) ? "sum" : "example";
    case "reduceMax":
      return isOverExamples(node.attributes) ? undefined : "example";
    case "argMax":
    case "softmax":
    case "logSoftmax":
      return node.attributes.axis === 0 ? undefined : "example";
    case "reshape":
      return isCounted(node.shape) ? "example" : undefined;
    case "broadcast":
      return shapes[0]!.length === node.shape.length && shapes[0]![0] === node.shape[0]
        ? "example"
        : undefined;
    case "transpose":
      return node.attributes.permutation[0] === 0 ? "example" : undefined;
    case "concat":
      return node.attributes.axis !== 0 && node.inputs.every(isExample) ? "example" : undefined;
    case "slice":
      return node.attributes.axes.includes(0) ? undefined : "example";
    case "pad":
      return node.attributes.pads[0]!.every((cells) => cells === 0) ? "example" : undefined;
    case "gather":
      return !first! && second! ? "example" : undefined;
    case "gatherGradient":
      return first! && second! ? "sum" : undefined;
    default:
      return undefined;
  }
}

/** The first axis of the result must be that of every operand that counts examples. */
function pointwiseRole(
  node: TensorNode,
  shapes: readonly TensorShape[],
  isExample: (value: ValueId) => boolean,
): BatchRole | undefined {
  const isAligned = node.inputs.every((input, index) => {
    const shape = shapes[index]!;
    return !isExample(input) || (shape.length === node.shape.length && shape[0] === node.shape[0]);
  });
  return isAligned ? "example" : undefined;
}

function productRole(
  { attributes: { transposeLeft, transposeRight } }: TensorNode<"matmul">,
  [left, right]: readonly TensorShape[],
  [isLeft, isRight]: readonly [boolean, boolean],
): BatchRole | undefined {
  if (isLeft && isRight) {
    if (left!.length > 2 && left!.length === right!.length) return "example";
    return left!.length === 2 && right!.length === 2 && transposeLeft && !transposeRight ? "sum" : undefined;
  }
  if (!isLeft) return undefined;
  return left!.length > 2
    ? right!.length <= 2
      ? "example"
      : undefined
    : transposeLeft
      ? undefined
      : "example";
}

function isOverExamples({ axes }: Reduction): boolean {
  return axes.includes(0);
}
