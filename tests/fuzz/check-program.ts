import { compile } from "../../src/compile.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { applyEdits } from "../../src/diagnostics/edits.ts";
import { diagnosticToJson } from "../../src/diagnostics/json.ts";
import { displayWidth } from "../../src/diagnostics/layout.ts";
import { renderDiagnostic } from "../../src/diagnostics/render.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { renderProgram } from "../../src/syntax/ast-text.ts";
import { formatProgram } from "../../src/syntax/format.ts";
import { parseProgram } from "../../src/syntax/parser.ts";

// What holds for the answer to any text whatever. Plain errors, so that it runs in a worker too.

/** More findings than anybody reads. */
export const mostFindings = 100;

/** Columns of a terminal. */
const width = 80;

/** Compiles a text. @throws Error where the answer is not as every answer must be */
export function checkProgram(text: string): readonly Diagnostic[] {
  const { diagnostics } = compile(new SourceFile("mutant.cnn", text));
  if (diagnostics.length > mostFindings) throw new Error(`${diagnostics.length} findings`);
  diagnostics.forEach(checkDiagnostic);
  return diagnostics;
}

/** Every place lies in its file, and the message fits a terminal. */
export function checkDiagnostic(diagnostic: Diagnostic): void {
  const { code, primary, labels, fix } = diagnostic;
  for (const { span } of [primary, ...labels, ...(fix?.edits ?? [])]) {
    const { file, start, end } = span;
    const isInside = start >= 0 && start <= end && end <= file.text.length;
    if (!isInside) throw new Error(`${code} at ${start} to ${end} of ${file.text.length}`);
  }
  const rendered = renderDiagnostic(diagnostic, { width });
  if (!rendered.includes(code)) throw new Error(`${code} is not said`);
  const wide = rendered.split("\n").find((line) => displayWidth(line) > width);
  if (wide !== undefined) throw new Error(`${code}: wider than ${width} columns: ${wide}`);
  JSON.stringify(diagnosticToJson(diagnostic));
}

/** Every fix can be applied, and what comes of it gets an answer. */
export function checkFixes(text: string, diagnostics: readonly Diagnostic[]): void {
  for (const { fix } of diagnostics) {
    const file = fix?.edits[0]?.span.file;
    if (fix === undefined || file === undefined || file.text !== text) continue;
    compile(new SourceFile("fixed.cnn", applyEdits(file, fix.edits).text));
  }
}

/** Formatting keeps the tree and the comments, and formatting again changes nothing; false for a text with syntax errors. */
export function checkFormat(text: string): boolean {
  const file = new SourceFile("mutant.cnn", text);
  const { value, diagnostics } = parseProgram(file);
  if (diagnostics.length > 0) return false;
  const once = formatProgram(value, file);
  const again = new SourceFile("again.cnn", once);
  const reparsed = parseProgram(again);
  if (reparsed.diagnostics.length > 0) throw new Error(`formatted into a mistake: ${JSON.stringify(once)}`);
  if (renderProgram(reparsed.value) !== renderProgram(value)) throw new Error("formatted into another tree");
  const commentsOf = (program: typeof value): string => program.comments.map((each) => each.text).join("\n");
  if (commentsOf(reparsed.value) !== commentsOf(value)) throw new Error("a comment was lost");
  if (formatProgram(reparsed.value, again) !== once) throw new Error("formatted again, it is another text");
  return true;
}
