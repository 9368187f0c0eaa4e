import { expect } from "vitest";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { lowerModel } from "../../src/tensor/lower.ts";
import { evaluateTensorGraph } from "../../src/tensor/reference/evaluate.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";

/** Every output of a model by the float64 reference, in the order of its outputs. */
export function outputsOf(
  model: ShapedGraph,
  weights: WeightValues,
  data: readonly Float32Array[],
  count: number,
): readonly ArrayLike<number>[] {
  const { builder, inputs, outputs } = lowerModel(model, { batch: "N", training: false }).value!;
  const graph = builder.finish(Object.fromEntries(outputs.map(({ name, value }) => [name, value])));
  const examples = inputs.map(({ name, value }, index) => {
    const shape = [count, ...builder.shape(value).slice(1).map(Number)];
    return [name, { shape, data: data[index]! }] as const;
  });
  const results = evaluateTensorGraph(graph, new Map([...weights, ...examples]));
  return outputs.map(({ name }) => results.get(name)!.data);
}

/** Within a part of the largest number. */
export function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(1e-6, ...Array.from(expected, Math.abs));
  const difference = Math.max(...Array.from(expected, (value, index) => Math.abs(value - actual[index]!)));
  expect(difference / largest).toBeLessThan(tolerance);
}
