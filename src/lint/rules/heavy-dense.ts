import { grouped } from "../../layers/text.ts";
import { explainLayer } from "../../analyze/explain.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

const leastShare = 0.9;
/** In a small model a dense layer is no burden. */
const leastParameters = 100_000;

/** In a convolutional network: the first dense layer holds nearly all parameters. (In VGG-16 it holds 74 %.) */
export function* findHeavyDense(network: Network): Iterable<Finding> {
  const total = network.model.totals.parameters.value;
  const layer = network.layers.find(({ node }) => node.kind === "dense");
  const count = layer?.parameters.value;
  if (layer === undefined || total === undefined || count === undefined || network.isGiven(layer)) return;
  const isConvolutional = network.layers.some(({ node }) => node.kind === "conv");
  if (!isConvolutional || count < leastParameters || count < leastShare * total) return;
  yield {
    at: layer,
    message: `this layer holds ${Math.floor((1000 * count) / total) / 10} % of the model's ${grouped(String(total))} parameters`,
    arithmetic: explainLayer(layer).parameters ?? "",
    help: "make the image smaller before `flatten` (a pool, a stride), or end the convolutions in `global_pool avg`",
  };
}
