import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import type { Batch } from "../data/batches.ts";
import type { LossOptions } from "../autodiff/training-graphs.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { ActivationValue, LayerNode } from "../graph/layer-graph.ts";
import type { LossName } from "./settings/loss.ts";

/**
 * The loss of a classifier: what the settings name, else what the last activation means (softmax or none: cross-entropy;
 * sigmoid: binary cross-entropy).
 *
 * @throws InputError where the named loss does not fit the output
 */
export function chooseLoss(model: ShapedGraph, named: LossName | undefined): LossOptions {
  const output = model.layer(model.graph.outputs[0]!.layer);
  const activation = lastActivation(output.node);
  const units = output.shape?.at(-1)?.value;
  const name = named ?? (activation === "sigmoid" ? "binary_cross_entropy" : "cross_entropy");
  requireActivation(name, activation, output.node.name);
  if (name === "cross_entropy" && units === 1) {
    throw new InputError(`cross-entropy over the one unit of ${output.node.name} is always 0`, {
      help: "end with `dense 1 sigmoid` for two classes, or give each class a unit",
    });
  }
  return { name, target: name === "cross_entropy" ? "classes" : "values" };
}

/** The last activation that belongs to a loss on logits; without one the outputs are logits already. */
const activationOf: Readonly<Partial<Record<LossName, string>>> = {
  cross_entropy: "softmax",
  binary_cross_entropy: "sigmoid",
};

function requireActivation(loss: LossName, activation: string, layer: string): void {
  const wanted = activationOf[loss];
  if (wanted === undefined || activation === wanted || activation === "linear") return;
  throw new InputError(`the loss ${loss} is computed on logits, but ${layer} ends in ${activation}`, {
    help: `end the model in ${wanted}, or without an activation, or choose another loss`,
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
