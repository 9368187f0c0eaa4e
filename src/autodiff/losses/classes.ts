import { flag, number } from "../../settings/argument.ts";
import type { TensorBuilder } from "../../tensor/builder.ts";
import { exampleAxes, softplus } from "../../tensor/compositions.ts";
import type { ValueId } from "../../tensor/tensor-graph.ts";
import {
  atLeast,
  lastAxis,
  logitsOf,
  type LossContext,
  lossKind,
  meanOverUnits,
  raised,
  smallest,
  smoothed,
  sumOverUnits,
  unitsOf,
  valuesOfTarget,
} from "./loss.ts";

/** Losses of classes and probabilities, in forms that neither overflow nor saturate. */

const labelSmoothing = number("how far targets are moved towards equal shares", {
  default: 0,
  minimum: 0,
  below: 1,
});

const focus = {
  alpha: number("a factor of the loss", { default: 0.25, minimum: 0 }),
  gamma: number("how much less a place counts that is right already", { default: 2, minimum: 0 }),
  labelSmoothing,
};

/** The one-hot or given shares of the classes, and the logarithm of those that the model gives. */
function shares(context: LossContext, smoothing: number): readonly [target: ValueId, logarithm: ValueId] {
  const { builder, output } = context;
  const target = smoothed(builder, valuesOfTarget(context), { smoothing, shares: unitsOf(context) });
  return [target, builder.logSoftmax(logitsOf(output, "softmax"), lastAxis(context))];
}

/** -Σ target · log softmax(logits) over the last axis. */
export const crossEntropy = lossKind({
  summary: "one class of several",
  arguments: { labelSmoothing },
  folds: "softmax",
  wantsLogits: true,
  build(context, { labelSmoothing: smoothing }) {
    const [target, logarithm] = shares(context, smoothing);
    const chosen = context.builder.multiply(target, logarithm);
    return context.builder.negate(sumOverUnits(context, chosen));
  },
});

/** -Σ α · (1 - p)^γ · target · log p with p = softmax(logits) (Lin et al., 2017). */
export const focal = lossKind({
  summary: "cross-entropy that looks at what is still wrong, of several classes; Lin et al., 2017",
  arguments: focus,
  folds: "softmax",
  wantsLogits: true,
  build(context, { alpha, gamma, labelSmoothing: smoothing }) {
    const { builder } = context;
    const [target, logarithm] = shares(context, smoothing);
    const missing = builder.subtract(builder.scalar(1), builder.exp(logarithm));
    const factor = raised(builder, atLeast(builder, missing, smallest), gamma);
    const chosen = builder.multiply(builder.multiply(target, logarithm), factor);
    return builder.multiply(sumOverUnits(context, chosen), builder.scalar(-alpha));
  },
});

/** -t · log σ(z) - (1 - t) · log(1 - σ(z)) = softplus(z) - t · z. */
function binaryLoss(builder: TensorBuilder, logits: ValueId, target: ValueId): ValueId {
  return builder.subtract(softplus(builder, logits), builder.multiply(target, logits));
}

export const binaryCrossEntropy = lossKind({
  summary: "yes or no, for each unit by itself",
  arguments: { labelSmoothing },
  folds: "sigmoid",
  wantsLogits: true,
  build(context, { labelSmoothing: smoothing }) {
    const { builder, output } = context;
    const target = smoothed(builder, valuesOfTarget(context), { smoothing, shares: 2 });
    return meanOverUnits(context, binaryLoss(builder, logitsOf(output, "sigmoid"), target));
  },
});

/** (1 - pₜ)^γ times binary cross-entropy, where pₜ is the probability given to what is true (Lin et al., 2017). */
export const binaryFocal = lossKind({
  summary: "binary cross-entropy that looks at what is still wrong; Lin et al., 2017",
  arguments: {
    balanced: flag("whether yes counts alpha and no 1 - alpha", { aliases: ["apply_class_balancing"] }),
    ...focus,
  },
  folds: "sigmoid",
  wantsLogits: true,
  build(context, { balanced, alpha, gamma, labelSmoothing: smoothing }) {
    const { builder, output } = context;
    const one = builder.scalar(1);
    const mixed = (share: ValueId, yes: ValueId, no: ValueId): ValueId =>
      builder.add(builder.multiply(share, yes), builder.multiply(builder.subtract(one, share), no));
    const target = smoothed(builder, valuesOfTarget(context), { smoothing, shares: 2 });
    const logits = logitsOf(output, "sigmoid");
    const yes = builder.sigmoid(logits);
    const wrong = mixed(target, builder.subtract(one, yes), yes);
    const loss = binaryLoss(builder, logits, target);
    let factor = raised(builder, atLeast(builder, wrong, smallest), gamma);
    if (balanced) {
      factor = builder.multiply(factor, mixed(target, builder.scalar(alpha), builder.scalar(1 - alpha)));
    }
    return meanOverUnits(context, builder.multiply(factor, loss));
  },
});

