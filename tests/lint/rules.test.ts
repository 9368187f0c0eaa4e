import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { rules } from "../../src/lint/rules.ts";
import { SourceFile, spanText } from "../../src/source/source-file.ts";
import { codesOf, lintsOf, mended } from "./linting.ts";

/** Programs in which a rule speaks, with the program after its fix where it offers one; and near misses in which it is silent. */
interface Cases {
  readonly speaks: readonly (readonly [wrong: string, fixed?: string])[];
  readonly silent: readonly string[];
}

const train = (settings: string): string => `\ntrain { data digits; ${settings} }\n`;

const pretrained = "model features { input 9; dense 4 relu }\n";

const cases: Readonly<Record<keyof typeof rules, Cases>> = {
  CNN500: {
    speaks: [
      ["input 7x7x16\nconv 8 3x3 stride=3 relu", "input 7x7x16\nconv 8 3x3 stride=3 same relu"],
      ["input 28x28x1\nconv 8 3x3 stride=2 relu", "input 28x28x1\nconv 8 3x3 stride=2 same relu"], // 25/2
      [
        "input 7x7x16; conv 8 3x3 same relu; pool max 2",
        "input 7x7x16; conv 8 3x3 same relu; pool max 2 same",
      ],
      ["input 30x8; conv 8 4 stride=4 relu", "input 30x8; conv 8 4 stride=4 same relu"], // 26/4 leaves 2 of 30
      ["input 8x7x16; depthwise 2x2 stride=2; relu", "input 8x7x16; depthwise 2x2 stride=2 same; relu"], // the width alone
      ["input 12x12x3; conv 8 5x5 stride=5 pad=1 relu"], // (14 - 5)/5 leaves 4, of which 1 is padding
    ],
    silent: [
      "input 9x9x16; conv 8 3x3 stride=3 relu",
      "input 11x11x16; conv 8 3x3 same relu; pool max 2", // one of eleven
      "input 224x224x3; conv 64 7x7 stride=2 pad=3 relu", // ResNet's first layer loses padding alone
      "input 112x112x8; conv 8 3x3 same relu; pool max 3 stride=2 pad=1",
      "input 224x224x3; pad 3; conv 64 7x7 stride=2 relu", // as Keras writes it
      "input 56x56x64; conv 8 1x1 stride=2 relu", // takes every second cell on purpose
      "input 227x227x3; conv 96 11x11 stride=4 relu", // 216/4
      "input 227x227x3; conv 96 3x3 stride=2 relu", // one row of 227
      "input HxWx3; conv 8 3x3 stride=3 relu",
      "input 7x7x16; conv 8 3x3 stride=3 same relu",
    ],
  },
  CNN501: {
    speaks: [
      ["input 63x63x3\nconv 8 3x3 stride=5 relu", "input 63x63x3\nconv 8 3x3 stride=3 relu"],
      [
        "input 64x64x3; conv 8 3x3 same relu; pool max 2 stride=4",
        "input 64x64x3; conv 8 3x3 same relu; pool max 2 stride=2",
      ],
    ],
    silent: [
      "input 56x56x8; conv 8 1x1 stride=2 relu",
      "input 63x63x3; conv 8 3x3 stride=3 relu",
      "input 56x56x8; conv 8 2x2 relu; pool max 2 stride=2",
      "input 3x3x8; conv 8 2x2 stride=3 relu", // one window alone
    ],
  },
  CNN502: {
    speaks: [
      ["input 1x1x64; conv 8 3x3 same relu"],
      ["input 2x2x64; conv 8 5x5 same relu"], // 9 of 25
      ["input 3x3x64; conv 8 3x3 dilation=3 pad=3 relu"],
    ],
    silent: [
      "input 2x2x64; conv 8 3x3 same relu", // each cell is met somewhere
      "input 3x3x64; conv 8 5x5 same relu",
      "input 7x7x64; depthwise 5x5 same; relu",
      "input 1x1x64; conv 8 1x1 relu",
      "input 33x33x64; conv 8 3x3 dilation=18 pad=18 relu", // atrous pyramid of DeepLab
    ],
  },
  CNN503: {
    speaks: [
      ["input 32x32x64; conv 64 5x5 same relu"], // 73,728 for 102,400
      ["input 32x32x64; conv 64 7x7 same relu"],
      ["input 9x9x9x16; conv 16 5 same relu"],
    ],
    silent: [
      "input 32x32x1; conv 6 5x5 relu", // 150 weights
      "input 14x14x6; conv 16 5x5 tanh",
      "input 5x5x16; conv 120 5x5 tanh", // all that there is
      "input 224x224x3; conv 64 7x7 stride=2 same relu",
      "input 28x28x16; conv 32 5x5 same relu", // GoogLeNet
      "input 35x35x48; conv 64 5x5 same relu", // Inception v3: a sixth
      "input 187x32; conv 32 5 same relu", // 5 against 6 in 1-D
      "input 32x32x64; conv 64 5x5 same groups=64 relu",
      "input 32x32x64; conv 64 1x7 same relu",
      "input 32x32x64; depthwise 5x5 same; relu",
      "input 32x32x64; conv 64 5x5 same relu trainable=no",
    ],
  },
  CNN504: {
    speaks: [
      ["input 28x28x1; conv 8 3x3 relu; global_pool avg; dense 10 softmax"], // 3 of 28
      ["input 224x224x3; conv 8 3x3 relu; conv 8 3x3 relu; global_pool max; dense 64 relu; dense 10"],
    ],
    silent: [
      "input 28x28x1; conv 8 3x3 relu; conv 8 3x3 relu; conv 8 3x3 relu; global_pool avg; dense 10", // 7 of 28
      "input 28x28x1; conv 8 3x3 relu; flatten; dense 10",
      "input 187x1; conv 8 5 relu; global_pool avg; dense 10",
      "input HxWx1; conv 8 3x3 same relu; global_pool avg; dense 10",
      "input 7x7x512; global_pool avg; dense 10", // features of another network
      // a gate early in the network
      "input 28x28x1; x: conv 8 3x3 same relu; global_pool avg keepdims=yes; dense 8 sigmoid; multiply x; conv 8 7x7 stride=7 relu; flatten; dense 10",
    ],
  },
  CNN505: {
    speaks: [
      ["input 3x224x224\nflatten; dense 10", "input 224x224x3\nflatten; dense 10"],
      ["input image 1x28x28\nflatten; dense 10", "input image 28x28x1\nflatten; dense 10"],
      ["input 3x32x48; flatten; dense 10", "input 32x48x3; flatten; dense 10"],
      ["input 1x16x40x40; flatten; dense 4", "input 16x40x40x1; flatten; dense 4"], // a volume
    ],
    silent: [
      "input 3x224x224; permute 2x3x1; flatten; dense 10",
      "input 28x28x1; flatten; dense 10",
      "input 1x1000x12; flatten; dense 10", // one row of twelve leads
      "input 1x4x4x512; flatten; dense 10", // features of a video
      "input 16x112x112x3; flatten; dense 10",
      "input 3x3x64; flatten; dense 10",
      "input 28x28x192; flatten; dense 10",
    ],
  },
  CNN506: {
    speaks: [
      [
        "input 8x8x1\nconv 8 3x3 relu\ndense 10 softmax",
        "input 8x8x1\nconv 8 3x3 relu\nflatten\ndense 10 softmax",
      ],
      [
        "input 8x8x1\nconv 8 3x3 relu; dense 64 relu; dropout 0.5; dense 10 softmax",
        "input 8x8x1\nconv 8 3x3 relu; flatten; dense 64 relu; dropout 0.5; dense 10 softmax",
      ],
      ["input 8x8x1; conv 8 3x3 relu; dense 4 relu; flatten; dense 10"],
    ],
    silent: [
      "input 8x8x1; conv 8 3x3 relu; flatten; dense 10",
      "input 20x32; dense 64 relu; dense 8", // each step of a sequence
      "input 8x8x16; global_pool avg keepdims=yes; dense 4 relu; dense 10", // one pixel
      // ConvNeXt's block
      "input 8x8x16; x: conv 16 3x3 same relu; layer_norm; dense 64 gelu; dense 16; add x; global_pool avg; dense 10",
    ],
  },
  CNN507: {
    speaks: [
      ["input 28x28x1\npool max 2\nconv 8 3x3 relu", "input 28x28x1\nconv 8 3x3 relu"],
      [
        "input 28x28x3\nrescale 1/255\npool max 2\nconv 8 3x3 relu",
        "input 28x28x3\nrescale 1/255\nconv 8 3x3 relu",
      ],
    ],
    silent: [
      "input 28x28x1; pool avg 2; conv 8 3x3 relu",
      "input 28x28x1; conv 8 3x3 same relu; pool max 2",
      "input 14x14x512; pool max 2; conv 8 3x3 relu", // features of another network
      "input 28x28x3; concat { branch { conv 13 3x3 stride=2 same relu }; branch { pool max 2 } }", // ENet
    ],
  },
  CNN510: {
    speaks: [
      ["input 784\ndense 128\ndense 10 softmax", "input 784\ndense 128 relu\ndense 10 softmax"],
      ["input 28x28x1; conv 8 3x3; conv 16 3x3 relu", "input 28x28x1; conv 8 3x3 relu; conv 16 3x3 relu"],
      ["input 28x28x1; conv 8 3x3; flatten; dense 10", "input 28x28x1; conv 8 3x3 relu; flatten; dense 10"],
      [
        "input 784; dense 128; dropout 0.5; dense 64 gelu; dense 10",
        "input 784; dense 128 gelu; dropout 0.5; dense 64 gelu; dense 10",
      ],
      [
        "input 30x30x1; conv 8 3x3; pool avg 2; reshape 1568; dropout 0.2; dense 10",
        "input 30x30x1; conv 8 3x3 relu; pool avg 2; reshape 1568; dropout 0.2; dense 10",
      ],
    ],
    silent: [
      "input 784; dense 128 relu; dense 10",
      "input 784; dense 128; relu; dense 10",
      "input 784; dense 128 linear; dense 10", // said so
      "input 784; dense 32; dense 784 sigmoid", // a code narrower than both sides
      "input 28x28x32; conv 8 1x1; conv 64 1x1 relu6", // a linear bottleneck
      "input 28x28x8; conv 8 1x7 same; conv 8 7x1 same relu", // a window taken apart
      "input 28x28x8; conv 16 3x3 bias=no; bn; conv 16 3x3 relu",
      "input 28x28x8; conv 16 3x3; pool max 2; conv 16 3x3 relu",
      "input 28x28x8; conv 16 9x9 linear; global_pool avg; dense 10",
      "input 28x28x8; conv 16 9x9 same; global_pool max; dense 10",
      "input 28x28x8; depthwise 3x3; conv 16 1x1 relu", // what separable does
      "input 28x28x8; x: conv 16 3x3 same; conv 16 3x3 same relu; add x; relu", // has a second use
      "input 8x8x8; conv_transpose 4 2x2 stride=2; conv 8 3x3 relu",
    ],
  },
  CNN511: {
    speaks: [
      ["input 784; dense 64 relu; relu; dense 10", "input 784; dense 64 relu; dense 10"],
      ["input 784; dense 1 relu; sigmoid", "input 784; dense 1; sigmoid"],
      ["input 784; dense 10 relu; softmax", "input 784; dense 10; softmax"],
      ["input 784; dense 10; relu; softmax", "input 784; dense 10; softmax"],
      ["input 784; dense 64 tanh; dropout 0.2; relu; dense 10"],
      ["input 784; dense 64 softmax; sigmoid"],
    ],
    silent: [
      "input 784; dense 64; relu; dense 10",
      "input 784; dense 10; softmax",
      "input 8x8x8; x: conv 8 1x1; softplus; tanh; multiply x", // mish, written out
      "input 8x8x8; x: relu; conv 8 3x3 same; add x; relu",
      "input 784; dense 10 linear; softmax",
      "block unit { relu; conv 8 3x3 same }\ninput 8x8x8\nconv 8 3x3 same; relu; unit; unit", // once of twice
    ],
  },
  CNN512: {
    speaks: [
      ["input 784; dense 10 softmax; softmax", "input 784; dense 10 softmax"],
      ["input 8x8x4; conv 2 3x3 softmax; flatten; softmax", "input 8x8x4; conv 2 3x3 softmax; flatten"],
      ["input 784; dense 10 softmax; log_softmax", "input 784; dense 10 softmax"],
    ],
    silent: ["input 784; dense 10; softmax", "input 784; dense 10 softmax"],
  },
  CNN513: {
    speaks: [
      ["input 784; dense 1 softmax", "input 784; dense 1 sigmoid"],
      ["input 784; dense 1; softmax", "input 784; dense 1; sigmoid"],
      ["input 8x8x3; conv 1 1x1 activation=softmax", "input 8x8x3; conv 1 1x1 activation=sigmoid"],
    ],
    silent: ["input 784; dense 1 sigmoid", "input 784; dense 2 softmax", "input 784x1; conv 4 3 softmax"],
  },
  CNN514: {
    speaks: [
      ["input 784; dense 64 softmax; dense 10 softmax", "input 784; dense 64 relu; dense 10 softmax"],
      [
        "input 784; dense 64; softmax; dropout 0.5; dense 64 elu; dense 10",
        "input 784; dense 64; elu; dropout 0.5; dense 64 elu; dense 10",
      ],
    ],
    silent: [
      "input 784; dense 10 softmax",
      "input 8x8x8; x: conv 8 1x1; softmax; multiply x; conv 8 3x3 relu", // attention
      "input 784; p: dense 10 softmax; q: dense 5; output p q",
    ],
  },
  CNN515: {
    speaks: [
      ["input 784; repeat 5 { dense 64 sigmoid }; dense 10 softmax"],
      ["input 28x28x1; repeat 6 { conv 8 3x3 tanh }; flatten; dense 10 softmax"],
      ["input 784; repeat 5 { dense 64; sigmoid }; dense 10 softmax"],
    ],
    silent: [
      "input 784; repeat 4 { dense 64 sigmoid }; dense 10 sigmoid", // four hidden layers
      "input 28x28x1; repeat 4 { conv 8 3x3 tanh }; flatten; dense 10 softmax", // as in LeNet-5
      "input 2; repeat 8 { dense 20 tanh }; dense 1", // a smooth function of a vector
      "input 784; repeat 8 { dense 64 bias=no; bn; sigmoid }; dense 10",
      "input 784; dense 64 relu; repeat 8 { add { branch { dense 64 sigmoid }; branch { } } }; dense 10",
      "input 28x28x8; repeat 8 { x: conv 8 3x3 same relu; global_pool avg; dense 8 sigmoid; multiply x }; flatten; dense 10",
      "input 784; repeat 8 { dense 64 relu }; dense 10 sigmoid",
    ],
  },
  CNN520: {
    speaks: [
      ["input 28x28x1; conv 8 3x3; bn; relu", "input 28x28x1; conv 8 3x3 bias=no; bn; relu"],
      ["input 28x28x1; conv 8 3x3 bias=yes; bn; relu", "input 28x28x1; conv 8 3x3 bias=no; bn; relu"],
      ["input 784; dense 64; bn; relu; dense 10", "input 784; dense 64 bias=no; bn; relu; dense 10"],
      ["input 28x28x8; depthwise 3x3; bn; relu", "input 28x28x8; depthwise 3x3 bias=no; bn; relu"],
      [
        "input 28x28x8; conv 8 3x3; instance_norm; relu",
        "input 28x28x8; conv 8 3x3 bias=no; instance_norm; relu",
      ],
      [
        "block unit(f) { conv f 3x3; bn; relu }\ninput 28x28x1\nunit 8\nunit 16",
        "block unit(f) { conv f 3x3 bias=no; bn; relu }\ninput 28x28x1\nunit 8\nunit 16",
      ],
    ],
    silent: [
      "input 28x28x1; conv 8 3x3 bias=no; bn; relu",
      "input 28x28x1; conv 8 3x3 relu; bn",
      "input 28x28x1; conv 8 3x3; layer_norm; relu", // takes one mean over all channels
      "input 28x28x8; conv 8 3x3; group_norm 2; relu",
      "input 28x28x8; x: conv 8 3x3 same; bn; add x; relu", // the bias reaches the sum
      "input 28x28x1; base: conv 8 3x3; bn trainable=no; relu", // frozen: subtracts another mean
      "input 28x28x1; conv 8 3x3 trainable=no; bn; relu",
    ],
  },
  CNN521: {
    speaks: [
      [
        "input 784\ndense 64 relu\ndropout 0.5\nbn\ndense 10",
        "input 784\ndense 64 relu\nbn\ndropout 0.5\ndense 10",
      ],
      [
        "input 8x8x8; conv 8 3x3 relu; spatial_dropout 0.1; bn",
        "input 8x8x8; conv 8 3x3 relu; bn; spatial_dropout 0.1",
      ],
      ["input 8x8x8; conv 8 3x3; dropout 0.1; relu; bn"],
      ["input 784; dense 64 relu; dropout 0.5; n: bn; dense 10"], // a label stays where it is
    ],
    silent: [
      "input 784; dense 64 relu; bn; dropout 0.5; dense 10",
      "input 784; dense 64 relu; dropout 0.5; dense 64 bias=no; bn; relu; dense 10",
      "input 784; dense 64 relu; dropout 0; dense 10",
    ],
  },
  CNN522: {
    speaks: [
      ["input 784; dense 10 bias=no; bn; softmax", "input 784; dense 10 bias=no; softmax"],
      ["input 784; dense 10 softmax; bn", "input 784; dense 10 softmax"],
    ],
    silent: [
      "input 784; dense 512 bias=no; bn", // a vector to compare faces by
      "input 784; dense 64 bias=no; bn; relu; dense 10 softmax",
      "input 8x8x8; conv 10 1x1 bias=no; bn; relu; global_pool avg; softmax",
    ],
  },
  CNN523: {
    speaks: [
      ["input 784; dense 64 relu; dropout 0.9; dense 10"],
      ["input 8x8x3; spatial_dropout 1; conv 8 3x3"],
    ],
    silent: ["input 784; dense 64 relu; dropout 0.8; dense 10", "input 784; dropout 0.5; dense 10"],
  },
  CNN524: {
    speaks: [
      [
        "input 784; dense 64 relu init=zeros; dense 10",
        "input 784; dense 64 relu init=glorot_uniform; dense 10",
      ],
      [
        "input 8x8x3; conv 8 3x3 relu init=ones; flatten; dense 10",
        "input 8x8x3; conv 8 3x3 relu init=glorot_uniform; flatten; dense 10",
      ],
    ],
    silent: [
      "input 784; dense 64 relu; dense 10 init=zeros", // logistic regression may start at 0
      "input 8x8x8; add { branch { conv 8 3x3 same relu; conv 8 3x3 same init=zeros }; branch { } }; flatten; dense 10",
      "input 784; dense 64 relu init=he_normal; dense 10",
    ],
  },
  CNN525: {
    speaks: [
      ["input 28x28x1; conv 32 3x3 relu; conv 64 3x3 relu; pool max 2; flatten; dense 128 relu; dense 10"],
    ],
    silent: [
      "input 28x28x1; flatten; dense 512 relu; dense 10", // a network of dense layers
      "input 28x28x1; conv 16 3x3 relu; pool max 2; conv 32 3x3 relu; pool max 2; flatten; dense 64 relu; dense 10", // 51,264
      "input 7x7x512; conv 512 3x3 relu; flatten; dense 512 relu; dense 10", // 83 %
    ],
  },
  CNN530: {
    speaks: [
      [
        `input 784; dense 10 softmax${train("loss cross_entropy from_logits=yes")}`,
        `input 784; dense 10 softmax${train("loss cross_entropy")}`,
      ],
      [
        `input 784; dense 10${train("loss cross_entropy from_logits=no")}`,
        `input 784; dense 10${train("loss cross_entropy")}`,
      ],
      [`input 784; dense 10; softmax${train("loss cross_entropy from_logits=yes")}`],
    ],
    silent: [
      `input 784; dense 10${train("loss cross_entropy from_logits=yes")}`,
      `input 784; dense 10 softmax${train("loss cross_entropy from_logits=no")}`,
      `input 8x8x1; conv 10 3x3 relu; global_pool avg${train("loss cross_entropy from_logits=yes")}`,
    ],
  },
  CNN531: {
    speaks: [
      [
        `input 784; dense 10 sigmoid${train("loss cross_entropy")}`,
        `input 784; dense 10 softmax${train("loss cross_entropy")}`,
      ],
      [
        `input 784; dense 10 relu${train("loss cross_entropy")}`,
        `input 784; dense 10 softmax${train("loss cross_entropy")}`,
      ],
      [`input 784; dense 10; relu${train("epochs 1")}`, `input 784; dense 10; softmax${train("epochs 1")}`],
      [
        `input 784; dense 10 softmax${train("loss mse")}`,
        `input 784; dense 10 softmax${train("loss cross_entropy")}`,
      ],
      [
        `input 784; dense 10 softmax${train("loss binary_cross_entropy")}`,
        `input 784; dense 10 softmax${train("loss cross_entropy")}`,
      ],
      [
        "input 784; dense 1 sigmoid\ntrain { loss cross_entropy }",
        "input 784; dense 1 sigmoid\ntrain { loss binary_cross_entropy }",
      ],
    ],
    silent: [
      `input 784; dense 10 softmax${train("loss cross_entropy")}`,
      `input 784; dense 10${train("loss cross_entropy")}`,
      `input 784; dense 10 softmax${train("epochs 1")}`,
      `input 784; dense 10 sigmoid${train("loss binary_cross_entropy")}`,
      `input 784; dense 10 sigmoid${train("loss mse")}`,
      "input 784; dense 10 relu",
      `input 8x8x1; conv 10 3x3 relu; global_pool avg${train("epochs 1")}`,
    ],
  },
  CNN532: {
    speaks: [
      [`input 784; dense 12 softmax${train("epochs 1")}`, `input 784; dense 10 softmax${train("epochs 1")}`],
      [
        `input 784; dense units=9; softmax${train("epochs 1")}`,
        `input 784; dense units=10; softmax${train("epochs 1")}`,
      ],
      [`model m(classes = 5)\ninput 784; dense classes softmax${train("epochs 1")}`],
      [`input 784; dense 1 sigmoid${train("epochs 1")}`],
    ],
    silent: [
      `input 784; dense 10 softmax${train("epochs 1")}`,
      `input 784; dense 12 softmax\ntrain { data "my/folder" }`,
      "input 784; dense 12 softmax",
      `input 8x8x1; conv 1 3x3 same sigmoid${train("loss binary_cross_entropy")}`,
    ],
  },
  CNN533: {
    speaks: [
      [`input 784; dense 10${train("optimizer adam 0.5")}`],
      [`input 784; dense 10${train("optimizer adam rate=0.1")}`],
      [`input 784; dense 10${train("optimizer sgd 0")}`],
      [`input 784; dense 10${train("optimizer sgd 50")}`],
    ],
    silent: [
      `input 784; dense 10${train("optimizer adam 0.01")}`,
      `input 784; dense 10${train("optimizer sgd 0.1 momentum=0.9")}`,
      `input 784; dense 10${train("optimizer adam")}`,
    ],
  },
  CNN534: {
    speaks: [[`input 784; dense 64 bias=no; bn; relu; dense 10${train("batch 1")}`]],
    silent: [
      `input 784; dense 64 bias=no; bn; relu; dense 10${train("batch 2")}`,
      `input 28x28x1; conv 8 3x3 bias=no; bn; relu; flatten; dense 10${train("batch 1")}`, // 676 numbers a channel
      `input 784; dense 64; layer_norm; relu; dense 10${train("batch 1")}`,
    ],
  },
  CNN540: {
    speaks: [
      ["input 784\na: dense 10\ndense 5 relu\noutput a", "input 784\na: dense 10\noutput a"],
      ["input left 8; input right 9; dense 5"],
      ["input 784; a: dense 64 relu; b: dense 32 relu; from a; dense 10"],
    ],
    silent: [
      "input 784; a: dense 10; b: dense 5; output a b",
      "input left 8; a: dense 4 relu; input right 8; dense 4 relu; add a",
    ],
  },
  CNN541: {
    speaks: [
      ["let width = 32\ninput 784\ndense 10", "input 784\ndense 10"],
      ["block unit { relu }\ninput 784\ndense 10"],
      ["shared encoder { dense 4 }\ninput 784\ndense 10"],
      ["model m(classes = 10)\ninput 784\ndense 10"],
      ["block unit(f, s = 1) { conv f 3x3 relu }\ninput 8x8x1\nunit 4"],
    ],
    silent: [
      "let width = 32\ninput 784\ndense width relu; dense 10",
      "let a = 2\nlet b = a\ninput 784\ndense (8 * b) relu; dense 10",
      "block unit(act = relu) { dense 8; act }\ninput 784\nunit\ndense 10",
      "model m(top = yes)\ninput 784\nif top { dense 10 }",
      "block unit { relu }\nmodel a { input 8; dense 4 }\nmodel b { input 8; a; dense 2 }", // there for other files
      "for i in [1, 2] { conv 8 3x3 relu }",
    ],
  },
  CNN542: {
    speaks: [
      ["input 784\nflatten\ndense 10", "input 784\ndense 10"],
      ["input 784; dense 10; linear", "input 784; dense 10"],
      ["input 784; dense 64 relu; dropout 0; dense 10", "input 784; dense 64 relu; dense 10"],
      ["input 8x8x3; conv 8 3x3 relu; pool max 1", "input 8x8x3; conv 8 3x3 relu"],
    ],
    silent: [
      "input 8x8x3; conv 8 3x3 relu; flatten; dense 10",
      "block unit(act, drop) { dense 8; act; dropout drop }\ninput 784\nunit linear 0\ndense 10",
      "input 8x8x3; conv 8 3x3 relu; pool max 1 stride=2",
      "input 8x8x8; conv 8 3x3 same relu; x: linear; conv 8 3x3 same relu; add x",
      "let drop = 0\ninput 784; dense 64 relu; dropout drop; dense 10",
    ],
  },
  CNN543: {
    speaks: [
      [
        "input 12x12x3\nconv 4 3x3 relu\ndropout 0.3\npool max 2\nflatten",
        "input 12x12x3\nconv 4 3x3 relu\npool max 2\ndropout 0.3\nflatten",
      ],
      ["input 12x12x3\nconv 4 3x3\ndropout 0.3\nrelu\npool max 2\nflatten"],
    ],
    silent: [
      "input 12x12x3; conv 4 3x3 relu; spatial_dropout 0.3; pool max 2; flatten",
      "input 12x12x3; conv 4 3x3 relu; dropout 0.3; pool avg 2; flatten", // an average notices
      "input 12x12x3; conv 4 3x3 relu; dropout 0; pool max 2; flatten",
      "input 12x12x3; conv 4 3x3 relu; dropout 0.3; conv 4 3x3 relu; pool max 2; flatten",
      "input 12x12x3; conv 4 3x3 relu; dropout 0.3; pool max 2; conv 1 1x1 sigmoid", // U-Net does so
    ],
  },
  CNN544: {
    speaks: [
      ["input 16x16x3; conv 4 3x3 same relu; pool max 2; pool max 2"],
      ["input 16x16x3; conv 4 3x3 same relu; pool avg 2; dropout 0.1; pool avg 2"],
    ],
    silent: [
      "input 16x16x3; conv 4 3x3 same relu; pool max 2; conv 4 1x1 relu; pool max 2",
      "input 16x16x3; conv 4 3x3 same relu; pool max 3 stride=1 same; pool max 2", // a wider look, not a smaller image
      "input 16x16x3; conv 4 3x3 same relu; pool max 2; global_pool max",
      "input 16x16x3; conv 4 3x3 same relu; pool max 2; pool avg 2",
    ],
  },
  CNN545: {
    speaks: [
      ["input 9\ndense 4 relu\ndense 3 softmax\ndropout 0.5", "input 9\ndense 4 relu\ndense 3 softmax\n"],
      ["input 9; dense 4 relu; dense 3; gaussian_dropout 0.2; softmax"],
    ],
    silent: [
      "input 9; dense 4 relu; dropout 0.5; dense 3 softmax",
      "input 9; dense 4 relu; dense 3 softmax; dropout 0",
      "input 8x8x3; conv 4 3x3 relu; global_pool avg; dropout 0.2", // features for another model
    ],
  },
  CNN546: {
    speaks: [
      [
        `${pretrained}model main { input 9; features weights="w.safetensors"; dense 3 softmax; train { data digits } }`,
      ],
      [
        `${pretrained}model main { input 9; features weights="w.safetensors"; dense 3 softmax; train { optimizer sgd 0.5 } }`,
      ],
    ],
    silent: [
      `${pretrained}model main { input 9; b: features weights="w.safetensors"; freeze b; dense 3 softmax; train { data digits } }`,
      `${pretrained}model main { input 9; features weights="w.safetensors"; dense 3 softmax; train { optimizer adam 1e-5 } }`,
      `${pretrained}model main { input 9; features; dense 3 softmax; train { data digits } }`,
      `${pretrained}model main { input 9; features weights="w.safetensors"; dense 3 softmax }`,
    ],
  },
  CNN547: {
    speaks: [
      [
        "input 8; x: dense 8 relu; y: dense 8 relu; add x y",
        "input 8; x: dense 8 relu; y: dense 8 relu; add x",
      ],
      [
        "input 8; x: dense 8 relu; y: dense 8 relu; from x; z: concat x  y",
        "input 8; x: dense 8 relu; y: dense 8 relu; from x; z: concat  y",
      ],
    ],
    silent: [
      "input 8; x: dense 8 relu; y: dense 8 relu; dense 8 relu; add x y",
      "input 8; x: dense 8 relu; multiply x",
      "input 8; x: dense 8 relu; add { branch { }; branch { } }",
      "input 8; x: dense 8 relu; y: dense 8 relu; from x; add y y", // twice on purpose, or a slip of another kind
    ],
  },
};

