import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { LayerGraph, PretrainedWeights } from "../graph/layer-graph.ts";

/** Where a file of weights is looked for: beside the program that names it. */
export function weightsPath({ file, span }: Pick<PretrainedWeights, "file" | "span">): string {
  return resolve(dirname(span.file.name), file);
}

/** The files of weights that a program names and that are not there; nothing of them is read. */
export function findMissingWeights({ pretrained }: LayerGraph): readonly Diagnostic[] {
  const bySpan = new Map(
    pretrained.map((weights) => [`${weights.span.file.name} ${weights.span.start}`, weights]),
  );
  return [...bySpan.values()]
    .filter((weights) => !existsSync(weightsPath(weights)))
    .map(({ file, span }) => ({
      code: "CNN600",
      severity: "error",
      message: `there is no file of weights "${file}"`,
      primary: { span, text: "" },
      labels: [],
      notes: [],
      help: "the name is relative to the folder of this program; weights do not come with the library",
    }));
}
