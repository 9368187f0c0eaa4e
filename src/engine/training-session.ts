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
import { laneCount, shareOut, suitableChunk } from "./chunks.ts";
import type { BatchResult, ExampleBatch, OptimizerState, TrainingPlan, TrainingSession } from "./engine.ts";
import type { ChunkJob, LanePort, ScalarValue } from "./lane.ts";
import { type GroupJob, LaneGroup } from "./lane-group.ts";
import type { OnnxRuntime } from "./onnx-runtime.ts";
import { slicesOf, updateOfSlice } from "./update-graph.ts";

/** The flat vectors of trained weights, running statistics and frozen weights. */
const parts = ["weights", "state", "frozen"] as const;

/** Graphs kept for batch sizes; a run has the full batch and the last of an epoch, each in up to two chunk sizes. */
const mostSessions = 12;

/** Evaluation keeps no values for a gradient, so its chunks may be larger. */
const evaluationFactor = 2;

/** Training by the graphs of autodiff/, each compiled for its number of examples when such a batch first comes. */
export class OrtTrainingSession implements TrainingSession {
  readonly description: string;
  readonly #plan: TrainingPlan;
  /** The graphs of the plan's batch size: ports, layout and optimizer are the same for all sizes. */
  readonly #graphs: TrainingGraphs;
  readonly #lanes: LaneGroup;
  /** Examples that run at once in a lane; undefined where a batch cannot be cut. */
  readonly #chunk: number | undefined;
  readonly #evaluationChunk: number;
  /** Keys of sessions, those used last at the end. */
  readonly #keys = new Set<string>();
  #step = 0;

