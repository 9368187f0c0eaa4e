import { swapLayers } from "../changes.ts";
import { argumentsOf } from "../layer-facts.ts";
import type { LayerKind } from "../../graph/layer-kind.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

const throughKinds: ReadonlySet<LayerKind> = new Set<LayerKind>(["activation"]);

/**
 * Dropout right before a max pool: where the largest cell of a window is dropped the next largest takes its place, so that
 * little is dropped (Nikanjam and Khomh, "Automatic detection of design smells in deep learning programs", 2021: useless
 * dropout). Spatial dropout takes whole channels and is not meant.
 */
export function* findDropoutBeforePools(network: Network): Iterable<Finding> {
  // Networks that give an image back, as U-Net, have the tensor before the pool for their decoder, too.
  const { outputs } = network.model.graph;
  if (outputs.some(({ layer }) => (network.model.layer(layer).shape?.length ?? 1) > 1)) return;
  for (const layer of network.layers) {
    if (layer.node.kind !== "dropout" || layer.node.arguments["rate"] === 0) continue;
    const next = network.next(layer, throughKinds);
    if (next?.node.kind !== "pool" || argumentsOf(next, "pool").mode !== "max") continue;
    yield {
      at: layer,
      message: "dropout before pool max: for a dropped cell the window's next largest is taken",
      labels: [{ span: next.node.span, text: "this pool fills what was dropped" }],
      help: "put dropout after the pool, or use `spatial_dropout`, which drops whole channels",
      fix: network.onlyConsumer(layer) === next ? swapLayers(layer, next) : undefined,
    };
  }
}
