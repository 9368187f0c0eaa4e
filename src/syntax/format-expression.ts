import { spanText } from "../source/source-file.ts";
import type {
  Argument,
  Binary,
  Expression,
  InputStatement,
  LayerStatement,
  Parameter,
  Path,
  TextLiteral,
} from "./ast.ts";

/** The name under which an argument is to be written, from the one that stands there: `kernel_size` → `kernel`. */
export type RenameArgument = (statement: LayerStatement | InputStatement, argument: string) => string;

/** How expressions are written. */
export interface ExpressionStyle {
  /** Arithmetic without blanks, as in arguments: `conv (2*f) 3x3 stride=s+1`. */
  readonly tight: boolean;
  /** The outermost lists and calls have a line for each item; the text is what their lines are indented by. */
  readonly breakAt?: string;
}

/** An expression as the formatter writes it. */
export function formatExpression(expression: Expression, style: ExpressionStyle): string {
  const within = (inner: Expression): string => formatExpression(inner, style);
  switch (expression.kind) {
    case "number":
    case "missing":
      return spanText(expression.span);
    case "text":
      return formatText(expression);
    case "word":
    case "dimension":
      return expression.name;
    case "unknown":
      return "?";
    case "member":
      return `${expression.object.name}.${expression.property.name}`;
    case "call":
      return `${expression.callee.name}${formatItems("(", expression.arguments, ")", style, formatCallArgument)}`;
    case "unary":
      return `${expression.operator === "-" ? "-" : "not "}${within(expression.operand)}`;
    case "binary":
      return formatBinary(expression, style);
    case "tuple":
      return formatItems("(", expression.items, ")", style, formatExpression, style.tight ? "," : ", ");
    case "shape":
      return expression.parts.map(within).join("x");
    case "list":
      return formatItems("[", expression.items, "]", style, formatExpression);
    case "range":
      return `${within(expression.from)}..${within(expression.to)}`;
    case "parenthesized":
      return formatItems("(", [expression.expression], ")", style, formatExpression);
  }
}

/** Items between brackets, each on a line of its own where the style says so. */
export function formatItems<Item>(
  open: string,
  items: readonly Item[],
  close: string,
  style: ExpressionStyle,
  format: (item: Item, style: ExpressionStyle) => string,
  separator = ", ",
): string {
  const { breakAt, ...inner } = style;
  const texts = items.map((item) => format(item, inner));
  if (breakAt === undefined || items.length === 0) return `${open}${texts.join(separator)}${close}`;
  return `${open}\n${texts.map((text) => `${breakAt}  ${text}`).join(",\n")}\n${breakAt}${close}`;
}

export function formatParameter({ name, defaultValue }: Parameter, style: ExpressionStyle): string {
  return defaultValue === undefined ? name.name : `${name.name} = ${formatExpression(defaultValue, style)}`;
}

/** An argument of a statement. */
export function formatArgument(
  { name, value }: Argument,
  style: ExpressionStyle,
  rename: (name: string) => string,
): string {
  const text = formatExpression(value, style);
  return name === undefined ? text : `${rename(name.name)}=${text}`;
}

export function formatPath(path: Path): string {
  return path.parts.map((part) => part.name).join(".");
}

export function formatText({ value }: TextLiteral): string {
  return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

function formatCallArgument(argument: Argument, style: ExpressionStyle): string {
  return formatArgument(argument, style, (name) => name);
}

const arithmetic: ReadonlySet<string> = new Set(["+", "-", "*", "/", "//", "%", "**"]);

function formatBinary(binary: Binary, style: ExpressionStyle): string {
  const { operator, left, right } = binary;
  const close = arithmetic.has(operator) && (style.tight || isFraction(binary));
  const sign = close ? operator : ` ${operator} `;
  return `${formatExpression(left, style)}${sign}${formatExpression(right, style)}`;
}

/** `1/255`, which is a number. */
function isFraction({ operator, left, right }: Binary): boolean {
  const top = left.kind === "unary" && left.operator === "-" ? left.operand : left;
  return operator === "/" && top.kind === "number" && right.kind === "number";
}
