import { describe, expect, it } from "vitest";
import { activationNames } from "../../src/layers/activations.ts";
import { layerDefinitions } from "../../src/layers/index.ts";
import type { LayerKind } from "../../src/graph/layer-kind.ts";
import { compileModel } from "./compile-model.ts";
import { expectExportRuns, operators } from "./harness.ts";

/** What each layer kind's example becomes in opset 17; a person would hardly write fewer nodes. */
const operatorsOfExamples: { readonly [Kind in LayerKind]: string } = {
  input: "Conv GlobalAveragePool Flatten Gemm Softmax",
  conv: "Conv Relu",
  conv_transpose: "ConvTranspose Relu",
  depthwise: "Conv Relu",
  separable: "Conv Conv Relu",
  pool: "Conv Relu MaxPool",
  global_pool: "Conv Relu GlobalAveragePool Flatten Gemm Softmax",
  dense: "Gemm Softmax",
  flatten: "Flatten Gemm Softmax",
  reshape: "Reshape Conv Relu",
  permute: "Transpose",
  repeat_vector: "Reshape Expand Conv",
  pad: "Conv",
  crop: "Slice Conv",
  upsample: "Resize Conv",
  bn: "Conv Relu",
  layer_norm: "Transpose LayerNormalization MatMul Add Transpose",
  group_norm: "Conv Reshape InstanceNormalization Reshape Mul Add Relu",
  instance_norm: "Conv InstanceNormalization Relu",
  rms_norm: "Mul ReduceMean Add Sqrt Div Mul Conv",
  lrn: "LRN MaxPool",
  normalize: "Sub Div Conv Relu",
  rescale: "Mul Add Conv Relu",
  activation: "Conv LeakyRelu",
  prelu: "Conv PRelu",
  dropout: "Gemm Relu Gemm Softmax",
  spatial_dropout: "Conv Relu",
  gaussian_noise: "Conv Relu",
  gaussian_dropout: "Gemm Relu Gemm Softmax",
  embedding: "Cast Gather Transpose Conv Relu GlobalMaxPool Flatten Gemm Sigmoid",
  attention:
    "Conv Reshape Conv Reshape Conv Reshape Mul Transpose MatMul Softmax Transpose MatMul Transpose Reshape MatMul Add Transpose",
  add: "Conv Relu Add",
  subtract: "Conv Relu Sub",
  multiply: "Conv Relu Mul",
  average: "Conv Relu Add Mul",
  maximum: "Conv Relu Max",
  minimum: "Conv Relu Min",
  concat: "Conv Relu Conv Relu Concat",
  dot: "Mul ReduceSum Max Sqrt Div Mul ReduceSum Max Sqrt Div Reshape Reshape MatMul Flatten",
};

const examples = Object.entries(layerDefinitions).map(
  ([kind, { example }]) => [kind as LayerKind, example] as const,
);

describe("the example of every layer kind", () => {
  it.each(examples)("%s", async (kind, example) => {
    const model = compileModel(example, kind === "input" ? ["8x8x3"] : []);
    expect(operators(await expectExportRuns(model))).toBe(operatorsOfExamples[kind]);
    await expectExportRuns(model, { layout: "channels_last" });
    // Its example is large; other opsets see a small one below.
    if (kind === "lrn") return;
    for (const opset of [9, 13, 21, 23]) await expectExportRuns(model, { opset });
  });
});

/** What activations become in opset 17 and later where that is not the operator of the same name. */
const onnxForms: Readonly<Record<string, string>> = {
  linear: "",
  leaky_relu: "LeakyRelu",
  celu: "Elu",
  relu6: "Clip",
  gelu: "Mul Erf Add Mul Mul",
  silu: "Sigmoid Mul",
  swish: "Sigmoid Mul",
  mish: "Softplus Tanh Mul",
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

  it("in the shorter form of a later operator set", async () => {
    const model = compileModel("input 5x5x3; pool max 2 stride=1; gelu; mish");
    expect(operators(await expectExportRuns(model, { opset: 20 }))).toBe("MaxPool Gelu Mish");
  });
});

describe("layers with arguments of their own", () => {
  it.each([
    ["group_norm 2 scale=no", "MaxPool Reshape InstanceNormalization Reshape Add"],
    ["group_norm 2 epsilon=0.1 scale=no center=no", "MaxPool Reshape InstanceNormalization Reshape"],
    ["group_norm 1", "MaxPool Reshape InstanceNormalization Reshape Mul Add"],
    ["instance_norm center=no", "MaxPool InstanceNormalization"],
    ["layer_norm epsilon=0.01", "MaxPool Transpose LayerNormalization Transpose"],
    ["layer_norm scale=no center=no", "MaxPool Transpose LayerNormalization Transpose"],
    ["layer_norm scale=no", "MaxPool Transpose LayerNormalization Transpose"],
    ["prelu", "MaxPool PRelu"],
    ["upsample 2", "MaxPool Resize"],
    ["upsample 3x2", "MaxPool Resize"],
    ["upsample 3x2 bilinear", "MaxPool Resize"],
    ["lrn 3 alpha=0.5 beta=0.6 k=2", "MaxPool LRN"],
    ["lrn 4", "MaxPool Mul Conv Mul Add Pow Div"],
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
