import type { DiagnosticSink } from "../../diagnostics/diagnostic.ts";
import type { LayerGraph, Setting } from "../../graph/layer-graph.ts";
import { lastActivation } from "../../graph/last-activation.ts";
import { isOption } from "../../source/source-file.ts";

const probabilities: ReadonlySet<string> = new Set(["softmax", "sigmoid"]);

/** `from_logits=` on the command line against the model's last activation; what the file says of it is linted. */
export function checkLogits(graph: LayerGraph, statements: readonly Setting[], sink: DiagnosticSink): void {
  for (const { name, positional, named, span } of statements) {
    if (name !== "loss" || !isOption(span.file)) continue;
    const said =
      named["from_logits"]?.value ?? (positional.some(({ value }) => value === "from_logits") || undefined);
    const wanted = named["output"]?.value;
    const outputs = graph.outputs.filter((output) => wanted === undefined || output.name === wanted);
    for (const { name: output, layer } of outputs) {
      const activation = lastActivation(graph.layers[layer]!);
      const isContradiction =
        said === true ? probabilities.has(activation) : said === false && activation === "linear";
      if (!isContradiction) continue;
      const end = graph.outputs.length > 1 ? `the output \`${output}\`` : "the model";
      sink.report(
        "CNN530",
        said === true
          ? `from_logits=yes, but ${end} ends in ${activation}, which gives probabilities`
          : `from_logits=no, but ${end} ends without an activation, which gives logits`,
        span,
        { help: "leave it out: the loss follows from the last activation and is always computed on logits" },
      );
      return;
    }
  }
}
