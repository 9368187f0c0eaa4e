import type { ShapedLayer } from "../../analyze/shaped-graph.ts";
import type { LayerKind } from "../../graph/layer-kind.ts";
import { setActivation } from "../changes.ts";
import { activationOf, movingKinds, windowFacts } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

const linearKinds: ReadonlySet<LayerKind> = new Set(["conv", "dense"] as const);
/** Layers that move numbers, or add some of them up. */
const throughKinds: ReadonlySet<LayerKind> = new Set<LayerKind>([
  ...movingKinds,
  ...(["pad", "crop", "upsample", "repeat_vector"] as const),
]);
const averagingKinds: ReadonlySet<LayerKind> = new Set(["pool", "global_pool"] as const);

/**
 * Two layers with weights and nothing but linear steps between them: together they can do no more than one. Said to be
 * `linear`, or narrower than what is on both sides (a factorisation, a code, a linear bottleneck as in MobileNet v2), or a
 * window taken apart into a column and a row, it is meant so.
 */
export function* findMissingActivations(network: Network): Iterable<Finding> {
  for (const layer of network.layers) {
    if (!linearKinds.has(layer.node.kind) || activationOf(layer) !== "linear") continue;
    if (layer.node.argumentSpans["activation"] !== undefined || network.isGiven(layer)) continue;
    const next = network.next(layer, passesOn);
    if (next === undefined || !linearKinds.has(next.node.kind)) continue;
    if (isNarrow(layer, next) || isTakenApart(layer, next)) continue;
    const activation = network.usualActivation;
    yield {
      at: layer,
      message: `nothing but sums between ${layer.node.kind} and ${next.node.kind}: without an activation the two can do no more than one layer`,
      labels: [{ span: next.node.span, text: "takes it as it is" }],
      help: `add an activation, such as \`${activation}\`; where the layer is meant to be linear, say \`linear\``,
      fix: setActivation(layer, activation, `add \`${activation}\``),
    };
  }
}

function passesOn({ node: { kind, arguments: given } }: ShapedLayer): boolean {
  return (
    throughKinds.has(kind) ||
    (averagingKinds.has(kind) && (given["mode"] === "avg" || given["mode"] === "sum"))
  );
}

function isNarrow(layer: ShapedLayer, next: ShapedLayer): boolean {
  if (layer.node.kind !== next.node.kind) return false;
  const width = (each: ShapedLayer): number => each.shape?.at(-1)?.value ?? 0;
  const before = layer.inputShapes[0]?.at(-1)?.value ?? 0;
  return width(layer) < before && width(layer) < width(next);
}

/** `conv 64 1x7` and `conv 64 7x1`. */
function isTakenApart(layer: ShapedLayer, next: ShapedLayer): boolean {
  const [one, other] = [windowFacts(layer), windowFacts(next)];
  if (one === undefined || other === undefined) return false;
  return (
    Math.max(...one.kernel) > 1 &&
    Math.max(...other.kernel) > 1 &&
    one.kernel.every((cells, axis) => cells === 1 || other.kernel[axis] === 1)
  );
}
