import { type Shape, shapeText } from "../../graph/dim.ts";
import type { Network } from "../network.ts";
import { spanText } from "../../source/source-file.ts";
import type { Finding } from "../rule.ts";

/** Smaller images could be anything. */
const smallestImage = 16;

/** Volumes are smaller, and may be of few slices. */
const smallestVolume = 8;

/** An input of 3x224x224, 1x28x28 or 1x16x64x64: the channels stand first, as in PyTorch. An input that is permuted is meant so. */
export function* findChannelsFirst(network: Network): Iterable<Finding> {
  for (const layer of network.layers) {
    const { node, shape } = layer;
    if (node.kind !== "input" || shape === undefined || !looksChannelsFirst(shape)) continue;
    if (network.consumersOf(layer).some((each) => each.node.kind === "permute")) continue;
    const [first, ...others] = shape.map((dim) => dim.value!);
    const meant = [...others, first].join("x");
    const axes = shape.length === 3 ? ["height", "width"] : ["depth", "height", "width"];
    const sizes = axes.map((axis, index) => `${axis} ${shape[index]!.toString()}`).join(", ");
    const what = shape.length === 3 ? "an image" : "a volume";
    const order = [...others.map((_, index) => index + 2), 1].join("x");
    const span = node.argumentSpans["shape"];
    const isLiteral = span !== undefined && spanText(span) === shapeText(shape);
    yield {
      at: layer,
      argument: "shape",
      message: `${what} of ${sizes} and ${others.at(-1)!} channels: do the channels stand first?`,
      text: `${axes.join(" x ")} x channels`,
      help: `write \`${meant}\`: the channels stand last, as in Keras; \`permute ${order}\` turns data that has them first`,
      fix: isLiteral ? { title: `write \`${meant}\``, edits: [{ span, text: meant }] } : undefined,
    };
  }
}

function looksChannelsFirst(shape: Shape): boolean {
  const sizes = shape.map((dim) => dim.value ?? 0);
  const [first, ...others] = sizes;
  const isSquare = sizes.at(-1) === sizes.at(-2);
  if (sizes.length === 4) return first === 1 && isSquare && others.every((size) => size >= smallestVolume);
  if (sizes.length !== 3 || others.some((size) => size < smallestImage)) return false;
  return first === 3 || ((first === 1 || first === 4) && isSquare);
}
