import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { Diagnostic, Outcome } from "../diagnostics/diagnostic.ts";
import { sumOf } from "../tensor/compositions.ts";
import { TensorBuilder } from "../tensor/builder.ts";
import { type LoweredModel, type LoweredOutput, lowerModel } from "../tensor/lower.ts";
import { collectWeights, type ModelWeight, type WeightUse } from "../tensor/model-weights.ts";
import { type NodeRange, toMixedPrecision } from "../tensor/mixed-precision.ts";
import { rewritesForTraining } from "../tensor/rewrites/for-training.ts";
import { TensorGraphError } from "../tensor/shapes.ts";
import type { TensorDim, TensorGraph, ValueId } from "../tensor/tensor-graph.ts";
import { buildGradients } from "./gradients.ts";
import { buildAccuracy, buildLoss, type LossOptions, targetType } from "./losses/losses.ts";
import {
  isFiniteEverywhere,
  lossScale,
  lossScaleMoment,
  nextScale,
  readScale,
  tellFallenScale,
  unscale,
} from "./loss-scaling.ts";
import type {
  LossesOption,
  ScalarPort,
  TensorPort,
  TrainingGraphs,
  TrainingOptions,
} from "./training-graphs.ts";
import { type FlatPart, layOutWeights, type WeightSlot } from "./weight-layout.ts";
import { type UpdatedWeights, WeightUpdate } from "./weight-update.ts";

type Layout = TrainingGraphs["layout"];

/** Builds every graph that training a model needs; undefined where a diagnostic says why it cannot be computed. */
export function buildTrainingGraphs(
  model: ShapedGraph,
  options: TrainingOptions,
): Outcome<TrainingGraphs | undefined> {
  const { diagnostics, value: lowered } = lowerModel(model, { batch: options.batch, training: true });
  if (lowered === undefined) return { value: undefined, diagnostics };
  if (!lowered.weights.some(({ use }) => use === "trained")) {
    return { value: undefined, diagnostics: [...diagnostics, nothingToTrain(model)] };
  }
  return { value: new TrainingGraphsBuilder(model, options, lowered).build(), diagnostics };
}

function nothingToTrain({ graph }: ShapedGraph): Diagnostic {
  const last = graph.layers.at(-1)!;
  return {
    code: "CNN403",
    severity: "error",
    message: "the model has no weights to train: its layers have none, or all of them are frozen",
    primary: { span: last.span, text: "" },
    labels: [],
    notes: [],
    help: "add a layer with weights, or unfreeze one",
  };
}

/** A model on flat weights. */
interface FlatModel extends LoweredModel {
  /** The part of a flat vector that is a weight, before it takes its shape, by the weight's key. */
  readonly slices: ReadonlyMap<string, ValueId>;
}

/** Sums over the examples of a batch. */
interface LossSums {
  readonly loss: ValueId;
  /** By the name of the graph's output. */
  readonly metrics: Readonly<Record<string, ValueId>>;
}

/** A gradient with respect to each trained weight, one after another. */
interface FlatGradient {
  readonly gradient: ValueId;
  /** The nodes of the loss and of its own gradients. */
  readonly lossNodes: NodeRange;
}

/** A model with its loss. */
interface Assembly extends LossSums {
  readonly lowered: FlatModel;
  /** The first node that belongs to the loss and not to the model. */
  readonly firstOfLoss: ValueId;
}

/**
 * Loss and metrics alone, as a function of what the model gives, for an engine that computes the model itself. Inputs: targets
 * as in TrainingGraphs; `output/<name>`, and where the output has a last activation `logits/<name>`, the value before it. Those
 * that the loss does not need are absent. Outputs: `result/loss` and `result/metric/<name>`.
 */
export function buildLossGraph(
  model: ShapedGraph,
  options: Pick<TrainingOptions, "loss" | "metrics" | "exampleWeights"> & { readonly training: boolean },
): TensorGraph {
  const { value: lowered } = lowerModel(model, { batch: "N", training: false });
  if (lowered === undefined) throw new TensorGraphError("the model of a loss cannot be lowered");
  const builder = new TensorBuilder();
  const outputs = lowered.outputs.map(({ name, value, activation }) => {
    const shape = lowered.builder.shape(value);
    const result = builder.input("data", `output/${name}`, shape);
    const logits = activation === "linear" ? result : builder.input("data", `logits/${name}`, shape);
    return { name, value: result, logits, activation };
  });
  return builder.finish(
    resultsOf(assembleLosses(builder, outputs, { batch: "N", training: options.training }, options)),
  );
}

