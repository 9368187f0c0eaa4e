import type { InferenceSession } from "onnxruntime-node";
import { InputError } from "../diagnostics/input-error.ts";
import type { TracedExport, TracedValue } from "../onnx/deploy/export.ts";
import { physicalShape } from "../onnx/deploy/layout.ts";
import { toLogical, toMemory } from "../onnx/deploy/rearrange.ts";
import type { OnnxGraph } from "../onnx/onnx-graph.ts";
import { readOnnx } from "../onnx/read.ts";
import { writeOnnx } from "../onnx/write.ts";
import { createRandom } from "../random/random.ts";
import { evaluateTensorGraph } from "../tensor/reference/evaluate.ts";
import type { NumericTensor } from "../tensor/reference/evaluate.ts";
import type { Numbers } from "../tensor/reference/numeric-tensor.ts";
import type { OpKind, TensorGraph, TensorShape, ValueId } from "../tensor/tensor-graph.ts";
import type { WeightValues } from "../tensor/weight-values.ts";
import { createSession } from "./inference.ts";
import { importOnnxRuntime } from "./onnx-runtime.ts";

/** A file whose weights stand beside it, so that ONNX Runtime must open it by its path. */
export interface FileWithData {
  readonly path: string;
  /** Writes the model with another graph, of the same initializers, beside the same weights; its path. */
  writeVariant(graph: OnnxGraph): Promise<string>;
}

export interface ExportToVerify {
  /** The file. */
  readonly file: Uint8Array | FileWithData;
  /** What the file was written from, with where each value is found in it. */
  readonly exported: TracedExport;
  /** The graph that the file must agree with, and its weights. */
  readonly graph: TensorGraph;
  readonly weights: WeightValues;
  /** Of the random examples; 0 if left out. */
  readonly seed?: number;
  /** The most multiply-accumulates that the reference may take; a larger model is run, but not compared. */
  readonly largestReference?: number;
}

export interface Verification {
  /** Whether ONNX Runtime takes the file and gives what the reference gives, as far as that was computed. */
  readonly agrees: boolean;
  /** Examples compared: 2, or 1 for a large model, or 0 where the reference would take too long or the file does not run. */
  readonly examples: number;
  /** The largest absolute difference of any output from the reference; NaN where nothing was compared. */
  readonly largestDifference: number;
  /** How large that difference might have been. */
  readonly tolerance: number;
  /** The first layer whose result differs, where that could be told. */
  readonly layer: string | undefined;
  /** All of this as a sentence. */
  readonly summary: string;
}

/** Relative to the largest number of an output. */
const relativeTolerance = 1e-4;

/** How often the reference's own error in float32 may be exceeded: sums are taken in another order. */
const roundingAllowance = 16;

/** The reference computes about 0.8 billion multiply-accumulates a second, so this takes a minute at most. */
const defaultLargestReference = 40e9;
/** Up to so many multiply-accumulates two examples are compared, which shows that examples do not mix. */
const twoExamples = 4e9;

/**
 * Runs an exported file in ONNX Runtime on random examples and compares every output with the float64 reference of the graph that
 * it was exported from. Outputs may differ by 1e-4 of the largest among them; where they differ by more, the reference
 * computed in float32 tells whether that is the rounding of a deep network. What a last softmax or sigmoid is computed from is
 * compared as well: nearly equal probabilities would hide a wrong network.
 */
