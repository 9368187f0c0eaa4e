import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { checkAugmentations, readAugmentations } from "../data/augment/read.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { checkNormalization } from "./normalization.ts";
import { resolveSettings } from "./settings/resolve.ts";

/** What is wrong with what a program says of its training, as far as it can be known without data. */
export function judgeTraining(model: ShapedGraph): readonly Diagnostic[] {
  return [
    resolveSettings(model.graph),
    readAugmentations(model.graph),
    checkAugmentations(model),
    checkNormalization(model),
  ].flatMap(({ diagnostics }) => diagnostics);
}
