import type { TokenType } from "chevrotain";
import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { SourceFile, Span } from "../source/source-file.ts";
import { type Brackets, isLineEnd, matchBrackets } from "./brackets.ts";
import type { MistakeSink } from "./mistake-sink.ts";
import { withoutNeedlessBraces } from "./needless-braces.ts";
import { beginsValue, endsValue, makeToken, retype } from "./scan.ts";
import { needsBody } from "./mistake.ts";
import {
  boundsStatement,
  Close,
  CloseBody,
  CloseList,
  Colon,
  Identifier,
  OpenBody,
  OpenList,
  Separator,
  type Token,
} from "./tokens.ts";

/**
 * Reports brackets that are not closed, close nothing or close another kind, and returns tokens in which every bracket
 * has its partner: closing tokens of no length are put in where the bracket seems to have ended.
 */
export function balanceBrackets(
  file: SourceFile,
  tokens: readonly Token[],
  sink: MistakeSink,
): readonly Token[] {
  const brackets = matchBrackets(file, tokens);
  if (areEven(brackets)) return tokens;
  const needed = withoutNeedlessBraces(file, tokens, sink);
  if (needed === tokens) return new Balancer(file, tokens, brackets, sink).balance();
  return balanceBrackets(file, needed, sink);
}

function areEven({ endsBefore, extra, mistaken }: Brackets): boolean {
  return endsBefore.size === 0 && extra.size === 0 && mistaken.size === 0;
}

class Balancer {
  readonly #file: SourceFile;
  readonly #tokens: readonly Token[];
  readonly #brackets: Brackets;
  readonly #sink: DiagnosticSink;
  readonly #out: Token[] = [];
  /** The indices of the brackets that are open. */
  readonly #open: number[] = [];
  /** Values that a line's end closed before their statement's end did. */
  readonly #closedEarly = new Set<number>();

  constructor(file: SourceFile, tokens: readonly Token[], brackets: Brackets, sink: DiagnosticSink) {
    this.#file = file;
    this.#tokens = tokens;
    this.#brackets = brackets;
    this.#sink = sink;
  }

