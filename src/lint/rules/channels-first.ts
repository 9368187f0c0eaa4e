import { shapeText } from "../../graph/dim.ts";
import type { Network } from "../network.ts";
import { spanText } from "../../source/source-file.ts";
import type { Finding } from "../rule.ts";

/** Smaller images could be anything. */
const smallestImage = 16;

/** An input of 3x224x224 or 1x28x28: the channels stand first, as in PyTorch. An input that is permuted is meant so. */
export function* findChannelsFirst(network: Network): Iterable<Finding> {
  for (const layer of network.layers) {
    if (layer.node.kind !== "input" || layer.shape?.length !== 3) continue;
    const [first, second, third] = layer.shape.map((dim) => dim.value ?? 0) as [number, number, number];
    const isLarge = second >= smallestImage && third >= smallestImage;
    const looksSo = first === 3 ? isLarge : (first === 1 || first === 4) && isLarge && second === third;
    if (!looksSo || network.consumersOf(layer).some(({ node }) => node.kind === "permute")) continue;
    const meant = `${second}x${third}x${first}`;
    const span = layer.node.argumentSpans["shape"];
    const isLiteral = span !== undefined && spanText(span) === shapeText(layer.shape);
    yield {
      at: layer,
      argument: "shape",
      message: `an image of height ${first}, width ${second} and ${third} channels: do the channels stand first?`,
      text: "height x width x channels",
      help: `write \`${meant}\`: the channels stand last, as in Keras; \`permute 2x3x1\` turns data that has them first`,
      fix: isLiteral ? { title: `write \`${meant}\``, edits: [{ span, text: meant }] } : undefined,
    };
  }
}
