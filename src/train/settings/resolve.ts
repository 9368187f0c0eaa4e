import { DiagnosticSink, type Outcome } from "../../diagnostics/diagnostic.ts";
import type { LayerGraph } from "../../graph/layer-graph.ts";
import { readSection } from "../../settings/read-section.ts";
import { checkDataName } from "./data-name.ts";
import { explainWord } from "./foreign-names.ts";
import { applyOverrides, isAboutOverride, overrideError, type SettingOverrides } from "./overrides.ts";
import { checkLogits } from "./logits.ts";
import { checkParts } from "./parts.ts";
import { checkScores } from "./scores.ts";
import { checkPiecewise } from "./steps.ts";
import { type TrainSettings, trainSettings } from "./table.ts";

/**
 * The settings of a run: the file's `train` section, with what the command line says in place of what the file says.
 *
 * @throws InputError where the command line's words are out of range or unknown
 */
export function resolveSettings(graph: LayerGraph, overrides: SettingOverrides = {}): Outcome<TrainSettings> {
  const sink = new DiagnosticSink();
  const said = graph.sections.filter(({ name }) => name === "train").flatMap(({ settings }) => settings);
  const statements = applyOverrides(said, overrides);
  const value = readSection(trainSettings, statements, sink, explainWord);
  checkDataName(statements, sink);
  checkParts(graph, statements, sink);
  checkScores(value, statements, sink);
  checkPiecewise(value, statements, sink);
  checkLogits(graph, statements, sink);
  const mistake = sink.diagnostics.find(isAboutOverride);
  if (mistake !== undefined) throw overrideError(mistake);
  return { value, diagnostics: sink.diagnostics };
}
