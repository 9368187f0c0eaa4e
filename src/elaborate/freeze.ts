import type { LayerNode } from "../graph/layer-graph.ts";
import { layerDefinition } from "../layers/index.ts";
import type { Span } from "../source/source-file.ts";
import { spanText } from "../source/source-file.ts";
import type { FreezeStatement } from "../syntax/ast.ts";
import type { Elaboration, Frame } from "./context.ts";
import { findTensor } from "./lookup.ts";
import type { LayerRange } from "./scope.ts";
import { shortened } from "./values.ts";

/** Carries out `freeze x`, `unfreeze base`, `unfreeze base from block_13` (that block included). */
export function executeFreeze(statement: FreezeStatement, frame: Frame): void {
  const { target, from, kind } = statement;
  const binding = findTensor(frame, target);
  if (binding === undefined) return;
  let range = binding.layers;
  if (from !== undefined) {
    // What follows `from` is named as inside the target, or from here.
    const inside = binding.inner?.own(from.parts[0]?.name ?? "") !== undefined;
    const start =
      inside && binding.inner
        ? findTensor({ ...frame, scope: binding.inner }, from)
        : findTensor(frame, from);
    if (start === undefined) return;
    if (frame.model.isDry) return; // nothing is built, so that no layer is within another
    if (start.layers.first < range.first || start.layers.first >= range.end) {
      const message = `\`${shortened(spanText(from.span))}\` is not within \`${shortened(spanText(target.span))}\``;
      frame.elaboration.report("CNN115", message, from.span);
      return;
    }
    range = { first: start.layers.first, end: range.end };
  }
  if (binding.tensor === "lost") return;
  setTrainable(frame, range, kind === "unfreeze", statement.span, shortened(spanText(target.span)));
}

/** Makes the layers of a range trainable or not; layers that share weights change together. Reports a range without weights. */
export function setTrainable(
  { elaboration, model }: Frame,
  range: LayerRange,
  trainable: boolean,
  span: Span,
  name: string,
): void {
  if (model.isDry) return;
  let hasWeights = false;
  for (let id = range.first; id < range.end; id++) {
    const node = elaboration.nodes[id]!;
    hasWeights ||= mayHaveWeights(node, elaboration);
    elaboration.frozen.set(node.sharesWeightsOf ?? id, !trainable);
  }
  if (hasWeights) return;
  elaboration.report("CNN153", `\`${name}\` has no weights to ${trainable ? "train" : "freeze"}`, span, {
    help: "only layers with weights are frozen: convolutions, dense layers, normalisations",
  });
}

/** False only where a layer's shapes are known and it declares no weights. */
function mayHaveWeights(node: LayerNode, elaboration: Elaboration): boolean {
  const output = elaboration.shapeOf(node.id);
  const inputs = node.inputs.map((id) => elaboration.shapeOf(id));
  if (output === undefined || !inputs.every((shape) => shape !== undefined)) return true;
  return layerDefinition(node.kind).weights(inputs, node.arguments, output).length > 0;
}