export async function verifyExport(request: ExportToVerify): Promise<Verification> {
  const { file, exported, graph, largestReference = defaultLargestReference } = request;
  const cost = countMultiplyAccumulates(graph);
  const examples = cost > largestReference ? 0 : 2 * cost <= Math.min(twoExamples, largestReference) ? 2 : 1;
  const inputs = drawInputs(request, Math.max(examples, 1));
  const logits = findLogits(request);
  let outputs: ReadonlyMap<ValueId, Numbers>;
  try {
    outputs = await runFile(file instanceof Uint8Array ? file : file.path, request, inputs, exported.outputs);
    if (examples > 0 && logits.length > 0) {
      const before = await runFile(await exposeInFile(request, logits), request, inputs, logits);
      outputs = new Map([...outputs, ...before]);
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { ...nothingCompared, agrees: false, summary: error.message };
  }
  if (examples === 0) return describeUncompared(outputs, cost);
  const compared = [
    ...graph.outputs,
    ...logits.map(({ name, value }) => ({ name: `before ${name}`, value })),
  ];
  const comparison = compareOutputs({ ...graph, outputs: compared }, inputs, outputs);
  const difference = formatNumber(comparison.largestDifference);
  const tolerance = formatNumber(comparison.tolerance);
  if (comparison.agrees) {
    const count = examples === 1 ? "1 random example" : `${examples} random examples`;
    const summary = `largest difference from the float64 reference ${difference} on ${count} (tolerance ${tolerance})`;
    return { ...comparison, examples, layer: undefined, summary };
  }
  const layer = await findDifferingLayer(request, inputs);
  const place = layer === undefined ? "" : `, first in layer "${layer}"`;
  const summary = `differs from the float64 reference by ${difference}, more than ${tolerance}${place}`;
  return { ...comparison, examples, layer, summary };
}

/** Activations that squeeze what they get: their inputs tell more than their outputs. */
const squeezing: ReadonlySet<OpKind> = new Set(["softmax", "logSoftmax", "sigmoid", "tanh"]);

/** The values that a last activation is computed from, where the file holds them. */
function findLogits({ graph, exported }: ExportToVerify): readonly TracedValue[] {
  return graph.outputs.flatMap(({ value }) => {
    const node = graph.nodes[value]!;
    if (!squeezing.has(node.op)) return [];
    return exported.steps.find((step) => step.value === node.inputs[0]) ?? [];
  });
}

/** The file with values between made outputs. */
async function exposeInFile(
  { file, exported }: ExportToVerify,
  steps: readonly TracedValue[],
): Promise<Uint8Array | string> {
  if (!(file instanceof Uint8Array)) return file.writeVariant(exposeValues(exported.model.graph, steps));
  const model = readOnnx(file, "the exported file");
  return writeOnnx({ ...model, graph: exposeValues(model.graph, steps) });
}

const nothingCompared = {
  examples: 0,
  largestDifference: Number.NaN,
  tolerance: Number.NaN,
  layer: undefined,
} as const;

/** A model that is too large for the reference must at least give numbers. */
function describeUncompared(outputs: ReadonlyMap<ValueId, Numbers>, cost: number): Verification {
  const finite = [...outputs.values()].every((data) => data.every((value) => Number.isFinite(value)));
  const work = `${(cost / 1e9).toFixed(1)} billion multiply-accumulates an example`;
  const summary = finite
    ? `runs and gives finite numbers; not compared, since ${work} are too many for the float64 reference`
    : "gives numbers that are not finite";
  return { ...nothingCompared, agrees: finite, summary };
}

function formatNumber(value: number): string {
  return value === 0 ? "0" : value.toExponential(1);
}

/** Multiply-accumulates of one example, those of convolutions and matrix products alone. */
function countMultiplyAccumulates(graph: TensorGraph): number {
  let total = 0;
  for (const node of graph.nodes) {
    if (node.op !== "conv" && node.op !== "convInputGradient" && node.op !== "matmul") continue;
    const [x, kernel] = node.inputs.map((input) => graph.nodes[input]!.shape);
    if (node.op === "conv") total += elementCount(node.shape) * elementCount(kernel!.slice(0, -1));
    else if (node.op === "matmul") total += elementCount(node.shape) * elementCount(x!.slice(-1));
    else total += elementCount(x!) * elementCount(kernel!.slice(0, -1));
  }
  return total;
}

function elementCount(shape: TensorShape): number {
  return shape.reduce<number>((product, dim) => product * (dim === "N" ? 1 : dim), 1);
}

/** Random examples, and the weights, by name, in the graph's own layout. */
function drawInputs(
  { graph, weights, seed = 0 }: ExportToVerify,
  batch: number,
): ReadonlyMap<string, NumericTensor> {
  const inputs = new Map<string, NumericTensor>();
  for (const node of graph.nodes) {
    if (node.op !== "input") continue;
    const { role, name } = node.attributes;
    const shape = bind(node.shape, batch);
    const data = new Float32Array(role === "data" ? elementCount(shape) : 0);
    createRandom(seed, `verify/${name}`).fillUniform(data, -1, 1);
    inputs.set(name, role === "data" ? { shape, data } : weights.get(name)!);
  }
  return inputs;
}

function bind(shape: TensorShape, batch: number): readonly number[] {
  return shape.map((dim) => (dim === "N" ? batch : dim));
}

/** Runs a file on the graph's inputs and fetches values, back in the graph's own layout. */
async function runFile(
  file: Uint8Array | string,
  { exported, graph }: ExportToVerify,
  inputs: ReadonlyMap<string, NumericTensor>,
  wanted: readonly TracedValue[],
): Promise<ReadonlyMap<ValueId, Numbers>> {
  const runtime = await importOnnxRuntime();
  const nodes = exported.model.graph.nodes.length;
  const session = await createSession(runtime, file, { name: "the exported file", nodes });
  try {
    const feeds: Record<string, InferenceSession.OnnxValueMapType[string]> = {};
    let batch = 1;
    for (const { name, layout } of exported.inputs) {
      if (!session.inputNames.includes(name)) continue;
      const { shape, data } = inputs.get(name)!;
      const standing = toMemory(data as Float32Array, shape, layout);
      feeds[name] = new runtime.Tensor("float32", standing, physicalShape(layout, shape) as number[]);
      batch = shape[0]!;
    }
    const names = new Set(wanted.map(({ name }) => name));
    const results = await session.run(feeds, [...names]);
    return new Map(
      wanted.map(({ name, value, layout }) => {
        const data = results[name]!.data as Float32Array;
        return [value, toLogical(data, bind(graph.nodes[value]!.shape, batch), layout)];
      }),
    );
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`the exported file failed while it ran: ${reason}`, { cause });
  } finally {
    await session.release();
  }
}

