import type { LayerNode } from "../graph/layer-graph.ts";
import { layerDefinition } from "../layers/index.ts";
import type { Span } from "../source/source-file.ts";
import { spanText } from "../source/source-file.ts";
import type { FreezeStatement, Path } from "../syntax/ast.ts";
import type { Elaboration, Frame } from "./context.ts";
import { didYouMean, findTensor } from "./lookup.ts";
import type { LayerRange, Scope, SharedBinding, TensorBinding } from "./scope.ts";
import { shortened } from "./values.ts";

/** Carries out `freeze x`, `unfreeze base`, `unfreeze base from block_13` (that block included). */
export function executeFreeze(statement: FreezeStatement, frame: Frame): void {
  const { target, from, kind } = statement;
  const shared = from === undefined ? sharedInstance(target, frame) : undefined;
  if (shared !== undefined) {
    freezeShared(statement, shared, frame);
    return;
  }
  const binding = findTensor(frame, target);
  if (binding === undefined) return;
  let range = binding.layers;
  if (from !== undefined) {
    const start = findStart(from, binding.inner, frame, shortened(spanText(target.span)));
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

/** The shared instance that a name stands for; undefined where it stands for anything else. */
function sharedInstance({ parts }: Path, { scope }: Frame): SharedBinding | undefined {
  const binding = parts.length === 1 ? scope.find(parts[0]!.name)?.binding : undefined;
  return binding?.kind === "shared" ? binding : undefined;
}

/** The weights of a shared instance are there from its first use on. */
function freezeShared(
  { target, kind, span }: FreezeStatement,
  { owners }: SharedBinding,
  frame: Frame,
): void {
  const name = shortened(spanText(target.span));
  if (owners !== undefined) setTrainable(frame, owners, kind === "unfreeze", span, name);
  else if (!frame.model.isDry) {
    frame.elaboration.report(
      "CNN112",
      `\`${name}\` has no weights yet: its first use comes later`,
      target.span,
      {
        help: `put \`${kind} ${name}\` after the first use`,
      },
    );
  }
}

/** How many labels of a model are named where another was meant. */
const mostLabelsNamed = 12;

/** What follows `from`: named as inside the target, or else from here. */
function findStart(
  from: Path,
  inner: Scope | undefined,
  frame: Frame,
  target: string,
): TensorBinding | undefined {
  const first = from.parts[0]!;
  if (inner === undefined || frame.scope.find(first.name) !== undefined) {
    const scope = inner?.own(first.name) === undefined ? frame.scope : inner;
    return findTensor({ ...frame, scope }, from);
  }
  if (inner.own(first.name) !== undefined) return findTensor({ ...frame, scope: inner }, from);
  if (inner.isIncomplete === true) return undefined;
  const labels = [...inner.ownNames()].filter(([, { kind }]) => kind === "tensor").map(([name]) => name);
  const named = labels.slice(0, mostLabelsNamed).map((label) => `\`${label}\``);
  const more = labels.length > named.length ? ` and ${labels.length - named.length} more` : "";
  frame.elaboration.report(
    "CNN111",
    `there is no \`${shortened(first.name)}\` in \`${target}\``,
    first.span,
    {
      help:
        labels.length === 0
          ? `\`${target}\` labels none of its parts`
          : `\`${target}\` labels ${named.join(", ")}${more}`,
      ...didYouMean(first, labels),
    },
  );
  return undefined;
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
