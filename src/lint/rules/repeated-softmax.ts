import { removeLayer } from "../changes.ts";
import { activationOf, movingKinds } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";
import { isSoftmax } from "./repeated-activation.ts";

/** A softmax of probabilities: they come out nearly alike, and training hardly moves them. */
export function* findRepeatedSoftmax(network: Network): Iterable<Finding> {
  for (const layer of network.layers) {
    if (layer.node.kind !== "activation" || !isSoftmax(activationOf(layer))) continue;
    const before = network.previous(layer, movingKinds);
    if (before === undefined || !isSoftmax(activationOf(before))) continue;
    const classes = layer.shape?.at(-1)?.value;
    yield {
      at: layer,
      message: `${activationOf(layer)} of what ${activationOf(before)} gives`,
      text: "these are probabilities already",
      labels: [
        { span: before.node.argumentSpans["activation"] ?? before.node.span, text: "the first is here" },
      ],
      notes:
        classes === undefined || classes < 2
          ? []
          : [
              `over ${classes} classes the largest probability that can come out is e/(e + ${classes - 1}) = ${(Math.E / (Math.E + classes - 1)).toFixed(2)}`,
            ],
      help: "keep one of the two",
      fix: removeLayer(layer, "remove the second softmax"),
    };
  }
}
