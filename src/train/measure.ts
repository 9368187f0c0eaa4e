import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { Dataset } from "../data/dataset.ts";
import { exportModel } from "../engine/export-model.ts";
import { loadOnnxModel } from "../engine/inference.ts";
import { findClassifierMetric } from "../metrics/named.ts";
import { writeOnnx } from "../onnx/write.ts";
import type { WeightValues } from "../tensor/weight-values.ts";
import { predictAll } from "./evaluate.ts";

/** What a model is measured on. */
export interface Measurement {
  readonly model: ShapedGraph;
  readonly dataset: Dataset;
  /** What pixels are multiplied by before the model sees them. */
  readonly scale: number;
  /** Names of metrics. */
  readonly metrics: readonly string[];
  readonly threads: number;
}

/**
 * Metrics of a model as it is exported: its own last activation, dropout and noise off. A metric that the examples do not
 * determine, such as the AUC of one class alone, is left out.
 */
export async function measureModel(
  { model, dataset, scale, metrics, threads }: Measurement,
  weights: WeightValues,
): Promise<Readonly<Record<string, number>>> {
  const { value } = exportModel(model, weights, {});
  // A model that trains can be exported; where it cannot, `cnn export` says why.
  if (value === undefined) return {};
  const session = await loadOnnxModel(writeOnnx(value.exported.model), { name: model.graph.name, threads });
  try {
    const opened = { path: model.graph.name, session, scale, offset: 0 };
    const { probabilities } = await predictAll(opened, dataset);
    const examples = { labels: dataset.labels, scores: probabilities, classCount: dataset.classNames.length };
    const measured = metrics.map((name) => [name, findClassifierMetric(name)!.compute(examples)] as const);
    return Object.fromEntries(measured.filter(([, score]) => !Number.isNaN(score)));
  } finally {
    await session.dispose();
  }
}
