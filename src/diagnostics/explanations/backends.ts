import { type Explanation, lines, program } from "./explanation.ts";

/** CNN4xx: what must be known before a model is computed. */
export const backEndExplanations = {
  CNN402: {
    meaning: lines(
      "To train or export a model, or to run it on a target, every size must be a number, since the weights and the steps of the",
      "computation are made from them. The input has a size that is `?` or only a name. Give it numbers",
      "in the file, or for this once on the command line: `--input 28x28x1`.",
      "",
      "A model with open sizes can be checked, summarised and explained as it is.",
    ),
    wrong: {
      ...program("input HxWx1", "conv 8 3x3 same relu", "global_pool avg", "dense 10 softmax"),
      command: "train",
    },
    mended: {
      ...program("input HxWx1", "conv 8 3x3 same relu", "global_pool avg", "dense 10 softmax"),
      command: "train",
      inputs: ["8x8x1"],
    },
    elsewhere: lines("Keras trains with sizes of `None` and finds misfits when a batch arrives."),
  },
  CNN403: {
    meaning: lines(
      "Training changes weights, and this model has none that may change: its layers hold none, or all",
      "that do are frozen. `unfreeze` releases a part of what `freeze` holds.",
    ),
    wrong: {
      ...program("input 28x28x1", "flatten", "digit: dense 10 softmax", "freeze digit"),
      command: "train",
    },
    mended: {
      ...program(
        "input 28x28x1",
        "flatten",
        "hidden: dense 64 relu",
        "digit: dense 10 softmax",
        "freeze hidden",
      ),
      command: "train",
    },
    elsewhere: lines("Keras trains such a model without a word, and the loss stays where it is."),
  },
  CNN410: {
    meaning: lines(
      "A `shared` instance is used a second time on a tensor of another size. For most layers that is",
      "fine on every engine. This one becomes a layer of our own on TensorFlow.js, since tf.layers has",
      "none like it, and those are made for one size.",
      "",
      "The engine on ONNX Runtime takes the model as it is: `--engine ort`.",
    ),
    wrong: {
      ...program(
        "shared edges { conv 4 3x3 dilation=2 same relu; global_pool avg }",
        "input large 32x32x3",
        "a: edges",
        "input small 16x16x3",
        "edges",
        "concat a",
        "dense 2 softmax",
      ),
      command: "train --engine tfjs",
    },
    mended: {
      ...program(
        "shared edges { conv 4 3x3 same relu; global_pool avg }",
        "input large 32x32x3",
        "a: edges",
        "input small 16x16x3",
        "edges",
        "concat a",
        "dense 2 softmax",
      ),
      command: "train --engine tfjs",
    },
  },
  CNN411: {
    meaning: lines(
      "TensorFlow.js computes in several ways, and each has its limits: the shaders of WebGL and WebGPU take",
      "tensors of six axes at most, the batch counted (a batch of volumes has five), and TensorFlow's own library",
      "has no gradients for eight. What a run was told to use, or what `require target` or `--target` names,",
      "cannot compute this layer; other layers go wrong for the same reason and are not told one by one.",
      "",
      "The message says what can: mostly `--device cpu`, and always the engine on ONNX Runtime.",
    ),
    wrong: {
      ...program("input 64", "reshape 2x2x2x2x2x2", "relu", "flatten", "dense 2 softmax"),
      command: "train --engine tfjs --device webgpu",
    },
    mended: {
      ...program("input 64", "reshape 4x4x4", "relu", "flatten", "dense 2 softmax"),
      command: "train --engine tfjs --device webgpu",
    },
  },
} satisfies Readonly<Record<string, Explanation>>;