/** Σ t · log(t / p), both at least 1e-7. */
export const klDivergence = lossKind({
  summary: "how far given shares are from the model's",
  arguments: {},
  folds: "softmax",
  wantsLogits: false,
  build(context) {
    const { builder, output } = context;
    const bounded = (value: ValueId): ValueId =>
      builder.minimum(atLeast(builder, value, smallest), builder.scalar(1));
    const target = bounded(valuesOfTarget(context));
    const logarithm =
      output.activation === "softmax"
        ? atLeast(builder, builder.logSoftmax(output.logits, lastAxis(context)), Math.log(smallest))
        : builder.log(bounded(output.value));
    const excess = builder.subtract(builder.log(target), logarithm);
    return sumOverUnits(context, builder.multiply(target, excess));
  },
});

/** Σ over a whole example, [N]. */
function sumOfExample(builder: TensorBuilder, value: ValueId): ValueId {
  return builder.reduceSum(value, exampleAxes(builder.shape(value)));
}

/** 1 - 2 Σ t·p / (Σ t + Σ p), over each example. */
export const dice = lossKind({
  summary: "what target and output do not share, over each example (Keras' with the example's axes)",
  arguments: {},
  folds: undefined,
  wantsLogits: false,
  build(context) {
    const { builder, output } = context;
    const target = valuesOfTarget(context);
    const sum = (value: ValueId): ValueId => sumOfExample(builder, value);
    const shared = builder.multiply(sum(builder.multiply(target, output.value)), builder.scalar(2));
    const all = builder.add(builder.add(sum(target), sum(output.value)), builder.scalar(smallest));
    return builder.subtract(builder.scalar(1), builder.divide(shared, all));
  },
});

/** 1 - Σ t·p / (Σ t·p + α Σ t·(1 - p) + β Σ p·(1 - t)), over each example; the names α and β as Keras takes them. */
export const tversky = lossKind({
  summary: "dice with weights for what is missed and what is too much, over each example",
  arguments: {
    alpha: number("the weight of what is missed", { default: 0.5, minimum: 0 }),
    beta: number("the weight of what is too much", { default: 0.5, minimum: 0 }),
  },
  folds: undefined,
  wantsLogits: false,
  build(context, { alpha, beta }) {
    const { builder, output } = context;
    const target = valuesOfTarget(context);
    const overlap = builder.multiply(target, output.value);
    const sum = (value: ValueId): ValueId => sumOfExample(builder, value);
    const shared = sum(overlap);
    const missed = builder.multiply(sum(builder.subtract(target, overlap)), builder.scalar(alpha));
    const excess = builder.multiply(sum(builder.subtract(output.value, overlap)), builder.scalar(beta));
    const all = builder.add(builder.add(shared, builder.add(missed, excess)), builder.scalar(smallest));
    return builder.subtract(builder.scalar(1), builder.divide(shared, all));
  },
});

/** -1 where a target is 0, as hinge losses take classes; -1 and 1 stay. */
function signsOf(context: LossContext): ValueId {
  const { builder } = context;
  const target = valuesOfTarget(context);
  return builder.select(builder.equal(target, builder.scalar(0)), builder.scalar(-1), target);
}

/** max(1 - t·y, 0) with t of -1 and 1. */
function margin(context: LossContext): ValueId {
  const { builder, output } = context;
  return builder.relu(builder.subtract(builder.scalar(1), builder.multiply(signsOf(context), output.value)));
}

export const hinge = lossKind({
  summary: "max(1 - t·y, 0); targets of 0 and 1 count as -1 and 1",
  arguments: {},
  folds: undefined,
  wantsLogits: false,
  build: (context) => meanOverUnits(context, margin(context)),
});

export const squaredHinge = lossKind({
  summary: "the square of hinge",
  arguments: {},
  folds: undefined,
  wantsLogits: false,
  build: (context) => meanOverUnits(context, context.builder.square(margin(context))),
});

/** max(largest (1 - t)·y - Σ t·y + 1, 0). */
export const categoricalHinge = lossKind({
  summary: "how far the best wrong class comes within 1 of the right one",
  arguments: {},
  folds: undefined,
  wantsLogits: false,
  build(context) {
    const { builder, output } = context;
    const target = valuesOfTarget(context);
    const right = sumOverUnits(context, builder.multiply(target, output.value));
    const others = builder.multiply(builder.subtract(builder.scalar(1), target), output.value);
    const wrong = builder.reduceMax(others, [lastAxis(context)]);
    return builder.relu(builder.add(builder.subtract(wrong, right), builder.scalar(1)));
  },
});
