import { renderScores, scoresToJson } from "../../report/classification.ts";
import { evaluateModel, type EvaluationChoice } from "../../train/evaluate.ts";
import { openModel } from "../../train/open-model.ts";
import type { ExitCode } from "../exit.ts";
import { terminalWidth, writeNote, writeOut } from "../terminal.ts";

interface EvaluateOptions extends EvaluationChoice {
  readonly threads?: number;
  readonly engine?: "ort" | "tfjs";
  readonly format: string;
}

/** `cnn evaluate`: what a trained model does on the test part of a data set. */
export async function runEvaluate(
  path: string,
  { threads, engine, format, ...choice }: EvaluateOptions,
): Promise<ExitCode> {
  const model = await openModel(path, threads, engine);
  const { dataset, report } = await evaluateModel(model, choice);
  const { name, source, count, skipped = [], skippedCount = 0 } = dataset;
  if (format === "json") {
    const result = { model: path, data: name, source, skipped: skippedCount, ...scoresToJson(report) };
    writeOut(`${JSON.stringify(result, undefined, 2)}\n`);
    return 0;
  }
  writeNote(`${path} on the ${count} test examples of ${name}\n`);
  if (skippedCount > 0) writeNote(`left out ${skippedCount}: ${skipped.join("; ")}\n`);
  writeOut(renderScores(report, terminalWidth()));
  return 0;
}
