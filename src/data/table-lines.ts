// The lines of a table, read in pieces: a field in quotation marks may go over several of them.
import { readSync } from "node:fs";
import { InputError } from "../diagnostics/input-error.ts";
import { isLeftOpen, quote, withoutReturn } from "./csv-fields.ts";
import { withFile } from "./files.ts";

const pieceSize = 1 << 20;

/** A line that is longer holds no table. */
const longestLine = 1 << 24;

/** A text in quotation marks that is longer is taken for one that nothing closes. */
const longestText = 1 << 16;

const [lineFeed, carriageReturn] = [10, 13];

export interface TableLine {
  /** Its bytes without its end, which hold until the next line is asked for. */
  readonly line: Uint8Array;
  /** Its number in the file, from 1. */
  readonly row: number;
  /** Whether a text in quotation marks begins in it and is not closed. */
  readonly isOpen: boolean;
}

/**
 * The lines of an open file.
 *
 * @param see is given all bytes of the file, in their order
 * @throws InputError where the file cannot be read or is no text
 */
export function* tableLines(
  file: number,
  path: string,
  see: (bytes: Uint8Array) => void,
): Generator<TableLine, void, undefined> {
  let buffer = new Uint8Array(2 * pieceSize);
  let kept = 0;
  let row = 1;
  let isFirst = true;
  for (;;) {
    if (buffer.length - kept < pieceSize) {
      if (kept > longestLine)
        throw new InputError(`a line is longer than ${longestLine} bytes: this is no table`, {
          place: { file: path },
        });
      const larger = new Uint8Array(2 * buffer.length);
      larger.set(buffer.subarray(0, kept));
      buffer = larger;
    }
    const read = withFile(path, () => readSync(file, buffer, kept, pieceSize, null));
    see(buffer.subarray(kept, kept + read));
    const end = kept + read;
    if (isFirst) checkText(buffer.subarray(0, end), path);
    // A byte order mark says no more than that the text is UTF-8.
    let start = isFirst && buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0;
    isFirst = false;
    const bytes = buffer.subarray(0, end);
    for (let at = endOfLine(bytes, start, read === 0); at >= 0; at = endOfLine(bytes, start, read === 0)) {
      yield { line: withoutReturn(bytes, start, at), row, isOpen: isOpenLine(bytes, start, at) };
      row += lineFeeds(bytes, start, at) + 1;
      start = at + 1;
    }
    kept = end - start;
    buffer.copyWithin(0, start, end);
    if (read === 0) {
      if (kept > 0)
        yield {
          line: withoutReturn(buffer, 0, kept),
          row,
          isOpen: isOpenLine(buffer.subarray(0, kept), 0, kept),
        };
      return;
    }
  }
}

/**
 * The line feed that ends the line from `start` on and is not part of a text in quotation marks; -1 where more has to be read.
 * Where such a text is never closed, its line ends as if there were no mark.
 */
function endOfLine(bytes: Uint8Array, start: number, isLast: boolean): number {
  const first = bytes.indexOf(lineFeed, start);
  let at = first;
  while (at >= 0 && isOpenLine(bytes, start, at)) {
    at = bytes.indexOf(lineFeed, at + 1);
    if (at - first > longestText || (at < 0 && (isLast || bytes.length - first > longestText))) return first;
  }
  return at;
}

function isOpenLine(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes.subarray(start, end).includes(quote) && isLeftOpen(bytes, start, end);
}

function lineFeeds(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (const byte of bytes.subarray(start, end)) if (byte === lineFeed) count += 1;
  return count;
}

/** @param piece the first one of the file */
function checkText(piece: Uint8Array, path: string): void {
  const fail = (message: string, help?: string): InputError =>
    new InputError(message, { place: { file: path }, ...(help === undefined ? {} : { help }) });
  const [first, second] = piece;
  // Text in pairs of bytes, as some programs call "Unicode", begins with a mark.
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isWide && piece.includes(0))
    throw fail("the text is UTF-16", 'save it as UTF-8; in Excel that is "CSV UTF-8"');
  if (piece.includes(0)) throw fail("this is no text: it holds bytes of 0");
  if (piece.includes(carriageReturn) && !piece.includes(lineFeed))
    throw fail(
      "its lines end in carriage returns alone, as those of old Macs",
      "save it with the line ends of Unix or Windows",
    );
}
