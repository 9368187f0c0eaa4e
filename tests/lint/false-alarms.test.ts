import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { readImport } from "../../src/files/imports.ts";
import { SourceFile } from "../../src/source/source-file.ts";

/** Well-known networks that are right as they are: a finding in one of them is a false alarm. */
const architectures: Readonly<Record<string, string>> = {
  "LeNet-5 with sigmoid, as in Dive into Deep Learning": `
input 28x28x1
conv 6 5x5 pad=2 sigmoid; pool avg 2; conv 16 5x5 sigmoid; pool avg 2
flatten; dense 120 sigmoid; dense 84 sigmoid; dense 10`,
  "AlexNet as in torchvision": `
input 224x224x3
conv 64 11x11 stride=4 pad=2 relu; pool max 3 stride=2
conv 192 5x5 pad=2 relu; pool max 3 stride=2
conv 384 3x3 pad=1 relu; conv 256 3x3 pad=1 relu; conv 256 3x3 pad=1 relu; pool max 3 stride=2
flatten; dropout 0.5; dense 4096 relu; dropout 0.5; dense 4096 relu; dense 1000`,
  "AlexNet of 2012": `
input 227x227x3
conv 96 11x11 stride=4 relu; lrn 5; pool max 3 stride=2
conv 256 5x5 pad=2 groups=2 relu; lrn 5; pool max 3 stride=2
conv 384 3x3 same relu; conv 384 3x3 same groups=2 relu; conv 256 3x3 same groups=2 relu; pool max 3 stride=2
flatten; dense 4096 relu; dropout 0.5; dense 4096 relu; dropout 0.5; dense 1000 softmax`,
  "Keras' example for MNIST": `
input 28x28x1
conv 32 3x3 relu; pool max 2; conv 64 3x3 relu; pool max 2; flatten; dropout 0.5; dense 10 softmax`,
  "TensorFlow's example for CIFAR-10": `
input 32x32x3
conv 32 3x3 relu; pool max 2; conv 64 3x3 relu; pool max 2; conv 64 3x3 relu; flatten; dense 64 relu; dense 10`,
  "PyTorch's example for CIFAR-10": `
input 32x32x3
conv 6 5x5 relu; pool max 2; conv 16 5x5 relu; pool max 2; flatten; dense 120 relu; dense 84 relu; dense 10`,
  GoogLeNet: `
block inception(a, b3r, b3, b5r, b5, p) {
  concat {
    branch { conv a 1x1 relu }
    branch { conv b3r 1x1 relu; conv b3 3x3 same relu }
    branch { conv b5r 1x1 relu; conv b5 5x5 same relu }
    branch { pool max 3x3 stride=1 same; conv p 1x1 relu }
  }
}
input 224x224x3
conv 64 7x7 stride=2 same relu; pool max 3x3 stride=2 same; lrn 5
conv 64 1x1 relu; conv 192 3x3 same relu; lrn 5; pool max 3x3 stride=2 same
inception 64 96 128 16 32 32; inception 128 128 192 32 96 64; pool max 3x3 stride=2 same
inception 192 96 208 16 48 64; inception 160 112 224 24 64 64; inception 128 128 256 24 64 64
inception 112 144 288 32 64 64; inception 256 160 320 32 128 128; pool max 3x3 stride=2 same
inception 256 160 320 32 128 128; inception 384 192 384 48 128 128
global_pool avg; dropout 0.4; dense 1000 softmax`,
  "Inception v3: its first layers and one block of each kind": `
block unit(filters, window, stride = 1, border = same) {
  conv filters window stride=stride pad=border bias=no; bn scale=no; relu
}
input 299x299x3
unit 32 3x3 stride=2 border=valid; unit 32 3x3 border=valid; unit 64 3x3; pool max 3 stride=2
unit 80 1x1 border=valid; unit 192 3x3 border=valid; pool max 3 stride=2
concat {
  branch { unit 64 1x1 }
  branch { unit 48 1x1; unit 64 5x5 }
  branch { unit 64 1x1; unit 96 3x3; unit 96 3x3 }
  branch { pool avg 3 stride=1 same; unit 32 1x1 }
}
concat {
  branch { unit 384 3x3 stride=2 border=valid }
  branch { unit 64 1x1; unit 96 3x3; unit 96 3x3 stride=2 border=valid }
  branch { pool max 3 stride=2 }
}
concat {
  branch { unit 192 1x1 }
  branch { unit 128 1x1; unit 128 1x7; unit 192 7x1 }
  branch { unit 128 1x1; unit 128 7x1; unit 128 1x7; unit 128 7x1; unit 192 1x7 }
  branch { pool avg 3 stride=1 same; unit 192 1x1 }
}
global_pool avg; dense 1000 softmax`,
  "MobileNet v1": `
block separable_unit(filters, stride = 1) {
  depthwise 3x3 stride=stride same bias=no; bn; relu6
  conv filters 1x1 bias=no; bn; relu6
}
input 224x224x3
conv 32 3x3 stride=2 same bias=no; bn; relu6
separable_unit 64
for f in [128, 256, 512] { separable_unit f stride=2; separable_unit f }
repeat 4 { separable_unit 512 }
separable_unit 1024 stride=2; separable_unit 1024
global_pool avg; dropout 0.001; dense 1000 softmax`,
  "MobileNet v2": `
block inverted(filters, factor, stride) {
  let width = in.channels * factor
  if factor != 1 { conv width 1x1 bias=no; bn; relu6 }
  depthwise 3x3 stride=stride pad=1 bias=no; bn; relu6
  conv filters 1x1 bias=no; bn
}
input 224x224x3
conv 32 3x3 stride=2 pad=1 bias=no; bn; relu6
for (t, c, n, s) in [(1,16,1,1), (6,24,2,2), (6,32,3,2), (6,64,4,2), (6,96,3,1), (6,160,3,2), (6,320,1,1)] {
  inverted c t s
  repeat (n - 1) { add { branch { inverted c t 1 }; branch { } } }
}
conv 1280 1x1 bias=no; bn; relu6
global_pool avg; dropout 0.2; dense 1000`,
  "EfficientNet-B0 with its gates": `
block mbconv(filters, factor, size, stride) {
  let width = in.channels * factor
  let squeezed = max(1, in.channels // 4)
  if factor != 1 { conv width 1x1 bias=no; bn; silu }
  wide: depthwise (size)x(size) stride=stride same bias=no; bn; x: silu
  global_pool avg keepdims=yes; conv squeezed 1x1 silu; conv width 1x1 sigmoid; multiply x
  conv filters 1x1 bias=no; bn
}
input 224x224x3
rescale 1/255
conv 32 3x3 stride=2 same bias=no; bn; silu
for (t, c, n, s, k) in [(1,16,1,1,3), (6,24,2,2,3), (6,40,2,2,5), (6,80,3,2,3), (6,112,3,1,5), (6,192,4,2,5), (6,320,1,1,3)] {
  mbconv c t k s
  repeat (n - 1) { add { branch { mbconv c t k 1; dropout 0.2 }; branch { } } }
}
conv 1280 1x1 bias=no; bn; silu
global_pool avg; dropout 0.2; dense 1000 softmax`,
  "SqueezeNet 1.0": `
block fire(squeeze, expand) {
  conv squeeze 1x1 relu
  concat { branch { conv expand 1x1 relu }; branch { conv expand 3x3 same relu } }
}
input 224x224x3
conv 96 7x7 stride=2 relu; pool max 3 stride=2
fire 16 64; fire 16 64; fire 32 128; pool max 3 stride=2
fire 32 128; fire 48 192; fire 48 192; fire 64 256; pool max 3 stride=2
fire 64 256; dropout 0.5; conv 1000 1x1 relu; global_pool avg; softmax`,
  "the original U-Net": `
input 572x572x1
conv 64 3x3 relu; c1: conv 64 3x3 relu; pool max 2
conv 128 3x3 relu; c2: conv 128 3x3 relu; pool max 2
conv 256 3x3 relu; conv 256 3x3 relu
u2: conv_transpose 128 2x2 stride=2
from c2; d2: crop 4x4; from u2; concat d2
conv 128 3x3 relu; conv 128 3x3 relu
u1: conv_transpose 64 2x2 stride=2
from c1; d1: crop 16x16; from u1; concat d1
conv 64 3x3 relu; conv 64 3x3 relu
conv 2 1x1`,
  "the generator of DCGAN": `
input 100
dense 16384 bias=no; reshape 4x4x1024; bn; relu
for f in [512, 256, 128] { conv_transpose f 5x5 stride=2 same bias=no; bn; relu }
conv_transpose 3 5x5 stride=2 same tanh`,
  "the discriminator of DCGAN": `
input 64x64x3
conv 64 5x5 stride=2 same leaky_relu(0.2)
for f in [128, 256, 512] { conv f 5x5 stride=2 same bias=no; bn; leaky_relu 0.2 }
flatten; dense 1 sigmoid`,
  "ConvNeXt's blocks with dense layers": `
block unit(width) {
  add {
    branch { depthwise 7x7 same; layer_norm; dense (4 * width) gelu; dense width }
    branch { }
  }
}
input 224x224x3
conv 96 4x4 stride=4; layer_norm
repeat 3 { unit 96 }
layer_norm; conv 192 2x2 stride=2
repeat 3 { unit 192 }
global_pool avg; layer_norm; dense 1000`,
  "squeeze and excitation with dense layers": `
input 64x64x3
conv 64 3x3 stride=2 same relu; conv 64 3x3 stride=2 same relu
x: conv 64 3x3 same relu
global_pool avg; dense 4 relu; dense 64 sigmoid; reshape 1x1x64; multiply x
conv 64 3x3 stride=2 same relu; conv 64 3x3 same relu; global_pool avg; dense 10 softmax`,
  "a feature pyramid": `
input 256x256x3
conv 64 3x3 stride=2 same relu; c2: conv 64 3x3 stride=2 same relu; c3: conv 128 3x3 stride=2 same relu; c4: conv 256 3x3 stride=2 same relu
p4: conv 256 1x1
upsample 2; u4: linear
from c3; conv 256 1x1; add u4; p3: conv 256 3x3 same
from p4; o4: conv 256 3x3 same
output p3 o4`,
  "a wide residual network without dropout": `
block unit(filters, stride) {
  bn; relu
  x: linear
  add {
    branch { conv filters 3x3 stride=stride same bias=no; bn; relu; conv filters 3x3 same bias=no }
    branch { if in.channels != filters { conv filters 1x1 stride=stride bias=no } }
  }
}
input 32x32x3
conv 16 3x3 same bias=no
for (f, s) in [(64, 1), (128, 2), (256, 2)] { unit f s; unit f 1 }
bn; relu; global_pool avg; dense 10 softmax`,
  "Network in Network": `
input 224x224x3
for (f, k, s) in [(96, 11, 4), (256, 5, 1), (384, 3, 1)] {
  conv f (k)x(k) stride=s same relu; conv f 1x1 relu; conv f 1x1 relu; pool max 3 stride=2 same; dropout 0.5
}
conv 1000 3x3 same relu; conv 1000 1x1 relu; conv 1000 1x1 relu; global_pool avg; softmax`,
  SRCNN: "input HxWx1\nconv 64 9x9 same relu; conv 32 1x1 relu; conv 1 5x5 same",
  EDSR: `
input 48x48x3
head: conv 64 3x3 same
repeat 4 { add { branch { conv 64 3x3 same relu; conv 64 3x3 same }; branch { } } }
conv 64 3x3 same; add head; conv 3 3x3 same`,
  "an autoencoder": "input 784\ndense 128 relu; dense 32; dense 128 relu; dense 784 sigmoid",
  "a network for equations, of tanh": "input 2\nrepeat 9 { dense 20 tanh }; dense 1",
  "a network for faces": `
input 112x112x3
conv 64 3x3 stride=2 same bias=no; bn; relu; conv 128 3x3 stride=2 same bias=no; bn; relu
conv 256 3x3 stride=2 same bias=no; bn; relu; conv 256 3x3 stride=2 same bias=no; bn; relu
dropout 0.4; flatten; dense 512 bias=no; bn`,
  "the network for Atari games": `
input 84x84x4
conv 32 8x8 stride=4 relu; conv 64 4x4 stride=2 relu; conv 64 3x3 relu; flatten; dense 512 relu; dense 6`,
  "a vision transformer's patches": `
input 224x224x3
conv 192 16x16 stride=16; reshape 196x192
repeat 2 {
  add { branch { layer_norm; attention 3 }; branch { } }
  add { branch { layer_norm; dense 768 gelu; dense 192 }; branch { } }
}
layer_norm; global_pool avg; dense 1000`,
  "WaveNet's gates": `
input 1000x1
conv 32 2 causal
for d in [1, 2, 4, 8] {
  add {
    branch {
      multiply { branch { conv 32 2 causal dilation=d tanh }; branch { conv 32 2 causal dilation=d sigmoid } }
      conv 32 1
    }
    branch { }
  }
}
relu; conv 256 1 relu; conv 256 1 softmax`,
};

