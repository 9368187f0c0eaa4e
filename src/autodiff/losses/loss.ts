import type { ArgumentsOf, ArgumentTable } from "../../settings/argument.ts";
import type { TensorBuilder } from "../../tensor/builder.ts";
import { exampleAxes } from "../../tensor/compositions.ts";
import type { LoweredOutput } from "../../tensor/lower.ts";
import { knownDim } from "../../tensor/shapes.ts";
import type { ValueId } from "../../tensor/tensor-graph.ts";

/**
 * What targets are: class numbers (int32, the output's shape without its last axis), values of the output's shape (float32), or
 * for CTC sequences of class numbers (int32 [N, length], filled up with 0).
 */
export type TargetKind = "classes" | "values" | "sequences";

/** What a loss compares. */
export interface LossContext {
  readonly builder: TensorBuilder;
  readonly output: LoweredOutput;
  readonly target: ValueId;
  readonly targetKind: TargetKind;
}

/** A loss before its settings are known. */
export interface LossKind<Table extends ArgumentTable = ArgumentTable> {
  readonly summary: string;
  readonly arguments: Table;
  /** The last activation that the loss takes into itself, so that it works on logits. */
  readonly folds: string | undefined;
  /** Whether an output with any other last activation, or none, is taken for logits. */
  readonly wantsLogits: boolean;
  /** The loss of each place: the output's shape without its last axis, or [N] where the loss is of whole examples. */
  build(context: LossContext, settings: ArgumentsOf<Table>): ValueId;
}

export function lossKind<Table extends ArgumentTable>(kind: LossKind<Table>): LossKind<Table> {
  return kind;
}

/** Keras' bound where a logarithm or a quotient would be endless. */
export const smallest = 1e-7;

/** The value before the last activation where that is the one a loss takes into itself. */
export function logitsOf(output: LoweredOutput, activation: string | undefined): ValueId {
  return output.activation === activation ? output.logits : output.value;
}

/** The targets as numbers of the output's shape: class numbers are 0 and 1 of a single unit, one-hot rows of several. */
export function valuesOfTarget({ builder, output, target, targetKind }: LossContext): ValueId {
  if (targetKind === "values") return target;
  const shape = builder.shape(output.value);
  const units = knownDim(shape.at(-1), "the number of classes");
  if (units > 1) return builder.oneHot(target, units);
  return builder.reshape(builder.cast(target, "float32"), shape);
}

/** Targets on the way to equal shares: t · (1 - smoothing) + smoothing / shares. */
export function smoothed(
  builder: TensorBuilder,
  target: ValueId,
  { smoothing, shares }: { readonly smoothing: number; readonly shares: number },
): ValueId {
  if (smoothing === 0) return target;
  const kept = builder.multiply(target, builder.scalar(1 - smoothing));
  return builder.add(kept, builder.scalar(smoothing / shares));
}

export function lastAxis({ builder, output }: LossContext): number {
  return builder.shape(output.value).length - 1;
}

/** The number of units of the last axis. */
export function unitsOf({ builder, output }: LossContext): number {
  return knownDim(builder.shape(output.value).at(-1), "the number of classes");
}

export function sumOverUnits(context: LossContext, value: ValueId): ValueId {
  return context.builder.reduceSum(value, [lastAxis(context)]);
}

export function meanOverUnits(context: LossContext, value: ValueId): ValueId {
  return context.builder.reduceMean(value, [lastAxis(context)]);
}

/** The mean over all places of an example: [N]. */
export function meanOfExample(builder: TensorBuilder, value: ValueId): ValueId {
  return builder.reduceMean(value, exampleAxes(builder.shape(value)));
}

/** max(x, bound). */
export function atLeast(builder: TensorBuilder, value: ValueId, bound: number): ValueId {
  return builder.maximum(value, builder.scalar(bound));
}

/** x ** exponent, where the exponent is mostly 2. */
export function raised(builder: TensorBuilder, value: ValueId, exponent: number): ValueId {
  return exponent === 2 ? builder.square(value) : builder.power(value, builder.scalar(exponent));
}
