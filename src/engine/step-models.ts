import type { TrainingGraphs } from "../autodiff/training-graphs.ts";
import { buildTrainingGraphs } from "../autodiff/training-step.ts";
import type { Outcome } from "../diagnostics/diagnostic.ts";
import { mistakeInProgram } from "../diagnostics/render-mistake.ts";
import type { OnnxModel } from "../onnx/onnx-graph.ts";
import { selectChunkLoop } from "../onnx/select/chunk-loop.ts";
import { type SelectionTarget, selectForms } from "../onnx/select/select.ts";
import { splitBatch } from "../tensor/split/split-batch.ts";
import type { TensorGraph } from "../tensor/tensor-graph.ts";
import { exampleUnit, splitSizes } from "./chunks.ts";
import type { TrainingPlan } from "./engine.ts";
import { firstChunk, type Slice, updateOfSlice } from "./lane-graphs.ts";

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

/** The models that a training on ONNX Runtime is made of: one for all lanes, or one for each. */
export class StepModels {
  readonly #plan: Omit<TrainingPlan, "weights">;
  readonly #graphs: TrainingGraphs;
  readonly #slices: readonly Slice[];
  readonly #target: SelectionTarget;

  /**
   * @param slices what each lane updates
   * @param channelBlock of direct convolutions, where the machine has them
   */
  constructor(
    plan: Omit<TrainingPlan, "weights">,
    graphs: TrainingGraphs,
    slices: readonly Slice[],
    channelBlock: number | undefined,
  ) {
    this.#target = {
      provider: "cpu",
      inputViews: true,
      ...(channelBlock === undefined ? {} : { channelBlock }),
    };
    this.#plan = plan;
    this.#graphs = graphs;
    this.#slices = slices;
  }

  /** A whole step on a batch. */
  step(size: number): readonly OnnxModel[] {
    const { step } = graphsFor(this.#plan, size, size);
    // Examples depend on each other where batch norm makes them.
    const isWhole = this.#graphs.accumulate === undefined;
    return [selectForms(isWhole ? splitWhole(step, size, this.#target.channelBlock) : step, this.#target)];
  }

  /**
   * The gradient of some chunks of equal size.
   *
   * @param isFirst whether there is no earlier gradient to add to
   */
  chunks(size: number, turns: number, isFirst: boolean): readonly OnnxModel[] {
    // The graph of a chunk does not depend on the batch, whose scale is an input.
    const accumulate = graphsFor(this.#plan, 2 * size, size).accumulate!;
    if (turns > 1) return [this.#loop(accumulate, turns)];
    return [selectForms(isFirst ? firstChunk(accumulate) : accumulate, this.#target)];
  }

  /** The update of each lane's slice; of everything at once where it cannot be cut. */
  update(): readonly OnnxModel[] {
    const { update, layout } = this.#graphs;
    const { length } = layout.weights;
    const slices = this.#slices;
    const graphs = slices.map((slice) => updateOfSlice(update, length, slices.length, slice) ?? update);
    return graphs.map((graph) => selectForms(graph, this.#target));
  }

  evaluation(size: number): readonly OnnxModel[] {
    return [selectForms(this.#graphs.evaluate, { ...this.#target, batch: size })];
  }

  #loop(accumulate: TensorGraph, turns: number): OnnxModel {
    const { data, targets, scalars } = this.#graphs;
    const offsets = scalars.filter(({ meaning }) => meaning === "randomOffset");
    const perTurn = new Set([...data, ...targets, ...offsets].map(({ name }) => name));
    const handedOn = new Map([["result/gradient", "flat/gradient"]]);
    return selectChunkLoop(accumulate, { turns, perTurn, handedOn }, this.#target);
  }
}

/** The step in parts of the batch that go their own ways between the sums over all examples. */
function splitWhole(step: TensorGraph, batch: number, channelBlock: number | undefined): TensorGraph {
  return splitBatch(step, splitSizes(step, batch, exampleUnit(step, channelBlock))) ?? step;
}
