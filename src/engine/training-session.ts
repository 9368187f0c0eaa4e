import type { TrainingGraphs } from "../autodiff/training-graphs.ts";
import { flattenWeights, unflattenWeights } from "../autodiff/weight-layout.ts";
import { lossScaleMoment } from "../autodiff/loss-scaling.ts";
import { averageMoment } from "../autodiff/weight-update.ts";
import type { WeightValues } from "../tensor/weight-values.ts";
import {
  callsOf,
  type Chunking,
  chunkingOf,
  isOneGraph,
  type Share,
  shareOut,
  shareOutEvaluation,
} from "./chunks.ts";
import type {
  BatchResult,
  ExampleBatch,
  OptimizerState,
  TrainingPlan,
  TrainingSession,
  NonFinite,
} from "./engine.ts";
import { keepFreedMemory } from "./freed-memory.ts";
import type { ChunkJob, ScalarValue } from "./lane.ts";
import { type GroupJob, LaneGroup } from "./lane-group.ts";
import { slicesFor } from "./lane-graphs.ts";
import { findNonFinite } from "./find-non-finite.ts";
import type { OnnxRuntime } from "./onnx-runtime.ts";
import {
  checkMoments,
  flatParts,
  lanePort,
  largestBatch,
  scalarValues,
  stepNumbers,
  weightsMoment,
} from "./step-inputs.ts";
import { graphsFor, StepModels } from "./step-models.ts";
import { StepSessions } from "./step-sessions.ts";

/** Training by the graphs of autodiff/, each compiled for its number of examples when such a batch first comes. */
export class OrtTrainingSession implements TrainingSession {
  readonly description: string;
  readonly notes = [];
  readonly #runtime: OnnxRuntime;
  readonly #plan: TrainingPlan;
  /** The graphs of the plan's batch size: ports, layout and optimizer are the same for all sizes. */
  readonly #graphs: TrainingGraphs;
  readonly #lanes: LaneGroup;
  readonly #chunking: Chunking;
  readonly #sessions: StepSessions;
  /** The weights themselves while their moving average stands in their place. */
  #putAside: Float32Array | undefined;
  #step = 0;

  /**
   * @param block of channels of direct convolutions (findChannelBlock), which know no float16
   * @throws InputError where the model cannot be trained
   */
  constructor(runtime: OnnxRuntime, plan: TrainingPlan, threads: number, block: number | undefined) {
    const channelBlock = plan.precision === "float16" ? undefined : block;
    this.#runtime = runtime;
    this.#plan = plan;
    const version = runtime.env.versions.node ?? runtime.env.versions.common;
    this.description = `ONNX Runtime ${version}, cpu, ${threads} ${threads === 1 ? "thread" : "threads"}`;
    const batch = Math.max(2, plan.batch);
    this.#graphs = graphsFor(plan, batch, 1);
    this.#chunking = chunkingOf(plan, this.#graphs, threads, channelBlock);
    const count = this.#chunking.lanes;
    keepFreedMemory();
    this.#lanes = new LaneGroup(runtime, {
      threads: Math.floor(threads / count),
      slices: slicesFor(this.#graphs, count),
      moments: this.#graphs.optimizer.moments.map(({ port }) => port.name),
      data: this.#graphs.data.map(lanePort),
      targets: this.#graphs.targets.map(lanePort),
    });
    const models = new StepModels(plan, this.#graphs, this.#lanes.slices, channelBlock);
    this.#sessions = new StepSessions(models, this.#lanes);
    this.#setWeights(plan.weights);
    this.#lanes.hold("flat/gradient", new Float32Array(this.#graphs.layout.weights.length));
    for (const { port, initial } of this.#graphs.optimizer.moments) {
      this.#lanes.hold(port.name, initial());
    }
  }

  /** Compiles for full batches, so that a model which ONNX Runtime refuses is refused before the first step. */
  async prepare(): Promise<this> {
    try {
      await this.#jobOfStep(largestBatch(this.#plan), {});
    } catch (error) {
      await this.dispose();
      throw error;
    }
    return this;
  }

