import { perAxis } from "../../layers/windows.ts";
import type { LayerForm } from "../lowering.ts";

type Pair = [number, number];

/** tf.layers pads, crops and enlarges images alone. */
export const lowerPad: LayerForm<"pad"> = (context) => {
  const { tf, pads, common } = context;
  if (pads.length !== 2) return context.custom("padding", { pads });
  const padding = pads.map(([before, after]): Pair => [before, after]) as [Pair, Pair];
  return tf.layers.zeroPadding2d({ ...common, padding });
};

export const lowerCrop: LayerForm<"crop"> = (context) => {
  const { tf, inputShapes, arguments: given, common } = context;
  const rank = inputShapes[0]!.length - 1;
  const cells = perAxis(given.cells, rank).map(([before, after]): Pair => [before, after]);
  if (rank !== 2) return context.custom("cropping", { cells });
  return tf.layers.cropping2D({ ...common, cropping: cells as [Pair, Pair] });
};

/**
 * TensorFlow.js blends with the centres of cells at whole numbers, Keras at halves; and its gradient of repeated cells is wrong in
 * plain JavaScript.
 */
export const lowerUpsample: LayerForm<"upsample"> = (context) => {
  const { tf, inputShapes, arguments: given, common, training } = context;
  const factors = perAxis(given.size, inputShapes[0]!.length - 1);
  if (factors.length !== 2 || given.mode !== "nearest" || training) {
    return context.custom("upsampling", { factors, mode: given.mode });
  }
  return tf.layers.upSampling2d({ ...common, size: [...factors] });
};