/** The loss of an output, by its place among the outputs. */
export function lossOf(losses: LossesOption, index: number): LossOptions {
  return Array.isArray(losses) ? (losses as readonly LossOptions[])[index]! : (losses as LossOptions);
}

/** Adds the loss and the metrics of every output. */
function assembleLosses(
  builder: TensorBuilder,
  outputs: readonly LoweredOutput[],
  { batch, training }: { readonly batch: TensorDim; readonly training: boolean },
  {
    loss: losses,
    metrics,
    exampleWeights = false,
  }: Pick<TrainingOptions, "loss" | "metrics" | "exampleWeights">,
): LossSums {
  const sums = outputs.map((output, index) => {
    const loss = lossOf(losses, index);
    const type = targetType(loss, builder.shape(output.value));
    const target = builder.input("target", targetName(output.name), type.shape, type.dataType);
    const context = { builder, output, target, targetKind: loss.target };
    const weights = exampleWeights
      ? builder.input("target", `example_weights/${output.name}`, [batch])
      : undefined;
    const sum = (perExample: ValueId): ValueId =>
      builder.reduceSum(weights === undefined ? perExample : builder.multiply(perExample, weights), [0]);
    return builder.inLayer(output.name, () => ({
      output: output.name,
      loss: sum(buildLoss(loss, context, training)),
      accuracy: metrics.includes("accuracy") ? sum(buildAccuracy(loss.name, context)) : undefined,
    }));
  });
  const accuracies = sums.flatMap(({ output, accuracy }) => {
    const name = outputs.length === 1 ? "accuracy" : `accuracy/${output}`;
    return accuracy === undefined ? [] : [[`result/metric/${name}`, accuracy] as const];
  });
  const total = sumOf(
    builder,
    sums.map((sum) => sum.loss),
  );
  return { loss: total!, metrics: Object.fromEntries(accuracies) };
}

class TrainingGraphsBuilder {
  readonly #model: ShapedGraph;
  readonly #options: TrainingOptions;
  readonly #update: WeightUpdate;
  readonly #weights: readonly ModelWeight[];
  readonly #layout: Layout;
  /** The model with weights of their own, from which the ports' names and shapes are read. */
  readonly #plain: LoweredModel;