describe.each(Object.keys(cases) as (keyof typeof rules)[])("%s", (code) => {
  const { speaks, silent } = cases[code];

  test.each(speaks.map(([wrong]) => wrong))("speaks of %j", (wrong) => {
    const found = lintsOf(wrong).filter((finding) => finding.code === code);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ severity: "warning", help: expect.stringMatching(/\w/) as string });
  });

  const fixable = speaks.flatMap(([wrong, fixed]) => (fixed === undefined ? [] : [[wrong, fixed] as const]));
  test.each(fixable)("mends %j", (wrong, fixed) => {
    expect(mended(wrong, code)).toBe(fixed);
    expect(codesOf(fixed)).not.toContain(code);
  });

  test.each(silent)("is silent on %j", (text) => {
    expect(codesOf(text)).not.toContain(code);
  });
});

test("a fix is left out where only some runs of a line are at fault", () => {
  const text = "block unit(b) { conv 8 3x3 same; if b { bn }; relu }\ninput 28x28x1\nunit yes\nunit no\n";
  const [finding] = lintsOf(text);
  expect(finding).toMatchObject({ code: "CNN520", notes: ["in 1 of the 2 times that this line runs"] });
  expect(finding!.fix).toBeUndefined();
  expect(finding!.labels.map(({ span }) => span.file.position(span.start).line)).toContain(3);
});

