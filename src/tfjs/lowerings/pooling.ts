import { perAxis } from "../../layers/windows.ts";
import type { LayerContext, LayerForm } from "../lowering.ts";
import type { TensorFlowLayer } from "../tensorflow.ts";
import { standardPadding } from "./convolutions.ts";

/**
 * Average pooling with `same` has wrong gradients in the JavaScript backends, so padding goes to a layer of our own, as does the maximum
 * over volumes by windows of unequal sides in training, whose gradient is wrong on WebGL and WebGPU.
 */
export const lowerPool: LayerForm<"pool"> = (context) => {
  const { arguments: given, pads, training } = context;
  const rank = pads.length;
  const window = perAxis(given.size, rank);
  const stride = perAxis(given.stride ?? given.size, rank);
  const padding = standardPadding(given.pad);
  const isPadded = pads.some(([before, after]) => before + after > 0);
  const isUneven = rank === 3 && window.some((size) => size !== window[0]);
  const isStandard =
    padding !== undefined &&
    ((given.mode === "max" && !(training && isUneven)) || (given.mode === "avg" && !isPadded));
  if (!isStandard) return context.custom("pooling", { mode: given.mode, window, stride, pads });
  return standardPool(context, { poolSize: [...window], strides: [...stride], padding });
};

function standardPool(
  { tf: { layers }, arguments: given, pads, common }: LayerContext<"pool">,
  config: { readonly poolSize: number[]; readonly strides: number[]; readonly padding: "valid" | "same" },
): TensorFlowLayer {
  const makers = {
    max: [layers.maxPooling1d, layers.maxPooling2d, layers.maxPooling3d],
    avg: [layers.averagePooling1d, layers.averagePooling2d, layers.averagePooling3d],
  };
  return makers[given.mode as "max" | "avg"][pads.length - 1]!({ ...common, ...config } as never);
}

export const lowerGlobalPool: LayerForm<"global_pool"> = (context) => {
  const { tf, arguments: given, inputShapes, common, training } = context;
  const rank = inputShapes[0]!.length - 1;
  // In training the maximum is ours: several largest cells share its gradient.
  if (given.keepdims || rank > 2 || (training && given.mode === "max")) {
    return context.custom("globalPooling", { mode: given.mode, keepdims: given.keepdims });
  }
  const makers = {
    max: [tf.layers.globalMaxPooling1d, tf.layers.globalMaxPooling2d],
    avg: [tf.layers.globalAveragePooling1d, tf.layers.globalAveragePooling2d],
  };
  return makers[given.mode][rank - 1]!(common as never);
};
