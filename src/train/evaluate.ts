import { batches } from "../data/batches.ts";
import type { Dataset } from "../data/dataset.ts";
import { loadPart } from "../data/named.ts";
import { alignClasses } from "../data/own-data.ts";
import type { ReadOptions } from "../data/read-options.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { reportScores, type ScoreReport } from "../metrics/scores.ts";
import { withAllMetrics } from "./measured-outputs.ts";
import type { OpenedModel } from "./open-model.ts";
import { type OutputScores, scoreOutputs } from "./output-scores.ts";

/** What a model made of a data set. */
export interface Evaluation {
  readonly dataset: Dataset;
  /** Examples × classes: the model's outputs, one sigmoid unit spread over two classes. */
  readonly probabilities: Float32Array;
  readonly report: ScoreReport;
}

/** Which data, and how it is read where that differs from how the model's training data was. */
export interface EvaluationChoice extends Pick<Partial<ReadOptions>, "resize" | "skipBad" | "label"> {
  /** A data set's name or path; what the model was trained on if left out. */
  readonly data?: string;
  readonly dataFolder?: string;
}

const batchSize = 128;

/**
 * Runs a classifier on the test part of a data set; data in one part that the model was not trained on is taken whole.
 *
 * @throws InputError where the data is not there or does not fit the model
 */
export async function evaluateModel(model: OpenedModel, choice: EvaluationChoice): Promise<Evaluation> {
  if (model.columns !== undefined) {
    throw new InputError(`${model.path} does not give a class for each example`, {
      help: "measure it with evaluateOutputs, or with `cnn evaluate`",
    });
  }
  const loaded = await loadTestData(model, choice);
  model.check?.(loaded);
  const dataset = model.classNames.length === 0 ? loaded : alignClasses(loaded, model.classNames);
  return evaluateOn(model, dataset);
}

/** What a model of numbers, or of several inputs or outputs, made of a data set. */
export interface OutputEvaluation {
  readonly dataset: Dataset;
  readonly outputs: readonly OutputScores[];
}

/**
 * Measures every output of a model that gives no class for each example, as `evaluateModel` does one that does.
 *
 * @throws InputError where the data is not there or does not fit the model
 */
export async function evaluateOutputs(
  model: OpenedModel,
  choice: EvaluationChoice,
): Promise<OutputEvaluation> {
  return evaluateOutputsOn(model, await loadTestData(model, choice));
}

/** The same on examples that are at hand. */
export async function evaluateOutputsOn(
  { path, columns, session, scale }: OpenedModel,
  data: Dataset,
): Promise<OutputEvaluation> {
  if (columns === undefined) throw new InputError(`${path} gives a class for each example`);
  const dataset = columns.fit(data);
  const outputs = await scoreOutputs({ session, scale, outputs: withAllMetrics(columns.outputs) }, dataset);
  return { dataset, outputs };
}

/** The test part of the data; what comes in one part, and the model was not trained on, is taken whole. */
function loadTestData(model: OpenedModel, choice: EvaluationChoice): Promise<Dataset> {
  const { data, ...reading } = choice;
  const name = data ?? model.data;
  if (name === undefined) {
    throw new InputError(`${model.path} does not say what it was trained on`, {
      help: "name the data: --data fashion_mnist",
    });
  }
  return loadPart(name, "test", {
    ...model.reading,
    ...reading,
    inputShape: model.session.inputShape,
    isWhole: name !== model.data,
  });
}

/** Runs a classifier on examples that are at hand. @throws InputError where they do not fit the model */
export async function evaluateOn(
  model: Pick<OpenedModel, "path" | "session" | "scale" | "offset">,
  dataset: Dataset,
): Promise<Evaluation> {
  const { probabilities, areProbabilities } = await predictAll(model, dataset);
  const classCount = dataset.classNames.length;
  const report = reportScores(
    { labels: dataset.labels, scores: probabilities, classCount },
    dataset.classNames,
    areProbabilities,
  );
  return { dataset, probabilities, report };
}

/** The outputs of a model for every example of a data set, one row of `classNames.length` an example. */
export async function predictAll(
  model: Pick<OpenedModel, "path" | "session" | "scale" | "offset">,
  dataset: Dataset,
): Promise<{ readonly probabilities: Float32Array; readonly areProbabilities: boolean }> {
  const classCount = dataset.classNames.length;
  const probabilities = new Float32Array(dataset.count * classCount);
  const scale = dataset.content === "pixels" ? model.scale : 1;
  for (const batch of batches(dataset, { batchSize, scale })) {
    if (model.offset !== 0)
      for (let at = 0; at < batch.examples.length; at++) batch.examples[at]! += model.offset;
    const outputs = await predictClasses(model, batch.examples, batch.size, dataset);
    probabilities.set(outputs, batch.index * batchSize * classCount);
  }
  return { probabilities, areProbabilities: areDistributions(probabilities, classCount) };
}

/** One row of class probabilities an example; a single sigmoid unit is spread over two classes. */
async function predictClasses(
  model: Pick<OpenedModel, "path" | "session">,
  examples: Float32Array,
  count: number,
  dataset: Dataset,
): Promise<Float32Array> {
  const outputs = await model.session.run(examples, count);
  const classCount = dataset.classNames.length;
  const width = outputs.length / count;
  if (width === classCount) return outputs;
  if (width === 1 && classCount === 2) {
    return Float32Array.from({ length: 2 * count }, (_, at) => {
      const positive = outputs[at >> 1]!;
      return at % 2 === 1 ? positive : 1 - positive;
    });
  }
  throw new InputError(
    `${model.path} gives ${width} values an image, but ${dataset.name} has ${classCount} classes`,
    {
      help: "choose the data that the model was trained for with --data",
    },
  );
}

function areDistributions(values: Float32Array, classCount: number): boolean {
  for (let start = 0; start < values.length; start += classCount) {
    let sum = 0;
    for (let at = start; at < start + classCount; at++) {
      if (!(values[at]! >= 0)) return false;
      sum += values[at]!;
    }
    if (!(Math.abs(sum - 1) < 1e-3)) return false;
  }
  return true;
}
