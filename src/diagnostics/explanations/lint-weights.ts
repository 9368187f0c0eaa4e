import { type Explanation, lines, program } from "./explanation.ts";

/** CNN520 to CNN529: normalisation, dropout, weights. */
export const weightLintExplanations = {
  CNN520: {
    meaning: lines(
      "Batch norm subtracts the mean of each channel. A bias moves that mean, and so is subtracted again: it",
      "changes nothing, and its gradient is 0. Batch norm has a shift of its own (beta). Leave the bias out:",
      "`conv 32 3x3 bias=no; bn; relu`.",
      "",
      "Layers that are frozen or come with pretrained weights are not reported: there the form is given.",
    ),
    wrong: program("input 28x28x1", "conv 8 3x3", "bn", "relu", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "conv 8 3x3 bias=no", "bn", "relu", "flatten", "dense 10 softmax"),
    elsewhere: lines("Keras: `use_bias=False`. PyTorch: `bias=False`."),
  },
  CNN521: {
    meaning: lines(
      "In training, dropout makes the numbers vary more than they do in predictions, when nothing is dropped.",
      "Batch norm right after it learns this larger variance and divides by it in predictions too, where it",
      "does not fit (Li, Chen, Hu, Yang, 2019). Put dropout after the last batch norm, or leave it out.",
    ),
    wrong: program("input 784", "dense 256 relu", "dropout 0.5", "bn", "dense 10 softmax"),
    mended: program("input 784", "dense 256 relu", "bn", "dropout 0.5", "dense 10 softmax"),
  },
  CNN522: {
    meaning: lines(
      "After softmax or sigmoid, batch norm turns probabilities into numbers of mean 0 that no loss of classes",
      "expects. Between the last dense layer and its softmax it holds the numbers of every class to one mean",
      "and variance over the batch, so that how sure the model is depends on the other examples.",
    ),
    wrong: program("input 784", "dense 128 relu", "dense 10 bias=no", "bn", "softmax"),
    mended: program("input 784", "dense 128 relu", "dense 10", "softmax"),
  },
  CNN523: {
    meaning: lines(
      "The rate of dropout is the share that is set to 0. Above 0.8 hardly anything comes through in training;",
      "often the share that is to be kept was meant. Usual are 0.2 to 0.5.",
    ),
    wrong: program("input 784", "dense 128 relu", "dropout 0.9", "dense 10 softmax"),
    mended: program("input 784", "dense 128 relu", "dropout 0.1", "dense 10 softmax"),
    elsewhere: lines(
      "Keras and PyTorch mean the share that is dropped, as here; TensorFlow 1 meant the share that is kept.",
    ),
  },
  CNN524: {
    meaning: lines(
      "Where all weights of a hidden layer start with one number, all its units give the same result, get the",
      "same gradient and stay alike for ever: the layer learns one feature, however wide it is. Random weights",
      "break the symmetry: `glorot_uniform`, the default, or before relu `he_normal`. The last layer may start at",
      "zero.",
    ),
    wrong: program("input 784", "dense 128 relu init=zeros", "dense 10 softmax"),
    mended: program("input 784", "dense 128 relu init=he_normal", "dense 10 softmax"),
  },
  CNN525: {
    meaning: lines(
      "A dense layer after `flatten` has a weight for each cell of the image and each unit. Here that is at",
      "least nine tenths of all parameters (and no fewer than 100,000): they take memory, and learn the",
      "training images by heart. Make the image smaller first, or end the convolutions in `global_pool avg`,",
      "after which a dense layer has a weight a channel and unit. In VGG-16 the share is 74 %.",
    ),
    wrong: program(
      "input 28x28x1",
      "conv 32 3x3 relu",
      "conv 64 3x3 relu",
      "flatten",
      "dense 128 relu",
      "dense 10 softmax",
    ),
    mended: program(
      "input 28x28x1",
      "conv 32 3x3 relu",
      "pool max 2",
      "conv 64 3x3 relu",
      "pool max 2",
      "conv 64 3x3 relu",
      "global_pool avg",
      "dense 128 relu",
      "dense 10 softmax",
    ),
  },
} satisfies Readonly<Record<string, Explanation>>;