  async step(batch: ExampleBatch, learningRate: number): Promise<BatchResult> {
    this.#useWeights();
    this.#step += 1;
    const scalars = stepNumbers(this.#graphs, this.#step, learningRate, batch.count);
    return this.#lanes.work(await this.#jobOfStep(batch.count, scalars), batch);
  }

  async evaluate(batch: ExampleBatch): Promise<BatchResult> {
    this.#useAverage();
    const lanes: ChunkJob[][] = [];
    for (const share of shareOutEvaluation(this.#chunking, batch.count)) {
      const chunks: ChunkJob[] = [];
      let start = share.start;
      for (const size of share.chunks) {
        const session = await this.#sessions.evaluation(size);
        chunks.push({ session, start, count: size, turns: undefined, scalars: [] });
        start += size;
      }
      lanes.push(chunks);
    }
    return this.#lanes.work({ lanes, batch: batch.count, update: undefined }, batch);
  }

  async findNonFinite(batch: ExampleBatch): Promise<NonFinite | undefined> {
    const names = [...flatParts.map((part) => `flat/${part}`), `moment/${lossScaleMoment}`];
    const before = names.flatMap((name) => {
      const vector = this.#lanes.previous(name);
      return vector === undefined ? [] : [[name, vector] as const];
    });
    return findNonFinite(this.#runtime, {
      graphs: graphsFor(this.#plan, batch.count, batch.count),
      batch,
      vectors: new Map(before),
      scalars: this.#scalarsOf({ "scalar/per_example": 1 / batch.count }, [0]),
      weightsAfter: this.#lanes.vector("flat/weights"),
    });
  }

  /** Every step has told its sums. */
  settle(): Promise<BatchResult> {
    return Promise.resolve({ lossSum: 0, correct: 0 });
  }

  /** Where the run keeps a moving average of the weights, that is what the model is worth. */
  async weights(): Promise<WeightValues> {
    this.#useAverage();
    const values = new Map<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }>();
    for (const part of flatParts) {
      const layout = this.#graphs.layout[part];
      if (layout.length > 0) unflattenWeights(layout, this.#lanes.vector(`flat/${part}`), values);
    }
    return values;
  }

  async optimizerState(): Promise<OptimizerState> {
    this.#useWeights();
    const moments = this.#graphs.optimizer.moments.map(
      ({ name, port }) => [name, this.#lanes.vector(port.name).slice()] as const,
    );
    // With an average the weights themselves are a part of the state.
    const weights = [weightsMoment, this.#lanes.vector("flat/weights").slice()] as const;
    const isAveraged = this.#plan.average !== undefined;
    return { moments: new Map(isAveraged ? [...moments, weights] : moments), step: this.#step };
  }

  /** @throws InputError where the state is another optimizer's or another network's */
  async restore(weights: WeightValues, { moments, step }: OptimizerState): Promise<void> {
    checkMoments(this.#graphs, moments);
    this.#putAside = undefined;
    this.#setWeights(weights);
    const own = moments.get(weightsMoment);
    if (own !== undefined) this.#lanes.hold("flat/weights", own);
    for (const { name, port } of this.#graphs.optimizer.moments)
      this.#lanes.hold(port.name, moments.get(name)!);
    this.#step = step;
  }

  async dispose(): Promise<void> {
    await this.#sessions.release();
    await this.#lanes.stop();
  }

  /** Puts the moving average in the weights' place, once there is one. */
  #useAverage(): void {
    if (this.#plan.average === undefined || this.#putAside !== undefined || this.#step === 0) return;
    this.#putAside = this.#lanes.vector("flat/weights").slice();
    this.#lanes.hold("flat/weights", this.#lanes.vector(`moment/${averageMoment}`).slice());
  }

  #useWeights(): void {
    if (this.#putAside !== undefined) this.#lanes.hold("flat/weights", this.#putAside);
    this.#putAside = undefined;
  }

  /** A step is one graph where the whole batch runs at once in one lane; else chunks, whose gradients are added, and an update. */
  async #jobOfStep(count: number, scalars: Readonly<Record<string, number>>): Promise<GroupJob> {
    const { chunk } = this.#chunking;
    if (isOneGraph(this.#chunking, count)) {
      const session = await this.#sessions.step(count);
      const chunk = { session, start: 0, count, turns: undefined, scalars: this.#scalarsOf(scalars, [0]) };
      return { lanes: [[chunk]], batch: count, update: undefined };
    }
    const lanes: ChunkJob[][] = [];
    let done = 0;
    for (const share of shareOut(count, this.#lanes.count, chunk!)) {
      lanes.push(await this.#jobsOfShare(share, done, scalars));
      done += share.chunks.length;
    }
    const update = { session: await this.#sessions.update(), scalars: this.#scalarsOf(scalars, [0]) };
    return { lanes, batch: count, update };
  }

  /** One job for all chunks of a size. @param before chunks of earlier shares */
  async #jobsOfShare(
    { start, chunks }: Share,
    before: number,
    scalars: Readonly<Record<string, number>>,
  ): Promise<ChunkJob[]> {
    const jobs: ChunkJob[] = [];
    let example = start;
    let index = 0;
    for (const { size, turns } of callsOf(chunks, this.#chunking)) {
      const session = await this.#sessions.chunks(size, turns, index === 0);
      const first = before + index;
      const numbers = Array.from({ length: turns }, (_, turn) => first + turn);
      const isLoop = turns > 1;
      jobs.push({
        session,
        start: example,
        count: size * turns,
        turns: isLoop ? turns : undefined,
        scalars: this.#scalarsOf(scalars, numbers),
      });
      index += turns;
      example += size * turns;
    }
    return jobs;
  }

  #scalarsOf(values: Readonly<Record<string, number>>, chunks: readonly number[]): readonly ScalarValue[] {
    return scalarValues(this.#graphs, values, { seed: this.#plan.seed, step: this.#step, chunks });
  }

  #setWeights(weights: WeightValues): void {
    for (const part of flatParts) {
      const layout = this.#graphs.layout[part];
      if (layout.length > 0) this.#lanes.hold(`flat/${part}`, flattenWeights(layout, weights));
    }
  }
}
