import type { Argument, Expression, Statement } from "./ast.ts";

/** Every name that stands for a value in some expressions: words, dimensions, what a dot or a call follows. */
export function namesIn(expressions: readonly Expression[], names = new Set<string>()): ReadonlySet<string> {
  const waiting = [...expressions];
  for (let expression = waiting.pop(); expression !== undefined; expression = waiting.pop()) {
    const { kind } = expression;
    if (kind === "word" || kind === "dimension") names.add(expression.name);
    else if (kind === "member") names.add(expression.object.name.split(".")[0]!);
    else if (kind === "call") names.add(expression.callee.name);
    waiting.push(...partsOf(expression));
  }
  return names;
}

/** The expressions directly within one. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "call":
      return valuesOf(expression.arguments);
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "tuple":
    case "list":
      return expression.items;
    case "shape":
      return expression.parts;
    case "range":
      return [expression.from, expression.to];
    case "parenthesized":
      return [expression.expression];
    default:
      return [];
  }
}

function valuesOf(given: readonly Argument[]): readonly Expression[] {
  return given.map(({ value }) => value);
}

/** The expressions of a statement, those in its body aside. */
export function expressionsOf(statement: Statement): readonly Expression[] {
  switch (statement.kind) {
    case "layer":
      return valuesOf(statement.arguments);
    case "input":
      return [statement.shape, ...valuesOf(statement.arguments)];
    case "let":
      return [statement.value];
    case "condition":
      return [statement.condition];
    case "repeat":
      return [statement.count];
    case "for":
      return [statement.values];
    case "if":
      return statement.branches.map(({ condition }) => condition);
    case "block":
    case "model":
      return statement.parameters.flatMap(({ defaultValue }) => defaultValue ?? []);
    default:
      return [];
  }
}
