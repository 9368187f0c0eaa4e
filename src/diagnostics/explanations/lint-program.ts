import { type Explanation, lines, program } from "./explanation.ts";

const head = ["input 28x28x1", "conv 32 3x3 relu", "pool max 2"];

/** CNN540 to CNN599: what is there for nothing, budgets, and `allow` comments. */
export const programLintExplanations = {
  CNN540: {
    meaning: lines(
      "No output of the model depends on this layer or input. `output` names what the model gives; without it",
      "the last tensor is the only output. Name the tensor in `output`, merge it with another, or remove it.",
    ),
    wrong: program(...head, "flatten", "digit: dense 10 softmax", "dense 5 relu", "output digit"),
    mended: program(...head, "flatten", "digit: dense 10 softmax", "output digit"),
  },
  CNN541: {
    meaning: lines(
      "A block, shared instance, `let`, parameter or prefix of a used file is defined and named nowhere else in",
      "the file. A parameter that nothing uses is the worst of these: setting it has no effect.",
      "",
      "In a file of several models, or of none, blocks and `let`s outside of the models are there for other",
      "files and not reported.",
    ),
    wrong: program("model small(classes = 10)", ...head, "flatten", "dense 10 softmax"),
    mended: program("model small(classes = 10)", ...head, "flatten", "dense classes softmax"),
  },
  CNN542: {
    meaning: lines(
      "The layer gives its input as it is: `flatten` of a row of numbers, a pool of one cell, `dropout 0`,",
      "`linear`. It does no harm, but says something that does not happen. Where a block's parameter makes it",
      "so, nothing is reported.",
    ),
    wrong: program("input 28x28x1", "flatten", "dense 64 relu", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "flatten", "dense 64 relu", "dense 10 softmax"),
    elsewhere: lines(
      "PyTorch's AdaptiveAvgPool2d(1) leaves axes of one cell, so a Flatten follows there; `global_pool` and",
      "Keras' GlobalAveragePooling2D leave none.",
    ),
  },
  CNN590: {
    meaning: lines(
      "`require` sets a budget, and the model does not keep it: an error, so that a model too large for its",
      "device does not pass unseen. The lines that take the most are marked.",
      "",
      "- `params`, `trainable_params`: numbers that are stored, or learned",
      "- `macs`: multiply-accumulates of one example",
      "- `size`: bytes of the weights in float32",
      "- `memory`: bytes of the weights and of every tensor of one example in float32",
      "- `receptive_field`: cells of the input, along each axis, that the last feature map sees",
    ),
    wrong: program(
      "input 28x28x1",
      "conv 16 3x3 relu",
      "pool max 2",
      "flatten",
      "dense 32 relu",
      "dense 10 softmax",
      "require params < 50K",
    ),
    mended: program(
      "input 28x28x1",
      "conv 16 3x3 relu",
      "pool max 2",
      "conv 16 3x3 relu",
      "pool max 2",
      "flatten",
      "dense 32 relu",
      "dense 10 softmax",
      "require params < 50K",
    ),
  },
  CNN591: {
    meaning: lines(
      "A warning. Sizes that are not known decide whether the budget is kept: with an input of `HxWx3` the",
      "multiply-accumulates are a formula. Give the sizes, in the file or with `--input`.",
    ),
    wrong: program(
      "input HxWx3",
      "conv 32 3x3 same relu",
      "pool max 2 same",
      "conv 64 3x3 same relu",
      "global_pool avg",
      "dense 10 softmax",
      "require macs < 600M",
    ),
    mended: program(
      "input 32x32x3",
      "conv 32 3x3 same relu",
      "pool max 2 same",
      "conv 64 3x3 same relu",
      "global_pool avg",
      "dense 10 softmax",
      "require macs < 600M",
    ),
  },
  CNN595: {
    meaning: lines(
      "`# allow CNN523: reason` at the end of a line, or on the line above, allows a finding there. The reason",
      "is for those who read the file later: without one nobody dares to remove the comment, nor to heed the",
      "finding.",
    ),
    wrong: program(
      "input 56x56x64",
      "conv 64 7x7 same relu   # allow CNN503",
      "pool max 2",
      "conv 64 3x3 same relu",
      "pool max 2",
      "conv 64 3x3 same relu",
      "global_pool avg",
      "dense 10 softmax",
    ),
    mended: program(
      "input 56x56x64",
      "conv 64 7x7 same relu   # allow CNN503: the paper compares large windows",
      "pool max 2",
      "conv 64 3x3 same relu",
      "pool max 2",
      "conv 64 3x3 same relu",
      "global_pool avg",
      "dense 10 softmax",
    ),
  },
  CNN596: {
    meaning: lines(
      "The comment allows a finding that is not there: it was mended, or the comment stands at the wrong line.",
      "An `allow` that stays behind would hide the next finding of its kind. It belongs at the end of the",
      "finding's line, or on a line of its own right above.",
    ),
    wrong: program(
      "input 56x56x64",
      "conv 64 3x3 same relu   # allow CNN503: the paper has it so",
      "pool max 2",
      "conv 64 3x3 same relu",
      "pool max 2",
      "conv 64 3x3 same relu",
      "global_pool avg",
      "dense 10 softmax",
    ),
    mended: program(
      "input 56x56x64",
      "conv 64 3x3 same relu",
      "pool max 2",
      "conv 64 3x3 same relu",
      "pool max 2",
      "conv 64 3x3 same relu",
      "global_pool avg",
      "dense 10 softmax",
    ),
  },
  CNN597: {
    meaning: lines(
      "`allow` names a code that there is none of, or one about `allow` and `require` themselves. Lints, the",
      "findings that may be allowed, have codes from CNN500 to CNN589. Errors cannot be allowed: a program with",
      "one means nothing.",
    ),
    wrong: program(
      ...head,
      "flatten",
      "dropout 0.9   # allow CNN523, CNN599: as in the paper",
      "dense 10 softmax",
    ),
    mended: program(...head, "flatten", "dropout 0.9   # allow CNN523: as in the paper", "dense 10 softmax"),
  },
} satisfies Readonly<Record<string, Explanation>>;
