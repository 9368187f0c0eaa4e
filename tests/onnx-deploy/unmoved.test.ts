import { describe, expect, it } from "vitest";
import { compileModel } from "./compile-model.ts";
import { countOperators, expectExportRuns, operators } from "./harness.ts";

// Forms that take their operands as they stand, so that nothing is transposed: each is compared with the float64 reference, at sizes
// that divide by nothing, in operator sets before and after the ones that changed its operators.

const opsets = [9, 12, 13, 17, 18, 20, 23];

async function expectInEveryOpset(model: ReturnType<typeof compileModel>): Promise<void> {
  for (const opset of opsets) await expectExportRuns(model, { opset });
  await expectExportRuns(model, { layout: "channels_last" });
}

describe("layer norm over channels that stand first", () => {
  const norm = "ReduceMean Sub Pad ReduceL2 Div";
  it.each([
    ["leaves scale and shift to a convolution without padding", "7x5x6", "conv 3 2x3 stride=2", "Conv"],
    ["leaves them to a dense layer", "7x5x6", "dense 11", "Conv"],
    ["does them itself before padded cells", "7x5x6", "conv 3 3x3 same", "Mul Add Conv"],
    ["does them itself before groups", "7x5x6", "conv 4 1x1 groups=2", "Mul Add Conv"],
    ["works on one channel", "3x5x1", "conv 2 1x1", "Conv"],
    ["works on volumes", "3x2x5x7", "conv 3 1x1x1", "Conv"],
    ["works on sequences", "13x37", "conv 3 1", "Conv"],
  ])("%s", async (_, input, after, expected) => {
    const window = input.split("x").length === 4 ? "2x1x1" : input.includes("x37") ? "2" : "2x2";
    const model = compileModel(`input ${input}; pool max ${window} stride=1; layer_norm; ${after}`);
    // One channel stands first and last alike, so that ONNX's own operator does it.
    const first = input.endsWith("x1") ? /LayerNormalization/ : new RegExp(`MaxPool ${norm} ${expected}$`);
    expect(operators(await expectExportRuns(model))).toMatch(first);
    await expectInEveryOpset(model);
  });

  it.each(["epsilon=1", "epsilon=1e-6", "epsilon=1e-12", "scale=no", "center=no", "scale=no center=no"])(
    "%s",
    async (given) => {
      for (const after of ["conv 3 1x1", "conv 3 3x3 same"]) {
        await expectExportRuns(compileModel(`input 5x7x9; pool max 2; layer_norm ${given}; ${after}`));
      }
    },
  );

  it("folds a scale under padding where there is no shift", async () => {
    const model = compileModel("input 5x7x9; pool max 2; layer_norm center=no; conv 3 3x3 same");
    expect(operators(await expectExportRuns(model))).toBe(`MaxPool ${norm} Conv`);
  });

  it("stands once for readers that take its scale in and for those that do not", async () => {
    const model = compileModel(
      "input 5x7x9; pool max 2; n: layer_norm; conv 9 1x1 relu; conv 9 1x1; add n; conv 2 2x2",
    );
    expect(countOperators(await expectExportRuns(model))).toMatchObject({
      ReduceMean: 1,
      Div: 1,
      Mul: 1,
      Conv: 3,
    });
    const plain = await expectExportRuns(model, { foldBatchNorm: false });
    expect(countOperators(plain)).toMatchObject({ Div: 1, Mul: 1, Conv: 3 });
  });

  it.each([
    ["far from zero", "rescale 1 offset=16"],
    ["small", "rescale 1e-3"],
    ["large", "rescale 1e4"],
  ])("numbers that are %s", async (_, scaled) => {
    await expectExportRuns(
      compileModel(`input 4x3x24; pool max 2 stride=1; ${scaled}; layer_norm; conv 5 1x1`),
    );
  });
});

describe("attention", () => {
  // Axes of one head or of one position need no move, so MatMul does.
  it.each([
    ["one head", "input 7x5; attention 1", 1],
    ["heads whose key has another size", "input 11x6; attention 3 key=5", 2],
    ["one position", "input 1x6; attention 2 key=3", undefined],
    ["an image", "input 3x5x6; attention 2 key=4", 2],
    ["twice", "input 9x8; layer_norm; attention 2 key=4; layer_norm; attention 4 key=2; dense 3", 4],
  ])("%s", async (_, source, products) => {
    const model = compileModel(source);
    const counts = countOperators(await expectExportRuns(model, { layout: "channels_last" }));
    expect(counts["Transpose"]).toBeUndefined();
    expect(counts["Einsum"]).toBe(products);
    await expectInEveryOpset(model);
  });

  it.each([
    ["one head", "input 7x5; attention 1", ""],
    ["heads whose key has another size", "input 11x6; attention 3 key=5", ""],
    ["an image", "input 3x5x6; attention 2 key=4; dense 3", " Reshape MatMul Add"],
  ])("is one operator since opset 23 where channels stand last: %s", async (_, source, after) => {
    const model = compileModel(source);
    const found = operators(await expectExportRuns(model, { layout: "channels_last", opset: 23 }));
    expect(found.replace(/^Reshape /, "")).toBe(
      `MatMul Add MatMul Add MatMul Add Attention MatMul Add${after}`,
    );
    const first = operators(await expectExportRuns(model, { layout: "channels_first", opset: 23 }));
    expect(first).not.toContain("Transpose");
  });

  it("moves nothing between convolutions", async () => {
    const model = compileModel("input 6x5x3; conv 4 3x3; attention 2 key=3; conv 2 1x1");
    expect(operators(await expectExportRuns(model))).not.toContain("Transpose");
    await expectInEveryOpset(model);
  });
});

