import type { ShapedLayer } from "../../analyze/shaped-graph.ts";
import { headWord } from "../../analyze/fixes.ts";
import { spanText } from "../../source/source-file.ts";
import { removeLayer } from "../changes.ts";
import { argumentsOf } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

/**
 * Layers that give their input as it is. Only where the text itself says so, since a block's parameter may be 0 or `linear`,
 * and not where a label needs something to stand at: `x: linear`.
 */
export function* findIdleLayers({ layers }: Network): Iterable<Finding> {
  for (const layer of layers) {
    const reason = idleness(layer);
    if (reason === undefined) continue;
    yield {
      at: layer,
      message: `this layer changes nothing: ${reason}`,
      help: "leave it out",
      fix: removeLayer(layer, "leave it out"),
      fixKeepsNetwork: true,
      isOnlyAlways: true,
    };
  }
}

function idleness(layer: ShapedLayer): string | undefined {
  const { node } = layer;
  if (node.labelled) return undefined;
  switch (node.kind) {
    case "activation":
      return headWord(node.span) === "linear" ? "linear gives each number as it is" : undefined;
    case "flatten":
      return layer.inputShapes[0]?.length === 1 ? "its input is flat already" : undefined;
    case "dropout":
    case "spatial_dropout":
      return isLiteral(layer, "rate", "0") ? "it drops nothing" : undefined;
    case "pool": {
      const { size, stride } = argumentsOf(layer, "pool");
      const isOne = [...size, ...(stride ?? size)].every((cells) => cells === 1);
      return isOne && isLiteral(layer, "size", "1") ? "each window is one cell" : undefined;
    }
    case "upsample":
      return isLiteral(layer, "size", "1") ? "each cell stays one cell" : undefined;
    default:
      return undefined;
  }
}

/** Whether an argument stands in the text as one number, in each of its parts: `1`, `size=1x1`. */
function isLiteral({ node }: ShapedLayer, name: string, number: string): boolean {
  const span = node.argumentSpans[name];
  const text = span === undefined ? "" : spanText(span).replace(/^\w+\s*=\s*/, "");
  return text.split("x").every((part) => part !== "" && Number(part) === Number(number));
}
