import type { TokenType } from "chevrotain";
import type { SourceFile } from "../source/source-file.ts";
import { isSectionWord } from "./section-words.ts";
import {
  boundsStatement,
  Close,
  CloseBody,
  CloseList,
  Identifier,
  Input,
  Language,
  Model,
  Open,
  OpenBody,
  OpenCall,
  OpenList,
  Separator,
  statementWords,
  type Token,
  Use,
} from "./tokens.ts";

/** What no body but a model's holds. */
const standsInModel: ReadonlySet<TokenType> = new Set([Input, Language, Model, Use]);

/** What closes what. Indices are those of the token list. */
export interface Brackets {
  /** The closing token of an opening one; -1 where it has none. */
  readonly closer: Int32Array;
  /** Opening tokens without a closing one, by the index of the token before which they end, innermost first. */
  readonly endsBefore: ReadonlyMap<number, readonly number[]>;
  /** Closing tokens that close nothing. */
  readonly extra: ReadonlySet<number>;
  /** The closing tokens of the wrong kind that close an opening one all the same: `(3]`. */
  readonly mistaken: ReadonlyMap<number, number>;
}

/**
 * Finds for every bracket its partner. Round and square ones end with their statement at the latest. Where braces do not
 * come out even, indentation says which of them was left open, as far as the file is indented.
 */
export function matchBrackets(file: SourceFile, tokens: readonly Token[]): Brackets {
  const matcher = new BracketMatcher(file, tokens);
  const plain = matcher.match(false);
  return plain.hasOpenBody ? matcher.match(true) : plain;
}

class BracketMatcher {
  readonly #file: SourceFile;
  readonly #tokens: readonly Token[];
  /** For each `;` whether a round or square bracket closes later on its line. */
  readonly #closesLater: Uint8Array;
  #closer = new Int32Array(0);
  #endsBefore = new Map<number, number[]>();
  #extra = new Set<number>();
  #mistaken = new Map<number, number>();
  #stack: number[] = [];
  #hasOpenBody = false;
  /** How far in the statement of an opening brace stands; -1 where its body is not indented. */
  readonly #bodyIndentation = new Map<number, number>();

  constructor(file: SourceFile, tokens: readonly Token[]) {
    this.#file = file;
    this.#tokens = tokens;
    this.#closesLater = new Uint8Array(tokens.length);
    let closes = 0;
    for (let index = tokens.length - 1; index >= 0; index -= 1) {
      const token = tokens[index]!;
      if (token.tokenType === Close || token.tokenType === CloseList) closes = 1;
      else if (isLineEnd(token)) closes = 0;
      this.#closesLater[index] = closes;
    }
  }

