import type { SourceFile } from "../source/source-file.ts";
import type { Body, Comment, Program, Statement } from "./ast.ts";
import { formatParts, type Part } from "./format-statement.ts";
import type { RenameArgument } from "./format-expression.ts";

export type { RenameArgument } from "./format-expression.ts";

/** Lines that the formatter puts together or breaks are kept within so many columns. */
const width = 100;

/** Comments behind neighbouring lines stand below each other, unless that would move one further than this. */
const widestGap = 40;

export interface FormatOptions {
  /** Gives arguments other names, such as the short ones for Keras' long ones. */
  readonly renameArgument?: RenameArgument;
}

/**
 * A program in the one form that `cnn fmt` writes: two blanks of indentation a body, one statement a line except where
 * the writer joined short ones with `;`, at most one empty line in a row. Comments and the syntax tree stay as they are
 * (but for renamed arguments), and formatting twice changes nothing more. The program must be free of syntax errors.
 */
export function formatProgram(program: Program, file: SourceFile, options: FormatOptions = {}): string {
  const formatter = new Formatter(file, program.comments, options.renameArgument ?? ((_, name) => name));
  return formatter.format(program);
}

interface Line {
  /** Several lines where a head was broken. */
  text: string;
  comment?: string;
  /** The source line on which it ended, where another statement may be joined to it. */
  readonly endedOn?: number;
}

class Formatter {
  readonly #file: SourceFile;
  readonly #comments: readonly Comment[];
  readonly #rename: RenameArgument;
  readonly #lines: Line[] = [];
  #nextComment = 0;
  /** Where in the source the thing written last ended; an empty line after it is kept. */
  #written = 0;
  /** The number of lines at the start of the innermost body, which begins without an empty line. */
  #bodyStart = 0;

  constructor(file: SourceFile, comments: readonly Comment[], rename: RenameArgument) {
    this.#file = file;
    this.#comments = comments;
    this.#rename = rename;
  }

  format(program: Program): string {
    this.#statements(program.statements, "", 0, program.span.end);
    alignComments(this.#lines);
    const lineEnd = /\r?\n/.exec(this.#file.text)?.[0] ?? "\n";
    const texts = this.#lines.map(({ text, comment = "" }) => `${text}${comment}\n`);
    return texts.join("").replace(/\r?\n/g, lineEnd);
  }

  /** The statements and comments between two offsets. */
  #statements(statements: readonly Statement[], indent: string, from: number, to: number): void {
    this.#bodyStart = this.#lines.length;
    this.#written = from;
    for (const statement of statements) {
      this.#ownComments(indent, statement.span.start);
      const inline = this.#inline(statement, indent.length);
      if (inline === undefined) this.#broken(statement, indent);
      else this.#joinOrPush(statement, indent, inline);
      this.#written = statement.span.end;
      this.#trailingComment(to);
    }
    this.#ownComments(indent, to);
  }

  #joinOrPush(statement: Statement, indent: string, text: string): void {
    const { start, end } = statement.span;
    const last = this.#lines.at(-1);
    const endedOn = this.#lineOf(end);
    const joins = last?.endedOn !== undefined && last.endedOn === this.#lineOf(start);
    if (joins && last.text.length + 2 + text.length <= width) {
      this.#lines[this.#lines.length - 1] = { text: `${last.text}; ${text}`, endedOn };
      return;
    }
    this.#keepEmptyLine(start);
    const [head] = this.#parts(statement);
    const long = indent.length + text.length > width && head!.body === undefined;
    const broken = long ? head!.text(indent) : text;
    if (broken.includes("\n")) this.#lines.push({ text: indent + broken });
    else this.#lines.push({ text: indent + text, endedOn });
  }

