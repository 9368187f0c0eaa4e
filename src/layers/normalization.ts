import { known, shapeText } from "../graph/dim.ts";
import { flag, number } from "./arguments.ts";
import type { Initializer, LayerDefinition, WeightSpec } from "./definition.ts";

const batchNormArguments = {
  momentum: number("The share of the old running statistics that is kept at each step.", {
    default: 0.99,
    minimum: 0,
    maximum: 1,
  }),
  epsilon: number("Added to the variance before its root is taken.", { default: 1e-3, minimum: 0 }),
  scale: flag(true, "Whether the result is multiplied by a learned gamma."),
  center: flag(true, "Whether a learned beta is added."),
};

export const batchNorm: LayerDefinition<typeof batchNormArguments> = {
  title: "batch normalisation",
  documentation: `Brings each channel to mean 0 and variance 1 over the batch, then scales and shifts it:
\`y = gamma·(x - mean)/sqrt(variance + epsilon) + beta\`. Training uses the batch's own statistics and keeps running ones
(\`running = momentum·running + (1 - momentum)·batch\`), which are used otherwise. Keras: BatchNormalization.`,
  example: "input 28x28x1\nconv 32 3x3 bias=no\nbn\nrelu",
  words: ["bn"],
  foreignNames: ["BatchNormalization", "batch_norm", "batchnorm", "BatchNorm2d", "nn.BatchNorm2d"],
  arity: "one",
  arguments: batchNormArguments,
  kerasClass: () => "BatchNormalization",
  inferShape({ inputs: [input], report }) {
    if (input!.length === 0) {
      report({
        code: "CNN202",
        message: `bn needs an axis of channels, but its input is ${shapeText(input!)}`,
        causes: [{ input: 0 }],
      });
      return undefined;
    }
    return { shape: input!, derivations: [] };
  },
  weights([input], { scale, center }) {
    const shape = [input![input!.length - 1]!];
    const weight = (name: string, kind: "zeros" | "ones", trainable: boolean): WeightSpec => {
      const initializer: Initializer = { kind };
      return { name, shape, initializer, trainable };
    };
    return [
      ...(scale ? [weight("gamma", "ones", true)] : []),
      ...(center ? [weight("beta", "zeros", true)] : []),
      weight("moving_mean", "zeros", false),
      weight("moving_variance", "ones", false),
    ];
  },
  multiplyAccumulates: () => known(0),
};
