import { known } from "../graph/dim.ts";
import { number, shape } from "./arguments.ts";
import type { ArgumentSpec, LayerDefinition } from "./definition.ts";

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
  example: "input HxWx3\nconv 8 3x3 same relu\nglobal_pool avg\ndense 2 softmax",
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
  foreignNames: ["Rescaling", "rescaling"],
  arity: "one",
  arguments: rescaleArguments,
  kerasClass: () => "Rescaling",
  inferShape: ({ inputs: [given] }) => ({ shape: given!, derivations: [] }),
  weights: () => [],
  multiplyAccumulates: () => known(0),
};

const statistic = (documentation: string, minimum?: number): ArgumentSpec<number | undefined> => ({
  role: "number",
  default: undefined,
  positional: false,
  aliases: [],
  ...(minimum === undefined ? {} : { minimum }),
  documentation,
});

const normalizeArguments = {
  mean: statistic("The mean, where it is known; with a variance, and then nothing is learned from the data."),
  variance: statistic("The variance, where it is known.", 0),
};

export const normalize: LayerDefinition<typeof normalizeArguments> = {
  title: "normalisation of the input",
  documentation: `\`y = (x - mean)/max(sqrt(variance), 1e-7)\` for each channel, with the mean and variance of the training data (taken once, before
training) or those given. Keras: Normalization.`,
  example: "input 28x28x1\nnormalize mean=0.2860 variance=0.1246\nconv 8 3x3 relu",
  words: ["normalize"],
  foreignNames: ["Normalization", "normalization", "standardize"],
  arity: "one",
  arguments: normalizeArguments,
  kerasClass: () => "Normalization",
  checkArguments({ arguments: { mean, variance }, report }) {
    if ((mean === undefined) === (variance === undefined)) return;
    const [given, missing] = mean === undefined ? ["variance", "mean"] : ["mean", "variance"];
    report({
      code: "CNN218",
      argument: given,
      message: `normalize has a ${given} but no ${missing}`,
      help: `give \`${missing}=\` too, or neither, and both are taken from the data`,
    });
  },
  inferShape({ inputs: [given], report }) {
    if (given!.length > 0) return { shape: given!, derivations: [] };
    report({ code: "CNN202", message: "normalize needs an axis of channels", causes: [{ input: 0 }] });
    return undefined;
  },
  weights([given], { mean }) {
    if (mean !== undefined) return [];
    const channels = [given![given!.length - 1]!];
    return [
      { name: "mean", shape: channels, initializer: { kind: "zeros" }, trainable: false },
      { name: "variance", shape: channels, initializer: { kind: "ones" }, trainable: false },
      { name: "count", shape: [], initializer: { kind: "zeros" }, trainable: false },
    ];
  },
  multiplyAccumulates: () => known(0),
};
