import { describe, expect, it } from "vitest";
import { compileModel } from "./compile-model.ts";
import { expectExportRuns, operators } from "./harness.ts";

/** Residual blocks as in CIFAR's ResNet-20, fewer of them. */
const resnet = `
block unit(filters, stride = 1) {
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
model resnet
input 16x16x3
conv 4 3x3 same bias=no; bn; relu
unit 4
unit 8 stride=2
global_pool avg
dense 10 softmax
`;

const networks: Readonly<Record<string, readonly [source: string, operators: string]>> = {
  "the lectures' network": [
    "input 28x28x1; conv 8 3x3 relu; pool max 2; conv 16 3x3 relu; pool max 2; flatten; dropout 0.5; dense 12 relu; dense 10 softmax",
    "Conv Relu MaxPool Conv Relu MaxPool Flatten Gemm Relu Gemm Softmax",
  ],
  lenet: [
    "input 32x32x1; conv 6 5x5 tanh; pool avg 2; conv 16 5x5 tanh; pool avg 2; conv 120 5x5 tanh; flatten; dense 84 tanh; dense 10 softmax",
    "Conv Tanh AveragePool Conv Tanh AveragePool Conv Tanh Flatten Gemm Tanh Gemm Softmax",
  ],
  "a small VGG": [
    "input 32x32x3; for f in [4, 8] { repeat 2 { conv f 3x3 same relu }; pool max 2 }; flatten; dense 16 relu; dropout 0.5; dense 10",
    "Conv Relu Conv Relu MaxPool Conv Relu Conv Relu MaxPool Flatten Gemm Relu Gemm",
  ],
  "a small residual network": [
    resnet,
    "Conv Relu Conv Relu Conv Add Relu Conv Relu Conv Conv Add Relu ReduceMean Gemm Softmax",
  ],
  "a network on sequences": [
    "input 64x3; conv 8 5 causal relu; pool max 2; conv 8 3 same dilation=2; leaky_relu 0.1; pool avg 3 same; global_pool max; dense 2 sigmoid",
    "Conv Relu MaxPool Conv LeakyRelu AveragePool ReduceMax Gemm Sigmoid",
  ],
  "a network on volumes": [
    "input 8x8x8x2; conv 4 3x3x3 same elu; pool max 2; conv 6 3x3x3 groups=2; flatten; dense 3",
    "Conv Elu MaxPool Conv Flatten Gemm",
  ],
};

// PyTorch 2.13 (torch.onnx.export, both exporters) writes as many nodes for these or more, the Identities of its older one left out.
describe("exportOnnx writes what a person would write", () => {
  for (const [name, [source, expected]] of Object.entries(networks)) {
    it(name, async () => {
      const model = await expectExportRuns(compileModel(source));
      expect(operators(model)).toBe(expected);
    });
  }
});
