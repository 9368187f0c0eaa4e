import type { TensorPort, TrainingGraphs } from "../../autodiff/training-graphs.ts";
import { buildLossGraph } from "../../autodiff/training-step.ts";
import type { TensorGraph } from "../../tensor/tensor-graph.ts";
import type { WeightValues } from "../../tensor/weight-values.ts";
import { evaluateWithTensorFlow } from "../../tfjs/evaluate-graph.ts";
import type { RandomSource } from "../../tfjs/layers/custom-layer.ts";
import { assignWeights, type LoweredLayersModel, lowerToLayersModel } from "../../tfjs/lower.ts";
import type { LayerVariable, Tensor, TensorFlow, Variable } from "../../tfjs/tensorflow.ts";
import { arraysOf, type ExampleBatch, type Numbers, type TrainingPlan } from "../engine.ts";
import type { LoadedTensorFlow } from "./load.ts";
import { valueOrRefuse } from "../step-models.ts";

/** Sums over the examples of a batch; scalars. */
export interface Sums {
  readonly loss: Tensor;
  readonly correct: Tensor;
}

/** A network with its loss on TensorFlow.js: a tf.LayersModel, whose gradients are TensorFlow's. Its methods run within tf.tidy. */
export class TensorFlowNetwork {
  readonly #tf: TensorFlow;
  readonly #graphs: TrainingGraphs;
  readonly #lowered: LoweredLayersModel;
  /** Some losses are kinder in training: smoothed labels. */
  readonly #losses: { readonly training: TensorGraph; readonly inference: TensorGraph };

  constructor(
    { tf, backend }: Pick<LoadedTensorFlow, "tf" | "backend">,
    plan: TrainingPlan,
    graphs: TrainingGraphs,
    random: RandomSource,
  ) {
    this.#tf = tf;
    this.#graphs = graphs;
    this.#lowered = valueOrRefuse(lowerToLayersModel(tf, plan.model, { training: true, random, backend }));
    const options = { loss: plan.loss, metrics: ["accuracy"] as const };
    this.#losses = {
      training: buildLossGraph(plan.model, { ...options, training: true }),
      inference: buildLossGraph(plan.model, { ...options, training: false }),
    };
  }

  assign(weights: WeightValues): void {
    assignWeights(this.#tf, this.#lowered, weights);
  }

  variable(key: string): LayerVariable {
    return this.#lowered.variables.get(key)!;
  }

  /** The trained weights, one after another. */
  flatWeights(): Tensor {
    const flat = this.#slots.map(({ key, length }) => this.#tf.reshape(this.variable(key).read(), [length]));
    return this.#tf.concat(flat);
  }

  setFlatWeights(flat: Tensor): void {
    const parts = this.#tf.split(
      flat,
      this.#slots.map(({ length }) => length),
    );
    for (const [index, { key, shape }] of this.#slots.entries()) {
      this.variable(key).write(this.#tf.reshape(parts[index]!, [...shape]));
    }
  }

  /** Runs the network on a batch and compares its outputs with the targets. */
  compare(batch: ExampleBatch, training: boolean): Sums {
    const targets = arraysOf<Numbers>(batch.targets).map((numbers, index) => {
      const port = this.#graphs.targets[index]!;
      return [port.name, this.#tensor(numbers, port, batch.count)] as const;
    });
    const inputs = new Map([...this.#outputs(batch, training), ...targets]);
    const graph = training ? this.#losses.training : this.#losses.inference;
    const results = evaluateWithTensorFlow(this.#tf, graph, inputs, batch.count);
    // One for each output.
    const accuracies = [...results].filter(([name]) => name.startsWith("result/metric/accuracy"));
    const correct = accuracies.reduce((sum, [, value]) => this.#tf.add(sum, value), this.#tf.scalar(0));
    return { loss: results.get("result/loss")!, correct };
  }

  /** Loss and metrics, and the flat gradient of the loss divided by the examples of the whole step. */
  differentiate(batch: ExampleBatch, examples: number): Sums & { readonly gradient: Tensor } {
    const tf = this.#tf;
    const variables = this.#slots.map(({ key }) => this.variable(key).read() as Variable);
    let sums: Sums | undefined;
    const { grads, value } = tf.variableGrads(() => {
      const { loss, correct } = this.compare(batch, true);
      sums = { loss: tf.keep(tf.clone(loss)), correct: tf.keep(tf.clone(correct)) };
      return tf.div(loss, examples);
    }, variables);
    value.dispose();
    const flat = this.#slots.map(({ length }, index) => {
      const own = grads[variables[index]!.name];
      return own === undefined ? tf.zeros([length]) : tf.reshape(own, [length]);
    });
    // Kept beyond the tape; from here on they go with the step's other tensors.
    const handed = { loss: tf.clone(sums!.loss), correct: tf.clone(sums!.correct) };
    tf.dispose([sums!.loss, sums!.correct]);
    return { ...handed, gradient: tf.concat(flat) };
  }

  /** What every layer gives for a batch in training, in their order. */
  layerOutputs(batch: ExampleBatch): readonly { readonly layer: string; readonly value: Tensor }[] {
    const { model } = this.#lowered;
    const layers = model.layers.filter((layer) => layer.inboundNodes.length > 0);
    const watched = this.#tf.model({
      inputs: model.inputs,
      outputs: layers.map((layer) => layer.getOutputAt(0) as (typeof model.inputs)[number]),
    });
    const values = arrayOf(watched.apply(this.#examples(batch), { training: true }) as Tensor | Tensor[]);
    return values.map((value, index) => ({ layer: layers[index]!.name, value }));
  }

  dispose(): void {
    this.#lowered.model.dispose();
  }

  get #slots(): TrainingGraphs["layout"]["weights"]["slots"] {
    return this.#graphs.layout.weights.slots;
  }

  #outputs(batch: ExampleBatch, training: boolean): ReadonlyMap<string, Tensor> {
    const { model, outputs } = this.#lowered;
    const results = arrayOf(model.apply(this.#examples(batch), { training }) as Tensor | Tensor[]);
    return new Map(outputs.map((name, index) => [name, results[index]!]));
  }

  #examples({ data, count }: ExampleBatch): Tensor | Tensor[] {
    const tensors = arraysOf(data).map((numbers, index) =>
      this.#tensor(numbers, this.#graphs.data[index]!, count),
    );
    return tensors.length === 1 ? tensors[0]! : tensors;
  }

  #tensor(numbers: Numbers, { shape, dataType }: TensorPort, count: number): Tensor {
    const type = dataType === "int32" ? "int32" : "float32";
    return this.#tf.tensor(numbers, [count, ...shape.slice(1).map(Number)], type);
  }
}

function arrayOf(values: Tensor | Tensor[]): readonly Tensor[] {
  return Array.isArray(values) ? values : [values];
}
