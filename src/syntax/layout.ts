import type { TokenType } from "chevrotain";
import type { TextEdit } from "../diagnostics/diagnostic.ts";
import type { SourceFile, Span } from "../source/source-file.ts";
import { isLineEnd } from "./brackets.ts";
import { ForeignSigns } from "./foreign-signs.ts";
import { bodiesWithoutBraces } from "./bodies.ts";
import { inParentheses } from "./mistake.ts";
import type { MistakeSink } from "./mistake-sink.ts";
import { endsValue, makeToken } from "./scan.ts";
import { isSectionWord } from "./section-words.ts";
import {
  boundsStatement,
  Close,
  CloseBody,
  CloseList,
  Colon,
  Comma,
  Dot,
  Else,
  Equals,
  For,
  From,
  Identifier,
  If,
  Input,
  Language,
  Let,
  Minus,
  Not,
  NumberToken,
  Open,
  OpenBody,
  OpenCall,
  OpenList,
  Operator,
  Output,
  Require,
  Separator,
  Slash,
  Text,
  type Token,
  Use,
  wordTokens,
} from "./tokens.ts";

/** The arguments of a layer that was written as a function call: `conv(32, 3x3)`. */
interface StatementCall {
  readonly opener: Token;
  readonly edits: TextEdit[];
  /** Whether taking away the parentheses and commas is all there is to do. */
  simple: boolean;
  named: boolean;
}

/** The braces of a section, or what is written for them. */
interface Section {
  /** What habits of writing settings go through: these braces, or all bodies of the file that have none. */
  readonly habits: unknown;
}

/** An open bracket: of a body, of a section's settings, of values, or of a statement's arguments, which is dropped. */
type Level = "body" | "values" | Section | StatementCall;

const endsStatement: ReadonlySet<TokenType | undefined> = new Set([Separator, CloseBody, Else, undefined]);
/** The first token of a longer statement is not looked for. */
const mostHeadTokens = 64;

/** The statements that take no braces. */
const hasNoBody: ReadonlySet<TokenType | undefined> = new Set([
  Input,
  Use,
  Let,
  From,
  Output,
  Language,
  Require,
]);
const operators: ReadonlySet<TokenType> = new Set([Operator, Slash, Minus, Not]);

/**
 * Gives the parser one separator where statements end and none elsewhere: line ends inside ( ) and [ ] vanish, and so do
 * commas, line ends and parentheses that people bring along from other languages, each with a report.
 */
export function layOut(file: SourceFile, tokens: readonly Token[], sink: MistakeSink): Token[] {
  return new Layout(file, tokens, sink).layOut();
}

/** The layers that a list of layers is mostly made of, but for activations, which are values too. */
const layersInLists: ReadonlySet<string> = new Set([
  ...[
    "conv",
    "depthwise",
    "separable",
    "conv_transpose",
    "pool",
    "global_pool",
    "dense",
    "flatten",
    "dropout",
  ],
  ...["bn", "layer_norm", "reshape", "upsample", "pad", "crop", "embedding", "attention", "add", "concat"],
]);

class Layout {
  readonly #file: SourceFile;
  readonly #tokens: readonly Token[];
  readonly #sink: MistakeSink;
  readonly #out: Token[] = [];
  readonly #levels: Level[] = [];
  /** Stands for the text, whose stray commas are one habit. */
  readonly #commas = {};
  readonly #signs: ForeignSigns;
  #index = 0;
  /** Whether the statement began with the dash of a list. */
  #isBulleted = false;

  constructor(file: SourceFile, tokens: readonly Token[], sink: MistakeSink) {
    this.#file = file;
    this.#tokens = tokens;
    this.#sink = sink;
    this.#signs = new ForeignSigns(file, tokens, this.#out, sink);
  }

