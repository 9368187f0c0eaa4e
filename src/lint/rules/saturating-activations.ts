import type { ShapedLayer } from "../../analyze/shaped-graph.ts";
import type { LayerId } from "../../graph/layer-graph.ts";
import type { LayerKind } from "../../graph/layer-kind.ts";
import { activationOf, movingKinds } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

/** Hidden layers in a row; LeNet-5 has four, and learns. */
const fewest = 5;

/** The largest slope of each. Networks of tanh over plain vectors are common where a smooth function is wanted. */
const slopes: Readonly<Record<string, number>> = { sigmoid: 0.25, hard_sigmoid: 1 / 6, tanh: 1, softsign: 1 };
const centred: ReadonlySet<string> = new Set(["tanh", "softsign"]);

const normalisations: ReadonlySet<LayerKind> = new Set<LayerKind>([
  ...[
    "bn" as const,
    "layer_norm" as const,
    "group_norm" as const,
    "instance_norm" as const,
    "rms_norm" as const,
  ],
]);
const headKinds: ReadonlySet<LayerKind> = new Set<LayerKind>([...movingKinds, "activation", "global_pool"]);

/** The saturating activations that a gradient has to pass on its easiest way back from here, since the last normalisation. */
interface Chain {
  readonly length: number;
  readonly last?: ShapedLayer;
  readonly before?: Chain;
}

const none: Chain = { length: 0 };

/** Sigmoid or tanh in many hidden layers in a row, with neither normalisation nor a shortcut between: gradients vanish. */
export function* findSaturatingActivations(network: Network): Iterable<Finding> {
  const saturating = network.layers.filter((layer) => Object.hasOwn(slopes, activationOf(layer)));
  if (saturating.length < fewest) return;
  const heads = network.leadingToOutput(headKinds);
  const chains = new Map<LayerId, Chain>();
  let longest = none;
  for (const layer of network.layers) {
    const inputs = layer.node.inputs.map((id) => chains.get(id) ?? none);
    const easiest = inputs.reduce(
      (sofar, each) => (each.length < sofar.length ? each : sofar),
      inputs[0] ?? none,
    );
    const chain = normalisations.has(layer.node.kind)
      ? none
      : !heads.has(layer.node.id) && saturates(layer, network)
        ? { length: easiest.length + 1, last: layer, before: easiest }
        : easiest;
    chains.set(layer.node.id, chain);
    if (chain.length > longest.length) longest = chain;
  }
  if (longest.length < fewest) return;
  const layers = layersOf(longest);
  const places = layers.map(({ node }) => node.argumentSpans["activation"] ?? node.span);
  const [first, ...others] = places.filter((place) => place.file === network.file);
  if (first === undefined) return;
  const factor = layers.reduce((product, layer) => product * slopes[activationOf(layer)]!, 1);
  yield {
    at: first,
    message: `${layers.length} hidden layers in a row saturate: hardly any gradient comes back to the first`,
    ...(factor < 0.01
      ? {
          arithmetic: `each passes on at most its slope: ${[...new Set(layers.map((each) => slopeText(activationOf(each))))].join(", ")}`,
        }
      : {}),
    labels: others.slice(0, 4).map((span) => ({ span, text: "" })),
    notes:
      factor < 0.01 ? [`at most ${factor.toPrecision(2)} of a gradient passes all ${layers.length}`] : [],
    help: "use `relu` in hidden layers, or `bn` before the activation",
  };
}

/** Gates are multiplied with what they let pass, and are no depth. */
function saturates(layer: ShapedLayer, network: Network): boolean {
  const activation = activationOf(layer);
  if (slopes[activation] === undefined) return false;
  if (network.consumersOf(layer).some(({ node }) => node.kind === "multiply")) return false;
  const [input] = network.model.graph.inputs;
  const rank = input === undefined ? 0 : (network.model.layer(input).shape?.length ?? 0);
  return !centred.has(activation) || rank > 1;
}

function layersOf(chain: Chain): ShapedLayer[] {
  const layers: ShapedLayer[] = [];
  for (let at: Chain | undefined = chain; at?.last !== undefined; at = at.before) layers.push(at.last);
  return layers.reverse();
}

function slopeText(activation: string): string {
  return `${activation} ${slopes[activation] === 0.25 ? "1/4" : slopes[activation] === 1 ? "1" : "1/6"}`;
}
