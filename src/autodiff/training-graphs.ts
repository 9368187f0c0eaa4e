// autodiff/: the gradient of each tensor op, losses, optimizers, and the training step as TensorGraphs that any engine runs.
import type { DataType, TensorGraph, TensorShape } from "../tensor/tensor-graph.ts";
import type { LossOptions } from "./losses/losses.ts";
import type { OptimizerOptions } from "./optimizers/optimizers.ts";
import type { FlatPart } from "./weight-layout.ts";

export type { LossOptions, OptimizerOptions };

export type MetricName = "accuracy";

/** What one weight is treated to, beside what all are. */
export interface WeightRule {
  /** What the learning rate is multiplied by. */
  readonly rate?: number;
  /** Factors of its sum of magnitudes and of squares in the loss, beside those that its layer asks for. */
  readonly l1?: number;
  readonly l2?: number;
  /** The greatest length of the weights of a unit as a vector. */
  readonly maxNorm?: number;
}

/** What becomes of the weights once their gradient is known. */
export interface UpdateOptions {
  readonly optimizer: OptimizerOptions;
  /** Bounds each number of the gradient, the length of each weight's gradient, or that of all together. */
  readonly clip?: { readonly by: "value" | "norm" | "global_norm"; readonly limit: number };
  /** Keeps a moving average of the weights, in the moment `average`. */
  readonly average?: { readonly decay: number };
  /** By the weight's key. */
  readonly weightRules?: Readonly<Record<string, WeightRule>>;
}

/** One loss for every output, or one for each in the order of the model's outputs. */
export type LossesOption = LossOptions | readonly LossOptions[];

export interface TrainingOptions extends UpdateOptions {
  readonly loss: LossesOption;
  readonly metrics: readonly MetricName[];
  /** Examples in a step. */
  readonly batch: number;
  /**
   * Examples in a chunk; a divisor of the batch. Where it is given and smaller, and the model allows it, the graphs
   * `accumulate` is built beside `step`.
   */
  readonly chunk?: number;
  /** True where chunks are steps whose gradients are added up: batch norm then takes each chunk for a batch. */
  readonly chunksAreBatches?: boolean;
  /** In what products and convolutions are computed, and what lies between them; float32 where nothing is said. */
  readonly precision?: Precision;
  /** True where each example has a weight of its own: input `example_weights/<output>`. */
  readonly exampleWeights?: boolean;
}

/** A tensor that the host gives or takes. */
export interface TensorPort {
  readonly name: string;
  readonly shape: TensorShape;
  readonly dataType: DataType;
}

/** A number that the host gives each step; a float32 or int32 scalar. */
export interface ScalarPort extends TensorPort {
  readonly meaning:
    | "perExample" // 1 / (examples of the whole batch)
    | "optimizerFactor" // computed by `OptimizerPlan.factors` from the step and the learning rate
    | "randomOffset"; // a fresh whole number from 0 to randomOffsetCount - 1 each step, chunk and port (tensor/random-table.ts)
}

/** `float16`: mixed precision, with a loss scale that follows the gradients. */
export type Precision = "float32" | "float16";

/** A vector that the optimizer keeps; `initial` makes what it holds before the first step. */
export interface OptimizerMoment {
  readonly name: string;
  readonly port: TensorPort;
  readonly initial: () => Float32Array;
}

/** What the optimizer keeps and what it asks of the host. */
export interface OptimizerPlan {
  /** Each as long as the trainable weights, but for the loss scale and the counters of mixed precision. */
  readonly moments: readonly OptimizerMoment[];
  /** The optimizer's scalar inputs for a step, by input name. Steps count from 1. */
  factors(step: number, learningRate: number): Readonly<Record<string, number>>;
}

/**
 * Training as graphs. Names of inputs: data by the name of the input layer; everything else has a slash (`flat/weights`, `flat/state`,
 * `flat/frozen`, `target/<output>`, `moment/<name>`, `scalar/<name>`). An input that a graph does not need is absent from
 * it, and a flat part of length 0 is absent everywhere. Outputs, where the matching input exists: `result/loss` (float32
 * scalar: sum over the examples, weighted where they have weights, not divided by anything), `result/metric/<name>` (float32
 * scalar: sum over the examples), `result/penalty` (float32 scalar: l1 and l2 of the weights; to be added to the mean loss;
 * no number where a new weight is none; absent from `evaluate` where no layer asks for them), `result/weights`, `result/state`, `result/moment/<name>`.
 */
export interface TrainingGraphs {
  /** A batch: data, targets, weights, state, moments, scalars → loss, metrics, new weights, state and moments. */
  readonly step: TensorGraph;
  /**
   * A chunk of a batch: data, targets, weights, `flat/gradient`, scalars → `result/gradient` (the sum so far), loss, metrics, and
   * new state where chunks are batches. Undefined where no chunk was asked for, or where the batch cannot be cut (batch norm in
   * training form).
   */
  readonly accumulate: TensorGraph | undefined;
  /** `flat/gradient`, weights, moments, scalars → penalty, new weights and moments. */
  readonly update: TensorGraph;
  /** A batch of any size N in inference form: data, targets, weights, state → loss, metrics; changes nothing. */
  readonly evaluate: TensorGraph;
  /** A batch of any size N: data, weights, state → the model's outputs, by their names. */
  readonly predict: TensorGraph;
  readonly data: readonly TensorPort[];
  readonly targets: readonly TensorPort[];
  readonly scalars: readonly ScalarPort[];
  readonly optimizer: OptimizerPlan;
  /** How each weight lies in `flat/weights` (trained), `flat/state` (changed without a gradient) and `flat/frozen`. */
  readonly layout: { readonly weights: FlatPart; readonly state: FlatPart; readonly frozen: FlatPart };
  /** Why `accumulate` is undefined although a chunk was asked for, in words for the log. */
  readonly wholeBatchReason: string | undefined;
}
