import { known, multiply, product, shapeText } from "../graph/dim.ts";
import { activation, bias, count, regularizers } from "./arguments.ts";
import type { LayerDefinition } from "./definition.ts";
import { kernelInitializer, kernelWeight, withBias } from "./initializers.ts";

const denseArguments = {
  units: count("How many numbers come out.", { positional: true }),
  bias,
  activation: activation(),
  init: kernelInitializer,
  ...regularizers,
};

export const dense: LayerDefinition<typeof denseArguments> = {
  title: "dense layer",
  documentation: `Each output is a weighted sum of all inputs: \`y = activation(x · kernel + bias)\`. On an input of more than one axis it works on
the last one, for each position alike, as in Keras; after an image a \`flatten\` is usually meant. Keras: Dense.`,
  example: "input 784\ndense 10 softmax",
  words: ["dense"],
  foreignNames: ["Dense", "Linear", "nn.Linear", "fc", "fully_connected", "InnerProduct"],
  arity: "one",
  arguments: denseArguments,
  kerasClass: () => "Dense",
  inferShape({ inputs: [input], arguments: { units }, report }) {
    if (input!.length === 0) {
      report({
        code: "CNN202",
        message: `dense needs at least one axis, but its input is ${shapeText(input!)}`,
        causes: [{ input: 0 }],
      });
      return undefined;
    }
    return { shape: [...input!.slice(0, -1), known(units)], derivations: [] };
  },
  weights([input], { units, bias: hasBias, init }) {
    const kernel = kernelWeight([input![input!.length - 1]!, known(units)], init);
    return withBias([kernel], known(units), hasBias);
  },
  multiplyAccumulates: ([input], _, output) => multiply(product(output), input![input!.length - 1]!),
  receptiveWindow: ([input]) => (input!.length === 1 ? "global" : undefined),
};
