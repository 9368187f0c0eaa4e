import { choice, count, number, optionalNumber, optionalText, text } from "../../settings/argument.ts";
import { recordListSetting, recordSetting, valueSetting } from "../../settings/setting.ts";

/** The weights of a layer, call or model by its label. */
const labelled = (summary: string) => text(summary, "a label", { positional: true });

/** Which weights of a layer are meant. */
const weights = choice("which of its weights: kernels, biases, or all", ["kernel", "bias", "all"], {
  default: "kernel",
});

const of = optionalText(
  "the label of a layer, call or model; the whole model where nothing is said",
  "a label",
);

/** How the optimizer is held and helped. */
export const updateSettings = {
  clip: recordSetting(
    {
      by: choice(
        "what is bounded: each number, each weight's gradient, or all of it as one vector",
        ["value", "norm", "global_norm"],
        {
          positional: true,
        },
      ),
      limit: number("the bound", { above: 0, positional: true }),
    },
    {
      summary: "Bounds the gradient before the optimizer sees it.",
      mayChangeOnResume: true,
      example: "clip global_norm 1",
      default: undefined,
      defaultText: "none",
    },
  ),
  accumulate: valueSetting(
    count(
      "Batches whose gradients make one step together; the batch that the optimizer sees is so many times as large.",
      {
        default: 1,
        maximum: 65_536,
      },
    ),
    { example: "accumulate 4" },
  ),
  precision: valueSetting(
    choice(
      "What products and convolutions are computed in, and what lies between them; `float16` is Keras' `mixed_float16`, on a GPU.",
      ["float32", "float16"],
      {
        default: "float32",
        foreign: {
          float16: ["mixed_float16", "mixed", "16-mixed", "16", "fp16", "f16", "half", "amp", "yes"],
          float32: ["fp32", "f32", "single", "full", "32", "32-true", "no"],
        },
      },
    ),
    { example: "precision float16" },
  ),
  average: valueSetting(
    optionalNumber(
      "The decay of a moving average of the weights, by which the run is validated, kept and exported.",
      {
        above: 0,
        below: 1,
      },
    ),
    { example: "average 0.999", defaultText: "none" },
  ),
  regularize: recordListSetting(
    {
      of,
      weights,
      l1: number("times the sum of their magnitudes", { default: 0, minimum: 0, word: "l1" }),
      l2: number("times the sum of their squares", { default: 0, minimum: 0, word: "l2" }),
    },
    {
      summary: "What the loss grows by; added to what layers ask for with `l1` and `l2`.",
      example: "regularize l2=1e-4",
      defaultText: "none",
      keyOf: (value) => `${value.of ?? ""} ${value.weights}`,
    },
  ),
  maxNorm: recordListSetting(
    { limit: number("the greatest length of a unit's weights", { above: 0, positional: true }), of, weights },
    {
      summary: "Shortens the weights of each unit to a length after every step.",
      example: "max_norm 3",
      defaultText: "none",
      keyOf: (value) => `${value.of ?? ""} ${value.weights}`,
    },
  ),
  layerRate: recordListSetting(
    {
      of: labelled("the label of a layer, call or model"),
      factor: number("what the learning rate is multiplied by there", { minimum: 0, positional: true }),
    },
    {
      summary: "A learning rate of its own for a part of the model.",
      example: "layer_rate base 0.1",
      defaultText: "1 everywhere",
      keyOf: (value) => value.of,
    },
  ),
};
