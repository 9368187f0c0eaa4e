import type { TokenType } from "chevrotain";
import type { TextEdit } from "../diagnostics/diagnostic.ts";
import { type SourceFile, type Span, spanText } from "../source/source-file.ts";
import { isLineEnd } from "./brackets.ts";
import { rangeOfLoop } from "./loop-range.ts";
import type { MistakeSink } from "./mistake-sink.ts";
import { endsValue, makeToken } from "./scan.ts";
import { isSectionWord } from "./section-words.ts";
import {
  boundsStatement,
  Block,
  Close,
  CloseBody,
  CloseList,
  Colon,
  Else,
  For,
  Identifier,
  If,
  Model,
  Open,
  OpenBody,
  OpenCall,
  OpenList,
  Repeat,
  Separator,
  Shared,
  type Token,
} from "./tokens.ts";
import { withBlanksBefore } from "../source/blanks.ts";

const needsBody: ReadonlySet<TokenType> = new Set([Block, Else, For, If, Model, Repeat, Shared]);
const mergeWords = /^(?:branch|add|concat|multiply|average|maximum|minimum|subtract|dot)$/;
const elseIfWords = /^(?:elif|elsif|elseif)$/;
const openingWords = /^(?:do|then|begin)$/;
const closingWords = /^(?:end|endif|endfor|done|fi)$/;
/** The bodies that no `(` of parameters can stand before. */
const hasNoParameters: ReadonlySet<TokenType> = new Set([Else, For, If, Repeat, Shared]);
const opensValues: ReadonlySet<TokenType> = new Set([Open, OpenCall, OpenList]);
const closesValues: ReadonlySet<TokenType> = new Set([Close, CloseList]);
const endsStatement: ReadonlySet<TokenType | undefined> = new Set([Separator, CloseBody, Else, undefined]);

/** The habit of writing bodies without braces. */
export const bodiesWithoutBraces = "bodies without braces";

/**
 * Bodies as Python and YAML have them, lines further in with or without a colon, or in other brackets, and Python's `range`:
 * reported once for all of them with the braces that they need, which the tokens that come back have.
 */
export function bracesForBodies(
  file: SourceFile,
  tokens: readonly Token[],
  sink: MistakeSink,
): readonly Token[] {
  const mayBeForeign = tokens.some(({ tokenType, image }) => {
    if (tokenType === Identifier) return image === "range" || takesBodyAlone(image);
    return tokenType === Colon || needsBody.has(tokenType);
  });
  return mayBeForeign ? new Bodies(file, tokens, sink).withBraces() : tokens;
}

/** A body that is being read. */
interface OpenedBody {
  /** The index of its statement's first token. */
  readonly first: number;
  /** The index of its last token. */
  readonly last: number;
  /** The index of the `else` that goes on with its statement, or of the `end` that closes it. */
  readonly after: number | undefined;
  /** Whether it stands on its statement's line. */
  readonly isOnLine: boolean;
}

class Bodies {
  readonly #file: SourceFile;
  readonly #tokens: readonly Token[];
  readonly #sink: MistakeSink;
  readonly #out: Token[] = [];
  readonly #bodies: OpenedBody[] = [];
  /** Every `else` that goes on with a statement whose body has no braces. */
  readonly #others = new Set<number>();
  /** The brackets that stand for a `}`. */
  readonly #ends = new Set<number>();
  #closers: Int32Array | undefined;

  constructor(file: SourceFile, tokens: readonly Token[], sink: MistakeSink) {
    this.#file = file;
    this.#tokens = tokens;
    this.#sink = sink;
  }

