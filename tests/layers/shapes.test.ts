import { describe, expect, it } from "vitest";
import { analyze } from "../../src/analyze/analyze.ts";
import { known, unknown } from "../../src/graph/dim.ts";
import type { ArgumentValue } from "../../src/graph/layer-graph.ts";
import type { LayerKind } from "../../src/graph/layer-kind.ts";
import { GraphBuilder, shapeOf } from "../analyze/graph-builder.ts";
import { checkLayer, inferLayer } from "./check-layer.ts";

// What Keras' shapes alone do not show: padding, arithmetic, cost, names, refusals. Expectations by hand.

/** The codes and first message of what is wrong with one layer. */
function refusal(
  kind: LayerKind,
  given: Readonly<Record<string, ArgumentValue>>,
  inputs: readonly string[],
): string {
  const { layer, diagnostics } = inferLayer(kind, given, inputs);
  expect(layer.shape).toBeUndefined();
  return diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n");
}

describe("transposed convolution", () => {
  it("undoes a convolution's shape, and holds that convolution's padding", () => {
    // A 3x3 convolution of stride 2 with `same` takes 14x14 to 7x7, padding 0 before and 1 after.
    checkLayer({
      kind: "conv_transpose",
      arguments: { filters: 32, kernel: [3], stride: [2], pad: "same" },
      inputs: ["7x7x64"],
      shape: "14x14x32",
      weights: ["kernel 3x3x32x64", "bias 32"],
      derivations: ["height: 7*2 = 14", "width: 7*2 = 14"],
      pads: ["0,1", "0,1"],
      multiplyAccumulates: String(7 * 7 * 9 * 64 * 32),
      kerasClass: "Conv2DTranspose",
    });
    checkLayer({
      kind: "conv_transpose",
      arguments: { filters: 32, kernel: [4], stride: [2], pad: [[1, 1]] },
      inputs: ["7x7x64"],
      shape: "14x14x32",
      derivations: ["height: (7 - 1)*2 + 4 - 1 - 1 = 14", "width: (7 - 1)*2 + 4 - 1 - 1 = 14"],
      pads: ["1,1", "1,1"],
    });
    checkLayer({
      kind: "conv_transpose",
      arguments: { filters: 2, kernel: [1], stride: [3] },
      inputs: ["4x1"],
      shape: "12x2",
      derivations: ["length: (4 - 1)*3 + 1 + 2 = 12"],
    });
    checkLayer({
      kind: "conv_transpose",
      arguments: { filters: 2, kernel: [2], stride: [2] },
      inputs: ["HxWx1"],
      shape: "(2*H)x(2*W)x2",
    });
  });

  it("refuses what loses cells", () => {
    const given = { filters: 2, kernel: [2], stride: [2], pad: "same", output_padding: [0] } as const;
    expect(refusal("conv_transpose", given, ["4x4x1"])).toMatch(/^CNN216: .*would lose the last cell$/);
    const cropped = { filters: 2, kernel: [2], pad: [[3, 3]] } as const;
    expect(refusal("conv_transpose", cropped, ["4x1"])).toMatch(/^CNN214: .*leaves nothing/);
  });
});

describe("depthwise and separable convolution", () => {
  it("count each channel's own window", () => {
    checkLayer({
      kind: "depthwise",
      arguments: { kernel: [3], stride: [2], pad: "same", bias: false },
      inputs: ["112x112x64"],
      shape: "56x56x64",
      parameters: String(9 * 64),
      multiplyAccumulates: String(56 * 56 * 64 * 9),
    });
    checkLayer({
      kind: "separable",
      arguments: { filters: 16, kernel: [3], multiplier: 2 },
      inputs: ["10x10x4"],
      shape: "8x8x16",
      weights: ["depthwise_kernel 3x3x4x2", "pointwise_kernel 1x1x8x16", "bias 16"],
      multiplyAccumulates: String(64 * 8 * 9 + 64 * 8 * 16),
    });
  });

  it("are not for volumes", () => {
    expect(refusal("depthwise", { kernel: [3] }, ["8x8x8x2"])).toMatch(/^CNN202: .*is a volume$/);
  });
});

