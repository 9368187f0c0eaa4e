// reference/: what each operation means, in float64 and plain loops. Slow on purpose only where clearness asks for it; every
// other way of running a graph is held against it.
import { roundToHalf } from "../half-precision.ts";
import { formatTensorShape, TensorGraphError } from "../shapes.ts";
import type { OpKind, TensorGraph, TensorNode, TensorShape } from "../tensor-graph.ts";
import { elementwiseReference } from "./elementwise.ts";
import { linearReference } from "./linear.ts";
import { type NumericTensor, type Numbers, type ReferenceRow, sizeOf } from "./numeric-tensor.ts";
import { poolingReference } from "./pooling.ts";
import { reductionReference } from "./reductions.ts";
import { shapingReference } from "./shaping.ts";

export type { NumericTensor } from "./numeric-tensor.ts";

/** What each operation computes; leaves are given. */
export const referenceRows: { readonly [Kind in Exclude<OpKind, "input" | "constant">]: ReferenceRow<Kind> } =
  {
    ...elementwiseReference,
    ...linearReference,
    ...poolingReference,
    ...reductionReference,
    ...shapingReference,
  };

export interface EvaluationOptions {
  /** True to round every result to float32, as an engine would. */
  readonly roundToFloat32?: boolean;
  /** Called with each value as it is computed. */
  readonly observe?: (node: TensorNode, value: NumericTensor) => void;
}

/**
 * Computes a graph. Inputs are looked up by name; the batch size N is what they say it is.
 *
 * @returns the outputs by name
 * @throws TensorGraphError where an input is missing or does not have the shape that the graph says
 */
export function evaluateTensorGraph(
  graph: TensorGraph,
  inputs: ReadonlyMap<string, NumericTensor>,
  options: EvaluationOptions = {},
): Map<string, NumericTensor> {
  const batch = findBatch(graph, inputs);
  const values: (NumericTensor | undefined)[] = [];
  const lastUses = findLastUses(graph);
  for (const node of graph.nodes) {
    const shape = bindShape(node.shape, batch);
    const value = { shape, data: computeNode(node, shape, values, inputs, options) };
    if (value.data.length !== sizeOf(shape)) {
      throw new TensorGraphError(
        `${node.op} gave ${value.data.length} numbers for ${formatTensorShape(shape)}`,
      );
    }
    values.push(value);
    options.observe?.(node, value);
    for (const input of node.inputs) if (lastUses[input] === node.id) values[input] = undefined;
  }
  return new Map(graph.outputs.map(({ name, value }) => [name, values[value]!]));
}

function computeNode(
  node: TensorNode,
  shape: readonly number[],
  values: readonly (NumericTensor | undefined)[],
  inputs: ReadonlyMap<string, NumericTensor>,
  { roundToFloat32 = false }: EvaluationOptions,
): Numbers {
  if (node.op === "constant") return node.attributes.data;
  if (node.op === "input") return inputs.get(node.attributes.name)!.data;
  const row = referenceRows[node.op] as ReferenceRow<OpKind>;
  const result = row(
    node.inputs.map((input) => values[input]!),
    node.attributes,
    shape,
  );
  if (node.dataType === "float16") return Float64Array.from(result, roundToHalf);
  return roundToFloat32 && node.dataType === "float32" ? Float32Array.from(result) : result;
}

/** The last node that uses each value; outputs are used to the end. */
function findLastUses(graph: TensorGraph): Int32Array {
  const lastUses = new Int32Array(graph.nodes.length);
  for (const node of graph.nodes) for (const input of node.inputs) lastUses[input] = node.id;
  for (const { value } of graph.outputs) lastUses[value] = graph.nodes.length;
  return lastUses;
}

/** The size that the inputs given say N has; every other dimension is checked. */
function findBatch(graph: TensorGraph, inputs: ReadonlyMap<string, NumericTensor>): number | undefined {
  let batch: number | undefined;
  for (const node of graph.nodes) {
    if (node.op !== "input") continue;
    const { name } = node.attributes;
    const given = inputs.get(name);
    if (given === undefined) throw new TensorGraphError(`no value was given for input "${name}"`);
    const fits =
      given.shape.length === node.shape.length &&
      given.data.length === sizeOf(given.shape) &&
      node.shape.every((dim, axis) => {
        if (dim !== "N") return dim === given.shape[axis];
        batch ??= given.shape[axis]!;
        return batch === given.shape[axis];
      });
    if (!fits) {
      throw new TensorGraphError(
        `input "${name}" is ${formatTensorShape(node.shape)}, the value given ${formatTensorShape(given.shape)}`,
      );
    }
  }
  return batch;
}

function bindShape(shape: TensorShape, batch: number | undefined): readonly number[] {
  return shape.map((dim) => {
    if (dim !== "N") return dim;
    if (batch === undefined) throw new TensorGraphError("nothing says how large the batch is");
    return batch;
  });
}
