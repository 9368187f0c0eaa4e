import type { TokenType } from "chevrotain";
import type { DiagnosticSink, TextEdit } from "../diagnostics/diagnostic.ts";
import { type SourceFile, type Span, spanText } from "../source/source-file.ts";
import { isLineEnd } from "./brackets.ts";
import { rangeOfLoop } from "./loop-range.ts";
import { makeToken } from "./scan.ts";
import { isSectionWord } from "./section-words.ts";
import {
  boundsStatement,
  Block,
  CloseBody,
  Colon,
  Else,
  For,
  Identifier,
  If,
  Model,
  OpenBody,
  Repeat,
  Separator,
  Shared,
  type Token,
} from "./tokens.ts";

const needsBody: ReadonlySet<TokenType> = new Set([Block, Else, For, If, Model, Repeat, Shared]);
const mergeWords = /^(?:branch|add|concat|multiply|average|maximum|minimum|subtract|dot)$/;
const elseIfWords = /^(?:elif|elsif|elseif)$/;

/**
 * Bodies as Python has them, a colon and lines further in, and its `range`: reported once a statement with the braces that they
 * need, which the tokens that come back have.
 */
export function bracesForIndentation(
  file: SourceFile,
  tokens: readonly Token[],
  sink: DiagnosticSink,
): readonly Token[] {
  const isForeign = tokens.some(
    ({ tokenType, image }) => tokenType === Colon || (tokenType === Identifier && image === "range"),
  );
  return isForeign ? new Indentation(file, tokens, sink).withBraces() : tokens;
}

/** A body that is being read. */
interface OpenedBody {
  /** The index of its last token. */
  readonly last: number;
  /** Whether an `else` goes on with its statement. */
  readonly goesOn: boolean;
}

class Indentation {
  readonly #file: SourceFile;
  readonly #tokens: readonly Token[];
  readonly #sink: DiagnosticSink;
  readonly #out: Token[] = [];
  readonly #bodies: OpenedBody[] = [];
  /** The edits of statements that an `else` further down goes on with, by its index. */
  readonly #chains = new Map<number, TextEdit[]>();

  constructor(file: SourceFile, tokens: readonly Token[], sink: DiagnosticSink) {
    this.#file = file;
    this.#tokens = tokens;
    this.#sink = sink;
  }