  constructor(model: ShapedGraph, options: TrainingOptions, plain: LoweredModel) {
    this.#model = model;
    this.#options = options;
    this.#plain = plain;
    this.#weights = collectWeights(model);
    const part = (use: WeightUse): FlatPart =>
      layOutWeights(this.#weights.filter((weight) => weight.use === use));
    this.#layout = { weights: part("trained"), state: part("state"), frozen: part("frozen") };
    this.#update = new WeightUpdate(options, this.#layout.weights, this.#weights, this.#isMixed);
  }

  build(): TrainingGraphs {
    const { batch, chunk } = this.#options;
    const wholeBatch = this.#plain.wholeBatchLayers[0];
    const isCut = chunk !== undefined && chunk < batch;
    if (isCut && batch % chunk !== 0)
      throw new TensorGraphError(`chunks of ${chunk} do not fill a batch of ${batch}`);
    const chunked = isCut && (wholeBatch === undefined || this.#options.chunksAreBatches === true);
    return {
      step: this.#buildStep(),
      accumulate: chunked ? this.#buildAccumulate(chunk) : undefined,
      update: this.#buildUpdate(),
      evaluate: this.#buildEvaluate(),
      predict: this.#buildPredict(),
      data: this.#plain.inputs.map(({ name, value }) => portOf(this.#plain.builder, name, value)),
      targets: this.#plain.outputs.map(({ name, value }, index) => ({
        name: targetName(name),
        ...targetType(lossOf(this.#options.loss, index), this.#plain.builder.shape(value)),
      })),
      scalars: this.#scalarPorts(),
      optimizer: {
        moments: [...this.#update.moments, ...(this.#isMixed ? [lossScale] : [])],
        factors: (step, learningRate) => {
          const factors = Object.entries(this.#update.hostNumbers(step, learningRate));
          return Object.fromEntries(factors.map(([name, value]) => [`scalar/${name}`, value]));
        },
      },
      layout: this.#layout,
      wholeBatchReason:
        isCut && !chunked ? `batch norm "${wholeBatch!}" needs the statistics of the whole batch` : undefined,
    };
  }

  get #isMixed(): boolean {
    return this.#options.precision === "float16";
  }

  #scalarPorts(): readonly ScalarPort[] {
    const float = { shape: [], dataType: "float32" } as const;
    const factors = Object.keys(this.#update.hostNumbers(1, 1));
    return [
      { name: "scalar/per_example", ...float, meaning: "perExample" },
      ...factors.map((name) => ({ name: `scalar/${name}`, ...float, meaning: "optimizerFactor" as const })),
      ...this.#plain.randomOffsets.map((name) => ({
        name,
        shape: [],
        dataType: "int32" as const,
        meaning: "randomOffset" as const,
      })),
    ];
  }

  #buildStep(): TensorGraph {
    const assembly = this.#assemble(this.#options.batch, true);
    const { builder } = assembly.lowered;
    const { gradient, lossNodes } = this.#flatGradient(assembly);
    const outputs = {
      ...this.#trainingResults(assembly),
      ...this.#newState(assembly.lowered),
      ...this.#updateWeights(builder, gradient),
    };
    return this.#finish(builder, outputs, lossNodes);
  }

  #buildAccumulate(chunk: number): TensorGraph {
    const assembly = this.#assemble(chunk, true);
    const { builder } = assembly.lowered;
    const { gradient, lossNodes } = this.#flatGradient(assembly);
    const outputs = {
      ...this.#trainingResults(assembly),
      ...this.#newState(assembly.lowered),
      "result/gradient": builder.add(this.#gradientInput(builder), gradient),
    };
    return this.#finish(builder, outputs, lossNodes);
  }

  #finish(
    builder: TensorBuilder,
    outputs: Readonly<Record<string, ValueId>>,
    lossNodes: NodeRange,
  ): TensorGraph {
    return this.#isMixed ? toMixedPrecision(builder.nodes, outputs, lossNodes) : builder.finish(outputs);
  }

  #trainingResults({ lowered: { builder }, loss, metrics }: Assembly): Record<string, ValueId> {
    const told = this.#isMixed ? tellFallenScale(builder, loss, readScale(builder)) : loss;
    return resultsOf({ loss: told, metrics });
  }

  #buildUpdate(): TensorGraph {
    const builder = new TensorBuilder();
    return builder.finish(this.#updateWeights(builder, this.#gradientInput(builder)));
  }

  #buildEvaluate(): TensorGraph {
    const assembly = this.#assemble("N", false);
    const { builder } = assembly.lowered;
    const weights = flatInput(builder, "weights", this.#layout.weights.length);
    const penalty = this.#update.buildPenalty(builder, weights);
    const results = resultsOf(assembly);
    return builder.finish(penalty === undefined ? results : { ...results, "result/penalty": penalty.value });
  }

  #buildPredict(): TensorGraph {
    const { builder, outputs } = this.#lower("N", false);
    return builder.finish(Object.fromEntries(outputs.map(({ name, value }) => [name, value])));
  }

  #lower(batch: TensorDim, training: boolean): FlatModel {
    const slices = new Map<string, ValueId>();
    const slots = new Map<string, { readonly part: keyof Layout; readonly slot: WeightSlot }>();
    for (const part of ["weights", "state", "frozen"] as const) {
      for (const slot of this.#layout[part].slots) slots.set(slot.key, { part, slot });
    }
    const { value } = lowerModel(this.#model, {
      batch,
      training,
      rewrites: rewritesForTraining,
      weightValue: (builder, { key }) => {
        const { part, slot } = slots.get(key)!;
        const flat = flatInput(builder, part, this.#layout[part].length);
        const slice = builder.slice(flat, [0], [slot.offset], [slot.offset + slot.length]);
        slices.set(key, slice);
        return builder.reshape(slice, slot.shape);
      },
    });
    if (value === undefined) throw new TensorGraphError("a model was lowered once but not twice");
    return { ...value, slices };
  }

  #assemble(batch: TensorDim, training: boolean): Assembly {
    const lowered = this.#lower(batch, training);
    return {
      lowered,
      firstOfLoss: lowered.builder.nodes.length,
      ...assembleLosses(lowered.builder, lowered.outputs, { batch, training }, this.#options),
    };
  }

  /** The gradient of loss / examples. */
  #flatGradient({ lowered, loss, firstOfLoss }: Assembly): FlatGradient {
    const { builder, slices } = lowered;
    const mean = builder.multiply(loss, builder.input("scalar", "scalar/per_example", []));
    const scale = this.#isMixed ? readScale(builder) : undefined;
    const scaled = scale === undefined ? mean : builder.multiply(mean, scale.scale);
    const { slots } = this.#layout.weights;
    let end: ValueId | undefined;
    // Not the shaped weights: a layer may give its weight another shape, and the builder then goes back to the slice.
    const gradients = buildGradients(
      builder,
      scaled,
      slots.map(({ key }) => slices.get(key)!),
      (value) => {
        if (value < firstOfLoss) end ??= builder.nodes.length;
      },
    );
    const parts = slots.map(
      ({ length }, index) => gradients[index] ?? builder.broadcast(builder.scalar(0), [length]),
    );
    const flat = builder.concat(parts, 0);
    return {
      gradient: scale === undefined ? flat : unscale(builder, flat, scale),
      lossNodes: { start: firstOfLoss, end: end ?? firstOfLoss },
    };
  }

  #gradientInput(builder: TensorBuilder): ValueId {
    return builder.input("state", "flat/gradient", [this.#layout.weights.length]);
  }

  #updateWeights(builder: TensorBuilder, gradient: ValueId): Record<string, ValueId> {
    const weights = flatInput(builder, "weights", this.#layout.weights.length);
    const updated = this.#isMixed
      ? this.#updateWhereFinite(builder, weights, gradient)
      : this.#update.build(builder, { weights, gradient });
    const moments = Object.entries(updated.moments).map(([name, value]) => [`result/moment/${name}`, value]);
    return {
      "result/penalty": updated.penalty,
      "result/weights": updated.weights,
      ...(Object.fromEntries(moments) as Record<string, ValueId>),
    };
  }

  /** An update that leaves weights and moments as they are where the gradient is not finite, and moves the loss scale. */
  #updateWhereFinite(builder: TensorBuilder, weights: ValueId, gradient: ValueId): UpdatedWeights {
    const isGood = isFiniteEverywhere(builder, gradient);
    const updated = this.#update.build(builder, { weights, gradient, isGood });
    const scale = nextScale(builder, readScale(builder), isGood);
    return { ...updated, moments: { ...updated.moments, [lossScaleMoment]: scale } };
  }

  #newState({ builder, stateUpdates, slices }: FlatModel): Record<string, ValueId> {
    if (stateUpdates.size === 0) return {};
    const { slots, length } = this.#layout.state;
    const moves = slots.map(({ key }) => moveOf(builder, slices.get(key)!, stateUpdates.get(key)));
    const [first] = moves;
    const concat = (values: readonly ValueId[]): ValueId =>
      builder.concat(
        values.map((value, index) => builder.reshape(value, [slots[index]!.length])),
        0,
      );
    if (
      moves.every((move) => move !== undefined && move.kept === first!.kept && move.taken === first!.taken)
    ) {
      // One move of the whole vector in place of one for each layer.
      const state = flatInput(builder, "state", length);
      const seen = concat(moves.map((move) => move!.seen));
      return {
        "result/state": builder.add(
          builder.multiply(state, first!.kept),
          builder.multiply(seen, first!.taken),
        ),
      };
    }
    return { "result/state": concat(slots.map(({ key }) => stateUpdates.get(key) ?? slices.get(key)!)) };
  }
}

