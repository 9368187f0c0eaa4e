import type { ShapedLayer } from "../../analyze/shaped-graph.ts";
import type { Fix } from "../../diagnostics/diagnostic.ts";
import { shapeText } from "../../graph/dim.ts";
import type { LayerKind } from "../../graph/layer-kind.ts";
import { noiseKinds } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

const headKinds: ReadonlySet<LayerKind> = new Set<LayerKind>([
  ...noiseKinds,
  "flatten",
  "dense",
  "activation",
]);

/**
 * A dense layer on an image from which dense layers lead straight to the output: a `flatten` is missing. In the middle of
 * a network dense layers on images are 1x1 convolutions, as in squeeze-and-excitation and ConvNeXt.
 */
export function* findDenseOnImages(network: Network): Iterable<Finding> {
  const heads = network.leadingToOutput(headKinds);
  for (const layer of network.layers) {
    const input = layer.inputShapes[0];
    if (layer.node.kind !== "dense" || input === undefined || input.length < 3) continue;
    if (!heads.has(layer.node.id) || input.slice(0, -1).every((dim) => dim.value === 1)) continue;
    if (isAfterDense(layer, network)) continue;
    yield {
      at: layer,
      message: `dense on an image of ${shapeText(input)} works on its channels alone, for each pixel alike`,
      text: `gives ${shapeText(layer.shape!)}`,
      help: "put `flatten` or `global_pool avg` before it; a layer for each pixel is clearer as `conv … 1x1`",
      fix: insertFlatten(layer),
    };
  }
}

/** Only the first of several is at fault. */
function isAfterDense(layer: ShapedLayer, network: Network): boolean {
  const before = network.previous(layer, new Set<LayerKind>([...noiseKinds, "activation"]));
  return before?.node.kind === "dense";
}

/** On a line of its own where the statement begins its line. */
function insertFlatten({ node: { span } }: ShapedLayer): Fix {
  const { file, start } = span;
  const lineStart = file.lineStart(file.position(start).line);
  const before = file.text.slice(lineStart, start);
  const lineEnd = file.text.includes("\r\n") ? "\r\n" : "\n";
  const text = before.trim() === "" ? `flatten${lineEnd}${before}` : "flatten; ";
  return { title: "flatten first", edits: [{ span: { file, start, end: start }, text }] };
}
