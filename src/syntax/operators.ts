import type { Span } from "../source/source-file.ts";
import type { Binary, BinaryOperator, Expression } from "./ast.ts";
import type { Token } from "./tokens.ts";

/** How tightly each operator binds; the signs stand with their own names. */
export const precedence: Readonly<Record<BinaryOperator | "not" | "sign", number>> = {
  or: 1,
  and: 2,
  not: 3,
  "==": 4,
  "!=": 4,
  "<": 4,
  "<=": 4,
  ">": 4,
  ">=": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "//": 6,
  "%": 6,
  sign: 7,
  "**": 8,
};

const comparisons: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

/** One member of a flat expression: a value, a sign before a value, or an operator between two. */
export type FlatItem =
  | { readonly role: "value"; readonly value: Expression }
  | { readonly role: "prefix" | "infix"; readonly token: Token };

interface Pending {
  readonly role: "prefix" | "infix";
  readonly token: Token;
  readonly strength: number;
}

/**
 * Puts a flat expression together by the strength of its operators; equal ones go from left to right, `**` from the right.
 * The first comparison of each chain of them, `a < b < c`, is handed to `onChain`.
 */
export function foldExpression(items: readonly FlatItem[], onChain: (chained: Binary) => void): Expression {
  const values: Expression[] = [];
  const pending: Pending[] = [];
  const reduce = (): void => {
    const { role, token } = pending.pop()!;
    const right = values.pop()!;
    const { file, end } = right.span;
    if (role === "prefix") {
      const span: Span = { file, start: token.startOffset, end };
      values.push({ kind: "unary", operator: token.image === "-" ? "-" : "not", operand: right, span });
    } else {
      const left = values.pop()!;
      const span: Span = { file, start: left.span.start, end };
      const binary: Binary = { kind: "binary", operator: token.image as BinaryOperator, left, right, span };
      if (compares(binary) && compares(left) && !compares(left.left)) onChain(binary);
      values.push(binary);
    }
  };
  for (const item of items) {
    if (item.role === "value") {
      values.push(item.value);
      continue;
    }
    const { role, token } = item;
    const strength =
      role === "prefix"
        ? precedence[token.image === "-" ? "sign" : "not"]
        : precedence[token.image as BinaryOperator];
    if (role === "infix") {
      const outlives = token.image === "**" ? strength + 1 : strength;
      while (pending.length > 0 && pending.at(-1)!.strength >= outlives) reduce();
    }
    pending.push({ role, token, strength });
  }
  while (pending.length > 0) reduce();
  return values[0]!;
}

function compares(expression: Expression): expression is Binary {
  return expression.kind === "binary" && comparisons.has(expression.operator);
}