  withBraces(): readonly Token[] {
    let first = 0;
    for (let index = 0; index < this.#tokens.length; index += 1) {
      const token = this.#tokens[index]!;
      if (boundsStatement.has(this.#tokens[index - 1]?.tokenType)) first = index;
      if (token.tokenType === For) index = this.#loop(index);
      else if (token.tokenType === Colon && this.#open(index, first)) continue;
      else if (this.#chains.has(index) && token.tokenType === Identifier) this.#elseIf(token);
      else this.#out.push(token);
      index = this.#close(index);
    }
    return this.#out;
  }

  /** A `for`, with what stands for Python's `range`; gives the index of the last token that was read. */
  #loop(index: number): number {
    const range = rangeOfLoop(this.#file, this.#tokens, index);
    this.#out.push(this.#tokens[index]!);
    if (range === undefined) return index;
    const { span, text, last } = range;
    for (let at = index + 1; this.#tokens[at]!.startOffset < span.start; at += 1)
      this.#out.push(this.#tokens[at]!);
    this.#out.push(...range.tokens);
    const edits = [{ span, text }];
    if (this.#tokens[last + 1]?.tokenType === Colon && this.#open(last + 1, index, edits)) return last + 1;
    this.#sink.report("CNN133", "there is no function `range`", span, {
      help: `write \`${text}\`; a range such as \`1..3\` counts both its ends`,
      fix: { title: `write ${text}`, edits },
    });
    return last;
  }

  /** The `{` for the colon of a statement whose body stands further in or on its line; false where that is not so. */
  #open(colon: number, first: number, others: readonly TextEdit[] = []): boolean {
    if (!this.#takesBody(first, colon)) return false;
    const isOnLine = !isLineEnd(this.#tokens[colon + 1] ?? this.#tokens[colon]!);
    const body = isOnLine ? this.#restOfLine(colon, first) : this.#linesFurtherIn(colon, first);
    if (body === undefined) return false;
    const { last, next } = body;
    const goesOn = !isOnLine && this.#isElse(next) && this.#indentation(next) === this.#indentation(first);
    const chain = this.#chains.get(first);
    const edits = chain ?? [...others];
    const token = this.#tokens[colon]!;
    edits.push({ span: this.#colonWithBlanks(token), text: " {" });
    if (goesOn) {
      edits.push({ span: this.#placeBefore(this.#tokens[next]!), text: "} " });
      this.#chains.set(next, edits);
    } else if (isOnLine) {
      const { endOffset: end } = this.#tokens[last]!;
      edits.push({ span: { file: this.#file, start: end, end }, text: " }" });
    } else {
      const { lineBlanks, end } = this.#lineOf(first, last);
      edits.push({ span: end, text: `\n${lineBlanks}}` });
    }
    if (chain === undefined) this.#report(first, token, edits, others[0]);
    this.#out.push(makeToken(OpenBody, "{", token.startOffset, token.endOffset));
    this.#bodies.push({ last, goesOn });
    return true;
  }

  /** The lines after a colon that stand further in than its statement: their last token, and the one after. */
  #linesFurtherIn(colon: number, first: number): { last: number; next: number } | undefined {
    const outside = this.#indentation(first);
    let last: number | undefined;
    let next = colon + 1;
    for (; next < this.#tokens.length; next += 1) {
      if (this.#tokens[next]!.tokenType === Separator) continue;
      if (isLineEnd(this.#tokens[next - 1]!) && this.#indentation(next) <= outside) break;
      last = next;
    }
    return last === undefined ? undefined : { last, next };
  }

  /** `repeat 3: conv 8 3x3`: what a control word holds on its own line. */
  #restOfLine(colon: number, first: number): { last: number; next: number } | undefined {
    const { tokenType } = this.#tokens[first]!;
    if (tokenType === Model || !needsBody.has(tokenType)) return undefined;
    let next = colon + 1;
    while (next < this.#tokens.length && !isLineEnd(this.#tokens[next]!)) {
      // A brace of its own is another mistake.
      if (this.#tokens[next]!.tokenType === OpenBody || this.#tokens[next]!.tokenType === CloseBody)
        return undefined;
      next += 1;
    }
    return next === colon + 1 ? undefined : { last: next - 1, next };
  }

  #report(first: number, colon: Token, edits: readonly TextEdit[], range: TextEdit | undefined): void {
    const span = { file: this.#file, start: range?.span.start ?? colon.startOffset, end: colon.endOffset };
    const start = this.#tokens[first]!.startOffset;
    const written = this.#file.text.slice(start, colon.startOffset).trimEnd();
    const head = range === undefined ? written : written.replace(spanText(range.span), range.text);
    this.#sink.report("CNN002", "a body stands in braces", span, {
      help: `write \`${head.length > 50 ? "repeat 3" : head} { … }\`${range === undefined ? "" : ": both ends are counted"}`,
      fix: { title: "write braces", edits },
    });
  }

  /** Ends the bodies whose last token was read; gives the index of the last token that need not be read. */
  #close(index: number): number {
    let at = index;
    while (this.#bodies.at(-1)?.last === index) {
      const { goesOn } = this.#bodies.pop()!;
      const end = this.#tokens[index]!.endOffset;
      this.#out.push(makeToken(CloseBody, "}", end, end));
      // An `else` stands on the line of the `}` before it.
      if (goesOn) while (this.#tokens[at + 1]?.tokenType === Separator) at += 1;
    }
    return at;
  }

  #elseIf(token: Token): void {
    const { startOffset: start, endOffset: end } = token;
    this.#chains
      .get(this.#tokens.indexOf(token))!
      .push({ span: { file: this.#file, start, end }, text: "else if" });
    this.#out.push(makeToken(Else, "else", start, end), makeToken(If, "if", start, end));
  }

  #takesBody(first: number, colon: number): boolean {
    const { tokenType, image } = this.#tokens[first]!;
    if (needsBody.has(tokenType)) return true;
    if (this.#chains.has(first)) return true;
    return (
      first === colon - 1 && tokenType === Identifier && (isSectionWord(image) || mergeWords.test(image))
    );
  }

  #isElse(index: number): boolean {
    const token = this.#tokens[index];
    return token?.tokenType === Else || (token?.tokenType === Identifier && elseIfWords.test(token.image));
  }

  #colonWithBlanks({ startOffset, endOffset }: Token): Span {
    let start = startOffset;
    while (/[ \t]/.test(this.#file.text[start - 1] ?? "")) start -= 1;
    return { file: this.#file, start, end: endOffset };
  }

  #placeBefore({ startOffset: start }: Token): Span {
    return { file: this.#file, start, end: start };
  }

  /** The blanks before a statement, and the end of the line of its last token. */
  #lineOf(first: number, last: number): { readonly lineBlanks: string; readonly end: Span } {
    const { text } = this.#file;
    const lineStart = text.lastIndexOf("\n", this.#tokens[first]!.startOffset - 1) + 1;
    const lineBlanks = text.slice(lineStart, lineStart + this.#indentation(first));
    const rest = /[^\r\n]*/y;
    rest.lastIndex = this.#tokens[last]!.endOffset;
    rest.exec(text);
    const at = rest.lastIndex;
    return { lineBlanks, end: { file: this.#file, start: at, end: at } };
  }

  #indentation(index: number): number {
    const { text } = this.#file;
    const { startOffset } = this.#tokens[index]!;
    const lineStart = text.lastIndexOf("\n", startOffset - 1) + 1;
    return /^[ \t]*/.exec(text.slice(lineStart, startOffset))![0].length;
  }
}