  /** @throws InputError where the model cannot be trained */
  constructor(runtime: OnnxRuntime, plan: TrainingPlan, threads: number) {
    this.#plan = plan;
    const version = runtime.env.versions.node ?? runtime.env.versions.common;
    this.description = `ONNX Runtime ${version}, cpu, ${threads} ${threads === 1 ? "thread" : "threads"}`;
    const batch = Math.max(2, plan.batch);
    this.#graphs = this.#buildGraphs(batch, 1);
    const isWhole = this.#graphs.accumulate === undefined;
    const count = isWhole || !this.#canSlice() ? 1 : laneCount(plan.batch, threads);
    const chunk = suitableChunk(this.#graphs.step, batch, Math.floor(threads / count));
    this.#chunk = isWhole ? undefined : chunk;
    this.#evaluationChunk = evaluationFactor * chunk;
    this.#lanes = new LaneGroup(runtime, {
      threads: Math.floor(threads / count),
      slices: slicesOf(this.#weightCount, count),
      learned: ["flat/weights", ...this.#graphs.optimizer.moments.map(({ port }) => port.name)],
      data: lanePort(this.#graphs.data[0]!),
      targets: lanePort(this.#graphs.targets[0]!),
    });
    this.#setWeights(plan.weights);
    this.#lanes.hold("flat/gradient", new Float32Array(this.#weightCount));
    for (const { port, initial } of this.#graphs.optimizer.moments) {
      this.#lanes.hold(port.name, new Float32Array(this.#weightCount).fill(initial));
    }
  }

  /** Compiles for full batches, so that a model which ONNX Runtime refuses is refused before the first step. */
  async prepare(): Promise<this> {
    try {
      await this.#jobOfStep(this.#plan.batch, {});
    } catch (error) {
      await this.dispose();
      throw error;
    }
    return this;
  }

  async step(batch: ExampleBatch, learningRate: number): Promise<BatchResult> {
    this.#step += 1;
    const scalars = {
      ...this.#graphs.optimizer.factors(this.#step, learningRate),
      "scalar/loss_scale": 1 / batch.count,
    };
    return this.#lanes.work(await this.#jobOfStep(batch.count, scalars), batch);
  }

  async evaluate(batch: ExampleBatch): Promise<BatchResult> {
    const job = await this.#shareOut(batch.count, this.#evaluationChunk, {}, (size) =>
      this.#session(`evaluate ${size}`, () => [this.#graphs.evaluate], size),
    );
    return this.#lanes.work({ ...job, update: undefined }, batch);
  }

  weights(): WeightValues {
    const values = new Map<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }>();
    for (const part of parts) {
      const layout = this.#graphs.layout[part];
      if (layout.length > 0) unflattenWeights(layout, this.#lanes.vector(`flat/${part}`), values);
    }
    return values;
  }

  optimizerState(): OptimizerState {
    const moments = this.#graphs.optimizer.moments.map(
      ({ name, port }) => [name, this.#lanes.vector(port.name).slice()] as const,
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
      this.#lanes.hold(port.name, moments.get(name)!);
    this.#step = step;
  }

  async dispose(): Promise<void> {
    const keys = [...this.#keys];
    this.#keys.clear();
    for (const key of keys) await this.#lanes.release(key);
    await this.#lanes.stop();
  }

  /** Whether each lane can update a slice of the weights for itself. */
  #canSlice(): boolean {
    const update = this.#graphs.update;
    return (
      update !== undefined && updateOfSlice(update, this.#weightCount, 1, { start: 0, end: 1 }) !== undefined
    );
  }

  get #weightCount(): number {
    return this.#graphs.layout.weights.length;
  }

  #buildGraphs(batch: number, chunk: number): TrainingGraphs {
    const { model, loss, optimizer } = this.#plan;
    const options = { loss, optimizer, metrics: ["accuracy"] as const, batch, chunk };
    const { value, diagnostics } = buildTrainingGraphs(model, options);
    if (value !== undefined) return value;
    throw new InputError(`the model cannot be trained\n\n${renderDiagnostics(diagnostics)}`);
  }

  /** A step is one graph where the whole batch runs at once in one lane; else chunks, whose gradients are added, and an update. */
  async #jobOfStep(count: number, scalars: Readonly<Record<string, number>>): Promise<GroupJob> {
    const isOneRun = this.#chunk === undefined || (this.#lanes.count === 1 && count <= this.#chunk);
    if (isOneRun) {
      const session = (size: number): Promise<string> =>
        this.#session(`step ${size}`, () => [this.#buildGraphs(size, size).step]);
      return { ...(await this.#shareOut(count, count, scalars, session)), update: undefined };
    }
    const job = await this.#shareOut(count, this.#chunk, scalars, (size) =>
      // The graph of a chunk does not depend on the batch, whose scale is an input.
      this.#session(`accumulate ${size}`, () => [this.#buildGraphs(2 * size, size).accumulate!]),
    );
    const update = await this.#session("update", () => this.#updateGraphs());
    return { ...job, update: { session: update, scalars: this.#scalarsOf(scalars, 0) } };
  }

  /** The update of each lane's slice; of everything at once where it cannot be cut. */
  #updateGraphs(): readonly TensorGraph[] {
    const slices = slicesOf(this.#weightCount, this.#lanes.count);
    const update = this.#graphs.update!;
    return slices.map((slice) => updateOfSlice(update, this.#weightCount, slices.length, slice) ?? update);
  }

  async #shareOut(
    count: number,
    largest: number,
    scalars: Readonly<Record<string, number>>,
    session: (size: number) => Promise<string>,
  ): Promise<Omit<GroupJob, "update">> {
    const lanes: ChunkJob[][] = [];
    let index = 0;
    for (const share of shareOut(count, this.#lanes.count, largest)) {
      const chunks: ChunkJob[] = [];
      let start = share.start;
      for (const size of share.chunks) {
        chunks.push({
          session: await session(size),
          start,
          count: size,
          scalars: this.#scalarsOf(scalars, index++),
        });
        start += size;
      }
      lanes.push(chunks);
    }
    return { lanes, batch: count };
  }

  /** A chunk's random numbers follow from the seed, the step and the chunk, so that a resumed run draws the same. */
  #scalarsOf(values: Readonly<Record<string, number>>, chunk: number): readonly ScalarValue[] {
    return this.#graphs.scalars.map(({ name, meaning, dataType }) => ({
      name,
      type: dataType === "int32" ? "int32" : "float32",
      value:
        meaning === "randomOffset"
          ? createRandom(this.#plan.seed, `${name}/${this.#step}/${chunk}`).integer(randomOffsetCount)
          : (values[name] ?? 0),
    }));
  }

  /**
   * The key of a session, made in all lanes when first asked for; the one not asked for longest makes room.
   *
   * @param graphs one for all lanes, or one for each
   */
  async #session(key: string, graphs: () => readonly TensorGraph[], batch?: number): Promise<string> {
    if (!this.#keys.delete(key)) {
      const models = graphs().map((graph) => writeOnnx(selectForms(graph, { provider: "cpu", batch })));
      await this.#lanes.define(key, models);
      const [oldest] = this.#keys;
      if (oldest !== undefined && this.#keys.size >= mostSessions) {
        this.#keys.delete(oldest);
        await this.#lanes.release(oldest);
      }
    }
    this.#keys.add(key);
    return key;
  }

  #setWeights(weights: WeightValues): void {
    for (const part of parts) {
      const layout = this.#graphs.layout[part];
      if (layout.length > 0) this.#lanes.hold(`flat/${part}`, flattenWeights(layout, weights));
    }
  }
}

function lanePort({ name, shape, dataType }: TensorPort): LanePort {
  return { name, type: dataType === "int32" ? "int32" : "float32", dims: shape.slice(1).map(Number) };
}
