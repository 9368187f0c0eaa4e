import { describe, expect, it } from "vitest";
import { activationNames } from "../../src/layers/activations.ts";
import { layerDefinitions } from "../../src/layers/index.ts";
import type { LayerKind } from "../../src/graph/layer-kind.ts";
import { compileExample, compileModel } from "./compile-model.ts";
import { expectExportRuns, operators } from "./harness.ts";

/** What each layer kind becomes in opset 20; a person would hardly write fewer nodes. */
const onnxOfLayers: { readonly [Kind in LayerKind]: readonly [source: string, operators: string] } = {
  input: ["input 8x8x3; conv 8 3x3 same; global_pool avg; dense 2 softmax", "Conv ReduceMean Gemm Softmax"],
  conv: ["input 8x8x1; conv 4 3x3 same relu", "Conv Relu"],
  conv_transpose: ["input 7x7x6; conv_transpose 4 3x3 stride=2 same relu", "ConvTranspose Relu"],
  depthwise: ["input 8x8x4; depthwise 3x3 same bias=no; bn; relu", "Conv Relu"],
  separable: ["input 8x8x4; separable 6 3x3 same relu", "Conv Conv Relu"],
  pool: ["input 8x8x1; conv 4 3x3 relu; pool max 2", "Conv Relu MaxPool"],
  global_pool: [
    "input 8x8x1; conv 4 3x3 relu; global_pool avg; dense 3 softmax",
    "Conv Relu ReduceMean Gemm Softmax",
  ],
  dense: ["input 12; dense 3 softmax", "Gemm Softmax"],
  flatten: ["input 8x8x1; flatten; dense 3 softmax", "Flatten Gemm Softmax"],
  reshape: ["input 64; reshape 8x8x1; conv 4 3x3 relu", "Reshape Conv Relu"],
  permute: ["input 8x6; permute 2x1", "Transpose"],
  repeat_vector: ["input 6; repeat_vector 5; conv 4 3", "Reshape Expand Conv"],
  pad: ["input 8x8x1; pad 1x1; conv 4 3x3", "Conv"],
  crop: ["input 8x8x1; crop 2x2; conv 4 3x3", "Slice Conv"],
  upsample: ["input 7x7x4; upsample 2 bilinear; conv 4 3x3 same", "Resize Conv"],
  bn: ["input 8x8x1; conv 4 3x3 bias=no; bn; relu", "Conv Relu"],
  layer_norm: ["input 10x6; layer_norm; dense 4", "ReduceMean Sub Pad ReduceL2 Div Conv"],
  group_norm: [
    "input 8x8x1; conv 4 3x3; group_norm 2; relu",
    "Conv Reshape InstanceNormalization Reshape Mul Add Relu",
  ],
  instance_norm: ["input 8x8x3; conv 4 3x3; instance_norm; relu", "Conv InstanceNormalization Relu"],
  rms_norm: ["input 10x6; rms_norm; dense 4", "Mul ReduceMean Add Sqrt Div Mul Conv"],
  lrn: ["input 9x9x12; lrn 5; pool max 3 stride=2", "LRN MaxPool"],
  normalize: ["input 8x8x1; normalize mean=0.2860 variance=0.1246; conv 4 3x3 relu", "Sub Div Conv Relu"],
  rescale: ["input 8x8x1; rescale 1/127.5 offset=-1; conv 4 3x3 relu", "Mul Add Conv Relu"],
  activation: ["input 8x8x1; conv 4 3x3; leaky_relu 0.1", "Conv LeakyRelu"],
  prelu: ["input 8x8x1; conv 4 3x3; prelu shared=1x2", "Conv PRelu"],
  glu: ["input 8x8x1; conv 4 3x3; glu; relu", "Conv Slice Slice Sigmoid Mul Relu"],
  threshold: ["input 8x8x1; conv 4 3x3; threshold 0.5 value=-1; relu", "Conv Greater Where Relu"],
  layer_scale: ["input 8x8x1; conv 4 3x3; layer_scale 0.5; relu", "Conv Relu"],
  dropout: ["input 12; dense 8 relu; dropout 0.5; dense 3 softmax", "Gemm Relu Gemm Softmax"],
  spatial_dropout: ["input 8x8x1; conv 4 3x3 relu; spatial_dropout 0.2", "Conv Relu"],
  gaussian_noise: ["input 8x8x1; gaussian_noise 0.1; conv 4 3x3 relu", "Conv Relu"],
  gaussian_dropout: [
    "input 12; dense 8 relu; gaussian_dropout 0.3; dense 3 softmax",
    "Gemm Relu Gemm Softmax",
  ],
  embedding: [
    "input 20; embedding 50 6; conv 4 5 relu; global_pool max; dense 1 sigmoid",
    "Cast Gather Reshape Conv Relu ReduceMax Gemm Sigmoid",
  ],
  attention: [
    "input 10x8; attention 4",
    "Conv Conv Conv Reshape Reshape Reshape Mul Einsum Softmax Einsum Reshape Conv",
  ],
  dot: [
    "input a 6; input b 6; dot a normalize=yes",
    "Mul ReduceSum Max Sqrt Div Mul ReduceSum Max Sqrt Div Reshape Reshape MatMul Flatten",
  ],
  rbf: [
    "input 6; dense 5 tanh; rbf 3; rescale -1; softmax",
    "Gemm Tanh Reshape Sub Mul ReduceSum Mul Softmax",
  ],
  concat: [
    "input 8x8x4; concat { branch { conv 4 1x1 relu }; branch { conv 6 3x3 same relu } }",
    "Conv Relu Conv Relu Concat",
  ],
  add: ["input 8x8x4; add { branch { conv 4 3x3 same relu }; branch { } }", "Conv Relu Add"],
  subtract: ["input 8x8x4; subtract { branch { conv 4 3x3 same relu }; branch { } }", "Conv Relu Sub"],
  multiply: ["input 8x8x4; multiply { branch { conv 4 3x3 same relu }; branch { } }", "Conv Relu Mul"],
  average: ["input 8x8x4; average { branch { conv 4 3x3 same relu }; branch { } }", "Conv Relu Add Mul"],
  maximum: ["input 8x8x4; maximum { branch { conv 4 3x3 same relu }; branch { } }", "Conv Relu Max"],
  minimum: ["input 8x8x4; minimum { branch { conv 4 3x3 same relu }; branch { } }", "Conv Relu Min"],
};

