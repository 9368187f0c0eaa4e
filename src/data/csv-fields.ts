// The fields of a table's lines: separated, quoted, numbers or words.

/** A quotation mark: within two of them a separator is text. */
export const quote = 34;

/** The place of the quotation mark that closes the one at `start`; the end of the line where none does. */
export function endOfQuoted(line: Uint8Array, start: number): number {
  const end = line.indexOf(quote, start + 1);
  return end < 0 ? line.length - 1 : end;
}

/** What may stand between fields. */
export const separators = [",", ";", "\t", "|"] as const;

const [comma, semicolon, tab, bar] = separators.map((separator) => separator.charCodeAt(0));
const blank = 32;

/**
 * Whether a text in quotation marks is not closed before `end`, so that it goes on in the next line. Elsewhere than at the begin
 * of a field a mark is a letter as others: 5" are five inches.
 */
export function isLeftOpen(bytes: Uint8Array, start: number, end: number): boolean {
  let [isBegin, isText, isOpen] = [true, false, false];
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      isText ||= isBegin;
      // Two marks are one within a text: it is closed, and opened again.
      isOpen = isText && !isOpen;
      isBegin = false;
    } else if (!isOpen && (byte === comma || byte === semicolon || byte === tab || byte === bar)) {
      [isBegin, isText] = [true, false];
    } else if (byte !== blank) isBegin = false;
  }
  return isOpen;
}

/** The character code of what parts the fields of a table's first line: the separator that stands in it most often. */
export function separatorOf(line: Uint8Array): number {
  const text = new TextDecoder().decode(line);
  const [most] = [...separators].sort((a, b) => text.split(b).length - text.split(a).length);
  return most!.charCodeAt(0);
}

/** The fields of a line as texts, without their quotation marks. @param separator its character code */
export function splitFields(line: Uint8Array, separator: number): string[] {
  const fields: string[] = [];
  let start = 0;
  for (let at = 0; at <= line.length; at++) {
    if (at < line.length && line[at] !== separator) {
      if (line[at] === quote) at = endOfQuoted(line, at);
      continue;
    }
    fields.push(unquote(new TextDecoder().decode(line.subarray(start, at))));
    start = at + 1;
  }
  return fields;
}

/** A field without blanks around it and without its quotation marks, of which two within are one. */
export function unquote(field: string): string {
  const text = field.trim();
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replaceAll('""', '"')
    : text;
}

/** Up to nine digits, which is what most fields are. */
export function wholeNumber(line: Uint8Array, start: number, end: number): number | undefined {
  if (end === start || end - start > 9) return undefined;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = line[at]! - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = 10 * value + digit;
  }
  return value;
}

/** A finite decimal number; undefined for all other text. */
export function parseNumber(text: string): number | undefined {
  const value = text === "" || /^0[xob]/i.test(text) ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** A line of a buffer, without the carriage return that some systems end lines with. */
export function withoutReturn(buffer: Uint8Array, start: number, end: number): Uint8Array {
  return buffer.subarray(start, end > start && buffer[end - 1] === 13 ? end - 1 : end);
}

/** A text as messages quote it. */
export function shortened(text: string): string {
  return JSON.stringify(text.length > 30 ? `${text.slice(0, 29)}…` : text);
}
