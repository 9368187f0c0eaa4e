import type { TensorBuilder } from "../builder.ts";
import { leadingAxes } from "../compositions.ts";
import type { Lowering, LoweringContext } from "../lowering.ts";
import { knownDim } from "../shapes.ts";
import type { ValueId } from "../tensor-graph.ts";

/**
 * Batch norm over the last axis. In training it uses the batch's own mean and biased variance and moves the running ones
 * towards them (as Keras: the biased variance there too); frozen, and outside of training, the running ones alone.
 */
export const lowerBatchNorm: Lowering<"bn"> = (context) => {
  const {
    builder,
    arguments: given,
    inputs,
    training,
    layer,
    weight,
    optionalWeight,
    updateWeight,
  } = context;
  const x = inputs[0]!;
  const channels = channelsOf(builder, x);
  const [mean, variance] = [weight("moving_mean"), weight("moving_variance")];
  if (!training || !layer.node.trainable) {
    const gamma = optionalWeight("gamma") ?? filledVector(builder, channels, 1);
    const beta = optionalWeight("beta") ?? filledVector(builder, channels, 0);
    return builder.batchNorm(x, { gamma, beta, mean, variance }, given.epsilon);
  }
  const axes = leadingAxes(builder.shape(x));
  const batchMean = builder.reduceMean(x, axes);
  const batchVariance = builder.reduceVariance(x, axes);
  const move = (running: ValueId, batch: ValueId): ValueId =>
    builder.add(
      builder.multiply(running, builder.scalar(given.momentum)),
      builder.multiply(batch, builder.scalar(1 - given.momentum)),
    );
  updateWeight("moving_mean", move(mean, batchMean));
  updateWeight("moving_variance", move(variance, batchVariance));
  return scaleAndShift(context, builder.subtract(x, batchMean), batchVariance, given.epsilon);
};

export const lowerLayerNorm: Lowering<"layer_norm"> = (context) => {
  const { builder, inputs, arguments: given } = context;
  const x = inputs[0]!;
  const last = [builder.shape(x).length - 1];
  const centred = builder.subtract(x, builder.reduceMean(x, last, true));
  return scaleAndShift(context, centred, builder.reduceVariance(x, last, true), given.epsilon);
};

export const lowerGroupNorm: Lowering<"group_norm"> = (context) =>
  normalizeGroups(context, context.arguments.groups, context.arguments.epsilon);

export const lowerInstanceNorm: Lowering<"instance_norm"> = (context) =>
  normalizeGroups(context, channelsOf(context.builder, context.inputs[0]!), context.arguments.epsilon);

/** Mean and variance of each group of channels of an example, over all of its positions. */
function normalizeGroups(
  context: LoweringContext<"group_norm" | "instance_norm">,
  groups: number,
  epsilon: number,
): ValueId {
  const { builder, inputs, optionalWeight } = context;
  const x = inputs[0]!;
  const shape = builder.shape(x);
  const channels = channelsOf(builder, x);
  const split = builder.reshape(x, [...shape.slice(0, -1), groups, channels / groups]);
  const last = shape.length;
  const axes = [...shape.slice(1, -1).map((_, axis) => axis + 1), last];
  const centred = builder.subtract(split, builder.reduceMean(split, axes, true));
  const deviation = deviationOf(builder, builder.reduceVariance(split, axes, true), epsilon);
  const normal = builder.reshape(builder.divide(centred, deviation), shape);
  return affine(builder, normal, optionalWeight("gamma"), optionalWeight("beta"));
}

/** y = x / √(mean(x²) + epsilon) · scale over the last axis. */
export const lowerRmsNorm: Lowering<"rms_norm"> = ({ builder, inputs, arguments: { epsilon }, weight }) => {
  const x = inputs[0]!;
  const meanSquare = builder.reduceMean(builder.square(x), [builder.shape(x).length - 1], true);
  return builder.multiply(builder.divide(x, deviationOf(builder, meanSquare, epsilon)), weight("scale"));
};

/** x / (k + alpha/size · Σ x²)^beta; the sum over neighbouring channels is a product with a banded matrix of ones. */
export const lowerLocalResponseNorm: Lowering<"lrn"> = ({ builder, inputs, arguments: given }) => {
  const x = inputs[0]!;
  const { size, alpha, beta, k } = given;
  const channels = channelsOf(builder, x);
  const band = new Float32Array(channels * channels);
  for (let channel = 0; channel < channels; channel++) {
    const first = Math.max(0, channel - Math.floor((size - 1) / 2));
    const end = Math.min(channels, channel + Math.ceil((size - 1) / 2) + 1);
    for (let other = first; other < end; other++) band[other * channels + channel] = 1;
  }
  const sums = builder.matmul(builder.square(x), builder.constant([channels, channels], band));
  const base = builder.add(builder.multiply(sums, builder.scalar(alpha / size)), builder.scalar(k));
  return builder.divide(x, builder.power(base, builder.scalar(beta)));
};

/** The statistics are the layer's weights, or given in the program; a deviation below 1e-7 counts as that, as in Keras. */
export const lowerNormalize: Lowering<"normalize"> = ({ builder, inputs, arguments: given, weight }) => {
  const x = inputs[0]!;
  const isGiven = given.mean !== undefined && given.variance !== undefined;
  const mean = isGiven ? builder.scalar(given.mean!) : weight("mean");
  const variance = isGiven ? builder.scalar(given.variance!) : weight("variance");
  const deviation = builder.maximum(builder.sqrt(variance), builder.scalar(1e-7));
  return builder.divide(builder.subtract(x, mean), deviation);
};

/** centred · gamma / √(variance + epsilon) + beta. */
function scaleAndShift(
  { builder, optionalWeight }: LoweringContext<"bn" | "layer_norm">,
  centred: ValueId,
  variance: ValueId,
  epsilon: number,
): ValueId {
  const deviation = deviationOf(builder, variance, epsilon);
  const gamma = optionalWeight("gamma");
  const scale = gamma === undefined ? builder.reciprocal(deviation) : builder.divide(gamma, deviation);
  return affine(builder, centred, scale, optionalWeight("beta"));
}

function affine(
  builder: TensorBuilder,
  value: ValueId,
  scale: ValueId | undefined,
  shift: ValueId | undefined,
): ValueId {
  const scaled = scale === undefined ? value : builder.multiply(value, scale);
  return shift === undefined ? scaled : builder.add(scaled, shift);
}

function deviationOf(builder: TensorBuilder, variance: ValueId, epsilon: number): ValueId {
  return builder.sqrt(builder.add(variance, builder.scalar(epsilon)));
}

function channelsOf(builder: TensorBuilder, x: ValueId): number {
  return knownDim(builder.shape(x).at(-1), "the channels");
}

function filledVector(builder: TensorBuilder, length: number, value: number): ValueId {
  return builder.constant([length], new Float32Array(length).fill(value));
}