  /**
   * A statement on one line. Undefined where it holds comments, where its bodies stood on several lines, or where they
   * would make it too long behind so much indentation.
   */
  #inline(statement: Statement, indentation: number): string | undefined {
    const { start, end } = statement.span;
    if (this.#holdsComment(start, end)) return undefined;
    const parts = this.#parts(statement);
    const hasBody = parts.some((part) => part.body !== undefined);
    if (!hasBody) return parts[0]!.text();
    if (this.#lineOf(start) !== this.#lineOf(end)) return undefined;
    const texts: string[] = [];
    for (const { text, body } of parts) {
      texts.push(text());
      if (body === undefined) continue;
      const inner = body.statements.map((each) => this.#inline(each, 0));
      if (inner.includes(undefined)) return undefined;
      texts.push(inner.length === 0 ? "{}" : `{ ${inner.join("; ")} }`);
    }
    const whole = texts.join(" ");
    return indentation + whole.length <= width ? whole : undefined;
  }

  /** A statement whose bodies have lines of their own, or whose head holds comments. */
  #broken(statement: Statement, indent: string): void {
    this.#keepEmptyLine(statement.span.start);
    let line = indent;
    let start = statement.span.start;
    for (const part of this.#parts(statement)) {
      const end = part.body?.span.start ?? statement.span.end;
      line += this.#head(part, start, end, indent, line.length);
      if (part.body === undefined) break;
      line = this.#body(part.body, indent, `${line} `);
      start = part.body.span.end;
      line += " ";
    }
    this.#lines.push({ text: line.trimEnd() });
  }

  /** A head as it stands in the source where it holds comments, otherwise on one line or with a line for each item. */
  #head(part: Part, start: number, end: number, indent: string, column: number): string {
    if (this.#holdsComment(start, end)) {
      while ((this.#comments[this.#nextComment]?.span.start ?? end) < end) this.#nextComment += 1;
      return this.#file.text
        .slice(start, end)
        .trim()
        .replace(/[ \t]+(?=\r?\n)/g, "");
    }
    const flat = part.text();
    return column + flat.length + 2 <= width ? flat : part.text(indent);
  }

  /** Writes a body whose `{` follows on a line that begins with `before`; what is left over begins the next line. */
  #body(body: Body, indent: string, before: string): string {
    const { start, end } = body.span;
    if (body.statements.length === 0 && !this.#holdsComment(start, end)) return `${before}{}`;
    this.#lines.push({ text: `${before}{` });
    this.#written = start + 1;
    this.#trailingComment(body.statements[0]?.span.start ?? end);
    const outer = this.#bodyStart;
    this.#statements(body.statements, `${indent}  `, this.#written, end - 1);
    this.#bodyStart = outer;
    return `${indent}}`;
  }

  #parts(statement: Statement): readonly Part[] {
    return formatParts(statement, this.#rename);
  }

  // Comments and empty lines

  /** The comments that have lines of their own before an offset. */
  #ownComments(indent: string, before: number): void {
    for (;;) {
      const comment = this.#comments[this.#nextComment];
      if (comment === undefined || comment.span.start >= before) return;
      this.#keepEmptyLine(comment.span.start);
      this.#lines.push({ text: indent + comment.text });
      this.#written = comment.span.end;
      this.#nextComment += 1;
    }
  }

  /** The comment on the source line of what was written last. */
  #trailingComment(before: number): void {
    const comment = this.#comments[this.#nextComment];
    if (comment === undefined || comment.span.start >= before) return;
    if (this.#lineOf(comment.span.start) !== this.#lineOf(this.#written)) return;
    const last = this.#lines.at(-1)!;
    this.#lines[this.#lines.length - 1] = { text: last.text, comment: comment.text };
    this.#written = comment.span.end;
    this.#nextComment += 1;
  }

  #holdsComment(start: number, end: number): boolean {
    let low = this.#nextComment;
    let high = this.#comments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#comments[middle]!.span.start < start) low = middle + 1;
      else high = middle;
    }
    const comment = this.#comments[low];
    return comment !== undefined && comment.span.start < end;
  }

  #keepEmptyLine(before: number): void {
    if (this.#lines.length === this.#bodyStart) return;
    const gap = this.#file.text.slice(this.#written, before);
    if (gap.split("\n").length > 2) this.#lines.push({ text: "" });
  }

  #lineOf(offset: number): number {
    return this.#file.position(offset).line;
  }
}

/** Comments behind neighbouring lines of one indentation begin in one column. */
function alignComments(lines: Line[]): void {
  for (let from = 0; from < lines.length;) {
    let to = from;
    while (lines[to]?.comment !== undefined && indentation(lines[to]!) === indentation(lines[from]!)) to += 1;
    const run = lines.slice(from, to);
    const lengths = run.map(({ text }) => text.length - text.lastIndexOf("\n") - 1);
    const widest = Math.max(...lengths);
    const aligned = widest - Math.min(...lengths) <= widestGap;
    run.forEach((line, index) => {
      const gap = aligned ? widest - lengths[index]! : 0;
      line.comment = `${" ".repeat(gap + 2)}${line.comment}`;
    });
    from = Math.max(to, from + 1);
  }
}

function indentation({ text }: Line): number {
  return text.length - text.trimStart().length;
}
