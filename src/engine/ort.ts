import { availableParallelism } from "node:os";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { flattenWeights, unflattenWeights } from "../autodiff/weight-layout.ts";
import { buildTrainingGraphs } from "../autodiff/training-step.ts";
import type { ScalarPort, TensorPort, TrainingGraphs } from "../autodiff/training-graphs.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { renderDiagnostics } from "../diagnostics/render.ts";
import { selectForms } from "../onnx/select/select.ts";
import { writeOnnx } from "../onnx/write.ts";
import { createRandom } from "../random/random.ts";
import { randomOffsetCount } from "../tensor/random-table.ts";
import type { TensorGraph } from "../tensor/tensor-graph.ts";
import type { WeightValues } from "../tensor/weight-values.ts";
import type {
  BatchResult,
  Engine,
  ExampleBatch,
  OptimizerState,
  TrainingPlan,
  TrainingSession,
} from "./engine.ts";
import { importOnnxRuntime } from "./inference.ts";

type OnnxRuntime = typeof import("onnxruntime-node");

/** The engine on ONNX Runtime's CPU provider. */
export function createOrtEngine(): Engine {
  return {
    name: "onnxruntime",
    createTrainingSession: async (plan) => new OrtTrainingSession(await importOnnxRuntime(), plan).prepare(),
  };
}

/** The largest part of a batch whose activations stay in the processor's cache; measured on small networks. */
const largestChunk = 64;
/** Chunks smaller than this cost more in calls than they save. */
const smallestChunk = 16;

/** The chunk that a batch is cut into: its largest divisor that is small enough; undefined where it is run whole. */
export function chunkOf(batch: number): number | undefined {
  for (let chunk = largestChunk; batch > largestChunk && chunk >= smallestChunk; chunk--) {
    if (batch % chunk === 0) return chunk;
  }
  return undefined;
}

/** The graphs of one batch size, ready to run. */
interface CompiledBatch {
  readonly graphs: TrainingGraphs;
  readonly chunk: number;
  /** One step on a whole batch, or on a chunk. */
  readonly forward: InferenceSession;
  /** The optimizer, where batches come in chunks. */
  readonly update: InferenceSession | undefined;
}

type Feeds = Record<string, Tensor>;

class OrtTrainingSession implements TrainingSession {
  readonly #runtime: OnnxRuntime;
  readonly #plan: TrainingPlan;
  readonly #threads: number;
  readonly #compiled = new Map<number, CompiledBatch>();
  /** The flat vectors that steps change, by the name of the input; each has a second vector that the next step writes. */
  readonly #current = new Map<string, Tensor>();
  readonly #spare = new Map<string, Tensor>();
  #evaluation: InferenceSession | undefined;
  #step = 0;
  /** The graphs of the plan's batch size, from which ports and layouts are read. */
  #graphs!: TrainingGraphs;

  constructor(runtime: OnnxRuntime, plan: TrainingPlan) {
    this.#runtime = runtime;
    this.#plan = plan;
    this.#threads = plan.threads ?? availableParallelism();
  }

  get description(): string {
    return `ONNX Runtime, cpu, ${this.#threads} ${this.#threads === 1 ? "thread" : "threads"}`;
  }

  async prepare(): Promise<this> {
    const { graphs } = await this.#compile(this.#plan.batch);
    this.#graphs = graphs;
    this.#setWeights(this.#plan.weights);
    for (const { port, initial } of graphs.optimizer.moments) {
      this.#hold(port.name, new Float32Array(graphs.layout.weights.length).fill(initial));
    }
    return this;
  }

