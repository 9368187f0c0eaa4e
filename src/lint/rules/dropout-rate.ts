import type { LayerKind } from "../../graph/layer-kind.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

const dropKinds: ReadonlySet<LayerKind> = new Set([
  "dropout",
  "spatial_dropout",
  "gaussian_dropout",
] as const);
const largestRate = 0.8;

/** A rate so high that it may be meant as the share that is kept. */
export function* findHighDropout({ layers }: Network): Iterable<Finding> {
  for (const layer of layers) {
    const rate = Number(layer.node.arguments["rate"]);
    if (!dropKinds.has(layer.node.kind) || rate <= largestRate) continue;
    const kept = Math.round((1 - rate) * 1e6) / 1e6;
    yield {
      at: layer,
      argument: "rate",
      message:
        kept === 0
          ? "this dropout drops everything: in training nothing comes through"
          : `this dropout drops ${percent(rate)} of the numbers and keeps ${percent(kept)}`,
      help:
        kept === 0
          ? "the rate is the share that is dropped; 0.2 to 0.5 are usual"
          : `the rate is the share that is dropped, not kept; did you mean ${kept}?`,
    };
  }
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
