import type { LayerKind } from "../../graph/layer-kind.ts";
import { windowText } from "../../layers/text.ts";
import { movingKinds } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

/** Below this share of the input a classifier judges by texture alone. */
const leastShare = 0.25;

const headKinds: ReadonlySet<LayerKind> = new Set<LayerKind>([
  ...movingKinds,
  "dense",
  "activation",
  "bn",
  "layer_norm",
]);

/** A classifier of images whose last feature map sees but a small part of the input before it is averaged. */
export function* findSmallReceptiveFields(network: Network): Iterable<Finding> {
  const { graph } = network.model;
  const [input] = graph.inputs;
  if (input === undefined || graph.inputs.length > 1) return;
  const shape = network.model.layer(input).shape;
  if (shape === undefined || shape.length < 3) return;
  const sizes = shape.slice(0, -1).map((dim) => dim.value);
  const heads = network.leadingToOutput(headKinds);
  for (const layer of network.layers) {
    if (layer.node.kind !== "global_pool" || !heads.has(layer.node.id)) continue;
    const field = network.inputOf(layer)?.receptiveField;
    const isSmall = field?.every((cells, axis) => {
      const size = sizes[axis];
      return cells !== "all" && size !== undefined && cells > 1 && cells < leastShare * size;
    });
    if (field === undefined || isSmall !== true) continue;
    const seen = windowText(field as number[]);
    yield {
      at: layer,
      message: `what is pooled here has seen ${seen} cells of the ${windowText(sizes as number[])} input at a time`,
      text: `no number depends on more than ${seen} pixels`,
      labels: [{ span: network.model.layer(input).node.span, text: "the input" }],
      help: "pool or use a stride earlier, or add layers, so that filters see larger parts; or end in `flatten` and `dense`",
    };
  }
}