/** A running statistic's step: `running · kept + seen · taken`. */
interface Move {
  readonly kept: ValueId;
  readonly seen: ValueId;
  readonly taken: ValueId;
}

/** The step of a running statistic towards what a batch shows; undefined where its new value is another. */
function moveOf(builder: TensorBuilder, running: ValueId, updated: ValueId | undefined): Move | undefined {
  const sum = updated === undefined ? undefined : builder.node(updated);
  if (sum?.op !== "add") return undefined;
  const [left, right] = sum.inputs.map((input) => builder.node(input));
  if (left?.op !== "multiply" || right?.op !== "multiply" || left.inputs[0] !== running) return undefined;
  const [kept, seen, taken] = [left.inputs[1]!, right.inputs[0]!, right.inputs[1]!];
  const areNumbers = [kept, taken].every((factor) => builder.shape(factor).length === 0);
  return areNumbers ? { kept, seen, taken } : undefined;
}

function resultsOf({ loss, metrics }: LossSums): Record<string, ValueId> {
  return { "result/loss": loss, ...metrics };
}

function flatInput(builder: TensorBuilder, part: keyof Layout, length: number): ValueId {
  return builder.input(part === "state" ? "state" : "weight", `flat/${part}`, [length]);
}

function targetName(output: string): string {
  return `target/${output}`;
}

function portOf(builder: TensorBuilder, name: string, value: ValueId): TensorPort {
  return { name, shape: builder.shape(value), dataType: builder.dataType(value) };
}