/** Findings that are true of a network as it was published. */
const knownFindings: readonly (readonly [network: string, code: string])[] = [
  ["the network for Atari games", "CNN525"], // 3,136·512 + 512 of 1,687,206
];

const findingsOf = (file: SourceFile, modelName?: string): readonly string[] =>
  compile(file, { modelName, readImport }).diagnostics.map(
    ({ code, message, primary }) =>
      `${code} line ${primary.span.file.position(primary.span.start).line}: ${message}`,
  );

describe("well-known networks are not complained about", () => {
  test.each(Object.keys(architectures))("%s", (name) => {
    const text = architectures[name]!;
    const unexpected = findingsOf(new SourceFile("model.cnn", text)).filter(
      (finding) => !knownFindings.some(([network, code]) => network === name && finding.startsWith(code)),
    );
    expect(unexpected).toEqual([]);
  });
});

const root = fileURLToPath(new URL("../..", import.meta.url));

function filesOf(folder: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".cnn")).map((name) => join(folder, name));
}

describe("nor are the examples and the library", () => {
  test.each([...filesOf("examples"), ...filesOf("stdlib")])("%s", (path) => {
    const file = new SourceFile(path, readFileSync(join(root, path), "utf8"));
    const models = compile(file, { readImport }).program.statements.filter(
      (statement) => statement.kind === "model",
    );
    const names = models.length > 1 ? models.map(({ name }) => name.name) : [undefined];
    expect(names.flatMap((name) => findingsOf(file, name).map((finding) => `${name}: ${finding}`))).toEqual(
      [],
    );
  });
});
