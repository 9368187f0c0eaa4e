import type { InferenceSession, Tensor } from "onnxruntime-node";
import { buildTrainingGraphs } from "../autodiff/training-step.ts";
import type { TensorPort, TrainingGraphs } from "../autodiff/training-graphs.ts";
import { flattenWeights, unflattenWeights } from "../autodiff/weight-layout.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { renderDiagnostics } from "../diagnostics/render.ts";
import { selectForms } from "../onnx/select/select.ts";
import { writeOnnx } from "../onnx/write.ts";
import { createRandom } from "../random/random.ts";
import { randomOffsetCount } from "../tensor/random-table.ts";
import type { TensorGraph } from "../tensor/tensor-graph.ts";
import type { WeightValues } from "../tensor/weight-values.ts";
import { chunkSizes, suitableChunk } from "./chunks.ts";
import type { BatchResult, ExampleBatch, OptimizerState, TrainingPlan, TrainingSession } from "./engine.ts";
import { createFixedSession, type OnnxRuntime, type Tensors } from "./onnx-runtime.ts";

/** Sessions kept for batch sizes; a run has two, the full batch and the last of an epoch, each in up to two chunk sizes. */
const mostSessions = 12;

/** The flat vectors of trained weights, running statistics and frozen weights. */
const parts = ["weights", "state", "frozen"] as const;

/** Training by the graphs of autodiff/, each compiled for its number of examples when such a batch first comes. */
export class OrtTrainingSession implements TrainingSession {
  readonly description: string;
  readonly #runtime: OnnxRuntime;
  readonly #plan: TrainingPlan;
  readonly #threads: number;
  /** The graphs of the plan's batch size: ports, layout and optimizer are the same for all sizes. */
  readonly #graphs: TrainingGraphs;
  readonly #largestChunk: number;
  readonly #sessions = new Map<string, Promise<InferenceSession>>();
  /** The vectors that steps change, by the input's name; the spare ones are what the next step writes. */
  readonly #current = new Map<string, Tensor>();
  readonly #spare = new Map<string, Tensor>();
  #step = 0;

  /** @throws InputError where the model cannot be trained */
  constructor(runtime: OnnxRuntime, plan: TrainingPlan, threads: number) {
    this.#runtime = runtime;
    this.#plan = plan;
    this.#threads = threads;
    this.description = `ONNX Runtime ${runtime.env.versions.node ?? ""}, cpu, ${threads} ${threads === 1 ? "thread" : "threads"}`;
    this.#graphs = this.#buildGraphs(Math.max(2, plan.batch), 1);
    const isWhole = this.#graphs.accumulate === undefined;
    this.#largestChunk = isWhole ? Infinity : suitableChunk(this.#graphs.step);
    this.#setWeights(plan.weights);
    for (const { port, initial } of this.#graphs.optimizer.moments) {
      this.#hold(port.name, new Float32Array(this.#weightCount).fill(initial));
    }
  }

