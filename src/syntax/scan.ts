import type { IToken, TokenType } from "chevrotain";
import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { SourceFile, Span } from "../source/source-file.ts";
import type { Comment } from "./ast.ts";
import { readPlainText } from "./characters.ts";
import { rewriteForeignHeads } from "./foreign-heads.ts";
import { emptyValues } from "./foreign-shape.ts";
import { nativeStatement } from "./foreign-statements.ts";
import { joinHyphenated } from "./hyphens.ts";
import { capitalJoin, capitalShape, endsShapePart, Joins } from "./joins.ts";
import { checkEscapes, closeText, splitOpenTexts } from "./text-tokens.ts";
import {
  Close,
  CloseBody,
  CloseList,
  Colon,
  Dimension,
  Dot,
  Equals,
  Identifier,
  Join,
  NumberToken,
  Open,
  OpenBody,
  OpenCall,
  Question,
  Require,
  Separator,
  Text,
  tokenizePlainText,
  UnclosedText,
  Unreadable,
  wordTokens,
  type Token,
} from "./tokens.ts";

export interface Scan {
  readonly tokens: Token[];
  readonly comments: Comment[];
}

/** A token at the place of another, or of no length. */
export function makeToken(type: TokenType, image: string, start: number, end = start + image.length): Token {
  return { tokenType: type, tokenTypeIdx: type.tokenTypeIdx!, image, startOffset: start, endOffset: end };
}

export function retype(token: Token, type: TokenType): void {
  token.tokenType = type;
  token.tokenTypeIdx = type.tokenTypeIdx!;
}

/** The tokens after which a value can be complete. */
export const endsValue: ReadonlySet<TokenType> = new Set([
  NumberToken,
  Identifier,
  Text,
  Question,
  Dimension,
  Close,
  CloseList,
]);

/** The tokens with which a value can begin, but for signs. */
export const beginsValue: ReadonlySet<TokenType> = new Set([
  NumberToken,
  Identifier,
  Text,
  Question,
  Dimension,
  Open,
]);

/** Whether a number has a point or an exponent already. */
const isPointed = ({ tokenType, image }: Token): boolean => tokenType === NumberToken && /[.eE]/.test(image);

const beginsStatement: ReadonlySet<TokenType> = new Set([Separator, OpenBody, CloseBody, Colon]);

/** Units that are meant where numbers count cells anyway. */
const unitWords: ReadonlySet<string> = new Set(["px", "pixel", "pixels", "cells"]);

/**
 * Splits a file into tokens and gives each its meaning among its neighbours: control words, the `x` that joins a shape,
 * the `(` of a call. Whatever stands too near or too far apart is reported, and the tokens go on as they were meant.
 */
export function scanTokens(file: SourceFile, sink: DiagnosticSink, setAside: readonly Span[] = []): Scan {
  return new Scanner(file, sink, setAside).scan();
}

class Scanner {
  readonly #file: SourceFile;
  readonly #sink: DiagnosticSink;
  readonly #text: string;
  readonly #original: (offset: number) => number;
  readonly #raw: readonly IToken[];
  readonly #comments: readonly IToken[];
  readonly #out: Token[] = [];
  /** The first token of the statement that is being read. */
  #first: TokenType | undefined;
  readonly #joins: Joins;
  /** A token that was read with the one before it. */
  #skipped = -1;

  constructor(file: SourceFile, sink: DiagnosticSink, setAside: readonly Span[]) {
    this.#file = file;
    this.#sink = sink;
    const { text, original } = readPlainText(file, sink, setAside);
    const plain = rewriteForeignHeads(text, sink, (start, end) => ({
      file,
      start: original(start),
      end: original(end),
    }));
    this.#text = plain.text;
    this.#original = (offset) => original(plain.original(offset));
    const { tokens, comments } = tokenizePlainText(plain.text);
    this.#raw = joinHyphenated(splitOpenTexts(tokens), plain.text, sink, this.#span);
    this.#comments = comments;
    this.#joins = new Joins(this.#raw, plain.text, sink, this.#span);
  }

