import { type ForeignNames, nativeName } from "../diagnostics/foreign-names.ts";

/**
 * What other libraries call things, where their own names say nothing of the words here. Names of layers that Keras' classes and
 * `foreignNames` give are not repeated.
 */

/** What Python and JavaScript write for values. */
export const foreignValues: ForeignNames = { yes: ["True", "on"], no: ["False", "off"] };

/** Words of layers: modes, paddings, ways to start. A word may stand for several, of which a layer takes one. */
const wordNames: ForeignNames = {
  max: ["maximum", "maxpool", "max_pooling"],
  avg: ["average", "mean", "avgpool", "average_pooling"],
  min: ["minimum"],
  nearest: ["nearest_neighbor", "nearest_neighbour", "nn"],
  bilinear: ["linear", "bicubic", "cubic", "interpolate"],
  same: ["half", "zeros", "zero"],
  valid: ["none", "no_pad"],
  causal: ["left"],
  glorot_uniform: ["xavier", "xavier_uniform", "glorot"],
  glorot_normal: ["xavier_normal"],
  he_normal: ["he", "kaiming", "kaiming_normal", "msra", "variance_scaling"],
  he_uniform: ["kaiming_uniform"],
  lecun_normal: ["lecun"],
  random_normal: ["normal", "truncated_normal", "gaussian"],
  random_uniform: ["uniform"],
  zeros: ["zero"],
  ones: ["one"],
  channels: ["channel", "features", "last"],
  height: ["rows"],
  width: ["columns", "cols"],
  length: ["time", "steps", "sequence"],
};

/** The word among those known that another library writes so. */
export function nativeWord(name: string, known: readonly string[]): string | undefined {
  return known.find((word) => nativeName({ [word]: wordNames[word] ?? [] }, name) !== undefined);
}

/** A bare word that says an argument and its value. */
export const bareArguments: ReadonlyMap<string, readonly [name: string, value: string]> = new Map([
  ["no_bias", ["bias", "no"]],
  ["nobias", ["bias", "no"]],
  ["without_bias", ["bias", "no"]],
  ["with_bias", ["bias", "yes"]],
  ["frozen", ["trainable", "no"]],
]);

/** Numbers in words. */
export const numberWords: ReadonlyMap<string, string> = new Map(
  ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"].map(
    (word, index) => [word, String(index + 1)] as const,
  ),
);

/** Layers by what people call them for short, as they are written here. */
export const shortNames: ForeignNames = {
  "global_pool avg": ["gap", "globalavgpool", "globalaveragepool"],
  "global_pool max": ["gmp", "globalmaxpool", "adaptivemaxpool"],
  dropout: ["drop"],
  conv_transpose: [
    "upconv",
    "upconvolution",
    "transposed",
    "transposedconv",
    "tconv",
    "convt",
    "deconvolution",
  ],
  linear: ["identity"],
  leaky_relu: ["lrelu", "leaky"],
  dense: ["fullyconnected", "fc", "fcl"],
  permute: ["transpose"],
  "pool max": ["mp"],
  "pool avg": ["ap"],
  bn: ["bnorm"],
  layer_norm: ["ln", "lnorm"],
  group_norm: ["gn", "gnorm"],
  instance_norm: ["inorm"],
  flatten: ["flat"],
  depthwise: ["dw", "dwconv"],
  separable: ["sepconv", "dsconv"],
  pad: ["zeropad"],
  upsample: ["up", "unpool"],
  embedding: ["emb"],
  attention: ["mha", "mhsa", "sa", "selfattention"],
  gaussian_noise: ["noise"],
  normalize: ["normalise", "normalization", "normalisation", "standardize"],
  pool: ["pooling"],
  conv: ["convolve", "convolutional"],
  hard_swish: ["hswish"],
  hard_sigmoid: ["hsigmoid"],
  gelu: ["gelunew"],
  concat: ["cat"],
  add: ["sum", "plus"],
  multiply: ["mul", "mult"],
  subtract: ["sub", "minus"],
  average: ["avg"],
};

const inARow = "statements follow one another as they stand: nothing holds them together";
const merging =
  "a shortcut is a merge of branches: `add { branch { conv 32 3x3 same }; branch { } }`, or of a label: `add stem`";
const stateless =
  "a network has no state that passes from step to step; for sequences there are `conv` with `causal` and a dilation, and `attention`";