  async step(batch: ExampleBatch, learningRate: number): Promise<BatchResult> {
    const { graphs, chunk, forward, update } = await this.#compile(batch.count);
    this.#step += 1;
    const scalars = {
      ...graphs.optimizer.factors(this.#step, learningRate),
      "scalar/loss_scale": 1 / batch.count,
    };
    if (update === undefined) {
      const feeds = {
        ...this.#batchFeeds(graphs, batch, 0, batch.count),
        ...this.#scalarFeeds(graphs, scalars, 0),
      };
      return sumsOf(await this.#runInPlace(forward, feeds), batch.count);
    }
    const gradient = this.#tensor("float32", new Float32Array(graphs.layout.weights.length), [
      graphs.layout.weights.length,
    ]);
    this.#current.set("flat/gradient", gradient);
    const sums = { lossSum: 0, correct: 0 };
    for (let start = 0; start < batch.count; start += chunk) {
      const feeds = {
        ...this.#batchFeeds(graphs, batch, start, chunk),
        ...this.#scalarFeeds(graphs, scalars, start / chunk),
      };
      const result = sumsOf(await this.#runInPlace(forward, feeds), chunk);
      sums.lossSum += result.lossSum;
      sums.correct += result.correct;
    }
    const result = await this.#runInPlace(update, this.#scalarFeeds(graphs, scalars, 0));
    return { ...sums, lossSum: sums.lossSum + penaltyOf(result) * batch.count };
  }

  async evaluate(batch: ExampleBatch): Promise<BatchResult> {
    this.#evaluation ??= await this.#createSession(this.#graphs.evaluate);
    const feeds = {
      ...this.#batchFeeds(this.#graphs, batch, 0, batch.count),
      ...this.#stateFeeds(this.#evaluation),
    };
    return sumsOf(await this.#evaluation.run(feeds), batch.count);
  }

  weights(): WeightValues {
    const values = new Map<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }>();
    for (const part of ["weights", "state", "frozen"] as const) {
      const flat = this.#current.get(`flat/${part}`);
      if (flat !== undefined) unflattenWeights(this.#graphs.layout[part], flat.data as Float32Array, values);
    }
    return values;
  }

  optimizerState(): OptimizerState {
    const moments = this.#graphs.optimizer.moments.map(({ name, port }) => {
      const data = this.#current.get(port.name)!.data as Float32Array;
      return [name, data.slice()] as const;
    });
    return { moments: new Map(moments), step: this.#step };
  }

  restore(weights: WeightValues, { moments, step }: OptimizerState): void {
    this.#setWeights(weights);
    for (const { name, port } of this.#graphs.optimizer.moments) {
      const data = moments.get(name);
      const expected = this.#graphs.layout.weights.length;
      if (data?.length !== expected) {
        throw new InputError(
          `the checkpoint's optimizer has ${data?.length ?? 0} numbers for ${name}, not ${expected}`,
        );
      }
      this.#hold(port.name, data.slice());
    }
    this.#step = step;
  }

  async dispose(): Promise<void> {
    for (const { forward, update } of this.#compiled.values()) {
      await forward.release();
      await update?.release();
    }
    await this.#evaluation?.release();
    this.#compiled.clear();
  }

  /** The graphs of a batch size, made when it first comes: a last batch is smaller than the others. */
  async #compile(count: number): Promise<CompiledBatch> {
    const known = this.#compiled.get(count);
    if (known !== undefined) return known;
    const { model, loss, optimizer } = this.#plan;
    const cut = chunkOf(count);
    const { value: graphs, diagnostics } = buildTrainingGraphs(model, {
      loss,
      optimizer,
      metrics: ["accuracy"],
      batch: count,
      ...(cut === undefined ? {} : { chunk: cut }),
    });
    if (graphs === undefined)
      throw new InputError(`the model cannot be trained\n\n${renderDiagnostics(diagnostics)}`);
    const { step, accumulate, update } = graphs;
    const compiled: CompiledBatch = {
      graphs,
      chunk: accumulate === undefined ? count : cut!,
      forward: await this.#createSession(accumulate ?? step),
      update: update === undefined ? undefined : await this.#createSession(update),
    };
    this.#compiled.set(count, compiled);
    return compiled;
  }

  async #createSession(graph: TensorGraph): Promise<InferenceSession> {
    const bytes = writeOnnx(selectForms(graph, { provider: "cpu", threads: this.#threads }));
    return this.#runtime.InferenceSession.create(bytes, {
      executionProviders: ["cpu"],
      intraOpNumThreads: this.#threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
    });
  }