  /** Compiles for full batches, so that a model which ONNX Runtime refuses is refused before the first step. */
  async prepare(): Promise<this> {
    await Promise.all(this.#stepKeys(chunkSizes(this.#plan.batch, this.#largestChunk)).map((make) => make()));
    return this;
  }

  async step(batch: ExampleBatch, learningRate: number): Promise<BatchResult> {
    const sizes = chunkSizes(batch.count, this.#largestChunk);
    this.#step += 1;
    const { factors } = this.#graphs.optimizer;
    const scalars = { ...factors(this.#step, learningRate), "scalar/loss_scale": 1 / batch.count };
    if (sizes.length === 1) {
      const session = await this.#stepSession(batch.count);
      const feeds = { ...this.#exampleFeeds(batch, 0, batch.count), ...this.#scalarFeeds(scalars, 0) };
      return sumsOf(await this.#advance(session, feeds), batch.count);
    }
    return this.#stepInChunks(batch, sizes, scalars);
  }

  async #stepInChunks(
    batch: ExampleBatch,
    sizes: readonly number[],
    scalars: Readonly<Record<string, number>>,
  ): Promise<BatchResult> {
    this.#clearGradient();
    const sums = { lossSum: 0, correct: 0 };
    let start = 0;
    for (const [index, size] of sizes.entries()) {
      const session = await this.#accumulateSession(size);
      const feeds = { ...this.#exampleFeeds(batch, start, size), ...this.#scalarFeeds(scalars, index) };
      addSums(sums, sumsOf(await this.#advance(session, feeds), size));
      start += size;
    }
    const update = await this.#updateSession();
    const penalty = penaltyOf(await this.#advance(update, this.#scalarFeeds(scalars, 0)));
    return { ...sums, lossSum: sums.lossSum + penalty * batch.count };
  }

  async evaluate(batch: ExampleBatch): Promise<BatchResult> {
    const sums = { lossSum: 0, correct: 0 };
    let start = 0;
    for (const size of chunkSizes(batch.count, evaluationChunk)) {
      const session = await this.#session(`evaluate ${size}`, () => this.#graphs.evaluate, size);
      const feeds = { ...this.#exampleFeeds(batch, start, size), ...this.#currentFor(session) };
      addSums(sums, sumsOf((await session.run(only(session, feeds))) as Tensors, size));
      start += size;
    }
    return sums;
  }

  weights(): WeightValues {
    const values = new Map<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }>();
    for (const part of parts) {
      const flat = this.#current.get(`flat/${part}`);
      if (flat !== undefined) unflattenWeights(this.#graphs.layout[part], flat.data as Float32Array, values);
    }
    return values;
  }

  optimizerState(): OptimizerState {
    const moments = this.#graphs.optimizer.moments.map(
      ({ name, port }) => [name, (this.#current.get(port.name)!.data as Float32Array).slice()] as const,
    );
    return { moments: new Map(moments), step: this.#step };
  }

  /** @throws InputError where the state is another optimizer's or another network's */
  restore(weights: WeightValues, { moments, step }: OptimizerState): void {
    for (const { name } of this.#graphs.optimizer.moments) {
      const length = moments.get(name)?.length ?? 0;
      if (length === this.#weightCount) continue;
      throw new InputError(
        `the optimizer's state does not fit: "${name}" has ${length} numbers, and the model has ${this.#weightCount} to train`,
        { help: "go on with the model and the optimizer that the run was started with" },
      );
    }
    this.#setWeights(weights);
    for (const { name, port } of this.#graphs.optimizer.moments)
      this.#hold(port.name, moments.get(name)!.slice());
    this.#step = step;
  }

  async dispose(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    this.#current.clear();
    this.#spare.clear();
    for (const session of await Promise.allSettled(sessions)) {
      if (session.status === "fulfilled") await session.value.release();
    }
  }

  get #weightCount(): number {
    return this.#graphs.layout.weights.length;
  }

  // Sessions

  #buildGraphs(batch: number, chunk: number): TrainingGraphs {
    const { model, loss, optimizer } = this.#plan;
    const options = { loss, optimizer, metrics: ["accuracy"] as const, batch, chunk };
    const { value, diagnostics } = buildTrainingGraphs(model, options);
    if (value !== undefined) return value;
    throw new InputError(`the model cannot be trained\n\n${renderDiagnostics(diagnostics)}`);
  }

  #stepKeys(sizes: readonly number[]): readonly (() => Promise<InferenceSession>)[] {
    if (sizes.length === 1) return [() => this.#stepSession(sizes[0]!)];
    return [
      () => this.#updateSession(),
      ...[...new Set(sizes)].map((size) => () => this.#accumulateSession(size)),
    ];
  }

  #stepSession(count: number): Promise<InferenceSession> {
    return this.#session(`step ${count}`, () => this.#buildGraphs(count, count).step);
  }

  #accumulateSession(size: number): Promise<InferenceSession> {
    // The graph of a chunk does not depend on the batch, whose scale is an input.
    return this.#session(`accumulate ${size}`, () => this.#buildGraphs(2 * size, size).accumulate!);
  }

  #updateSession(): Promise<InferenceSession> {
    return this.#session("update", () => this.#graphs.update!);
  }

  /** A session by its key, made when first asked for; the ones that were not asked for longest make room. */
  async #session(key: string, graph: () => TensorGraph, batch?: number): Promise<InferenceSession> {
    const known = this.#sessions.get(key);
    if (known !== undefined) {
      this.#sessions.delete(key);
      this.#sessions.set(key, known);
      return known;
    }
    const bytes = writeOnnx(selectForms(graph(), { provider: "cpu", batch }));
    const made = createFixedSession(this.#runtime, bytes, this.#threads);
    this.#sessions.set(key, made);
    for (const [oldest, session] of this.#sessions) {
      if (this.#sessions.size <= mostSessions) break;
      this.#sessions.delete(oldest);
      await (await session).release();
    }
    return made;
  }

  // Tensors

  /** Runs a graph on the current vectors. Those that it gives anew are written into the spare ones, which then are current. */
  async #advance(session: InferenceSession, feeds: Tensors): Promise<Tensors> {
    const fetches: Record<string, Tensor | null> = {};
    for (const name of session.outputNames) {
      const input = inputOfResult(name);
      fetches[name] = input === undefined ? null : this.#spareOf(input);
    }
    const results = await session.run(only(session, { ...this.#currentFor(session), ...feeds }), fetches);
    for (const name of session.outputNames) {
      const input = inputOfResult(name);
      if (input === undefined) continue;
      const before = this.#current.get(input)!;
      this.#current.set(input, this.#spare.get(input)!);
      this.#spare.set(input, before);
    }
    return results as Tensors;
  }

  #spareOf(name: string): Tensor {
    let spare = this.#spare.get(name);
    if (spare === undefined) {
      const { length } = this.#current.get(name)!.data;
      this.#spare.set(name, (spare = this.#vector(new Float32Array(length))));
    }
    return spare;
  }

  #currentFor(session: InferenceSession): Tensors {
    const feeds: Tensors = {};
    for (const name of session.inputNames) {
      const tensor = this.#current.get(name);
      if (tensor !== undefined) feeds[name] = tensor;
    }
    return feeds;
  }

  #exampleFeeds(batch: ExampleBatch, start: number, count: number): Tensors {
    const feeds: Tensors = {};
    const give = ({ name, shape, dataType }: TensorPort, values: Float32Array | Int32Array): void => {
      const size = values.length / batch.count;
      const given = values.subarray(start * size, (start + count) * size);
      feeds[name] = this.#tensor(dataType === "int32" ? "int32" : "float32", given, [
        count,
        ...shape.slice(1).map(Number),
      ]);
    };
    give(this.#graphs.data[0]!, batch.data);
    give(this.#graphs.targets[0]!, batch.targets);
    return feeds;
  }

  /** A chunk's random numbers follow from the seed, the step and the chunk, so that a resumed run draws the same. */
  #scalarFeeds(values: Readonly<Record<string, number>>, chunk: number): Tensors {
    const feeds: Tensors = {};
    for (const { name, meaning, dataType } of this.#graphs.scalars) {
      const value =
        meaning === "randomOffset"
          ? createRandom(this.#plan.seed, `${name}/${this.#step}/${chunk}`).integer(randomOffsetCount)
          : values[name]!;
      feeds[name] =
        dataType === "int32"
          ? this.#tensor("int32", Int32Array.of(value), [])
          : this.#tensor("float32", Float32Array.of(value), []);
    }
    return feeds;
  }

  #setWeights(weights: WeightValues): void {
    for (const part of parts) {
      const layout = this.#graphs.layout[part];
      if (layout.length > 0) this.#hold(`flat/${part}`, flattenWeights(layout, weights));
    }
  }

  #clearGradient(): void {
    const gradient = this.#current.get("flat/gradient");
    if (gradient === undefined) this.#hold("flat/gradient", new Float32Array(this.#weightCount));
    else (gradient.data as Float32Array).fill(0);
  }

  #hold(name: string, data: Float32Array): void {
    this.#current.set(name, this.#vector(data));
  }

  #vector(data: Float32Array): Tensor {
    return this.#tensor("float32", data, [data.length]);
  }

  #tensor(type: "float32" | "int32", data: Float32Array | Int32Array, dims: readonly number[]): Tensor {
    return new this.#runtime.Tensor(type, data, dims);
  }
}

/** Examples evaluated at once. */
const evaluationChunk = 64;

/** The feeds that a session takes: inputs that a graph does not need are absent from it. */
function only(session: InferenceSession, feeds: Tensors): Tensors {
  const taken: Tensors = {};
  for (const name of session.inputNames) taken[name] = feeds[name]!;
  return taken;
}

/** `result/weights` is the next `flat/weights`, `result/moment/m` the next `moment/m`; other results are the host's. */
function inputOfResult(name: string): string | undefined {
  if (name.startsWith("result/moment/")) return name.slice("result/".length);
  const vector = /^result\/(weights|state|gradient)$/.exec(name)?.[1];
  return vector === undefined ? undefined : `flat/${vector}`;
}

function numberOf(results: Tensors, name: string): number {
  return Number(results[name]?.data[0] ?? 0);
}

function penaltyOf(results: Tensors): number {
  return numberOf(results, "result/penalty");
}

function sumsOf(results: Tensors, count: number): BatchResult {
  return {
    lossSum: numberOf(results, "result/loss") + penaltyOf(results) * count,
    correct: numberOf(results, "result/metric/accuracy"),
  };
}

function addSums(sums: { lossSum: number; correct: number }, more: BatchResult): void {
  sums.lossSum += more.lossSum;
  sums.correct += more.correct;
}