describe("every layer kind", () => {
  it.each(Object.entries(onnxOfLayers))("%s", async (_, [source, expected]) => {
    const model = compileModel(source);
    expect(operators(await expectExportRuns(model))).toBe(expected);
    await expectExportRuns(model, { layout: "channels_last" });
    for (const opset of [9, 13, 21, 23]) await expectExportRuns(model, { opset });
  });

  it.each(Object.entries(layerDefinitions))(
    "%s: the example of its documentation",
    async (_, { example }) => {
      await expectExportRuns(compileExample(example));
    },
  );
});

it("a reshape that has become one with the layer's own hides no other shape", async () => {
  const dot = "dot -1 { branch { tanh }; branch { } }";
  const model = compileModel(`input 1x5x5; dense 5; ${dot}; group_norm 5; dense 5`);
  for (const layout of ["channels_first", "channels_last"] as const)
    await expectExportRuns(model, { layout });
});

/** What activations become in opset 20 and later where that is not the operator of the same name. */
const onnxForms: Readonly<Record<string, string>> = {
  linear: "",
  leaky_relu: "LeakyRelu",
  celu: "Elu",
  relu6: "Clip",
  silu: "Sigmoid Mul",
  swish: "Sigmoid Mul",
  exponential: "Exp",
  hard_silu: "HardSwish",
  hard_swish: "HardSwish",
  hard_sigmoid: "HardSigmoid",
  hard_tanh: "Clip",
  hard_shrink: "Shrink",
  soft_shrink: "Shrink",
  tanh_shrink: "Tanh Sub",
  log_sigmoid: "Neg Softplus Neg",
  log_softmax: "LogSoftmax",
  sparsemax:
    "Reshape Transpose Sub Relu ReduceSum Sub Greater Cast ReduceSum Transpose Mul ReduceSum Sub Reshape Div Sub Relu",
  squareplus: "Mul Add Sqrt Add Mul",
  sparse_plus: "Add Mul Clip Mul Sub Relu Add",
  sparse_sigmoid: "Add Mul Clip",
};

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

