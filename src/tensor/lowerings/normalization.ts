import type { TensorBuilder } from "../builder.ts";
import { leadingAxes } from "../compositions.ts";
import type { Lowering } from "../lowering.ts";
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
  const channels = knownDim(builder.shape(x).at(-1), "the channels");
  const gamma = optionalWeight("gamma") ?? filledVector(builder, channels, 1);
  const beta = optionalWeight("beta") ?? filledVector(builder, channels, 0);
  const [mean, variance] = [weight("moving_mean"), weight("moving_variance")];
  if (!training || !layer.node.trainable) {
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
  const deviation = builder.sqrt(builder.add(batchVariance, builder.scalar(given.epsilon)));
  const scale = builder.divide(gamma, deviation);
  return builder.add(builder.multiply(builder.subtract(x, batchMean), scale), beta);
};

function filledVector(builder: TensorBuilder, length: number, value: number): ValueId {
  return builder.constant([length], new Float32Array(length).fill(value));
}
