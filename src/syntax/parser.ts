import type { Diagnostic, Outcome } from "../diagnostics/diagnostic.ts";
import type { SourceFile, Span } from "../source/source-file.ts";
import type { Program, Statement } from "./ast.ts";
import { balanceBrackets } from "./balance.ts";
import { bracesForBodies } from "./bodies.ts";
import { layOut } from "./layout.ts";
import { bracesForMergeLists } from "./merge-lists.ts";
import { MistakeSink } from "./mistake-sink.ts";
import { boundNesting } from "./nesting.ts";
import { scanTokens } from "./scan.ts";
import { StatementRules } from "./statement-rules.ts";

/** The grammar's rules, analyzed; with validation the analysis also proves that they are unambiguous. */
export class Parser extends StatementRules {
  constructor(validation: "validated" | "as it is") {
    super(validation === "as it is");
    this.performSelfAnalysis();
  }
}

let parser: Parser | undefined;

/**
 * Reads a source text:
 *
 *     text ─characters, scan→ tokens ─merges, balance, braces, nesting, layout→ tokens in sound order ─parser→ Program
 *
 * The program holds everything that could be read; each mistake is reported once, at most `mostMistakes` of them, and
 * leaves a MissingExpression or MissingStatement where something is gone; so do stretches that are set aside, which are not
 * read. Never throws; time is linear in the text.
 */
export function parseProgram(file: SourceFile, setAside: readonly Span[] = []): Outcome<Program> {
  const sink = new MistakeSink();
  const scan = scanTokens(file, sink, setAside);
  const merged = bracesForMergeLists(file, scan.tokens, sink);
  const balanced = balanceBrackets(file, merged, sink);
  const braced = bracesForBodies(file, balanced, sink);
  const bounded = boundNesting(file, braced, sink);
  const tokens = layOut(file, bounded, sink);

  parser ??= new Parser("as it is");
  parser.start(file, tokens, sink, sink.tellHabits());
  const statements = withMissing(parser.program(), setAside);
  const span: Span = { file, start: 0, end: file.text.length };
  return { value: { statements, comments: scan.comments, span }, diagnostics: inOrder(sink.diagnostics) };
}

/** The statements with a gap at each stretch that was not read. */
function withMissing(statements: readonly Statement[], gaps: readonly Span[]): readonly Statement[] {
  if (gaps.length === 0) return statements;
  const missing = gaps.map((span): Statement => ({ kind: "missing", isLayer: true, span }));
  return [...statements, ...missing].sort((one, other) => one.span.start - other.span.start);
}

function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...diagnostics].sort((a, b) => a.primary.span.start - b.primary.span.start);
}
