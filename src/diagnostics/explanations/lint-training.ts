import { type Explanation, lines, program } from "./explanation.ts";

const head = ["input 28x28x1", "flatten", "dense 64 relu"];

/** CNN530 to CNN539: the model against its `train` section. */
export const trainingLintExplanations = {
  CNN530: {
    meaning: lines(
      "`from_logits=` says whether the model gives logits (numbers of any size) or probabilities, and the last",
      "activation says the same. Here the two contradict each other. Leave it out: the loss follows from the",
      "last activation and is always computed on logits, which is exact where probabilities would be rounded",
      "to 0 or 1.",
      "",
      'On the command line, `--loss "cross_entropy from_logits=yes"`, it is an error.',
    ),
    wrong: program(
      ...head,
      "dense 10 softmax",
      "train {",
      "  data digits",
      "  loss cross_entropy from_logits=yes",
      "}",
    ),
    mended: program(...head, "dense 10 softmax", "train {", "  data digits", "  loss cross_entropy", "}"),
    elsewhere: lines(
      "In Keras the two must be kept in step by hand: `from_logits=True` after a softmax computes softmax",
      "twice, without a word.",
    ),
  },
  CNN531: {
    meaning: lines(
      "Each loss is made for an end of the model:",
      "",
      "- `cross_entropy`: one class of several; `softmax`, or no activation (logits)",
      "- `binary_cross_entropy`: each unit a question of yes or no; `sigmoid`, or none",
      "- `mse`: numbers; no activation, or one whose range holds the numbers",
      "",
      "Cross-entropy over a single unit is always 0; after `relu` it cannot say that a class is unlikely; mean",
      "squared error after softmax gives hardly any gradient where the model is wrong and sure of it.",
      "",
      "It is an error where the loss could not be computed (`cross_entropy` after anything but `softmax` or",
      "logits, or over one unit), and a warning where it only learns badly.",
    ),
    wrong: program(...head, "dense 10 sigmoid", "train {", "  data digits", "  loss cross_entropy", "}"),
    mended: program(...head, "dense 10 softmax", "train {", "  data digits", "  loss cross_entropy", "}"),
  },
  CNN532: {
    meaning: lines(
      "The data set that `train` names has a known number of classes, and the last layer another number of",
      "units. With fewer units there is no place for some classes; units too many learn never to answer.",
    ),
    wrong: program(...head, "dense 12 softmax", "train {", "  data digits", "}"),
    mended: program(...head, "dense 10 softmax", "train {", "  data digits", "}"),
  },
  CNN533: {
    meaning: lines(
      "The learning rate is how far a step goes. Adam and its relatives go about this far for every weight,",
      "whatever the gradient is, so that 0.1 and more jumps over any minimum; 0.0001 to 0.01 are usual. For",
      "`sgd` 0.01 to 0.1 are. With 0 nothing is learned.",
    ),
    wrong: program(...head, "dense 10 softmax", "train {", "  data digits", "  optimizer adam 0.5", "}"),
    mended: program(...head, "dense 10 softmax", "train {", "  data digits", "  optimizer adam 0.001", "}"),
  },
  CNN534: {
    meaning: lines(
      "In training, batch norm subtracts the mean over the batch. In a batch of one, a channel of one number is",
      "its own mean: x - x = 0, for every example, and nothing of it reaches the next layer. Use larger",
      "batches, or `layer_norm`, which works on each example alone.",
    ),
    wrong: program(
      "input 28x28x1",
      "flatten",
      "dense 64 bias=no",
      "bn",
      "relu",
      "dense 10 softmax",
      "train {",
      "  data digits",
      "  batch 1",
      "}",
    ),
    mended: program(
      "input 28x28x1",
      "flatten",
      "dense 64 bias=no",
      "bn",
      "relu",
      "dense 10 softmax",
      "train {",
      "  data digits",
      "  batch 32",
      "}",
    ),
    elsewhere: lines("PyTorch refuses such a batch in training; Keras computes zeros."),
  },
} satisfies Readonly<Record<string, Explanation>>;
