import type { TensorBuilder } from "../tensor/builder.ts";
import { exampleAxes, softplus } from "../tensor/compositions.ts";
import type { LoweredOutput } from "../tensor/lower.ts";
import { knownDim, TensorGraphError } from "../tensor/shapes.ts";
import type { TensorShape, TensorType, ValueId } from "../tensor/tensor-graph.ts";
import type { LossOptions } from "./training-graphs.ts";

/** What a loss compares. */
interface LossContext {
  readonly builder: TensorBuilder;
  readonly output: LoweredOutput;
  readonly target: ValueId;
  readonly targetKind: LossOptions["target"];
}

/** A loss: each gives a number for each example [N], the mean over the example's own axes. */
interface Loss {
  /** The last activation that the loss takes into itself, so that it works on logits. */
  readonly folds: string | undefined;
  perExample(context: LossContext): ValueId;
}

/**
 * Every loss by its name, in forms that neither overflow nor saturate. The loss that folds an activation takes an output
 * with any other last activation, or none, for logits.
 */
const losses: { readonly [Name in LossOptions["name"]]: Loss } = {
  /** -Σ target · log softmax(logits) over the last axis. */
  cross_entropy: {
    folds: "softmax",
    perExample(context) {
      const { builder } = context;
      const logits = logitsOf(context.output, "softmax");
      const last = builder.shape(logits).length - 1;
      const chosen = builder.multiply(classProbabilities(context), builder.logSoftmax(logits, last));
      return meanOfExample(builder, builder.negate(builder.reduceSum(chosen, [last])));
    },
  },
  /** -t · log σ(z) - (1 - t) · log(1 - σ(z)) = softplus(z) - t · z. */
  binary_cross_entropy: {
    folds: "sigmoid",
    perExample(context) {
      const { builder } = context;
      const logits = logitsOf(context.output, "sigmoid");
      const target = valuesOfTarget(context);
      const loss = builder.subtract(softplus(builder, logits), builder.multiply(target, logits));
      return meanOfExample(builder, loss);
    },
  },
  /** (output - target)². */
  mse: {
    folds: undefined,
    perExample(context) {
      const { builder, output } = context;
      const error = builder.subtract(output.value, valuesOfTarget(context));
      return meanOfExample(builder, builder.square(error));
    },
  },
};

/** The loss of each example of a batch: float32 [N]. */
export function buildLoss(name: LossOptions["name"], context: LossContext): ValueId {
  return losses[name].perExample(context);
}

/** The last activation that a loss takes into itself. */
export function foldedActivation(name: LossOptions["name"]): string | undefined {
  return losses[name].folds;
}

/** The targets that belong to an output: class numbers have no last axis. */
export function targetType(options: LossOptions, output: TensorShape): TensorType {
  return options.target === "classes"
    ? { shape: output.slice(0, -1), dataType: "int32" }
    : { shape: output, dataType: "float32" };
}

/**
 * Which predictions are right, for each example the share of its places: float32 [N]. The class with the largest output, or for
 * one unit and for binary cross-entropy each number on the right side of the middle.
 */
export function buildAccuracy(name: LossOptions["name"], context: LossContext): ValueId {
  const { builder, output, target, targetKind } = context;
  const shape = builder.shape(output.value);
  const last = shape.length - 1;
  const isBinary = name === "binary_cross_entropy" || shape[last] === 1;
  if (!isBinary) {
    const labels = targetKind === "classes" ? target : builder.argMax(target, last);
    const isRight = builder.equal(builder.argMax(logitsOf(output, foldedActivation(name)), last), labels);
    return meanOfExample(builder, builder.cast(isRight, "float32"));
  }
  const logits = logitsOf(output, "sigmoid");
  const middle = builder.scalar(name === "binary_cross_entropy" || logits !== output.value ? 0 : 0.5);
  const predicted = builder.step(builder.subtract(logits, middle));
  const actual = builder.step(builder.subtract(valuesOfTarget(context), builder.scalar(0.5)));
  return meanOfExample(builder, builder.cast(builder.equal(predicted, actual), "float32"));
}

function logitsOf(output: LoweredOutput, activation: string | undefined): ValueId {
  return output.activation === activation ? output.logits : output.value;
}

function classProbabilities({ builder, output, target, targetKind }: LossContext): ValueId {
  if (targetKind === "values") return target;
  return builder.oneHot(target, knownDim(builder.shape(output.value).at(-1), "the number of classes"));
}

/** The targets as numbers of the output's shape; class numbers are 0 and 1 of a single unit. */
function valuesOfTarget({ builder, output, target, targetKind }: LossContext): ValueId {
  if (targetKind === "values") return target;
  const shape = builder.shape(output.value);
  if (shape.at(-1) !== 1) throw new TensorGraphError("class numbers are compared with several units");
  return builder.reshape(builder.cast(target, "float32"), shape);
}

function meanOfExample(builder: TensorBuilder, value: ValueId): ValueId {
  return builder.reduceMean(value, exampleAxes(builder.shape(value)));
}
