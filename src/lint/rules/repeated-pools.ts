import { argumentsOf, noiseKinds, windowFacts } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

/**
 * A pool of a pool: no layer has looked at the smaller image in between, so that one larger window says the same, and mostly
 * a convolution was forgotten (Nikanjam and Khomh, 2021: too much down-sampling).
 */
export function* findRepeatedPools(network: Network): Iterable<Finding> {
  for (const layer of network.layers) {
    const next = layer.node.kind === "pool" ? network.next(layer, noiseKinds) : undefined;
    if (next?.node.kind !== "pool") continue;
    const { mode } = argumentsOf(layer, "pool");
    const [first, second] = [windowFacts(layer), windowFacts(next)];
    const shrinks = [first, second].every((facts) => facts?.stride.some((stride) => stride > 1));
    if (mode !== argumentsOf(next, "pool").mode || !shrinks) continue;
    yield {
      at: next,
      message: `${second!.statement} of ${first!.statement}: nothing looks at the image between the two`,
      labels: [{ span: layer.node.span, text: "the first pool" }],
      help: "put a convolution between them, or use one pool with a larger window",
    };
  }
}
