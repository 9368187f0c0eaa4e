import type { LayerKind } from "../../graph/layer-kind.ts";
import { setActivation } from "../changes.ts";
import { activationOf, movingKinds, weightedKinds } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

const throughKinds: ReadonlySet<LayerKind> = new Set<LayerKind>([...movingKinds, "bn", "pool"]);

/** A softmax whose result the next layer weighs: units compete, and all but one fall silent. Attention multiplies with it. */
export function* findHiddenSoftmax(network: Network): Iterable<Finding> {
  for (const layer of network.layers) {
    if (activationOf(layer) !== "softmax") continue;
    const next = network.next(layer, throughKinds);
    if (next === undefined || !weightedKinds.has(next.node.kind)) continue;
    const activation = network.usualActivation;
    yield {
      at: layer,
      argument: "activation",
      message:
        "softmax in a hidden layer: its numbers add up to 1, so one unit can only grow at the cost of others",
      labels: [{ span: next.node.span, text: "this layer goes on with them" }],
      help: `use \`${activation}\` here, and softmax at the end`,
      fix: setActivation(layer, activation, `use \`${activation}\``),
    };
  }
}