  balance(): Token[] {
    const { endsBefore, extra } = this.#brackets;
    for (let index = 0; index < this.#tokens.length; index += 1) {
      if (endsBefore.has(index)) this.#closeAll(endsBefore.get(index)!);
      const token = this.#tokens[index]!;
      if (extra.has(index)) {
        this.#reportExtra(index);
        continue;
      }
      if (isLineEnd(token) && this.#isJuxtaposed(index)) this.#closeValues();
      if (closerOf(token.tokenType) !== undefined) this.#open.push(index);
      else if (token.tokenType === Close || token.tokenType === CloseList || token.tokenType === CloseBody) {
        this.#closeMistaken(index);
        this.#open.pop();
      }
      this.#out.push(token);
    }
    if (endsBefore.has(this.#tokens.length)) this.#closeAll(endsBefore.get(this.#tokens.length)!);
    return this.#out;
  }

  /** Closes what ends here without a bracket of its own, as far as it has not been closed before. */
  #closeAll(openers: readonly number[]): void {
    const count = openers.filter((index) => !this.#closedEarly.has(index)).length;
    const ended = this.#open.splice(this.#open.length - count).reverse();
    const isBody = (index: number): boolean => this.#tokens[index]!.tokenType === OpenBody;
    // Innermost first, so the values of a body come before it; each run of one sort is one report.
    for (let from = 0; from < ended.length;) {
      let to = from + 1;
      while (to < ended.length && isBody(ended[to]!) === isBody(ended[from]!)) to += 1;
      this.#closeRun(ended.slice(from, to));
      from = to;
    }
  }

  /** A line's end closes open values that were never closed, once the next line cannot go on with them. */
  #closeValues(): void {
    let from = this.#open.length;
    while (from > 0 && this.#isUnclosedValue(this.#open[from - 1]!)) from -= 1;
    const ended = this.#open.splice(from).reverse();
    for (const index of ended) this.#closedEarly.add(index);
    this.#closeRun(ended);
  }

  #isUnclosedValue(index: number): boolean {
    return this.#brackets.closer[index] === -1 && this.#tokens[index]!.tokenType !== OpenBody;
  }

  /** Whether the line after an unclosed value is a statement: it cannot go on with the value, or not as it goes on. */
  #isJuxtaposed(index: number): boolean {
    if (this.#open.length === 0 || !this.#isUnclosedValue(this.#open.at(-1)!)) return false;
    const [previous, next, second] = [this.#out.at(-1), this.#tokens[index + 1], this.#tokens[index + 2]];
    if (previous === undefined || next === undefined || !beginsValue.has(next.tokenType)) return false;
    if (endsValue.has(previous.tokenType)) return true;
    const goesOn = second !== undefined && (second.tokenType === Colon || beginsValue.has(second.tokenType));
    return next.tokenType === Identifier && goesOn;
  }

  /** Puts in the closing tokens of some brackets of one sort, innermost first, and reports them as one mistake. */
  #closeRun(openers: readonly number[]): void {
    if (openers.length === 0) return;
    const tail: Token[] = [];
    while (this.#out.length > 0 && isLineEnd(this.#out.at(-1)!)) tail.push(this.#out.pop()!);
    const at = this.#out.at(-1)!.endOffset;
    const closers = openers.map((index) => closerOf(this.#tokens[index]!.tokenType)!);
    this.#reportOpen(openers, closers, at);
    for (const type of closers) this.#out.push(makeToken(type, "", at));
    for (const token of tail.reverse()) this.#out.push(token);
  }

  #reportOpen(openers: readonly number[], closers: readonly TokenType[], at: number): void {
    const innermost = this.#tokens[openers[0]!]!;
    const closer = closers[0]!.LABEL!;
    const lines = openers.slice(0, 3).map((index) => this.#tokens[index]!);
    const line = this.#file.position(innermost.startOffset).line;
    const missing = openers
      .slice(0, 3)
      .map((_, index) => this.#missing(openers[index]!, closers[index]!, at));
    const isAnywhere = openers.length <= 3 && openers.some((index) => this.#endsAnywhere(index));
    this.#sink.report(
      "CNN005",
      openers.length === 1
        ? `the \`${innermost.image}\` of line ${line} is not closed`
        : `${openers.length} brackets are not closed`,
      { file: this.#file, start: at, end: at },
      {
        text: `expected \`${closer}\``,
        labels: lines.map((token) => ({ span: this.#span(token), text: "opened here" })),
        ...(isAnywhere ? { help: "write `}` behind the last line that belongs to it" } : {}),
        ...(openers.length <= 3 && !isAnywhere
          ? { fix: { title: "close it", edits: [{ span: this.#point(at), text: missing.join("") }] } }
          : {}),
      },
    );
  }

  /** Whether nothing tells where the body of a loop, block or condition ends: its lines stand no further in. */
  #endsAnywhere(opener: number): boolean {
    let head = opener;
    while (!boundsStatement.has(this.#tokens[head - 1]?.tokenType)) head -= 1;
    let first = opener + 1;
    while (this.#tokens[first]?.tokenType === Separator) first += 1;
    const [outer, inner] = [this.#tokens[head]!, this.#tokens[first]];
    if (inner === undefined || first === opener + 1 || !needsBody.has(outer.tokenType)) return false;
    return this.#indentation(inner) <= this.#indentation(outer);
  }

  #indentation({ startOffset }: Token): number {
    return /^[ \t]*/.exec(this.#file.lineText(this.#file.position(startOffset).line))![0].length;
  }

  /** The text that closes a bracket: a `}` stands in its own line where its body began on one. */
  #missing(index: number, closer: TokenType, at: number): string {
    if (closer !== CloseBody) return closer.LABEL!;
    const opener = this.#tokens[index]!.startOffset;
    const { line } = this.#file.position(opener);
    if (line === this.#file.position(at).line) return " }";
    return `\n${/^[ \t]*/.exec(this.#file.lineText(line))![0]}}`;
  }

  #closeMistaken(index: number): void {
    const opener = this.#brackets.mistaken.get(index);
    if (opener === undefined) return;
    const token = this.#tokens[index]!;
    const opening = this.#tokens[opener]!;
    const type = closerOf(opening.tokenType)!;
    const span = this.#span(token);
    this.#sink.report("CNN005", `a \`${token.image}\` closes a \`${opening.image}\``, span, {
      labels: [{ span: this.#span(opening), text: "opened here" }],
      fix: { title: `write \`${type.LABEL}\``, edits: [{ span, text: type.LABEL! }] },
    });
    retype(token, type);
  }

  /** Closing brackets side by side that close nothing are one mistake. */
  #reportExtra(index: number): void {
    const { extra } = this.#brackets;
    if (extra.has(index - 1) && this.#tokens[index - 1]!.endOffset === this.#tokens[index]!.startOffset)
      return;
    let last = index;
    while (extra.has(last + 1) && this.#tokens[last]!.endOffset === this.#tokens[last + 1]!.startOffset)
      last += 1;
    const span = { ...this.#span(this.#tokens[index]!), end: this.#tokens[last]!.endOffset };
    const one = last === index;
    this.#sink.report(
      "CNN005",
      one ? `this \`${this.#tokens[index]!.image}\` closes nothing` : "these brackets close nothing",
      span,
      { fix: { title: one ? "remove it" : "remove them", edits: [{ span, text: "" }] } },
    );
  }

  #point(at: number): Span {
    return { file: this.#file, start: at, end: at };
  }

  #span(token: Token): Span {
    return { file: this.#file, start: token.startOffset, end: token.endOffset };
  }
}

/** The token that closes an opening one; undefined for every other. */
function closerOf(type: TokenType): TokenType | undefined {
  if (type.LABEL === "(") return Close;
  if (type === OpenList) return CloseList;
  return type === OpenBody ? CloseBody : undefined;
}
