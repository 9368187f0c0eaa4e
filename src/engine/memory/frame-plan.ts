import { byteLengthOf } from "../../onnx/data-type.ts";
import { type OnnxGraph, type OnnxNode, type OnnxType, subgraphsOf } from "../../onnx/onnx-graph.ts";

/** When the memory of a graph's values is taken and given back, node by node. */
export interface FramePlan {
  readonly steps: readonly FrameStep[];
}

export interface FrameStep {
  readonly taken: readonly Buffer[];
  /** The graph that the node runs in turns. */
  readonly body: FramePlan | undefined;
  readonly freed: readonly Buffer[];
}

/** Memory for a value, or for several of the same dimensions one after another. */
export interface Buffer {
  /** Type and dimensions of the value that it was made for. */
  readonly shape: string;
  readonly bytes: number;
  /** Whether it is a result of the graph, which outlives the run. */
  readonly isResult: boolean;
}

/** Operators that give what they get under other dimensions. */
const aliases: ReadonlySet<string> = new Set(["Reshape", "Identity"]);

/** Operators that write their result over an operand, and which, where nobody else reads it; sums and products do not. */
const overwritten: ReadonlyMap<string, number> = new Map([
  ...["Relu", "Sigmoid", "Tanh", "HardSigmoid", "LeakyRelu", "Elu", "Selu", "Softplus", "Softsign"].map(
    first,
  ),
  ...["Softmax", "LogSoftmax", "Clip", "Cast"].map(first),
  // A direct convolution adds to it.
  ["Conv", 3],
]);

function first(opType: string): readonly [string, number] {
  return [opType, 0];
}

/** What is known of a value when its memory is sought. */
interface Place {
  readonly buffer: Buffer;
  readonly shape: string;
}

/**
 * ONNX Runtime's plan of a graph's memory, which it makes before the first run (`allocation_planner.cc`): a value takes the memory of an
 * operand that is read for the last time, if its operator allows that, or memory of a dead value of the same dimensions, or
 * memory of its own. Inputs and constants have their memory from elsewhere.
 */
export function planFrame(
  graph: OnnxGraph,
  outerTypes: ReadonlyMap<string, OnnxType> = new Map(),
): FramePlan {
  const types = new Map([...outerTypes, ...typesIn(graph)]);
  const results = new Set(graph.outputs.map(({ name }) => name));
  const nodes = inRunningOrder(graph.nodes);
  const reads = nodes.map((node) => [...readBy(node)]);
  const readsLeft = countReads(reads);
  const places = new Map<string, Place>();
  /** Reads that are still to come of all values in a buffer. */
  const uses = new Map<Buffer, number>();
  const lastStep = new Map<Buffer, number>();
  const dead: Buffer[] = [];

  const placeFor = (node: OnnxNode, name: string): Place => {
    const { shape, bytes } = sizeOf(types.get(name));
    if (aliases.has(node.opType)) {
      const known = places.get(node.inputs[0]!);
      if (known !== undefined && !results.has(name)) return { buffer: known.buffer, shape };
    }
    if (!results.has(name)) {
      const operand = places.get(node.inputs[overwritten.get(node.opType) ?? -1] ?? "");
      if (operand?.shape === shape && uses.get(operand.buffer) === 1) return operand;
      const at = dead.findIndex((buffer) => buffer.shape === shape);
      if (at >= 0) return { buffer: dead.splice(at, 1)[0]!, shape };
    }
    return { buffer: { shape, bytes, isResult: results.has(name) }, shape };
  };

  const taken = nodes.map((node, step) => {
    const made: Buffer[] = [];
    for (const name of node.outputs) {
      const place = placeFor(node, name);
      const { buffer } = place;
      if (!uses.has(buffer)) made.push(buffer);
      places.set(name, place);
      uses.set(buffer, (uses.get(buffer) ?? 0) + (readsLeft.get(name) ?? 0));
      lastStep.set(buffer, step);
    }
    for (const name of new Set([...reads[step]!, ...node.outputs])) {
      const place = places.get(name);
      if (place === undefined) continue;
      const isRead = reads[step]!.filter((read) => read === name).length;
      const left = uses.get(place.buffer)! - isRead;
      uses.set(place.buffer, left);
      if (isRead > 0) lastStep.set(place.buffer, step);
      if (left === 0 && !place.buffer.isResult && !dead.includes(place.buffer)) dead.unshift(place.buffer);
    }
    return made;
  });

  const freed = nodes.map((): Buffer[] => []);
  for (const [buffer, step] of lastStep) if (!buffer.isResult) freed[step]!.push(buffer);
  return {
    steps: nodes.map((node, step) => {
      const [inner] = subgraphsOf(node);
      return { taken: taken[step]!, body: inner && planFrame(inner, types), freed: freed[step]! };
    }),
  };
}

/**
 * The order in which ONNX Runtime computes a graph (`Graph::ReverseDFSFrom`): from the last result back through what each node needs,
 * what stands later in the file first.
 */
function inRunningOrder(nodes: readonly OnnxNode[]): readonly OnnxNode[] {
  const producers = new Map(
    nodes.flatMap((node, index) => node.outputs.map((name) => [name, index] as const)),
  );
  const needs = nodes.map((node) => {
    const found = [...readBy(node)].map((name) => producers.get(name)).filter((index) => index !== undefined);
    return [...new Set(found)].sort((left, right) => left - right);
  });
  const needed = new Set(needs.flat());
  const ordered: OnnxNode[] = [];
  const visited = new Set<number>();
  const stack = nodes.flatMap((_, index) => (needed.has(index) ? [] : [{ index, isDone: false }]));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { index, isDone } = next;
    if (isDone) ordered.push(nodes[index]!);
    if (isDone || visited.has(index)) continue;
    visited.add(index);
    stack.push({ index, isDone: true });
    for (const need of needs[index]!) if (!visited.has(need)) stack.push({ index: need, isDone: false });
  }
  return ordered;
}

function typesIn(graph: OnnxGraph): readonly (readonly [string, OnnxType])[] {
  const described = [...graph.inputs, ...graph.valueInfo, ...graph.outputs].flatMap(({ name, type }) =>
    type === undefined ? [] : [[name, type] as const],
  );
  const constants = graph.initializers.map(
    ({ name, dataType, dims }) => [name, { kind: "tensor", dataType, dims }] as const,
  );
  return [...described, ...constants];
}

/** The values that a node reads, those that its graphs take from around them too. */
function* readBy(node: OnnxNode): Generator<string> {
  yield* node.inputs;
  for (const graph of subgraphsOf(node)) {
    const own = new Set([
      ...graph.inputs.map(({ name }) => name),
      ...graph.nodes.flatMap(({ outputs }) => outputs),
    ]);
    const outer = new Set<string>();
    for (const inner of graph.nodes) for (const name of readBy(inner)) if (!own.has(name)) outer.add(name);
    yield* outer;
  }
}

function countReads(reads: readonly (readonly string[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of reads.flat()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function sizeOf(type: OnnxType | undefined): { readonly shape: string; readonly bytes: number } {
  if (type?.kind !== "tensor" || type.dims === undefined || type.dataType === "string")
    return { shape: "", bytes: 0 };
  const count = type.dims.reduce<number>((product, dim) => product * Number(dim ?? 1), 1);
  return { shape: `${type.dataType} ${type.dims.join("x")}`, bytes: byteLengthOf(type.dataType, count) };
}
