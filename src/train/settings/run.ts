import { count } from "../../settings/argument.ts";
import { valueSetting } from "../../settings/setting.ts";

/** How long a run goes, and what it starts from. */
export const runSettings = {
  epochs: valueSetting(count("Passes over the training data.", { maximum: 1_000_000, default: 5 }), {
    example: "epochs 5",
    mayChangeOnResume: true,
  }),
  seed: valueSetting(
    count("The seed of weights, order and noise.", { minimum: 0, maximum: 2 ** 32 - 1, default: 0 }),
    { example: "seed 0" },
  ),
};
