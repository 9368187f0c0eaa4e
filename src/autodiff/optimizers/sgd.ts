import { flag } from "../../settings/argument.ts";
import type { ValueId } from "../../tensor/tensor-graph.ts";
import { decay, type Optimizer, optimizerKind, rate, tinyGradient, weightDecay, zeros } from "./optimizer.ts";

const none: Readonly<Record<string, ValueId>> = {};

/** v ← momentum · v - rate · g; w ← w + v, or with Nesterov's look ahead w ← w + momentum · v - rate · g. */
export const sgd = optimizerKind({
  summary: "gradient descent",
  arguments: {
    learningRate: rate(0.01),
    momentum: decay("the share of the last step that is kept", 0),
    nesterov: flag("whether the gradient is taken as from where momentum leads"),
    weightDecay: weightDecay(),
  },
  create: ({ momentum, nesterov }): Optimizer => ({
    moments: momentum === 0 ? [] : zeros("velocity"),
    hostNumbers: (_, learningRate) => ({ rates: { learning_rate: learningRate } }),
    update({ builder, weights, gradient, moments, rate: rateOf }) {
      const { velocity } = moments;
      const step = rateOf("learning_rate");
      if (velocity === undefined) {
        return { weights: builder.subtract(weights, builder.multiply(gradient, step)), moments: none };
      }
      const felt = builder.add(gradient, builder.scalar(tinyGradient));
      const move = builder.multiply(felt, step);
      const decayed = (value: ValueId): ValueId =>
        builder.subtract(builder.multiply(value, builder.scalar(momentum)), move);
      const next = decayed(velocity);
      return { weights: builder.add(weights, nesterov ? decayed(next) : next), moments: { velocity: next } };
    },
  }),
});
