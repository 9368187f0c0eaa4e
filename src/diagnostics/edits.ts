import { blanksAfter, blanksBefore } from "../source/blanks.ts";
import { SourceFile, type Span, spanText } from "../source/source-file.ts";
import type { Diagnostic, Fix, TextEdit } from "./diagnostic.ts";

/** A line as a fix leaves it. */
export interface ChangedLine {
  readonly file: SourceFile;
  /** The line's number before the change. */
  readonly line: number;
  /** The new text, without the line end; undefined where the line goes away whole. */
  readonly text: string | undefined;
}

/** Applies edits to one file's text; of two that overlap the earlier one wins. Returns the text and how many edits went in. */
export function applyEdits(file: SourceFile, edits: readonly TextEdit[]): { text: string; applied: number } {
  return editedStretch(
    edits.filter((edit) => edit.span.file === file),
    { file, start: 0, end: file.text.length },
  );
}

/** A stretch of a file after edits that lie within it. */
function editedStretch(
  edits: readonly TextEdit[],
  { file, start, end }: Span,
): { text: string; applied: number } {
  const pieces: string[] = [];
  let position = start;
  let applied = 0;
  for (const { span, text } of edits.toSorted((a, b) => a.span.start - b.span.start)) {
    if (span.start < position) continue;
    pieces.push(file.text.slice(position, span.start), text);
    position = span.end;
    applied += 1;
  }
  pieces.push(file.text.slice(position, end));
  return { text: pieces.join(""), applied };
}

/** The lines that a fix changes, as they would read after it; for showing a fix in a message. */
export function changedLines(fix: Fix): ChangedLine[] {
  const byFile = new Map<SourceFile, Map<number, TextEdit[]>>();
  for (const edit of fix.edits) {
    const { file, start } = edit.span;
    const byLine = byFile.get(file) ?? new Map<number, TextEdit[]>();
    byFile.set(file, byLine);
    const { line } = file.position(start);
    const others = byLine.get(line);
    if (others === undefined) byLine.set(line, [edit]);
    else others.push(edit);
  }
  return [...byFile].flatMap(([file, byLine]) =>
    [...byLine].sort(([a], [b]) => a - b).map(([line, edits]) => changedLine(file, line, edits)),
  );
}

function changedLine(file: SourceFile, line: number, edits: readonly TextEdit[]): ChangedLine {
  const start = file.lineStart(line);
  const end = start + file.lineText(line).length;
  const isRemoved = edits.some(({ text, span }) => text === "" && span.start <= start && span.end >= end);
  if (isRemoved) return { file, line, text: undefined };
  const last = Math.max(end, ...edits.map(({ span }) => span.end));
  return { file, line, text: editedStretch(edits, { file, start, end: last }).text.trimEnd() };
}

/** Takes a statement of one line out of its text, with its line or with its `;`. */
export function statementRemoval({ file, start, end }: Span): readonly TextEdit[] {
  const { text } = file;
  const before = blanksBefore(text, start);
  const after = blanksAfter(text, end);
  const isFirst = before === 0 || text[before - 1] === "\n";
  const isLast = after === text.length || text[after] === "\n";
  const removed = (from: number, to: number): readonly TextEdit[] => [{ span: { file, start: from, end: to }, text: "" }]; // prettier-ignore
  if (isFirst && isLast) return removed(before, Math.min(after + 1, text.length));
  if (text[after] === ";") return removed(start, blanksAfter(text, after + 1));
  return removed(text[before - 1] === ";" ? blanksBefore(text, before - 1) : start, end);
}

/**
 * The findings of a pass but those that are a part of what a later pass found: a finding there covers them, or its fix mends them
 * as well.
 */
export function withoutMended(
  findings: readonly Diagnostic[],
  later: readonly Diagnostic[],
): readonly Diagnostic[] {
  const covered = later.flatMap(({ covers = [] }) => covers);
  const mended = later.flatMap(({ fix }) => (fix === undefined ? [] : [fix.edits.map(({ span }) => span)]));
  if (covered.length + mended.length === 0) return findings;
  const isMended = ({ edits }: Fix): boolean =>
    mended.some((spans) => edits.every(({ span }) => isWithin(span, spans)));
  return findings.filter(
    ({ primary, fix }) => !isWithin(primary.span, covered) && (fix === undefined || !isMended(fix)),
  );
}

function isWithin(inner: Span, spans: readonly Span[]): boolean {
  return spans.some(
    ({ file, start, end }) => file === inner.file && start <= inner.start && inner.end <= end,
  );
}

