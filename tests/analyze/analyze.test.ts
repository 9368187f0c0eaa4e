import { describe, expect, it } from "vitest";
import { analyze } from "../../src/analyze/analyze.ts";
import { explainLayer } from "../../src/analyze/explain.ts";
import { ShapeInference } from "../../src/analyze/shapes.ts";
import { shapeText } from "../../src/graph/dim.ts";
import { GraphBuilder } from "./graph-builder.ts";

/** Convolution and pooling in the order of AlexNet's features: filters, kernel, stride, pad; or a pool. */
const alexnetFeatures = [
  [64, 11, 4, 2],
  "pool",
  [192, 5, 1, 2],
  "pool",
  [384, 3, 1, 1],
  [256, 3, 1, 1],
  [256, 3, 1, 1],
  "pool",
] as const;

/** torchvision's AlexNet; its adaptive pooling does nothing at 224x224. */
function alexnet(): GraphBuilder {
  const builder = new GraphBuilder();
  builder.input("224x224x3");
  for (const step of alexnetFeatures) {
    if (step === "pool") {
      builder.layer("pool", { arguments: { mode: "max", size: [3], stride: [2] } });
      continue;
    }
    const [filters, kernel, stride, pad] = step;
    builder.layer("conv", {
      arguments: {
        filters,
        kernel: [kernel],
        stride: [stride],
        pad: [[pad, pad]],
        activation: { name: "relu" },
      },
    });
  }
  builder.layer("flatten");
  for (const units of [4096, 4096, 1000]) builder.layer("dense", { arguments: { units } });
  return builder;
}

describe("totals", () => {
  it("are AlexNet's, as torchvision computes them", () => {
    const { value, diagnostics } = analyze(alexnet().graph());
    expect(diagnostics).toEqual([]);
    expect(value.totals.parameters.value).toBe(61100840);
    expect(value.totals.multiplyAccumulates.value).toBe(714188480);
    expect(value.totals.weightBytes.value).toBe(4 * 61100840);
    const shapes = value.layers.map((layer) => shapeText(layer.shape!));
    expect(shapes.slice(1, 10)).toEqual([
      "55x55x64",
      "27x27x64",
      "27x27x192",
      "13x13x192",
      "13x13x384",
      "13x13x256",
      "13x13x256",
      "6x6x256",
      "9216",
    ]);
  });

  it("hold AlexNet's receptive fields: 195 cells before the classifier", () => {
    // https://distill.pub/2019/computing-receptive-fields: alexnet_v2 has 195
    const { value } = analyze(alexnet().graph());
    expect(value.layer(8).receptiveField).toEqual([195, 195]);
    expect(value.layer(9).receptiveField).toBeUndefined();
    expect(value.layer(10).receptiveField).toEqual(["all", "all"]);
  });

  it("count shared weights once, their work each time, and frozen ones apart", () => {
    const builder = new GraphBuilder();
    builder.input("10");
    const given = { arguments: { units: 4 } };
    const first = builder.layer("dense", given);
    builder.input("10");
    builder.layer("dense", { ...given, sharesWeightsOf: first });
    builder.layer("dense", { arguments: { units: 3 }, trainable: false });
    builder.layer("bn");
    const { value } = analyze(builder.graph());
    expect(value.layer(3).parameters.value).toBe(44);
    expect(value.totals.parameters.value).toBe(44 + 15 + 12);
    expect(value.totals.trainableParameters.value).toBe(44 + 6);
    expect(value.totals.multiplyAccumulates.value).toBe(40 + 40 + 12);
    expect(value.totals.activationBytes.value).toBe(4 * (10 + 4 + 10 + 4 + 3 + 3));
  });

  it("stay formulas over names", () => {
    const builder = new GraphBuilder();
    builder.input("HxWx3");
    builder.layer("conv", { arguments: { filters: 8, kernel: [3], pad: "same" } });
    builder.layer("global_pool", { arguments: { mode: "avg" } });
    builder.layer("dense", { arguments: { units: 10 } });
    const { value, diagnostics } = analyze(builder.graph());
    expect(diagnostics).toEqual([]);
    expect(value.totals.parameters.value).toBe(224 + 90);
    expect(value.totals.multiplyAccumulates.toString()).toBe("H*W*216+80");
  });
});

describe("explanations", () => {
  it("show each formula with its numbers", () => {
    const builder = new GraphBuilder();
    builder.input("28x28x32");
    builder.layer("conv", { arguments: { filters: 64, kernel: [3] }, name: "conv2d" });
    builder.layer("bn");
    builder.layer("flatten");
    builder.layer("dense", { arguments: { units: 10, bias: false } });
    const { value } = analyze(builder.graph());
    expect(explainLayer(value.layer(1))).toEqual({
      name: "conv2d",
      kind: "conv",
      shapes: "28x28x32 → 26x26x64",
      arithmetic: [
        { axis: "height", formula: "(28 - 3)/1 + 1 = 26" },
        { axis: "width", formula: "(28 - 3)/1 + 1 = 26" },
      ],
      parameters: "(3×3×32)×64 + 64 = 18,496",
      multiplyAccumulates: "12,460,032",
    });
    expect(explainLayer(value.layer(2)).parameters).toBe("4×64 = 256");
    expect(explainLayer(value.layer(3)).parameters).toBeUndefined();
    expect(explainLayer(value.layer(4)).parameters).toBe("43264×10 = 432,640");
  });
});

describe("the inference", () => {
  it("answers while the graph grows, and anew for another node of the same id", () => {
    const builder = new GraphBuilder();
    builder.input("28x28x1");
    builder.layer("conv", { arguments: { filters: 8, kernel: [3] } });
    const inference = new ShapeInference();
    const [input, conv] = builder.layers;
    expect(shapeText(inference.infer(input!).shape!)).toBe("28x28x1");
    const shaped = inference.infer(conv!);
    expect(inference.infer(conv!)).toBe(shaped);
    const frozen = inference.infer({ ...conv!, trainable: false });
    expect(frozen.trainableParameters.value).toBe(0);
    expect(shaped.trainableParameters.value).toBe(80);
  });

  it("takes 100,000 layers", () => {
    const builder = new GraphBuilder();
    builder.input("HxWx8");
    for (let step = 0; step < 100_000; step++) builder.layer("dropout", { arguments: { rate: 0.1 } });
    builder.layer("conv", { arguments: { filters: 8, kernel: [3], pad: "same" } });
    const { value, diagnostics } = analyze(builder.graph());
    expect(diagnostics).toEqual([]);
    expect(value.totals.parameters.value).toBe(584);
    expect(value.layer(100_001).shape!.map(String)).toEqual(["H", "W", "8"]);
  });
});
