import { type Span, spanText } from "../source/source-file.ts";
import type { Binary, Expression, ShapeExpression } from "./ast.ts";
import { inParentheses, type Mistake } from "./mistake.ts";
import { Identifier, NumberToken, type Token } from "./tokens.ts";

// Values that the grammar lets through and that mean something else than they seem to.

const unbracketed = "an expression with operators stands in parentheses";

/** An expression with operators in positional place: `-f`, `a/2`. */
export function describeUnbracketed({ span }: Expression): Mistake {
  return {
    message: unbracketed,
    span,
    help: "`conv (2*f) 3x3`; after `name=` no parentheses are needed",
    fix: { title: "put it in parentheses", edits: inParentheses(span) },
  };
}

/** A `-` after a value, or apart from its number: `f-1`, `32 - 1`. `isValue` says that a value stands before it, not a name. */
export function describeDetachedSign(before: Token, value: Expression, isValue: boolean): Mistake {
  const span = { ...value.span, start: before.startOffset };
  if (isAfterData(span)) {
    return {
      message: "a name is written with `_`; a folder or file stands in quotes",
      span,
      help: `write \`${spanText(span).replaceAll("-", "_")}\` or \`"${spanText(span)}"\``,
    };
  }
  const simple = isValue && (before.tokenType === NumberToken || before.tokenType === Identifier);
  return {
    message: unbracketed,
    span,
    help: "`conv (f-1) 3x3`; the `-` of a negative number stands directly before it, after a blank",
    ...(simple ? { fix: { title: "put it in parentheses", edits: inParentheses(span) } } : {}),
  };
}

/** `data fashion-mnist`: the setting takes a name or path, and no difference. */
function isAfterData({ file, start }: Span): boolean {
  return /(?:^|[;{\n])[ \t]*data[ \t]+$/.test(file.text.slice(Math.max(0, start - 200), start));
}

/** `-1x64`, which other tools read as "whatever is left". */
export function describeNegativePart(sign: Token, shape: ShapeExpression): Mistake {
  const first = shape.parts[0]!;
  const span = { ...first.span, start: sign.startOffset };
  const isOne = first.kind === "number" && first.text === "1";
  const next = shape.parts[1];
  if (isOne && next !== undefined && isOfInput(span)) {
    return {
      message: "the batch is no part of a shape",
      span,
      help: "an input's shape is that of one example",
      fix: { title: "leave it out", edits: [{ span: { ...span, end: next.span.start }, text: "" }] },
    };
  }
  return {
    message: "a part of a shape cannot be negative",
    span,
    help: "`?` stands for a dimension that is not known",
    ...(isOne ? { fix: { title: "write ?", edits: [{ span, text: "?" }] } } : {}),
  };
}

/** Whether a shape is an input's: there `-1` in first place is the batch, whatever its size. */
function isOfInput({ file, start }: Span): boolean {
  const before = file.text.slice(Math.max(0, start - 200), start);
  return /(?:^|[;{\n])[ \t]*input[ \t]+(?:\w+[ \t]+)?$/.test(before);
}

/** `scale=2 -1`: a difference that looks like two values. */
export function describeTouchingMinus(value: Expression): Mistake | undefined {
  for (let at = value; at.kind === "binary"; at = at.left) {
    if (at.operator !== "-") continue;
    const { file } = at.span;
    const gap = { file, start: at.left.span.end, end: at.right.span.start };
    if (!/^[ \t]+-$/.test(file.text.slice(gap.start, gap.end))) continue;
    return {
      message: "this may be a difference or two values",
      span: at.span,
      help: "write `2 - 1` for the difference; a value without a name stands before those with one",
      fix: { title: "write the difference", edits: [{ span: gap, text: " - " }] },
    };
  }
  return undefined;
}

/** `a < b < c`, which compares a truth value with `c`. */
export function describeChainedComparison({ left, span }: Binary): Mistake {
  const middle = left.kind === "binary" ? left.right.span : span;
  const { file, start, end } = middle;
  const text = ` and ${file.text.slice(start, end)}`;
  return {
    message: "comparisons do not chain",
    span,
    help: "write `a < b and b < c`",
    fix: { title: "write the middle twice", edits: [{ span: { file, start: end, end }, text }] },
  };
}
