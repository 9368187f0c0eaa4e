import { type ActivationName, activationParameter } from "../../layers/activations.ts";
import type { ActivationValue } from "../../graph/layer-graph.ts";
import type { LayerContext, LayerForm } from "../lowering.ts";
import type { TensorFlowLayer } from "../tensorflow.ts";

/** Activations that TensorFlow.js names and computes as Keras does; the others it lacks, or does otherwise. */
const standardNames: Readonly<Partial<Record<ActivationName, string>>> = {
  linear: "linear",
  relu: "relu",
  relu6: "relu6",
  selu: "selu",
  sigmoid: "sigmoid",
  tanh: "tanh",
  softmax: "softmax",
  softplus: "softplus",
  softsign: "softsign",
};

/** The word that a layer of tf.layers takes for its activation; undefined where it has none for it. */
export function standardActivation(activation: ActivationValue | undefined): string | undefined {
  return activation === undefined ? "linear" : standardNames[activation.name as ActivationName];
}

/** An activation as a layer of its own. */
export function activationLayer(
  { tf, common, custom }: Pick<LayerContext<"activation">, "tf" | "common" | "custom">,
  activation: ActivationValue,
): TensorFlowLayer {
  const word = standardActivation(activation);
  if (word !== undefined) return tf.layers.activation({ ...common, activation: word as "relu" });
  const parameter = activationParameter(activation);
  if (activation.name === "leaky_relu") return tf.layers.leakyReLU({ ...common, alpha: parameter! });
  return custom("activation", {
    function: activation.name,
    ...(parameter === undefined ? {} : { parameter }),
  });
}

/** The activation is all there is, so that a loss can be computed on what comes before. */
export const lowerActivation: LayerForm<"activation"> = ({ arguments: { name, parameter } }) => ({
  layer: undefined,
  activation: parameter === undefined ? { name } : { name, parameter },
});

export const lowerPrelu: LayerForm<"prelu"> = ({ tf, arguments: { shared }, common }) =>
  tf.layers.prelu({ ...common, ...(shared === undefined ? {} : { sharedAxes: [...shared] }) });