describe("resizing", () => {
  it("adds, takes off and repeats cells", () => {
    const cells = [
      [0, 1],
      [2, 3],
    ] as const;
    checkLayer({
      kind: "pad",
      arguments: { cells },
      inputs: ["HxWx3"],
      shape: "(H+1)x(W+5)x3",
      derivations: ["height: H + 0 + 1 = H+1", "width: W + 2 + 3 = W+5"],
    });
    checkLayer({
      kind: "crop",
      arguments: { cells },
      inputs: ["28xWx3"],
      shape: "27x(W-5)x3",
      warnings: ["CNN211"],
    });
    checkLayer({ kind: "upsample", arguments: { size: [2, 1] }, inputs: ["HxWx3"], shape: "(2*H)xWx3" });
  });

  it("refuses to take off everything, and to blend a sequence", () => {
    expect(refusal("crop", { cells: [[4, 4]] }, ["8x9x3"])).toBe(
      "CNN214: crop 4 leaves nothing of its input 8x9x3",
    );
    expect(refusal("upsample", { mode: "bilinear" }, ["8x3"])).toMatch(
      /^CNN202: upsample bilinear is for images/,
    );
  });
});

describe("reshaping", () => {
  const reshape = (text: string) => ({ shape: shapeOf(text) });

  it("works out one axis, also of names", () => {
    checkLayer({
      kind: "reshape",
      arguments: reshape("28x28x?"),
      inputs: ["784"],
      shape: "28x28x1",
      derivations: ["channels: 784/784 = 1"],
    });
    checkLayer({ kind: "reshape", arguments: reshape("?x32"), inputs: ["HxWx32"], shape: "(H*W)x32" });
    checkLayer({ kind: "reshape", arguments: reshape("Wx?"), inputs: ["HxWx3"], shape: "Wx(3*H)" });
    checkLayer({ kind: "reshape", arguments: { shape: [known(-1)] }, inputs: ["4x5"], shape: "20" });
    checkLayer({
      kind: "reshape",
      arguments: reshape("?x3"),
      inputs: ["Hx4"],
      shape: "?x3",
      warnings: ["CNN211"],
    });
    checkLayer({ kind: "reshape", arguments: reshape("WxH"), inputs: ["HxW"], shape: "WxH" });
  });

  it("refuses another number of cells", () => {
    expect(refusal("reshape", reshape("28x28x3"), ["784"])).toBe(
      "CNN215: reshape: 784 and 28x28x3 have different numbers of cells",
    );
    expect(refusal("reshape", reshape("5x?"), ["784"])).toBe(
      "CNN215: reshape: the 784 cells of 784 do not divide into parts of 5",
    );
    expect(refusal("reshape", { shape: [unknown(), unknown()] }, ["784"])).toMatch(/^CNN215: .*at most one/);
  });

  it("permutes names", () => {
    checkLayer({ kind: "permute", arguments: { order: [3, 1, 2] }, inputs: ["HxWx3"], shape: "3xHxW" });
    expect(refusal("permute", { order: [1, 1] }, ["4x5"])).toBe(
      "CNN217: permute 1x1 must name each of 1 and 2 once",
    );
  });
});

