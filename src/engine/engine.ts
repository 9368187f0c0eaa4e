// engine/: running what the compiler made: training steps, evaluation, prediction.
import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { LossesOption, Precision, UpdateOptions } from "../autodiff/training-graphs.ts";
import type { WeightValues } from "../tensor/weight-values.ts";

/** Class numbers, or values. */
export type Numbers = Int32Array | Float32Array;

/** The arrays of a batch's data or targets. */
export function arraysOf<Data extends Numbers>(data: Data | readonly Data[]): readonly Data[] {
  return Array.isArray(data) ? (data as readonly Data[]) : [data as Data];
}

/** Examples for one step. Arrays may be reused by the caller once the call has returned. */
export interface ExampleBatch {
  /** count × the model's input shape, channels last; one array for each input where there are several. */
  readonly data: Float32Array | readonly Float32Array[];
  /** One class number an example, or values of the output's shape; one array for each output where there are several. */
  readonly targets: Numbers | readonly Numbers[];
  readonly count: number;
  /** Which of the examples that the device keeps these are, counted from 0; data and targets are then empty. */
  readonly rows?: Int32Array;
}

/** All examples of a run, from which a device may keep a copy. */
export interface RunExamples {
  readonly count: number;
  /** Some of them, by number; the arrays hold until the next call. */
  read(rows: Int32Array): ExampleBatch;
}

/** Sums over the examples of a batch. */
export interface BatchResult {
  readonly lossSum: number;
  readonly correct: number;
}

/** What a session is made for. */
export interface TrainingPlan extends UpdateOptions {
  readonly model: ShapedGraph;
  readonly loss: LossesOption;
  /** Examples a step; a last smaller batch is taken too. */
  readonly batch: number;
  /** Parts of a step's batch that batch norm takes for batches, one after another; 1 where nothing is said. */
  readonly accumulate?: number;
  /** In what products and convolutions are computed, and what lies between them; float32 where nothing is said. */
  readonly precision?: Precision;
  /** The seed of dropout's and noise's numbers. */
  readonly seed: number;
  readonly weights: WeightValues;
  /** The examples that steps will be given, where they stay as they are: a device may keep them. */
  readonly examples?: RunExamples;
  readonly threads?: number;
}

/** The state of a session beside its weights; with these and the weights a session goes on to the bit. */
export interface OptimizerState {
  readonly moments: ReadonlyMap<string, Float32Array>;
  /** Steps taken. */
  readonly step: number;
}

/** The first number of a step that is none, or that is infinite. */
export interface NonFinite {
  /**
   * `data`: an example holds it; `weights`: a weight was so before the step, or the step made it so of numbers; `output`: a layer gives it; `gradient`: it arises on
   * the way back through a layer; `loss`: it arises in the loss alone.
   */
  readonly place: "data" | "weights" | "output" | "gradient" | "loss";
  /** The layer, or for data the number of the example within the batch, from 1. */
  readonly layer: string | undefined;
  readonly example: number | undefined;
}

/** A model in training. */
export interface TrainingSession {
  /** How it runs, for the log: `ONNX Runtime 1.30, cpu, 2 threads`. */
  readonly description: string;
  /** Whether the device keeps the plan's examples, so that a step needs their numbers alone. */
  readonly keepsExamples?: boolean;
  /** What else a user should know of how it runs: operations that are not on the GPU. */
  readonly notes: readonly string[];
  /**
   * One step; the loss and metrics are those before the weights change.
   *
   * @returns the sums over this step and those before it that were not told yet; undefined where they stay on the device for now
   */
  step(batch: ExampleBatch, learningRate: number): Promise<BatchResult | undefined>;
  /** The sums over the steps that were not told yet. */
  settle(): Promise<BatchResult>;
  /**
   * Takes the last step again with every layer watched, after its loss was no number.
   *
   * @param batch that of the last step
   * @returns undefined where every number is finite, or where the session cannot tell
   */
  findNonFinite(batch: ExampleBatch): Promise<NonFinite | undefined>;
  /** Loss and metrics in inference form; changes nothing. */
  evaluate(batch: ExampleBatch): Promise<BatchResult>;
  /** All weights, running statistics included, as they are now. */
  weights(): Promise<WeightValues>;
  optimizerState(): Promise<OptimizerState>;
  restore(weights: WeightValues, optimizer: OptimizerState): Promise<void>;
  dispose(): Promise<void>;
}

/** What training runs on. */
export const devices = ["cpu", "webgpu"] as const;
export type Device = (typeof devices)[number];

/** Something that trains models. */
export interface Engine {
  readonly name: string;
  createTrainingSession(plan: TrainingPlan): Promise<TrainingSession>;
}
