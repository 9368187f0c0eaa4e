import { describe, expect, it } from "vitest";
import { checkLayer, inferLayer } from "./check-layer.ts";

// Expectations by hand: out = floor((in + before + after - span)/stride) + 1, and TensorFlow's rule for `same`.

describe("convolution", () => {
  it("counts MNIST's first layer", () => {
    checkLayer({
      kind: "conv",
      arguments: { filters: 32, kernel: [3, 3] },
      inputs: ["28x28x1"],
      shape: "26x26x32",
      weights: ["kernel 3x3x1x32", "bias 32"],
      parameters: "320",
      multiplyAccumulates: String(26 * 26 * 32 * 9),
      derivations: ["height: (28 - 3)/1 + 1 = 26", "width: (28 - 3)/1 + 1 = 26"],
      pads: ["0,0", "0,0"],
      kerasClass: "Conv2D",
    });
  });

  it("puts the odd cell of `same` at the end", () => {
    checkLayer({
      kind: "conv",
      arguments: { filters: 8, kernel: [3], stride: [2], pad: "same" },
      inputs: ["28x27x4"],
      shape: "14x14x8",
      derivations: ["height: ceil(28/2) = 14", "width: ceil(27/2) = 14"],
      pads: ["0,1", "1,1"],
    });
    checkLayer({
      kind: "conv",
      arguments: { filters: 8, kernel: [1], stride: [2], pad: "same" },
      inputs: ["28x28x4"],
      shape: "14x14x8",
      pads: ["0,0", "0,0"],
    });
  });

  it("shows the rounding where it rounds, padding and dilation with their numbers", () => {
    checkLayer({
      kind: "conv",
      arguments: {
        filters: 64,
        kernel: [7],
        stride: [2],
        pad: [[3, 3]],
      },
      inputs: ["224x224x3"],
      shape: "112x112x64",
      derivations: [
        "height: floor((224 + 3 + 3 - 7)/2) + 1 = 112",
        "width: floor((224 + 3 + 3 - 7)/2) + 1 = 112",
      ],
      pads: ["3,3", "3,3"],
    });
    checkLayer({
      kind: "conv",
      arguments: { filters: 4, kernel: [3], dilation: [4] },
      inputs: ["100x2"],
      shape: "92x4",
      derivations: ["length: (100 - (4*(3 - 1) + 1))/1 + 1 = 92"],
      kerasClass: "Conv1D",
    });
  });

  it("looks back only with `causal`", () => {
    checkLayer({
      kind: "conv",
      arguments: { filters: 4, kernel: [3], dilation: [4], pad: "causal" },
      inputs: ["100x2"],
      shape: "100x4",
      pads: ["8,0"],
    });
  });

  it("sees only its group's channels", () => {
    checkLayer({
      kind: "conv",
      arguments: { filters: 256, kernel: [5], pad: "same", groups: 2, bias: false },
      inputs: ["27x27x96"],
      shape: "27x27x256",
      weights: ["kernel 5x5x48x256"],
      parameters: String(25 * 48 * 256),
      multiplyAccumulates: String(27 * 27 * 25 * 48 * 256),
    });
  });

  it("keeps formulas over names, and says what it could not prove", () => {
    checkLayer({
      kind: "conv",
      arguments: { filters: 8, kernel: [3], stride: [2] },
      inputs: ["HxWx3"],
      shape: "(floor((H-3)/2)+1)x(floor((W-3)/2)+1)x8",
      derivations: ["height: floor((H - 3)/2) + 1", "width: floor((W - 3)/2) + 1"],
      multiplyAccumulates: "(floor((H-3)/2)+1)*(floor((W-3)/2)+1)*216",
      warnings: ["CNN211"],
    });
    checkLayer({
      kind: "conv",
      arguments: { filters: 8, kernel: [3] },
      inputs: ["?x?x3"],
      shape: "?x?x8",
      derivations: ["height: (? - 3)/1 + 1 = ?", "width: (? - 3)/1 + 1 = ?"],
      parameters: "224",
      warnings: ["CNN211"],
    });
    checkLayer({
      kind: "conv",
      arguments: { filters: 8, kernel: [3], pad: "same" },
      inputs: ["HxWx3"],
      shape: "HxWx8",
      pads: ["1,1", "1,1"],
    });
  });
});

describe("pooling", () => {
  it("halves an image", () => {
    checkLayer({
      kind: "pool",
      arguments: { mode: "max" },
      inputs: ["27x26x64"],
      shape: "13x13x64",
      derivations: ["height: floor((27 - 2)/2) + 1 = 13", "width: (26 - 2)/2 + 1 = 13"],
      parameters: "0",
      multiplyAccumulates: "0",
    });
  });

  it("refuses padding in which a window would lie alone", () => {
    const given = { mode: "avg", size: [2], pad: [[0, 2]] } as const;
    const { diagnostics } = inferLayer("pool", given, ["8x8x3"]);
    expect(diagnostics.map(({ code }) => code)).toEqual(["CNN206"]);
  });
});

describe("dense and flatten", () => {
  it("count their products", () => {
    checkLayer({
      kind: "dense",
      arguments: { units: 10 },
      inputs: ["784"],
      shape: "10",
      parameters: "7850",
      multiplyAccumulates: "7840",
    });
    checkLayer({
      kind: "dense",
      arguments: { units: 10 },
      inputs: ["7x7x64"],
      shape: "7x7x10",
      parameters: "650",
      multiplyAccumulates: String(7 * 7 * 64 * 10),
    });
    checkLayer({
      kind: "flatten",
      inputs: ["13x13x64"],
      shape: "10816",
      derivations: ["units: 13*13*64 = 10,816"],
    });
    checkLayer({ kind: "flatten", inputs: ["HxWx32"], shape: "(H*W*32)", derivations: ["units: H*W*32"] });
    checkLayer({ kind: "dense", arguments: { units: 10 }, inputs: ["?"], shape: "10", parameters: "?" });
  });
});

describe("merges", () => {
  it("join channels", () => {
    checkLayer({
      kind: "concat",
      inputs: ["28x28x64", "28x28x128", "28x28x32"],
      shape: "28x28x224",
      derivations: ["channels: 64 + 128 + 32 = 224"],
    });
    checkLayer({
      kind: "concat",
      arguments: { axis: "height" },
      inputs: ["Hx8x3", "4x8x3"],
      shape: "(H+4)x8x3",
    });
  });

  it("broadcast names, and warn where it is open", () => {
    checkLayer({ kind: "multiply", inputs: ["HxWx8", "1x1x8"], shape: "HxWx8" });
    checkLayer({ kind: "add", inputs: ["HxWx8", "HxWx8"], shape: "HxWx8" });
    checkLayer({ kind: "add", inputs: ["Hx8", "Wx8"], shape: "Hx8", warnings: ["CNN211"] });
    checkLayer({ kind: "add", inputs: ["?x8", "5x8"], shape: "5x8", warnings: ["CNN211"] });
  });
});
