import { compile, type CompileOptions } from "../../src/compile.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { applyEdits } from "../../src/diagnostics/edits.ts";
import { SourceFile } from "../../src/source/source-file.ts";

/** The data sets that tests know. */
const classesOf = (data: string): number | undefined => (data === "digits" ? 10 : undefined);

/** A program from one text: `; ` and line ends part statements. */
export function compileText(text: string, options: CompileOptions = {}) {
  const file = new SourceFile("model.cnn", text);
  const compilation = compile(file, { classesOf, ...options });
  const errors = compilation.diagnostics.filter(
    ({ severity, code }) => severity === "error" && !code.startsWith("CNN5"),
  );
  if (errors.length > 0) throw new Error(`${text}\n${errors.map(({ message }) => message).join("\n")}`);
  return compilation;
}

/** The lints and budgets of a program. */
export function lintsOf(text: string, options?: CompileOptions): readonly Diagnostic[] {
  return compileText(text, options).diagnostics.filter(({ code }) => code.startsWith("CNN5"));
}

export function codesOf(text: string, options?: CompileOptions): readonly string[] {
  return lintsOf(text, options).map(({ code }) => code);
}

/** The program after the fix of its only finding of a code; undefined where none is offered. */
export function mended(text: string, code: string): string | undefined {
  const { file, diagnostics } = compileText(text);
  const found = diagnostics.filter((each) => each.code === code);
  if (found.length !== 1) throw new Error(`${found.length} findings ${code} in ${text}`);
  const { fix } = found[0]!;
  return fix === undefined ? undefined : applyEdits(file, fix.edits).text;
}