describe("a convolution over words that stand channels last", () => {
  it.each([
    ["conv 4 1", "Reshape Conv"],
    ["conv 4 3 same", "Reshape Conv"],
    ["conv 4 5 stride=3", "Reshape Conv"],
    ["conv 4 2 stride=3 same", "Reshape Conv"],
    ["conv 4 3 causal", "Reshape Conv"],
    ["conv 4 3 pad=(2,1) bias=no", "Reshape Conv"],
    ["conv 4 3 dilation=2", "Transpose Conv"],
    ["conv 6 3 groups=3", "Transpose Conv"],
  ])("%s", async (written, expected) => {
    const model = compileModel(`input 11; embedding 5 3; ${written}; global_pool max`);
    expect(operators(await expectExportRuns(model))).toBe(`Cast Gather ${expected} ReduceMax`);
    await expectInEveryOpset(model);
  });

  it("several of them share one row", async () => {
    const model = compileModel(
      "input 7; embedding 5 3; concat { for k in [2, 3] { branch { conv 4 k; global_pool max } } }",
    );
    expect(operators(await expectExportRuns(model))).toBe(
      "Cast Gather Reshape Conv ReduceMax Conv ReduceMax Concat",
    );
  });
});

describe("patches before layers that work on the last axis", () => {
  const after = "layer_norm; attention 2 key=3; dense 3";
  it.each([
    ["of an image", `input 6x10x3; conv 4 3x2 stride=3x2; reshape 10x4; ${after}`, "Reshape Einsum Add"],
    [
      "without a bias",
      `input 6x10x3; conv 4 3x5 stride=3x5 bias=no; reshape 4x4; ${after}`,
      "Reshape Einsum",
    ],
    [
      "of a sequence",
      `input 12x5; pool max 2 stride=1 same; conv 4 3 stride=3; ${after}`,
      "MaxPool Reshape Einsum Add",
    ],
    ["of a volume", `input 4x6x2x3; conv 4 2x3x1 stride=2x3x1; reshape 8x4; ${after}`, "Reshape Einsum Add"],
    [
      "one row of an image",
      `input 6x5x3; conv 4 1x5 stride=1x5; reshape 6x4; ${after}`,
      "Reshape Einsum Add",
    ],
  ])("%s", async (_, source, expected) => {
    const model = compileModel(source);
    expect(operators(await expectExportRuns(model))).toMatch(new RegExp(`^${expected} (Reshape )?LayerNorm`));
    await expectInEveryOpset(model);
  });

  it.each([
    ["all cells of padding", "pad 2x2; conv 4 4x4 stride=4; reshape 9x4"],
    ["padding of its own", "conv 4 4x4 stride=4 pad=2; reshape 9x4"],
    ["a step longer than the window", "conv 4 2x2 stride=4; reshape 4x4"],
    ["cells apart", "conv 4 2x2 dilation=2; reshape 36x4"],
    ["groups", "conv 4 4x4 stride=4 groups=2; reshape 4x4"],
  ])("a convolution with %s stays one", async (_, written) => {
    const model = compileModel(`input 8x8x2; ${written}; ${after}`);
    expect(operators(await expectExportRuns(model))).toMatch(/^Conv Reshape /);
    await expectInEveryOpset(model);
  });

  it("those that leave cells at the edge stay a convolution", async () => {
    const model = compileModel(`input 7x10x3; conv 4 3x2 stride=3x2; reshape 10x4; ${after}`);
    expect(operators(await expectExportRuns(model))).toMatch(/^Conv Reshape /);
  });
});

describe("softmax over channels that stand first", () => {
  it.each(["softmax", "log_softmax"])("%s", async (word) => {
    const model = compileModel(`input 3x4x2; conv 5 2x2 ${word}`);
    expect(operators(await expectExportRuns(model, { opset: 13 }))).toMatch(/^Conv (Log)?Softmax$/i);
    const sum = word === "softmax" ? "ReduceSum Div" : "ReduceSum Log Sub";
    expect(operators(await expectExportRuns(model, { opset: 12 }))).toBe(`Conv ReduceMax Sub Exp ${sum}`);
    await expectInEveryOpset(model);
  });
});

describe("tokens", () => {
  const patches = "input 27x5; conv 8 3 stride=3";
  const attention = "add { branch { layer_norm; attention 2 key=3 }; branch { } }";
  const block = `${patches}; ${attention}; add { branch { layer_norm; dense 9 gelu; dense 8 }; branch { } }`;

  it.each([
    ["end in a dense layer", `${block}; layer_norm; global_pool avg; dense 3`],
    ["come out normalised", `${block}; layer_norm`],
    ["come out normalised, without a shift", `${block}; layer_norm center=no`],
    ["come out normalised, without a scale", `${block}; layer_norm scale=no`],
  ])("%s", async (_, source) => {
    const model = compileModel(source);
    // Before opset 12 there is no Einsum.
    for (const opset of [12, 13, 16, 17, 20, 22, 23])
      expect(operators(await expectExportRuns(model, { opset }))).not.toContain("Transpose");
    await expectInEveryOpset(model);
  });

  it("that are read too are normalised once, and moved for the output alone", async () => {
    const model = compileModel(`${block}; t: layer_norm; dense 4; last: global_pool avg; output t last`);
    const counts = countOperators(await expectExportRuns(model));
    expect(counts).toMatchObject({ LayerNormalization: 3, Transpose: 1 });
    expect(counts["Mul"]).toBe(
      countOperators(await expectExportRuns(model, { layout: "channels_last" }))["Mul"],
    );
  });
});
