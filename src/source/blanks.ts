import type { Span } from "./source-file.ts";

// Blanks of one line. Only the neighbourhood of a place is looked at: a line may be as long as the file.

const blank = /[^\S\n]/;

/** Where the blanks before a place begin. */
export function blanksBefore(text: string, place: number): number {
  let start = place;
  while (start > 0 && blank.test(text[start - 1]!)) start--;
  return start;
}

/** Where the blanks after a place end. */
export function blanksAfter(text: string, place: number): number {
  let end = place;
  while (end < text.length && blank.test(text[end]!)) end++;
  return end;
}

/** A span with the blanks before it, which go where it is taken out. */
export function withBlanksBefore(span: Span): Span {
  return { ...span, start: blanksBefore(span.file.text, span.start) };
}
