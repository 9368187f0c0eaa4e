import type { TensorBuilder } from "../tensor/builder.ts";
import type { ValueId } from "../tensor/tensor-graph.ts";
import type { OptimizerOptions } from "./training-graphs.ts";

/** What an optimizer works on: flat vectors of equal length. */
export interface OptimizerContext {
  readonly builder: TensorBuilder;
  readonly weights: ValueId;
  readonly gradient: ValueId;
  /** In the order of the optimizer's `moments`. */
  readonly moments: readonly ValueId[];
  /** A scalar that the host computes each step, by its name. */
  scalar(name: string): ValueId;
}

/** An optimizer with its settings, as operations on all trained weights at once. */
export interface Optimizer {
  readonly moments: readonly { readonly name: string; readonly initial: number }[];
  /** The host's scalars for a step; steps count from 1. */
  factors(step: number, learningRate: number): Readonly<Record<string, number>>;
  update(context: OptimizerContext): { readonly weights: ValueId; readonly moments: readonly ValueId[] };
}

/** Every optimizer by its name; formulas and defaults are those of Keras 3. */
const optimizers: {
  readonly [Name in OptimizerOptions["name"]]: (
    options: Extract<OptimizerOptions, { name: Name }>,
  ) => Optimizer;
} = { sgd: createSgd, adam: createAdam };

export function createOptimizer(options: OptimizerOptions): Optimizer {
  return (optimizers[options.name] as (options: OptimizerOptions) => Optimizer)(options);
}

/**
 * Added to gradients that a moment takes up: a moment whose gradient has become 0 would else shrink into numbers too small
 * to be normalised, with which processors are slow. 1e-30 is far below anything that a weight can feel.
 */
const tinyGradient = 1e-30;

/** v ← momentum · v - rate · g; w ← w + v, or with Nesterov's look ahead w ← w + momentum · v - rate · g. */
function createSgd({
  momentum = 0,
  nesterov = false,
}: Extract<OptimizerOptions, { name: "sgd" }>): Optimizer {
  return {
    moments: momentum === 0 ? [] : [{ name: "velocity", initial: 0 }],
    factors: (_, learningRate) => ({ learning_rate: learningRate }),
    update({ builder, weights, gradient, moments: [velocity], scalar }) {
      const rate = scalar("learning_rate");
      if (velocity === undefined) {
        return { weights: builder.subtract(weights, builder.multiply(gradient, rate)), moments: [] };
      }
      const felt = builder.add(gradient, builder.scalar(tinyGradient));
      const move = builder.multiply(felt, rate);
      const decayed = (value: ValueId): ValueId =>
        builder.subtract(builder.multiply(value, builder.scalar(momentum)), move);
      const next = decayed(velocity);
      return { weights: builder.add(weights, nesterov ? decayed(next) : next), moments: [next] };
    },
  };
}

/**
 * Adam (D. Kingma, J. Ba, 2015) in Keras' form: m ← β₁m + (1-β₁)g; v ← β₂v + (1-β₂)g²;
 * w ← w - rate · √(1-β₂ᵗ)/(1-β₁ᵗ) · m / (√v + ε).
 *
 * The moments are kept as M = m/(1-β₁) and V = v/(1-β₂), which saves two products: M ← β₁M + g; V ← β₂V + g²;
 * w ← w - factor · M / (√V + ε/√(1-β₂)) with factor = rate · √(1-β₂ᵗ)/(1-β₁ᵗ) · (1-β₁)/√(1-β₂), which the host computes.
 */
function createAdam(options: Extract<OptimizerOptions, { name: "adam" }>): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
  return {
    moments: [
      { name: "first", initial: 0 },
      { name: "second", initial: 0 },
    ],
    factors(step, learningRate) {
      const correction = Math.sqrt(1 - beta2 ** step) / (1 - beta1 ** step);
      return { adam_factor: (learningRate * correction * (1 - beta1)) / Math.sqrt(1 - beta2) };
    },
    update({ builder, weights, gradient, moments, scalar }) {
      const felt = builder.add(gradient, builder.scalar(tinyGradient));
      const first = builder.add(builder.multiply(moments[0]!, builder.scalar(beta1)), felt);
      const second = builder.add(
        builder.multiply(moments[1]!, builder.scalar(beta2)),
        builder.square(gradient),
      );
      const spread = builder.add(builder.sqrt(second), builder.scalar(epsilon / Math.sqrt(1 - beta2)));
      const move = builder.multiply(builder.divide(first, spread), scalar("adam_factor"));
      return { weights: builder.subtract(weights, move), moments: [first, second] };
    },
  };
}
