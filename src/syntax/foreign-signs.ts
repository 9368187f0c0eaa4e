import type { TokenType } from "chevrotain";
import type { TextEdit } from "../diagnostics/diagnostic.ts";
import type { SourceFile, Span } from "../source/source-file.ts";
import type { MistakeSink } from "./mistake-sink.ts";
import { makeToken, retype } from "./scan.ts";
import {
  boundsStatement,
  Close,
  Colon,
  Comma,
  Dimension,
  Dot,
  Equals,
  Identifier,
  Let,
  Minus,
  NumberToken,
  OpenBody,
  OpenCall,
  Question,
  Separator,
  Text,
  type Token,
  wordTokens,
} from "./tokens.ts";
import { blanksAfter, blanksBefore } from "../source/blanks.ts";

/** What may follow a layer's name. */
const beginsArgument: ReadonlySet<TokenType> = new Set([
  NumberToken,
  Identifier,
  Dimension,
  Question,
  OpenCall,
]);

/** What the arguments of a setting's value are made of. */
const argumentTypes: ReadonlySet<TokenType> = new Set([Comma, Equals, Identifier, Minus, NumberToken, Text]);

/**
 * Signs that other languages put between a name and what it stands for, or between layers: each is reported, and what the parser gets
 * is what was meant.
 */
export class ForeignSigns {
  readonly #file: SourceFile;
  readonly #tokens: readonly Token[];
  /** What the parser gets, up to the token in hand. */
  readonly #out: Token[];
  readonly #sink: MistakeSink;
  #assigned: Map<string, number> | undefined;
  /** Arrows before this token are reported. */
  #arrowsUpTo = 0;

  constructor(file: SourceFile, tokens: readonly Token[], out: Token[], sink: MistakeSink) {
    this.#file = file;
    this.#tokens = tokens;
    this.#out = out;
    this.#sink = sink;
  }

