import type { LayerKind } from "../../graph/layer-kind.ts";
import { removeLayer } from "../changes.ts";
import { activationOf, movingKinds } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

const probabilities: ReadonlySet<string> = new Set(["softmax", "log_softmax", "sigmoid"]);
const headKinds: ReadonlySet<LayerKind> = new Set<LayerKind>([...movingKinds, "activation"]);

/**
 * Batch norm of probabilities, or of the last dense layer's numbers right before the softmax or sigmoid. Networks that give
 * a vector to compare, as for faces, may well end in a batch norm.
 */
export function* findNormAtEnd(network: Network): Iterable<Finding> {
  const heads = network.leadingToOutput(headKinds);
  for (const layer of network.layers) {
    if (layer.node.kind !== "bn" || !heads.has(layer.node.id)) continue;
    const before = network.previous(layer, movingKinds);
    if (before === undefined) continue;
    const isAfter = probabilities.has(activationOf(before));
    const next = network.next(layer, movingKinds);
    const isBetween =
      before.node.kind === "dense" && next !== undefined && probabilities.has(activationOf(next));
    if (!isAfter && !isBetween) continue;
    yield {
      at: layer,
      message: isAfter
        ? `bn after ${activationOf(before)}: what comes out are no probabilities any more`
        : `bn after the last dense layer: it holds the numbers of all classes to one mean and variance`,
      labels: [{ span: before.node.span, text: isAfter ? "the probabilities" : "the last dense layer" }],
      help: "leave it out, or put it before",
      fix: removeLayer(layer, "remove this bn"),
    };
  }
}
