import type { TokenType } from "chevrotain";
import { shorten } from "./scan.ts";
import { endsHead } from "./missing-parts.ts";
import {
  beginsValueOrWord,
  infixes,
  inParentheses,
  type Mistake,
  type MistakeContext,
  spanOf,
} from "./mistake.ts";
import {
  boundsStatement,
  Close,
  Dot,
  Identifier,
  In,
  Join,
  Minus,
  NumberToken,
  Open,
  OpenCall,
  Slash,
  type Token,
} from "./tokens.ts";

/** What is wrong at an operator. */
export function describeOperator(context: MistakeContext): Mistake | undefined {
  const { file, tokens, first } = context;
  // `1/k`: the sign of a fraction fits, what follows it does not.
  const isAfterSign = context.at > first && tokens[context.at - 1]!.tokenType === Slash;
  const at = isAfterSign ? context.at - 1 : context.at;
  const token = tokens[at];
  if (token === undefined || !infixes.has(token.tokenType)) return undefined;
  const span = spanOf(file, token);
  const previous = tokens[at - 1];
  const next = tokens[at + 1];
  if (previous === undefined) return undefined;
  const dash = describeDash(context, at);
  if (dash !== undefined) return dash;
  const numbers = previous.tokenType === NumberToken && next?.tokenType === NumberToken;
  // Beside a window a product is a count.
  const isCount = countWords.has(context.tokens[first]!.image);
  if (token.image === "*" && numbers && !isCount && !hasWindow(context))
    return describeProduct(context, at - 1);
  const share = describeShare(context, at);
  if (share !== undefined) return share;
  if (token.image === "//" && !isDivision(context, at)) {
    return {
      message: "`//` divides and rounds down; a comment begins with `#`",
      span,
      fix: { title: "write #", edits: [{ span, text: "#" }] },
    };
  }
  const help = "`conv (2*f) 3x3`; after `name=` no parentheses are needed";
  const [start, end] = [startOfOperand(tokens, at - 1), endOfOperators(tokens, at)];
  if (start === undefined || end === undefined || start <= first)
    return { message: "an expression with operators stands in parentheses", span, help };
  const whole = { file, start: tokens[start]!.startOffset, end: tokens[end]!.endOffset };
  const fix = { title: "put it in parentheses", edits: inParentheses(whole) };
  return {
    message: "an expression with operators stands in parentheses",
    span: whole,
    help,
    fix,
  };
}

/** `10%`, with nothing behind it that a remainder could be taken by. */
function describeShare({ file, tokens }: MistakeContext, at: number): Mistake | undefined {
  const [number, sign, next] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  if (sign?.image !== "%" || number?.tokenType !== NumberToken) return undefined;
  if (beginsValueOrWord.has(next?.tokenType as never)) return undefined;
  const text = String(Number(number.image.replaceAll("_", "")) / 100);
  const span = { file, start: number.startOffset, end: sign.endOffset };
  return {
    message: `a share is a number from 0 to 1: \`${text}\` for ${number.image} %`,
    span,
    fix: { title: `write ${text}`, edits: [{ span, text }] },
  };
}

/** `smoothing=10%` at the end of a statement or before a bracket. */
export function describeEndingShare(context: MistakeContext): Mistake | undefined {
  return describeShare(context, context.at - 1);
}

/** `1.`, as in `1./255`. */
export function describeBarePoint({ file, tokens, at }: MistakeContext): Mistake | undefined {
  const [number, point, next] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  if (point?.tokenType !== Dot || number?.tokenType !== NumberToken) return undefined;
  const isAlone = number.endOffset === point.startOffset && next?.tokenType !== Identifier;
  if (!isAlone || number.image.includes(".")) return undefined;
  const span = { file, start: number.startOffset, end: point.endOffset };
  return {
    message: `a number does not end in a point: \`${number.image}\``,
    span,
    fix: { title: `write ${number.image}`, edits: [{ span, text: number.image }] },
  };
}

/** `conv - 8 3x3`: a sign between a layer and its values. */
function describeDash({ file, tokens, first }: MistakeContext, at: number): Mistake | undefined {
  const [word, sign, next] = [tokens[at - 1]!, tokens[at]!, tokens[at + 1]];
  if (at !== first + 1 || word.tokenType !== Identifier || next?.tokenType !== NumberToken) return undefined;
  const gap = { file, start: word.endOffset, end: next.startOffset };
  return {
    message: `no \`${sign.image}\` stands between \`${shorten(word.image)}\` and its values`,
    span: spanOf(file, sign),
    fix: { title: `remove the \`${sign.image}\``, edits: [{ span: gap, text: " " }] },
  };
}

