import { shapeText } from "../../graph/dim.ts";
import type { LayerKind } from "../../graph/layer-kind.ts";
import { removeLayer } from "../changes.ts";
import { argumentsOf } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

const preparingKinds: ReadonlySet<LayerKind> = new Set<LayerKind>(["rescale", "normalize", "pad"]);

/** More channels are features that another network made. */
const mostImageChannels = 4;

/** The largest or smallest of raw pixels, before any filter has looked at them; averages only make the image smaller. */
export function* findEarlyPools(network: Network): Iterable<Finding> {
  for (const layer of network.layers) {
    if (layer.node.kind !== "pool") continue;
    const { mode } = argumentsOf(layer, "pool");
    const source = network.previous(layer, preparingKinds);
    if ((mode !== "max" && mode !== "min") || source?.node.kind !== "input") continue;
    const channels = source.shape?.at(-1)?.value ?? Infinity;
    // Beside a convolution of the same input it is one of two ways to make the image smaller (ENet).
    if (channels > mostImageChannels || network.consumersOf(source).length > 1) continue;
    yield {
      at: layer,
      message: `pool ${mode} throws pixels away before any layer has looked at them`,
      text: `${shapeText(layer.inputShapes[0]!)} → ${shapeText(layer.shape!)}`,
      help: "begin with a convolution and pool its features; `pool avg` makes an image smaller without losing thin lines",
      fix: removeLayer(layer, "remove this pooling"),
    };
  }
}
