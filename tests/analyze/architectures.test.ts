import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { verifyLayerGraph } from "../../src/graph/verify.ts";
import { SourceFile } from "../../src/source/source-file.ts";

interface Architecture {
  readonly source: string;
  /** All weights, running statistics among them. */
  readonly parameters: number;
  readonly trainable: number;
  /** Of convolutions and dense layers. */
  readonly multiplyAccumulates: number;
}

// Counted on the models of torchvision 0.14.1, and on the papers' networks built in PyTorch.
const architectures: Readonly<Record<string, Architecture>> = {
  "MobileNet v2: depthwise convolutions, blocks with and without a shortcut": {
    source: `
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
    parameters: 3538984,
    trainable: 3504872,
    multiplyAccumulates: 300774272,
  },
  "ResNeXt-50 32x4d: grouped convolutions": {
    source: `
block bottleneck(width, filters, stride) {
  add {
    branch {
      conv width 1x1 bias=no; bn; relu
      conv width 3x3 stride=stride pad=1 groups=32 bias=no; bn; relu
      conv filters 1x1 bias=no; bn
    }
    branch { if stride != 1 or in.channels != filters { conv filters 1x1 stride=stride bias=no; bn } }
  }
  relu
}
input 224x224x3
conv 64 7x7 stride=2 pad=3 bias=no; bn; relu
pool max 3 stride=2 pad=1
for (w, f, n, s) in [(128,256,3,1), (256,512,4,2), (512,1024,6,2), (1024,2048,3,2)] {
  bottleneck w f s
  repeat (n - 1) { bottleneck w f 1 }
}
global_pool avg; dense 1000`,
    parameters: 25097128,
    trainable: 25028904,
    multiplyAccumulates: 4230479872,
  },
  "the original U-Net: transposed convolutions, cropping": {
    source: `
input 572x572x1
conv 64 3x3 relu; c1: conv 64 3x3 relu; pool max 2
conv 128 3x3 relu; c2: conv 128 3x3 relu; pool max 2
conv 256 3x3 relu; c3: conv 256 3x3 relu; pool max 2
conv 512 3x3 relu; c4: conv 512 3x3 relu; pool max 2
conv 1024 3x3 relu; conv 1024 3x3 relu
u4: conv_transpose 512 2x2 stride=2
from c4; d4: crop 4x4; from u4; concat d4
conv 512 3x3 relu; conv 512 3x3 relu
u3: conv_transpose 256 2x2 stride=2
from c3; d3: crop 16x16; from u3; concat d3
conv 256 3x3 relu; conv 256 3x3 relu
u2: conv_transpose 128 2x2 stride=2
from c2; d2: crop 40x40; from u2; concat d2
conv 128 3x3 relu; conv 128 3x3 relu
u1: conv_transpose 64 2x2 stride=2
from c1; d1: crop 88x88; from u1; concat d1
conv 64 3x3 relu; conv 64 3x3 relu
conv 2 1x1`,
    parameters: 31030658,
    trainable: 31030658,
    multiplyAccumulates: 150428424448,
  },
  "the AlexNet of 2012: two groups, local response normalisation": {
    source: `
input 227x227x3
conv 96 11x11 stride=4 relu; lrn 5; pool max 3 stride=2
conv 256 5x5 pad=2 groups=2 relu; lrn 5; pool max 3 stride=2
conv 384 3x3 same relu; conv 384 3x3 same groups=2 relu; conv 256 3x3 same groups=2 relu; pool max 3 stride=2
flatten; dense 4096 relu; dense 4096 relu; dense 1000`,
    parameters: 60965224,
    trainable: 60965224,
    multiplyAccumulates: 724406816,
  },
};

describe("totals of known architectures", () => {
  it.each(Object.keys(architectures))("%s", (name) => {
    const { source, parameters, trainable, multiplyAccumulates } = architectures[name]!;
    const { model, diagnostics } = compile(new SourceFile("model.cnn", source));
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
    verifyLayerGraph(model.graph);
    const { totals } = model;
    expect(totals.parameters.value).toBe(parameters);
    expect(totals.trainableParameters.value).toBe(trainable);
    expect(totals.multiplyAccumulates.value).toBe(multiplyAccumulates);
  });
});
