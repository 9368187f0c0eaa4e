import { count, number, text } from "../../settings/argument.ts";
import { valueSetting } from "../../settings/setting.ts";

/** Which examples, and how they are dealt out. */
export const dataSettings = {
  data: valueSetting(
    text("A data set's name, or a folder.", "a data set, e.g. `fashion_mnist`", { default: "digits" }),
    { example: "data fashion_mnist", mayChangeOnResume: true },
  ),
  batch: valueSetting(count("Examples a step.", { maximum: 1_000_000, default: 32 }), {
    example: "batch 32",
  }),
  validation: valueSetting(
    number("The share of the training data held back to validate with; 0 for none.", {
      minimum: 0,
      below: 1,
      default: 0.1,
    }),
    {
      example: "validation 0.1",
      defaultText: "0.1: the last tenth of the training data, before shuffling",
    },
  ),
};
