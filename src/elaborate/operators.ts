import type { Dim } from "../graph/dim.ts";
import * as dims from "../graph/dim.ts";
import type { Span } from "../source/source-file.ts";
import { spanText } from "../source/source-file.ts";
import type { Binary, BinaryOperator, Unary } from "../syntax/ast.ts";
import type { Frame } from "./context.ts";
import { callLabels } from "./context.ts";
import type { ArithmeticFailure, ArithmeticResult, Rational } from "./rational.ts";
import {
  add,
  compare,
  divide,
  floorDivide,
  isWhole,
  multiply,
  negate,
  power,
  rationalText,
  remainder,
  subtract,
  whole,
} from "./rational.ts";
import type { Value, ValueOf } from "./values.ts";
import {
  describeValue,
  dimensionValue,
  isSameValue,
  missing,
  numberValue,
  shortened,
  truthValue,
  withOriginOf,
} from "./values.ts";

type Arithmetic = "+" | "-" | "*" | "/" | "//" | "%" | "**";

const arithmetic: Readonly<Record<Arithmetic, (left: Rational, right: Rational) => ArithmeticResult>> = {
  "+": add,
  "-": subtract,
  "*": multiply,
  "/": divide,
  "//": floorDivide,
  "%": remainder,
  "**": power,
};

type Numeric = ValueOf<"number"> | ValueOf<"dimension">;

/** `-x` and `not x`. */
export function applyUnary({ operator, operand, span }: Unary, value: Value, frame: Frame): Value {
  if (value.kind === "missing") return missing;
  if (operator === "not") {
    const truth = truthOf(value, operand.span, "`not`", frame);
    return truth === undefined ? missing : withOriginOf(truthValue(!truth), value);
  }
  if (value.kind === "number") return withOriginOf(numberValue(negate(value.number)), value);
  if (value.kind === "dimension") return dimensionValue(dims.subtract(dims.known(0), value.dim));
  frame.elaboration.reportValue(
    "CNN130",
    `\`-\` needs a number, but this is ${describeValue(value)}`,
    value,
    span,
  );
  return missing;
}

/** The truth of a value; undefined, and reported, where it is not yes or no. */
export function truthOf(value: Value, span: Span, where: string, frame: Frame): boolean | undefined {
  if (value.kind === "truth") return value.truth;
  if (value.kind !== "missing") {
    const message = `${where} needs yes or no, but this is ${describeValue(value)}`;
    // What was given to a parameter is mended where it was given.
    const help =
      value.origin === undefined ? "compare it: `… == …`" : "give it `yes` or `no`, or compare it: `… == …`";
    frame.elaboration.reportValue("CNN130", message, value, span, { help });
  }
  return undefined;
}

/** Every operation of two values but `and` and `or`. */
export function applyBinary(operation: Binary, left: Value, right: Value, frame: Frame): Value {
  if (left.kind === "missing" || right.kind === "missing") return missing;
  const { operator } = operation;
  if (operator === "==" || operator === "!=") return applyEquality(operation, left, right, frame);
  for (const [value, { span }] of [
    [left, operation.left],
    [right, operation.right],
  ] as const) {
    if (value.kind === "number" || value.kind === "dimension") continue;
    const message = `\`${operator}\` needs numbers, but this is ${describeValue(value)}`;
    frame.elaboration.reportValue("CNN130", message, value, span);
    return missing;
  }
  const result = isArithmetic(operator)
    ? applyArithmetic(operation, operator, left as Numeric, right as Numeric, frame)
    : applyOrder(operation, left as Numeric, right as Numeric, frame);
  return withOriginOf(result, left, right);
}

function isArithmetic(operator: BinaryOperator): operator is Arithmetic {
  return Object.hasOwn(arithmetic, operator);
}

function applyEquality(operation: Binary, left: Value, right: Value, frame: Frame): Value {
  const isSame = isSameValue(left, right, (one, other) => {
    const comparison = dims.compare(one, other);
    return comparison === "unknown" ? undefined : comparison === "equal";
  });
  if (isSame === undefined) return reportOpen(operation, left, right, frame);
  return withOriginOf(truthValue(isSame === (operation.operator === "==")), left, right);
}