/** Whether a window such as `3x3` stands in the statement. */
function hasWindow({ tokens, first }: MistakeContext): boolean {
  let at = first;
  while (at < tokens.length && !endsHead.has(tokens[at]!.tokenType) && tokens[at]!.tokenType !== Join)
    at += 1;
  return tokens[at]?.tokenType === Join;
}

/** `3*3`, `28*28*1`: a window or a shape. */
function describeProduct({ file, tokens }: MistakeContext, from: number): Mistake {
  let to = from;
  while (tokens[to + 1]?.image === "*" && tokens[to + 2]?.tokenType === NumberToken) to += 2;
  const numbers = tokens.slice(from, to + 1).filter(({ tokenType }) => tokenType === NumberToken);
  const text = numbers.map(({ image }) => image).join("x");
  const span = { file, start: numbers[0]!.startOffset, end: numbers.at(-1)!.endOffset };
  return {
    message: "a window is written with `x`",
    span,
    help: `a product stands in parentheses: \`(${text.replaceAll("x", "*")})\``,
    fix: { title: `write ${text}`, edits: [{ span, text }] },
  };
}

/** Layers and statements whose first number counts. */
const countWords: ReadonlySet<string> = new Set(["dense", "repeat", "repeat_vector", "embedding"]);

/** Whether `//` divides what stands beside it; else it is meant to begin a comment, as in other languages: `relu // the first`. */
function isDivision({ file, tokens }: MistakeContext, at: number): boolean {
  const [start, end] = [startOfOperand(tokens, at - 1), endOfOperand(tokens, at + 1)];
  if (start === undefined || end === undefined) return false;
  const [sign, left, right] = [tokens[at]!, tokens[at - 1]!, tokens[at + 1]!];
  if (left.endOffset === sign.startOffset && sign.endOffset === right.startOffset) return true;
  if (start < at - 1 || end > at + 1) return true;
  const isName = (token: Token): boolean => token.tokenType === Identifier && isGiven(file.text, token.image);
  const isNumber = (token: Token): boolean => token.tokenType === NumberToken;
  // The last number of a window is none to divide.
  const isCountable = isNumber(left) && tokens[at - 2]?.tokenType !== Join;
  return (isName(left) || isCountable) && (isName(right) || isNumber(right));
}

/** Whether a text gives a name a value: by `let`, as a loop's name or as a parameter. */
function isGiven(text: string, name: string): boolean {
  return new RegExp(`\\b(?:let|for)\\s+${name}\\b|[(,]\\s*${name}\\s*[,)=]`).test(text);
}

/** The last token of a chain of operators and values that begins at an operator. */
function endOfOperators(tokens: readonly Token[], at: number): number | undefined {
  let last: number | undefined;
  for (let sign = at; infixes.has(tokens[sign]?.tokenType as never); sign = last + 1) {
    last = endOfOperand(tokens, sign + 1);
    if (last === undefined) return undefined;
  }
  return last;
}

/** The last token of a value that begins at a token: `2`, `f`, `-f`, `in.channels`, `(f + 1)`, `max(f, 8)`. */
function endOfOperand(tokens: readonly Token[], at: number): number | undefined {
  const type = tokens[at]?.tokenType;
  if (type === Minus) return endOfOperand(tokens, at + 1);
  if (type === NumberToken) return at;
  if (type === Open) return otherParenthesis(tokens, at, 1);
  if (type !== Identifier && type !== In) return undefined;
  let end = at;
  while (tokens[end + 1]?.tokenType === Dot && tokens[end + 2]?.tokenType === Identifier) end += 2;
  return tokens[end + 1]?.tokenType === OpenCall ? otherParenthesis(tokens, end + 1, 1) : end;
}

/** The first token of a value that ends at a token. */
function startOfOperand(tokens: readonly Token[], at: number): number | undefined {
  const type = tokens[at]?.tokenType;
  if (type === NumberToken) return at;
  let start: number | undefined = at;
  if (type === Close) {
    start = otherParenthesis(tokens, at, -1);
    if (start === undefined || tokens[start]!.tokenType === Open) return start;
    start -= 1;
  } else if (type !== Identifier) return undefined;
  while (tokens[start - 1]?.tokenType === Dot && nameTypes.has(tokens[start - 2]?.tokenType as never))
    start -= 2;
  return start;
}

const nameTypes: ReadonlySet<TokenType> = new Set([Identifier, In]);

/** The parenthesis that belongs to one, in the same statement. */
function otherParenthesis(tokens: readonly Token[], from: number, step: 1 | -1): number | undefined {
  let depth = 0;
  for (let at = from; !boundsStatement.has(tokens[at]?.tokenType); at += step) {
    const type = tokens[at]!.tokenType;
    if (type === Open || type === OpenCall) depth += step;
    else if (type === Close) depth -= step;
    if (depth === 0) return at;
  }
  return undefined;
}
