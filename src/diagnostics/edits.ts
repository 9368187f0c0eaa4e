import type { SourceFile } from "../source/source-file.ts";
import type { Fix, TextEdit } from "./diagnostic.ts";

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
  const sorted = edits.filter((edit) => edit.span.file === file).sort((a, b) => a.span.start - b.span.start);
  const pieces: string[] = [];
  let position = 0;
  let applied = 0;
  for (const { span, text } of sorted) {
    if (span.start < position) continue;
    pieces.push(file.text.slice(position, span.start), text);
    position = span.end;
    applied += 1;
  }
  pieces.push(file.text.slice(position));
  return { text: pieces.join(""), applied };
}

/** The lines that a fix changes, as they would read after it; for showing a fix in a message. */
export function changedLines(fix: Fix): ChangedLine[] {
  const files = [...new Set(fix.edits.map((edit) => edit.span.file))];
  return files.flatMap((file) => {
    const edits = fix.edits.filter((edit) => edit.span.file === file);
    const lines = [...new Set(edits.map((edit) => file.position(edit.span.start).line))].sort(
      (a, b) => a - b,
    );
    return lines.map((line) => {
      const start = file.lineStart(line);
      const end = start + file.lineText(line).length;
      const here = edits.filter((edit) => file.position(edit.span.start).line === line);
      const whole = here.some((edit) => edit.text === "" && edit.span.start <= start && edit.span.end >= end);
      if (whole) return { file, line, text: undefined };
      const last = Math.max(end, ...here.map((edit) => edit.span.end));
      const { text } = applyEdits(
        file,
        here.map((edit) => edit),
      );
      const grown = text.length - file.text.length;
      return { file, line, text: text.slice(start, last + grown).trimEnd() };
    });
  });
}
