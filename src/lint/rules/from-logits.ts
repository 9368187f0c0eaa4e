import type { Network } from "../network.ts";
import type { Finding } from "../rule.ts";
import { lastLayerOf, trainingOf } from "../training.ts";

const probabilities: ReadonlySet<string> = new Set(["softmax", "sigmoid"]);

/** `from_logits=` that contradicts the last activation. The loss is computed on logits either way. */
export function* checkFromLogits(network: Network): Iterable<Finding> {
  const said = trainingOf(network)?.named("loss", "from_logits");
  const last = lastLayerOf(network);
  if (said === undefined || last?.activation === undefined || typeof said.value !== "boolean") return;
  const isContradiction = said.value ? probabilities.has(last.activation) : last.activation === "linear";
  if (!isContradiction) return;
  const { file, start, end } = said.span;
  const blanks = /[ \t]*$/.exec(file.text.slice(0, start))![0].length;
  yield {
    at: said.span,
    message: said.value
      ? `from_logits=yes, but the model ends in ${last.activation}, which gives probabilities`
      : "from_logits=no, but the model ends without an activation, which gives logits",
    labels: [
      { span: last.layer.node.argumentSpans["activation"] ?? last.layer.node.span, text: "the model's end" },
    ],
    help: "leave it out: the loss follows from the last activation and is always computed on logits",
    fix: { title: "leave it out", edits: [{ span: { file, start: start - blanks, end }, text: "" }] },
    fixKeepsNetwork: true,
  };
}
