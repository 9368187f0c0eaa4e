import { buildTrainingGraphs } from "../../src/autodiff/training-step.ts";
import type { TrainingGraphs, TrainingOptions } from "../../src/autodiff/training-graphs.ts";
import type { FlatPart } from "../../src/autodiff/weight-layout.ts";
import { evaluateTensorGraph, type NumericTensor } from "../../src/tensor/reference/evaluate.ts";
import type { TensorGraph } from "../../src/tensor/tensor-graph.ts";
import { verifyTensorGraph } from "../../src/tensor/verify.ts";
import { modelOf } from "../tensor/models.ts";

export type Values = Readonly<Record<string, NumericTensor>>;

/** Training graphs of a program, each verified. */
export function trainingGraphs(source: string, options: Partial<TrainingOptions> = {}): TrainingGraphs {
  const { value, diagnostics } = buildTrainingGraphs(modelOf(source), {
    loss: { name: "cross_entropy", target: "classes" },
    optimizer: { name: "sgd" },
    metrics: ["accuracy"],
    batch: 4,
    ...options,
  });
  if (value === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  for (const graph of [value.step, value.accumulate, value.update, value.evaluate, value.predict]) {
    if (graph !== undefined) verifyTensorGraph(graph);
  }
  return value;
}

/** Runs a graph on those of the values that it asks for. */
export function run(graph: TensorGraph, values: Values): Record<string, NumericTensor> {
  return Object.fromEntries(evaluateTensorGraph(graph, new Map(Object.entries(values))));
}

export function scalar(value: number): NumericTensor {
  return { shape: [], data: Float64Array.of(value) };
}

/** Weights one after another as a part of the layout says. */
export function flatten(part: FlatPart, weights: Values): NumericTensor {
  const data = new Float64Array(part.length);
  for (const { key, offset } of part.slots) data.set(weights[key]!.data, offset);
  return { shape: [part.length], data };
}

/** The weights of a flat vector by their keys. */
export function unflatten(part: FlatPart, flat: NumericTensor): Record<string, number[]> {
  return Object.fromEntries(
    part.slots.map(({ key, offset, length }) => [key, [...flat.data.subarray(offset, offset + length)]]),
  );
}

export function flatInputs({ layout }: TrainingGraphs, weights: Values): Values {
  return {
    "flat/weights": flatten(layout.weights, weights),
    "flat/state": flatten(layout.state, weights),
    "flat/frozen": flatten(layout.frozen, weights),
  };
}
