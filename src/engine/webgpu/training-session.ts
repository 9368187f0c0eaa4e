import type { TensorPort, TrainingGraphs } from "../../autodiff/training-graphs.ts";
import { flattenWeights, unflattenWeights } from "../../autodiff/weight-layout.ts";
import { lossScaleMoment } from "../../autodiff/loss-scaling.ts";
import { averageMoment } from "../../autodiff/weight-update.ts";
import { selectForms } from "../../onnx/select/select.ts";
import { writeOnnx } from "../../onnx/write.ts";
import type { TensorGraph } from "../../tensor/tensor-graph.ts";
import { formatBytes } from "../../report/numbers.ts";
import type { WeightValues } from "../../tensor/weight-values.ts";
import { chunkSizes } from "../chunks.ts";
import {
  arraysOf,
  type BatchResult,
  type ExampleBatch,
  type Numbers,
  type OptimizerState,
  type TrainingPlan,
  type TrainingSession,
  type NonFinite,
} from "../engine.ts";
import { findNonFinite } from "../find-non-finite.ts";
import type { OnnxRuntime } from "../onnx-runtime.ts";
import { mostSessions, RecentlyUsed } from "../recently-used.ts";
import {
  checkMoments,
  chunksAreBatches,
  flatParts,
  largestBatch,
  scalarValues,
  stepNumbers,
  weightsMoment,
} from "../step-inputs.ts";
import { graphsFor } from "../step-models.ts";
import { examplesAtOnce, mostBound, sumsInput, withSums } from "./graphs.ts";
import { arraysOfBatch, KeptExamples } from "./kept-examples.ts";
import { type GpuSession, openOnGpu, requireHalfPrecision } from "./sessions.ts";
import { GpuVectors, type Tensor } from "./vectors.ts";

type Feeds = Record<string, Tensor>;

/** Steps whose sums stay on the GPU: to read them, the host must wait until the GPU has done all it was given. */
const mostUntold = 16;
/** What the batches of such steps may take of the host's memory, in bytes. */
const mostKept = 2 ** 26;

/** Where the steps began whose sums are not told yet, and what they took: enough to take them again one by one. */
interface Untold {
  /** Copies of the state that steps change, which the next such record takes the place of. */
  readonly vectors: ReadonlyMap<string, Tensor>;
  readonly step: number;
  readonly taken: { readonly batch: ExampleBatch; readonly learningRate: number }[];
  bytes: number;
}

/** The gradient before a batch's first chunk: a vector of the state that never changes. */
const noGradient = "no gradient";

/**
 * Training on a GPU through ONNX Runtime's WebGPU provider. Weights, moments, gradient and the sums of loss and metrics stay in the
 * GPU's memory; a step sends a batch and a few numbers, and reads nothing but the sums, now and then.
 */
export class WebGpuTrainingSession implements TrainingSession {
  readonly description: string;
  readonly #runtime: OnnxRuntime;
  readonly #plan: TrainingPlan;
  readonly #graphs: TrainingGraphs;
  /** Outputs that are summed on the GPU. */
  readonly #sums: readonly string[];
  /** Examples that run at once. */
  readonly #chunk: number;
  readonly #sessions = new RecentlyUsed<GpuSession>(mostSessions, ({ session }) => session.release());
  /** By the name of the input: weights, moments, gradient and sums. */
  readonly #state: GpuVectors;
  readonly #notes = new Set<string>();
  readonly #largestTensor: number;
  /** The examples in the GPU's memory, where they are there. */
  #kept: KeptExamples | undefined;
  #step = 0;
  #untold: Untold = { vectors: new Map(), step: 0, taken: [], bytes: 0 };