const squeezing =
  "squeeze-and-excitation is a multiply of branches: `multiply { branch { }; branch { global_pool avg keepdims; conv 4 1x1 relu; conv 64 1x1 sigmoid } }`";

const resizing =
  "`upsample 2` enlarges an image, a pool or a stride makes it smaller; pictures of other sizes are brought to the input's by `resize yes` in `train`";

const axes = "`reshape` adds axes of one cell and takes them away: `reshape 28x28x1`, `reshape 10`";

/** What there is in place of a layer that the language does not have. */
export const missingLayers: ReadonlyMap<string, string> = new Map([
  ...["sequential", "functional", "modulelist", "graph", "network"].map((name) => [name, inARow] as const),
  ...["residual", "shortcut", "skip", "resblock", "skipconnection"].map((name) => [name, merging] as const),
  ...["lstm", "gru", "rnn", "simplernn", "bidirectional", "convlstm2d"].map(
    (name) => [name, stateless] as const,
  ),
  ...["se", "seblock", "squeezeexcitation", "squeezeexcite"].map((name) => [name, squeezing] as const),
  ["timedistributed", "`dense` works on the last axis of every step as it is: leave the wrapper out"],
  ["lambda", "a model holds no code; write the function with layers: `rescale`, `multiply`, the activations"],
  ...["squeeze", "unsqueeze", "expanddims"].map((name) => [name, axes] as const),
  ...["resize", "resizing", "interpolate"].map((name) => [name, resizing] as const),
  ["masking", "no layer knows masks: bring the sequences to one length, or leave it open with `?`"],
]);

/** Arguments of other libraries, and what they are called here where a layer has that. */
const argumentNames: ForeignNames = {
  rate: ["p", "prob", "dropout_rate"],
  kernel: ["size", "filter_size", "kernel_shape"],
  filters: ["num_filters", "n_filters", "out_channels"],
  units: ["neurons", "nodes", "n_units", "num_units", "output_dim", "out_features", "embedding_dim"],
  stride: ["step"],
  size: ["factor", "scale_factor"],
  epsilon: ["eps"],
  count: ["num_embeddings", "vocab_size", "vocabulary", "max_features", "n_words"],
  groups: ["num_groups"],
  dilation: ["dilated", "atrous", "atrous_rate"],
  alpha: ["negative_slope"],
  axis: ["dim"],
  key: ["key_dim", "head_dim", "dim"],
  l2: ["weight_decay"],
  trainable: ["requires_grad"],
  stddev: ["sigma", "noise"],
};

/** The argument of a layer that another library calls so. */
export function nativeArgument(name: string, has: (native: string) => boolean): string | undefined {
  return Object.keys(argumentNames).find(
    (native) => has(native) && nativeName({ [native]: argumentNames[native]! }, name) !== undefined,
  );
}

const known = "what comes in is known from the layer before: leave it out";
const ownLine = "the input has a line of its own, without the batch: `input 28x28x1`";
const noChoice = "there is nothing of this to choose here: leave it out";

const missingArguments: ReadonlyMap<string, string> = new Map(
  [
    [known, ["in_channels", "in_features", "num_features", "normalized_shape", "num_channels", "input_dim"]],
    [ownLine, ["input_shape", "batch_input_shape", "batch_size", "batch_shape"]],
    [
      noChoice,
      [
        "inplace",
        "dtype",
        "device",
        "data_format",
        "affine",
        "training",
        "approximate",
        "beta",
        "track_running_stats",
        "ceil_mode",
      ],
    ],
    ["cells are padded with zeros", ["padding_mode"]],
    ["`rate` is the share set to 0: 1 less the share that is kept", ["keep_prob", "keep"]],
    ["one seed holds for the whole run: `train { seed 0 }`", ["seed"]],
  ].flatMap(([why, names]) => (names as string[]).map((name) => [name, why as string] as const)),
);

const worksOnChannels: ReadonlySet<string> = new Set([
  ...["softmax", "log_softmax", "sparsemax", "bn", "layer_norm", "rms_norm", "group_norm", "instance_norm"],
]);

/** Why a layer has no argument that other libraries' layers have; undefined where there is nothing to say. */
export function whyNoArgument(layer: string, argument: string): string | undefined {
  const isAxis = argument === "axis" || argument === "dim";
  if (isAxis && worksOnChannels.has(layer)) return "it works along the last axis, the channels";
  return missingArguments.get(argument);
}
