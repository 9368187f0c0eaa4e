import type { LayerForm } from "../lowering.ts";

/** TensorFlow.js' own cannot be trained behind another trained layer: it asks for a gradient of the row numbers. */
export const lowerEmbedding: LayerForm<"embedding"> = (context) => {
  const { tf, arguments: given, common, training } = context;
  if (training) return context.custom("embedding", {});
  return tf.layers.embedding({ ...common, inputDim: given.count, outputDim: given.units });
};