  /**
   * @param largestTensor numbers of the largest tensor that the GPU can bind
   * @throws InputError where the model cannot be trained
   */
  constructor(runtime: OnnxRuntime, plan: TrainingPlan, largestTensor = mostBound) {
    this.#runtime = runtime;
    this.#plan = plan;
    this.#largestTensor = largestTensor;
    this.#state = new GpuVectors(runtime);
    const version = runtime.env.versions.node ?? runtime.env.versions.common;
    this.description = `ONNX Runtime ${version}, webgpu`;
    const batch = Math.max(2, plan.batch);
    this.#graphs = graphsFor(plan, batch, 1);
    const fitting = (): number =>
      chunksAreBatches(this.#graphs) ? plan.batch : examplesAtOnce(this.#graphs.step, batch, largestTensor);
    this.#chunk = this.#graphs.accumulate === undefined ? Infinity : fitting();
    const metrics = this.#graphs.evaluate.outputs.map(({ name }) => name).filter(isSummed);
    this.#sums = [...new Set(["result/loss", "result/penalty", ...metrics])];
  }

  get keepsExamples(): boolean {
    return this.#kept !== undefined;
  }

  get notes(): readonly string[] {
    return [...this.#notes];
  }

  /** Brings the weights to the GPU and compiles for full batches. @throws InputError where there is no GPU to use */
  async prepare(): Promise<this> {
    try {
      if (this.#plan.precision === "float16") await requireHalfPrecision(this.#runtime);
      await this.#setWeights(this.#plan.weights);
      for (const { port, initial } of this.#graphs.optimizer.moments)
        await this.#state.upload(port.name, initial());
      await this.#state.upload(sumsInput, new Float32Array(this.#sums.length));
      await this.#keepExamples();
      await this.#prepareSessions();
      await this.#begin();
    } catch (error) {
      await this.dispose();
      throw error;
    }
    return this;
  }

  async step(batch: ExampleBatch, learningRate: number): Promise<BatchResult | undefined> {
    if (this.#isFull) await this.#begin();
    const kept = copyOf(batch);
    this.#untold.taken.push({ batch: kept, learningRate });
    this.#untold.bytes += bytesOf(kept);
    // The copy: what threads prepared lies in shared memory, which ONNX Runtime does not take.
    await this.#take(kept, learningRate);
    return this.#isFull ? this.settle() : undefined;
  }

  async settle(): Promise<BatchResult> {
    const result = await this.#readSums();
    // Steps that went wrong are kept, so that the first of them can be found.
    if (Number.isFinite(result.lossSum)) await this.#begin();
    return result;
  }

  /** Goes back to where the last steps began, and takes them again one by one. */
  async findNonFinite(): Promise<NonFinite | undefined> {
    const { vectors, step, taken } = this.#untold;
    this.#untold = { vectors: new Map(), step, taken: [], bytes: 0 };
    for (const [name, vector] of vectors) this.#state.set(name, vector);
    this.#step = step;
    for (const { batch, learningRate } of taken) {
      const before = new Map<string, Float32Array>();
      const scale = `moment/${lossScaleMoment}`;
      const watched = this.#state.get(scale) === undefined ? this.#parts : [...this.#parts, scale];
      for (const name of watched) before.set(name, await this.#state.download(name));
      await this.#take(batch, learningRate);
      if (Number.isFinite((await this.#readSums()).lossSum)) continue;
      const graphs = graphsFor(this.#plan, batch.count, batch.count);
      const examples = batch.rows === undefined ? batch : this.#kept!.read(batch.rows);
      const values = { "scalar/per_example": 1 / batch.count };
      const draw = { seed: this.#plan.seed, step: this.#step, chunks: [0] };
      const scalars = scalarValues(graphs, values, draw);
      const weightsAfter = await this.#state.download("flat/weights");
      return findNonFinite(this.#runtime, {
        graphs,
        batch: examples,
        vectors: before,
        scalars,
        weightsAfter,
      });
    }
    return undefined;
  }

  async evaluate(batch: ExampleBatch): Promise<BatchResult> {
    let start = 0;
    const total = { lossSum: 0, correct: 0 };
    const average = this.#average;
    const weights: Feeds = average === undefined ? {} : { "flat/weights": average };
    for (const size of this.#sizesOf(batch.count)) {
      const session = await this.#session(`evaluation of ${size}`, () => this.#graphs.evaluate, size);
      const outputs = await this.#run(session, { ...this.#feedsOf(batch, start, size, {}, 0), ...weights });
      const numbers = Object.entries(outputs).map(([name, { data }]) => [name, Number(data[0])] as const);
      const result = this.#resultOf(Object.fromEntries(numbers), size);
      total.lossSum += result.lossSum;
      total.correct += result.correct;
      start += size;
    }
    return total;
  }

  async weights(): Promise<WeightValues> {
    const values = new Map<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }>();
    for (const part of flatParts) {
      const layout = this.#graphs.layout[part];
      if (layout.length === 0) continue;
      const isAverage = part === "weights" && this.#average !== undefined;
      const name = isAverage ? `moment/${averageMoment}` : `flat/${part}`;
      unflattenWeights(layout, await this.#state.download(name), values);
    }
    return values;
  }

  async optimizerState(): Promise<OptimizerState> {
    const moments = new Map<string, Float32Array>();
    for (const { name, port } of this.#graphs.optimizer.moments)
      moments.set(name, await this.#state.download(port.name));
    if (this.#plan.average !== undefined)
      moments.set(weightsMoment, await this.#state.download("flat/weights"));
    return { moments, step: this.#step };
  }

  async restore(weights: WeightValues, { moments, step }: OptimizerState): Promise<void> {
    checkMoments(this.#graphs, moments);
    await this.#setWeights(weights);
    const own = moments.get(weightsMoment);
    if (own !== undefined) await this.#state.upload("flat/weights", own);
    for (const { name, port } of this.#graphs.optimizer.moments)
      await this.#state.upload(port.name, moments.get(name)!);
    this.#step = step;
    await this.#begin();
  }

  async dispose(): Promise<void> {
    for (const vector of this.#untold.vectors.values()) vector.dispose();
    await this.#state.dispose();
    await this.#sessions.releaseAll();
  }

  get #weightCount(): number {
    return this.#graphs.layout.weights.length;
  }

  /** The moving average of the weights, by which the model is judged once there is one. */
  get #average(): Tensor | undefined {
    const isKept = this.#plan.average !== undefined && this.#step > 0;
    return isKept ? this.#state.get(`moment/${averageMoment}`) : undefined;
  }

  /** The names of the vectors of weights that the model has. */
  get #parts(): readonly string[] {
    return flatParts.filter((part) => this.#graphs.layout[part].length > 0).map((part) => `flat/${part}`);
  }

  get #isFull(): boolean {
    return this.#untold.taken.length >= mostUntold || this.#untold.bytes >= mostKept;
  }

  /** Remembers where the steps begin whose sums are not told. */
  async #begin(): Promise<void> {
    for (const vector of this.#untold.vectors.values()) vector.dispose();
    const moments = this.#graphs.optimizer.moments.map(({ port }) => port.name);
    const changing = [...this.#parts.filter((name) => name !== "flat/frozen"), ...moments];
    const vectors = await this.#state.copies(changing);
    this.#untold = { vectors, step: this.#step, taken: [], bytes: 0 };
  }

  /** One step, whose sums are added on the GPU. */
  async #take(batch: ExampleBatch, learningRate: number): Promise<void> {
    this.#step += 1;
    const values = stepNumbers(this.#graphs, this.#step, learningRate, batch.count);
    const sizes = this.#sizesOf(batch.count);
    if (sizes.length === 1) {
      await this.#run(await this.#stepSession(batch.count), this.#feedsOf(batch, 0, batch.count, values, 0));
      return;
    }
    let start = 0;
    for (const [index, size] of sizes.entries()) {
      const before: Feeds = index === 0 ? { "flat/gradient": this.#state.get(noGradient)! } : {};
      const feeds = this.#feedsOf(batch, start, size, values, index);
      await this.#run(await this.#chunkSession(size), { ...feeds, ...before });
      start += size;
    }
    await this.#run(await this.#updateSession(), this.#scalarFeeds(values, 0));
  }

  /** The sums since they were last read, which begin at zero again. */
  async #readSums(): Promise<BatchResult> {
    const sums = await this.#state.download(sumsInput);
    await this.#state.upload(sumsInput, new Float32Array(sums.length));
    return this.#resultOf(Object.fromEntries(this.#sums.map((name, index) => [name, sums[index]!])), 1);
  }

  #sizesOf(count: number): readonly number[] {
    return chunkSizes(count, this.#chunk);
  }

  #resultOf(sums: Readonly<Record<string, number>>, count: number): BatchResult {
    const penalty = (sums["result/penalty"] ?? 0) * count;
    const accuracies = Object.keys(sums).filter((name) => name.startsWith("result/metric/accuracy"));
    const correct = accuracies.reduce((sum, name) => sum + sums[name]!, 0) / Math.max(1, accuracies.length);
    return { lossSum: sums["result/loss"]! + penalty, correct };
  }

  /** Brings the examples to the GPU, where they are known and not too many. */
  async #keepExamples(): Promise<void> {
    const { examples } = this.#plan;
    const ports = [...this.#graphs.data, ...this.#graphs.targets];
    const kept = examples && KeptExamples.of(examples, ports, this.#largestTensor);
    if (kept === undefined) return;
    for (const { name, data, dims } of kept.tables()) await this.#state.uploadTable(name, data, dims);
    this.#kept = kept;
    this.#notes.add(`the training data lies in the GPU's memory: ${formatBytes(kept.bytes)}`);
  }

  /** A graph of a step on what steps are given. */
  #onExamples(graph: TensorGraph): TensorGraph {
    return withSums(this.#kept?.gatherIn(graph) ?? graph, this.#sums);
  }

  // Sessions

  async #prepareSessions(): Promise<void> {
    if (this.#graphs.accumulate !== undefined)
      await this.#state.upload(noGradient, new Float32Array(this.#weightCount));
    const sizes = this.#sizesOf(largestBatch(this.#plan));
    if (sizes.length === 1) await this.#stepSession(sizes[0]!);
    else {
      for (const size of new Set(sizes)) await this.#chunkSession(size);
      await this.#updateSession();
    }
  }

  #stepSession(size: number): Promise<GpuSession> {
    return this.#session(`step ${size}`, () => this.#onExamples(graphsFor(this.#plan, size, size).step));
  }

  /** The gradient of some examples, added to the one so far; it does not depend on the batch, whose scale is an input. */
  #chunkSession(size: number): Promise<GpuSession> {
    return this.#session(`chunk of ${size}`, () =>
      this.#onExamples(graphsFor(this.#plan, 2 * size, size).accumulate!),
    );
  }

  #updateSession(): Promise<GpuSession> {
    return this.#session("update", () => withSums(this.#graphs.update!, this.#sums));
  }

  #session(key: string, graph: () => TensorGraph, batch?: number): Promise<GpuSession> {
    return this.#sessions.get(key, async () => {
      const made = graph();
      const session = await openOnGpu(
        this.#runtime,
        writeOnnx(selectForms(made, { provider: "webgpu", batch })),
        made.outputs.map(({ name }) => name),
        isSummed,
      );
      for (const node of session.onCpu) this.#notes.add(`not on the GPU: ${node}`);
      return session;
    });
  }

  /** Runs a session on what it asks for; what it gives of the state takes the place of the state before. */
  async #run({ session }: GpuSession, given: Feeds): Promise<Feeds> {
    const feeds: Feeds = {};
    for (const name of session.inputNames) feeds[name] = (given[name] ?? this.#state.get(name))!;
    const outputs = (await session.run(feeds)) as Feeds;
    for (const [name, tensor] of Object.entries(outputs)) {
      if (!isSummed(name)) this.#state.set(stateName(name), tensor);
    }
    return outputs;
  }

  // Numbers to and from the GPU

  #feedsOf(
    { data, targets, count, rows }: ExampleBatch,
    start: number,
    size: number,
    values: Readonly<Record<string, number>>,
    chunk: number,
  ): Feeds {
    if (rows !== undefined) {
      const numbers = this.#kept!.numbersOf(rows.subarray(start, start + size));
      const tensors = numbers.map(
        ([name, part]) => [name, new this.#runtime.Tensor("int32", part, [size])] as const,
      );
      return { ...this.#scalarFeeds(values, chunk), ...Object.fromEntries(tensors) };
    }
    const slice = (port: TensorPort, all: Numbers): Tensor => {
      const dims = [size, ...port.shape.slice(1).map(Number)];
      const width = all.length / count;
      const part = all.subarray(start * width, (start + size) * width);
      return new this.#runtime.Tensor(port.dataType as "float32", part as Float32Array, dims);
    };
    const slices = (ports: readonly TensorPort[], arrays: readonly Numbers[]): Feeds =>
      Object.fromEntries(ports.map((port, index) => [port.name, slice(port, arrays[index]!)]));
    return {
      ...this.#scalarFeeds(values, chunk),
      ...slices(this.#graphs.data, arraysOf(data)),
      ...slices(this.#graphs.targets, arraysOf(targets)),
    };
  }

  #scalarFeeds(values: Readonly<Record<string, number>>, chunk: number): Feeds {
    const { seed } = this.#plan;
    const scalars = scalarValues(this.#graphs, values, { seed, step: this.#step, chunks: [chunk] });
    const tensors = scalars.map(({ name, type, value }) => {
      const data = type === "int32" ? Int32Array.of(Number(value)) : Float32Array.of(Number(value));
      return [name, new this.#runtime.Tensor(type as "float32", data as Float32Array, [])] as const;
    });
    return Object.fromEntries(tensors);
  }

  async #setWeights(weights: WeightValues): Promise<void> {
    for (const part of flatParts) {
      const layout = this.#graphs.layout[part];
      if (layout.length > 0) await this.#state.upload(`flat/${part}`, flattenWeights(layout, weights));
    }
  }
}

/** Numbers that a step adds up; everything else that it gives is the state after it. */
function isSummed(output: string): boolean {
  return output === "result/loss" || output === "result/penalty" || output.startsWith("result/metric/");
}

/** The input that an output is the next value of. */
function stateName(output: string): string {
  const name = output.replace(/^result\//, "");
  return name.startsWith("moment/") ? name : `flat/${name}`;
}

/** The caller may use a batch's arrays for the next one. */
function copyOf({ data, targets, count, rows }: ExampleBatch): ExampleBatch {
  const copies = <Data extends Numbers>(arrays: Data | readonly Data[]): readonly Data[] =>
    arraysOf(arrays).map((array) => array.slice() as Data);
  const examples = { data: copies(data), targets: copies<Numbers>(targets), count };
  return rows === undefined ? examples : { ...examples, rows: rows.slice() };
}

function bytesOf(batch: ExampleBatch): number {
  return arraysOfBatch(batch).reduce((sum, array) => sum + array.byteLength, 0);
}
