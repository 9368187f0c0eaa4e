import {
  EmbeddedActionsParser,
  isRecognitionException,
  type IParserErrorMessageProvider,
  type IRecognitionException,
  type TokenType,
} from "chevrotain";
import { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import { SourceFile, type Span } from "../source/source-file.ts";
import type { Identifier, MissingExpression } from "./ast.ts";
import { LazyLookahead } from "./lookahead.ts";
import { mostMistakes } from "./mistake-sink.ts";
import { describeMistake } from "./mistakes.ts";
import { CloseBody, OpenBody, Separator, tokenTypes, type Token } from "./tokens.ts";

/** The parser's own messages only carry what was expected to the place where a mistake is put into words. */
const expectedTokenNames: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => expected.name,
  buildNoViableAltMessage: () => "",
  buildEarlyExitMessage: () => "",
  buildNotAllInputParsedMessage: () => "",
};

/** Tokens that are looked at to choose between rules. */
const mostLookahead = 2;

/**
 * A parser whose statements each survive their own mistakes. Chevrotain's recovery guesses tokens and skips through
 * follow sets; here the layout of the tokens is known to be sound (pairs of brackets, one separator a statement), so a
 * mistake ends where its statement's head ends: at the separator, at its `{` or at the `}` around it.
 */
export class GuardedParser extends EmbeddedActionsParser {
  protected file: SourceFile = new SourceFile("", "");
  protected sink: DiagnosticSink = new DiagnosticSink();
  /** Where earlier passes have reported something, in ascending order. */
  #reported: readonly number[] = [];
  #mistakes = 0;
  #tokens: readonly Token[] = [];
  /** Chevrotain's index of the token that was consumed last. */
  declare private currIdx: number;

  constructor(skipValidations: boolean) {
    super([...tokenTypes], {
      maxLookahead: mostLookahead,
      lookaheadStrategy: new LazyLookahead({ maxLookahead: mostLookahead }),
      skipValidations,
      errorMessageProvider: expectedTokenNames,
    });
  }

  /** Sets the tokens to parse. `reported` are offsets at which earlier passes have reported something, ascending. */
  start(file: SourceFile, tokens: readonly Token[], sink: DiagnosticSink, reported: readonly number[]): void {
    this.file = file;
    this.sink = sink;
    this.#reported = reported;
    this.#mistakes = 0;
    this.#tokens = tokens;
    // Chevrotain pads its list.
    this.input = [...tokens];
  }

  /**
   * Parses a statement's head, of which nothing may be left over. After a mistake, which is reported, the parser stands
   * before the head's body, where it may have one, or after the statement; the result is false.
   */
  protected guard(parseHead: () => void, body: "with body" | "without body"): boolean {
    if (this.RECORDING_PHASE) {
      parseHead();
      return true;
    }
    const first = this.currIdx + 1;
    let exception: IRecognitionException | undefined;
    try {
      parseHead();
    } catch (error) {
      if (!isRecognitionException(error as Error)) throw error;
      exception = error as IRecognitionException;
    }
    if (exception === undefined && (this.isAtEnd() || (body === "with body" && this.isNext(OpenBody))))
      return true;
    this.reportMistake(first, exception);
    this.#skipStatement(body === "with body");
    return false;
  }

  /** Reports what stands in no statement, or behind a whole one, and skips it; true where there was something. */
  protected skipRest(): boolean {
    if (this.isAtEnd()) return false;
    this.reportMistake(this.currIdx + 1, undefined);
    this.#skipStatement(false);
    return true;
  }

  /** Puts into words that the next token does not fit; nothing where the statement's mistake is already reported. */
  protected reportMistake(first: number, exception: IRecognitionException | undefined): void {
    const tokens = this.#tokens;
    const at = this.currIdx + 1;
    this.#mistakes += 1;
    if (this.#wasReported(first, at)) return;
    const mistake = describeMistake({
      file: this.file,
      tokens,
      first,
      at,
      expected: exception === undefined || exception.message === "" ? undefined : exception.message,
    });
    const { message, span, ...details } = mistake;
    this.sink.report("CNN002", message, span, details);
  }

  protected isNext(type: TokenType): boolean {
    return this.LA(1).tokenType === type;
  }

  /** From the token that comes next up to the one that was consumed last. */
  protected spanFrom(first: Token): Span {
    const last = this.LA(0) as Token;
    return { file: this.file, start: first.startOffset, end: Math.max(first.endOffset, last.endOffset) };
  }

  protected spanOf(token: Token): Span {
    return { file: this.file, start: token.startOffset, end: token.endOffset };
  }

  /** The next token; at the end of the file one of no length. */
  protected nextToken(): Token {
    const next = this.LA(1) as Token;
    if (!Number.isNaN(next.startOffset)) return next;
    const end = this.#tokens[this.currIdx]?.endOffset ?? 0;
    return { ...next, startOffset: end, endOffset: end };
  }

  protected identifier(token: Token): Identifier {
    return { name: token.image, span: this.spanOf(token) };
  }

  protected missing(): MissingExpression {
    return { kind: "missing", span: this.spanOf(this.nextToken()) };
  }

  protected isAtEnd(): boolean {
    const { tokenType } = this.LA(1);
    return tokenType === Separator || tokenType === CloseBody || this.currIdx + 1 >= this.#tokens.length;
  }

  /** After so many mistakes the rest of the file is not looked at. */
  protected giveUpAfterMany(): void {
    if (this.#mistakes >= mostMistakes) this.#skipWhile((depth, type) => depth > 0 || type !== CloseBody);
  }

  /** Skips to the end of the statement, over its body too unless it is wanted. */
  #skipStatement(wantsBody: boolean): void {
    this.#skipWhile((depth, type) => {
      if (depth > 0) return true;
      return type !== CloseBody && type !== Separator && !(wantsBody && type === OpenBody);
    });
  }

  #skipWhile(goesOn: (depth: number, type: TokenType) => boolean): void {
    let depth = 0;
    while (this.currIdx + 1 < this.#tokens.length) {
      const { tokenType } = this.LA(1);
      if (!goesOn(depth, tokenType)) return;
      if (tokenType === OpenBody) depth += 1;
      else if (tokenType === CloseBody) depth -= 1;
      this.currIdx += 1;
    }
  }

  /** Whether an earlier pass has reported something between a statement's first token and the end of its head. */
  #wasReported(first: number, at: number): boolean {
    const tokens = this.#tokens;
    let last = at;
    while (last < tokens.length && !endsHead.has(tokens[last]!.tokenType)) last += 1;
    const start = tokens[first]?.startOffset ?? 0;
    const end = tokens[last - 1]?.endOffset ?? start;
    let low = 0;
    let high = this.#reported.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#reported[middle]! < start) low = middle + 1;
      else high = middle;
    }
    return low < this.#reported.length && this.#reported[low]! <= end;
  }
}

const endsHead: ReadonlySet<TokenType> = new Set([Separator, OpenBody, CloseBody]);
