// What the outputs of a model are worth where they are not the classes of examples alone: each output by metrics that suit it.
import { batches } from "../data/batches.ts";
import type { Dataset, ExampleShape } from "../data/dataset.ts";
import { exampleSize } from "../data/dataset.ts";
import { argMax } from "../metrics/classification.ts";
import { findClassifierMetric, regressionMetrics } from "../metrics/named.ts";
import { decodeGreedily, ErrorRateCounter } from "../metrics/sequences.ts";
import { RegressionCounter, type RegressionReport } from "../metrics/regression.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { RunnableModel } from "../engine/inference.ts";
import type { MeasuredOutput } from "./measured-outputs.ts";

/** A model that runs, and how its outputs are measured. */
export interface MeasurableModel {
  readonly session: RunnableModel;
  /** What pixels of the first input are multiplied by; the other inputs' are a part of the data. */
  readonly scale: number;
  readonly outputs: readonly MeasuredOutput[];
}

/** The scores of one output, by the metrics' names. */
export interface OutputScores {
  readonly name: string;
  readonly scores: Readonly<Record<string, number>>;
}

/** Takes batch after batch of an output and what it should have been. */
interface OutputScorer {
  add(truths: Float32Array, outputs: Float32Array, count: number): void;
  scores(): Readonly<Record<string, number>>;
}

const batchSize = 128;

/**
 * Runs a model over a data set and measures each output. A metric that the examples do not determine is left out.
 *
 * @throws InputError where the model cannot take several inputs
 */
export async function scoreOutputs(
  { session, scale, outputs }: MeasurableModel,
  dataset: Dataset,
): Promise<readonly OutputScores[]> {
  const scorers = outputs.map((output, index) => scorerFor(output, dataset.targets![index]!.shape));
  const moreInputs = dataset.otherInputs?.length ?? 0;
  const pixels = dataset.content === "pixels" ? scale : 1;
  for (const { examples, columns, size } of batches(dataset, { batchSize, scale: pixels })) {
    const results = await session.runInOrder([examples, ...columns.slice(0, moreInputs)], size);
    if (results.length !== outputs.length)
      throw new InputError(`${session.name} gives ${results.length} outputs, not ${outputs.length}`);
    for (const [index, scorer] of scorers.entries())
      scorer.add(columns[moreInputs + index]!, results[index]!, size);
  }
  return scorers.map((scorer, index) => ({ name: outputs[index]!.name, scores: scorer.scores() }));
}

/** Scores of all outputs in one record; of several each by its output's name: `age_mae`. */
export function joinScores(outputs: readonly OutputScores[]): Readonly<Record<string, number>> {
  const prefix = (name: string): string => (outputs.length === 1 ? "" : `${name}_`);
  return Object.fromEntries(
    outputs.flatMap(({ name, scores }) =>
      Object.entries(scores).map(([metric, value]) => [prefix(name) + metric, value] as const),
    ),
  );
}

function scorerFor({ kind, metrics, classCount }: MeasuredOutput, shape: ExampleShape): OutputScorer {
  if (kind === "class") return new ClassScorer(metrics);
  if (kind === "numbers") return new NumberScorer(metrics, exampleSize(shape));
  return kind === "sequences" ? new SequenceScorer(metrics, classCount!) : new PlaceScorer(metrics, kind);
}

/** A sequence an example, filled up with the blank: how many edits it takes to make it of what is read. */
class SequenceScorer implements OutputScorer {
  readonly #metrics: readonly string[];
  readonly #classCount: number;
  readonly #counter = new ErrorRateCounter();

  constructor(metrics: readonly string[], classCount: number) {
    [this.#metrics, this.#classCount] = [metrics, classCount];
  }

  add(truths: Float32Array, outputs: Float32Array, count: number): void {
    const [length, values] = [truths.length / count, outputs.length / count];
    const form = { places: values / this.#classCount, classCount: this.#classCount };
    for (let row = 0; row < count; row++) {
      const truth = truths.subarray(row * length, (row + 1) * length).filter((label) => label !== 0);
      this.#counter.add(truth, decodeGreedily(outputs, row * values, form));
    }
  }

  scores(): Readonly<Record<string, number>> {
    return determined(this.#metrics.map((name) => [name, this.#counter.errorRate] as const));
  }
}

class NumberScorer implements OutputScorer {
  readonly #metrics: readonly string[];
  readonly #counter: RegressionCounter;

  constructor(metrics: readonly string[], width: number) {
    this.#metrics = metrics;
    this.#counter = new RegressionCounter(width);
  }

  add(truths: Float32Array, outputs: Float32Array): void {
    this.#counter.add(truths, outputs);
  }

  scores(): Readonly<Record<string, number>> {
    const report: RegressionReport = this.#counter.report;
    return determined(
      this.#metrics.map((name) => {
        const { key } = regressionMetrics.find((metric) => metric.name === name)!;
        return [name, report[key]] as const;
      }),
    );
  }
}

/** One class an example: its scores are kept, since ranks are taken over all of them. */
class ClassScorer implements OutputScorer {
  readonly #metrics: readonly string[];
  readonly #labels: number[] = [];
  readonly #rows: Float32Array[] = [];

  constructor(metrics: readonly string[]) {
    this.#metrics = metrics;
  }

  add(truths: Float32Array, outputs: Float32Array): void {
    this.#labels.push(...truths);
    this.#rows.push(outputs.slice());
  }

  scores(): Readonly<Record<string, number>> {
    const total = this.#rows.reduce((sum, rows) => sum + rows.length, 0);
    const scores = new Float32Array(total);
    let at = 0;
    for (const rows of this.#rows) {
      scores.set(rows, at);
      at += rows.length;
    }
    const examples = { labels: this.#labels, scores, classCount: total / this.#labels.length };
    return determined(
      this.#metrics.map((name) => [name, findClassifierMetric(name)!.compute(examples)] as const),
    );
  }
}

/** A class of each place (`places`), or yes or no of each unit (`labels`): the share that is right. */
class PlaceScorer implements OutputScorer {
  readonly #metrics: readonly string[];
  readonly #kind: "places" | "labels";
  #right = 0;
  #count = 0;

  constructor(metrics: readonly string[], kind: "places" | "labels") {
    [this.#metrics, this.#kind] = [metrics, kind];
  }

  add(truths: Float32Array, outputs: Float32Array): void {
    const classes = outputs.length / truths.length;
    for (const [place, truth] of truths.entries()) {
      const said =
        this.#kind === "places" ? argMax(outputs, place * classes, classes) : Number(outputs[place]! > 0.5);
      if (said === truth) this.#right += 1;
    }
    this.#count += truths.length;
  }

  scores(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#metrics.map((name) => [name, this.#right / this.#count]));
  }
}

function determined(scores: readonly (readonly [string, number])[]): Readonly<Record<string, number>> {
  return Object.fromEntries(scores.filter(([, score]) => !Number.isNaN(score)));
}
