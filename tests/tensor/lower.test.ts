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

function readCases(file: string | URL): readonly Case[] {
  return JSON.parse(readFileSync(file, "utf8")) as readonly Case[];
}

/** Made by cases/layers.py with Keras and PyTorch. */
const cases = readCases(new URL("cases/layers.json", import.meta.url));

/** Made by cases/random-layers.py with Keras; CNN_RANDOM_LAYERS names a file with more of them, of another seed. */
const randomCases = readCases(
  process.env["CNN_RANDOM_LAYERS"] ?? new URL("cases/random-layers.json", import.meta.url),
);

const titled = (each: Case) => [each.source.trim().split("\n").join("; "), each] as const;

function lower(source: string, options: Partial<LoweringOptions> = {}): LoweredModel {
  const { value, diagnostics } = lowerModel(modelOf(source), { batch: "N", training: false, ...options });
  if (value === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return value;
}

function numbers({ shape, data }: CaseTensor): NumericTensor {
  return { shape, data: Float64Array.from(data) };
}

function expectKerasValues(
  { source, inputs, weights: given, result: expected }: Case,
  tolerance: number,
): void {
  const { builder, outputs, weights } = lower(source);
  expect(weights.map(({ key }) => key).sort()).toEqual(Object.keys(given).sort());
  const graph = builder.finish({ result: outputs[0]!.value });
  verifyTensorGraph(graph);
  const values = Object.entries({ ...inputs, ...given });
  const result = evaluateTensorGraph(
    graph,
    new Map(values.map(([name, value]) => [name, numbers(value)])),
  ).get("result")!;
  expect(result.shape).toEqual(expected.shape);
  expect(largestDifference(result.data, expected.data)).toBeLessThan(tolerance);
}

describe("layers with random arguments have Keras' values", () => {
  it.each(randomCases.map(titled))("%s", (_, given) => {
    const largest = given.result.data.reduce((sofar, value) => Math.max(sofar, Math.abs(value)), 1);
    // The constants of a graph are float32.
    expectKerasValues(given, 1e-6 * largest);
  });
});

describe("layers have Keras' values", () => {
  it.each(cases.map(titled))("%s", (_, given) => expectKerasValues(given, 2e-6));

  it("has a case for every kind", () => {
    const tested = new Set(
      cases.flatMap(({ source }) => modelOf(source).layers.map(({ node }) => node.kind)),
    );
    expect(layerKinds.filter((kind) => !tested.has(kind))).toEqual([]);
  });
});
