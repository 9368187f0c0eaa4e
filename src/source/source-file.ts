// source/: a text with its lines, and spans in it. Offsets are UTF-16 code units, as in JavaScript strings and the language server protocol.

/** A place in a source file: lines and columns count from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One source text. `name` is what the user called it: a path, `<stdin>` or `<command line>`. */
export class SourceFile {
  readonly name: string;
  readonly text: string;
  readonly #lineStarts: number[] = [0];

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text.startsWith("\uFEFF") ? text.slice(1) : text;
    for (let at = this.text.indexOf("\n"); at >= 0; at = this.text.indexOf("\n", at + 1)) {
      this.#lineStarts.push(at + 1);
    }
  }

  get lineCount(): number {
    return this.#lineStarts.length;
  }

  /** The position of an offset; offsets past the end are clamped to the end. */
  position(offset: number): Position {
    const clamped = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= clamped) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: clamped - this.#lineStarts[low]! + 1 };
  }

  /** The offset at which a line starts; lines count from 1. */
  lineStart(line: number): number {
    return this.#lineStarts[line - 1] ?? this.text.length;
  }

  /** The text of a line (from 1) without its line end. */
  lineText(line: number): string {
    const end = line < this.#lineStarts.length ? this.#lineStarts[line]! - 1 : this.text.length;
    return this.text.slice(this.lineStart(line), end).replace(/\r$/, "");
  }
}

/** A stretch of a source text, from `start` up to but not including `end`. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** The source text that a span covers. */
export function spanText(span: Span): string {
  return span.file.text.slice(span.start, span.end);
}

/** Whether a text is the value of an option of the command line, whose name its file bears: `--set`. */
export function isOption({ name }: SourceFile): boolean {
  return name.startsWith("--");
}

/** `line 5`, with the file where it is another. */
export function placeText(span: Span, seenFrom: Span): string {
  const line = `line ${span.file.position(span.start).line}`;
  return span.file === seenFrom.file ? line : `${line} of ${span.file.name}`;
}