function applyOrder(operation: Binary, left: Numeric, right: Numeric, frame: Frame): Value {
  const { operator } = operation;
  if (left.kind === "number" && right.kind === "number") {
    const order = compare(left.number, right.number);
    return truthValue(
      { "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[operator as "<"],
    );
  }
  // a < b is not a >= b; a > b is b < a
  const isSwapped = operator === ">" || operator === "<=";
  const [one, other] = isSwapped ? [right, left] : [left, right];
  const isNegated = operator === "<" || operator === ">";
  const [dim, bound] = [dimOf(one), dimOf(other)];
  const answer = dim === undefined || bound === undefined ? "unknown" : dims.atLeast(dim, bound);
  if (answer === "unknown") return reportOpen(operation, left, right, frame);
  return truthValue((answer === "yes") !== isNegated);
}

function applyArithmetic(
  operation: Binary,
  operator: Arithmetic,
  left: Numeric,
  right: Numeric,
  frame: Frame,
): Value {
  if (left.kind === "number" && right.kind === "number") {
    const result = arithmetic[operator](left.number, right.number);
    if (typeof result !== "string") return numberValue(result);
    const text = `${rationalText(left.number)} ${operator} ${rationalText(right.number)}`;
    reportFailure(result, text, withOriginOf(right, left), operation.span, frame);
    return missing;
  }
  const result = applyToDims(operator, left, right);
  return result === undefined ? reportOpen(operation, left, right, frame) : dimensionValue(result);
}

/** Arithmetic that stays a whole number whatever the dimension is; undefined for any other. */
function applyToDims(operator: Arithmetic, left: Numeric, right: Numeric): Dim | undefined {
  const [one, other] = [dimOf(left), dimOf(right)];
  if (one === undefined || other === undefined) return undefined;
  switch (operator) {
    case "+":
      return dims.add(one, other);
    case "-":
      return dims.subtract(one, other);
    case "*":
      return dims.multiply(one, other);
    case "//":
      return other.value !== undefined && other.value >= 1 ? dims.floorDivide(one, other.value) : undefined;
    case "/": {
      if (other.value === undefined || other.value < 1) return undefined;
      const quotient = dims.floorDivide(one, other.value);
      return dims.compare(dims.multiply(quotient, other), one) === "equal" ? quotient : undefined;
    }
    default:
      return undefined;
  }
}

export function dimOf(value: Numeric): Dim | undefined {
  if (value.kind === "dimension") return value.dim;
  const { number } = value;
  const isOrdinary = isWhole(number) && compare(number, whole(Number.MAX_SAFE_INTEGER)) <= 0;
  return isOrdinary && compare(number, whole(Number.MIN_SAFE_INTEGER)) >= 0
    ? dims.known(Number(number.numerator))
    : undefined;
}

function reportOpen({ span }: Binary, left: Value, right: Value, frame: Frame): Value {
  reportUnknownDimension(
    `\`${shortened(spanText(span))}\``,
    left.kind === "dimension" ? left : right,
    span,
    frame,
  );
  return missing;
}

/** Reports that a dimension decides something although it is not known; `what` begins the sentence. */
export function reportUnknownDimension(what: string, value: Value, span: Span, frame: Frame): void {
  const text = value.kind === "dimension" ? value.dim.toString() : "?";
  const which = text === "?" ? "a dimension that is not known" : `\`${text}\`, which is not known`;
  frame.elaboration.reportValue("CNN134", `${what} depends on ${which}`, value, span, {
    labels: callLabels(frame),
    help: "give the input a fixed size, in its `input` or with `--input`",
  });
}

/** Reports why there is no result; `text` is the calculation with its numbers. */
export function reportFailure(
  failure: ArithmeticFailure,
  text: string,
  value: Value,
  span: Span,
  frame: Frame,
): void {
  const { elaboration } = frame;
  const shown = text.length > 60 ? "this" : `\`${text}\``;
  switch (failure) {
    case "division by zero":
      return elaboration.reportValue("CNN131", `${shown} divides by zero`, value, span);
    case "too large":
      return elaboration.reportValue("CNN132", `${shown} is too large to compute with`, value, span);
    case "not whole":
      return elaboration.reportValue("CNN130", `${shown}: the exponent must be a whole number`, value, span, {
        help: "for a root there is `sqrt(x)`",
      });
    case "negative":
      return elaboration.reportValue("CNN130", `${shown}: a negative number has no root`, value, span);
    case "no width":
      return elaboration.reportValue("CNN130", `${shown}: what is rounded must be above 0`, value, span);
  }
}
