import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { Dataset } from "../data/dataset.ts";
import { exportModel } from "../engine/export-model.ts";
import { loadOnnxModel } from "../engine/inference.ts";
import { findClassifierMetric } from "../metrics/named.ts";
import { writeOnnx } from "../onnx/write.ts";
import type { WeightValues } from "../tensor/weight-values.ts";
import { predictAll } from "./evaluate.ts";
import type { MeasuredOutput } from "./measured-outputs.ts";
import { joinScores, scoreOutputs } from "./output-scores.ts";

/** What a model is measured on. */
export interface Measurement {
  readonly model: ShapedGraph;
  /** Each is measured by itself. */
  readonly datasets: readonly Dataset[];
  /** What pixels are multiplied by before the model sees them. */
  readonly scale: number;
  /** Names of metrics of a classifier of examples. */
  readonly metrics: readonly string[];
  /** The outputs of a model that is none. */
  readonly outputs: readonly MeasuredOutput[] | undefined;
  readonly threads: number;
}

type MeasuredScores = Readonly<Record<string, number>>;

/**
 * Metrics of a model as it is exported: its own last activation, dropout and noise off. A metric that the examples do not
 * determine, such as the AUC of one class alone, is left out.
 *
 * @returns the scores on each data set
 */
export async function measureModel(
  { model, datasets, scale, metrics, outputs, threads }: Measurement,
  weights: WeightValues,
): Promise<readonly MeasuredScores[]> {
  const { value } = exportModel(model, weights, {});
  // A model that trains can be exported; where it cannot, `cnn export` says why.
  if (value === undefined) return datasets.map(() => ({}));
  const session = await loadOnnxModel(writeOnnx(value.exported.model), { name: model.graph.name, threads });
  try {
    const opened = { path: model.graph.name, session, scale, offset: 0 };
    const scores: MeasuredScores[] = [];
    for (const dataset of datasets) {
      scores.push(
        outputs === undefined
          ? scoreClassifier(metrics, dataset, (await predictAll(opened, dataset)).probabilities)
          : joinScores(await scoreOutputs({ session, scale, outputs }, dataset)),
      );
    }
    return scores;
  } finally {
    await session.dispose();
  }
}

function scoreClassifier(
  metrics: readonly string[],
  { labels, classNames }: Dataset,
  scores: Float32Array,
): MeasuredScores {
  const examples = { labels, scores, classCount: classNames.length };
  const measured = metrics.map((name) => [name, findClassifierMetric(name)!.compute(examples)] as const);
  return Object.fromEntries(measured.filter(([, score]) => !Number.isNaN(score)));
}
