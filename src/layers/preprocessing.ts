import { known } from "../graph/dim.ts";
import { number, shape } from "./arguments.ts";
import type { LayerDefinition } from "./definition.ts";

const inputArguments = {
  shape: shape(
    "Height x width x channels for an image, without the batch; `?` and names such as `H` for sizes that are open.",
  ),
};

export const input: LayerDefinition<typeof inputArguments> = {
  title: "input",
  documentation: `What the model is given: one example's shape without the batch, channels last. \`28x28x1\` is an image, \`100x16\` a sequence of 100
steps, \`784\` a vector; \`?\` is a size that is not known, and a name in capitals one that is the same wherever it stands.
Keras: Input.`,
  example: "input HxWx3\nconv 8 3x3 same\nglobal_pool avg\ndense 2 softmax",
  words: ["input"],
  foreignNames: ["Input", "InputLayer"],
  arity: "source",
  arguments: inputArguments,
  kerasClass: () => "InputLayer",
  inferShape: ({ arguments: given }) => ({ shape: given.shape, derivations: [] }),
  weights: () => [],
  multiplyAccumulates: () => known(0),
};

const rescaleArguments = {
  scale: number("What each number is multiplied by: `1/255`.", { positional: true }),
  offset: number("What is added then.", { default: 0 }),
};

export const rescale: LayerDefinition<typeof rescaleArguments> = {
  title: "rescaling",
  documentation: `\`y = x·scale + offset\`, as part of the model: saved and exported with it. Keras: Rescaling.`,
  example: "input 28x28x1\nrescale 1/127.5 offset=-1\nconv 8 3x3 relu",
  words: ["rescale"],
  foreignNames: ["Rescaling", "rescaling", "normalise"],
  arity: "one",
  arguments: rescaleArguments,
  kerasClass: () => "Rescaling",
  inferShape: ({ inputs: [given] }) => ({ shape: given!, derivations: [] }),
  weights: () => [],
  multiplyAccumulates: () => known(0),
};
