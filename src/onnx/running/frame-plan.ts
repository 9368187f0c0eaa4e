import { byteLengthOf } from "../data-type.ts";
import { type OnnxGraph, type OnnxNode, type OnnxType, subgraphsOf } from "../onnx-graph.ts";
import { inRunningOrder, readBy } from "./order.ts";

/** When the memory of a graph's values is taken and given back, node by node. */
export interface FramePlan {
  readonly steps: readonly FrameStep[];
}

export interface FrameStep {
  readonly node: OnnxNode;
  /** Whether the node writes its result over an operand. */
  readonly isOverwriting: boolean;
  readonly taken: readonly Buffer[];
  /** The graph that the node runs in turns. */
  readonly body: FramePlan | undefined;
  readonly freed: readonly Buffer[];
}

/** Memory for a value, or for several one after another. */
export interface Buffer {
  /** Type and dimensions of the value that it was made for. */
  readonly shape: string;
  readonly bytes: number;
  /** Whether it is a result of the graph, which outlives the run. */
  readonly isResult: boolean;
}

/**
 * ONNX Runtime's plan of a graph's memory, which it makes before the first run (`allocation_planner.cc`). Inputs and constants have
 * their memory from elsewhere.
 *
 * @param outerTypes of the values around a graph that runs in turns
 */
export function planFrame(
  graph: OnnxGraph,
  outerTypes: ReadonlyMap<string, OnnxType> = new Map(),
): FramePlan {
  const types = new Map([...outerTypes, ...typesIn(graph)]);
  const nodes = inRunningOrder(graph.nodes);
  const reads = nodes.map((node) => [...readBy(node)]);
  const buffers = new Buffers(types, new Set(graph.outputs.map(({ name }) => name)), countReads(reads));
  const placed = nodes.map((node, step) => {
    const made = node.outputs.map((name) => buffers.place(node, name, step));
    for (const name of reads[step]!) buffers.read(name, step);
    for (const name of node.outputs) buffers.noteIfDead(name);
    return made;
  });
  const freed = nodes.map((): Buffer[] => []);
  for (const [buffer, step] of buffers.lastSteps) if (!buffer.isResult) freed[step]!.push(buffer);
  return {
    steps: nodes.map((node, step) => {
      const [inner] = subgraphsOf(node);
      return {
        node,
        isOverwriting: placed[step]!.some(({ isOperand }) => isOperand),
        taken: placed[step]!.filter(({ isNew }) => isNew).map(({ buffer }) => buffer),
        body: inner && planFrame(inner, types),
        freed: freed[step]!,
      };
    }),
  };
}

/** Operators that give what they get under other dimensions. */
const aliases: ReadonlySet<string> = new Set(["Reshape", "Identity"]);

/** Operators that write their result over their first operand where nobody else reads it. Sums and products do not. */
const overwriting: ReadonlySet<string> = new Set([
  ...["Relu", "Sigmoid", "Tanh", "HardSigmoid", "LeakyRelu", "Elu", "Selu", "Softplus", "Softsign"],
  ...["Softmax", "LogSoftmax", "Clip", "Cast"],
]);

/** Of a direct convolution, which adds to it, the operand that it writes over. */
export const convolutionSum = 3;

/** Where a value lies, and what it is taken for there. */
interface Place {
  readonly buffer: Buffer;
  readonly shape: string;
}

/** The buffers of a graph's values while its nodes are gone through. */
class Buffers {
  /** The step after which a buffer is free. */
  readonly lastSteps = new Map<Buffer, number>();
  readonly #types: ReadonlyMap<string, OnnxType>;
  readonly #results: ReadonlySet<string>;
  readonly #reads: ReadonlyMap<string, number>;
  readonly #places = new Map<string, Place>();
  /** Reads that are still to come of all values in a buffer. */
  readonly #uses = new Map<Buffer, number>();
  /** Those of no further use to the values that they had, the latest first. */
  readonly #dead: Buffer[] = [];

  constructor(
    types: ReadonlyMap<string, OnnxType>,
    results: ReadonlySet<string>,
    reads: ReadonlyMap<string, number>,
  ) {
    this.#types = types;
    this.#results = results;
    this.#reads = reads;
  }

  /** Finds room for what a node gives. */
  place(
    node: OnnxNode,
    name: string,
    step: number,
  ): { readonly buffer: Buffer; readonly isNew: boolean; readonly isOperand: boolean } {
    const { shape, bytes } = sizeOf(this.#types.get(name));
    const isResult = this.#results.has(name);
    const operand = isResult ? undefined : this.#operandFor(node, shape);
    const known = operand ?? (isResult ? undefined : this.#deadOf(shape));
    const buffer = known ?? { shape, bytes, isResult };
    this.#places.set(name, { buffer, shape });
    this.#uses.set(buffer, (this.#uses.get(buffer) ?? 0) + (this.#reads.get(name) ?? 0));
    this.lastSteps.set(buffer, step);
    return { buffer, isNew: known === undefined, isOperand: operand !== undefined };
  }

  read(name: string, step: number): void {
    const buffer = this.#places.get(name)?.buffer;
    if (buffer === undefined) return;
    this.#uses.set(buffer, this.#uses.get(buffer)! - 1);
    this.lastSteps.set(buffer, step);
    this.noteIfDead(name);
  }

  noteIfDead(name: string): void {
    const buffer = this.#places.get(name)?.buffer;
    if (buffer === undefined || buffer.isResult || this.#uses.get(buffer)! > 0) return;
    if (!this.#dead.includes(buffer)) this.#dead.unshift(buffer);
  }

  /** The buffer of an operand that the result may take the place of. */
  #operandFor({ opType, inputs }: OnnxNode, shape: string): Buffer | undefined {
    if (aliases.has(opType)) return this.#places.get(inputs[0]!)?.buffer;
    const at = overwriting.has(opType) ? 0 : opType === "Conv" ? convolutionSum : inputs.length;
    const operand = this.#places.get(inputs[at] ?? "");
    return operand?.shape === shape && this.#uses.get(operand.buffer) === 1 ? operand.buffer : undefined;
  }

  /** A dead buffer that was made for the same dimensions; what else has as many bytes is not taken. */
  #deadOf(shape: string): Buffer | undefined {
    const at = this.#dead.findIndex((buffer) => buffer.shape === shape);
    return at < 0 ? undefined : this.#dead.splice(at, 1)[0];
  }
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
