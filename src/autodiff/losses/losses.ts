import type { ArgumentsOf } from "../../settings/argument.ts";
import { defaultsOf } from "../../settings/read-arguments.ts";
import { TensorGraphError } from "../../tensor/shapes.ts";
import type { TensorShape, TensorType, ValueId } from "../../tensor/tensor-graph.ts";
import {
  binaryCrossEntropy,
  binaryFocal,
  categoricalHinge,
  crossEntropy,
  dice,
  focal,
  hinge,
  klDivergence,
  squaredHinge,
  tversky,
} from "./classes.ts";
import { ctc } from "./ctc.ts";
import {
  logitsOf,
  type LossContext,
  type LossKind,
  meanOfExample,
  type TargetKind,
  valuesOfTarget,
} from "./loss.ts";
import { cosine, huber, logCosh, mae, mape, mse, msle, poisson } from "./numbers.ts";

/**
 * Every loss by its name, in forms that neither overflow nor saturate; defaults and bounds are those of Keras 3. A loss that works
 * on logits takes an output with any other last activation, or none, for logits.
 */
export const lossKinds = {
  cross_entropy: crossEntropy,
  binary_cross_entropy: binaryCrossEntropy,
  focal,
  binary_focal: binaryFocal,
  kl_divergence: klDivergence,
  mse,
  mae,
  mape,
  msle,
  huber,
  log_cosh: logCosh,
  poisson,
  cosine,
  hinge,
  squared_hinge: squaredHinge,
  categorical_hinge: categoricalHinge,
  dice,
  tversky,
  ctc,
} as const;

type Kinds = typeof lossKinds;
export type LossName = keyof Kinds;

interface Target {
  readonly target: TargetKind;
  /** The longest sequence, for targets that are sequences. */
  readonly sequenceLength?: number;
  /** What examples (places) of each class count in training; 1 where nothing is said. */
  readonly classWeights?: readonly number[];
  /** What this output's loss counts in the sum over all outputs; 1 where nothing is said. */
  readonly weight?: number;
}

/** Which loss with its settings, and what its targets are. */
export type LossOptions = {
  readonly [Name in LossName]: { readonly name: Name } & Target &
    Partial<ArgumentsOf<Kinds[Name]["arguments"]>>;
}[LossName];

/** The loss of each example of a batch: float32 [N]. @param training whether class weights count */
export function buildLoss(options: LossOptions, context: LossContext, training: boolean): ValueId {
  const { builder } = context;
  const { classWeights, weight = 1 } = options;
  const kind = lossKinds[options.name] as LossKind;
  let places = kind.build(context, { ...defaultsOf(kind.arguments), ...options });
  if (training && classWeights !== undefined) {
    places = builder.multiply(places, weightsOfPlaces(context, classWeights));
  }
  return builder.multiply(meanOfExample(builder, places), builder.scalar(weight));
}

/** What each place counts, by its class: the output's shape without its last axis. */
function weightsOfPlaces(context: LossContext, weights: readonly number[]): ValueId {
  const { builder, output } = context;
  const last = builder.shape(output.value).length - 1;
  const target = valuesOfTarget(context);
  if (builder.shape(target)[last] === 1) {
    const [no = 1, yes = 1] = weights;
    const places = builder.reduceSum(target, [last]);
    return builder.add(builder.multiply(places, builder.scalar(yes - no)), builder.scalar(no));
  }
  if (builder.shape(target)[last] !== weights.length)
    throw new TensorGraphError("a weight for each class is needed");
  const factors = builder.constant([weights.length], Float32Array.from(weights));
  return builder.reduceSum(builder.multiply(target, factors), [last]);
}

/** The last activation that a loss takes into itself. */
export function foldedActivation(name: LossName): string | undefined {
  return lossKinds[name].folds;
}

/** The targets that belong to an output of that shape. */
export function targetType({ target, sequenceLength }: LossOptions, output: TensorShape): TensorType {
  if (target === "classes") return { shape: output.slice(0, -1), dataType: "int32" };
  if (target === "values") return { shape: output, dataType: "float32" };
  if (sequenceLength === undefined) throw new TensorGraphError("how long may a target's sequence be?");
  return { shape: [output[0]!, sequenceLength], dataType: "int32" };
}

/** Losses under which each unit is a question of its own. */
const binaryLosses: ReadonlySet<LossName> = new Set([
  "binary_cross_entropy",
  "binary_focal",
  "hinge",
  "squared_hinge",
]);

/**
 * Which predictions are right, for each example the share of its places: float32 [N]. The class with the largest output, or for
 * one unit and for losses of yes and no each number on the right side of the middle. Sequences are not judged: 0.
 */
export function buildAccuracy(name: LossName, context: LossContext): ValueId {
  const { builder, output, target, targetKind } = context;
  const shape = builder.shape(output.value);
  const last = shape.length - 1;
  if (targetKind === "sequences") return builder.broadcast(builder.scalar(0), [shape[0]!]);
  if (!binaryLosses.has(name) && shape[last] !== 1) {
    const labels = targetKind === "classes" ? target : builder.argMax(target, last);
    const isRight = builder.equal(builder.argMax(logitsOf(output, foldedActivation(name)), last), labels);
    return meanOfExample(builder, builder.cast(isRight, "float32"));
  }
  const logits = logitsOf(output, "sigmoid");
  const isAboutZero = binaryLosses.has(name) || logits !== output.value;
  const predicted = builder.step(builder.subtract(logits, builder.scalar(isAboutZero ? 0 : 0.5)));
  const actual = builder.step(builder.subtract(valuesOfTarget(context), builder.scalar(0.5)));
  return meanOfExample(builder, builder.cast(builder.equal(predicted, actual), "float32"));
}