  withBraces(): readonly Token[] {
    let first = 0;
    let depth = 0;
    for (let index = 0; index < this.#tokens.length; index += 1) {
      const token = this.#tokens[index]!;
      const { tokenType } = token;
      if (depth === 0 && boundsStatement.has(this.#tokens[index - 1]?.tokenType)) first = index;
      if (depth === 0 && opensValues.has(tokenType) && this.#openAtBracket(index, first)) continue;
      if (opensValues.has(tokenType)) depth += 1;
      else if (closesValues.has(tokenType) && !this.#ends.has(index)) depth -= 1;
      if (tokenType === For) index = this.#loop(index);
      else if (tokenType === Colon && this.#open(index, first)) continue;
      else if (this.#others.has(index) && tokenType === Identifier) this.#elseIf(token);
      else if (this.#ends.has(index))
        this.#out.push(makeToken(CloseBody, "}", token.startOffset, token.endOffset));
      else {
        if (depth === 0 && isLineEnd(token) && this.#out.at(-1)?.tokenType !== OpenBody)
          this.#openAtLineEnd(index, first);
        this.#out.push(token);
      }
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
    const edit = { span, text };
    const next = this.#tokens[last + 1];
    if (next?.tokenType === Colon && this.#open(last + 1, index, edit)) return last + 1;
    if (next !== undefined && isLineEnd(next) && this.#openAtLineEnd(last + 1, index, edit)) return last;
    this.#sink.report("CNN133", "there is no function `range`", span, {
      help: `write \`${text}\`; a range such as \`1..3\` counts both its ends`,
      fix: { title: `write ${text}`, edits: [edit] },
    });
    return last;
  }

  /** The `{` for the colon of a statement whose body stands further in or on its line; false where that is not so. */
  #open(colon: number, first: number, range?: TextEdit): boolean {
    if (!this.#takesBody(first, colon)) return false;
    const isOnLine = !isLineEnd(this.#tokens[colon + 1] ?? this.#tokens[colon]!);
    const body = isOnLine ? this.#restOfLine(colon, first) : this.#linesFurtherIn(colon, first);
    if (body === undefined) return false;
    const token = this.#tokens[colon]!;
    this.#noteBody(first, this.#withBlanks(token), range);
    this.#enterBody(first, body, isOnLine);
    this.#out.push(makeToken(OpenBody, "{", token.startOffset, token.endOffset));
    return true;
  }

  /** `repeat 3` or `train` with nothing more on its line, before lines that stand further in; false where that is not so. */
  #openAtLineEnd(index: number, first: number, range?: TextEdit): boolean {
    if (this.#tokens[first]!.tokenType === Model || !this.#takesBody(first, index)) return false;
    const body = this.#linesFurtherIn(index, first);
    if (body === undefined || this.#tokens[body.start]!.tokenType === OpenBody) return false;
    const opening = this.#tokens[index - 1]!;
    const { endOffset: end } = opening;
    const hasWord = index - 1 > first && openingWords.test(opening.image);
    if (hasWord) this.#out.pop();
    this.#noteBody(first, hasWord ? this.#withBlanks(opening) : { file: this.#file, start: end, end }, range);
    this.#enterBody(first, body, false);
    this.#out.push(makeToken(OpenBody, "{", end, end));
    return true;
  }

  /** `train [ … ]`, `repeat 3 (`: the `{` for another bracket; false where it opens values. */
  #openAtBracket(index: number, first: number): boolean {
    const head = this.#tokens[first]!.tokenType;
    if (index === first || head === Model || !this.#takesBody(first, index)) return false;
    const token = this.#tokens[index]!;
    const next = this.#tokens[index + 1];
    const isSection = isSectionWord(this.#tokens[first]!.image);
    const opensLine =
      next !== undefined && isLineEnd(next) && endsValue.has(this.#tokens[index - 1]!.tokenType);
    const isList = token.tokenType === OpenList;
    if (!isSection && !(opensLine && (isList || hasNoParameters.has(head)))) return false;
    const end = this.#closerOf(index);
    if (end === undefined || !endsStatement.has(this.#tokens[end + 1]?.tokenType)) return false;
    const { text } = this.#file;
    this.#noteBody(
      first,
      this.#withBlanks(token),
      undefined,
      /\S/.test(text[token.endOffset] ?? "") ? " { " : " {",
    );
    const { startOffset, endOffset } = this.#tokens[end]!;
    const closing = /\S/.test(text[startOffset - 1] ?? "") ? " }" : "}";
    this.#sink.addEdits(bodiesWithoutBraces, [
      { span: { file: this.#file, start: startOffset, end: endOffset }, text: closing },
    ]);
    this.#ends.add(end);
    this.#out.push(makeToken(OpenBody, "{", token.startOffset, token.endOffset));
    return true;
  }

  /** The index of the bracket that closes the one at an index. */
  #closerOf(index: number): number | undefined {
    if (this.#closers === undefined) {
      this.#closers = new Int32Array(this.#tokens.length).fill(-1);
      const open: number[] = [];
      for (let at = 0; at < this.#tokens.length; at += 1) {
        const { tokenType } = this.#tokens[at]!;
        if (opensValues.has(tokenType)) open.push(at);
        else if (closesValues.has(tokenType)) this.#closers[open.pop() ?? at] = at;
      }
    }
    const closer = this.#closers[index]!;
    return closer < 0 ? undefined : closer;
  }

  #enterBody(first: number, { last, next }: { last: number; next: number }, isOnLine: boolean): void {
    const isBeside =
      !isOnLine && next < this.#tokens.length && this.#indentation(next) === this.#indentation(first);
    const goesOn = isBeside && this.#isElse(next);
    if (goesOn) this.#others.add(next);
    const isClosed = isBeside && closingWords.test(this.#tokens[next]!.image);
    this.#bodies.push({ first, last, after: goesOn || isClosed ? next : undefined, isOnLine });
  }

  /** The lines after a statement's head that stand further in: their first token, their last, and the one after. */
  #linesFurtherIn(head: number, first: number): { start: number; last: number; next: number } | undefined {
    const outside = this.#indentation(first);
    let start: number | undefined;
    let last: number | undefined;
    let next = head + 1;
    for (let depth = 0; next < this.#tokens.length; next += 1) {
      const { tokenType } = this.#tokens[next]!;
      if (tokenType === Separator) continue;
      if (depth === 0 && isLineEnd(this.#tokens[next - 1]!) && this.#indentation(next) <= outside) break;
      if (tokenType === OpenBody) depth += 1;
      else if (tokenType === CloseBody && --depth < 0) break;
      start ??= next;
      last = next;
    }
    return start === undefined || last === undefined ? undefined : { start, last, next };
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

  /** @param place the colon with the blanks before it, or where a `{` is missing */
  #noteBody(first: number, place: Span, range?: TextEdit, opening = " {"): void {
    const edits = [...(range === undefined ? [] : [range]), { span: place, text: opening }];
    // An `else` belongs to its `if`, which is told.
    if (this.#others.has(first)) return this.#sink.addEdits(bodiesWithoutBraces, edits);
    const start = this.#tokens[first]!.startOffset;
    const written = this.#file.text.slice(start, place.start).trimEnd();
    const head = range === undefined ? written : written.replace(spanText(range.span), range.text);
    const blanks = /^[ \t]*/.exec(spanText(place))![0].length;
    const sign = { ...place, start: place.start + blanks };
    this.#sink.note(bodiesWithoutBraces, {
      code: "CNN002",
      message: "a body stands in braces",
      span: range === undefined ? sign : { ...range.span, end: place.end },
      text: place.start === place.end ? "expected `{`" : undefined,
      help: `write \`${head.length > 50 ? "repeat 3" : head} { … }\`${range === undefined ? "" : ": both ends are counted"}`,
      title: "write braces",
      edits,
    });
  }

  /** Ends the bodies whose last token was read; gives the index of the last token that need not be read. */
  #close(index: number): number {
    let at = index;
    while (this.#bodies.at(-1)?.last === index) {
      const body = this.#bodies.pop()!;
      const { endOffset: end } = this.#tokens[body.last]!;
      this.#out.push(makeToken(CloseBody, "}", end, end));
      this.#sink.addEdits(bodiesWithoutBraces, [this.#closing(body)]);
      // An `else` stands on the line of the `}` before it, and an `end` is that `}`.
      if (body.after !== undefined) at = this.#others.has(body.after) ? body.after - 1 : body.after;
    }
    return at;
  }

  #closing({ first, last, after, isOnLine }: OpenedBody): TextEdit {
    const point = (at: number): Span => ({ file: this.#file, start: at, end: at });
    if (after !== undefined) {
      const { startOffset: start, endOffset: end } = this.#tokens[after]!;
      if (this.#others.has(after)) return { span: point(start), text: "} " };
      return { span: { file: this.#file, start, end }, text: "}" };
    }
    if (isOnLine) return { span: point(this.#tokens[last]!.endOffset), text: " }" };
    const { lineBlanks, end } = this.#lineOf(first, last);
    return { span: point(end), text: `\n${lineBlanks}}` };
  }

  #elseIf({ startOffset: start, endOffset: end }: Token): void {
    this.#sink.addEdits(bodiesWithoutBraces, [{ span: { file: this.#file, start, end }, text: "else if" }]);
    this.#out.push(makeToken(Else, "else", start, end), makeToken(If, "if", start, end));
  }

  /** Whether the statement between two tokens is the head of a body. */
  #takesBody(first: number, end: number): boolean {
    const { tokenType, image } = this.#tokens[first]!;
    if (needsBody.has(tokenType) || this.#others.has(first)) return true;
    return first === end - 1 && tokenType === Identifier && takesBodyAlone(image);
  }

  #isElse(index: number): boolean {
    const token = this.#tokens[index];
    return token?.tokenType === Else || (token?.tokenType === Identifier && elseIfWords.test(token.image));
  }

  #withBlanks({ startOffset, endOffset }: Token): Span {
    return withBlanksBefore({ file: this.#file, start: startOffset, end: endOffset });
  }

  /** The blanks before a statement, and the end of the line of its last token. */
  #lineOf(first: number, last: number): { readonly lineBlanks: string; readonly end: number } {
    const { text } = this.#file;
    const lineStart = text.lastIndexOf("\n", this.#tokens[first]!.startOffset - 1) + 1;
    const lineBlanks = text.slice(lineStart, lineStart + this.#indentation(first));
    const rest = /[^\r\n]*/y;
    rest.lastIndex = this.#tokens[last]!.endOffset;
    rest.exec(text);
    return { lineBlanks, end: rest.lastIndex };
  }

  #indentation(index: number): number {
    const { text } = this.#file;
    const { startOffset } = this.#tokens[index]!;
    const lineStart = text.lastIndexOf("\n", startOffset - 1) + 1;
    return /^[ \t]*/.exec(text.slice(lineStart, startOffset))![0].length;
  }
}

/** Whether a word alone on its line is the head of a body: a section's, a merge's, `branch`. */
function takesBodyAlone(image: string): boolean {
  return isSectionWord(image) || isMergeWord(image);
}

/** A word that merges branches, or `branch` itself. */
export function isMergeWord(image: string): boolean {
  return mergeWords.test(image);
}
