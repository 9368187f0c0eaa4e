import { known } from "../graph/dim.ts";
import { spatialSuffix } from "./axes.ts";
import { number } from "./arguments.ts";
import type { LayerDefinition } from "./definition.ts";
import { spatialRank } from "./windows.ts";

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

export const spatialDropout: LayerDefinition<typeof dropoutArguments> = {
  title: "spatial dropout",
  documentation: `In training sets whole channels to 0 with probability \`rate\` and divides the others by 1 - rate; does nothing otherwise.
Keras: SpatialDropout1D, SpatialDropout2D, SpatialDropout3D.`,
  example: "input 28x28x1\nconv 32 3x3 relu\nspatial_dropout 0.2\nconv 64 3x3 relu",
  words: ["spatial_dropout"],
  foreignNames: ["SpatialDropout2D", "SpatialDropout1D", "Dropout2d", "nn.Dropout2d"],
  arity: "one",
  arguments: dropoutArguments,
  kerasClass: (_, rank) => `SpatialDropout${spatialSuffix(rank)}`,
  inferShape: (context) =>
    spatialRank(context, "spatial_dropout") === undefined
      ? undefined
      : { shape: context.inputs[0]!, derivations: [] },
  weights: () => [],
  multiplyAccumulates: () => known(0),
};

const noiseArguments = {
  stddev: number("The standard deviation of the noise, between 0 and 1.", {
    positional: true,
    minimum: 0,
    maximum: 1,
  }),
};

export const gaussianNoise: LayerDefinition<typeof noiseArguments> = {
  title: "Gaussian noise",
  documentation: `In training adds normal noise of mean 0 and the given standard deviation; does nothing otherwise. Keras: GaussianNoise.`,
  example: "input 28x28x1\ngaussian_noise 0.1\nconv 8 3x3 relu",
  words: ["gaussian_noise"],
  foreignNames: ["GaussianNoise"],
  arity: "one",
  arguments: noiseArguments,
  kerasClass: () => "GaussianNoise",
  inferShape: ({ inputs: [input] }) => ({ shape: input!, derivations: [] }),
  weights: () => [],
  multiplyAccumulates: () => known(0),
};

const gaussianDropoutArguments = {
  rate: number("As in dropout: the noise has the standard deviation sqrt(rate/(1 - rate)).", {
    positional: true,
    minimum: 0,
    maximum: 1,
    maximumExclusive: true,
  }),
};

export const gaussianDropout: LayerDefinition<typeof gaussianDropoutArguments> = {
  title: "Gaussian dropout",
  documentation: `In training multiplies each number by normal noise of mean 1 and standard deviation sqrt(rate/(1 - rate)); does nothing
otherwise. Keras: GaussianDropout.`,
  example: "input 784\ndense 128 relu\ngaussian_dropout 0.3\ndense 10 softmax",
  words: ["gaussian_dropout"],
  foreignNames: ["GaussianDropout"],
  arity: "one",
  arguments: gaussianDropoutArguments,
  kerasClass: () => "GaussianDropout",
  inferShape: ({ inputs: [input] }) => ({ shape: input!, derivations: [] }),
  weights: () => [],
  multiplyAccumulates: () => known(0),
};
