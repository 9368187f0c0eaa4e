import type { Binary, Expression, ShapeExpression } from "./ast.ts";
import type { Mistake } from "./mistakes.ts";
import type { Token } from "./tokens.ts";

// Values that the grammar lets through and that mean something else than they seem to.

/** An expression with operators in positional place. `before` is the token before a `-` that stands apart from its number. */
export function describeUnbracketed(value: Expression, before: Token | undefined): Mistake {
  const { file, start, end } = value.span;
  const help = "`conv (2*f) 3x3`; the `-` of a negative number stands directly before it, after a blank";
  if (before !== undefined) {
    const span = { file, start: before.startOffset, end };
    return { message: "an expression with operators stands in parentheses", span, help };
  }
  return {
    message: "an expression with operators stands in parentheses",
    span: value.span,
    help,
    fix: {
      title: "put it in parentheses",
      edits: [
        { span: { file, start, end: start }, text: "(" },
        { span: { file, start: end, end }, text: ")" },
      ],
    },
  };
}

/** `-1x64`, which other tools read as "whatever is left". */
export function describeNegativePart(sign: Token, shape: ShapeExpression): Mistake {
  const first = shape.parts[0]!;
  const span = { ...first.span, start: sign.startOffset };
  const isOne = first.kind === "number" && first.text === "1";
  return {
    message: "a part of a shape cannot be negative",
    span,
    help: "`?` stands for a dimension that is not known",
    ...(isOne ? { fix: { title: "write ?", edits: [{ span, text: "?" }] } } : {}),
  };
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
export function describeChainedComparison(chained: Binary): Mistake {
  return { message: "comparisons do not chain", span: chained.span, help: "write `a < b and b < c`" };
}
