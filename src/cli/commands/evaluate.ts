import type { Dataset } from "../../data/dataset.ts";
import { renderScores, scoresToJson } from "../../report/classification.ts";
import { formatCount } from "../../report/numbers.ts";
import { renderOutputScores } from "../../report/outputs.ts";
import { evaluateModel, evaluateOutputs, type EvaluationChoice } from "../../train/evaluate.ts";
import { openModel, type OpenedModel } from "../../train/open-model.ts";
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
  const { dataset, json, text } = await measure(model, choice);
  const { name, source, count, skipped = [], skippedCount = 0 } = dataset;
  if (format === "json") {
    const result = { model: path, data: name, source, skipped: skippedCount, ...json };
    writeOut(`${JSON.stringify(result, undefined, 2)}\n`);
    return 0;
  }
  writeNote(`${path} on the ${formatCount(count)} test examples of ${name}\n`);
  if (skippedCount > 0) writeNote(`left out ${formatCount(skippedCount)}: ${skipped.join("; ")}\n`);
  writeOut(text());
  return 0;
}

interface Measured {
  readonly dataset: Dataset;
  readonly json: object;
  text(): string;
}

async function measure(model: OpenedModel, choice: EvaluationChoice): Promise<Measured> {
  if (model.columns === undefined) {
    const { dataset, report } = await evaluateModel(model, choice);
    return { dataset, json: scoresToJson(report), text: () => renderScores(report, terminalWidth()) };
  }
  const { dataset, outputs } = await evaluateOutputs(model, choice);
  return {
    dataset,
    json: { outputs: Object.fromEntries(outputs.map(({ name, scores }) => [name, scores])) },
    text: () => renderOutputScores(outputs),
  };
}