  /** Runs a graph on the current vectors; those that it gives anew are written into the spare ones, which then become current. */
  async #runInPlace(session: InferenceSession, feeds: Feeds): Promise<Feeds> {
    const fetches: Record<string, Tensor | null> = {};
    const changed: string[] = [];
    for (const name of session.outputNames) {
      const input = inputOfResult(name);
      fetches[name] = input === undefined ? null : this.#spareFor(input);
      if (input !== undefined) changed.push(input);
    }
    const taken = session.inputNames.flatMap((name) => {
      const tensor = feeds[name] ?? this.#current.get(name);
      return tensor === undefined ? [] : [[name, tensor] as const];
    });
    const results = await session.run(Object.fromEntries(taken), fetches);
    for (const name of changed) {
      const before = this.#current.get(name)!;
      this.#current.set(name, this.#spare.get(name)!);
      this.#spare.set(name, before);
    }
    return results as Feeds;
  }

  #spareFor(name: string): Tensor {
    const current = this.#current.get(name)!;
    const known = this.#spare.get(name);
    if (known?.data.length === current.data.length) return known;
    const spare = this.#tensor("float32", new Float32Array(current.data.length), current.dims);
    this.#spare.set(name, spare);
    return spare;
  }

  #stateFeeds(session: InferenceSession): Feeds {
    const names = session.inputNames.filter((name) => this.#current.has(name));
    return Object.fromEntries(names.map((name) => [name, this.#current.get(name)!]));
  }

  /** The examples `start` to `start` + `count` - 1 of a batch. */
  #batchFeeds(graphs: TrainingGraphs, batch: ExampleBatch, start: number, count: number): Feeds {
    const feeds: Feeds = {};
    const give = (port: TensorPort, values: Float32Array | Int32Array): void => {
      const size = values.length / batch.count;
      const part = values.subarray(start * size, (start + count) * size);
      const type = port.dataType === "int32" ? "int32" : "float32";
      feeds[port.name] = this.#tensor(type, part, [count, ...port.shape.slice(1).map(Number)]);
    };
    give(graphs.data[0]!, batch.data);
    give(graphs.targets[0]!, batch.targets);
    return feeds;
  }

  #scalarFeeds(graphs: TrainingGraphs, values: Readonly<Record<string, number>>, chunk: number): Feeds {
    const valueOf = ({ name, meaning }: ScalarPort): number =>
      meaning === "randomOffset"
        ? createRandom(this.#plan.seed, `${name}/${this.#step}/${chunk}`).integer(randomOffsetCount)
        : values[name]!;
    return Object.fromEntries(
      graphs.scalars.map((port) => {
        const value = valueOf(port);
        const tensor =
          port.dataType === "int32"
            ? this.#tensor("int32", Int32Array.of(value), [])
            : this.#tensor("float32", Float32Array.of(value), []);
        return [port.name, tensor];
      }),
    );
  }

  #setWeights(weights: WeightValues): void {
    for (const part of ["weights", "state", "frozen"] as const) {
      const { length } = this.#graphs.layout[part];
      if (length > 0) this.#hold(`flat/${part}`, flattenWeights(this.#graphs.layout[part], weights));
    }
  }

  #hold(name: string, data: Float32Array): void {
    this.#current.set(name, this.#tensor("float32", data, [data.length]));
  }

  #tensor(type: "float32" | "int32", data: Float32Array | Int32Array, dims: readonly number[]): Tensor {
    return new this.#runtime.Tensor(type, data, dims);
  }
}

/** `result/weights` is the next `flat/weights`, `result/moment/m` the next `moment/m`; other results are numbers for the host. */
function inputOfResult(name: string): string | undefined {
  if (name.startsWith("result/moment/")) return name.slice("result/".length);
  const vector = /^result\/(weights|state|gradient)$/.exec(name)?.[1];
  return vector === undefined ? undefined : `flat/${vector}`;
}

function numberOf(results: Feeds, name: string): number {
  return Number(results[name]?.data[0] ?? 0);
}

function penaltyOf(results: Feeds): number {
  return numberOf(results, "result/penalty");
}

function sumsOf(results: Feeds, count: number): BatchResult {
  return {
    lossSum: numberOf(results, "result/loss") + penaltyOf(results) * count,
    correct: numberOf(results, "result/metric/accuracy"),
  };
}
