import type { Compilation } from "../compile.ts";
import { checkAugmentations, readAugmentations } from "../data/augment/read.ts";
import { type Diagnostic, DiagnosticSink } from "../diagnostics/diagnostic.ts";
import { withoutMended } from "../diagnostics/edits.ts";
import { goOnToFittingLoss } from "./foreign-loss.ts";
import { findMisfits } from "./loss.ts";
import { checkNormalization } from "./normalization.ts";
import { resolveSettings } from "./settings/resolve.ts";
import type { TrainSettings } from "./settings/table.ts";

/** What would follow from mistakes in the model, which are told already. */
const followsFromModel: ReadonlySet<string> = new Set(["CNN353", "CNN354"]);

/**
 * The findings of a program with what is wrong in what it says of its training, as far as it can be known without data. A loss
 * that the lint doubts and that training refuses is an error.
 */
export function judgeTraining({
  model,
  program,
  diagnostics,
}: Pick<Compilation, "model" | "program" | "diagnostics">): readonly Diagnostic[] {
  const settings = resolveSettings(model.graph);
  const refused = judgeLosses(model, settings.value);
  // The lint of losses says more of the same.
  const isTold = diagnostics.some(({ code }) => code === "CNN531");
  const said =
    isTold && refused.hasErrors
      ? diagnostics.map((each): Diagnostic =>
          each.code === "CNN531" ? { ...each, severity: "error" } : each,
        )
      : diagnostics;
  const found = [
    { diagnostics: settings.diagnostics.map((each) => goOnToFittingLoss(each, { model, program })) },
    ...(isTold ? [] : [refused]),
    readAugmentations(model.graph),
    checkAugmentations(model),
    checkNormalization(model),
  ].flatMap((outcome) => outcome.diagnostics);
  const isSound = diagnostics.every(({ severity }) => severity !== "error");
  const own = isSound ? found : found.filter(({ code }) => !followsFromModel.has(code));
  return [...withoutMended(said, own), ...own];
}

/** Losses that do not fit their outputs, in a model that says how it is trained. */
function judgeLosses(model: Compilation["model"], { loss }: TrainSettings): DiagnosticSink {
  const sink = new DiagnosticSink();
  const section = model.graph.sections.find(({ name }) => name === "train");
  if (section === undefined) return sink;
  const statements = section.settings.filter(({ name }) => name === "loss");
  const isUnread = statements.length > loss.length;
  for (const { message, help, setting } of findMisfits(model, loss)) {
    // What was said of it, and could not be read, is told already.
    if (setting === undefined && isUnread) continue;
    const statement = statements.find(({ named }) => named["output"]?.value === setting?.output);
    sink.report("CNN353", message, (statement ?? section).span, { help });
  }
  return sink;
}
