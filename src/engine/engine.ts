// engine/: running what the compiler made: training steps, evaluation, prediction.
import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { LossOptions, OptimizerOptions } from "../autodiff/training-graphs.ts";
import type { WeightValues } from "../tensor/weight-values.ts";

/** Examples for one step. Arrays may be reused by the caller once the call has returned. */
export interface ExampleBatch {
  /** count × the model's input shape, channels last. */
  readonly data: Float32Array;
  /** One class number an example, or values of the output's shape. */
  readonly targets: Int32Array | Float32Array;
  readonly count: number;
}

/** Sums over the examples of a batch. */
export interface BatchResult {
  readonly lossSum: number;
  readonly correct: number;
}

/** What a session is made for. */
export interface TrainingPlan {
  readonly model: ShapedGraph;
  readonly loss: LossOptions;
  readonly optimizer: OptimizerOptions;
  /** Examples a step; a last smaller batch is taken too. */
  readonly batch: number;
  /** The seed of dropout's and noise's numbers. */
  readonly seed: number;
  readonly weights: WeightValues;
  readonly threads?: number;
}

/** The state of a session beside its weights; with these and the weights a session goes on to the bit. */
export interface OptimizerState {
  readonly moments: ReadonlyMap<string, Float32Array>;
  /** Steps taken. */
  readonly step: number;
}

/** A model in training. */
export interface TrainingSession {
  /** How it runs, for the log: `ONNX Runtime 1.30, cpu, 2 threads`. */
  readonly description: string;
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
