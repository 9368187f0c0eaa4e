import { known } from "../graph/dim.ts";
import { number } from "./arguments.ts";
import type { LayerDefinition } from "./definition.ts";

const dropoutArguments = {
  rate: number("The share of numbers set to 0, between 0 and 1.", {
    positional: true,
    minimum: 0,
    maximum: 1,
  }),
};

export const dropout: LayerDefinition<typeof dropoutArguments> = {
  title: "dropout",
  documentation: `In training sets each number to 0 with probability \`rate\` and divides the others by 1 - rate; does nothing otherwise.
Keras: Dropout.`,
  example: "input 784\ndense 128 relu\ndropout 0.5\ndense 10 softmax",
  words: ["dropout"],
  foreignNames: ["Dropout", "nn.Dropout"],
  arity: "one",
  arguments: dropoutArguments,
  kerasClass: () => "Dropout",
  inferShape: ({ inputs: [input] }) => ({ shape: input!, derivations: [] }),
  weights: () => [],
  multiplyAccumulates: () => known(0),
};