interface Comparison {
  readonly agrees: boolean;
  readonly largestDifference: number;
  readonly tolerance: number;
}

function compareOutputs(
  graph: TensorGraph,
  inputs: ReadonlyMap<string, NumericTensor>,
  actual: ReadonlyMap<ValueId, Numbers>,
): Comparison {
  const expected = evaluateTensorGraph(graph, inputs);
  const compare = (allowances: ReadonlyMap<string, number>): Comparison =>
    worst(
      graph.outputs.map(({ name, value }) =>
        compareNumbers(actual.get(value)!, expected.get(name)!.data, allowances.get(name) ?? 0),
      ),
    );
  const plain = compare(new Map());
  if (plain.agrees) return plain;
  const rounded = evaluateTensorGraph(graph, inputs, { roundToFloat32: true });
  const errors = graph.outputs.map(({ name }): [string, number] => {
    const error = compareNumbers(rounded.get(name)!.data, expected.get(name)!.data, 0).largestDifference;
    return [name, roundingAllowance * error];
  });
  return compare(new Map(errors));
}

/** Equal infinities and two NaNs agree. */
function compareNumbers(actual: Numbers, expected: Numbers, allowance: number): Comparison {
  let largestDifference = 0;
  let largest = 0;
  for (let index = 0; index < expected.length; index++) {
    const [a, b] = [actual[index]!, expected[index]!];
    if (Number.isFinite(b)) largest = Math.max(largest, Math.abs(b));
    if (Object.is(a, Math.fround(b))) continue;
    const difference = Math.abs(a - b);
    largestDifference = Math.max(largestDifference, Number.isNaN(difference) ? Infinity : difference);
  }
  const tolerance = Math.max(relativeTolerance * largest, Number.isFinite(allowance) ? allowance : 0);
  return { agrees: largestDifference <= tolerance, largestDifference, tolerance };
}

/** The comparison that misses its tolerance by most, or comes nearest to it. */
function worst(comparisons: readonly Comparison[]): Comparison {
  const share = ({ largestDifference, tolerance }: Comparison): number =>
    largestDifference === 0 ? 0 : largestDifference / tolerance;
  return comparisons.reduce((left, right) => (share(right) > share(left) ? right : left));
}

/** The layer of the first value between that differs: every step of the file is made an output. */
async function findDifferingLayer(
  request: ExportToVerify,
  inputs: ReadonlyMap<string, NumericTensor>,
): Promise<string | undefined> {
  const { graph, exported } = request;
  const computed = new Set(exported.model.graph.nodes.flatMap((node) => node.outputs));
  const steps = exported.steps.filter(
    ({ name, value }) => computed.has(name) && graph.nodes[value]!.dataType === "float32",
  );
  const actual = await runFile(await exposeInFile(request, steps), request, inputs, steps);
  const differing = new Map<ValueId, string | undefined>();
  const layers = new Map(steps.map(({ value, layer }) => [value, layer]));
  evaluateTensorGraph(graph, inputs, {
    observe({ id }, { data }) {
      const found = actual.get(id);
      if (found !== undefined && !compareNumbers(found, data, 0).agrees) differing.set(id, layers.get(id));
    },
  });
  return differing.get(Math.min(...differing.keys()));
}

function exposeValues(graph: OnnxGraph, steps: readonly TracedValue[]): OnnxGraph {
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const names = new Set(steps.map(({ name }) => name));
  const types = new Map(graph.valueInfo.map((value) => [value.name, value]));
  const added = [...names]
    .filter((name) => !outputs.has(name))
    .map((name) => types.get(name) ?? { name, type: undefined });
  return { ...graph, outputs: [...graph.outputs, ...added] };
}
