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
  readonly bytes: number;
  /** Whether it is a result of the graph, which outlives the run. */
  readonly isResult: boolean;
}

/** Operators that give what they get under other dimensions. */
const aliases: ReadonlySet<string> = new Set(["Reshape", "Identity"]);

/** Operators that may write their result over an operand of the same dimensions. */
const overwriting: ReadonlySet<string> = new Set([
  ...["Add", "Sub", "Mul", "Div", "Max", "Min", "Pow"],
  ...["Abs", "Neg", "Sqrt", "Exp", "Log", "Reciprocal", "Floor", "Ceil", "Erf", "Clip", "Cast", "Softmax"],
  ...["Relu", "Sigmoid", "Tanh", "HardSigmoid", "LeakyRelu", "Elu", "Selu", "Softplus", "Softsign"],
  ...["ScatterElements", "ScatterND"],
]);

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
  const reads = graph.nodes.map((node) => [...readBy(node)]);
  const readsLeft = countReads(reads);
  const places = new Map<string, Place>();
  /** Reads that are still to come of all values in a buffer. */
  const uses = new Map<Buffer, number>();
  const lastStep = new Map<Buffer, number>();
  const dead: Place[] = [];

  const placeFor = (node: OnnxNode, name: string): Place => {
    const { shape, bytes } = sizeOf(types.get(name));
    if (aliases.has(node.opType)) {
      const known = places.get(node.inputs[0]!);
      if (known !== undefined && !results.has(name)) return { buffer: known.buffer, shape };
    }
    if (!results.has(name)) {
      const operand = overwriting.has(node.opType)
        ? node.inputs
            .map((input) => places.get(input))
            .find((place) => place?.shape === shape && uses.get(place.buffer) === 1)
        : undefined;
      if (operand !== undefined) return operand;
      const at = dead.findIndex((place) => place.shape === shape);
      if (at >= 0) return dead.splice(at, 1)[0]!;
    }
    return { buffer: { bytes, isResult: results.has(name) }, shape };
  };

  const taken = graph.nodes.map((node, step) => {
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
      if (left === 0 && !place.buffer.isResult && !dead.some(({ buffer }) => buffer === place.buffer))
        dead.unshift(place);
    }
    return made;
  });

  const freed = graph.nodes.map((): Buffer[] => []);
  for (const [buffer, step] of lastStep) if (!buffer.isResult) freed[step]!.push(buffer);
  return {
    steps: graph.nodes.map((node, step) => {
      const [inner] = subgraphsOf(node);
      return { taken: taken[step]!, body: inner && planFrame(inner, types), freed: freed[step]! };
    }),
  };
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
