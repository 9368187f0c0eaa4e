import type { Argument, Body, Expression, Parameter, Path, Program, Statement } from "./ast.ts";

/**
 * A syntax tree as text, for golden tests and for looking at what the parser read: a line a statement, bodies indented,
 * expressions in prefix form. Two programs have the same text where they differ in nothing but places and comments.
 */
export function renderProgram(program: Program): string {
  return renderStatements(program.statements, "");
}

function renderStatements(statements: readonly Statement[], indent: string): string {
  return statements.map((statement) => `${indent}${renderStatement(statement, indent)}\n`).join("");
}

function renderStatement(statement: Statement, indent: string): string {
  const body = (content: Body | undefined): string => {
    if (content === undefined) return "";
    if (content.statements.length === 0) return " {}";
    return ` {\n${renderStatements(content.statements, `${indent}  `)}${indent}}`;
  };
  switch (statement.kind) {
    case "layer": {
      const label = statement.label === undefined ? "" : `${statement.label.name}: `;
      return `layer ${label}${statement.name.name}${renderArguments(statement.arguments)}${body(statement.body)}`;
    }
    case "input": {
      const name = statement.name === undefined ? "" : ` ${statement.name.name}:`;
      return `input${name} ${renderExpression(statement.shape)}${renderArguments(statement.arguments)}`;
    }
    case "output":
      return ["output", ...statement.names.map(renderPath)].join(" ");
    case "from":
      return `from ${renderPath(statement.source)}`;
    case "let":
      return `let ${statement.name.name} = ${renderExpression(statement.value)}`;
    case "if": {
      const branches = statement.branches.map(
        (branch) => `if ${renderExpression(branch.condition)}${body(branch.body)}`,
      );
      const otherwise = statement.otherwise === undefined ? "" : ` else${body(statement.otherwise)}`;
      return `${branches.join(" else ")}${otherwise}`;
    }
    case "for": {
      const names = statement.names.map((name) => name.name).join(" ");
      return `for (${names}) in ${renderExpression(statement.values)}${body(statement.body)}`;
    }
    case "repeat":
      return `repeat ${renderExpression(statement.count)}${body(statement.body)}`;
    case "block":
    case "model":
      return `${statement.kind} ${statement.name.name}${renderParameters(statement.parameters)}${body(statement.body)}`;
    case "shared":
      return `shared ${statement.name.name}${body(statement.body)}`;
    case "use": {
      const { target, alias } = statement;
      const shown = "kind" in target ? renderExpression(target) : target.name;
      return `use ${shown}${alias === undefined ? "" : ` as ${alias.name}`}`;
    }
    case "freeze":
    case "unfreeze": {
      const from = statement.from === undefined ? "" : ` from ${renderPath(statement.from)}`;
      return `${statement.kind} ${renderPath(statement.target)}${from}`;
    }
    case "require": {
      const { quantity, operator, limit, unit } = statement;
      return `require ${quantity.name} ${operator} ${limit.text}${unit?.name ?? ""}`;
    }
    case "condition":
      return `require (${renderExpression(statement.condition)}) ${renderExpression(statement.text)}`;
    case "target":
      return `require target ${statement.names.map(({ name }) => name).join(" ")}`;
    case "language":
      return `language ${statement.version.text}`;
    case "missing":
      return "(missing)";
  }
}

function renderArguments(items: readonly Argument[]): string {
  return items.map((item) => ` ${renderArgument(item)}`).join("");
}

function renderArgument({ name, value }: Argument): string {
  return `${name === undefined ? "" : `${name.name}=`}${renderExpression(value)}`;
}

function renderParameters(parameters: readonly Parameter[]): string {
  const shown = parameters.map(({ name, defaultValue }) =>
    defaultValue === undefined ? name.name : `${name.name} = ${renderExpression(defaultValue)}`,
  );
  return `(${shown.join(", ")})`;
}

function renderPath(path: Path): string {
  return path.parts.map((part) => part.name).join(".");
}

/** An expression in prefix form: `(* 2 f)`, `(x 3 3)`, `(call round w 8)`; a dimension's name stands in angles. */
export function renderExpression(expression: Expression): string {
  const form = (head: string, items: readonly Expression[]): string =>
    `(${[head, ...items.map(renderExpression)].join(" ")})`;
  switch (expression.kind) {
    case "number":
      return expression.text;
    case "text":
      return JSON.stringify(expression.value);
    case "word":
      return expression.name;
    case "dimension":
      return `<${expression.name}>`;
    case "unknown":
      return "?";
    case "missing":
      return "(missing)";
    case "member":
      return `(. ${expression.object.name} ${expression.property.name})`;
    case "call":
      return `(call ${expression.callee.name}${renderArguments(expression.arguments)})`;
    case "unary":
      return form(expression.operator, [expression.operand]);
    case "binary":
      return form(expression.operator, [expression.left, expression.right]);
    case "tuple":
      return form("tuple", expression.items);
    case "shape":
      return form("x", expression.parts);
    case "list":
      return form("list", expression.items);
    case "range":
      return form("..", [expression.from, expression.to]);
    case "parenthesized":
      return form("paren", [expression.expression]);
  }
}
