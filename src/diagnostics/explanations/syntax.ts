import { type Explanation, lines, program } from "./explanation.ts";

/** CNN0xx: reading the text. */
export const syntaxExplanations = {
  CNN001: {
    meaning: lines(
      "A program is written in plain ASCII: letters `a` to `z` and `A` to `Z`, digits, `_`, and the signs",
      "of the grammar. Whatever else a keyboard, a phone or a word processor puts in is reported with the",
      "plain character that was meant, if one is near: `×` for `x`, a long dash for `-`, curly quotes,",
      "full-width digits, unusual blanks, letters of other alphabets that look like Latin ones,",
      "characters that cannot be seen at all. In comments and in texts between double quotes everything",
      "may stand.",
      "",
      "Also here: `&&`, `||` and `!` are written `and`, `or` and `not`; `^` is `**`; there is no",
      "backslash at a line's end.",
    ),
    wrong: program("input 28x28x1", "conv 8 3×3 relu", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "conv 8 3x3 relu", "flatten", "dense 10 softmax"),
  },
  CNN002: {
    meaning: lines(
      "The words stand in an order that means nothing: a value is missing after `=`, a statement has no",
      "name where it needs one, an operator stands without its second half. The message shows the place",
      "and what could stand there. Every other statement of the file is read and checked all the same.",
      "",
      "A statement is one line, or a part of a line between `;`. An expression with operators stands in",
      "parentheses where bare values stand (`conv (2*f) 3x3`); after `name=` it need not.",
    ),
    wrong: program("input 28x28x1", "conv 8 3x3 same relu stride=", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "conv 8 3x3 same relu stride=2", "flatten", "dense 10 softmax"),
  },
  CNN003: {
    meaning: lines(
      "Braces, brackets and operators stand more than 100 deep in each other. A model needs perhaps ten",
      "levels; this is a file that a program has written, or a bracket that was typed for very long. Give",
      "the inner part a name with `let` or `block` and use the name.",
    ),
    wrong: program(
      `let units = ${"(".repeat(101)}10${")".repeat(101)}`,
      "input 28x28x1",
      "flatten",
      "dense units softmax",
    ),
    mended: program("let units = 10", "input 28x28x1", "flatten", "dense units softmax"),
  },
  CNN004: {
    meaning: lines(
      'A text begins and ends with a double quote on the same line. Inside it `\\"` is a quote and `\\\\` a',
      "backslash.",
    ),
    wrong: {
      ...program('use "blocks.cnn', "input 28x28x1", "stem 8", "flatten", "dense 10 softmax"),
      files: { "blocks.cnn": lines("block stem(filters) { conv filters 3x3 same relu; pool max 2 }") },
    },
    mended: {
      ...program('use "blocks.cnn"', "input 28x28x1", "stem 8", "flatten", "dense 10 softmax"),
      files: { "blocks.cnn": lines("block stem(filters) { conv filters 3x3 same relu; pool max 2 }") },
    },
  },
  CNN005: {
    meaning: lines(
      "Brackets come in pairs, `( )`, `[ ]` and `{ }`, and close in the reverse order of opening. Round",
      "and square ones end with their statement at the latest. Where a `}` is missing, the indentation of",
      "the lines is looked at to say which `{` was left open.",
    ),
    wrong: program(
      "input 28x28x1",
      "repeat 2 {",
      "  conv 16 3x3 same relu",
      "pool max 2",
      "flatten",
      "dense 10 softmax",
    ),
    mended: program(
      "input 28x28x1",
      "repeat 2 {",
      "  conv 16 3x3 same relu",
      "}",
      "pool max 2",
      "flatten",
      "dense 10 softmax",
    ),
  },
  CNN006: {
    meaning: lines(
      "Blanks part the values of a statement, and so they matter in a few places. The parts of a window",
      "or shape are joined by a small `x` without blanks: `3x3`, `28x28x1`. A computed part stands in",
      "parentheses: `(s)x(s)`. Two values have a blank between them. The `.` of `in.channels` has none",
      "beside it.",
    ),
    wrong: program("input 28 x 28 x 1", "conv 8 3x3 relu", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "conv 8 3x3 relu", "flatten", "dense 10 softmax"),
  },
  CNN007: {
    meaning: lines(
      "The text is readable, but written as in another language. Here",
      "",
      "- the values of a statement stand after its word with blanks between, without parentheses or",
      "  commas: `conv 32 3x3 relu`;",
      "- commas stand inside `( )` and `[ ]` alone, none before the closing bracket;",
      "- `{` stands on the line of its statement, `} else {` on one line;",
      "- after a `}` comes a line end or `;`.",
    ),
    wrong: program("input 28x28x1", "conv(8, 3x3, relu)", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "conv 8 3x3 relu", "flatten", "dense 10 softmax"),
    elsewhere: lines(
      '`x = layers.Conv2D(32, (3, 3), activation="relu")(x)` is `conv 32 3x3 relu`: the current tensor',
      "need not be named.",
    ),
  },
  CNN008: {
    meaning: lines(
      "These lines come from a Python program: an import, a class, `model.add(…)`, `x = layers.Dense(10)(x)`,",
      "`nn.Conv2d(3, 16, 3)`. A network of this language is its layers, one after the other; each works on what",
      "the one before it gives, and no name, call or import is needed.",
      "",
      "Where every line is a layer whose arguments are certain, the fix translates all of them: Keras' and",
      "PyTorch's classes, their arguments by position and by name, `input_shape` too. Lines that say nothing here",
      "(imports, `Sequential()`) go away. A class with its own `forward`, a function that makes layers (here a",
      "`block`), or tensors that branch, are for you to write: see the manual's parts on graphs and blocks.",
    ),
    wrong: program(
      "model = Sequential()",
      "model.add(Conv2D(8, (3, 3), activation='relu', input_shape=(28, 28, 1)))",
      "model.add(Flatten())",
      "model.add(Dense(10, activation='softmax'))",
    ),
    mended: program("input 28x28x1", "conv 8 3x3 relu", "flatten", "dense 10 softmax"),
  },
} satisfies Readonly<Record<string, Explanation>>;
