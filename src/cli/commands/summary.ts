import { renderSummary, summaryToJson } from "../../report/summary.ts";
import { type ExitCode, exitCodeOf } from "../exit.ts";
import type { ModelOptions } from "../compile-options.ts";
import { compileForCommand, noteIncomplete, reportFindings } from "../model.ts";
import { readSource } from "../sources.ts";
import { terminalWidth, writeOut } from "../terminal.ts";

/** `cnn summary`: the Keras table of a model. */
export async function runSummary(
  path: string | undefined,
  options: ModelOptions & { format: string },
): Promise<ExitCode> {
  const source = readSource({
    paths: path === undefined ? [] : [path],
    expression: options.expression,
    model: options.model,
  });
  const compilation = await compileForCommand(source, options);
  const sound = reportFindings(compilation);
  const { model } = compilation;
  const json = options.format === "json";
  writeOut(
    json ? `${JSON.stringify(summaryToJson(model), undefined, 2)}\n` : renderSummary(model, terminalWidth()),
  );
  if (!sound) noteIncomplete(compilation);
  return exitCodeOf(compilation.diagnostics);
}
