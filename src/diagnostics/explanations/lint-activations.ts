import { type Explanation, lines, program } from "./explanation.ts";

/** CNN510 to CNN519: activations. */
export const activationLintExplanations = {
  CNN510: {
    meaning: lines(
      "Weighted sums of weighted sums are weighted sums: W₂·(W₁·x) = (W₂·W₁)·x. Without an activation",
      "between them two layers can do no more than one, and the parameters of the second are wasted. What",
      "only moves or adds up numbers, as `flatten`, `pad` and an averaging pool do, is no activation either.",
      "",
      "Where that is meant, as in the linear end of a bottleneck, say so: `dense 64 linear`. A layer narrower",
      "than what is on both sides of it, and a window taken apart into 1x7 and 7x1, count as meant.",
    ),
    wrong: program("input 784", "dense 128", "dense 10 softmax"),
    mended: program("input 784", "dense 128 relu", "dense 10 softmax"),
  },
  CNN511: {
    meaning: lines(
      "An activation is applied to what another one gives. Mostly one of the two is a leftover: relu of relu",
      'changes nothing; sigmoid of relu never falls below 1/2, so that "no" cannot be said; softmax of relu',
      "takes every negative number for 0.",
    ),
    wrong: program("input 784", "dense 128 relu", "dense 1 relu", "sigmoid"),
    mended: program("input 784", "dense 128 relu", "dense 1", "sigmoid"),
  },
  CNN512: {
    meaning: lines(
      "The second softmax takes probabilities, which lie between 0 and 1, for numbers of any size. What comes",
      "out is nearly the same for all classes: over ten of them no probability can exceed",
      "e/(e + 9) = 0.23. The loss stays high and the gradients small.",
    ),
    wrong: program("input 784", "dense 128 relu", "dense 10 softmax", "softmax"),
    mended: program("input 784", "dense 128 relu", "dense 10 softmax"),
    elsewhere: lines(
      "The classic form in PyTorch is a Softmax layer before CrossEntropyLoss, which contains one. Here the",
      "loss takes a last softmax into itself, so that ending in one is right.",
    ),
  },
  CNN513: {
    meaning: lines(
      "Softmax divides each number's exponential by their sum. Over one unit that is exp(x)/exp(x) = 1, for",
      "every input and all weights. For a question of yes or no use one unit with `sigmoid`, or two units",
      "with softmax.",
    ),
    wrong: program("input 784", "dense 64 relu", "dense 1 softmax"),
    mended: program("input 784", "dense 64 relu", "dense 1 sigmoid"),
  },
  CNN514: {
    meaning: lines(
      "Softmax makes numbers that add up to 1: good for the last layer, whose units stand for classes that",
      "exclude each other. In a hidden layer it lets one unit speak only by silencing the others, and passes",
      "little gradient. Hidden layers have `relu` and the like. (Attention multiplies with a softmax; that is",
      "something else and is not reported.) A whole classifier that another layer goes on with is one too: for its",
      "features call it without its last layer, in the library `top=no`.",
    ),
    wrong: program("input 784", "dense 128 softmax", "dense 10 softmax"),
    mended: program("input 784", "dense 128 relu", "dense 10 softmax"),
  },
  CNN515: {
    meaning: lines(
      "The slope of sigmoid is at most 1/4, and both sigmoid and tanh are flat away from 0. On its way back a",
      "gradient is multiplied with each slope: after five sigmoids at most (1/4)⁵ = 0.001 of it is left, so",
      "the first layers hardly learn. Networks of such depth use `relu`, put `bn` before the activation, or",
      "have shortcuts around it; each of these ends the row that is counted here. LeNet-5 with its four tanh",
      "is not reported.",
    ),
    wrong: program("input 28x28x1", "flatten", "repeat 5 { dense 64 sigmoid }", "dense 10 softmax"),
    mended: program("input 28x28x1", "flatten", "repeat 5 { dense 64 relu }", "dense 10 softmax"),
  },
} satisfies Readonly<Record<string, Explanation>>;
