import type { LayerKind } from "../graph/layer-kind.ts";
import type { ArgumentValue } from "../graph/layer-graph.ts";
import { activation } from "./activation.ts";
import { attention } from "./attention.ts";
import { conv } from "./conv.ts";
import { convTranspose } from "./conv-transpose.ts";
import type { ArgumentsOf, ArgumentTable, LayerDefinition } from "./definition.ts";
import { dense } from "./dense.ts";
import { depthwise, separable } from "./depthwise.ts";
import { dot } from "./dot.ts";
import { embedding } from "./embedding.ts";
import { add, average, concat, maximum, minimum, multiply, subtract } from "./merges.ts";
import {
  batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  localResponseNorm,
  rmsNorm,
} from "./normalization.ts";
import { glu } from "./glu.ts";
import { globalPool, pool } from "./pool.ts";
import { layerScale } from "./layer-scale.ts";
import { prelu } from "./prelu.ts";
import { rbf } from "./rbf.ts";
import { input, normalize, rescale } from "./preprocessing.ts";
import { dropout, gaussianDropout, gaussianNoise, spatialDropout } from "./regularization.ts";
import { flatten, permute, repeatVector, reshape } from "./reshaping.ts";
import { crop, pad, upsample } from "./resizing.ts";
import { threshold } from "./threshold.ts";

export type { ArgumentSpec, ArgumentTable, LayerDefinition } from "./definition.ts";

/** What each layer kind means. */
export const layerDefinitions = {
  input,
  conv,
  pool,
  global_pool: globalPool,
  dense,
  flatten,
  dropout,
  bn: batchNorm,
  activation,
  rescale,
  add,
  subtract,
  multiply,
  average,
  maximum,
  minimum,
  concat,
  conv_transpose: convTranspose,
  separable,
  depthwise,
  pad,
  crop,
  upsample,
  reshape,
  permute,
  repeat_vector: repeatVector,
  layer_norm: layerNorm,
  group_norm: groupNorm,
  instance_norm: instanceNorm,
  rms_norm: rmsNorm,
  lrn: localResponseNorm,
  prelu,
  glu,
  threshold,
  layer_scale: layerScale,
  spatial_dropout: spatialDropout,
  gaussian_noise: gaussianNoise,
  gaussian_dropout: gaussianDropout,
  embedding,
  normalize,
  attention,
  dot,
  rbf,
} satisfies { readonly [Kind in LayerKind]: LayerDefinition };

/** The arguments of a layer kind after elaboration, defaults filled in. */
export type LayerArguments<Kind extends LayerKind> = ArgumentsOf<
  (typeof layerDefinitions)[Kind]["arguments"]
>;

export function layerDefinition(kind: LayerKind): LayerDefinition {
  return layerDefinitions[kind];
}

/** A word that opens a layer's statement: the kind, the arguments it settles, and those the user may give after it. */
export interface LayerWord {
  readonly word: string;
  readonly kind: LayerKind;
  readonly preset: Readonly<Record<string, ArgumentValue>>;
  readonly arguments: ArgumentTable;
}

/** Every word that stands for a layer, in the order of the kinds. */
export const layerWords: ReadonlyMap<string, LayerWord> = new Map(
  Object.entries(layerDefinitions).flatMap(([kind, definition]: [string, LayerDefinition]) =>
    definition.words.map((word) => {
      const { preset = {}, arguments: table = definition.arguments } = definition.wordVariants?.[word] ?? {};
      return [word, { word, kind: kind as LayerKind, preset, arguments: table }] as const;
    }),
  ),
);

/** The kind that a word of the language stands for: `conv`, and `relu` for an activation. */
export function wordToKind(word: string): LayerKind | undefined {
  return layerWords.get(word)?.kind;
}

/** The name Keras 3 gives the first unlabelled layer of a class: `MaxPooling2D` is `max_pooling2d`, `ReLU` is `re_lu`. */
export function kerasLayerName(kerasClass: string): string {
  return kerasClass
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
