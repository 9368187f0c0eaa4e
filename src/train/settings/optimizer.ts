import { flag, number } from "../../settings/argument.ts";
import { defaultKind, kindSetting, type KindsOf } from "../../settings/setting.ts";

/** The learning rate of an optimizer; Keras' defaults differ from one to another. */
const rate = (value: number) =>
  number("the learning rate", {
    default: value,
    minimum: 0,
    positional: true,
    word: "rate",
    aliases: ["learning_rate", "lr"],
  });

const decay = (summary: string, value: number) => number(summary, { default: value, minimum: 0, below: 1 });

/** How weights follow their gradients; defaults are Keras'. */
const optimizerKinds = {
  sgd: {
    summary: "gradient descent",
    arguments: {
      learningRate: rate(0.01),
      momentum: decay("the share of the last step that is kept", 0),
      nesterov: flag("whether the gradient is taken as from where momentum leads"),
    },
  },
  adam: {
    summary: "Kingma and Ba, 2015",
    arguments: {
      learningRate: rate(0.001),
      beta1: decay("the decay of the gradient's mean", 0.9),
      beta2: decay("the decay of the squared gradient's mean", 0.999),
      epsilon: number("added to the root", { default: 1e-7, minimum: 0 }),
    },
  },
} as const;

export type OptimizerSettings = KindsOf<typeof optimizerKinds>;

/** How weights follow their gradients. */
export const optimizerSettings = {
  optimizer: kindSetting(optimizerKinds, {
    what: "an optimizer",
    summary: "How weights follow their gradients.",
    example: "optimizer adam 0.001",
    default: defaultKind(optimizerKinds, "adam") as OptimizerSettings,
    defaultText: "`adam` 0.001",
  }),
};
