import type { ActivationValue } from "../graph/layer-graph.ts";

/** An activation's one parameter, where it has one. */
export interface ActivationParameter {
  /** Keras' name for it. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** The default where the activation is a layer of its own, and where it is another layer's argument. */
  readonly layerDefault: number;
  readonly argumentDefault: number;
  readonly minimum?: number;
  readonly documentation: string;
}

export interface ActivationDefinition {
  /** With its formula. */
  readonly documentation: string;
  readonly parameter?: ActivationParameter;
  /** The class that Keras has for it; `Activation` where it has none. */
  readonly kerasClass?: string;
}

function positiveParameter(name: string, value: number, documentation: string): ActivationParameter {
  return { name, aliases: [], layerDefault: value, argumentDefault: value, minimum: 0, documentation };
}

/** Every activation by its word, with Keras' definitions (keras.activations, keras.layers). */
export const activations = {
  linear: { documentation: "`x`: no change." },
  relu: { documentation: "`max(x, 0)`.", kerasClass: "ReLU" },
  leaky_relu: {
    documentation: "`x` where x ≥ 0, `slope·x` below.",
    kerasClass: "LeakyReLU",
    parameter: {
      name: "negative_slope",
      aliases: ["slope", "alpha"],
      layerDefault: 0.3,
      argumentDefault: 0.2,
      minimum: 0,
      documentation: "The slope below 0.",
    },
  },
  elu: {
    documentation: "`x` where x ≥ 0, `alpha·(exp(x) - 1)` below.",
    kerasClass: "ELU",
    parameter: {
      name: "alpha",
      aliases: [],
      layerDefault: 1,
      argumentDefault: 1,
      documentation: "The depth to which it falls.",
    },
  },
  sigmoid: { documentation: "`1/(1 + exp(-x))`: between 0 and 1." },
  tanh: { documentation: "`(exp(x) - exp(-x))/(exp(x) + exp(-x))`: between -1 and 1." },
  softmax: {
    documentation: "`exp(x)/Σ exp(x)` over the last axis: probabilities that add up to 1.",
    kerasClass: "Softmax",
  },
  sparsemax: {
    documentation:
      "`max(x - τ, 0)` over the last axis, τ such that they add up to 1: probabilities, many of them 0 (Martins, 2016).",
  },
  relu6: { documentation: "`min(max(x, 0), 6)`." },
  selu: {
    documentation:
      "`1.05070098·x` where x ≥ 0, `1.05070098·1.67326324·(exp(x) - 1)` below: keeps mean 0 and variance 1.",
  },
  celu: {
    documentation: "`x` where x ≥ 0, `alpha·(exp(x/alpha) - 1)` below.",
    parameter: positiveParameter("alpha", 1, "The depth to which it falls."),
  },
  gelu: { documentation: "`x·(1 + erf(x/√2))/2`, exact." },
  silu: { documentation: "`x·sigmoid(x)`." },
  swish: { documentation: "`x·sigmoid(x)`: another name for silu." },
  mish: { documentation: "`x·tanh(log(1 + exp(x)))`." },
  softplus: { documentation: "`log(1 + exp(x))`." },
  softsign: { documentation: "`x/(1 + |x|)`." },
  exponential: { documentation: "`exp(x)`." },
  hard_sigmoid: { documentation: "`min(max(x/6 + 1/2, 0), 1)`." },
  hard_silu: { documentation: "`x·hard_sigmoid(x)`." },
  hard_swish: { documentation: "`x·hard_sigmoid(x)`: another name for hard_silu." },
  hard_tanh: { documentation: "`min(max(x, -1), 1)`." },
  hard_shrink: {
    documentation: "`x` where |x| > threshold, else 0.",
    parameter: positiveParameter("threshold", 0.5, "The magnitude up to which numbers become 0."),
  },
  soft_shrink: {
    documentation: "`x - threshold` where x > threshold, `x + threshold` where x < -threshold, else 0.",
    parameter: positiveParameter("threshold", 0.5, "By how much magnitudes shrink."),
  },
  tanh_shrink: { documentation: "`x - tanh(x)`." },
  log_sigmoid: { documentation: "`-log(1 + exp(-x))`." },
  log_softmax: { documentation: "`x - log Σ exp(x)` over the last axis." },
  squareplus: {
    documentation: "`(x + √(x² + b))/2`.",
    parameter: positiveParameter("b", 4, "How smooth it is around 0."),
  },
  sparse_plus: { documentation: "0 where x ≤ -1, `(x + 1)²/4` up to 1, `x` above." },
  sparse_sigmoid: { documentation: "`min(max((x + 1)/2, 0), 1)`." },
} as const satisfies Readonly<Record<string, ActivationDefinition>>;

export type ActivationName = keyof typeof activations;

export const activationNames = Object.keys(activations) as readonly ActivationName[];

export function isActivationName(word: string): word is ActivationName {
  return Object.hasOwn(activations, word);
}

/** What an activation word means; undefined for any other word. */
export function activationDefinition(word: string): ActivationDefinition | undefined {
  return isActivationName(word) ? activations[word] : undefined;
}

/** The parameter an activation is to use, Keras' default for an argument where none was given; undefined where it has none. */
export function activationParameter({ name, parameter }: ActivationValue): number | undefined {
  return parameter ?? activationDefinition(name)?.parameter?.argumentDefault;
}
