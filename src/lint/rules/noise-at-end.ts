import type { LayerKind } from "../../graph/layer-kind.ts";
import { removeLayer } from "../changes.ts";
import { movingKinds, noiseKinds, weightedKinds } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

const throughKinds: ReadonlySet<LayerKind> = new Set<LayerKind>([...movingKinds, "activation"]);

/** Dropout or noise on the answers themselves: the loss then punishes the model for what was dropped, whatever it learns. */
export function* findNoiseAtEnd(network: Network): Iterable<Finding> {
  const noisy = network.layers.filter(
    ({ node }) => noiseKinds.has(node.kind) && node.arguments["rate"] !== 0,
  );
  if (noisy.length === 0) return;
  const leading = network.leadingToOutput(throughKinds);
  for (const layer of noisy) {
    const { kind, id } = layer.node;
    if (!leading.has(id)) continue;
    const answers = network.previous(layer, throughKinds);
    if (answers === undefined || !weightedKinds.has(answers.node.kind)) continue;
    yield {
      at: layer,
      message: `${kind} on the model's output: in training its answers are changed at random`,
      labels: [{ span: answers.node.span, text: "these are the answers" }],
      help: "put it before the last layer with weights",
      fix: removeLayer(layer, "remove it"),
    };
  }
}