  scan(): Scan {
    for (let index = 0; index < this.#raw.length; index += 1)
      if (index !== this.#skipped) this.#scanToken(index);
    const original = this.#original;
    if (this.#text !== this.#file.text) {
      for (const token of this.#out) {
        token.startOffset = original(token.startOffset);
        token.endOffset = original(token.endOffset);
      }
    }
    const comments = this.#comments.map(({ image, startOffset }) => {
      const span = this.#span(startOffset, startOffset + image.length);
      return {
        text: image.trimEnd(),
        span: { ...span, end: span.end - (image.length - image.trimEnd().length) },
      };
    });
    return { tokens: this.#out, comments };
  }

  #scanToken(index: number): void {
    const token = this.#raw[index] as Token;
    token.endOffset = token.startOffset + token.image.length;
    const previous = this.#out.at(-1);
    if (previous === undefined || beginsStatement.has(previous.tokenType)) this.#first = undefined;
    const glued = previous?.endOffset === token.startOffset;
    switch (token.tokenType) {
      case Identifier:
        this.#scanWord(token, previous, glued, index);
        break;
      case Open:
        if (glued && previous?.tokenType === Identifier) retype(token, OpenCall);
        this.#push(token, glued);
        break;
      case NumberToken:
        this.#checkDigits(token);
        if (this.#isDigitOfLabel(previous, index)) this.#readLabel(token, index);
        this.#push(token, glued);
        break;
      case Text:
        checkEscapes(token, this.#sink, this.#span);
        this.#push(token, glued);
        break;
      case UnclosedText:
        closeText(token, this.#sink, this.#span);
        retype(token, Text);
        this.#push(token, glued);
        break;
      case Unreadable:
        this.#pushUnreadable(token, previous, glued);
        break;
      case Dot:
        this.#checkDot(token, previous);
        this.#out.push(token);
        break;
      default:
        this.#push(token, glued);
    }
  }

  /** `1a: conv …`, at the number. */
  #isDigitOfLabel(previous: Token | undefined, index: number): boolean {
    const [number, word, colon] = this.#raw.slice(index, index + 3);
    const begins = previous === undefined || beginsStatement.has(previous.tokenType);
    return (
      begins && colon?.tokenType === Colon && word?.startOffset === number!.startOffset + number!.image.length
    );
  }

  /** Reports a label that begins with a digit, and reads it as a name. */
  #readLabel(token: Token, index: number): void {
    const rest = this.#raw[index + 1]!;
    const text = `_${token.image}${rest.image}`;
    const span = this.#span(token.startOffset, rest.startOffset + rest.image.length);
    this.#sink.report("CNN006", "a name begins with a letter or `_`", span, {
      fix: { title: `write \`${text}\``, edits: [{ span, text }] },
    });
    retype(token, Identifier);
    token.image = text;
    this.#skipped = index + 1;
    token.endOffset = rest.startOffset + rest.image.length;
  }

  /** Adds a token; two values that touch are reported, and read as two. */
  #push(token: Token, glued: boolean): void {
    const previous = this.#out.at(-1);
    if (glued && previous?.tokenType === Unreadable && isWordLike(token)) {
      previous.endOffset = token.endOffset;
      return;
    }
    if (
      glued &&
      previous !== undefined &&
      endsValue.has(previous.tokenType) &&
      beginsValue.has(token.tokenType) &&
      // `5M` is a number with its unit.
      !(this.#first === Require && previous.tokenType === NumberToken && token.tokenType === Identifier)
    ) {
      const at = token.startOffset;
      if (previous.tokenType === NumberToken && unitWords.has(token.image)) {
        const span = this.#span(at, token.endOffset);
        this.#sink.report("CNN006", `a number stands without a unit such as \`${token.image}\``, span, {
          fix: { title: "leave it out", edits: [{ span, text: "" }] },
        });
        return;
      }
      if (isPointed(previous) && token.tokenType === NumberToken && token.image.startsWith(".")) {
        const span = this.#span(previous.startOffset, token.endOffset);
        this.#sink.report("CNN006", "a number has one point", span, {
          help: "a large one may be written with `_`: `1_000_000`",
        });
        return;
      }
      this.#sink.report(
        "CNN006",
        `a blank is missing between \`${shorten(previous.image)}\` and \`${shorten(token.image)}\``,
        this.#span(previous.startOffset, token.endOffset),
        { fix: { title: "put a blank between them", edits: [{ span: this.#span(at, at), text: " " }] } },
      );
    }
    this.#first ??= token.tokenType;
    this.#out.push(token);
  }

  /** A word or number with an unreadable character in it is unreadable as a whole. */
  #pushUnreadable(token: Token, previous: Token | undefined, glued: boolean): void {
    if (glued && previous !== undefined && isWordLike(previous)) {
      retype(previous, Unreadable);
      previous.endOffset = token.endOffset;
    } else this.#push(token, glued);
  }

  #scanWord(token: Token, previous: Token | undefined, glued: boolean, index: number): void {
    const { image } = token;
    if (glued && previous !== undefined && endsShapePart.has(previous.tokenType)) {
      if (image.startsWith("x")) return this.#splitWord(token, true);
      if (/^X(?![a-z])/.test(image)) {
        this.#joins.reportCapital(token);
        const meant = image.replace(capitalJoin, "x");
        return this.#splitWord({ ...token, image: meant }, true);
      }
    }
    if (capitalShape.test(image)) {
      this.#joins.reportCapital(token);
      return this.#splitWord({ ...token, image: image.replaceAll("X", "x") }, false);
    }
    if (isJoinedCapitals(image, this.#text.charCodeAt(token.endOffset))) return this.#splitWord(token, false);
    if ((image === "x" || image === "X") && this.#joins.isSpaced(index, previous, this.#first)) {
      this.#pushSpacedJoin(token, previous!, index);
      return;
    }
    if (previous?.tokenType === Join && this.#joins.isWithinReported(token)) toShapePart(token);
    if (previous === undefined || beginsStatement.has(previous.tokenType))
      this.#scanForeignWord(token, index);
    const word = wordTokens.get(token.image);
    if (word !== undefined && !this.#isName(previous, index)) retype(token, word);
    this.#push(token, glued);
  }

  /** `const width = 64`, `function unit(f) { … }`: reported, and read with the word that stands for it here. */
  #scanForeignWord(token: Token, index: number): void {
    const native = nativeStatement(this.#raw, index);
    if (native === undefined) return;
    const span = this.#span(token.startOffset, token.endOffset);
    this.#sink.report("CNN110", `there is no layer or block \`${token.image}\``, span, {
      help: `here it is \`${native}\``,
      fix: { title: `write \`${native}\``, edits: [{ span, text: native }] },
    });
    token.image = native;
  }

  /** A control word that stands where only a name can: `from=3`, `input: conv 3`, `a.output`; elaboration reports it. */
  #isName(previous: Token | undefined, index: number): boolean {
    if (previous?.tokenType === Dot) return true;
    const next = this.#raw[index + 1]?.tokenType;
    const leads = previous === undefined || beginsStatement.has(previous.tokenType);
    if (leads) return next === Colon && this.#raw[index + 2]?.tokenType === Identifier;
    return next === Equals;
  }

  /** The `x` of `3 x 3`; what stands before it may be the batch, and no part of the shape. */
  #pushSpacedJoin(token: Token, before: Token, index: number): void {
    if (this.#joins.reportSpaced(index, before, this.#first)) {
      this.#out.pop();
      return;
    }
    toShapePart(before);
    retype(token, Join);
    this.#out.push(token);
  }

  /**
   * Splits `HxWx3`, or the `x28x1` after a number, into its parts and the `x` between them. `join` says that the word
   * begins with a joining `x`.
   */
  #splitWord(token: Token, join: boolean): void {
    const { image, startOffset: base } = token;
    const part = /[0-9][0-9_]*|[A-Z][A-Z0-9_]*(?=x|$)/y;
    let at = 0;
    while (at < image.length) {
      if (join) {
        this.#out.push(makeToken(Join, "x", base + at));
        at += 1;
        const more = /x*/y;
        more.lastIndex = at;
        const extra = more.exec(image)![0].length;
        if (extra > 0) this.#joins.reportExtra(base + at, base + at + extra);
        at += extra;
        join = false;
        if (at === image.length) this.#joins.checkOpen(base + at);
        continue;
      }
      part.lastIndex = at;
      const match = part.exec(image)?.[0];
      if (match === undefined) return this.#pushNameInShape(image.slice(at), base + at);
      const token = makeToken(/^[0-9]/.test(match) ? NumberToken : Dimension, match, base + at);
      if (token.tokenType === NumberToken) this.#checkDigits(token);
      this.#out.push(token);
      this.#first ??= NumberToken;
      at += match.length;
      if (at < image.length && image[at] !== "x") {
        return this.#push(makeToken(Identifier, image.slice(at), base + at), true);
      }
      join = true;
    }
  }

  #pushNameInShape(name: string, start: number): void {
    const end = start + name.length;
    this.#sink.report(
      "CNN006",
      `\`${shorten(name)}\` in a shape stands in parentheses`,
      this.#span(start, end),
      {
        help: `write \`x(${shorten(name)})\`; only numbers, \`?\` and names in capitals stand bare`,
        fix: {
          title: "put it in parentheses",
          edits: [
            { span: this.#span(start, start), text: "(" },
            { span: this.#span(end, end), text: ")" },
          ],
        },
      },
    );
    this.#out.push(makeToken(Dimension, name, start));
  }

  /** `1__6`, `16_`: what groups the digits of a number stands between two of them. */
  #checkDigits({ image, startOffset }: Token): void {
    if (!image.includes("_") || !/__|_(?!\d)/.test(image)) return;
    const span = this.#span(startOffset, startOffset + image.length);
    const text = image.replace(/_+(?=_|\D|$)/g, "");
    this.#sink.report("CNN006", "a `_` in a number stands between two digits", span, {
      help: `write \`${shorten(text)}\``,
      fix: { title: "remove what is too many", edits: [{ span, text }] },
    });
  }

  #checkDot(token: Token, previous: Token | undefined): void {
    const after = /[ \t]+(?=[A-Za-z_])/y;
    after.lastIndex = token.endOffset;
    const trailing = after.exec(this.#text)?.[0].length ?? 0;
    const follows = previous !== undefined && endsValue.has(previous.tokenType);
    // `./photos` begins a path.
    if (this.#text[token.endOffset] === "/") return;
    const leading = follows ? token.startOffset - previous.endOffset : 0;
    if (leading === 0 && trailing === 0) return;
    const span = this.#span(token.startOffset - leading, token.endOffset + trailing);
    this.#sink.report("CNN006", "no blank stands beside the `.` of a name", span, {
      fix: { title: "remove the blanks", edits: [{ span, text: "." }] },
    });
  }

  readonly #span = (start: number, end: number): Span => ({
    file: this.#file,
    start: this.#original(start),
    end: this.#original(end),
  });
}

/** `HxWx3`, and `Hx` before `(` or `?`: names in capitals and numbers joined by `x`. */
function isJoinedCapitals(image: string, next: number): boolean {
  const first = image.charCodeAt(0);
  if (first < 65 || first > 90 || !image.includes("x")) return false;
  const parts = image.split("x");
  const open = parts.at(-1) === "" && (next === 40 || next === 63);
  if (open) parts.pop();
  return parts.every((part) => /^(?:[A-Z][A-Z0-9_]*|[0-9][0-9_]*)$/.test(part));
}

/** `None` and `h` as the part of a shape that they mean. */
function toShapePart(token: Token): void {
  if (token.tokenType !== Identifier) return;
  if (emptyValues.has(token.image)) retype(token, Question);
  else {
    token.image = token.image.toUpperCase();
    retype(token, Dimension);
  }
}

function isWordLike({ tokenType }: Token): boolean {
  return tokenType === Identifier || tokenType === NumberToken || tokenType === Unreadable;
}

/** A word for a message: long ones are cut. */
export function shorten(image: string): string {
  return image.length <= 40 ? image : `${image.slice(0, 39)}…`;
}
