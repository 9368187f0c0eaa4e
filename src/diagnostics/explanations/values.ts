import { type Explanation, lines, program } from "./explanation.ts";

/** CNN130 to CNN139: what is computed at compile time. */
export const valueExplanations = {
  CNN130: {
    meaning: lines(
      "Arithmetic is for numbers, `not`, `and` and `or` are for yes and no, a root wants a number that is",
      "not negative, a power a whole exponent. A word, text or window takes part in no calculation;",
      "compare it with `==` or `!=`.",
    ),
    wrong: program(
      "let widen = yes",
      "input 28x28x1",
      "conv (4 * widen) 3x3 relu",
      "flatten",
      "dense 10 softmax",
    ),
    mended: program(
      "let widen = 2",
      "input 28x28x1",
      "conv (4 * widen) 3x3 relu",
      "flatten",
      "dense 10 softmax",
    ),
    elsewhere: lines("In Python `True` counts as 1; here yes is no number."),
  },
  CNN131: {
    meaning: lines(
      "The divisor is zero. It applies to `/`, `//`, `%` and to a multiple of zero in `round(x, m)`.",
    ),
    wrong: program(
      "let stages = 4",
      "let step = 16 / (stages - 4)",
      "input 28x28x1",
      "conv step 3x3 relu",
      "flatten",
      "dense 10 softmax",
    ),
    mended: program(
      "let stages = 4",
      "let step = 16 / (stages - 2)",
      "input 28x28x1",
      "conv step 3x3 relu",
      "flatten",
      "dense 10 softmax",
    ),
  },
  CNN132: {
    meaning: lines(
      "Arithmetic is exact, however many digits that takes, but not endlessly many: a number of thousands",
      "of digits is a slip of the pen (`2 ** 2 ** 20`) and no layer could have so many units.",
    ),
    wrong: program(
      "let width = 10 ** 100_000",
      "input 28x28x1",
      "flatten",
      "dense width relu",
      "dense 10 softmax",
    ),
    mended: program(
      "let width = 10 ** 2",
      "input 28x28x1",
      "flatten",
      "dense width relu",
      "dense 10 softmax",
    ),
  },
  CNN133: {
    meaning: lines(
      "The functions are `min`, `max`, `abs`, `floor`, `ceil`, `sqrt`, `round(x)`, `round(x, multiple)`",
      "and `divisible(x, multiple)`, with numbers in their parentheses and no names. An activation may",
      "carry its parameter in the same form, `leaky_relu(0.1)`, if it has one.",
    ),
    wrong: program(
      "let width = trunc(30 / 4)",
      "input 28x28x1",
      "conv width 3x3 relu",
      "flatten",
      "dense 10 softmax",
    ),
    mended: program(
      "let width = floor(30 / 4)",
      "input 28x28x1",
      "conv width 3x3 relu",
      "flatten",
      "dense 10 softmax",
    ),
  },
  CNN134: {
    meaning: lines(
      "Loops and conditions are carried out while the program is compiled, so what decides them must be",
      "known by then. A dimension that is `?` or has only a name is known when the images arrive, which",
      "is too late. Give the input a size in the file or with `--input`.",
    ),
    wrong: program(
      "input HxWx3",
      "conv 8 3x3 same relu",
      "if in.height > 16 { pool max 2 }",
      "flatten",
      "dense 10 softmax",
    ),
    mended: program(
      "input 32x32x3",
      "conv 8 3x3 same relu",
      "if in.height > 16 { pool max 2 }",
      "flatten",
      "dense 10 softmax",
    ),
  },
  CNN135: {
    meaning: lines(
      "Which dimensions a tensor has depends on its rank: `units` for a vector; `length` and `channels`",
      "for a sequence; `height`, `width` and `channels` for an image; `depth` before them for a volume.",
      "`channels` and `units` both mean the last axis, whatever the rank.",
    ),
    wrong: program("input 12x12x1", "conv (in.length) 3x3 relu", "flatten", "dense 10 softmax"),
    mended: program("input 12x12x1", "conv (in.height) 3x3 relu", "flatten", "dense 10 softmax"),
  },
  CNN136: {
    meaning: lines(
      "`for` goes through a list, `for f in [16, 32]`, or a range with both ends, `for i in 1..3`.",
      "Several names take the parts of each item apart: `for (f, s) in [(16, 1), (32, 2)]`, which must",
      "have as many parts as there are names. To do something so many times there is `repeat 3 { … }`.",
    ),
    wrong: program(
      "input 28x28x1",
      "for step in 3 { conv 16 3x3 same relu }",
      "global_pool avg",
      "dense 10 softmax",
    ),
    mended: program(
      "input 28x28x1",
      "for step in 1..3 { conv 16 3x3 same relu }",
      "global_pool avg",
      "dense 10 softmax",
    ),
  },
} satisfies Readonly<Record<string, Explanation>>;