  layOut(): Token[] {
    for (; this.#index < this.#tokens.length; this.#index += 1) this.#layOutToken(this.#tokens[this.#index]!);
    return this.#out;
  }

  #layOutToken(token: Token): void {
    switch (token.tokenType) {
      case Separator:
        return this.#insideValues() ? this.#separatorInValues(token) : this.#separator(token);
      case Comma:
        return this.#comma(token);
      case Open:
      case OpenList:
        this.#levels.push("values");
        break;
      case OpenCall:
        if (!this.#insideValues() && this.#isStatementHead()) return this.#openCall(token);
        this.#levels.push("values");
        break;
      case Text:
        this.#noteInCall(token);
        this.#out.push(this.#quotedSetting(token) ?? token);
        return;
      case Identifier:
        if (this.#settingCall()) return;
        this.#noteInCall(token);
        break;
      case Input:
        this.#out.push(token);
        return this.#nameOfShape();
      case Equals:
        if (this.#arrow()) return;
        if (!this.#insideValues() && this.#isStatementHead() && this.#assignment()) return;
        this.#noteInCall(token);
        break;
      case Colon:
        if (this.#insideValues() || !this.#isStatementHead()) break;
        if (this.#signs.dropBeforeBody(this.#index)) return;
        if (this.#section !== undefined)
          return this.#signs.dropFromSetting(this.#index, this.#section.habits);
        if (this.#isBulleted && this.#tokens[this.#index + 1]?.tokenType === NumberToken) {
          // `- conv: 32 3x3`, as YAML has it.
          const span = this.#span(token);
          return this.#sink.addEdits("bullets", [{ span, text: this.#blankAfter(span.end) }]);
        }
        if (this.#signs.dropFromLayer(this.#index) || this.#signs.dropFromWord(this.#index)) return;
        break;
      case Minus:
      case Operator:
        if (this.#arrow() || this.#bullet(token)) return;
        this.#noteInCall(token);
        break;
      case OpenBody:
        this.#levels.push(this.#opensSection() ? this.#sectionAt(token) : "body");
        break;
      case Close:
      case CloseList: {
        const level = this.#levels.pop();
        if (isCall(level)) return this.#closeCall(token, level);
        break;
      }
      case CloseBody:
        return this.#closeBody(token);
      default:
        this.#noteInCall(token);
    }
    this.#out.push(token);
  }

  /** `->` and `=>`, which are taken for the end of a statement. */
  #arrow(): boolean {
    if (this.#insideValues() || !this.#signs.isArrow(this.#index)) return false;
    this.#signs.separateAtArrow(this.#index);
    this.#index += 1;
    return true;
  }

  /** `- conv 32 3x3`, at the dash: a list as YAML and Markdown have it. */
  #bullet(token: Token): boolean {
    const next = this.#tokens[this.#index + 1];
    const isBullet = next !== undefined && (token.image === "-" || token.image === "*");
    if (!isBullet || !boundsStatement.has(this.#out.at(-1)?.tokenType) || !isWord(next)) return false;
    this.#isBulleted = true;
    this.#sink.note("bullets", {
      code: "CNN002",
      message: `no \`${token.image}\` stands before a statement`,
      span: this.#span(token),
      help: "statements stand one a line, as they are",
      title: `remove the \`${token.image}\``,
      edits: [{ span: { ...this.#span(token), end: next.startOffset }, text: "" }],
    });
    return true;
  }

  #insideValues(): boolean {
    const level = this.#levels.at(-1);
    return level === "values" || isCall(level);
  }

  /** The section whose settings are being read. */
  get #section(): Section | undefined {
    const level = this.#levels.at(-1);
    return typeof level === "object" && "habits" in level ? level : undefined;
  }

  /** A section at its `{`, or at the colon that stands for it. */
  #sectionAt({ startOffset }: Token): Section {
    return this.#file.text[startOffset] === "{" ? { habits: {} } : { habits: bodiesWithoutBraces };
  }

  // Separators and commas

  #separatorInValues(token: Token): void {
    const level = this.#levels.at(-1);
    if (isCall(level)) level.simple = false;
    if (isLineEnd(token)) return;
    const span = this.#span(token);
    this.#sink.report("CNN007", "`;` stands between values in brackets", span, {
      help: "values in brackets are separated by commas",
      fix: { title: "write a comma", edits: [{ span, text: "," }] },
    });
    this.#out.push(makeToken(Comma, ",", span.start));
  }

  /** A run of separators counts once; a `{` or an `else` after it belongs to the statement before it. */
  #separator(first: Token): void {
    this.#isBulleted = false;
    const previous = this.#out.at(-1)?.tokenType;
    let semicolon = !isLineEnd(first);
    while (this.#tokens[this.#index + 1]?.tokenType === Separator) {
      this.#index += 1;
      semicolon ||= !isLineEnd(this.#tokens[this.#index]!);
    }
    const next = this.#tokens[this.#index + 1];
    const follows = previous !== undefined && previous !== OpenBody && previous !== CloseBody && !semicolon;
    if (next?.tokenType === OpenBody && follows && !hasNoBody.has(this.#headWord()?.tokenType)) {
      return this.#reportLayout("a `{` stands on the line of its statement", next);
    }
    if (next?.tokenType === Else && previous === CloseBody) {
      return this.#reportLayout("`} else {` stands on one line", next);
    }
    if (next !== undefined && follows && endsValue.has(previous) && this.#goesOn(next)) {
      return this.#reportLayout("a statement does not go on in the next line", next);
    }
    this.#out.push(first);
  }

  /** Whether a line begins with what begins no statement: a number, or `stride=2` further in than the line before. */
  #goesOn(next: Token): boolean {
    // `1 - b` is no number that was left over.
    if (next.tokenType === NumberToken)
      return !operators.has(this.#tokens[this.#index + 2]?.tokenType as never);
    const equals = this.#tokens[this.#index + 2];
    const isNamed = next.tokenType === Identifier && equals?.tokenType === Equals;
    if (!isNamed || equals.startOffset !== next.endOffset) return false;
    return this.#indentationAt(next) > this.#indentationAt(this.#out.at(-1)!);
  }

  /** How many blanks the line of a token begins with. */
  #indentationAt({ startOffset }: Token): number {
    const { text } = this.#file;
    const lineStart = text.lastIndexOf("\n", startOffset - 1) + 1;
    return /^[ \t]*/.exec(text.slice(lineStart, startOffset))![0].length;
  }

  #reportLayout(message: string, token: Token): void {
    const previous = this.#out.at(-1)!;
    const span = this.#span(token);
    const gap = { file: this.#file, start: previous.endOffset, end: span.start };
    const whole = { ...gap, end: span.end };
    const hidden = this.#file.text.slice(gap.start, gap.end).includes("#");
    const title = `put the \`${token.image}\` on the line above`;
    this.#sink.report("CNN007", message, span, {
      labels: [{ span: this.#span(previous), text: "it continues this line" }],
      ...(hidden ? { help: title } : { fix: { title, edits: [{ span: whole, text: ` ${token.image}` }] } }),
    });
  }

  #comma(token: Token): void {
    const span = this.#span(token);
    const level = this.#levels.at(-1);
    let next = this.#index + 1;
    while (next < this.#tokens.length && isLineEnd(this.#tokens[next]!)) next += 1;
    const closes = this.#tokens[next]?.tokenType;
    if (isCall(level)) {
      level.named = false;
      level.edits.push({ span, text: this.#blankAfter(span.end) });
    } else if (level !== "values") {
      if (this.#decimalComma(token)) return;
      const previous = this.#out.at(-1)?.tokenType;
      if (previous === Equals) this.#out.push(token);
      else if (this.#headWord()?.tokenType === Use) this.#commaBetweenUses(token);
      else if (this.#headWord()?.tokenType === For) this.#commaBetweenNames(token);
      else if (this.#section !== undefined && this.#separatesSettings(next))
        this.#commaBetweenSettings(token);
      else if (previous === CloseBody || this.#beginsLayer(this.#index + 1))
        this.#commaBetweenStatements(token);
      else this.#strayComma(token, this.#blankAfter(span.end));
    } else if (closes === Close || closes === CloseList) {
      this.#sink.report("CNN007", "a comma stands before the end of a list", span, {
        help: "commas separate; none trails",
        fix: { title: "remove the comma", edits: [{ span, text: "" }] },
      });
    } else this.#out.push(token);
  }

  /** The first token of the statement that is being read. */
  #headWord(): Token | undefined {
    let at = this.#out.length - 1;
    const furthest = at - mostHeadTokens;
    while (at >= 0 && at > furthest && !boundsStatement.has(this.#out[at]!.tokenType)) at -= 1;
    return this.#out[at + 1];
  }

  /** `use resnet, vgg`: a statement each. */
  #commaBetweenUses(token: Token): void {
    const { startOffset: at } = token;
    this.#out.push(makeToken(Separator, "", at, at), makeToken(Use, "use", at, at));
    this.#strayComma(token, "; use");
  }

  /** `for f, s in …`: names stand in parentheses. */
  #commaBetweenNames(token: Token): void {
    const from = this.#index - 1;
    let last = from;
    while (this.#tokens[last + 1]?.tokenType === Comma && this.#tokens[last + 2]?.tokenType === Identifier)
      last += 2;
    const [name, end] = [this.#tokens[from]!, this.#tokens[last]!];
    if (this.#out.at(-2)?.tokenType !== For || last === from) {
      this.#strayComma(token, this.#blankAfter(token.endOffset));
      return;
    }
    const span = { file: this.#file, start: name.startOffset, end: end.endOffset };
    this.#sink.report("CNN007", "the names of a loop stand in parentheses", span, {
      fix: { title: "put them in parentheses", edits: inParentheses(span) },
    });
    this.#out.pop();
    this.#out.push(makeToken(Open, "(", span.start, span.start));
    this.#out.push(...this.#tokens.slice(from, last + 1), makeToken(Close, ")", span.end, span.end));
    this.#index = last;
  }

  /** Whether a setting begins at a token after a comma, or none does any more: `f1` of `metrics accuracy, f1` is a value. */
  #separatesSettings(next: number): boolean {
    const [word, after] = this.#tokens.slice(next, next + 2);
    if (isLineEnd(this.#tokens[next - 1]!) || endsStatement.has(word?.tokenType)) return true;
    return (
      word?.tokenType === Identifier && !endsStatement.has(after?.tokenType) && after?.tokenType !== Comma
    );
  }

  /** `batch 32, epochs 5`: told once a section, with the other signs that its settings bring along. */
  #commaBetweenSettings(token: Token): void {
    const span = this.#span(token);
    const isLast =
      isLineEnd(this.#tokens[this.#index + 1] ?? token) ||
      this.#tokens[this.#index + 1]?.tokenType === CloseBody;
    if (!isLast) this.#out.push(makeToken(Separator, "", span.start, span.start));
    this.#sink.note(this.#section!.habits, {
      code: "CNN007",
      message: "a comma stands between settings",
      span,
      help: "`;` or a line end separates settings",
      title: "write each setting by itself",
      edits: [{ span, text: isLast ? "" : ";" }],
    });
  }

  /** `dropout 0,5`: read as `0.5`. */
  #decimalComma(comma: Token): boolean {
    const whole = this.#out.at(-1);
    const part = this.#tokens[this.#index + 1];
    const isTouching = whole?.endOffset === comma.startOffset && comma.endOffset === part?.startOffset;
    if (!isTouching || whole.image !== "0" || part.tokenType !== NumberToken) return false;
    const text = `0.${part.image}`;
    this.#sink.report("CNN007", "a decimal part stands after a point", this.#span(comma), {
      help: `write \`${text}\``,
      fix: { title: "write a point", edits: [{ span: this.#span(comma), text: "." }] },
    });
    this.#out.pop();
    this.#out.push(makeToken(NumberToken, text, whole.startOffset, part.endOffset));
    this.#index += 1;
    return true;
  }

  /** A comma that has no place where it stands; what is written for it. */
  #strayComma(token: Token, text: string): void {
    const span = this.#span(token);
    this.#sink.note(this.#commas, {
      code: "CNN007",
      message: "a comma stands between the parts of a statement",
      span,
      help: "blanks separate the parts of a statement, `;` separates statements",
      title: "write it without commas",
      edits: [{ span, text }],
    });
  }

  /** `conv 32 3x3, pool max 2`. */
  #commaBetweenStatements(token: Token): void {
    const { startOffset: at } = token;
    this.#out.push(makeToken(Separator, "", at, at));
    this.#strayComma(token, ";");
  }

  /** Whether a token is the word of a layer, and not of a value or a setting. */
  #beginsLayer(index: number): boolean {
    const [word, after] = this.#tokens.slice(index, index + 2);
    return word?.tokenType === Identifier && layersInLists.has(word.image) && after?.tokenType !== Equals;
  }

  #blankAfter(offset: number): string {
    return /\s/.test(this.#file.text[offset] ?? " ") ? "" : " ";
  }

  /** `input shape=28x28x1`, `input shape=(784,)`. */
  #nameOfShape(): void {
    const [first, second] = this.#tokens.slice(this.#index + 1, this.#index + 3);
    if (first?.tokenType === Identifier && second?.tokenType === Colon) {
      this.#signs.report(second, "no colon stands between an input's name and its shape");
      this.#out.push(first);
      this.#index += 2;
      return;
    }
    const isNamed = first?.tokenType === Identifier && second?.image === "shape";
    const [name, equals, ...rest] = this.#tokens.slice(this.#index + (isNamed ? 2 : 1), this.#index + 8);
    if (name?.image !== "shape" || equals?.tokenType !== Equals) return;
    if (isNamed) this.#out.push(first);
    this.#index += isNamed ? 3 : 2;
    const [open, number, comma, close] = rest;
    const isOneNumber =
      open?.tokenType === Open &&
      number?.tokenType === NumberToken &&
      comma?.tokenType === Comma &&
      close?.tokenType === Close;
    const span = { ...this.#span(name), end: isOneNumber ? close.endOffset : equals.endOffset };
    this.#sink.report("CNN007", "a shape stands after `input` without a name", span, {
      help: "for example `input 28x28x1`",
      fix: { title: "leave the name out", edits: [{ span, text: isOneNumber ? number.image : "" }] },
    });
    if (!isOneNumber) return;
    this.#out.push(number);
    this.#index += rest.indexOf(close) + 1;
  }

  /** `"batch": 32`: the setting's word. */
  #quotedSetting(token: Token): Token | undefined {
    const sign = this.#tokens[this.#index + 1]?.tokenType;
    const isName = /^"[A-Za-z_][A-Za-z0-9_]*"$/.test(token.image) && (sign === Colon || sign === Equals);
    if (this.#section === undefined || !isName || !boundsStatement.has(this.#out.at(-1)?.tokenType))
      return undefined;
    const name = token.image.slice(1, -1);
    this.#sink.note(this.#section.habits, {
      code: "CNN002",
      message: "the word of a setting stands without quotes",
      span: this.#span(token),
      help: `a setting is a word and its values: \`${name} ${this.#tokens[this.#index + 2]?.image ?? "…"}\``,
      title: "write the words alone",
      edits: [{ span: this.#span(token), text: name }],
    });
    return makeToken(Identifier, name, token.startOffset, token.endOffset);
  }

  /** A value of a setting that is a call, as other libraries have it. */
  #settingCall(): boolean {
    const section = this.#section;
    if (section === undefined || boundsStatement.has(this.#out.at(-1)?.tokenType)) return false;
    const last = this.#signs.readSettingCall(this.#index, section.habits);
    this.#index = last ?? this.#index;
    return last !== undefined;
  }

  #assignment(): boolean {
    if (this.#signs.dropBeforeBody(this.#index)) return true;
    if (this.#section === undefined) return this.#signs.readAssignment(this.#index);
    this.#signs.dropFromSetting(this.#index, this.#section.habits);
    return true;
  }

  #opensSection(): boolean {
    return this.#isStatementHead() && isSectionWord(this.#out.at(-1)!.image);
  }

  // A layer as a function call

  #isStatementHead(): boolean {
    let at = this.#out.length - 1;
    const is = (type: TokenType): boolean => this.#out[at]?.tokenType === type;
    if (!is(Identifier)) return false;
    at -= 1;
    while (is(Dot) && this.#out[at - 1]?.tokenType === Identifier) at -= 2;
    if (is(Colon)) at -= 2;
    return at < 0 || is(Separator) || is(OpenBody) || is(CloseBody);
  }

  #openCall(token: Token): void {
    const empty = this.#tokens[this.#index + 1]?.tokenType === Close;
    const edits = [{ span: this.#span(token), text: empty ? "" : " " }];
    this.#levels.push({ opener: token, edits, simple: true, named: false });
  }

  /** An operator in a value without a name would need parentheses of its own. */
  #noteInCall(token: Token): void {
    const level = this.#levels.at(-1);
    if (!isCall(level)) return;
    if (token.tokenType === Equals) level.named = true;
    else if (operators.has(token.tokenType) && !level.named) level.simple = false;
  }

  #closeCall(token: Token, { opener, edits, simple }: StatementCall): void {
    const end = this.#span(token);
    const all = [...edits, { span: end, text: this.#blankAfter(end.end) }];
    this.#sink.report(
      "CNN007",
      "the arguments of a statement stand without parentheses",
      this.#span(opener),
      {
        help: "write the name and what it needs with blanks between: `conv 32 3x3 relu`",
        ...(simple ? { fix: { title: "remove the parentheses", edits: all } } : {}),
      },
    );
  }

  #closeBody(token: Token): void {
    this.#levels.pop();
    this.#out.push(token);
    const next = this.#tokens[this.#index + 1];
    if (endsStatement.has(next?.tokenType) || next?.tokenType === Comma) return;
    if (/^(?:elif|elsif|elseif)$/.test(next!.image)) return this.#elseIf(next!);
    const at = token.endOffset;
    this.#sink.report("CNN007", "a `;` or a line end is missing after `}`", this.#span(next!), {
      text: "a new statement begins here",
      fix: {
        title: "put a `;` between",
        edits: [{ span: { file: this.#file, start: at, end: at }, text: ";" }],
      },
    });
    this.#out.push(makeToken(Separator, "", at));
  }

  #elseIf(token: Token): void {
    const span = this.#span(token);
    this.#sink.report("CNN007", `\`${token.image}\` is written \`else if\``, span, {
      fix: { title: "write else if", edits: [{ span, text: "else if" }] },
    });
    this.#out.push(makeToken(Else, "else", span.start, span.end), makeToken(If, "if", span.start, span.end));
    this.#index += 1;
  }

  #span(token: Token): Span {
    return { file: this.#file, start: token.startOffset, end: token.endOffset };
  }
}

function isCall(level: Level | undefined): level is StatementCall {
  return typeof level === "object" && "opener" in level;
}

/** A name or a control word. */
function isWord({ tokenType, image }: Token): boolean {
  return tokenType === Identifier || wordTokens.get(image) === tokenType;
}
