import type { TensorBuilder } from "../tensor/builder.ts";
import { numbersOf, vectorOf } from "../tensor/compositions.ts";
import type { ValueId } from "../tensor/tensor-graph.ts";
import type { OptimizerMoment } from "./training-graphs.ts";

/** The moment that holds the scale, and how many steps in a row were good with it. */
export const lossScaleMoment = "loss_scale";

/** Keras' LossScaleOptimizer: begins at 2^15, doubles after 2,000 good steps, halves with a bad one. */
export const initialLossScale = 2 ** 15;
const stepsToGrow = 2000;
/** Beyond it nothing is gained; a loss of exactly 0 would let the scale grow until it is no number. */
const largestScale = 2 ** 24;
/** Where gradients leave float16's range even so, they are no numbers, or will not become any: 30 bad steps in a row. */
const smallestScale = 2 ** -14;
/** Whatever is not below it is infinite or no number. */
const largestNumber = 3.4e38;

export const lossScale: OptimizerMoment = {
  name: lossScaleMoment,
  port: { name: `moment/${lossScaleMoment}`, shape: [2], dataType: "float32" },
  initial: () => Float32Array.of(initialLossScale, 0),
};

/** A step in half precision on the way to its gradient. */
export interface ScaledStep {
  /** What the loss is multiplied by before its gradient is taken; a power of two, so that nothing is rounded. */
  readonly scale: ValueId;
  readonly goodSteps: ValueId;
}

/** The scale of a step and its counter, from the state. */
export function readScale(builder: TensorBuilder): ScaledStep {
  const { name, shape } = lossScale.port;
  const [scale, goodSteps] = numbersOf(builder, builder.input("state", name, shape));
  return { scale: scale!, goodSteps: goodSteps! };
}

/** Takes the scale out of a gradient again. */
export function unscale(builder: TensorBuilder, gradient: ValueId, { scale }: ScaledStep): ValueId {
  return builder.multiply(gradient, builder.reciprocal(scale));
}

/** The loss as it is told: infinite once the scale has fallen to nothing, so that the run ends and its cause is looked for. */
export function tellFallenScale(builder: TensorBuilder, loss: ValueId, { scale }: ScaledStep): ValueId {
  const isSound = builder.greater(scale, builder.scalar(smallestScale));
  return builder.select(isSound, loss, builder.scalar(Infinity));
}

/** Whether every number of a gradient is finite: a bool scalar. Comparisons alone, since a GPU may take x · 0 for 0. */
export function isFiniteEverywhere(builder: TensorBuilder, gradient: ValueId): ValueId {
  const isFinite = builder.greater(builder.scalar(largestNumber), builder.abs(gradient));
  const bad = builder.select(isFinite, builder.scalar(0), builder.scalar(1));
  return builder.greater(builder.scalar(0.5), builder.reduceSum(bad, [0]));
}

/** The scale and its counter after a step: float32 [2]. */
export function nextScale(
  builder: TensorBuilder,
  { scale, goodSteps }: ScaledStep,
  isGood: ValueId,
): ValueId {
  const counted = builder.add(goodSteps, builder.scalar(1));
  const isGrowing = builder.greater(counted, builder.scalar(stepsToGrow - 0.5));
  const doubled = builder.minimum(builder.multiply(scale, builder.scalar(2)), builder.scalar(largestScale));
  const grown = builder.select(isGrowing, doubled, scale);
  const next = builder.select(isGood, grown, builder.multiply(scale, builder.scalar(0.5)));
  const keepsCounting = builder.select(isGrowing, builder.scalar(0), counted);
  const count = builder.select(isGood, keepsCounting, builder.scalar(0));
  return vectorOf(builder, [next, count]);
}
