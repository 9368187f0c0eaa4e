import type { IToken, TokenType } from "chevrotain";
import type { DiagnosticSink, TextEdit } from "../diagnostics/diagnostic.ts";
import { emptyValues, isSmallDimension, plainShape } from "./foreign-shape.ts";
import type { PlaceOf } from "./text-tokens.ts";
import {
  capitalName,
  Close,
  Dimension,
  Identifier,
  Input,
  NumberToken,
  Open,
  Question,
  type Token,
} from "./tokens.ts";

export const endsShapePart: ReadonlySet<TokenType> = new Set([NumberToken, Question, Dimension, Close]);
const beginsShapePart: ReadonlySet<TokenType> = new Set([NumberToken, Question, Open]);

/** `HXWX3`: single letters and numbers, which would else be one name. */
export const capitalShape = /^(?:[A-Z]|\d+)(?:X(?:[A-Z]|\d+))+$/;

/** A capital that stands for the `x` of a shape: the first of its word, or one before a number. */
export const capitalJoin = /^X|X(?=\d|$)/g;

/** A shape whose parts are joined otherwise than by a small `x` without blanks: what is reported of it, once a shape. */
export class Joins {
  readonly #raw: readonly IToken[];
  readonly #text: string;
  readonly #sink: DiagnosticSink;
  readonly #placeOf: PlaceOf;
  /** Blanks around a joining `x` are reported up to here. */
  #reportedUntil = 0;

  constructor(raw: readonly IToken[], text: string, sink: DiagnosticSink, placeOf: PlaceOf) {
    this.#raw = raw;
    this.#text = text;
    this.#sink = sink;
    this.#placeOf = placeOf;
  }

  /** Doubled signs before this offset are reported. */
  #extraUpTo = 0;

  /** `3x3` with capitals for the `x`. */
  reportCapital(token: Token): void {
    const joins = capitalShape.test(token.image) ? /X/g : capitalJoin;
    const edits = [...token.image.matchAll(joins)].map(({ index }) => {
      const at = token.startOffset + index;
      return { span: this.#placeOf(at, at + 1), text: "x" };
    });
    this.#sink.report("CNN006", "a shape is joined by a small `x`", edits[0]!.span, {
      help: "write `3x3`",
      fix: { title: "write a small x", edits },
    });
  }

  /** `3xx3`, at what follows the first `x`; told once a shape. */
  reportExtra(start: number, end: number): void {
    if (start < this.#extraUpTo) return;
    const shape = /[\w?()]*/y;
    shape.lastIndex = end;
    const [rest] = shape.exec(this.#text)!;
    this.#extraUpTo = end + rest.length;
    const others = [...rest.matchAll(/(?<=x)x/g)].map(({ index }) =>
      this.#placeOf(end + index, end + index + 1),
    );
    const span = this.#placeOf(start, end);
    this.#sink.report("CNN006", "a shape is joined by one `x`", span, {
      help: "write `3x3`",
      fix: {
        title: "remove the other",
        edits: [span, ...others].map((place) => ({ span: place, text: "" })),
      },
    });
  }

  /** After an `x` that ends its word only a `(` or a `?` can follow at once. */
  checkOpen(end: number): void {
    const next = this.#text[end];
    if (next === "(" || next === "?") return;
    const blanks = /[ \t]+(?=[0-9?(])/y;
    blanks.lastIndex = end;
    const length = blanks.exec(this.#text)?.[0].length;
    if (length === undefined) return;
    this.#sink.report("CNN006", "`x` joins a shape without blanks", this.#placeOf(end - 1, end + length), {
      fix: { title: "remove the blanks", edits: [{ span: this.#placeOf(end, end + length), text: "" }] },
    });
    this.#reportedUntil = end + length;
  }

  /** `3 x 3`: a word `x` between two parts. */
  isSpaced(index: number, before: Token | undefined, first: TokenType | undefined): boolean {
    const next = this.#raw[index + 1];
    if (before === undefined || next === undefined) return false;
    return (
      (endsShapePart.has(before.tokenType) || isNamedPart(before, first)) &&
      (beginsShapePart.has(next.tokenType) || isNamedPart(next, first))
    );
  }

  /** Whether a token stands in a shape with blanks that is reported as a whole. */
  isWithinReported({ startOffset }: Token): boolean {
    return startOffset < this.#reportedUntil;
  }

  /**
   * Reports the whole of `28 x 28 x 1` at its first `x`, after the part before it; true where that part is the batch, which the shape
   * that is meant does not have.
   */
  reportSpaced(index: number, before: Token, first: TokenType | undefined): boolean {
    if (this.isWithinReported(this.#raw[index] as Token)) return false;
    const edits: TextEdit[] = [];
    const parts = [before.image];
    let last = index;
    for (let at = index; /^[xX]$/.test(this.#raw[at]?.image ?? ""); at += 2) {
      const after = this.#raw[at + 1];
      if (after === undefined) break;
      if (!beginsShapePart.has(after.tokenType) && !isNamedPart(after, first)) break;
      const previous = this.#raw[at - 1]!;
      const start = previous.startOffset + previous.image.length;
      edits.push({ span: this.#placeOf(start, after.startOffset), text: "x" });
      parts.push(after.image);
      last = at + 1;
      if (after.tokenType === Open) break;
    }
    const end = this.#raw[last]!;
    this.#reportedUntil = end.startOffset + end.image.length;
    const span = this.#placeOf(before.startOffset, this.#reportedUntil);
    const { text, hasBatch } = plainShape(parts);
    const isPlain = text === parts.join("x");
    this.#sink.report("CNN006", "`x` joins a shape without blanks", span, {
      help: isPlain
        ? `write \`${text.length > 40 ? "3x3" : text}\``
        : `write \`${text}\`; ${hasBatch ? "the batch is implied" : "names of dimensions are capitals, `?` is any size"}`,
      fix: isPlain
        ? { title: "remove the blanks", edits }
        : { title: `write ${text}`, edits: [{ span, text }] },
    });
    return hasBatch;
  }
}

/** `None`, `H` and `h` between the blanks of an input's shape. */
export function isNamedPart({ tokenType, image }: IToken, first: TokenType | undefined): boolean {
  if (first !== Input || tokenType !== Identifier) return false;
  return emptyValues.has(image) || capitalName.test(image) || (isSmallDimension(image) && image !== "x");
}
