import type { TensorFlow } from "../tensorflow.ts";
import { activation, gating, slopedBelow, thresholding } from "./activations.ts";
import { selfAttention } from "./attention.ts";
import { cropping, padding, upsampling } from "./cells.ts";
import {
  convolution,
  depthwiseConvolution,
  separableConvolution,
  transposedConvolution,
} from "./convolutions.ts";
import { createCustomClass, type CustomCompute, type CustomConstructor } from "./custom-layer.ts";
import { embedding, radialBasis } from "./lookups.ts";
import { dense } from "./dense.ts";
import { dotProduct, merging } from "./merging.ts";
import { dropping, noising } from "./noise.ts";
import {
  batchNormalization,
  groupNormalization,
  inputNormalization,
  layerNormalization,
  layerScale,
  responseNormalization,
  rootMeanSquareNormalization,
} from "./normalizations.ts";
import { globalPooling, pooling } from "./pooling.ts";

/** The layers of our own, for what tf.layers lacks or does otherwise; docs/tensorflowjs.md says which and why. */
export const customLayers = {
  activation,
  attention: selfAttention,
  batchNormalization,
  convolution,
  cropping,
  dense,
  depthwiseConvolution,
  dot: dotProduct,
  dropping,
  embedding,
  gating,
  globalPooling,
  groupNormalization,
  inputNormalization,
  layerNormalization,
  layerScale,
  merging,
  noising,
  padding,
  pooling,
  radialBasis,
  responseNormalization,
  rootMeanSquareNormalization,
  separableConvolution,
  slopedBelow,
  thresholding,
  transposedConvolution,
  upsampling,
};

export type CustomKind = keyof typeof customLayers;

/** What a kind's computation is told. */
export type SettingsOf<Kind extends CustomKind> =
  (typeof customLayers)[Kind] extends CustomCompute<infer Settings> ? Settings : never;

export type CustomClasses = Readonly<Record<CustomKind, CustomConstructor>>;

/** The name of a kind's class in a model.json: `CnnConvolution`. */
export function customClassName(kind: CustomKind): string {
  return `Cnn${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
}

const registered = new WeakMap<object, CustomClasses>();

/** Makes our layers known to a TensorFlow.js module, once, so that it can load files which have them. */
export function registerCustomLayers(tf: TensorFlow): CustomClasses {
  const known = registered.get(tf.layers);
  if (known !== undefined) return known;
  const classes = Object.fromEntries(
    Object.entries(customLayers).map(([kind, compute]) => [
      kind,
      createCustomClass(tf, customClassName(kind as CustomKind), compute as CustomCompute<object>),
    ]),
  ) as CustomClasses;
  registered.set(tf.layers, classes);
  return classes;
}
