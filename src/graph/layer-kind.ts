/**
 * Every layer kind of the language; a closed table. What each means stands in layers/, how it is lowered in tensor/ and
 * tfjs/, each in a table over this list, so that a missing row is a type error.
 */
export const layerKinds = [
  "input",
  "conv",
  "pool",
  "global_pool",
  "dense",
  "flatten",
  "dropout",
  "bn",
  "activation",
  "rescale",
  "add",
  "subtract",
  "multiply",
  "average",
  "maximum",
  "minimum",
  "concat",
] as const;

export type LayerKind = (typeof layerKinds)[number];
