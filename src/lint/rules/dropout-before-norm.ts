import type { ShapedLayer } from "../../analyze/shaped-graph.ts";
import type { Fix } from "../../diagnostics/diagnostic.ts";
import type { LayerKind } from "../../graph/layer-kind.ts";
import { spanText } from "../../source/source-file.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

const dropKinds: ReadonlySet<LayerKind> = new Set([
  "dropout",
  "spatial_dropout",
  "gaussian_dropout",
] as const);
const throughKinds: ReadonlySet<LayerKind> = new Set<LayerKind>(["activation", "flatten"]);

/**
 * Dropout right before batch norm: its running variance is that of training, when dropout makes the numbers vary more,
 * and does not fit predictions (Li, Chen, Hu, Yang, "Understanding the disharmony between dropout and batch normalization by
 * variance shift", 2019).
 */
export function* findDropoutBeforeNorm(network: Network): Iterable<Finding> {
  for (const layer of network.layers) {
    if (!dropKinds.has(layer.node.kind) || layer.node.arguments["rate"] === 0) continue;
    const next = network.next(layer, throughKinds);
    if (next?.node.kind !== "bn" || network.isGiven(next)) continue;
    yield {
      at: layer,
      message: `${layer.node.kind} before bn: bn learns a variance that only training has`,
      labels: [
        { span: next.node.span, text: "in predictions nothing is dropped, and the variance is smaller" },
      ],
      help: "put dropout after the last bn, or leave it out: bn regularises too",
      fix: network.onlyConsumer(layer) === next ? swap(layer, next) : undefined,
    };
  }
}

/** Lets the two statements change places. */
function swap({ node: one }: ShapedLayer, { node: other }: ShapedLayer): Fix | undefined {
  const isPlain = [one, other].every(({ labelled }) => !labelled);
  const isNear = one.span.file === other.span.file && one.scope.at(-1)?.span === other.scope.at(-1)?.span;
  if (!isPlain || !isNear) return undefined;
  return {
    title: `let ${one.kind} and ${other.kind} change places`,
    edits: [
      { span: one.span, text: spanText(other.span) },
      { span: other.span, text: spanText(one.span) },
    ],
  };
}