describe("layers with weights of their own kind", () => {
  it("count attention's four dense layers", () => {
    checkLayer({
      kind: "attention",
      arguments: { heads: 4 },
      inputs: ["20x32"],
      shape: "20x32",
      weights: [
        "query/kernel 32x4x8",
        "query/bias 4x8",
        "key/kernel 32x4x8",
        "key/bias 4x8",
        "value/kernel 32x4x8",
        "value/bias 4x8",
        "attention_output/kernel 4x8x32",
        "attention_output/bias 32",
      ],
      parameters: String(4 * (32 * 32 + 32)),
      multiplyAccumulates: String(20 * 4 * 32 * 32),
    });
    expect(refusal("attention", { heads: 3 }, ["20x32"])).toBe(
      "CNN203: attention: 32 channels do not divide into 3 heads",
    );
  });

  it("hold the seven values of Keras' normalisation of images", () => {
    checkLayer({
      kind: "normalize",
      inputs: ["224x224x3"],
      shape: "224x224x3",
      weights: ["[mean 3]", "[variance 3]", "[count scalar]"],
      parameters: "7",
    });
  });

  it("scale each channel by a number of its own, which are no multiply-accumulates", () => {
    checkLayer({
      kind: "layer_scale",
      inputs: ["HxWx8"],
      shape: "HxWx8",
      parameters: "8",
      multiplyAccumulates: "0",
    });
  });

  it("share a slope along axes", () => {
    checkLayer({
      kind: "prelu",
      arguments: { shared: [1, 2] },
      inputs: ["HxWx8"],
      shape: "HxWx8",
      parameters: "8",
    });
    checkLayer({
      kind: "lrn",
      arguments: { size: 5 },
      inputs: ["55x55x96"],
      shape: "55x55x96",
      parameters: "0",
    });
  });
});

describe("rbf", () => {
  it("has a fixed code a unit, which may be learned", () => {
    const fixed = { kind: "rbf", arguments: { units: 10 }, inputs: ["Lx84"], shape: "Lx10" } as const;
    checkLayer({ ...fixed, weights: ["[codes 10x84]"], parameters: "840", multiplyAccumulates: "840*L" });
    checkLayer({ ...fixed, arguments: { units: 10, learned: true }, weights: ["codes 10x84"] });
    const digits = { ...fixed, arguments: { units: 10, codes: "digits" } };
    checkLayer({ ...digits, inputs: ["84"], shape: "10" });
    checkLayer({ ...digits, inputs: ["C"], shape: "10", warnings: ["CNN211"] });
  });

  it("has ten digits of 84 cells", () => {
    expect(refusal("rbf", { units: 10, codes: "digits" }, ["64"])).toMatch(/^CNN220: .* 10 units on 64$/);
    expect(refusal("rbf", { units: 26, codes: "digits" }, ["84"])).toMatch(/^CNN220: .* 26 units on 84$/);
  });
});

describe("dot", () => {
  it("explains its refusals", () => {
    expect(refusal("dot", { axes: [0] }, ["4", "4"])).toBe(
      "CNN209: dot: axis 0 is the batch, whose examples stay apart",
    );
    expect(refusal("dot", {}, ["4", "5"])).toBe(
      "CNN207: dot: units of input_0 (4) and units of input_1 (5) must be the same",
    );
    expect(refusal("dot", {}, ["4", "4", "4"])).toMatch(/^CNN210/);
  });
});

describe("the receptive field of a decoder", () => {
  it("moves by half a cell after up-sampling", () => {
    const builder = new GraphBuilder();
    builder.input("16x16x1");
    builder.layer("pool", { arguments: { mode: "max" } });
    builder.layer("conv", { arguments: { filters: 1, kernel: [3], pad: "same" } });
    builder.layer("upsample");
    builder.layer("conv", { arguments: { filters: 1, kernel: [3], pad: "same" } });
    builder.layer("conv_transpose", { arguments: { filters: 1, kernel: [4], stride: [2], pad: "same" } });
    const { value } = analyze(builder.graph());
    // pool 2: 2; conv on cells 2 apart: 2 + 2·2; up: the same; conv on cells 1 apart: + 2·1; a window of 4 at stride 2 sees 2 cells
    expect(value.layers.map(({ receptiveField }) => receptiveField?.[0])).toEqual([1, 2, 6, 6, 8, 9]);
  });
});
