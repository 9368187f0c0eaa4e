import type { LayerKind } from "../../graph/layer-kind.ts";
import { setArguments } from "../changes.ts";
import { movingKinds, weightedKinds } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

const throughKinds: ReadonlySet<LayerKind> = new Set<LayerKind>([
  ...movingKinds,
  ...["activation" as const, "pool" as const, "global_pool" as const, "bn" as const],
]);
const equalStarts: ReadonlySet<unknown> = new Set(["zeros", "ones"]);

/**
 * A hidden layer whose weights all start with the same number: its units get the same gradient and stay copies of one
 * another. The last layer may start at zero, and so may the last one of a residual branch.
 */
export function* findEqualWeights(network: Network): Iterable<Finding> {
  for (const layer of network.layers) {
    const { node, shape } = layer;
    const isMixing = node.kind === "dense" || node.kind === "conv" || node.kind === "conv_transpose";
    if (!isMixing || !equalStarts.has(node.arguments["init"]) || network.isGiven(layer)) continue;
    const next = network.next(layer, throughKinds);
    if (next === undefined || !weightedKinds.has(next.node.kind) || shape?.at(-1)?.value === 1) continue;
    yield {
      at: layer,
      argument: "init",
      message: `all weights of this hidden layer start as ${node.arguments["init"] === "zeros" ? 0 : 1}, so its units learn the same thing`,
      labels: [{ span: next.node.span, text: "sees copies of one unit" }],
      help: "start with random weights: `glorot_uniform` (the default) or `he_normal`",
      fix: setArguments(layer, { init: "glorot_uniform" }, "start with random weights"),
    };
  }
}