  /** `x = conv 32 3x3`, `width = 64`, at the `=`; false where it is not clear what is meant. */
  readAssignment(index: number): boolean {
    const token = this.#tokens[index]!;
    const name = this.#out.at(-1)!;
    if (!boundsStatement.has(this.#out.at(-2)?.tokenType)) return false;
    const [next, second] = this.#tokens.slice(index + 1, index + 3);
    const isLayer = next?.tokenType === Identifier && beginsArgument.has(second?.tokenType as never);
    if (!isLayer && next?.tokenType !== NumberToken) return false;
    if (isLayer && this.#timesAssigned(name.image) > 1) {
      const edits = [{ span: { ...this.#around(token), start: name.startOffset }, text: "" }];
      this.#sink.report("CNN002", "a statement is not an assignment", this.#span(token), {
        help: "layers follow each other, each on what the one before gives; a name stands for one tensor alone",
        fix: { title: "leave the name out", edits, isUnsafe: true },
      });
      this.#out.pop();
      return true;
    }
    const help = `a value gets its name with \`let ${name.image} = …\`, a layer with \`${name.image}: …\``;
    const around = this.#around(token);
    const start = { file: this.#file, start: name.startOffset, end: name.startOffset };
    const fix = isLayer
      ? { title: "make it a label", edits: [{ span: around, text: ": " }] }
      : { title: "write `let`", edits: [{ span: start, text: "let " }] };
    this.#sink.report("CNN002", "a statement is not an assignment", this.#span(token), { help, fix });
    if (isLayer) this.#out.push(makeToken(Colon, ":", token.startOffset, token.endOffset));
    else this.#out.push(makeToken(Let, "let", name.startOffset, name.startOffset), this.#out.pop()!, token);
    return true;
  }

  /** How many statements look like assignments to a name. */
  #timesAssigned(name: string): number {
    if (this.#assigned === undefined) {
      this.#assigned = new Map();
      this.#tokens.forEach(({ tokenType, image }, index) => {
        const before = this.#tokens[index - 1]?.tokenType;
        if (tokenType !== Identifier || this.#tokens[index + 1]?.tokenType !== Equals) return;
        if (!boundsStatement.has(before)) return;
        this.#assigned!.set(image, (this.#assigned!.get(image) ?? 0) + 1);
      });
    }
    return this.#assigned.get(name) ?? 0;
  }

  /** `epochs = 5`, `epochs: 5`, at the sign; `section` stands for the braces around it. */
  dropFromSetting(index: number, section: unknown): void {
    const token = this.#tokens[index]!;
    const name = this.#out.at(-1)!.image;
    const value = this.#tokens[index + 1]?.image ?? "…";
    this.#sink.note(section, {
      code: "CNN002",
      message: `no \`${token.image}\` stands between \`${name}\` and its value`,
      span: this.#span(token),
      help: `a setting is a word and its values: \`${name} ${value}\``,
      title: `remove the \`${token.image}\``,
      edits: [{ span: this.#around(token), text: " " }],
    });
  }

  /**
   * `loss nn.CrossEntropyLoss()`, `optimizer Adam(lr=0.001)`, at the first word of the value: an empty call is one word, which whoever
   * reads the setting knows or not; one with arguments is reported, and read without its brackets. Gives the index of
   * its last token; undefined where no call of another library stands here.
   */
  readSettingCall(index: number, section: unknown): number | undefined {
    let open = index + 1;
    while (this.#tokens[open]?.tokenType === Dot && this.#tokens[open + 1]?.tokenType === Identifier)
      open += 2;
    if (this.#tokens[open]?.tokenType !== OpenCall) return undefined;
    const [first, last] = [this.#tokens[index]!, this.#tokens[open - 1]!];
    if (this.#tokens[open + 1]?.tokenType === Close) {
      const { endOffset: end } = this.#tokens[open + 1]!;
      const image = this.#file.text.slice(first.startOffset, end);
      this.#out.push(makeToken(Identifier, image, first.startOffset, end));
      return open + 1;
    }
    const isNamed = this.#tokens[open + 2]?.tokenType === Equals;
    if (open === index + 1 && !isNamed && !/^[A-Z]/.test(first.image)) return undefined;
    let close = open + 1;
    while (argumentTypes.has(this.#tokens[close]?.tokenType as never)) close += 1;
    if (this.#tokens[close]?.tokenType !== Close) return undefined;
    const name = last.image.toLowerCase();
    const head = { ...this.#span(first), end: this.#tokens[open]!.endOffset };
    const inside = this.#tokens.slice(open + 1, close);
    const commas = inside.filter(({ tokenType }) => tokenType === Comma);
    this.#sink.note(section, {
      code: "CNN007",
      message: "the value of a setting stands without a module and parentheses",
      span: head,
      help: `a setting is a word and its values: \`${this.#out.at(-1)!.image} ${name} ${inside
        .map(({ image }) => image)
        .join("")
        .replaceAll(",", " ")}\``,
      title: "remove them",
      edits: [
        { span: head, text: `${name} ` },
        ...[...commas, this.#tokens[close]!].map((token) => ({ span: this.#span(token), text: "" })),
      ],
    });
    this.#out.push(makeToken(Identifier, name, first.startOffset, last.endOffset));
    this.#out.push(...inside.filter(({ tokenType }) => tokenType !== Comma));
    return close;
  }

  /** `train = { … }`, `add: { … }`, at the sign; false where no `{` follows. */
  dropBeforeBody(index: number): boolean {
    if (this.#tokens[index + 1]?.tokenType !== OpenBody) return false;
    const token = this.#tokens[index]!;
    this.report(token, `no \`${token.image}\` stands between \`${this.#out.at(-1)!.image}\` and its braces`);
    return true;
  }

  /** `from: x`, at the colon; false where a layer follows, which the word would be the label of. */
  dropFromWord(index: number): boolean {
    const word = this.#out.at(-1)!;
    const type = wordTokens.get(word.image);
    const end = this.#tokens[index + 2]?.tokenType;
    if (type === undefined || !boundsStatement.has(end)) return false;
    this.report(this.#tokens[index]!, `no colon stands after \`${word.image}\``);
    retype(word, type);
    return true;
  }

  /** `conv: 32 3x3`, at the colon; false where it stands behind a label. */
  dropFromLayer(index: number): boolean {
    const [colon, next] = this.#tokens.slice(index, index + 2);
    if (next?.tokenType !== NumberToken && next?.tokenType !== Dimension) return false;
    const name = this.#out.at(-1)!.image;
    this.report(colon!, `no \`:\` stands between \`${name}\` and its values`, {
      help: `a colon stands behind a label alone: \`first: ${name} …\``,
    });
    return true;
  }

  /** Reports a sign that does not belong where it is. */
  report(token: Token, message: string, { help }: { readonly help?: string } = {}): void {
    this.#sink.report("CNN002", message, this.#span(token), {
      ...(help === undefined ? {} : { help }),
      fix: { title: `remove the \`${token.image}\``, edits: [{ span: this.#around(token), text: " " }] },
    });
  }

  isArrow(at: number): boolean {
    const [dash, head] = [this.#tokens[at], this.#tokens[at + 1]];
    const isShaft = dash?.image === "-" || dash?.image === "=";
    return isShaft && head?.image === ">" && dash.endOffset === head.startOffset;
  }

  /** `conv 32 3x3 -> bn -> relu`: reported once a statement, read as statements of their own. */
  separateAtArrow(index: number): void {
    const token = this.#tokens[index]!;
    const isFirst = this.#arrowsUpTo <= index;
    this.#out.push(makeToken(Separator, "", token.startOffset));
    if (isFirst) {
      const edits: TextEdit[] = [];
      let at = index;
      for (; at < this.#tokens.length && this.#tokens[at]!.tokenType !== Separator; at += 1) {
        if (!this.isArrow(at)) continue;
        const end = this.#around(this.#tokens[at + 1]!).end;
        edits.push({ span: { ...this.#around(this.#tokens[at]!), end }, text: "; " });
      }
      this.#arrowsUpTo = at;
      const span = { ...this.#span(token), end: token.endOffset + 1 };
      this.#sink.report("CNN002", "layers follow each other without an arrow", span, {
        help: "`;` or a line end stands between two layers; `from x` goes on with the tensor `x`",
        fix: { title: "write `;`", edits },
      });
    }
  }

  /** A token with the blanks on both of its sides. */
  #around(token: Token): Span {
    const { text } = this.#file;
    const [start, end] = [blanksBefore(text, token.startOffset), blanksAfter(text, token.endOffset)];
    return { file: this.#file, start, end };
  }

  #span(token: Token): Span {
    return { file: this.#file, start: token.startOffset, end: token.endOffset };
  }
}
