import { type Explanation, lines, program } from "./explanation.ts";

/** CNN100 to CNN109: files, and statements out of place. */
export const fileExplanations = {
  CNN100: {
    meaning: lines(
      "`language 1` says in which version of the language a file is written, and so it must be read",
      "before anything else: it is the first statement or does not stand at all. Comments may stand",
      "before it. Without it the newest version is meant.",
    ),
    wrong: program("input 28x28x1", "language 1", "flatten", "dense 10 softmax"),
    mended: program("language 1", "input 28x28x1", "flatten", "dense 10 softmax"),
  },
  CNN101: {
    meaning: lines(
      "The file is written in a version of the language that this compiler does not know. There is one",
      "version today: `language 1`. A newer file needs a newer compiler.",
    ),
    wrong: program("language 2", "input 28x28x1", "flatten", "dense 10 softmax"),
    mended: program("language 1", "input 28x28x1", "flatten", "dense 10 softmax"),
  },
  CNN102: {
    meaning: lines(
      '`use "blocks.cnn"` takes a file beside the one that asks for it; the name is relative to that',
      "file's folder. `use resnet`, without quotes, takes a file of the library that comes with the",
      "compiler. There is none of that name.",
    ),
    wrong: {
      ...program('use "parts.cnn"', "input 28x28x1", "stem 8", "flatten", "dense 10 softmax"),
      files: { "blocks.cnn": lines("block stem(filters) { conv filters 3x3 same relu; pool max 2 }") },
    },
    mended: {
      ...program('use "blocks.cnn"', "input 28x28x1", "stem 8", "flatten", "dense 10 softmax"),
      files: { "blocks.cnn": lines("block stem(filters) { conv filters 3x3 same relu; pool max 2 }") },
    },
  },
  CNN103: {
    meaning: lines(
      "A file that is used is read first, so files cannot use each other in a circle: none of them could",
      "come first. Put what both need into a third file.",
    ),
    wrong: {
      ...program('use "a.cnn"', "input 28x28x1", "stem 8", "flatten", "dense 10 softmax"),
      files: {
        "a.cnn": lines('use "b.cnn"', "block stem(filters) { unit filters; pool max 2 }"),
        "b.cnn": lines('use "a.cnn"', "block unit(filters) { conv filters 3x3 same relu }"),
      },
    },
    mended: {
      ...program('use "a.cnn"', "input 28x28x1", "stem 8", "flatten", "dense 10 softmax"),
      files: {
        "a.cnn": lines('use "b.cnn"', "block stem(filters) { unit filters; pool max 2 }"),
        "b.cnn": lines("block unit(filters) { conv filters 3x3 same relu }"),
      },
    },
  },
  CNN104: {
    meaning: lines(
      "A command works on one model. The file has none, since it holds nothing or only definitions for",
      "other files to use; or it has several, and there is more than one that no other of them uses. Say",
      "then which one is meant, `cnn summary model.cnn --model small`, or let one use the others.",
    ),
    wrong: program("block stem(filters) { conv filters 3x3 same relu; pool max 2 }"),
    mended: program(
      "block stem(filters) { conv filters 3x3 same relu; pool max 2 }",
      "input 28x28x1",
      "stem 8",
      "flatten",
      "dense 10 softmax",
    ),
  },
  CNN105: {
    meaning: lines(
      "The statement has its place elsewhere:",
      "",
      "- `language`, `use` and `model` stand directly in a file;",
      "- `input`, `output`, `train` and `augment` stand directly in a model, since a block or branch",
      "  works on the tensor it is given;",
      "- with a `model` line, layers stand after it;",
      "- `branch` stands in the braces of a merge.",
    ),
    wrong: program(
      "input 28x28x1",
      "block stem(filters) {",
      "  input 28x28x1",
      "  conv filters 3x3 same relu",
      "}",
      "stem 8",
      "flatten",
      "dense 10 softmax",
    ),
    mended: program(
      "input 28x28x1",
      "block stem(filters) {",
      "  conv filters 3x3 same relu",
      "}",
      "stem 8",
      "flatten",
      "dense 10 softmax",
    ),
  },
  CNN106: {
    meaning: lines(
      "Loops and calls are carried out while the program is compiled, and there is an end to that:",
      "200,000 layers, a million statements, 200 calls and bodies within one another. A program that",
      "passes one of these has a count with some digits too many, or blocks that call each other so that",
      "the layers multiply: four blocks of which each calls the next a hundred times ask for a hundred",
      "million layers.",
    ),
    wrong: program(
      "input 28x28x1",
      "for step in 1..10_000_000 { conv 8 3x3 same relu }",
      "flatten",
      "dense 10 softmax",
    ),
    mended: program(
      "input 28x28x1",
      "for step in 1..10 { conv 8 3x3 same relu }",
      "flatten",
      "dense 10 softmax",
    ),
  },
} satisfies Readonly<Record<string, Explanation>>;
