import type { TensorPort, TrainingGraphs } from "../../autodiff/training-graphs.ts";
import { flattenWeights, unflattenWeights } from "../../autodiff/weight-layout.ts";
import { averageMoment } from "../../autodiff/weight-update.ts";
import { OnnxBuilder } from "../../onnx/builder.ts";
import { selectForms } from "../../onnx/select/select.ts";
import { writeOnnx } from "../../onnx/write.ts";
import type { TensorGraph } from "../../tensor/tensor-graph.ts";
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
} from "../engine.ts";
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
import { graphsFor } from "../step-sessions.ts";
import { examplesAtOnce, mostBound, sumsInput, withSums } from "./graphs.ts";
import { type GpuSession, openOnGpu } from "./sessions.ts";

type Tensor = InstanceType<OnnxRuntime["Tensor"]>;
type Feeds = Record<string, Tensor>;

/** Steps whose sums stay on the GPU: to read them, the host must wait until the GPU has done all it was given. */
const stepsUntold = 16;

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
  /** By the name of the input: weights, moments, gradient and sums, in the GPU's memory. */
  readonly #state = new Map<string, Tensor>();
  readonly #notes = new Set<string>();
  #step = 0;
  #untold = 0;

  /**
   * @param largestTensor numbers of the largest tensor that the GPU can bind
   * @throws InputError where the model cannot be trained
   */
  constructor(runtime: OnnxRuntime, plan: TrainingPlan, largestTensor = mostBound) {
    this.#runtime = runtime;
    this.#plan = plan;
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

  get notes(): readonly string[] {
    return [...this.#notes];
  }

  /** Brings the weights to the GPU and compiles for full batches. @throws InputError where there is no GPU to use */
  async prepare(): Promise<this> {
    try {
      await this.#setWeights(this.#plan.weights);
      for (const { port, initial } of this.#graphs.optimizer.moments)
        await this.#upload(port.name, new Float32Array(this.#weightCount).fill(initial));
      await this.#upload(sumsInput, new Float32Array(this.#sums.length));
      await this.#prepareSessions();
    } catch (error) {
      await this.dispose();
      throw error;
    }
    return this;
  }

  async step(batch: ExampleBatch, learningRate: number): Promise<BatchResult | undefined> {
    this.#step += 1;
    const values = stepNumbers(this.#graphs, this.#step, learningRate, batch.count);
    const sizes = this.#sizesOf(batch.count);
    if (sizes.length === 1) {
      await this.#run(await this.#stepSession(batch.count), this.#feedsOf(batch, 0, batch.count, values, 0));
    } else {
      let start = 0;
      for (const [index, size] of sizes.entries()) {
        const before: Feeds = index === 0 ? { "flat/gradient": this.#state.get(noGradient)! } : {};
        const feeds = this.#feedsOf(batch, start, size, values, index);
        await this.#run(await this.#chunkSession(size), { ...feeds, ...before });
        start += size;
      }
      await this.#run(await this.#updateSession(), this.#scalarFeeds(values, 0));
    }
    this.#untold += 1;
    return this.#untold >= stepsUntold ? this.settle() : undefined;
  }

  async settle(): Promise<BatchResult> {
    const sums = await this.#download(sumsInput);
    await this.#upload(sumsInput, new Float32Array(sums.length));
    this.#untold = 0;
    return this.#resultOf(Object.fromEntries(this.#sums.map((name, index) => [name, sums[index]!])), 1);
  }

  /** The weights before the step are gone once the GPU tells its sums. */
  findNonFinite(): Promise<undefined> {
    return Promise.resolve(undefined);
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
      unflattenWeights(layout, await this.#download(name), values);
    }
    return values;
  }

  async optimizerState(): Promise<OptimizerState> {
    const moments = new Map<string, Float32Array>();
    for (const { name, port } of this.#graphs.optimizer.moments)
      moments.set(name, await this.#download(port.name));
    if (this.#plan.average !== undefined) moments.set(weightsMoment, await this.#download("flat/weights"));
    return { moments, step: this.#step };
  }

  async restore(weights: WeightValues, { moments, step }: OptimizerState): Promise<void> {
    checkMoments(this.#graphs, moments);
    await this.#setWeights(weights);
    const own = moments.get(weightsMoment);
    if (own !== undefined) await this.#upload("flat/weights", own);
    for (const { name, port } of this.#graphs.optimizer.moments)
      await this.#upload(port.name, moments.get(name)!);
    this.#step = step;
  }

  async dispose(): Promise<void> {
    for (const tensor of this.#state.values()) tensor.dispose();
    this.#state.clear();
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

  #sizesOf(count: number): readonly number[] {
    return chunkSizes(count, this.#chunk);
  }

  #resultOf(sums: Readonly<Record<string, number>>, count: number): BatchResult {
    const penalty = (sums["result/penalty"] ?? 0) * count;
    const accuracies = Object.keys(sums).filter((name) => name.startsWith("result/metric/accuracy"));
    const correct = accuracies.reduce((sum, name) => sum + sums[name]!, 0) / Math.max(1, accuracies.length);
    return { lossSum: sums["result/loss"]! + penalty, correct };
  }

  // Sessions

  async #prepareSessions(): Promise<void> {
    if (this.#graphs.accumulate !== undefined)
      await this.#upload(noGradient, new Float32Array(this.#weightCount));
    const sizes = this.#sizesOf(largestBatch(this.#plan));
    if (sizes.length === 1) await this.#stepSession(sizes[0]!);
    else {
      for (const size of new Set(sizes)) await this.#chunkSession(size);
      await this.#updateSession();
    }
  }

  #stepSession(size: number): Promise<GpuSession> {
    return this.#session(`step ${size}`, () => withSums(graphsFor(this.#plan, size, size).step, this.#sums));
  }

  /** The gradient of some examples, added to the one so far; it does not depend on the batch, whose scale is an input. */
  #chunkSession(size: number): Promise<GpuSession> {
    return this.#session(`chunk of ${size}`, () =>
      withSums(graphsFor(this.#plan, 2 * size, size).accumulate!, this.#sums),
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
      if (!isSummed(name)) this.#replace(stateName(name), tensor);
    }
    return outputs;
  }

  #replace(name: string, tensor: Tensor): void {
    this.#state.get(name)?.dispose();
    this.#state.set(name, tensor);
  }

  // Numbers to and from the GPU

  #feedsOf(
    { data, targets, count }: ExampleBatch,
    start: number,
    size: number,
    values: Readonly<Record<string, number>>,
    chunk: number,
  ): Feeds {
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
      if (layout.length > 0) await this.#upload(`flat/${part}`, flattenWeights(layout, weights));
    }
  }

  async #upload(name: string, data: Float32Array): Promise<void> {
    const { session } = await this.#copy(data.length, "gpu");
    const { y } = (await session.run({
      x: new this.#runtime.Tensor("float32", data, [data.length]),
    })) as Feeds;
    this.#replace(name, y!);
  }

  /** Copies a vector of the state; reading a tensor in the GPU's memory directly would end the process (ONNX Runtime 1.30). */
  async #download(name: string): Promise<Float32Array> {
    const tensor = this.#state.get(name)!;
    const { session } = await this.#copy(tensor.dims[0]!, "host");
    const { y } = (await session.run({ x: tensor })) as Feeds;
    return y!.data as Float32Array;
  }

  #copy(length: number, to: "gpu" | "host"): Promise<GpuSession> {
    return this.#sessions.get(`copy of ${length} to the ${to}`, () => {
      const model = new OnnxBuilder("copy");
      const x = model.input("x", "float32", [length]);
      model.output("y", model.node("Identity", [x], {}, { unique: true }), "float32", [length]);
      return openOnGpu(this.#runtime, writeOnnx(model.finish()), ["y"], () => to === "host");
    });
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