test("a fix is left out where a block's call decides the argument", () => {
  const text = "block unit(b) { conv 8 3x3 same bias=b; bn; relu }\ninput 28x28x1\nunit yes\n";
  const [finding] = lintsOf(text);
  expect(finding!.code).toBe("CNN520");
  expect(finding!.fix).toBeUndefined();
});

test("lines of used files are not this file's affair", () => {
  const blocks = new SourceFile("blocks.cnn", "block unit(f) { conv f 3x3; bn; relu }\n");
  const found = codesOf('use "blocks.cnn"\ninput 28x28x1\nunit 8\n', { readImport: () => blocks });
  expect(found).toEqual([]);
});

test("a program with errors is not linted", () => {
  const { diagnostics } = compile(new SourceFile("m.cnn", "input 784; dense 10 softmax; softmax; conv 8 3"));
  expect(diagnostics.map(({ code }) => code)).toEqual(["CNN202"]);
});

test("lint stays linear: 20,000 layers in well under the time of their analysis", () => {
  const text = `input 8x8x8\nrepeat 5000 { conv 8 3x3 same bias=no; bn; relu; dropout 0.1 }\nflatten\ndense 10\n`;
  const started = performance.now();
  expect(codesOf(text)).toEqual([]);
  expect(performance.now() - started).toBeLessThan(10_000);
});

