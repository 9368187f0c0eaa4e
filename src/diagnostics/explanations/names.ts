import { type Explanation, lines, program } from "./explanation.ts";

/** CNN110 to CNN119: names. */
export const nameExplanations = {
  CNN110: {
    meaning: lines(
      "A statement begins with the word of a layer, or with the name of a block, shared instance or model",
      "of the file. This word is none of them: it is misspelt, another library's name, or defined in a",
      "file that is not used yet. A model of the library, such as `resnet50`, is there after `use resnet`.",
      "docs/layers.md lists the layers, docs/keras-layers.md what stands for each of Keras'.",
    ),
    wrong: program("input 28x28x1", "cnov 8 3x3 relu", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "conv 8 3x3 relu", "flatten", "dense 10 softmax"),
  },
  CNN111: {
    meaning: lines(
      "The name stands for nothing here: it is misspelt, was never given, or is seen only within the",
      "braces in which it was given. A label, a `let` and a loop's name are seen in their own braces and",
      "further in, not outside. What a block made inside is reached through the label of the call:",
      "`first: unit 32` and then `from first.inner`.",
      "",
      "Python's `True` and `False` are `yes` and `no` here; for `None` nothing is written.",
    ),
    wrong: program(
      "input 28x28x1",
      "stem: conv 8 3x3 same relu",
      "conv 8 3x3 same relu",
      "add stam",
      "flatten",
      "dense 10 softmax",
    ),
    mended: program(
      "input 28x28x1",
      "stem: conv 8 3x3 same relu",
      "conv 8 3x3 same relu",
      "add stem",
      "flatten",
      "dense 10 softmax",
    ),
  },
  CNN112: {
    meaning: lines(
      "A file is read from top to bottom, and a tensor or `let` exists from its line on. Only blocks and",
      "shared instances may be used before they are defined. Put the definition first.",
    ),
    wrong: program(
      "input 28x28x1",
      "conv 8 3x3 same relu",
      "add stem",
      "stem: conv 8 3x3 same relu",
      "flatten",
      "dense 10 softmax",
    ),
    mended: program(
      "input 28x28x1",
      "stem: conv 8 3x3 same relu",
      "conv 8 3x3 same relu",
      "add stem",
      "flatten",
      "dense 10 softmax",
    ),
  },
  CNN113: {
    meaning: lines(
      "Within one pair of braces a name stands for one thing: labels, inputs, parameters, `let`s, blocks",
      "and shared instances share one set of names. Otherwise `from x` could mean two tensors. Give one of",
      "them another name. Further in, in braces of their own, a name may be given anew.",
    ),
    wrong: program(
      "input 28x28x1",
      "a: conv 8 3x3 same relu",
      "a: conv 8 3x3 same relu",
      "flatten",
      "dense 10 softmax",
    ),
    mended: program(
      "input 28x28x1",
      "a: conv 8 3x3 same relu",
      "b: conv 8 3x3 same relu",
      "flatten",
      "dense 10 softmax",
    ),
  },
  CNN114: {
    meaning: lines(
      "A name may not be a word that means something where values stand: layers (`conv`), the language's",
      "own words (`from`), activations (`relu`), modes (`max`), paddings (`same`). In `conv 32 3x3 same`",
      "nobody could tell the padding from a number called `same`.",
    ),
    wrong: program("input 28x28x1", "let max = 8", "conv max 3x3 relu", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "let most = 8", "conv most 3x3 relu", "flatten", "dense 10 softmax"),
  },
  CNN115: {
    meaning: lines(
      "The name is known, but stands for something else than is needed here: a number where a tensor is,",
      "a tensor where a number is, or a tensor outside of the block that asks for it. A block sees its",
      "own tensors and the one that it is called on, so that it means the same wherever it is called;",
      "values reach it as arguments. The size of a tensor `x` is had by `x.channels`, `x.height` and so",
      "on.",
    ),
    wrong: program(
      "input 28x28x1",
      "let width = 8",
      "conv width 3x3 same relu",
      "from width",
      "flatten",
      "dense 10 softmax",
    ),
    mended: program(
      "input 28x28x1",
      "let width = 8",
      "stem: conv width 3x3 same relu",
      "from stem",
      "flatten",
      "dense 10 softmax",
    ),
  },
  CNN116: {
    meaning: lines(
      "A block stands for the layers in it, so a block that calls itself would stand for layers without",
      "end: there is nothing at run time that could stop it. For a row of like layers use `repeat` or",
      "`for`.",
    ),
    wrong: program(
      "block tower(filters) {",
      "  conv filters 3x3 same relu",
      "  tower (filters * 2)",
      "}",
      "input 28x28x1",
      "tower 16",
      "global_pool avg",
      "dense 10 softmax",
    ),
    mended: program(
      "block tower(filters) {",
      "  for step in 0..2 { conv (filters * 2 ** step) 3x3 same relu }",
      "}",
      "input 28x28x1",
      "tower 16",
      "global_pool avg",
      "dense 10 softmax",
    ),
  },
} satisfies Readonly<Record<string, Explanation>>;
