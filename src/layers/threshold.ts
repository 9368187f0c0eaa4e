import { known } from "../graph/dim.ts";
import { number } from "./arguments.ts";
import type { LayerDefinition } from "./definition.ts";

const thresholdArguments = {
  threshold: number("What a number must be above to pass.", { positional: true }),
  value: number("What stands for the numbers that do not pass.", {
    positional: true,
    default: 0,
    aliases: ["default_value"],
  }),
};

/** A layer of its own and no other layer's activation: in Keras, too, no name stands for it, since it must be told two numbers. */
export const threshold: LayerDefinition<typeof thresholdArguments> = {
  title: "threshold",
  documentation: `\`x\` where x > threshold, else \`value\`. Keras: \`keras.activations.threshold\`, whose two numbers have no defaults.`,
  example: "input 28x28x1\nconv 8 3x3\nthreshold 0.5",
  words: ["threshold"],
  foreignNames: ["Threshold", "nn.Threshold", "F.threshold"],
  arity: "one",
  arguments: thresholdArguments,
  kerasClass: () => "Activation",
  inferShape: ({ inputs: [input] }) => ({ shape: input!, derivations: [] }),
  weights: () => [],
  multiplyAccumulates: () => known(0),
};
