import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { TrainingGraphs } from "../autodiff/training-graphs.ts";
import type { FlatPart } from "../autodiff/weight-layout.ts";
import { selectForms } from "../onnx/select/select.ts";
import { writeOnnx } from "../onnx/write.ts";
import { isFloat } from "../tensor/ops.ts";
import type { TensorGraph, TensorNode, ValueId } from "../tensor/tensor-graph.ts";
import { arraysOf, type ExampleBatch, type NonFinite, type Numbers } from "./engine.ts";
import type { ScalarValue } from "./lane.ts";
import type { OnnxRuntime } from "./onnx-runtime.ts";

/** So many as there may be of these are a number together. */
const hugeWeight = 1e28;

/** A step as it was about to be taken. */
export interface SuspectStep {
  readonly graphs: TrainingGraphs;
  readonly batch: ExampleBatch;
  /** The flat vectors before the step and the loss scale where there is one, by the input's name. */
  readonly vectors: ReadonlyMap<string, Float32Array>;
  readonly scalars: readonly ScalarValue[];
  /** The trained weights after the step. */
  readonly weightsAfter: Float32Array;
}

/**
 * Takes a step again with every layer watched, forwards and back.
 *
 * @param step of the batch's size
 * @returns undefined where every number is finite
 */
export async function findNonFinite(runtime: OnnxRuntime, step: SuspectStep): Promise<NonFinite | undefined> {
  const { graphs, vectors, weightsAfter } = step;
  const before = (["weights", "state", "frozen"] as const).map((part) =>
    inPart(graphs.layout[part], vectors.get(`flat/${part}`)),
  );
  return (
    inData(step) ??
    before.find((found) => found !== undefined) ??
    (await inGraph(runtime, step)) ??
    inPart(graphs.layout.weights, weightsAfter) ??
    amongHuge(graphs.layout.weights, weightsAfter)
  );
}

function firstBad(data: Numbers): number {
  return data.findIndex((value) => !Number.isFinite(value));
}

function inData({ batch }: SuspectStep): NonFinite | undefined {
  const example = badExample(batch);
  return example === undefined ? undefined : { place: "data", layer: undefined, example };
}

/** The first example of a batch that holds a number which is none, or infinite; from 1. */
export function badExample({ data, targets, count }: ExampleBatch): number | undefined {
  for (const array of [...arraysOf(data), ...arraysOf<Numbers>(targets)]) {
    const at = firstBad(array);
    if (at >= 0) return Math.floor((at * count) / array.length) + 1;
  }
  return undefined;
}

function inPart(part: FlatPart, vector: Float32Array | undefined): NonFinite | undefined {
  const at = vector === undefined ? -1 : firstBad(vector);
  return at < 0 ? undefined : weightsAt(part, at);
}

/** Weights that are numbers still and whose sum, which is told with the loss, may be none. */
function amongHuge(part: FlatPart, vector: Float32Array): NonFinite | undefined {
  const at = vector.findIndex((value) => Math.abs(value) > hugeWeight);
  return at < 0 ? undefined : weightsAt(part, at);
}

function weightsAt({ slots }: FlatPart, at: number): NonFinite {
  const { key } = slots.find(({ offset, length }) => at < offset + length)!;
  return { place: "weights", layer: key.slice(0, key.lastIndexOf("/")), example: undefined };
}

interface Watched {
  readonly name: string;
  readonly node: TensorNode;
}

async function inGraph(runtime: OnnxRuntime, step: SuspectStep): Promise<NonFinite | undefined> {
  const { step: graph } = step.graphs;
  const loss = computedLoss(graph);
  const watched = watchedNodes(graph, loss, step.batch.count);
  // What the weights become is not looked at, so that the optimizer's moments need not be given.
  const nodes: TensorNode[] = graph.nodes.slice(0, watched.at(-1)!.node.id + 1);
  const outputs = watched.map(({ name, node }) => ({ name, value: inSinglePrecision(nodes, node) }));
  const model = selectForms({ nodes, outputs }, { provider: "cpu" });
  const session = await runtime.InferenceSession.create(writeOnnx(model), { logSeverityLevel: 4 });
  try {
    const results = await session.run(feedsOf(runtime, session, step));
    const found = watched.find(({ name }) => firstBad(results[name]!.data as Float32Array) >= 0);
    if (found === undefined) return undefined;
    const place = found.node.id < loss ? "output" : found.node.id === loss ? "loss" : "gradient";
    return { place, layer: found.node.layer, example: undefined };
  } finally {
    await session.release();
  }
}

/** The loss itself, where what is told of it says whether the loss scale has fallen to nothing. */
function computedLoss({ nodes, outputs }: TensorGraph): ValueId {
  const told = nodes[outputs.find(({ name }) => name === "result/loss")!.value]!;
  return told.op === "select" ? told.inputs[1]! : told.id;
}

/**
 * Every value on the way forward, the loss, and the last of each layer's gradients, in the order of computation; apart from them
 * the last that are no examples', since those of weights may take their shape after the layers before. All values on the way
 * forward, since a layer's last one may be computed after the next layer's: a bias after the pooling that follows.
 */
function watchedNodes({ nodes }: TensorGraph, loss: number, batch: number): readonly Watched[] {
  const last = new Map<string, TensorNode>();
  for (const node of nodes) {
    if (!isFloat(node.dataType) || node.layer === undefined || node.op === "constant") continue;
    const passedOn = `gradient ${node.shape[0] === batch ? "by" : "of the weights of"} ${node.layer}`;
    last.set(node.id < loss ? `value ${node.id}` : passedOn, node);
  }
  last.set("the loss", nodes[loss]!);
  const found = [...last].map(([name, node]) => ({ name, node }));
  return found.sort((left, right) => left.node.id - right.node.id);
}

/** A value as float32, which a cast appended to the nodes makes of float16. */
function inSinglePrecision(nodes: TensorNode[], { id, dataType, shape, layer }: TensorNode): ValueId {
  if (dataType === "float32") return id;
  const cast = { id: nodes.length, op: "cast", inputs: [id], attributes: { to: "float32" } } as const;
  nodes.push({ ...cast, shape, dataType: "float32", layer });
  return cast.id;
}

function feedsOf(
  runtime: OnnxRuntime,
  { inputNames }: InferenceSession,
  { graphs, batch, vectors, scalars }: SuspectStep,
): Record<string, Tensor> {
  const tensor = (data: Numbers, dims: readonly number[]): Tensor =>
    new runtime.Tensor(
      data instanceof Int32Array ? "int32" : "float32",
      data as Float32Array,
      dims as number[],
    );
  const given = new Map<string, Tensor>();
  for (const [name, data] of vectors) given.set(name, tensor(data, [data.length]));
  for (const { name, type, value } of scalars) {
    const numbers = [Number(value)];
    given.set(name, tensor(type === "int32" ? Int32Array.from(numbers) : Float32Array.from(numbers), []));
  }
  const arrays: readonly Numbers[] = [...arraysOf(batch.data), ...arraysOf<Numbers>(batch.targets)];
  [...graphs.data, ...graphs.targets].forEach(({ name, shape }, index) => {
    given.set(name, tensor(arrays[index]!, [batch.count, ...shape.slice(1).map(Number)]));
  });
  return Object.fromEntries(inputNames.map((name) => [name, given.get(name)!]));
}
