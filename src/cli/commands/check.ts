import { diagnosticToJson } from "../../diagnostics/json.ts";
import { renderDiagnostic } from "../../diagnostics/render.ts";
import type { ExitCode } from "../exit.ts";
import { compileForCommand, type ModelOptions } from "../model.ts";
import { readSources } from "../sources.ts";
import { paletteFor, terminalWidth, writeOut } from "../terminal.ts";

/** `cnn check`: every finding in every file; 1 where one of them is an error. */
export function runCheck(paths: readonly string[], options: ModelOptions & { format: string }): ExitCode {
  const files = readSources({ paths, expression: options.expression });
  const diagnostics = files.flatMap(
    (file) => compileForCommand({ file, modelName: undefined }, options).diagnostics,
  );
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  if (options.format === "json") {
    const result = {
      files: files.map(({ name }) => name),
      errors,
      warnings,
      diagnostics: diagnostics.map(diagnosticToJson),
    };
    writeOut(`${JSON.stringify(result, undefined, 2)}\n`);
  } else {
    const palette = paletteFor(process.stdout);
    for (const diagnostic of diagnostics) {
      writeOut(`${renderDiagnostic(diagnostic, { width: terminalWidth(), palette })}\n`);
    }
    const what = files.length === 1 ? files[0]!.name : countOf(files.length, "file");
    const found = [
      ...(errors > 0 ? [countOf(errors, "error")] : []),
      ...(warnings > 0 ? [countOf(warnings, "warning")] : []),
    ];
    writeOut(`${what}: ${found.length === 0 ? "no mistakes found" : found.join(", ")}\n`);
  }
  return errors > 0 ? 1 : 0;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
