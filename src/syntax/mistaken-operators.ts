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
import { Identifier, Join, NumberToken, Slash, type Token } from "./tokens.ts";

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
  if (
    token.image === "%" &&
    previous.tokenType === NumberToken &&
    !beginsValueOrWord.has(next?.tokenType as never)
  ) {
    const text = String(Number(previous.image.replaceAll("_", "")) / 100);
    const share = { file, start: previous.startOffset, end: token.endOffset };
    return {
      message: `a share is a number from 0 to 1: \`${text}\` for ${previous.image} %`,
      span: share,
      fix: { title: `write ${text}`, edits: [{ span: share, text }] },
    };
  }
  if (token.image === "//" && !numbers) {
    return {
      message: "`//` divides and rounds down; a comment begins with `#`",
      span,
      fix: { title: "write #", edits: [{ span, text: "#" }] },
    };
  }
  const help = "`conv (2*f) 3x3`; after `name=` no parentheses are needed";
  const end = endOfOperators(tokens, at);
  const simple = end !== undefined && operandTypes.has(previous.tokenType) && at - 1 > first;
  if (!simple) return { message: "an expression with operators stands in parentheses", span, help };
  const whole = { file, start: previous.startOffset, end: tokens[end]!.endOffset };
  const fix = { title: "put it in parentheses", edits: inParentheses(whole) };
  return {
    message: "an expression with operators stands in parentheses",
    span: whole,
    help,
    fix,
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

const operandTypes: ReadonlySet<TokenType> = new Set([NumberToken, Identifier]);

/** The last token of a chain of operators and simple values that begins at an operator. */
function endOfOperators(tokens: readonly Token[], at: number): number | undefined {
  let last: number | undefined;
  for (let index = at; infixes.has(tokens[index]?.tokenType as never); index += 2) {
    if (!operandTypes.has(tokens[index + 1]?.tokenType as never)) return undefined;
    last = index + 1;
  }
  return last;
}
