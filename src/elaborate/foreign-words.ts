/**
 * What other libraries call things, where their own names say nothing of the words here. Names of layers that Keras' classes and
 * `foreignNames` give are not repeated.
 */

/** What Python and JavaScript write for values. */
export const foreignValues: ReadonlyMap<string, "yes" | "no"> = new Map([
  ["True", "yes"],
  ["False", "no"],
]);

/** Numbers in words. */
export const numberWords: ReadonlyMap<string, string> = new Map(
  ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"].map(
    (word, index) => [word, String(index + 1)] as const,
  ),
);

/** Layers by what people call them for short, as they are written here. */
export const shortNames: ReadonlyMap<string, string> = new Map([
  ["gap", "global_pool avg"],
  ["gmp", "global_pool max"],
  ["globalavgpool", "global_pool avg"],
  ["globalmaxpool", "global_pool max"],
  ["adaptivemaxpool", "global_pool max"],
  ["drop", "dropout"],
  ["upconv", "conv_transpose"],
  ["upconvolution", "conv_transpose"],
  ["identity", "linear"],
  ["lrelu", "leaky_relu"],
  ["leaky", "leaky_relu"],
  ["fullyconnected", "dense"],
  ["transpose", "permute"],
  ["transposed", "conv_transpose"],
  ["transposedconv", "conv_transpose"],
  ["globalaveragepool", "global_pool avg"],
]);

const inARow = "statements follow one another as they stand: nothing holds them together";
const merging =
  "a shortcut is a merge of branches: `add { branch { conv 32 3x3 same }; branch { } }`, or of a label: `add stem`";
const stateless =
  "a network has no state that passes from step to step; for sequences there are `conv` with `causal` and a dilation, and `attention`";

const axes = "`reshape` adds axes of one cell and takes them away: `reshape 28x28x1`, `reshape 10`";

/** What there is in place of a layer that the language does not have. */
export const missingLayers: ReadonlyMap<string, string> = new Map([
  ...["sequential", "functional", "modulelist", "graph", "network"].map((name) => [name, inARow] as const),
  ...["residual", "shortcut", "skip", "resblock", "skipconnection"].map((name) => [name, merging] as const),
  ...["lstm", "gru", "rnn", "simplernn", "bidirectional", "convlstm2d"].map(
    (name) => [name, stateless] as const,
  ),
  ["timedistributed", "`dense` works on the last axis of every step as it is: leave the wrapper out"],
  ["lambda", "a model holds no code; write the function with layers: `rescale`, `multiply`, the activations"],
  ...["squeeze", "unsqueeze", "expanddims"].map((name) => [name, axes] as const),
  ["masking", "no layer knows masks: bring the sequences to one length, or leave it open with `?`"],
]);

/** Arguments of other libraries, and what they are called here where a layer has that. */
export const argumentNames: ReadonlyMap<string, string> = new Map([
  ["p", "rate"],
  ["prob", "rate"],
  ["size", "kernel"],
  ["dropout_rate", "rate"],
  ["filter_size", "kernel"],
  ["kernel_shape", "kernel"],
  ["num_filters", "filters"],
  ["n_filters", "filters"],
  ["neurons", "units"],
  ["nodes", "units"],
  ["n_units", "units"],
  ["num_units", "units"],
  ["output_dim", "units"],
  ["step", "stride"],
  ["factor", "size"],
  ["eps", "epsilon"],
  ["out_channels", "filters"],
  ["out_features", "units"],
  ["embedding_dim", "units"],
  ["num_embeddings", "count"],
  ["num_groups", "groups"],
  ["negative_slope", "alpha"],
  ["scale_factor", "size"],
  ["dim", "axis"],
]);

const known = "what comes in is known from the layer before: leave it out";
const ownLine = "the input has a line of its own, without the batch: `input 28x28x1`";
const noChoice = "there is nothing of this to choose here: leave it out";

const missingArguments: ReadonlyMap<string, string> = new Map(
  [
    [known, ["in_channels", "in_features", "num_features", "normalized_shape", "num_channels", "input_dim"]],
    [ownLine, ["input_shape", "batch_input_shape", "batch_size", "batch_shape"]],
    [noChoice, ["inplace", "dtype", "device", "data_format", "affine", "track_running_stats", "ceil_mode"]],
    ["cells are padded with zeros", ["padding_mode"]],
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
