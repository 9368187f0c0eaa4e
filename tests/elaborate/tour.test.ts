import { describe, expect, test } from "vitest";
import { graphOf } from "./elaborating.ts";

// The programs of the tour, each against the layers that it describes.

describe("the tour's programs", () => {
  test("one line is a model", () => {
    expect(graphOf("conv 32 3x3 relu; pool max 2; flatten; dense 10 softmax"))
      .toBe(`model main (input implied)
%0 input_layer = input()
%1 conv2d = conv(%0) filters=32 kernel=3x3 activation=relu
%2 max_pooling2d = pool(%1) mode=max size=2
%3 flatten = flatten(%2)
%4 dense = dense(%3) units=10 activation=softmax
inputs %0
output dense = %4
`);
  });

  test("LeNet-5 with its parameter", () => {
    const text = `model lenet5(classes = 10)

input 32x32x1                 # height x width x channels; the batch is implied
conv 6 5x5 tanh
pool avg 2
conv 16 5x5 tanh
pool avg 2
conv 120 5x5 tanh
flatten
dense 84 tanh
dense classes softmax
`;
    expect(graphOf(text)).toBe(`model lenet5
%0 input_layer = input() shape=32x32x1
%1 conv2d = conv(%0) filters=6 kernel=5x5 activation=tanh
%2 average_pooling2d = pool(%1) mode=avg size=2
%3 conv2d_1 = conv(%2) filters=16 kernel=5x5 activation=tanh
%4 average_pooling2d_1 = pool(%3) mode=avg size=2
%5 conv2d_2 = conv(%4) filters=120 kernel=5x5 activation=tanh
%6 flatten = flatten(%5)
%7 dense = dense(%6) units=84 activation=tanh
%8 dense_1 = dense(%7) units=10 activation=softmax
inputs %0
output dense_1 = %8
`);
    expect(graphOf(text, { set: ["classes=5"] })).toContain("dense_1 = dense(%7) units=5 activation=softmax");
  });

  const blocks = `block inception(a, b3r, b3, b5r, b5, p) {
  concat {
    branch { conv a 1x1 relu }
    branch { conv b3r 1x1 relu; conv b3 3x3 same relu }
    branch { conv b5r 1x1 relu; conv b5 5x5 same relu }
    branch { pool max 3x3 stride=1 same; conv p 1x1 relu }
  }
}

block residual(filters, stride = 1) {
  add {
    branch {
      conv filters 3x3 stride=stride same bias=no; bn; relu
      conv filters 3x3 same bias=no; bn
    }
    branch {
      if stride != 1 or in.channels != filters { conv filters 1x1 stride=stride bias=no; bn }
    }
  }
  relu
}
`;

  test("the inception block", () => {
    expect(graphOf(`${blocks}input 28x28x192\ninception 64 96 128 16 32 32`)).toBe(`model main
%0 input_layer = input() shape=28x28x192
%1 conv2d = conv(%0) filters=64 kernel=1x1 activation=relu   # in inception / branch 1
%2 conv2d_1 = conv(%0) filters=96 kernel=1x1 activation=relu   # in inception / branch 2
%3 conv2d_2 = conv(%2) filters=128 kernel=3x3 pad=same activation=relu   # in inception / branch 2
%4 conv2d_3 = conv(%0) filters=16 kernel=1x1 activation=relu   # in inception / branch 3
%5 conv2d_4 = conv(%4) filters=32 kernel=5x5 pad=same activation=relu   # in inception / branch 3
%6 max_pooling2d = pool(%0) mode=max size=3x3 stride=1 pad=same   # in inception / branch 4
%7 conv2d_5 = conv(%6) filters=32 kernel=1x1 activation=relu   # in inception / branch 4
%8 concatenate = concat(%1, %3, %5, %7)   # in inception
inputs %0
output concatenate = %8
`);
  });

  test("the residual block: identity where shapes agree, a projection where they do not", () => {
    expect(graphOf(`${blocks}input 8x8x16\nresidual 16\ndown: residual 32 2`)).toBe(`model main
%0 input_layer = input() shape=8x8x16
%1 conv2d = conv(%0) filters=16 kernel=3x3 stride=1 pad=same bias=no   # in residual / branch 1
%2 batch_normalization = bn(%1)   # in residual / branch 1
%3 re_lu = activation(%2)   # in residual / branch 1
%4 conv2d_1 = conv(%3) filters=16 kernel=3x3 pad=same bias=no   # in residual / branch 1
%5 batch_normalization_1 = bn(%4)   # in residual / branch 1
%6 add = add(%5, %0)   # in residual
%7 re_lu_1 = activation(%6)   # in residual
%8 conv2d_2 = conv(%7) filters=32 kernel=3x3 stride=2 pad=same bias=no   # in down: residual / branch 1
%9 batch_normalization_2 = bn(%8)   # in down: residual / branch 1
%10 re_lu_2 = activation(%9)   # in down: residual / branch 1
%11 conv2d_3 = conv(%10) filters=32 kernel=3x3 pad=same bias=no   # in down: residual / branch 1
%12 batch_normalization_3 = bn(%11)   # in down: residual / branch 1
%13 conv2d_4 = conv(%7) filters=32 kernel=1x1 stride=2 bias=no   # in down: residual / branch 2
%14 batch_normalization_4 = bn(%13)   # in down: residual / branch 2
%15 add_1 = add(%12, %14)   # in down: residual
%16 re_lu_3 = activation(%15)   # in down: residual
inputs %0
output re_lu_3 = %16
`);
  });

  test("the siamese network shares its encoder's weights", () => {
    const text = `model siamese
shared encoder { conv 32 3x3 relu; pool max 2; flatten; dense 64 relu }
input left 28x28x1
a: encoder
input right 28x28x1
b: encoder
from a
subtract b
same_class: dense 1 sigmoid
output same_class
`;
    expect(graphOf(text)).toBe(`model siamese
%0 left = input() shape=28x28x1
%1 conv2d = conv(%0) filters=32 kernel=3x3 activation=relu   # in a: encoder
%2 max_pooling2d = pool(%1) mode=max size=2   # in a: encoder
%3 flatten = flatten(%2)   # in a: encoder
%4 dense = dense(%3) units=64 activation=relu   # in a: encoder
%5 right = input() shape=28x28x1
%6 conv2d_use_2 = conv(%5) filters=32 kernel=3x3 activation=relu   # shares %1, in b: encoder
%7 max_pooling2d_use_2 = pool(%6) mode=max size=2   # shares %2, in b: encoder
%8 flatten_use_2 = flatten(%7)   # shares %3, in b: encoder
%9 dense_use_2 = dense(%8) units=64 activation=relu   # shares %4, in b: encoder
%10 subtract = subtract(%4, %9)
%11 same_class = dense(%10) units=1 activation=sigmoid
inputs %0 %5
output same_class = %11
`);
  });

  const mobilenet = `model mobilenet_v2(classes = 1000, top = yes)
input 224x224x3
conv 8 3x3 stride=2 same bias=no; bn
block_12: conv 8 3x3 same
block_13: conv 8 3x3 same
if top { global_pool avg; dense classes softmax }
`;
  const pets = `use mobilenet

model pets(classes = 37)
input 224x224x3
augment { flip horizontal; shift 0.1; brightness 0.2 }   # active in training only
rescale 1/127.5 offset=-1             # part of the model: saved and exported with it
base: mobilenet_v2 top=no weights="mobilenet_v2.safetensors"
freeze base
global_pool avg
dropout 0.2
dense 128 relu l2=1e-4
dense classes softmax
`;

  test("transfer: a used model without its top, its weights and its names, frozen", () => {
    expect(graphOf(pets, { files: { mobilenet } })).toBe(`model pets
%0 input_layer = input() shape=224x224x3
%1 rescaling = rescale(%0) scale=0.00784313725490196 offset=-1
%2 base/conv2d = conv(%1) filters=8 kernel=3x3 stride=2 pad=same bias=no   # frozen, in base: mobilenet_v2
%3 base/batch_normalization = bn(%2)   # frozen, in base: mobilenet_v2
%4 base/block_12 = conv(%3) filters=8 kernel=3x3 pad=same   # frozen, in base: mobilenet_v2
%5 base/block_13 = conv(%4) filters=8 kernel=3x3 pad=same   # frozen, in base: mobilenet_v2
%6 global_average_pooling2d = global_pool(%5) mode=avg
%7 dropout = dropout(%6) rate=0.2
%8 dense = dense(%7) units=128 activation=relu l2=0.0001
%9 dense_1 = dense(%8) units=37 activation=softmax
inputs %0
output dense_1 = %9
weights "mobilenet_v2.safetensors" for %2..%5 base/
augment {
  flip horizontal
  shift 0.1
  brightness 0.2
}
`);
  });

  test("unfreezing from a block on, that block included", () => {
    const graph = graphOf(`${pets}unfreeze base from block_13\n`, { files: { mobilenet } });
    const frozen = graph.split("\n").filter((line) => line.includes("frozen"));
    expect(frozen.map((line) => line.split(" ")[1])).toEqual([
      "base/conv2d",
      "base/batch_normalization",
      "base/block_12",
    ]);
    expect(graphOf(`${pets}unfreeze base from base.block_13\n`, { files: { mobilenet } })).toBe(graph);
  });

  test("training is declared beside the model", () => {
    const text = `input 8x8x1
flatten; dense 10
train {
  data fashion_mnist
  loss cross_entropy            # may be left out: follows from the last activation
  optimizer adam 0.001
  batch 32
  epochs 5
  metrics accuracy
  schedule cosine warmup=1
  stop val_loss patience=3
  seed 0
}
`;
    expect(graphOf(text)).toContain(`train {
  data fashion_mnist
  loss cross_entropy
  optimizer adam 0.001
  batch 32
  epochs 5
  metrics accuracy
  schedule cosine warmup=1
  stop val_loss patience=3
  seed 0
}
`);
  });
});
