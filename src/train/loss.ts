import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { type LossName, lossKinds, type LossOptions } from "../autodiff/losses/losses.ts";
import type { Batch } from "../data/batches.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { suggestName } from "../diagnostics/suggest.ts";
import type { ActivationValue, GraphOutput, LayerNode } from "../graph/layer-graph.ts";
import type { LossSetting } from "./settings/loss.ts";

/**
 * The loss of each output of a model of classes, in their order: what the settings name for it, else what its last activation
 * means (softmax or none: cross-entropy; sigmoid: binary cross-entropy).
 *
 * @throws InputError where a named loss does not fit its output, or names none
 */
export function chooseLosses(model: ShapedGraph, settings: readonly LossSetting[]): readonly LossOptions[] {
  const { outputs } = model.graph;
  const names = outputs.map(({ name }) => name);
  for (const { output } of settings) {
    if (output === undefined || names.includes(output)) continue;
    const near = suggestName(output, names);
    throw new InputError(`a loss is for the output ${output}, which ${model.graph.name} does not have`, {
      help: near === undefined ? `its outputs are ${names.join(", ")}` : `did you mean ${near}?`,
    });
  }
  return outputs.map((output) => {
    const own = settings.find((setting) => setting.output === output.name);
    return chooseLoss(model, output, own ?? settings.find((setting) => setting.output === undefined));
  });
}

function chooseLoss(
  model: ShapedGraph,
  { layer }: GraphOutput,
  setting: LossSetting | undefined,
): LossOptions {
  const output = model.layer(layer);
  const activation = lastActivation(output.node);
  const units = output.shape?.at(-1)?.value;
  const name = setting?.name ?? (activation === "sigmoid" ? "binary_cross_entropy" : "cross_entropy");
  requireActivation(name, activation, output.node.name);
  if (name === "cross_entropy" && units === 1) {
    throw new InputError(`cross-entropy over the one unit of ${output.node.name} is always 0`, {
      help: "end with `dense 1 sigmoid` for two classes, or give each class a unit",
    });
  }
  if (name === "ctc") {
    throw new InputError("the loss ctc compares with sequences, but the data has one class an example");
  }
  const { output: _, ...rest } = setting ?? {};
  return { ...rest, name, target: classLosses.has(name) ? "classes" : "values" } as LossOptions;
}

/** Losses that take class numbers as they are; others get them as numbers of the output's shape. */
const classLosses: ReadonlySet<LossName> = new Set(["cross_entropy", "focal"]);

function requireActivation(loss: LossName, activation: string, layer: string): void {
  const { folds, wantsLogits } = lossKinds[loss];
  if (!wantsLogits || activation === folds || activation === "linear") return;
  throw new InputError(`the loss ${loss} is computed on logits, but ${layer} ends in ${activation}`, {
    help: `end the model in ${folds}, or without an activation, or choose another loss`,
  });
}

/** The activation that a layer ends in, or is. */
function lastActivation({ kind, arguments: given }: LayerNode): string {
  const value = kind === "activation" ? given : (given["activation"] as ActivationValue | undefined);
  return typeof value?.name === "string" ? value.name : "linear";
}

/**
 * Turns class numbers into what the loss compares with: themselves, 0 or 1 for one unit, or one-hot rows; blended labels into
 * rows of shares.
 */
export function encodeTargets(
  { labels, mix }: Pick<Batch, "labels" | "mix">,
  target: LossOptions["target"],
  units: number,
): Int32Array | Float32Array {
  if (target === "classes") return labels;
  const share = (row: number): number => mix?.shares[row] ?? 1;
  if (units === 1) {
    return Float32Array.from(
      labels,
      (label, row) => share(row) * label + (1 - share(row)) * (mix?.others[row] ?? 0),
    );
  }
  const rows = new Float32Array(labels.length * units);
  labels.forEach((label, row) => {
    rows[row * units + label]! += share(row);
    if (mix !== undefined) rows[row * units + mix.others[row]!]! += 1 - share(row);
  });
  return rows;
}
