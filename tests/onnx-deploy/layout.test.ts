import { describe, expect, it } from "vitest";
import {
  axesLayout,
  channelsFirst,
  featuresLayout,
  isNatural,
  natural,
  physicalShape,
  reshapedLayout,
  withoutAxes,
} from "../../src/onnx/deploy/layout.ts";
import type { Layout } from "../../src/onnx/deploy/layout.ts";
import { toLogical, toMemory } from "../../src/onnx/deploy/rearrange.ts";
import { compileModel } from "./compile-model.ts";
import { countOperators, expectExportRuns, operators, Sketch } from "./harness.ts";

describe("layouts", () => {
  it("of channels-first images have the channels behind the batch", () => {
    expect(physicalShape(channelsFirst(4), ["N", 5, 6, 3])).toEqual(["N", 3, 5, 6]);
    expect(physicalShape(channelsFirst(2), ["N", 7])).toEqual(["N", 7]);
  });

  it("say in which order features stand after flattening", () => {
    // Two cells of three channels: logically 0 1 2 | 3 4 5, in memory channel by channel.
    const layout = reshapedLayout(channelsFirst(3), ["N", 2, 3], ["N", 6]);
    expect(layout).toEqual({ kind: "features", order: Int32Array.of(0, 3, 1, 4, 2, 5) });
    expect(reshapedLayout(layout!, ["N", 6], ["N", 2, 3])).toEqual(channelsFirst(3));
    expect(reshapedLayout(layout!, ["N", 6], ["N", 3, 2])).toBeUndefined();
    expect(reshapedLayout(channelsFirst(4), ["N", 1, 1, 5], ["N", 5])).toEqual(natural(2));
    expect(reshapedLayout(channelsFirst(4), ["N", 3, 4, 1], ["N", 12])).toEqual(natural(2));
  });

  it("survive axes that are merged, split, added and taken away", () => {
    expect(reshapedLayout(channelsFirst(4), ["N", 4, 5, 3], ["N", 20, 3])).toEqual(channelsFirst(3));
    expect(reshapedLayout(channelsFirst(3), ["N", 20, 3], ["N", 4, 5, 3])).toEqual(channelsFirst(4));
    expect(reshapedLayout(channelsFirst(3), ["N", 4, 6], ["N", 4, 2, 3])).toEqual(axesLayout([0, 2, 3, 1]));
    expect(reshapedLayout(natural(2), ["N", 6], ["N", 1, 1, 6])).toEqual(channelsFirst(4));
    expect(reshapedLayout(channelsFirst(4), ["N", 4, 5, 3], ["N", 12, 5])).toBeUndefined();
    expect(reshapedLayout(natural(3), ["N", 6, 4], ["N", 8, 3])).toEqual(natural(3));
    expect(withoutAxes(channelsFirst(4), [1, 2])).toEqual(natural(2));
    expect(withoutAxes(channelsFirst(4), [3])).toEqual(natural(3));
  });

  it("move numbers there and back", () => {
    const data = Float32Array.from({ length: 12 }, (_, index) => index);
    const first = channelsFirst(3);
    expect([...toMemory(data, [2, 2, 3], first)]).toEqual([0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
    const features = featuresLayout(Int32Array.of(2, 0, 1));
    expect([...toMemory(data.subarray(0, 6), [2, 3], features)]).toEqual([2, 0, 1, 5, 3, 4]);
    const layouts: [Layout, number[]][] = [
      [first, [2, 2, 3]],
      [axesLayout([2, 0, 1]), [2, 2, 3]],
      [features, [4, 3]],
    ];
    for (const [layout, shape] of layouts) {
      expect([...toLogical(toMemory(data, shape, layout), shape, layout)]).toEqual([...data]);
    }
    expect(isNatural(featuresLayout(Int32Array.of(0, 1, 2)))).toBe(true);
  });
});

describe("no transpose is written that a permuted weight can save", () => {
  it("before a dense layer, whatever stands between", async () => {
    const model = compileModel(
      "input 6x6x3; conv 4 2x2; flatten; relu; dropout 0.2; bn; leaky_relu; rescale 0.5 offset=1; dense 3",
    );
    expect(operators(await expectExportRuns(model))).toBe(
      "Conv Flatten Relu BatchNormalization LeakyRelu Mul Add Gemm",
    );
  });

  it("where flattened branches are put side by side", async () => {
    const model = compileModel(`input 6x6x3
      concat { branch { conv 4 2x2; flatten }; branch { conv 2 3x3; flatten; relu }; branch { flatten; dense 5 } }
      dense 3`);
    expect(countOperators(await expectExportRuns(model))).toEqual({
      Conv: 2,
      Flatten: 3,
      Relu: 1,
      Gemm: 2,
      Concat: 1,
    });
  });

  it("where flattened images are added to each other and to what a dense layer gives", async () => {
    const model = compileModel(`input 6x6x3
      flatten_a: flatten
      add { branch { }; branch { relu }; branch { dense 108 } }
      dense 3`);
    expect(countOperators(await expectExportRuns(model))).toEqual({
      Flatten: 1,
      Relu: 1,
      Gemm: 2,
      Add: 2,
    });
  });

  it("where a dense layer becomes an image", async () => {
    const model = compileModel(
      "input 10; dense 48 relu; reshape 4x4x3; conv_transpose 4 3x3 stride=2 same relu; conv 1 3x3 same sigmoid",
    );
    const expected = "Gemm Relu Reshape ConvTranspose Relu Conv Sigmoid";
    expect(operators(await expectExportRuns(model))).toBe(expected);
  });

  it("where one flattened image is read by two dense layers", async () => {
    const model = compileModel(
      "input 6x6x3; conv 4 2x2; features: flatten; a: dense 2; from features; b: dense 3; output a b",
    );
    expect(operators(await expectExportRuns(model))).toBe("Conv Flatten Gemm Gemm");
  });

  it("where one set of weights is used for images in two orders", async () => {
    const sketch = new Sketch();
    const { builder } = sketch;
    const kernel = sketch.weight("kernel", [12, 2]);
    const flat = sketch.flatten(sketch.relu(sketch.input([2, 2, 3], "image")));
    const plain = sketch.input([12], "features");
    const model = await expectExportRuns(
      sketch.finish(builder.add(builder.matmul(flat, kernel), builder.matmul(plain, kernel))),
    );
    expect(model.graph.initializers.map(({ name }) => name)).toEqual(["kernel", "kernel_1"]);
  });
});

describe("places along one axis change in one Gather", () => {
  const shuffle = "reshape 5x6x2x3; permute 1x2x4x3; reshape 5x6x6";

  it.each([
    ["channels in two groups", `conv 6 1x1; ${shuffle}; conv 2 1x1`, "Conv Gather Conv"],
    ["twice", `conv 6 1x1; ${shuffle}; relu; ${shuffle}; conv 2 1x1`, "Conv Gather Relu Gather Conv"],
    ["rows", "conv 6 1x1; reshape 5x2x3x6; permute 1x3x2x4; reshape 5x6x6; conv 2 1x1", "Conv Gather Conv"],
    [
      "some of its factors",
      "conv 8 1x1; reshape 5x6x2x2x2; permute 1x2x3x5x4; reshape 5x6x8; conv 2 1x1",
      "Conv Gather Conv",
    ],
    [
      "halves of shuffled channels",
      `conv 6 1x1; ${shuffle}; concat { branch { ${half("0,3")} }; branch { ${half("3,0")}; conv 3 1x1 } }; conv 2 1x1`,
      "Conv Gather Gather Conv Concat Conv",
    ],
  ])("%s", async (_, layers, expected) => {
    const model = compileModel(`input 5x6x4; ${layers}`);
    expect(operators(await expectExportRuns(model))).toBe(expected);
    await expectExportRuns(model, { layout: "channels_last" });
    await expectExportRuns(model, { opset: 9 });
  });

  /** Channels cropped as rows are; a crop takes cells away before and after. */
  function half(cells: string): string {
    return `permute 3x1x2; crop (${cells})x(0,0); permute 2x3x1`;
  }

  it("but not where two axes become one", async () => {
    const model = compileModel(
      "input 4x4x3; conv 12 1x1; reshape 4x4x2x2x3; permute 1x3x2x4x5; reshape 8x8x3; conv 2 1x1",
    );
    expect(operators(await expectExportRuns(model))).toBe("Conv Reshape Transpose Reshape Conv");
  });
});

describe("where operands stand differently, the result stands as its readers want it", () => {
  const part = "add { branch { }; branch { layer_norm; dense 8 } }";

  it("a sequence after patches stays with its features last", async () => {
    const model = compileModel(
      `input 8x8x3; conv 8 2x2 stride=2; reshape 16x8; ${part}; ${part}; layer_norm; flatten; dense 2`,
    );
    expect(operators(await expectExportRuns(model))).toBe(
      "Reshape Einsum Add Reshape LayerNormalization MatMul Add Add LayerNormalization MatMul Add Add LayerNormalization Flatten Gemm",
    );
  });

  it("an image between convolutions stays with its channels first", async () => {
    const model = compileModel(
      "input 8x8x3; a: conv 4 1x1; layer_norm; add a; relu; conv 4 1x1; from a; layer_norm; concat a; conv 4 1x1",
    );
    expect(countOperators(await expectExportRuns(model))["Transpose"]).toBeUndefined();
  });
});

describe("a transpose is written where nothing else can do", () => {
  it("once for an output of features, before it is flattened", async () => {
    const model = compileModel("input 6x6x3; conv 4 2x2; flatten");
    expect(operators(await expectExportRuns(model))).toBe("Conv Transpose Flatten");
  });

  it("as a Gather where the image is gone", async () => {
    const model = compileModel("input 6x6x3; conv 4 2x2; flatten; tanh");
    expect(operators(await expectExportRuns(model))).toBe("Conv Flatten Tanh Gather");
  });

  it("once for an input of channels last", async () => {
    const model = compileModel(
      "input 6x6x3; image: relu; conv 4 3x3 same; a: relu; from image; conv 4 3x3 same; add a; flatten; dense 2",
    );
    expect(countOperators(await expectExportRuns(model, { layout: "channels_last" }))).toMatchObject({
      Transpose: 1,
    });
  });

  it("not for an image of one channel or one cell", async () => {
    for (const [source, expected] of [
      ["input 6x6x1; conv 4 3x3; flatten; dense 2", "Reshape Conv Flatten Gemm"],
      ["input 1x1x6; conv 4 1x1; flatten; dense 2", "Reshape Conv Flatten Gemm"],
      ["input 6x6x1; flatten; dense 2", "Flatten Gemm"],
      ["input 6x6x3; flatten; dense 2", "Flatten Gemm"],
      ["input 6x6x3; conv 1 1x1", "Transpose Conv Reshape"],
      ["input 6x6x3; global_pool avg; dense 2", "ReduceMean Gemm"],
    ] as const) {
      const model = await expectExportRuns(compileModel(source), { layout: "channels_last" });
      expect(operators(model), source).toBe(expected);
    }
  });
});
