import type { Lowering } from "../lowering.ts";

/** In training each number is kept with probability 1 - rate, and then grows by 1 / (1 - rate). */
export const lowerDropout: Lowering<"dropout"> = ({
  builder,
  arguments: { rate },
  inputs,
  training,
  randomOffset,
}) => {
  const x = inputs[0]!;
  if (!training || rate === 0) return x;
  const factors = builder.random(randomOffset(), { kind: "keep", rate }, builder.shape(x));
  return builder.multiply(x, factors);
};
