import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { catalogue } from "../diagnostics/catalogue.ts";
import { type Diagnostic, DiagnosticSink, type Fix } from "../diagnostics/diagnostic.ts";
import { visitStatements } from "../elaborate/files.ts";
import type { SourceFile, Span } from "../source/source-file.ts";
import type { Comment, Program } from "../syntax/ast.ts";

/** One code of `# allow CNN503: the paper has it so`. */
interface Allowance {
  readonly code: string;
  readonly span: Span;
  readonly comment: Comment;
  /** Empty where none is given. */
  readonly reason: string;
  /** The line whose findings are allowed: the comment's own, or the next with a statement where it stands alone. */
  readonly line: number;
  isUsed: boolean;
}

/** A finding that a comment allows. */
export interface Allowed {
  readonly finding: Diagnostic;
  /** The code in the comment. */
  readonly by: Span;
  readonly reason: string;
}

/** What is left to say, and what comments allow. */
export interface Suppressed {
  readonly left: readonly Diagnostic[];
  readonly allowed: readonly Allowed[];
}

/**
 * Takes out the warnings that `# allow CODE: reason` comments at the end of their line or on the line above allow. Where
 * the model was linted (else it is undefined), comments without a reason, or that allow nothing, are warned about themselves.
 */
export function suppress(
  diagnostics: readonly Diagnostic[],
  program: Program,
  model: ShapedGraph | undefined,
): Suppressed {
  const allowances = allowancesOf(program);
  if (allowances.length === 0) return { left: diagnostics, allowed: [] };
  const byLine = new Map<number, Allowance[]>();
  for (const allowance of allowances) {
    const others = byLine.get(allowance.line);
    if (others === undefined) byLine.set(allowance.line, [allowance]);
    else others.push(allowance);
  }
  const allowed: Allowed[] = [];
  const left = diagnostics.filter((finding) => {
    const { code, severity } = finding;
    const { span } = finding.primary;
    if (severity === "error" || span.file !== program.span.file || isAboutAllowing(code)) return true;
    const [first, last] = [span.file.position(span.start).line, span.file.position(span.end).line];
    let by: Allowance | undefined;
    for (let line = first; line <= last; line++) {
      for (const allowance of byLine.get(line) ?? []) {
        if (allowance.code !== code) continue;
        allowance.isUsed = true;
        by ??= allowance;
      }
    }
    if (by !== undefined) allowed.push({ finding, by: by.span, reason: by.reason });
    return by === undefined;
  });
  if (model === undefined) return { left, allowed };
  return { left: [...left, ...judge(allowances, openLines(program, model))], allowed };
}

/** The lines whose layers this model does not have, or has as a call's arguments say: another model may have them otherwise. */
function openLines(program: Program, { layers }: ShapedGraph): ReadonlySet<number> {
  const { file } = program.span;
  const lines = new Set<number>();
  visitStatements(program.statements, ({ kind, span }) => {
    if (kind === "layer") lines.add(file.position(span.start).line);
    return true;
  });
  const decided = new Set<number>();
  for (const { node } of layers) {
    for (const { span } of [node, ...node.scope]) {
      if (span.file === file) lines.delete(file.position(span.start).line);
    }
    if (node.argumentOrigins !== undefined && node.span.file === file) {
      decided.add(file.position(node.span.start).line);
    }
  }
  return new Set([...lines, ...decided]);
}

const pattern = /^#+\s*allow\s+((?:CNN\w*)(?:\s*,\s*CNN\w*)*)\s*(:?)\s*(.*)$/i;

function allowancesOf({ comments, span: { file } }: Program): readonly Allowance[] {
  const found = comments.flatMap((comment) => {
    const match = pattern.exec(comment.text);
    return match === null ? [] : [{ comment, match }];
  });
  if (found.length === 0) return [];
  const statementLines = nextStatementLines(file);
  return found.flatMap(({ comment, match: [, codes = "", colon, rest = ""] }) => {
    const { line, column } = file.position(comment.span.start);
    const standsAlone =
      file
        .lineText(line)
        .slice(0, column - 1)
        .trim() === "";
    const from = comment.text.indexOf(codes);
    return [...codes.matchAll(/CNN\w*/gi)].map(({ 0: text, index }): Allowance => {
      const start = comment.span.start + from + index;
      return {
        code: text.toUpperCase(),
        span: { file, start, end: start + text.length },
        comment,
        reason: colon === "" ? "" : rest.trim(),
        line: standsAlone ? statementLines[line]! : line,
        isUsed: false,
      };
    });
  });
}

/** For each line (from 0) the number of the first from there on that is neither empty nor a comment. */
function nextStatementLines(file: SourceFile): readonly number[] {
  const lines = Array<number>(file.lineCount + 1).fill(file.lineCount + 1);
  for (let line = file.lineCount; line >= 1; line--) {
    const text = file.lineText(line).trim();
    lines[line - 1] = text === "" || text.startsWith("#") ? lines[line]! : line;
  }
  return lines;
}

function isAboutAllowing(code: string): boolean {
  return code.startsWith("CNN59");
}

function judge(allowances: readonly Allowance[], open: ReadonlySet<number>): readonly Diagnostic[] {
  const sink = new DiagnosticSink();
  const warning = { severity: "warning" } as const;
  const ofUse = new Set(allowances.filter(({ isUsed }) => isUsed).map(({ comment }) => comment));
  for (const { code, span, reason, isUsed, comment, line } of allowances) {
    if (!Object.hasOwn(catalogue, code) || isAboutAllowing(code)) {
      const message = Object.hasOwn(catalogue, code)
        ? `${code} cannot be allowed`
        : `there is no finding ${code}`;
      sink.report("CNN597", message, span, { ...warning, help: "lints have codes from CNN500 to CNN589" });
    } else if (!isUsed) {
      if (open.has(line)) continue;
      sink.report("CNN596", `${code} is allowed here, but there is nothing to allow`, span, {
        ...warning,
        help: "remove it, or put it at the line of the finding or on the line above",
        ...(ofUse.has(comment) ? {} : { fix: removal(comment) }),
      });
    } else if (reason === "") {
      sink.report("CNN595", `${code} is allowed without a reason`, span, {
        ...warning,
        help: `say why, for those who read this later: \`# allow ${code}: the paper has it so\``,
      });
    }
  }
  return sink.diagnostics;
}

/** Takes a comment out, with its line where it stands alone. */
function removal({ span: { file, start, end } }: Comment): Fix {
  const lineStart = file.lineStart(file.position(start).line);
  const before = file.text.slice(lineStart, start);
  const isAlone = before.trim() === "";
  const blanks = before.length - before.trimEnd().length;
  // A comment goes to the end of its line.
  const span = isAlone
    ? { file, start: lineStart, end: Math.min(end + 1, file.text.length) }
    : { file, start: start - blanks, end };
  return { title: "remove the comment", edits: [{ span, text: "" }] };
}
