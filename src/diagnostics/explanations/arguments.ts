import { type Explanation, lines, program } from "./explanation.ts";

/** CNN120 to CNN129: arguments. */
export const argumentExplanations = {
  CNN120: {
    meaning: lines(
      "The layer, block, model or activation has no argument of that name. Both the short names and",
      "Keras' own are understood: `kernel` and `kernel_size`, `stride` and `strides`. docs/layers.md",
      "lists the arguments of each layer.",
      "",
      "Some arguments of other libraries have nothing to say here: how many channels come in",
      "(`in_channels`, `num_features`) is known from the layer before, the input's shape stands in its own",
      "line, and `inplace`, `dtype` or `data_format` leave no choice.",
    ),
    wrong: program("input 28x28x1", "conv 8 3x3 same step=2 relu", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "conv 8 3x3 same stride=2 relu", "flatten", "dense 10 softmax"),
  },
  CNN121: {
    meaning: lines(
      "An argument has been given twice, by its place and by name, or by two names for the same thing",
      "(`stride` and `strides`). Keep one of them.",
    ),
    wrong: program("input 28x28x1", "conv 8 3x3 same stride=2 strides=1 relu", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "conv 8 3x3 same stride=2 relu", "flatten", "dense 10 softmax"),
  },
  CNN122: {
    meaning: lines(
      "The layer or call lacks a value for which there is no sensible default: how many filters or units,",
      "which window, which rate. Numbers fill the places of a layer in order, so the message names the",
      "place that stays empty.",
    ),
    wrong: program("input 28x28x1", "conv 8 3x3 relu", "flatten", "dense softmax"),
    mended: program("input 28x28x1", "conv 8 3x3 relu", "flatten", "dense 10 softmax"),
  },
  CNN123: {
    meaning: lines(
      "All places that a bare value can fill are taken. Numbers fill them in order (`conv 32 3x3`:",
      "filters, kernel); everything beyond is said by name, so that nobody has to remember whether the",
      "third number was the stride or the padding.",
    ),
    wrong: program("input 28x28x1", "conv 8 3x3 same 2 relu", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "conv 8 3x3 same stride=2 relu", "flatten", "dense 10 softmax"),
    elsewhere: lines(
      "In PyTorch the first number of `nn.Conv2d(1, 32, 3, 2)` says what comes in, which is known here and",
      "left out; the third is the kernel and the fourth the stride: `conv 32 3x3 stride=2`.",
    ),
  },
  CNN124: {
    meaning: lines(
      "The value is of the right sort, but lies outside of what means something: a count is at least 1, a",
      "rate between 0 and 1, a window at least one cell. Percentages are fractions here: half is `0.5`.",
    ),
    wrong: program("input 28x28x1", "flatten", "dropout 50", "dense 10 softmax"),
    mended: program("input 28x28x1", "flatten", "dropout 0.5", "dense 10 softmax"),
  },
  CNN125: {
    meaning: lines(
      "The argument takes another sort of value: a number where yes or no is asked, a text where a number",
      "is. The message says what it takes.",
    ),
    wrong: program("input 28x28x1", "conv 8 3x3 bias=3 relu", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "conv 8 3x3 bias=no relu", "flatten", "dense 10 softmax"),
  },
  CNN126: {
    meaning: lines(
      "Filters, units, windows and repeats are whole numbers. Arithmetic is exact, so `15 / 2` is",
      "seven and a half and is not quietly rounded. Say how it is to be rounded: `//` divides and",
      "rounds down, `floor`, `ceil` and `round` round a value, `round(x, 8)` goes to the nearest multiple",
      "of 8, `divisible(x, 8)` follows MobileNet's rule.",
    ),
    wrong: program("input 28x28x1", "conv (15 / 2) 3x3 relu", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "conv (15 // 2) 3x3 relu", "flatten", "dense 10 softmax"),
    elsewhere: lines(
      "Python's `/` gives 7.5 and its `//` and `int()` 7; Keras refuses a count that is not a whole",
      "number.",
    ),
  },
  CNN127: {
    meaning: lines(
      "A bare word in a layer is an activation, a mode, a padding or a flag of that layer. This one is",
      "known, but not to this layer.",
    ),
    wrong: program("input 28x28x1", "conv 8 3x3 max", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "conv 8 3x3 relu", "flatten", "dense 10 softmax"),
  },
} satisfies Readonly<Record<string, Explanation>>;
