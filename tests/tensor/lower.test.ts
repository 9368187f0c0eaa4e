import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { layerKinds } from "../../src/graph/layer-kind.ts";
import { type LoweredModel, lowerModel, type LoweringOptions } from "../../src/tensor/lower.ts";
import { evaluateTensorGraph, type NumericTensor } from "../../src/tensor/reference/evaluate.ts";
import { verifyTensorGraph } from "../../src/tensor/verify.ts";
import { modelOf } from "./models.ts";
import { largestDifference } from "./random-tensors.ts";

interface Case {
  readonly source: string;
  readonly inputs: Readonly<Record<string, CaseTensor>>;
  readonly weights: Readonly<Record<string, CaseTensor>>;
  readonly result: CaseTensor;
}

interface CaseTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Made by cases/layers.py with Keras and PyTorch. */
const cases = JSON.parse(
  readFileSync(new URL("cases/layers.json", import.meta.url), "utf8"),
) as readonly Case[];

function lower(source: string, options: Partial<LoweringOptions> = {}): LoweredModel {
  const { value, diagnostics } = lowerModel(modelOf(source), { batch: "N", training: false, ...options });
  if (value === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return value;
}

function numbers({ shape, data }: CaseTensor): NumericTensor {
  return { shape, data: Float64Array.from(data) };
}

describe("layers have Keras' values", () => {
  it.each(cases.map((each) => [each.source.trim().split("\n").join("; "), each] as const))(
    "%s",
    (_, given) => {
      const { builder, outputs, weights } = lower(given.source);
      expect(weights.map(({ key }) => key).sort()).toEqual(Object.keys(given.weights).sort());
      const graph = builder.finish({ result: outputs[0]!.value });
      verifyTensorGraph(graph);
      const values = Object.entries({ ...given.inputs, ...given.weights });
      const result = evaluateTensorGraph(
        graph,
        new Map(values.map(([name, value]) => [name, numbers(value)])),
      ).get("result")!;
      expect(result.shape).toEqual(given.result.shape);
      // The constants of a graph are float32.
      expect(largestDifference(result.data, given.result.data)).toBeLessThan(2e-6);
    },
  );

  it("has a case for every kind", () => {
    const tested = new Set(
      cases.flatMap(({ source }) => modelOf(source).layers.map(({ node }) => node.kind)),
    );
    expect(layerKinds.filter((kind) => !tested.has(kind))).toEqual([]);
  });
});
