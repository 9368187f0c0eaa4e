// autodiff/: the gradient of each tensor op, losses, optimizers, and the training step as TensorGraphs that any engine runs.
import type { DataType, TensorGraph, TensorShape } from "../tensor/tensor-graph.ts";
import type { FlatPart } from "./weight-layout.ts";

/** Which loss, and what the targets are: class numbers (int32 [N]) or values of the output's shape (float32). */
export interface LossOptions {
  readonly name: "cross_entropy" | "binary_cross_entropy" | "mse";
  readonly target: "classes" | "values";
}

/** Which optimizer, with the settings that are part of the graph; the learning rate is given each step. */
export type OptimizerOptions =
  | { readonly name: "sgd"; readonly momentum?: number; readonly nesterov?: boolean }
  | { readonly name: "adam"; readonly beta1?: number; readonly beta2?: number; readonly epsilon?: number };

export type MetricName = "accuracy";

export interface TrainingOptions {
  readonly loss: LossOptions;
  readonly optimizer: OptimizerOptions;
  readonly metrics: readonly MetricName[];
  /** Examples in a step. */
  readonly batch: number;
  /**
   * Examples in a chunk; a divisor of the batch. Where it is given and smaller, and the model allows it, the graphs
   * `accumulate` is built beside `step`.
   */
  readonly chunk?: number;
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
    | "lossScale" // 1 / (examples of the whole batch)
    | "optimizerFactor" // computed by `OptimizerPlan.factors` from the step and the learning rate
    | "randomOffset"; // a fresh whole number from 0 to randomOffsetCount - 1 each step, chunk and port (tensor/random-table.ts)
}

/** What the optimizer keeps and what it asks of the host. */
export interface OptimizerPlan {
  /** One flat vector each, as long as the trainable weights; `initial` fills it before the first step. */
  readonly moments: readonly { readonly name: string; readonly port: TensorPort; readonly initial: number }[];
  /** The optimizer's scalar inputs for a step, by input name. Steps count from 1. */
  factors(step: number, learningRate: number): Readonly<Record<string, number>>;
}

/**
 * Training as graphs. Names of inputs: data by the name of the input layer; everything else has a slash (`flat/weights`, `flat/state`,
 * `flat/frozen`, `target/<output>`, `moment/<name>`, `scalar/<name>`). An input that a graph does not need is absent from
 * it, and a flat part of length 0 is absent everywhere. Outputs, where the matching input exists: `result/loss` (float32
 * scalar: sum over the examples, weighted where they have weights, not divided by anything), `result/metric/<name>` (float32
 * scalar: sum over the examples), `result/penalty` (float32 scalar: l1 and l2 of the weights; to be added to the mean loss;
 * absent where no layer asks for them), `result/weights`, `result/state`, `result/moment/<name>`.
 */
export interface TrainingGraphs {
  /** A batch: data, targets, weights, state, moments, scalars → loss, metrics, new weights, state and moments. */
  readonly step: TensorGraph;
  /**
   * A chunk of a batch: data, targets, weights, `flat/gradient`, scalars → `result/gradient` (the sum so far), loss, metrics.
   * Undefined where no chunk was asked for, or where the batch cannot be cut (batch norm in training form).
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