/** A text after its fixes. */
export interface FixedText {
  readonly file: SourceFile;
  /** The findings whose fixes went in, in the order in which they did. */
  readonly applied: readonly Diagnostic[];
  /** The findings whose fixes would have led to an error, or helped nothing. */
  readonly refused: readonly Diagnostic[];
  /** The findings whose fixes are for a person to look at, and were not asked for. */
  readonly heldBack: readonly Diagnostic[];
  /** What is still to be said of the text. */
  readonly left: readonly Diagnostic[];
}

/** Which fixes go in: those that are safe, or all of them. */
export interface FixOptions {
  readonly allowUnsafe?: boolean;
  /** The rounds after which mending ends. */
  readonly mostRounds?: number;
}

/**
 * Applies the safe fixes of a file's findings (on request the unsafe ones too), and of what is found after them, until none
 * is left. A fix goes in whole or not at all, and only where its finding goes away and no new error comes up. (The fix of an error may bring to light what that
 * error hid further on in the text, though no more errors than before.) Fixes that go in together are checked together;
 * where that fails, half of them are tried.
 */
export function applyFixes(
  file: SourceFile,
  check: (file: SourceFile) => readonly Diagnostic[],
  { allowUnsafe = false, mostRounds = 1000 }: FixOptions = {},
): FixedText {
  const applied: Diagnostic[] = [];
  const refused = new Map<string, Diagnostic>();
  const seen = new Set([file.text]);
  let [current, findings] = [file, check(file)];
  let together = Infinity;
  for (let round = 0; round < mostRounds; round++) {
    const fixable = findings.filter(
      (finding) => !refused.has(keyOf(finding)) && (allowUnsafe || finding.fix?.isUnsafe !== true),
    );
    const chosen = withoutOverlaps(fixable, current).slice(0, together);
    if (chosen.length === 0) break;
    const edits = chosen.flatMap(({ fix }) => fix!.edits);
    const next = new SourceFile(file.name, applyEdits(current, edits).text);
    const after = seen.has(next.text) ? undefined : check(next);
    if (after !== undefined && isBetter(findings, after, chosen, endOf(edits, next))) {
      applied.push(...chosen);
      seen.add(next.text);
      [current, findings, together] = [next, after, Infinity];
    } else if (chosen.length > 1) together = Math.ceil(chosen.length / 2);
    else {
      refused.set(keyOf(chosen[0]!), chosen[0]!);
      together = Infinity;
    }
  }
  const left = new Set(findings.map(keyOf));
  const stillRefused = [...refused].filter(([key]) => left.has(key)).map(([, finding]) => finding);
  const heldBack = allowUnsafe ? [] : findings.filter(({ fix }) => fix?.isUnsafe === true);
  return { file: current, applied, refused: stillRefused, heldBack, left: findings };
}

/** What a finding is about, whatever line it has moved to. */
function keyOf({ code, message, primary }: Diagnostic): string {
  return `${code} ${message} ${spanText(primary.span)}`;
}

/** The findings whose fixes change this file alone and do not touch each other, in the order of the text. */
function withoutOverlaps(findings: readonly Diagnostic[], file: SourceFile): readonly Diagnostic[] {
  const taken: TextEdit[] = [];
  return findings.filter(({ fix }) => {
    if (fix === undefined || fix.edits.length === 0) return false;
    if (fix.edits.some((edit) => edit.span.file !== file || taken.some((other) => touch(edit, other)))) {
      return false;
    }
    taken.push(...fix.edits);
    return true;
  });
}

function touch({ span: one }: TextEdit, { span: other }: TextEdit): boolean {
  return one.start <= other.end && other.start <= one.end;
}

/** Where the last of some edits ends in the text after them. */
function endOf(edits: readonly TextEdit[], after: SourceFile): number {
  const last = Math.max(...edits.map(({ span }) => span.end));
  const length = edits[0]!.span.file.text.length;
  return after.text.length - (length - last);
}

function isBetter(
  before: readonly Diagnostic[],
  after: readonly Diagnostic[],
  fixed: readonly Diagnostic[],
  end: number,
): boolean {
  const count = (findings: readonly Diagnostic[]) => {
    const counts = new Map<string, number>();
    for (const { code, message } of findings) {
      const key = `${code} ${message}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  };
  const errorsOf = (findings: readonly Diagnostic[]) =>
    findings.filter(({ severity }) => severity === "error");
  if (errorsOf(after).length > errorsOf(before).length) return false;
  const [earlier, now, gone] = [count(before), count(after), count(fixed)];
  for (const [key, times] of gone) {
    if ((now.get(key) ?? 0) > (earlier.get(key) ?? 0) - times) return false;
  }
  const mayReveal = errorsOf(fixed).length > 0;
  return errorsOf(after).every(({ code, message, primary }) => {
    return earlier.has(`${code} ${message}`) || (mayReveal && primary.span.start > end);
  });
}
