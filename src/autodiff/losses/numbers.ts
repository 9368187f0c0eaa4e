import { type ArgumentTable, number } from "../../settings/argument.ts";
import { exactSoftplus, softplus } from "../../tensor/compositions.ts";
import type { TensorBuilder } from "../../tensor/builder.ts";
import type { ValueId } from "../../tensor/tensor-graph.ts";
import {
  atLeast,
  lastAxis,
  type LossContext,
  type LossKind,
  lossKind,
  meanOverUnits,
  smallest,
  sumOverUnits,
  valuesOfTarget,
} from "./loss.ts";

/** Losses of numbers: each is a mean over the last axis of what `build` gives for output and target. */
function meanLoss(
  summary: string,
  build: (builder: TensorBuilder, output: ValueId, target: ValueId) => ValueId,
): LossKind<Readonly<Record<never, never>> & ArgumentTable> {
  return lossKind({
    summary,
    arguments: {},
    folds: undefined,
    wantsLogits: false,
    build: (context) =>
      meanOverUnits(context, build(context.builder, context.output.value, valuesOfTarget(context))),
  });
}

export const mse = meanLoss("the mean of squared differences", (builder, output, target) =>
  builder.square(builder.subtract(output, target)),
);

export const mae = meanLoss("the mean of absolute differences", (builder, output, target) =>
  builder.abs(builder.subtract(output, target)),
);

/** 100 · |t - y| / max(|t|, 1e-7). */
export const mape = meanLoss("the mean of absolute differences in percent", (builder, output, target) => {
  const size = atLeast(builder, builder.abs(target), smallest);
  const share = builder.abs(builder.divide(builder.subtract(target, output), size));
  return builder.multiply(share, builder.scalar(100));
});

/** (log(1 + t) - log(1 + y))², both at least 1e-7. */
export const msle = meanLoss("the mean of squared differences of logarithms", (builder, output, target) => {
  const logarithm = (value: ValueId): ValueId =>
    builder.log(builder.add(atLeast(builder, value, smallest), builder.scalar(1)));
  return builder.square(builder.subtract(logarithm(output), logarithm(target)));
});

/** log cosh d = d + softplus(-2d) - log 2. */
export const logCosh = meanLoss(
  "the logarithm of the difference's hyperbolic cosine",
  (builder, output, target) => {
    const error = builder.subtract(output, target);
    const bent = softplus(builder, builder.multiply(error, builder.scalar(-2)));
    return builder.subtract(builder.add(error, bent), builder.scalar(Math.LN2));
  },
);

/** y - t · log(y + 1e-7). Rates near 0, as rare counts have, want to be exact: the logarithm looks at their digits. */
export const poisson = lossKind({
  summary: "counts, whose mean the model gives",
  arguments: {},
  folds: undefined,
  wantsLogits: false,
  build(context) {
    const { builder, output } = context;
    const isSoftplus = output.activation === "softplus";
    const rates = isSoftplus ? exactSoftplus(builder, output.logits) : output.value;
    const logarithm = builder.log(builder.add(rates, builder.scalar(smallest)));
    const target = valuesOfTarget(context);
    return meanOverUnits(context, builder.subtract(rates, builder.multiply(target, logarithm)));
  },
});

/** d²/2 up to δ, δ·|d| - δ²/2 beyond (Huber, 1964), as m·(|d| - m/2) with m = min(|d|, δ). */
export const huber = lossKind({
  summary: "squared differences up to delta, absolute ones beyond; Huber, 1964",
  arguments: { delta: number("where the loss becomes straight", { default: 1, above: 0 }) },
  folds: undefined,
  wantsLogits: false,
  build(context, { delta }) {
    const { builder, output } = context;
    const size = builder.abs(builder.subtract(output.value, valuesOfTarget(context)));
    const within = builder.minimum(size, builder.scalar(delta));
    const rest = builder.subtract(size, builder.multiply(within, builder.scalar(0.5)));
    return meanOverUnits(context, builder.multiply(within, rest));
  },
});

/** A vector of the last axis by its length, which is at least 1e-7. */
function unitVector(context: LossContext, value: ValueId): ValueId {
  const { builder } = context;
  const squares = builder.reduceSum(builder.square(value), [lastAxis(context)], true);
  return builder.divide(value, builder.sqrt(atLeast(builder, squares, smallest ** 2)));
}

/** -Σ t·y of vectors of length 1. */
export const cosine = lossKind({
  summary: "minus the cosine of the angle between target and output",
  arguments: {},
  folds: undefined,
  wantsLogits: false,
  build(context) {
    const { builder, output } = context;
    const target = unitVector(context, valuesOfTarget(context));
    const product = builder.multiply(target, unitVector(context, output.value));
    return builder.negate(sumOverUnits(context, product));
  },
});
