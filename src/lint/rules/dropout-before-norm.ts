import type { LayerKind } from "../../graph/layer-kind.ts";
import { swapLayers } from "../changes.ts";
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
      fix: network.onlyConsumer(layer) === next ? swapLayers(layer, next) : undefined,
    };
  }
}
