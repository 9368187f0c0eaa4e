import type { ActivationName } from "../../layers/activations.ts";
import { resolveAxis } from "../../layers/axes.ts";
import type { TensorBuilder } from "../builder.ts";
import { softplus } from "../compositions.ts";
import type { Lowering } from "../lowering.ts";
import { knownDim } from "../shapes.ts";
import type { ValueId } from "../tensor-graph.ts";

/** An activation's function; `parameter` is given where the activation has one. */
type ActivationForm = (builder: TensorBuilder, x: ValueId, parameter: number) => ValueId;

const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

/** x/6 + 1/2 between 0 and 1, as in Keras 3. */
function hardSigmoid(b: TensorBuilder, x: ValueId): ValueId {
  return b.clip(b.add(b.multiply(x, b.scalar(1 / 6)), b.scalar(0.5)), 0, 1);
}

/**
 * max(x - τ, 0) with τ = (Σ x - 1)/|S|, the sum over the support S of the numbers that stay above 0 (Martins and Astudillo, 2016).
 * There the support is found by sorting; a number is in it just where those above it exceed it by less than 1 in all, which takes
 * the differences of all pairs, but no operation that sorts.
 */
function sparsemax(b: TensorBuilder, x: ValueId): ValueId {
  const shape = b.shape(x);
  const last = shape.length - 1;
  const above = b.reshape(x, [...shape.slice(0, last), 1, shape[last]!]);
  const below = b.reshape(x, [...shape, 1]);
  const excess = b.reduceSum(b.relu(b.subtract(above, below)), [last + 1]);
  const support = b.step(b.subtract(b.scalar(1), excess));
  const size = b.reduceSum(support, [last], true);
  const total = b.reduceSum(b.multiply(support, x), [last], true);
  return b.relu(b.subtract(x, b.divide(b.subtract(total, b.scalar(1)), size)));
}

/** Each activation in operations; the formulas are Keras'. */
export const activationForms = {
  linear: (_, x) => x,
  relu: (b, x) => b.relu(x),
  leaky_relu(b, x, slope) {
    const sloped = b.multiply(x, b.scalar(slope));
    return slope <= 1 ? b.maximum(x, sloped) : b.minimum(x, sloped);
  },
  elu(b, x, alpha) {
    const below = b.subtract(b.exp(b.minimum(x, b.scalar(0))), b.scalar(1));
    return b.add(b.relu(x), b.multiply(below, b.scalar(alpha)));
  },
  sigmoid: (b, x) => b.sigmoid(x),
  tanh: (b, x) => b.tanh(x),
  softmax: (b, x) => b.softmax(x, b.shape(x).length - 1),
  sparsemax,
  relu6: (b, x) => b.clip(x, 0, 6),
  selu(b, x) {
    const below = b.subtract(b.exp(b.minimum(x, b.scalar(0))), b.scalar(1));
    const scaled = b.add(b.relu(x), b.multiply(below, b.scalar(seluAlpha)));
    return b.multiply(scaled, b.scalar(seluScale));
  },
  celu(b, x, alpha) {
    const below = b.subtract(b.exp(b.divide(b.minimum(x, b.scalar(0)), b.scalar(alpha))), b.scalar(1));
    return b.add(b.relu(x), b.multiply(below, b.scalar(alpha)));
  },
  gelu(b, x) {
    const share = b.add(b.erf(b.multiply(x, b.scalar(Math.SQRT1_2))), b.scalar(1));
    return b.multiply(b.multiply(x, share), b.scalar(0.5));
  },
  silu: (b, x) => b.multiply(x, b.sigmoid(x)),
  swish: (b, x) => b.multiply(x, b.sigmoid(x)),
  mish: (b, x) => b.multiply(x, b.tanh(softplus(b, x))),
  softplus: (b, x) => softplus(b, x),
  softsign: (b, x) => b.divide(x, b.add(b.abs(x), b.scalar(1))),
  exponential: (b, x) => b.exp(x),
  hard_sigmoid: (b, x) => hardSigmoid(b, x),
  hard_silu: (b, x) => b.multiply(x, hardSigmoid(b, x)),
  hard_swish: (b, x) => b.multiply(x, hardSigmoid(b, x)),
  hard_tanh: (b, x) => b.clip(x, -1, 1),
  hard_shrink: (b, x, threshold) => b.select(b.greater(b.abs(x), b.scalar(threshold)), x, b.scalar(0)),
  soft_shrink: (b, x, threshold) =>
    b.subtract(x, b.minimum(b.maximum(x, b.scalar(-threshold)), b.scalar(threshold))),
  tanh_shrink: (b, x) => b.subtract(x, b.tanh(x)),
  log_sigmoid: (b, x) => b.negate(softplus(b, b.negate(x))),
  log_softmax: (b, x) => b.logSoftmax(x, b.shape(x).length - 1),
  squareplus: (b, x, bend) =>
    b.multiply(b.add(x, b.sqrt(b.add(b.multiply(x, x), b.scalar(bend)))), b.scalar(0.5)),
  sparse_plus(b, x) {
    const rise = b.clip(b.multiply(b.add(x, b.scalar(1)), b.scalar(0.5)), 0, 1);
    return b.add(b.multiply(rise, rise), b.relu(b.subtract(x, b.scalar(1))));
  },
  sparse_sigmoid: (b, x) => b.clip(b.multiply(b.add(x, b.scalar(1)), b.scalar(0.5)), 0, 1),
} satisfies { readonly [Name in ActivationName]: ActivationForm };

export const lowerActivation: Lowering<"activation"> = ({ inputs, arguments: { name, parameter } }) => ({
  value: inputs[0]!,
  activation: parameter === undefined ? { name } : { name, parameter },
});

/** max(x, 0) - alpha · max(-x, 0), alpha a weight. */
export const lowerPrelu: Lowering<"prelu"> = ({ builder, inputs, weight }) => {
  const below = builder.relu(builder.negate(inputs[0]!));
  return builder.subtract(builder.relu(inputs[0]!), builder.multiply(weight("alpha"), below));
};

/** The first half of an axis times the sigmoid of the second. */
export const lowerGlu: Lowering<"glu"> = ({ builder, inputs, arguments: { axis }, shape }) => {
  const along = resolveAxis(axis, shape.length - 1)! + 1;
  const half = knownDim(shape[along], "the axis that glu splits");
  const [passing, gate] = [0, half].map((start) =>
    builder.slice(inputs[0]!, [along], [start], [start + half]),
  );
  return builder.multiply(passing!, builder.sigmoid(gate!));
};

export const lowerThreshold: Lowering<"threshold"> = ({ builder, inputs, arguments: given }) => {
  const passes = builder.greater(inputs[0]!, builder.scalar(given.threshold));
  return builder.select(passes, inputs[0]!, builder.scalar(given.value));
};

export const lowerLayerScale: Lowering<"layer_scale"> = ({ builder, inputs, weight }) =>
  builder.multiply(inputs[0]!, weight("gamma"));
