import type { Lowering } from "../lowering.ts";

/** The squares of the differences themselves, summed: |x|² - 2x·c + |c|² would lose digits where x is near a code. */
export const lowerRbf: Lowering<"rbf"> = ({ builder, inputs, weight }) => {
  const shape = builder.shape(inputs[0]!);
  const rows = builder.reshape(inputs[0]!, [...shape.slice(0, -1), 1, shape.at(-1)!]);
  const difference = builder.subtract(rows, weight("codes"));
  return builder.reduceSum(builder.square(difference), [shape.length]);
};
