import { type ExampleProgram, type Explanation, lines, program } from "./explanation.ts";

/** A block that takes an even depth, called with some depth. */
const residuals = (depth: number): ExampleProgram =>
  program(
    "block residuals(depth) {",
    '  require (depth % 2 == 0) "depth counts two layers a block: 2, 4, 6 and so on"',
    "  repeat (depth / 2) { conv 8 3x3 same relu; conv 8 3x3 same relu }",
    "}",
    "",
    "input 28x28x8",
    `residuals ${depth}`,
  );

/** CNN140 to CNN159: how layers are joined, and what the command line and a file ask of a model. */
export const graphExplanations = {
  CNN140: {
    meaning: lines(
      "A layer works on the current tensor, and in a file with an `input` there is none before it. Put",
      "the `input` first. (A file without any `input` may begin with a layer; its input shape is then",
      "open, or given by `--input`.)",
    ),
    wrong: program("conv 8 3x3 relu", "input 28x28x1", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "conv 8 3x3 relu", "flatten", "dense 10 softmax"),
  },
  CNN141: {
    meaning: lines(
      "A merge joins the current tensor with those that it names (`add stem`), or the branches in its",
      "braces. Here it has neither, so there would be nothing to join.",
    ),
    wrong: program(
      "input 28x28x1",
      "stem: conv 8 3x3 same relu",
      "conv 8 3x3 same relu",
      "add",
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
  CNN142: {
    meaning: lines(
      "Braces after a layer belong to merges, which hold `branch { … }`, and to `train` and `augment`,",
      "which hold settings. Other layers have no inside; the layers that follow one stand on the lines",
      "after it.",
    ),
    wrong: program("input 28x28x1", "conv 8 3x3 { relu }", "flatten", "dense 10 softmax"),
    mended: program("input 28x28x1", "conv 8 3x3; relu", "flatten", "dense 10 softmax"),
  },
  CNN143: {
    meaning: lines(
      "All uses of a `shared` share its weights, layer by layer, so every use must have the same layers.",
      "A condition inside it that asks for the current tensor can come out differently at another use,",
      "and then there are layers to which no weights belong. Ask the question outside of the `shared`, or",
      "declare two.",
    ),
    wrong: program(
      "shared encoder {",
      "  conv 8 3x3 same relu",
      "  if in.height > 20 { conv 8 3x3 relu }",
      "  global_pool avg",
      "}",
      "input left 28x28x1",
      "a: encoder",
      "input right 14x14x1",
      "b: encoder",
      "add a",
      "dense 1 sigmoid",
    ),
    mended: program(
      "shared encoder {",
      "  conv 8 3x3 same relu",
      "  conv 8 3x3 relu",
      "  global_pool avg",
      "}",
      "input left 28x28x1",
      "a: encoder",
      "input right 14x14x1",
      "b: encoder",
      "add a",
      "dense 1 sigmoid",
    ),
  },
  CNN144: {
    meaning: lines(
      "A used model takes the current tensor in place of its `input`: the rank must agree and so must the",
      "channels, since its first layer's weights depend on them. Height and width may differ.",
    ),
    wrong: program(
      "model encoder {",
      "  input 28x28x1",
      "  conv 8 3x3 relu",
      "  flatten",
      "}",
      "model classifier {",
      "  input 28x28x3",
      "  encoder",
      "  dense 10 softmax",
      "}",
    ),
    mended: program(
      "model encoder {",
      "  input 28x28x3",
      "  conv 8 3x3 relu",
      "  flatten",
      "}",
      "model classifier {",
      "  input 28x28x3",
      "  encoder",
      "  dense 10 softmax",
      "}",
    ),
  },
  CNN145: {
    meaning: lines(
      "A warning. The used model's `input` asks for so many channels, and how many the current tensor has",
      "is not known yet. It is right only where they agree; give the input its channels to be sure.",
    ),
    wrong: program(
      "model encoder {",
      "  input 28x28x3",
      "  conv 8 3x3 relu",
      "  flatten",
      "}",
      "model classifier {",
      "  input 28x28xC",
      "  encoder",
      "  dense 10 softmax",
      "}",
    ),
    mended: program(
      "model encoder {",
      "  input 28x28x3",
      "  conv 8 3x3 relu",
      "  flatten",
      "}",
      "model classifier {",
      "  input 28x28x3",
      "  encoder",
      "  dense 10 softmax",
      "}",
    ),
  },
  CNN146: {
    meaning: lines(
      "`output` names what the model gives: the current tensor, or the tensors that stand after the word.",
      "Each has one name, and a tensor is given once.",
    ),
    wrong: program("input 28x28x1", "flatten", "digit: dense 10 softmax", "output digit", "output digit"),
    mended: program("input 28x28x1", "flatten", "digit: dense 10 softmax", "output digit"),
  },
  CNN150: {
    meaning: lines(
      "`--input name=shape` gives a shape to an input of that name, `--input shape` to a model's only",
      "input. The model has no such input, or has several and none was named.",
    ),
    wrong: { ...program("input left 28x28x1", "flatten", "dense 10 softmax"), inputs: ["right=28x28x1"] },
    mended: { ...program("input left 28x28x1", "flatten", "dense 10 softmax"), inputs: ["left=28x28x1"] },
  },
  CNN151: {
    meaning: lines(
      "`--set name=value` sets a parameter of the model, one of those in parentheses after its name. The",
      "model has no parameter of that name. A `let` is no parameter: it belongs to the file.",
    ),
    wrong: {
      ...program("model small(classes = 10)", "input 28x28x1", "flatten", "dense classes softmax"),
      parameters: ["class=5"],
    },
    mended: {
      ...program("model small(classes = 10)", "input 28x28x1", "flatten", "dense classes softmax"),
      parameters: ["classes=5"],
    },
  },
  CNN152: {
    meaning: lines(
      "The model declares a parameter without a default, so every use must say its value: on the command",
      "line with `--set`, or in the file that uses the model. Give it a default where there is a usual",
      "value.",
    ),
    wrong: program("model small(classes)", "input 28x28x1", "flatten", "dense classes softmax"),
    mended: {
      ...program("model small(classes)", "input 28x28x1", "flatten", "dense classes softmax"),
      parameters: ["classes=10"],
    },
  },
  CNN153: {
    meaning: lines(
      "`freeze` keeps weights as they are while the others are trained. This layer, block or model holds",
      "no weights, so there is nothing to keep; mostly the label stands on the wrong line.",
    ),
    wrong: program("input 28x28x1", "conv 8 3x3", "base: relu", "freeze base", "flatten", "dense 10 softmax"),
    mended: program(
      "input 28x28x1",
      "base: conv 8 3x3",
      "relu",
      "freeze base",
      "flatten",
      "dense 10 softmax",
    ),
  },
  CNN154: {
    meaning: lines(
      "`require` declares a budget for `params`, `trainable_params`, `macs`, `size`, `memory` or",
      "`receptive_field`, with `<`, `<=`, `>`, `>=` or `==` and a number. What is counted goes in `K`, `M`,",
      "`G` and `T`, thousands, millions and so on; `size` and `memory` in `B`, `KB`, `MB`, `GB`, `KiB`,",
      "`MiB` and `GiB`; a receptive field is a number of cells.",
    ),
    wrong: program("input 28x28x1", "flatten", "dense 10 softmax", "require speed < 5M"),
    mended: program("input 28x28x1", "flatten", "dense 10 softmax", "require params < 5M"),
  },
  CNN158: {
    meaning: lines(
      'A block or model says with `require (…) "…"` what must hold of its parameters, here or in a file that is used. What it is',
      "given does not fulfil that; the message is the author's own.",
    ),
    wrong: residuals(5),
    mended: residuals(6),
  },
  CNN156: {
    meaning: lines(
      "A name in capitals is one number wherever it stands: `input HxHx3` takes square images alone, and",
      "two inputs of `HxWx3` are of one size. Here the shape that takes the place of the declared one, from",
      "`--input` or from the tensor that a used model is given, would make one name two numbers.",
      "",
      "Use another name where the sizes may differ.",
    ),
    wrong: program(
      "model square { input HxHx3; conv 8 3x3 same relu }",
      "model wide { input 32x64x3; square }",
    ),
    mended: program(
      "model any_size { input HxWx3; conv 8 3x3 same relu }",
      "model wide {",
      "  input 32x64x3",
      "  any_size",
      "}",
    ),
  },
  CNN157: {
    meaning: lines(
      "`require target` names where the model must be able to run, one place or several:",
      "",
      "- `onnx`: as an .onnx file, in ONNX Runtime",
      "- `tfjs`: in TensorFlow.js, on a processor in a page or in Node",
      "- `webgl`, `webgpu`: in TensorFlow.js on a GPU, which computes less",
      "",
      "`cnn check` then reports what keeps the model from it; `cnn check --target webgpu` asks the same once.",
    ),
    wrong: program("input 28x28x1", "flatten", "dense 10 softmax", "require target gpu"),
    mended: program("input 28x28x1", "flatten", "dense 10 softmax", "require target webgpu"),
  },
} satisfies Readonly<Record<string, Explanation>>;