  match(byIndentation: boolean): Brackets & { hasOpenBody: boolean } {
    this.#closer = new Int32Array(this.#tokens.length).fill(-1);
    this.#endsBefore = new Map();
    this.#extra = new Set();
    this.#mistaken = new Map();
    this.#stack = [];
    this.#hasOpenBody = false;
    for (let index = 0; index < this.#tokens.length; index += 1) {
      if (byIndentation && this.#leadsLine(index)) this.#endByIndentation(index);
      this.#matchToken(index);
    }
    while (this.#stack.length > 0) this.#leaveOpen(this.#tokens.length);
    return {
      closer: this.#closer,
      endsBefore: this.#endsBefore,
      extra: this.#extra,
      mistaken: this.#mistaken,
      hasOpenBody: this.#hasOpenBody,
    };
  }

  #matchToken(index: number): void {
    const token = this.#tokens[index]!;
    switch (token.tokenType) {
      case Open:
      case OpenCall:
      case OpenList:
        this.#stack.push(index);
        break;
      case OpenBody:
        this.#leaveValuesOpen(index);
        this.#stack.push(index);
        break;
      case Close:
      case CloseList:
        this.#closeValue(index, token.tokenType === Close);
        break;
      case CloseBody:
        this.#leaveValuesOpen(index);
        if (this.#top() === undefined) this.#extra.add(index);
        else this.#closer[this.#stack.pop()!] = index;
        break;
      case Separator:
        if (!isLineEnd(token)) {
          if (this.#closesLater[index] === 0) this.#leaveValuesOpen(index);
        } else if (statementWords.has(this.#tokens[index + 1]?.tokenType as never))
          this.#leaveValuesOpen(index);
        break;
    }
  }

  #closeValue(index: number, round: boolean): void {
    const fits = (opener: Token | undefined): boolean => (opener?.tokenType === OpenList) !== round;
    const top = this.#top();
    if (top === undefined || top.tokenType === OpenBody) {
      this.#extra.add(index);
      return;
    }
    if (!fits(top)) {
      // The next one out may be what it closes; otherwise it is the wrong character.
      const outer = this.#tokens[this.#stack.at(-2) ?? -1];
      if (outer !== undefined && outer.tokenType !== OpenBody && fits(outer)) this.#leaveOpen(index);
      else this.#mistaken.set(index, this.#stack.at(-1)!);
    }
    this.#closer[this.#stack.pop()!] = index;
  }

  #top(): Token | undefined {
    return this.#tokens[this.#stack.at(-1) ?? -1];
  }

  /** The innermost open bracket ends before a token without having been closed. */
  #leaveOpen(before: number): void {
    const opener = this.#stack.pop()!;
    if (this.#tokens[opener]!.tokenType === OpenBody) this.#hasOpenBody = true;
    const ends = this.#endsBefore.get(before);
    if (ends === undefined) this.#endsBefore.set(before, [opener]);
    else ends.push(opener);
  }

  #leaveValuesOpen(before: number): void {
    for (let top = this.#top(); top !== undefined && top.tokenType !== OpenBody; top = this.#top()) {
      this.#leaveOpen(before);
    }
  }

  #leadsLine(index: number): boolean {
    const token = this.#tokens[index]!;
    return !isLineEnd(token) && (index === 0 || isLineEnd(this.#tokens[index - 1]!));
  }

  /** A line that stands no further in than the statement of an open `{` ends that body, unless it is its `}`. */
  #endByIndentation(index: number): void {
    const token = this.#tokens[index]!;
    const top = this.#top();
    const closes = token.tokenType === CloseBody;
    // Lines break inside ( ) and [ ].
    if (top?.tokenType !== OpenBody && !closes && !statementWords.has(token.tokenType)) return;
    const here = this.#indentation(index);
    for (let open = this.#stack.length - 1; open >= 0; open -= 1) {
      const opener = this.#stack[open]!;
      if (this.#tokens[opener]!.tokenType !== OpenBody) continue;
      const there = this.#indentationOfBody(opener);
      const isPast = there < 0 ? this.#standsOutside(index, opener) : closes ? here < there : here <= there;
      if (!isPast) return;
      this.#leaveValuesOpen(index);
      this.#leaveOpen(index);
    }
  }

  /**
   * Whether a line no further in than the statement of an open body cannot stand in it: what stands directly in a model,
   * `train { … }`, stands in a model's alone, and beside a branch there are branches alone.
   */
  #standsOutside(index: number, opener: number): boolean {
    const [token, next] = [this.#tokens[index]!, this.#tokens[index + 1]];
    if (this.#indentation(index) > this.#indentation(opener)) return false;
    if (token.tokenType === Identifier && this.#beginsWithBranch(opener)) return token.image !== "branch";
    const isSection = isSectionWord(token.image) && next?.tokenType === OpenBody;
    if (!isSection && !standsInModel.has(token.tokenType)) return false;
    let first = opener;
    while (!boundsStatement.has(this.#tokens[first - 1]?.tokenType)) first -= 1;
    return this.#tokens[first]!.tokenType !== Model;
  }

  #beginsWithBranch(opener: number): boolean {
    let first = opener + 1;
    while (this.#tokens[first]?.tokenType === Separator) first += 1;
    return this.#tokens[first]?.image === "branch";
  }

  /**
   * The indentation of a body's statement, where it tells: the body begins on the statement's line, or on a line of its own further
   * in; else -1.
   */
  #indentationOfBody(opener: number): number {
    const known = this.#bodyIndentation.get(opener);
    if (known !== undefined) return known;
    let first = opener + 1;
    while (first < this.#tokens.length && isLineEnd(this.#tokens[first]!)) first += 1;
    const outside = this.#indentation(opener);
    const hasLine = first > opener + 1;
    const tells = first < this.#tokens.length && (!hasLine || this.#indentation(first) > outside);
    const indentation = tells ? outside : -1;
    this.#bodyIndentation.set(opener, indentation);
    return indentation;
  }

  /** The number of blanks before the first token of a token's line. */
  #indentation(index: number): number {
    const { text } = this.#file;
    const start = this.#file.lineStart(this.#file.position(this.#tokens[index]!.startOffset).line);
    let at = start;
    while (text[at] === " " || text[at] === "\t") at += 1;
    return at - start;
  }
}

/** Whether a token is the end of a line, not `;`. */
export function isLineEnd(token: Token): boolean {
  return token.tokenType === Separator && token.image !== ";";
}
