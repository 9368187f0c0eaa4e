import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { Outcome } from "../diagnostics/diagnostic.ts";
import { type ExportOptions, exportWithTrace, type TracedExport } from "../onnx/deploy/export.ts";
import { lowerModel } from "../tensor/lower.ts";
import type { TensorGraph } from "../tensor/tensor-graph.ts";
import type { WeightValues } from "../tensor/weight-values.ts";

/** A model in its deployed form, and the graph that it must agree with. */
export interface ExportedModel {
  readonly exported: TracedExport;
  readonly graph: TensorGraph;
}

/**
 * Lowers a model for inference and writes it as an ONNX graph with these weights.
 *
 * @returns undefined, with diagnostics, where a layer cannot be computed
 * @throws InputError where the operator set cannot express the model
 */
export function exportModel(
  model: ShapedGraph,
  weights: WeightValues,
  options: ExportOptions,
): Outcome<ExportedModel | undefined> {
  const { value: lowered, diagnostics } = lowerModel(model, { batch: "N", training: false });
  if (lowered === undefined) return { value: undefined, diagnostics };
  const graph = lowered.builder.finish(
    Object.fromEntries(lowered.outputs.map(({ name, value }) => [name, value])),
  );
  return { value: { exported: exportWithTrace(graph, weights, options), graph }, diagnostics };
}
