import { renderClassification } from "../../report/classification.ts";
import { evaluateModel } from "../../train/evaluate.ts";
import { openModel } from "../../train/open-model.ts";
import type { ExitCode } from "../exit.ts";
import { terminalWidth, writeNote, writeOut } from "../terminal.ts";

interface EvaluateOptions {
  readonly data?: string;
  readonly dataFolder?: string;
  readonly threads?: number;
  readonly format: string;
}

/** `cnn evaluate`: what a trained model does on the test part of a data set. */
export async function runEvaluate(path: string, options: EvaluateOptions): Promise<ExitCode> {
  const model = await openModel(path, options.threads);
  const { dataset, loss, report } = await evaluateModel(model, options);
  if (options.format === "json") {
    const result = { model: path, data: dataset.name, source: dataset.source, loss, ...report };
    writeOut(`${JSON.stringify(result, undefined, 2)}\n`);
  } else {
    writeNote(`${path} on the ${dataset.count} test images of ${dataset.name}\n`);
    writeOut(renderClassification(report, loss, terminalWidth()));
  }
  return 0;
}
