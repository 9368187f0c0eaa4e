import type { LayerKind } from "../../graph/layer-kind.ts";
import { setArguments } from "../changes.ts";
import { activationOf, weightedKinds } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

/** These take each channel's mean away, and a bias with it. */
const centringKinds: ReadonlySet<LayerKind> = new Set(["bn", "instance_norm"] as const);

/** A bias that the normalisation after it subtracts again, so that it is learned for nothing. */
export function* findBiasBeforeNorm(network: Network): Iterable<Finding> {
  for (const layer of network.layers) {
    const { node, weights } = layer;
    if (!weightedKinds.has(node.kind) || node.arguments["bias"] !== true) continue;
    if (activationOf(layer) !== "linear" || network.isGiven(layer) || network.isOutput(layer)) continue;
    const next = network.consumersOf(layer);
    const areCentring = next.every((each) => centringKinds.has(each.node.kind) && !network.isGiven(each));
    if (next.length === 0 || !areCentring) continue;
    const count = weights.find(({ name }) => name === "bias")?.shape[0]?.toString() ?? "";
    const word = next[0]!.node.kind;
    yield {
      at: layer,
      argument: "bias",
      message: `${word} subtracts the mean of each channel, and this layer's bias with it`,
      text: `${count} biases for nothing`,
      labels: [
        {
          span: next[0]!.node.span,
          text:
            next[0]!.node.arguments["center"] === false ? "takes it away again" : "has a shift of its own",
        },
      ],
      help: "leave the bias out: `bias=no`",
      fix: setArguments(layer, { bias: "no" }, "leave the bias out"),
    };
  }
}
