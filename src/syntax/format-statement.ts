import type { Body, Expression, Identifier, InputStatement, LayerStatement, Statement } from "./ast.ts";
import {
  type ExpressionStyle,
  formatArgument,
  formatExpression,
  formatItems,
  formatParameter,
  formatPath,
  formatText,
  type RenameArgument,
} from "./format-expression.ts";
import { spanText } from "../source/source-file.ts";

/** A statement's head, or one of the heads of an `if`, and the body after it. */
export interface Part {
  /** The head's text; with an indentation, that of a head whose outermost brackets have a line for each item. */
  readonly text: (breakAt?: string) => string;
  readonly body: Body | undefined;
}

/** A statement as heads and bodies: one head, or for an `if` one a branch. */
export function formatParts(statement: Statement, rename: RenameArgument): readonly Part[] {
  switch (statement.kind) {
    case "if": {
      const parts = statement.branches.map(({ condition, body }, index): Part => {
        const word = index === 0 ? "if" : "else if";
        return { text: (breakAt) => `${word} ${value(condition, breakAt)}`, body };
      });
      if (statement.otherwise !== undefined) parts.push({ text: () => "else", body: statement.otherwise });
      return parts;
    }
    case "layer":
    case "for":
    case "repeat":
    case "block":
    case "shared":
    case "model":
      return [{ text: (breakAt) => formatHead(statement, rename, breakAt), body: statement.body }];
    default:
      return [{ text: (breakAt) => formatHead(statement, rename, breakAt), body: undefined }];
  }
}

type HeadedStatement = Exclude<Statement, { readonly kind: "if" }>;

function formatHead(statement: HeadedStatement, rename: RenameArgument, breakAt?: string): string {
  switch (statement.kind) {
    case "layer": {
      const label = statement.label === undefined ? "" : `${statement.label.name}: `;
      return `${label}${[statement.name.name, ...formatArguments(statement, rename, breakAt)].join(" ")}`;
    }
    case "input": {
      const { name, shape } = statement;
      const shown = formatExpression(shape, { tight: true });
      return ["input", ...namesOf(name), shown, ...formatArguments(statement, rename, breakAt)].join(" ");
    }
    case "output":
      return ["output", ...statement.names.map(formatPath)].join(" ");
    case "from":
      return `from ${formatPath(statement.source)}`;
    case "let":
      return `let ${statement.name.name} = ${value(statement.value, breakAt)}`;
    case "for": {
      const names = statement.names.map((name) => name.name).join(", ");
      const shown = statement.names.length === 1 ? names : `(${names})`;
      return `for ${shown} in ${value(statement.values, breakAt)}`;
    }
    case "repeat":
      return `repeat ${value(statement.count, breakAt)}`;
    case "block":
    case "model": {
      const { kind, name, parameters } = statement;
      const style = styleOf(false, breakAt);
      const list = parameters.length === 0 ? "" : formatItems("(", parameters, ")", style, formatParameter);
      return `${kind} ${name.name}${list}`;
    }
    case "shared":
      return `shared ${statement.name.name}`;
    case "use": {
      const { target, alias } = statement;
      const shown = "kind" in target ? formatText(target) : target.name;
      return [`use ${shown}`, ...namesOf(alias).map((name) => `as ${name}`)].join(" ");
    }
    case "freeze":
    case "unfreeze": {
      const from = statement.from === undefined ? "" : ` from ${formatPath(statement.from)}`;
      return `${statement.kind} ${formatPath(statement.target)}${from}`;
    }
    case "require": {
      const { quantity, operator, limit, unit } = statement;
      // A blank stays: without it some units would be read as parts of the number.
      const gap = unit !== undefined && unit.span.start > limit.span.end ? " " : "";
      return `require ${quantity.name} ${operator} ${spanText(limit.span)}${gap}${unit?.name ?? ""}`;
    }
    case "condition":
      return `require (${value(statement.condition, breakAt)}) ${formatText(statement.text)}`;
    case "target":
      return `require target ${statement.names.map(({ name }) => name).join(" ")}`;
    case "language":
      return `language ${spanText(statement.version.span)}`;
    case "missing":
      return spanText(statement.span);
  }
}

function formatArguments(
  statement: LayerStatement | InputStatement,
  rename: RenameArgument,
  breakAt: string | undefined,
): string[] {
  const style = styleOf(true, breakAt);
  return statement.arguments.map((item) => formatArgument(item, style, (name) => rename(statement, name)));
}

function value(expression: Expression, breakAt: string | undefined): string {
  return formatExpression(expression, styleOf(false, breakAt));
}

function styleOf(tight: boolean, breakAt: string | undefined): ExpressionStyle {
  return breakAt === undefined ? { tight } : { tight, breakAt };
}

function namesOf(name: Identifier | undefined): string[] {
  return name === undefined ? [] : [name.name];
}
