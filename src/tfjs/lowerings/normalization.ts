import type { LayerForm } from "../lowering.ts";

/**
 * In training ours: TensorFlow.js' own fails there without a scale or a centre, takes at most two spatial axes, and does not
 * stand still where it is frozen. In a file its own wherever that loads it, since then all of them give the same.
 */
export const lowerBatchNorm: LayerForm<"bn"> = (context) => {
  const { tf, arguments: given, training, layer, common, inputShapes } = context;
  const { momentum, epsilon, scale, center } = given;
  if (training || inputShapes[0]!.length > 3) {
    return context.custom("batchNormalization", { momentum, epsilon, frozen: !layer.node.trainable });
  }
  return tf.layers.batchNormalization({ ...common, momentum, epsilon, scale, center });
};

/** TensorFlow.js' own fails without a scale or a centre, and on volumes. */
export const lowerLayerNorm: LayerForm<"layer_norm"> = (context) => {
  const { tf, arguments: given, common, shape } = context;
  const { epsilon, scale, center } = given;
  if (!scale || !center || shape.length > 3) return context.custom("layerNormalization", { epsilon });
  return tf.layers.layerNormalization({ ...common, axis: -1, epsilon });
};

export const lowerGroupNorm: LayerForm<"group_norm"> = (context) =>
  context.custom("groupNormalization", {
    groups: context.arguments.groups,
    epsilon: context.arguments.epsilon,
  });

export const lowerInstanceNorm: LayerForm<"instance_norm"> = (context) =>
  context.custom("groupNormalization", {
    groups: context.shape.at(-1)!,
    epsilon: context.arguments.epsilon,
  });

export const lowerRmsNorm: LayerForm<"rms_norm"> = (context) =>
  context.custom("rootMeanSquareNormalization", { epsilon: context.arguments.epsilon });

export const lowerLocalResponseNorm: LayerForm<"lrn"> = (context) => {
  const { size, alpha, beta, k } = context.arguments;
  return context.custom("responseNormalization", { size, alpha, beta, k });
};

/** Given statistics make it a rescaling; else they are weights. */
export const lowerNormalize: LayerForm<"normalize"> = (context) => {
  const { tf, arguments: given, common } = context;
  if (given.mean === undefined || given.variance === undefined) {
    return context.custom("inputNormalization", {});
  }
  const scale = 1 / Math.max(Math.sqrt(given.variance), 1e-7);
  return tf.layers.rescaling({ ...common, scale, offset: -given.mean * scale });
};
