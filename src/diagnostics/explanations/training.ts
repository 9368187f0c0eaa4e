import { type Explanation, lines, program } from "./explanation.ts";

/** CNN3xx: settings for training. */
export const trainingExplanations = {
  CNN301: {
    meaning: lines(
      "A setting of the `train` section lacks its value, or the value is of another sort or out of range:",
      "`batch`, `epochs` and `seed` take a whole number, `validation` a fraction below 1, `loss`,",
      "`optimizer` and `data` a word, a learning rate a number that is not negative.",
    ),
    wrong: program(
      "input 28x28x1",
      "flatten",
      "dense 10 softmax",
      "",
      "train {",
      "  data digits",
      "  batch 0",
      "}",
    ),
    mended: program(
      "input 28x28x1",
      "flatten",
      "dense 10 softmax",
      "",
      "train {",
      "  data digits",
      "  batch 32",
      "}",
    ),
  },
  CNN302: {
    meaning: lines(
      "A setting stands twice in the `train` section. Which one is meant cannot be known, so neither",
      "wins. To try out another value, leave the file as it is and say it on the command line, which wins",
      "over the file: `cnn train model.cnn --epochs 20`.",
    ),
    wrong: program(
      "input 28x28x1",
      "flatten",
      "dense 10 softmax",
      "",
      "train {",
      "  data digits",
      "  epochs 5",
      "  epochs 20",
      "}",
    ),
    mended: program(
      "input 28x28x1",
      "flatten",
      "dense 10 softmax",
      "",
      "train {",
      "  data digits",
      "  epochs 20",
      "}",
    ),
  },
  CNN303: {
    meaning: lines(
      "The `train` section holds a setting, loss or optimizer that does not exist, or an optimizer is",
      "given an argument that it does not have. The message lists what there is, or the nearest word.",
      "docs/language.md has all of them.",
    ),
    wrong: program(
      "input 28x28x1",
      "flatten",
      "dense 10 softmax",
      "",
      "train {",
      "  data digits",
      "  optimizer adam momentum=0.9",
      "}",
    ),
    mended: program(
      "input 28x28x1",
      "flatten",
      "dense 10 softmax",
      "",
      "train {",
      "  data digits",
      "  optimizer sgd 0.01 momentum=0.9",
      "}",
    ),
    elsewhere: lines("Keras has the same pairs: momentum belongs to `SGD`, `beta_1` and `beta_2` to `Adam`."),
  },
  CNN330: {
    meaning: lines(
      "An `augment` section asks for a change that the model's input cannot take: moving and covering need an image",
      "(height x width x channels), colours need three channels. `mixup` blends numbers of any shape.",
    ),
    wrong: program(
      "input 28x28x1",
      "augment {",
      "  flip horizontal",
      "  hue 0.05",
      "}",
      "flatten",
      "dense 10 softmax",
    ),
    mended: program("input 28x28x1", "augment {", "  flip horizontal", "}", "flatten", "dense 10 softmax"),
  },
  CNN331: {
    meaning: lines(
      "`normalize` without a mean and a variance takes both from the training data, once, before training. That can be",
      "done for what the data itself gives, or a `rescale` of it, not for what layers compute whose weights are still to",
      "be learned.",
    ),
    wrong: program("input 28x28x1", "conv 8 3x3 relu", "normalize", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "normalize", "conv 8 3x3 relu", "flatten", "dense 10 softmax"),
    elsewhere: lines(
      "Keras' `Normalization.adapt` measures what it is given, wherever the layer stands later.",
    ),
  },
} satisfies Readonly<Record<string, Explanation>>;
