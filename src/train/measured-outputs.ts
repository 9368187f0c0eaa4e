// Which metrics a run measures, by what its outputs are.
import type { WantedTarget } from "../data/columns.ts";
import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { LossName, LossOptions } from "../autodiff/losses/losses.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { findClassifierMetric, regressionMetrics } from "../metrics/named.ts";
import { sequenceMetrics } from "../metrics/sequences.ts";
import { lastActivation } from "../graph/last-activation.ts";
import { numberLosses } from "./loss.ts";
import type { TrainSettings } from "./settings/table.ts";

/** What an output gives: a class, a class of each place, yes or no of each unit, numbers, or sequences. */
export type OutputKind = "class" | "places" | "labels" | "numbers" | "sequences";

export interface MeasuredOutput {
  readonly name: string;
  readonly kind: OutputKind;
  /** Names of metrics that suit it. */
  readonly metrics: readonly string[];
  /** Classes of each place of a sequence, the blank included. */
  readonly classCount?: number;
}

const classMetrics = ["accuracy", "balanced_accuracy", "f1", "kappa"];
const numberMetrics = regressionMetrics.map(({ name }) => name);
const errorRates = sequenceMetrics.map(({ name }) => name);

/** What suits an output, what is measured where nothing is said, and all that is told of a trained model. */
const suitable = {
  class: {
    suits: (name) => findClassifierMetric(name) !== undefined,
    usual: ["accuracy"],
    all: classMetrics,
  },
  places: { suits: (name) => name === "accuracy", usual: ["accuracy"], all: ["accuracy"] },
  labels: { suits: (name) => name === "accuracy", usual: ["accuracy"], all: ["accuracy"] },
  numbers: { suits: (name) => numberMetrics.includes(name), usual: ["mae"], all: numberMetrics },
  sequences: {
    suits: (name) => errorRates.includes(name),
    usual: errorRates,
    all: errorRates,
  },
} as const satisfies Record<
  OutputKind,
  { suits(name: string): boolean; usual: readonly string[]; all: readonly string[] }
>;

/** Outputs to be measured by all that suits them. */
export function withAllMetrics(outputs: readonly MeasuredOutput[]): readonly MeasuredOutput[] {
  return outputs.map((output) => ({ ...output, metrics: suitable[output.kind].all }));
}

/**
 * The outputs of a model with what is measured of each. A metric goes to every output that it suits.
 *
 * @throws InputError where a metric suits none
 */
export function measuredOutputs(
  model: ShapedGraph,
  targets: readonly WantedTarget[],
  losses: readonly LossOptions[],
  { names }: TrainSettings["metrics"],
): readonly MeasuredOutput[] {
  const outputs = targets.map((target, index) => {
    const { node, shape } = model.layer(model.graph.outputs[index]!.layer);
    const activation = lastActivation(node);
    const kind = kindOf(target, activation, losses[index]!.name);
    const { suits, usual } = suitable[kind];
    const metrics = names.length === 0 ? usual : names.filter(suits);
    const classCount = shape?.at(-1)?.value;
    const isSequence = kind === "sequences" && classCount !== undefined;
    return { name: target.name, kind, metrics, ...(isSequence ? { classCount } : {}) };
  });
  const lost = names.find((name) => outputs.every(({ metrics }) => !metrics.some((each) => each === name)));
  if (lost === undefined) return outputs;
  const what = outputs.map(({ name, kind }) => `${name} gives ${described[kind]}`).join(", ");
  throw new InputError(`the metric ${lost} suits no output: ${what}`, {
    help: `numbers have ${numberMetrics.join(", ")}; sequences ${errorRates.join(", ")}; classes accuracy, f1 and so on`,
  });
}

const described = {
  class: "a class",
  places: "a class of each place",
  labels: "yes or no of each unit",
  numbers: "numbers",
  sequences: "sequences",
} as const satisfies Record<OutputKind, string>;

function kindOf({ kind }: WantedTarget, activation: string, loss: LossName): OutputKind {
  if (kind === "class" || kind === "sequences") return kind;
  if (kind === "classes") return "places";
  return activation === "sigmoid" && !numberLosses.has(loss) ? "labels" : "numbers";
}

/** The scores that each epoch of a run will have, without `val_`. @param outputs undefined for a classifier of examples */
export function scoreNames(
  { metrics, validation }: Pick<TrainSettings, "metrics" | "validation">,
  outputs: readonly MeasuredOutput[] | undefined,
): { readonly training: readonly string[]; readonly validation: readonly string[] } {
  const steps = outputs === undefined ? ["loss", "accuracy"] : ["loss"];
  const measured =
    outputs === undefined ? metrics.names : outputs.flatMap((output) => namesOf(output, outputs));
  const all = [...new Set([...steps, ...measured])];
  return {
    training: metrics.training ? all : steps,
    validation: validation.share > 0 ? all : [],
  };
}

function namesOf({ name, metrics }: MeasuredOutput, outputs: readonly MeasuredOutput[]): readonly string[] {
  return outputs.length === 1 ? metrics : metrics.map((metric) => `${name}_${metric}`);
}
