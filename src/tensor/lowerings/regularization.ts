import type { Lowering, LoweringContext } from "../lowering.ts";
import type { TensorShape, ValueId } from "../tensor-graph.ts";

type Dropping = "dropout" | "spatial_dropout" | "attention";

/** In training each number is kept with probability 1 - rate, and then grows by 1 / (1 - rate). */
export const lowerDropout: Lowering<"dropout"> = (context) => {
  const x = context.inputs[0]!;
  return drop(context, x, context.arguments.rate, context.builder.shape(x));
};

/** Whole channels are kept or dropped. */
export const lowerSpatialDropout: Lowering<"spatial_dropout"> = (context) => {
  const x = context.inputs[0]!;
  const shape = context.builder.shape(x);
  const perChannel = shape.map((dim, axis) => (axis === 0 || axis === shape.length - 1 ? dim : 1));
  return drop(context, x, context.arguments.rate, perChannel);
};

/** Multiplies by random factors of the given shape, which is repeated over the value's; in training alone. */
export function drop(
  { builder, training, randomOffset }: LoweringContext<Dropping>,
  x: ValueId,
  rate: number,
  shape: TensorShape,
): ValueId {
  if (!training || rate === 0) return x;
  return builder.multiply(x, builder.random(randomOffset(), { kind: "keep", rate }, shape));
}

export const lowerGaussianNoise: Lowering<"gaussian_noise"> = (context) => {
  const { builder, training, inputs, arguments: given } = context;
  const x = inputs[0]!;
  if (!training || given.stddev === 0) return x;
  return builder.add(x, builder.multiply(normalNoise(context), builder.scalar(given.stddev)));
};

/** Multiplies by noise of mean 1 and the deviation √(rate / (1 - rate)). */
export const lowerGaussianDropout: Lowering<"gaussian_dropout"> = (context) => {
  const {
    builder,
    training,
    inputs,
    arguments: { rate },
  } = context;
  const x = inputs[0]!;
  if (!training || rate === 0) return x;
  const noise = builder.multiply(normalNoise(context), builder.scalar(Math.sqrt(rate / (1 - rate))));
  return builder.multiply(x, builder.add(noise, builder.scalar(1)));
};

function normalNoise({
  builder,
  inputs,
  randomOffset,
}: LoweringContext<"gaussian_noise" | "gaussian_dropout">): ValueId {
  return builder.random(randomOffset(), { kind: "normal" }, builder.shape(inputs[0]!));
}
