import { type ArgumentsOf, flag } from "../../settings/argument.ts";
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

const none: Readonly<Record<string, ValueId>> = {};

const betas = {
  beta1: decay("the decay of the gradient's mean", 0.9),
  beta2: decay("the decay of the squared gradient's mean", 0.999),
  epsilon,
};

const adamArguments = {
  learningRate: rate(0.001),
  ...betas,
  amsgrad: flag("whether the largest mean of squares so far is used"),
  weightDecay: weightDecay(),
};

export const adam = optimizerKind({
  summary: "means of the gradient and of its square; Kingma and Ba, 2015",
  arguments: adamArguments,
  create: createAdam,
});

export const adamw = optimizerKind({
  summary: "Adam with decoupled weight decay; Loshchilov and Hutter, 2019",
  arguments: { ...adamArguments, weightDecay: weightDecay(0.004) },
  create: createAdam,
});

/** 1 + β + … + βᵗ of the sum up to the power before: what a moment is of a gradient that was always 1. */
function nextSum(builder: TensorBuilder, sum: ValueId, beta: number): ValueId {
  return builder.add(builder.multiply(sum, builder.scalar(beta)), builder.scalar(1));
}

/**
 * Adam in Keras' form: m ← β₁m + (1-β₁)g; v ← β₂v + (1-β₂)g²; w ← w - rate · √(1-β₂ᵗ)/(1-β₁ᵗ) · m / (√v + ε). AMSGrad (Reddi et
 * al., 2018) takes the largest v so far.
 *
 * The moments are kept as M = m/(1-β₁) and V = v/(1-β₂), which saves two products: M ← β₁M + g; V ← β₂V + g²;
 * w ← w - factor · M / (√V + ε/√(1-β₂)) with factor = rate · √(1-β₂ᵗ)/(1-β₁ᵗ) · (1-β₁)/√(1-β₂), which the host computes.
 */
function createAdam({ beta1, beta2, epsilon, amsgrad }: ArgumentsOf<typeof adamArguments>): Optimizer {
  return {
    moments: amsgrad ? zeros("first", "second", "largest") : zeros("first", "second"),
    hostNumbers(step, learningRate) {
      const correction = Math.sqrt(1 - beta2 ** step) / (1 - beta1 ** step);
      return { rates: { adam_factor: (learningRate * correction * (1 - beta1)) / Math.sqrt(1 - beta2) } };
    },
    // With the sums of a gradient of 1, (1-β₁ᵗ)/(1-β₁) and (1-β₂ᵗ)/(1-β₂), the factor is rate · √sum₂ / sum₁.
    counted: {
      initial: [0, 0],
      count(builder, [first, second]) {
        const sums = [nextSum(builder, first!, beta1), nextSum(builder, second!, beta2)] as const;
        const factor = builder.divide(builder.sqrt(sums[1]), sums[0]);
        return { counters: sums, rates: { adam_factor: factor } };
      },
    },
    update({ builder, weights, gradient, moments, rate: rateOf }) {
      const felt = builder.add(gradient, builder.scalar(tinyGradient));
      const first = builder.add(builder.multiply(moments["first"]!, builder.scalar(beta1)), felt);
      const squares = builder.multiply(moments["second"]!, builder.scalar(beta2));
      const second = builder.add(squares, builder.square(gradient));
      const largest = amsgrad ? builder.maximum(moments["largest"]!, second) : second;
      const spread = builder.add(builder.sqrt(largest), builder.scalar(epsilon / Math.sqrt(1 - beta2)));
      const move = builder.multiply(builder.divide(first, spread), rateOf("adam_factor"));
      return {
        weights: builder.subtract(weights, move),
        moments: { first, second, ...(amsgrad ? { largest } : none) },
      };
    },
  };
}

/** How fast the share of momentum grows towards β₁. */
const nadamDecay = 0.96;

/**
 * Adam with Nesterov's momentum (Dozat, 2016) in Keras' form, where the momentum of step t is uₜ = β₁(1 - 0.96ᵗ/2) and Πₜ the product
 * of u₁ … uₜ: m̂ = uₜ₊₁m/(1-Πₜ₊₁) + (1-uₜ)g/(1-Πₜ); w ← w - rate · m̂ / (√(v/(1-β₂ᵗ)) + ε).
 *
 * Moments are kept as in Adam; with c = √((1-β₂)/(1-β₂ᵗ)): w ← w - (a·M + b·g) / (√V + ε/c).
 */
export const nadam = optimizerKind({
  summary: "Adam with Nesterov's momentum; Dozat, 2016",
  arguments: { learningRate: rate(0.001), ...betas, weightDecay: weightDecay() },
  create({ beta1, beta2, epsilon }): Optimizer {
    const momentumAt = (step: number): number => beta1 * (1 - 0.5 * nadamDecay ** step);
    // The product up to the step asked for last; steps mostly come one after another.
    let known = { step: 0, product: 1 };
    const productAt = (step: number): number => {
      if (step < known.step) known = { step: 0, product: 1 };
      let { product } = known;
      for (let each = known.step + 1; each <= step; each++) product *= momentumAt(each);
      known = { step, product };
      return product;
    };
    return {
      moments: zeros("first", "second"),
      hostNumbers(step, learningRate) {
        const product = productAt(step);
        const next = momentumAt(step + 1);
        const spread = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
        return {
          rates: {
            nadam_momentum: (learningRate * next * (1 - beta1)) / (1 - product * next) / spread,
            nadam_gradient: (learningRate * (1 - momentumAt(step))) / (1 - product) / spread,
          },
          scalars: { nadam_epsilon: epsilon / spread },
        };
      },
      // The counters are 0.96ᵗ, Πₜ and the sum of a second moment of 1, which is 1/c².
      counted: {
        initial: [1, 1, 0],
        count(builder, [power, product, sum]) {
          const times = (value: ValueId, factor: number): ValueId =>
            builder.multiply(value, builder.scalar(factor));
          const from1 = (value: ValueId): ValueId => builder.subtract(builder.scalar(1), value);
          const momentumOf = (decayed: ValueId): ValueId => times(from1(times(decayed, 0.5)), beta1);
          const decayed = times(power!, nadamDecay);
          const momentum = momentumOf(decayed);
          const next = momentumOf(times(decayed, nadamDecay));
          const soFar = builder.multiply(product!, momentum);
          const squares = nextSum(builder, sum!, beta2);
          const root = builder.sqrt(squares);
          const share = (part: ValueId, of: ValueId): ValueId =>
            builder.multiply(builder.divide(part, from1(of)), root);
          return {
            counters: [decayed, soFar, squares],
            rates: {
              nadam_momentum: times(share(next, builder.multiply(soFar, next)), 1 - beta1),
              nadam_gradient: share(from1(momentum), soFar),
            },
            scalars: { nadam_epsilon: times(root, epsilon) },
          };
        },
      },
      update({ builder, weights, gradient, moments, rate: rateOf, scalar }) {
        const felt = builder.add(gradient, builder.scalar(tinyGradient));
        const first = builder.add(builder.multiply(moments["first"]!, builder.scalar(beta1)), felt);
        const squares = builder.multiply(moments["second"]!, builder.scalar(beta2));
        const second = builder.add(squares, builder.square(gradient));
        const ahead = builder.add(
          builder.multiply(first, rateOf("nadam_momentum")),
          builder.multiply(gradient, rateOf("nadam_gradient")),
        );
        const move = builder.divide(ahead, builder.add(builder.sqrt(second), scalar("nadam_epsilon")));
        return { weights: builder.subtract(weights, move), moments: { first, second } };
      },
    };
  },
});
