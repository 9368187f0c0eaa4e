import type { ShapedLayer } from "../../analyze/shaped-graph.ts";
import type { Fix } from "../../diagnostics/diagnostic.ts";
import { removeArgument, removeLayer } from "../changes.ts";
import { activationOf, movingKinds } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

/** Activations that change nothing of what they have given themselves. */
const idempotent: ReadonlySet<string> = new Set(["relu", "relu6", "hard_tanh"]);
const probabilities: ReadonlySet<string> = new Set(["softmax", "log_softmax", "sigmoid"]);

/** An activation of what another activation gives. Both softmax is a rule of its own; a gate multiplies afterwards. */
export function* findRepeatedActivations(network: Network): Iterable<Finding> {
  for (const layer of network.layers) {
    if (layer.node.kind !== "activation" && layer.node.kind !== "prelu") continue;
    const before = network.previous(layer, movingKinds);
    const [first, second] = [before === undefined ? "linear" : activationOf(before), activationOf(layer)];
    if (before === undefined || first === "linear" || second === "linear") continue;
    if (isSoftmax(first) && isSoftmax(second)) continue;
    if (network.consumersOf(layer).some(({ node }) => node.kind === "multiply")) continue;
    const isIdle = first === second && idempotent.has(first);
    yield {
      at: layer,
      message: isIdle
        ? `${second} of what ${first} gives changes nothing`
        : `${second} of what ${first} gives`,
      text: isIdle ? "" : effectOf(first, second),
      labels: [
        { span: before.node.argumentSpans["activation"] ?? before.node.span, text: `${first} is here` },
      ],
      help: probabilities.has(second)
        ? `leave ${first} out: ${second} takes numbers of any size`
        : `keep one of the two`,
      fix: isIdle ? removeLayer(layer, `remove the second ${second}`) : withoutFirst(before, layer, network),
      fixKeepsNetwork: isIdle,
      // A block that begins with relu may well be called after one.
      isOnlyAlways: isIdle,
    };
  }
}

export function isSoftmax(activation: string): boolean {
  return activation === "softmax" || activation === "log_softmax";
}

function effectOf(first: string, second: string): string {
  if (first === "relu" && second === "sigmoid") return "never below 1/2";
  if (first === "relu" && isSoftmax(second)) return "every number below 0 counts as 0";
  return "";
}

/** relu before what makes probabilities is taken out where nothing else takes it. */
function withoutFirst(before: ShapedLayer, layer: ShapedLayer, network: Network): Fix | undefined {
  const [first, second] = [activationOf(before), activationOf(layer)];
  if (first !== "relu" || !probabilities.has(second)) return undefined;
  if (network.onlyConsumer(before) === undefined) return undefined;
  return before.node.kind === "activation"
    ? removeLayer(before, `remove ${first}`)
    : removeArgument(before, "activation", `remove ${first}`);
}
