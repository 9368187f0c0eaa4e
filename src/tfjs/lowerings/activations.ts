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

/** Their gradients choose between numbers, which WebGL and WebGPU do in at most four axes, the batch counted. */
const choosing: ReadonlySet<string> = new Set<ActivationName>(["selu", "leaky_relu"]);

type Where = Pick<LayerContext<"activation">, "training" | "shape">;

/** Whether a layer of ours computes it on fewer axes. */
function takesFewerAxes({ name }: ActivationValue, { training, shape }: Where): boolean {
  return training && shape.length > 3 && choosing.has(name);
}

/** The word that a layer of tf.layers takes for its activation; undefined where it has none for it. */
export function standardActivation(
  activation: ActivationValue | undefined,
  where: Where,
): string | undefined {
  if (activation === undefined) return "linear";
  return takesFewerAxes(activation, where) ? undefined : standardNames[activation.name as ActivationName];
}

/** An activation as a layer of its own. */
export function activationLayer(
  context: Where & Pick<LayerContext<"activation">, "tf" | "common" | "custom">,
  activation: ActivationValue,
): TensorFlowLayer {
  const { tf, common, custom } = context;
  const word = standardActivation(activation, context);
  if (word !== undefined) return tf.layers.activation({ ...common, activation: word as "relu" });
  const parameter = activationParameter(activation);
  if (activation.name === "leaky_relu" && !takesFewerAxes(activation, context)) {
    return tf.layers.leakyReLU({ ...common, alpha: parameter! });
  }
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

/** Its gradient in training chooses between numbers too. */
export const lowerPrelu: LayerForm<"prelu"> = (context) => {
  const { tf, arguments: given, common, training, shape } = context;
  if (training && shape.length > 3) return context.custom("slopedBelow", {});
  return tf.layers.prelu({
    ...common,
    ...(given.shared === undefined ? {} : { sharedAxes: [...given.shared] }),
  });
};
