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

/** A model, and how ONNX Runtime shall run it. */
export interface StepModel {
  readonly model: OnnxModel;
  /**
   * Whether it plans the memory of all values by the first run. Without a plan what was freed last is taken first, while a cache still
   * has it, and the session takes half as much; measured: where a step is cut so that values fit a cache, that is faster by up to
   * 8 % (Fashion-MNIST at batch 32; 1.5 % on ResNet-20) or slower by 2, and slower by 3 to 4 % where it is not (MobileNet, U-Net).
   */
  readonly isPlanned: boolean;
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
  step(size: number): readonly StepModel[] {
    const { step } = graphsFor(this.#plan, size, size);
    // Examples depend on each other where batch norm makes them.
    const isWhole = this.#graphs.accumulate === undefined;
    const parts = isWhole ? splitSizes(step, size, exampleUnit(step, this.#target.channelBlock)) : [size];
    const split = isWhole ? splitBatch(step, parts) : undefined;
    const isCut = split !== undefined && parts.length > 1;
    return [{ model: selectForms(split ?? step, this.#target), isPlanned: !isCut }];
  }

  /**
   * The gradient of some chunks of equal size.
   *
   * @param isFirst whether there is no earlier gradient to add to
   */
  chunks(size: number, turns: number, isFirst: boolean): readonly StepModel[] {
    // The graph of a chunk does not depend on the batch, whose scale is an input.
    const accumulate = graphsFor(this.#plan, 2 * size, size).accumulate!;
    const graph = isFirst ? firstChunk(accumulate) : accumulate;
    const model = turns > 1 ? this.#loop(accumulate, turns) : selectForms(graph, this.#target);
    return [{ model, isPlanned: false }];
  }

  /** The update of each lane's slice; of everything at once where it cannot be cut. */
  update(): readonly StepModel[] {
    const { update, layout } = this.#graphs;
    const { length } = layout.weights;
    const slices = this.#slices;
    const graphs = slices.map((slice) => updateOfSlice(update, length, slices.length, slice) ?? update);
    return graphs.map((graph) => ({ model: selectForms(graph, this.#target), isPlanned: false }));
  }

  evaluation(size: number): readonly StepModel[] {
    const model = selectForms(this.#graphs.evaluate, { ...this.#target, batch: size });
    return [{ model, isPlanned: false }];
  }

  #loop(accumulate: TensorGraph, turns: number): OnnxModel {
    const { data, targets, scalars } = this.#graphs;
    const offsets = scalars.filter(({ meaning }) => meaning === "randomOffset");
    const perTurn = new Set([...data, ...targets, ...offsets].map(({ name }) => name));
    const handedOn = new Map([["result/gradient", "flat/gradient"]]);
    return selectChunkLoop(accumulate, { turns, perTurn, handedOn }, this.#target);
  }
}
