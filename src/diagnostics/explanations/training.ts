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
} satisfies Readonly<Record<string, Explanation>>;
