import { batches } from "../data/batches.ts";
import type { Dataset } from "../data/dataset.ts";
import { loadData } from "../data/named.ts";
import { InputError } from "../diagnostics/input-error.ts";
import {
  argMax,
  type ClassificationReport,
  countConfusion,
  reportClassification,
} from "../metrics/classification.ts";
import type { OpenedModel } from "./open-model.ts";

export interface Evaluation {
  readonly dataset: Dataset;
  /** Mean cross-entropy; undefined where the model's outputs are no probabilities. */
  readonly loss: number | undefined;
  readonly report: ClassificationReport;
}

const batchSize = 128;
/** Keras' bound on probabilities in cross-entropy. */
const smallestProbability = 1e-7;

/**
 * Runs a classifier on the test part of a data set.
 *
 * @param choice the data set's name or folder; what the model was trained on if left out
 * @throws InputError where the data is not there or does not fit the model
 */
export async function evaluateModel(
  model: OpenedModel,
  choice: { readonly data?: string; readonly dataFolder?: string },
): Promise<Evaluation> {
  const name = choice.data ?? model.data;
  if (name === undefined) {
    throw new InputError(`${model.path} does not say what it was trained on`, {
      help: "name the data: --data fashion_mnist",
    });
  }
  const { test: dataset } = await loadData(
    name,
    choice.dataFolder === undefined ? {} : { dataFolder: choice.dataFolder },
  );
  const classCount = dataset.classNames.length;
  const predictions = new Int32Array(dataset.count);
  let lossSum = 0;
  let areProbabilities = true;
  for (const batch of batches(dataset, { batchSize, scale: model.scale })) {
    if (model.offset !== 0)
      for (let at = 0; at < batch.images.length; at++) batch.images[at]! += model.offset;
    const outputs = await predictClasses(model, batch.images, batch.size, dataset);
    for (let row = 0; row < batch.size; row++) {
      const label = batch.labels[row]!;
      predictions[batch.index * batchSize + row] = argMax(outputs, row * classCount, classCount);
      lossSum -= Math.log(Math.max(outputs[row * classCount + label]!, smallestProbability));
      areProbabilities &&= isDistribution(outputs, row * classCount, classCount);
    }
  }
  const report = reportClassification(
    countConfusion(dataset.labels, predictions, classCount),
    dataset.classNames,
  );
  return { dataset, loss: areProbabilities ? lossSum / dataset.count : undefined, report };
}

/** One row of class probabilities an image; a single sigmoid unit is spread over two classes. */
async function predictClasses(
  model: OpenedModel,
  images: Float32Array,
  count: number,
  dataset: Dataset,
): Promise<Float32Array> {
  const outputs = await model.session.run(images, count);
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

function isDistribution(values: Float32Array, offset: number, count: number): boolean {
  let sum = 0;
  for (let index = offset; index < offset + count; index++) {
    if (values[index]! < 0) return false;
    sum += values[index]!;
  }
  return Math.abs(sum - 1) < 1e-3;
}
