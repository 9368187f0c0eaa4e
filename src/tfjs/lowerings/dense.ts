import type { LayerForm } from "../lowering.ts";
import { before, standard } from "./convolutions.ts";
import { kernelConfig } from "./kernels.ts";

/** tf.layers' own with an activation adds a bias to five axes at most, the batch counted. */
export const lowerDense: LayerForm<"dense"> = (context) => {
  const { tf, arguments: given, common, fusedActivation, layer, shape } = context;
  const useBias = layer.weights.length > 1;
  if (useBias && shape.length > 4) return before(context, context.custom("dense", {}));
  const { initializer, regularizer } = kernelConfig(context);
  const config = {
    ...common,
    units: given.units,
    useBias,
    activation: fusedActivation ?? "linear",
    kernelInitializer: initializer,
    ...(regularizer === null ? {} : { kernelRegularizer: regularizer }),
  };
  return standard(context, tf.layers.dense(config));
};
