import type { ActivationName } from "../../layers/activations.ts";
import type { TensorBuilder } from "../builder.ts";
import type { Lowering } from "../lowering.ts";
import type { ValueId } from "../tensor-graph.ts";

/** An activation's function; `parameter` is given where the activation has one. */
type ActivationForm = (builder: TensorBuilder, x: ValueId, parameter: number) => ValueId;

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
} satisfies { readonly [Name in ActivationName]: ActivationForm };

export const lowerActivation: Lowering<"activation"> = ({ inputs, arguments: { name, parameter } }) => ({
  value: inputs[0]!,
  activation: parameter === undefined ? { name } : { name, parameter },
});
