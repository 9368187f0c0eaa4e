import { type LayerExplanation, explainLayer } from "../../analyze/explain.ts";
import { catalogue, type DiagnosticCode } from "../../diagnostics/catalogue.ts";
import { wrapText } from "../../diagnostics/layout.ts";
import { suggestName } from "../../diagnostics/suggest.ts";
import { formatCount } from "../../report/numbers.ts";
import { type ExitCode, exitCodeOf, UsageError } from "../exit.ts";
import type { ModelOptions } from "../compile-options.ts";
import { compileForCommand, noteIncomplete, reportFindings } from "../model.ts";
import { readSource } from "../sources.ts";
import { terminalWidth, writeOut } from "../terminal.ts";

/** `cnn explain`: a diagnostic by its code, or a model layer by layer with its arithmetic. */
export async function runExplain(subject: string | undefined, options: ModelOptions): Promise<ExitCode> {
  const code = /^(?:cnn)?(\d+)$/i.exec(subject ?? "")?.[1];
  if (code !== undefined) return explainCode(`CNN${code}`);
  const source = readSource({
    paths: subject === undefined ? [] : [subject],
    expression: options.expression,
    model: options.model,
  });
  const compilation = await compileForCommand(source, options);
  const sound = reportFindings(compilation);
  const { model } = compilation;
  const width = terminalWidth();
  writeOut(model.layers.map((layer) => renderExplanation(explainLayer(layer), width)).join("\n"));
  const { parameters, multiplyAccumulates } = model.totals;
  writeOut(
    `\n${formatCount(parameters)} parameters, ${formatCount(multiplyAccumulates)} multiply-accumulates\n`,
  );
  if (!sound) noteIncomplete(compilation);
  return exitCodeOf(compilation.diagnostics);
}

function renderExplanation(layer: LayerExplanation, width: number): string {
  const rows: [title: string, text: string][] = layer.arithmetic.map(({ axis, formula }) => [axis, formula]);
  if (layer.parameters !== undefined) rows.push(["parameters", layer.parameters]);
  if (layer.multiplyAccumulates !== undefined) rows.push(["MACs", layer.multiplyAccumulates]);
  const indent = 16;
  const lines = rows.flatMap(([title, text]) =>
    wrapText(text, width - indent).map(
      (part, index) => `  ${(index === 0 ? title : "").padEnd(indent - 2)}${part}`,
    ),
  );
  return [`${layer.name}: ${layer.kind}   ${layer.shapes}`, ...lines, ""].join("\n");
}

async function explainCode(code: string): Promise<ExitCode> {
  if (!Object.hasOwn(catalogue, code)) {
    const near = suggestName(code, Object.keys(catalogue));
    throw new UsageError(
      `there is no diagnostic ${code}`,
      near === undefined ? undefined : `did you mean ${near}?`,
    );
  }
  const { renderExplanationPage } = await import("../../diagnostics/explanations.ts");
  writeOut(renderExplanationPage(code as DiagnosticCode, terminalWidth()));
  return 0;
}
