import type { ShapedLayer } from "../../analyze/shaped-graph.ts";
import type { LayerId } from "../../graph/layer-graph.ts";
import { removeLayer } from "../changes.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

/** Tensors that no output depends on: they are computed, or asked for, for nothing. Those within a used model are its own affair. */
export function* findDeadLayers(network: Network): Iterable<Finding> {
  const { model, layers } = network;
  if (model.graph.outputs.length === 0) return;
  const live = new Set<LayerId>(model.graph.outputs.map(({ layer }) => layer));
  for (let index = layers.length - 1; index >= 0; index--) {
    const { node } = layers[index]!;
    if (live.has(node.id)) for (const input of node.inputs) live.add(input);
  }
  const isDead = ({ node }: ShapedLayer): boolean => !live.has(node.id);
  for (const layer of layers) {
    const { node } = layer;
    if (!isDead(layer) || network.consumersOf(layer).length > 0) continue;
    if (node.scope.some(({ kind }) => kind === "model")) continue;
    const isAlone = node.inputs.every((input) => live.has(input));
    yield {
      at: layer,
      message: `nothing uses ${node.kind === "input" ? `the input \`${node.name}\`` : `\`${node.name}\``}`,
      text: isAlone ? "no output depends on it" : "no output depends on it, nor on what leads to it alone",
      labels: model.graph.outputs
        .slice(0, 2)
        .map(({ layer: id, name }) => ({ span: model.layer(id).node.span, text: `the output \`${name}\`` })),
      help:
        node.kind === "input"
          ? "begin a part of the model `from` it, or remove it"
          : "name it in `output`, merge it with another tensor, or remove it",
      fix: isAlone && node.kind !== "input" ? removeLayer(layer, "remove it") : undefined,
      isOnlyAlways: true,
    };
  }
}
