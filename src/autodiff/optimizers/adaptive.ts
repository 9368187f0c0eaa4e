import { flag, number } from "../../settings/argument.ts";
import type { TensorBuilder } from "../../tensor/builder.ts";
import type { ValueId } from "../../tensor/tensor-graph.ts";
import {
  decay,
  epsilon,
  type Optimizer,
  optimizerKind,
  rate,
  tinyGradient,
  weightDecay,
  zeros,
} from "./optimizer.ts";

/** ρ·mean + (1-ρ)·value, kept out of the numbers too small to be normalised. */
function movingMean(builder: TensorBuilder, mean: ValueId, value: ValueId, rho: number): ValueId {
  const taken = builder.add(builder.multiply(value, builder.scalar(1 - rho)), builder.scalar(tinyGradient));
  return builder.add(builder.multiply(mean, builder.scalar(rho)), taken);
}

/**
 * RMSprop (Hinton, 2012): v ← ρv + (1-ρ)g²; w ← w - rate · g / √(v + ε). Centred, v is taken about the gradient's mean. With
 * momentum the steps are gathered: s ← momentum · s + step; w ← w - s.
 */
export const rmsprop = optimizerKind({
  summary: "the gradient by the root of its square's mean; Hinton, 2012",
  arguments: {
    learningRate: rate(0.001),
    rho: decay("the decay of the squared gradient's mean", 0.9),
    momentum: decay("the share of the last step that is kept", 0),
    epsilon,
    centered: flag("whether squares are taken about the gradient's mean"),
    weightDecay: weightDecay(),
  },
  create({ rho, momentum, epsilon, centered }): Optimizer {
    const names = ["second", ...(momentum > 0 ? ["velocity"] : []), ...(centered ? ["mean"] : [])];
    return {
      moments: zeros(...names),
      hostNumbers: (_, learningRate) => ({ rates: { learning_rate: learningRate } }),
      update({ builder, weights, gradient, moments, rate: rateOf }) {
        const updated: Record<string, ValueId> = {};
        const second = movingMean(builder, moments["second"]!, builder.square(gradient), rho);
        updated["second"] = second;
        let spread = second;
        if (centered) {
          const mean = movingMean(builder, moments["mean"]!, gradient, rho);
          updated["mean"] = mean;
          spread = builder.subtract(second, builder.square(mean));
        }
        const root = builder.sqrt(builder.add(spread, builder.scalar(epsilon)));
        let move = builder.divide(builder.multiply(gradient, rateOf("learning_rate")), root);
        if (momentum > 0) {
          const kept = builder.multiply(moments["velocity"]!, builder.scalar(momentum));
          move = builder.add(kept, builder.add(move, builder.scalar(tinyGradient)));
          updated["velocity"] = move;
        }
        return { weights: builder.subtract(weights, move), moments: updated };
      },
    };
  },
});

/** Adagrad (Duchi et al., 2011): a ← a + g²; w ← w - rate · g / √(a + ε). */
export const adagrad = optimizerKind({
  summary: "the gradient by the root of its squares' sum; Duchi et al., 2011",
  arguments: {
    learningRate: rate(0.001),
    initialAccumulator: number("what the sum starts from", {
      default: 0.1,
      minimum: 0,
      aliases: ["initial_accumulator_value"],
    }),
    epsilon,
    weightDecay: weightDecay(),
  },
  create: ({ initialAccumulator, epsilon }): Optimizer => ({
    moments: [{ name: "squares", initial: initialAccumulator }],
    hostNumbers: (_, learningRate) => ({ rates: { learning_rate: learningRate } }),
    update({ builder, weights, gradient, moments, rate: rateOf }) {
      const squares = builder.add(moments["squares"]!, builder.square(gradient));
      const root = builder.sqrt(builder.add(squares, builder.scalar(epsilon)));
      const move = builder.divide(builder.multiply(gradient, rateOf("learning_rate")), root);
      return { weights: builder.subtract(weights, move), moments: { squares } };
    },
  }),
});

/** Adadelta (Zeiler, 2012): v ← ρv + (1-ρ)g²; d = -√(u + ε) / √(v + ε) · g; u ← ρu + (1-ρ)d²; w ← w + rate · d. */
export const adadelta = optimizerKind({
  summary: "steps by the root of past steps' mean over that of past gradients'; Zeiler, 2012",
  arguments: {
    learningRate: rate(0.001),
    rho: decay("the decay of both means", 0.95),
    epsilon,
    weightDecay: weightDecay(),
  },
  create: ({ rho, epsilon }): Optimizer => ({
    moments: zeros("second", "moves"),
    hostNumbers: (_, learningRate) => ({ rates: { learning_rate: learningRate } }),
    update({ builder, weights, gradient, moments, rate: rateOf }) {
      const root = (value: ValueId): ValueId => builder.sqrt(builder.add(value, builder.scalar(epsilon)));
      const second = movingMean(builder, moments["second"]!, builder.square(gradient), rho);
      const move = builder.divide(builder.multiply(root(moments["moves"]!), gradient), root(second));
      const moves = movingMean(builder, moments["moves"]!, builder.square(move), rho);
      return {
        weights: builder.subtract(weights, builder.multiply(move, rateOf("learning_rate"))),
        moments: { second, moves },
      };
    },
  }),
});

/**
 * Lion (Chen et al., 2023): w ← w - rate · sign(β₁m + (1-β₁)g); m ← β₂m + (1-β₂)g. Nothing is added to the moment against numbers
 * too small to be normalised, since its sign counts however small it is.
 */
export const lion = optimizerKind({
  summary: "the sign of the gradient's mean; Chen et al., 2023",
  arguments: {
    learningRate: rate(0.001),
    beta1: decay("the share of the mean in a step's direction", 0.9),
    beta2: decay("the decay of the gradient's mean", 0.99),
    weightDecay: weightDecay(),
  },
  create: ({ beta1, beta2 }): Optimizer => ({
    moments: zeros("first"),
    hostNumbers: (_, learningRate) => ({ rates: { learning_rate: learningRate } }),
    update({ builder, weights, gradient, moments, rate: rateOf }) {
      const mix = (beta: number): ValueId =>
        builder.add(
          builder.multiply(moments["first"]!, builder.scalar(beta)),
          builder.multiply(gradient, builder.scalar(1 - beta)),
        );
      const direction = mix(beta1);
      const sign = builder.subtract(builder.step(direction), builder.step(builder.negate(direction)));
      const move = builder.multiply(sign, rateOf("learning_rate"));
      return { weights: builder.subtract(weights, move), moments: { first: mix(beta2) } };
    },
  }),
});
