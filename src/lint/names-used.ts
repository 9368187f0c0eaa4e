import { visitStatements } from "../elaborate/files.ts";
import type { Argument, Expression, Path, Program, Statement } from "../syntax/ast.ts";

/** Every name that a program refers to: in expressions, as a statement's word, as a tensor's; scopes are not told apart. */
export function namesUsed({ statements }: Program): ReadonlySet<string> {
  const used = new Set<string>();
  visitStatements(statements, (statement) => {
    for (const { parts } of pathsOf(statement)) used.add(parts[0]!.name);
    if (statement.kind === "layer") {
      // `blocks.unit` uses `blocks`.
      used.add(statement.name.name).add(statement.name.name.split(".")[0]!);
    }
    addNames(expressionsOf(statement), used);
    return true;
  });
  return used;
}

function addNames(expressions: readonly Expression[], used: Set<string>): void {
  const waiting = [...expressions];
  for (let expression = waiting.pop(); expression !== undefined; expression = waiting.pop()) {
    const { kind } = expression;
    if (kind === "word" || kind === "dimension") used.add(expression.name);
    else if (kind === "member") used.add(expression.object.name.split(".")[0]!);
    else if (kind === "call") used.add(expression.callee.name);
    waiting.push(...partsOf(expression));
  }
}

function partsOf(expression: Expression): readonly Expression[] {
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
function expressionsOf(statement: Statement): readonly Expression[] {
  switch (statement.kind) {
    case "layer":
      return valuesOf(statement.arguments);
    case "input":
      return [statement.shape, ...valuesOf(statement.arguments)];
    case "let":
      return [statement.value];
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

function pathsOf(statement: Statement): readonly Path[] {
  switch (statement.kind) {
    case "output":
      return statement.names;
    case "from":
      return [statement.source];
    case "freeze":
    case "unfreeze":
      return statement.from === undefined ? [statement.target] : [statement.target, statement.from];
    default:
      return [];
  }
}