describe("every activation", () => {
  it.each(activationNames)("%s", async (name) => {
    const model = compileModel(`input 5x5x3; pool max 2 stride=1; ${name}`);
    const expected = `MaxPool ${onnxForms[name] ?? capitalized(name)}`.trim();
    expect(operators(await expectExportRuns(model))).toBe(expected);
    for (const opset of [9, 13, 21, 23]) await expectExportRuns(model, { opset });
  });

  it("with any parameter", async () => {
    for (const [written, expected] of [
      ["leaky_relu 0.01", "LeakyRelu"],
      ["leaky_relu 1.5", "LeakyRelu"],
      ["leaky_relu 0", "LeakyRelu"],
      ["elu 0.25", "Elu"],
      ["celu 2", "Celu"],
      ["hard_shrink 0.1", "Shrink"],
      ["soft_shrink 0.1", "Shrink"],
    ]) {
      const model = compileModel(`input 5x5x3; pool max 2 stride=1; ${written}`);
      expect(operators(await expectExportRuns(model))).toBe(`MaxPool ${expected}`);
    }
  });

  it("in the longer form of an earlier operator set", async () => {
    const model = compileModel("input 5x5x3; pool max 2 stride=1; gelu; mish");
    expect(operators(await expectExportRuns(model, { opset: 17 }))).toBe(
      "MaxPool Mul Erf Add Mul Mul Softplus Tanh Mul",
    );
  });
});

describe("layers with arguments of their own", () => {
  it.each([
    ["group_norm 2 scale=no", "MaxPool Reshape InstanceNormalization Reshape Add"],
    ["group_norm 2 epsilon=0.1 scale=no center=no", "MaxPool Reshape InstanceNormalization Reshape"],
    ["group_norm 1", "MaxPool Reshape InstanceNormalization Reshape Mul Add"],
    ["instance_norm center=no", "MaxPool InstanceNormalization"],
    ["layer_norm epsilon=0.01", "MaxPool ReduceMean Sub Pad ReduceL2 Div Mul Add"],
    ["layer_norm scale=no center=no", "MaxPool ReduceMean Sub Pad ReduceL2 Div Mul"],
    ["layer_norm scale=no", "MaxPool ReduceMean Sub Pad ReduceL2 Div Mul Add"],
    ["prelu", "MaxPool PRelu"],
    ["upsample 2", "MaxPool Resize"],
    ["upsample 3x2", "MaxPool Resize"],
    ["upsample 3x2 bilinear", "MaxPool Resize"],
    ["lrn 3 alpha=0.5 beta=0.6 k=2", "MaxPool LRN"],
    ["lrn 4", "MaxPool Mul Conv Pow Div"],
    ["pool min 2", "MaxPool Neg MaxPool Neg"],
    ["pool sum 2", "MaxPool AveragePool Mul"],
    ["bn scale=no center=no", "MaxPool BatchNormalization"],
    ["global_pool max keepdims=yes", "MaxPool GlobalMaxPool"],
    ["flatten; dense 3", "MaxPool Flatten Gemm"],
    ["permute 2x1x3", "MaxPool Transpose"],
  ])("%s", async (written, expected) => {
    const model = compileModel(`input 6x7x6; pool max 2 stride=1; ${written}`);
    expect(operators(await expectExportRuns(model))).toBe(expected);
    for (const opset of [9, 10, 11, 13, 21, 23]) await expectExportRuns(model, { opset });
  });
});
