import { buildTrainingGraphs } from "../autodiff/training-step.ts";
import type { TrainingGraphs } from "../autodiff/training-graphs.ts";
import type { Outcome } from "../diagnostics/diagnostic.ts";
import { mistakeInProgram } from "../diagnostics/render-mistake.ts";
import type { OnnxModel } from "../onnx/onnx-graph.ts";
import { selectChunkLoop } from "../onnx/select/chunk-loop.ts";
import { type InputView, type SelectionTarget, selectForms, viewsKey } from "../onnx/select/select.ts";
import { writeOnnx } from "../onnx/write.ts";
import { splitBatch } from "../tensor/split/split-batch.ts";
import type { TensorGraph } from "../tensor/tensor-graph.ts";
import { exampleUnit, splitSizes } from "./chunks.ts";
import type { TrainingPlan } from "./engine.ts";
import type { SessionSource } from "./lane.ts";
import { firstChunk, updateOfSlice } from "./lane-graphs.ts";
import type { LaneGroup } from "./lane-group.ts";
import { mostSessions, RecentlyUsed } from "./recently-used.ts";

/**
 * Graphs come as they shall run: ONNX Runtime's basic rewrites still save a little in small ones, the others took time and found
 * nothing; its time grows with the square of the nodes.
 */
const mostNodesToOptimize = 3000;

/** The graphs of training for some number of examples. @throws InputError where the model cannot be trained */
export function graphsFor(plan: Omit<TrainingPlan, "weights">, batch: number, chunk: number): TrainingGraphs {
  const { model, accumulate = 1 } = plan;
  const chunksAreBatches = accumulate > 1;
  const options = { ...plan, metrics: ["accuracy"] as const, batch, chunk, chunksAreBatches };
  return valueOrRefuse(buildTrainingGraphs(model, options));
}

/** @throws InputError with the diagnostics, where there is no value */
export function valueOrRefuse<Value>({ value, diagnostics }: Outcome<Value | undefined>): Value {
  if (value !== undefined) return value;
  throw mistakeInProgram("the model cannot be trained", diagnostics);
}

/**
 * The sessions of a training, made in all lanes when they are first asked for and known by keys. The ones not asked for longest
 * make room for others.
 */
export class StepSessions {
  readonly #plan: TrainingPlan;
  readonly #graphs: TrainingGraphs;
  readonly #lanes: LaneGroup;
  readonly #target: SelectionTarget;
  /** The keys of the sessions that the lanes have. */
  readonly #keys: RecentlyUsed<string>;

  /** @param channelBlock of direct convolutions, where the machine has them */
  constructor(
    plan: TrainingPlan,
    graphs: TrainingGraphs,
    lanes: LaneGroup,
    channelBlock: number | undefined,
  ) {
    this.#target = {
      provider: "cpu",
      inputViews: true,
      ...(channelBlock === undefined ? {} : { channelBlock }),
    };
    this.#plan = plan;
    this.#graphs = graphs;
    this.#lanes = lanes;
    this.#keys = new RecentlyUsed(mostSessions, (key) => lanes.release(key));
  }

  /** Whether examples depend on each other, as batch norm makes them. */
  get #isWhole(): boolean {
    return this.#graphs.accumulate === undefined;
  }

  /** A whole step on a batch. */
  step(size: number): Promise<string> {
    return this.#session(`step ${size}`, () => {
      const { step } = graphsFor(this.#plan, size, size);
      return [
        selectForms(this.#isWhole ? splitWhole(step, size, this.#target.channelBlock) : step, this.#target),
      ];
    });
  }

  /**
   * The gradient of some chunks of equal size.
   *
   * @param isFirst whether there is no earlier gradient to add to
   */
  chunks(size: number, turns: number, isFirst: boolean): Promise<string> {
    if (turns > 1) return this.#session(`${turns} chunks of ${size}`, () => [this.#loop(size, turns)]);
    const accumulate = this.#accumulate(size);
    return isFirst
      ? this.#session(`first chunk of ${size}`, () => [selectForms(firstChunk(accumulate()), this.#target)])
      : this.#session(`chunk of ${size}`, () => [selectForms(accumulate(), this.#target)]);
  }

  /** The update of each lane's slice; of everything at once where it cannot be cut. */
  update(): Promise<string> {
    return this.#session("update", () => {
      const { length } = this.#graphs.layout.weights;
      const { slices } = this.#lanes;
      const update = this.#graphs.update;
      const graphs = slices.map((slice) => updateOfSlice(update, length, slices.length, slice) ?? update);
      return graphs.map((graph) => selectForms(graph, this.#target));
    });
  }

  evaluation(size: number): Promise<string> {
    return this.#session(`evaluation of ${size}`, () => [
      selectForms(this.#graphs.evaluate, { ...this.#target, batch: size }),
    ]);
  }

  release(): Promise<void> {
    return this.#keys.releaseAll();
  }

  /** The graph of a chunk; it does not depend on the batch, whose scale is an input. */
  #accumulate(size: number): () => NonNullable<TrainingGraphs["accumulate"]> {
    return () => graphsFor(this.#plan, 2 * size, size).accumulate!;
  }

  #loop(size: number, turns: number): OnnxModel {
    const { data, targets, scalars } = this.#graphs;
    const offsets = scalars.filter(({ meaning }) => meaning === "randomOffset");
    const perTurn = new Set([...data, ...targets, ...offsets].map(({ name }) => name));
    const handedOn = new Map([["result/gradient", "flat/gradient"]]);
    return selectChunkLoop(this.#accumulate(size)(), { turns, perTurn, handedOn }, this.#target);
  }

  /** @param models one for all lanes, or one for each */
  #session(key: string, models: () => readonly OnnxModel[]): Promise<string> {
    return this.#keys.get(key, async () => {
      await this.#lanes.define(key, models().map(sourceOf));
      return key;
    });
  }
}

/** The step in parts of the batch that go their own ways between the sums over all examples. */
function splitWhole(step: TensorGraph, batch: number, channelBlock: number | undefined): TensorGraph {
  return splitBatch(step, splitSizes(step, batch, exampleUnit(step, channelBlock))) ?? step;
}

function sourceOf(model: OnnxModel): SessionSource {
  const views = model.metadata[viewsKey];
  return {
    bytes: writeOnnx(model),
    optimization: model.graph.nodes.length > mostNodesToOptimize ? "disabled" : "basic",
    views: views === undefined ? [] : (JSON.parse(views) as readonly InputView[]),
  };
}
