import { withBlanksBefore } from "../../source/blanks.ts";
import type { Setting } from "../../graph/layer-graph.ts";
import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";
import { lastLayerOf, trainingOf } from "../training.ts";

const probabilities: ReadonlySet<string> = new Set(["softmax", "sigmoid"]);

/** `from_logits=` that contradicts the last activation. The loss is computed on logits either way. */
export function* checkFromLogits(network: Network): Iterable<Finding> {
  for (const loss of trainingOf(network)?.all("loss") ?? []) yield* checkLoss(loss, network);
}

function* checkLoss({ positional, named }: Setting, network: Network): Iterable<Finding> {
  // A flag may be said by its name alone.
  const bare = positional.find(({ value }) => value === "from_logits");
  const said = named["from_logits"] ?? (bare && { ...bare, value: true });
  const last = lastLayerOf(network, named["output"]?.value);
  if (said === undefined || last?.activation === undefined || typeof said.value !== "boolean") return;
  const isContradiction = said.value ? probabilities.has(last.activation) : last.activation === "linear";
  if (!isContradiction) return;
  yield {
    at: said.span,
    message: said.value
      ? `from_logits=yes, but the model ends in ${last.activation}, which gives probabilities`
      : "from_logits=no, but the model ends without an activation, which gives logits",
    labels: [
      { span: last.layer.node.argumentSpans["activation"] ?? last.layer.node.span, text: "the model's end" },
    ],
    help: "leave it out: the loss follows from the last activation and is always computed on logits",
    fix: { title: "leave it out", edits: [{ span: withBlanksBefore(said.span), text: "" }] },
    fixKeepsNetwork: true,
  };
}