describe("sizes without bounds take no time", () => {
  test.each([
    "input 2x2x3\nconv 8 999999999x1 same relu\n",
    "input HxWx8\nconv 8 999999999 same relu\n",
    "input 100000x100000x8\nconv 8 99999x99999 same relu\n",
    "input 784\nrepeat 20000 { dense 64 sigmoid }\ndense 10\n",
    "input 8x8x8\nrepeat 20000 { conv 8 3x3 same }\n",
    "input 784\nrepeat 20000 { dropout 0.1; relu }\n",
  ])("%j", (text) => {
    const before = process.cpuUsage();
    compile(new SourceFile("m.cnn", text));
    // Processor time, which does not depend on what else runs.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(8_000);
  });
});

test("a classifier of another file in the midst of a network is told at its call", () => {
  const base = "model base(top = yes) { input 8x8x3; conv 4 3x3 relu; if top { flatten; dense 5 softmax } }";
  const readImport = (): SourceFile => new SourceFile("base.cnn", base);
  const program = (call: string): string => `use base\ninput 8x8x3\n${call}\ndense 3 softmax\n`;
  const [finding, ...others] = lintsOf(program("head: base"), { readImport });
  expect(others).toEqual([]);
  expect(finding?.code).toBe("CNN514");
  expect(spanText(finding!.primary.span)).toBe("head: base");
  expect(codesOf(program("base top=no\nglobal_pool avg"), { readImport })).toEqual([]);
});
