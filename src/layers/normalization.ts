import type { Shape } from "../graph/dim.ts";
import { known, shapeText } from "../graph/dim.ts";
import { count, flag, number } from "./arguments.ts";
import { channelsOf, checkDivisible } from "./conv.ts";
import type { LayerDefinition, RuleContext, WeightSpec } from "./definition.ts";
import { spatialRank } from "./windows.ts";

/** The learned scale and shift, one number a channel. */
const affine = {
  scale: flag(true, "Whether the result is multiplied by a learned gamma."),
  center: flag(true, "Whether a learned beta is added."),
};

function epsilon(value: number) {
  return number("Added to the variance before its root is taken.", { default: value, minimum: 0 });
}

function perChannel(name: string, kind: "zeros" | "ones", input: Shape, trainable = true): WeightSpec {
  return { name, shape: [channelsOf(input)], initializer: { kind }, trainable };
}

function affineWeights(input: Shape, { scale, center }: { scale: boolean; center: boolean }): WeightSpec[] {
  return [
    ...(scale ? [perChannel("gamma", "ones", input)] : []),
    ...(center ? [perChannel("beta", "zeros", input)] : []),
  ];
}

/** Reports an input without an axis of channels. */
function hasChannels({ inputs: [input], report }: RuleContext<unknown>, word: string): boolean {
  if (input!.length > 0) return true;
  report({
    code: "CNN202",
    message: `${word} needs an axis of channels, but its input is ${shapeText(input!)}`,
    causes: [{ input: 0 }],
  });
  return false;
}

function sameShape(context: RuleContext<unknown>, word: string) {
  return hasChannels(context, word) ? { shape: context.inputs[0]!, derivations: [] } : undefined;
}

const batchNormArguments = {
  momentum: number("The share of the old running statistics that is kept at each step.", {
    default: 0.99,
    minimum: 0,
    maximum: 1,
  }),
  epsilon: epsilon(1e-3),
  ...affine,
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
  inferShape: (context) => sameShape(context, "bn"),
  weights: ([input], given) => [
    ...affineWeights(input!, given),
    perChannel("moving_mean", "zeros", input!, false),
    perChannel("moving_variance", "ones", input!, false),
  ],
  multiplyAccumulates: () => known(0),
};

const layerNormArguments = { epsilon: epsilon(1e-3), ...affine };

export const layerNorm: LayerDefinition<typeof layerNormArguments> = {
  title: "layer normalisation",
  documentation: `Brings the channels of each position to mean 0 and variance 1, then scales and shifts them:
\`y = gamma·(x - mean)/sqrt(variance + epsilon) + beta\`, the statistics taken over the last axis. Keras: LayerNormalization.`,
  example: "input 20x32\nlayer_norm\ndense 8",
  words: ["layer_norm"],
  foreignNames: ["LayerNormalization", "LayerNorm", "nn.LayerNorm"],
  arity: "one",
  arguments: layerNormArguments,
  kerasClass: () => "LayerNormalization",
  inferShape: (context) => sameShape(context, "layer_norm"),
  weights: ([input], given) => affineWeights(input!, given),
  multiplyAccumulates: () => known(0),
};

const groupNormArguments = {
  groups: count("Groups into which the channels are split.", { positional: true, default: 32 }),
  epsilon: epsilon(1e-3),
  ...affine,
};

export const groupNorm: LayerDefinition<typeof groupNormArguments> = {
  title: "group normalisation",
  documentation: `Brings each group of channels of each example to mean 0 and variance 1 over all positions, then scales and shifts each channel
(Wu and He, 2018). Keras: GroupNormalization.`,
  example: "input 28x28x1\nconv 32 3x3\ngroup_norm 8\nrelu",
  words: ["group_norm"],
  foreignNames: ["GroupNormalization", "GroupNorm", "nn.GroupNorm"],
  arity: "one",
  arguments: groupNormArguments,
  kerasClass: () => "GroupNormalization",
  inferShape(context) {
    if (!hasChannels(context, "group_norm") || !checkDivisible(context, "group_norm")) return undefined;
    return sameShape(context, "group_norm");
  },
  weights: ([input], given) => affineWeights(input!, given),
  multiplyAccumulates: () => known(0),
};

const instanceNormArguments = { epsilon: epsilon(1e-3), ...affine };

export const instanceNorm: LayerDefinition<typeof instanceNormArguments> = {
  title: "instance normalisation",
  documentation: `Brings each channel of each example to mean 0 and variance 1 over all positions, then scales and shifts it: group
normalisation with a group for each channel. Keras: GroupNormalization(groups=-1).`,
  example: "input 28x28x3\nconv 8 3x3 bias=no\ninstance_norm\nrelu",
  words: ["instance_norm"],
  foreignNames: ["InstanceNormalization", "InstanceNorm2d", "nn.InstanceNorm2d"],
  arity: "one",
  arguments: instanceNormArguments,
  kerasClass: () => "GroupNormalization",
  inferShape: (context) => sameShape(context, "instance_norm"),
  weights: ([input], given) => affineWeights(input!, given),
  multiplyAccumulates: () => known(0),
};

const rmsNormArguments = { epsilon: epsilon(1e-6) };

export const rmsNorm: LayerDefinition<typeof rmsNormArguments> = {
  title: "root-mean-square normalisation",
  documentation: `Divides the channels of each position by their root mean square, then scales them: \`y = x/sqrt(mean(x²) + epsilon)·scale\`, the
mean taken over the last axis. Keras: RMSNormalization.`,
  example: "input 20x32\nrms_norm\ndense 8",
  words: ["rms_norm"],
  foreignNames: ["RMSNormalization", "RMSNorm", "nn.RMSNorm"],
  arity: "one",
  arguments: rmsNormArguments,
  kerasClass: () => "RMSNormalization",
  inferShape: (context) => sameShape(context, "rms_norm"),
  weights: ([input]) => [perChannel("scale", "ones", input!)],
  multiplyAccumulates: () => known(0),
};

const lrnArguments = {
  size: count("How many neighbouring channels are summed, the channel itself in the middle.", {
    positional: true,
  }),
  alpha: number("The weight of the squares.", { default: 1e-4, minimum: 0 }),
  beta: number("The power.", { default: 0.75 }),
  k: number("Added to the sum.", { default: 1, aliases: ["bias"] }),
};

export const localResponseNorm: LayerDefinition<typeof lrnArguments> = {
  title: "local response normalisation",
  documentation: `Divides each number by a power of the squares of its neighbours in the channels, as in AlexNet:
\`y[c] = x[c]/(k + alpha/size·Σ x[j]²)^beta\` over the channels j from c - floor((size - 1)/2) to c + ceil((size - 1)/2), as ONNX and PyTorch
define it. AlexNet's own alpha of 1e-4 is not divided by its size of 5: write \`lrn 5 alpha=5e-4 k=2\`. Keras has no such layer.`,
  example: "input 55x55x96\nlrn 5\npool max 3 stride=2",
  words: ["lrn"],
  foreignNames: ["LocalResponseNorm", "local_response_normalization", "LRN", "nn.LocalResponseNorm"],
  arity: "one",
  arguments: lrnArguments,
  kerasClass: () => "LocalResponseNormalization",
  inferShape: (context) =>
    spatialRank(context, "lrn") === undefined ? undefined : { shape: context.inputs[0]!, derivations: [] },
  weights: () => [],
  multiplyAccumulates: () => known(0),
};
