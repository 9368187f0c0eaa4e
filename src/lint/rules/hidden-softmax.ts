import type { ShapedLayer } from "../../analyze/shaped-graph.ts";
import type { ScopeFrame } from "../../graph/layer-graph.ts";
import type { LayerKind } from "../../graph/layer-kind.ts";
import { setActivation } from "../changes.ts";
import { activationOf, movingKinds, weightedKinds } from "../layer-facts.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";

const throughKinds: ReadonlySet<LayerKind> = new Set<LayerKind>([...movingKinds, "bn", "pool"]);

/** A softmax whose result the next layer weighs: units compete, and all but one fall silent. Attention multiplies with it. */
export function* findHiddenSoftmax(network: Network): Iterable<Finding> {
  for (const layer of network.layers) {
    if (activationOf(layer) !== "softmax") continue;
    const next = network.next(layer, throughKinds);
    if (next === undefined || !weightedKinds.has(next.node.kind)) continue;
    const labels = [{ span: next.node.span, text: "this layer goes on with them" }];
    const call = callOfOtherFile(layer, network);
    if (call !== undefined) {
      yield {
        at: call.span,
        message: `\`${call.name}\` ends in softmax, for classes of its own: its numbers add up to 1, so one can only grow at the cost of others`,
        labels,
        help: `leave its classifier out; the library's models do with \`top=no\`, and \`global_pool avg\` after that gives one number a channel`,
      };
      continue;
    }
    const activation = network.usualActivation;
    yield {
      at: layer,
      argument: "activation",
      message:
        "softmax in a hidden layer: its numbers add up to 1, so one unit can only grow at the cost of others",
      labels,
      help: `use \`${activation}\` here, and softmax at the end`,
      fix: setActivation(layer, activation, `use \`${activation}\``),
    };
  }
}

/** The call, in the file that is judged, of a model of another file that a layer stands in. */
function callOfOtherFile({ node }: ShapedLayer, { file }: Network): ScopeFrame | undefined {
  if (node.span.file === file) return undefined;
  return node.scope.find(({ kind, span }) => kind === "model" && span.file === file);
}
