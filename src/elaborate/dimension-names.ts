import type { Dim, Shape } from "../graph/dim.ts";
import { compare, shapeText } from "../graph/dim.ts";
import { type Span, spanText } from "../source/source-file.ts";
import type { DimensionName, Expression } from "../syntax/ast.ts";
import type { Frame } from "./context.ts";
import { evaluate } from "./expressions.ts";
import { compare as compareNumbers, divide, isWhole, rationalText, subtract, whole } from "./rational.ts";
import type { Rational } from "./rational.ts";
import { Scope, type ValueBinding } from "./scope.ts";
import { dimOf } from "./operators.ts";
import { dimensionValue, numberValue } from "./values.ts";

/** A shape that takes the place of a declared one. */
export interface ActualShape {
  readonly shape: Shape;
  /** Where it comes from: what `--input` says, or the call of a model. */
  readonly span: Span;
}

/**
 * Gives the names in capitals of a declared shape their meaning: the dimensions of the shape that takes its place. A name
 * stands for one number, so a second place of it must agree with the first. False where it does not, which is reported.
 */
export function bindDimensionNames(declared: Expression, actual: ActualShape, frame: Frame): boolean {
  let agrees = true;
  for (const [part, dim] of partsWith(declared, actual.shape)) {
    if (part.kind !== "dimension") continue;
    const earlier = frame.scope.own(part.name);
    if (earlier === undefined) {
      const value = dimensionValue(dim);
      frame.scope.set(part.name, { kind: "value", value, what: "dimension", span: part.span });
    } else if (earlier.kind === "value" && earlier.what === "dimension") {
      agrees = checkSameDimension(part.name, part.span, dim, earlier, actual, frame) && agrees;
    }
  }
  for (const [part, dim] of partsWith(declared, actual.shape)) {
    if (part.kind !== "dimension" && dim.value !== undefined)
      agrees = solveForName(part, dim.value, actual, frame) && agrees;
  }
  return agrees;
}

/**
 * Gives the name in a calculation the number that makes it the size that is there: of `(2*N+1)` and 9 it is 4. False, and reported,
 * where no whole number does. Only what is linear in one name is solved.
 */
function solveForName(part: Expression, size: number, actual: ActualShape, frame: Frame): boolean {
  const names = new Map(dimensionNamesIn(part).map((name) => [name.name, name]));
  const [name, another] = names.values();
  if (name === undefined || another !== undefined || frame.scope.find(name.name) !== undefined) return true;
  const at = (value: bigint): Rational | undefined => {
    const scope = new Scope(frame.scope, [], false);
    scope.set(name.name, { ...binding, value: numberValue(whole(value)) });
    const result = evaluate(part, { ...frame, scope });
    return result.kind === "number" ? result.number : undefined;
  };
  const binding = { kind: "value", what: "dimension", span: name.span } as const;
  const [zero, one, two] = [at(0n), at(1n), at(2n)];
  if (zero === undefined || one === undefined || two === undefined) return true;
  const slope = subtract(one, zero);
  const bend = subtract(two, one);
  if (typeof slope === "string" || typeof bend === "string" || compareNumbers(slope, bend) !== 0) return true;
  const rest = subtract(whole(size), zero);
  const solution = typeof rest === "string" ? rest : divide(rest, slope);
  if (typeof solution === "string") return true;
  if (isWhole(solution) && compareNumbers(solution, whole(1)) >= 0) {
    frame.scope.set(name.name, { ...binding, value: numberValue(solution) });
    return true;
  }
  const text = spanText(part.span);
  const message = `\`${text}\` is ${size} for no whole \`${name.name}\`: it would be ${rationalText(solution)}`;
  reportContradiction(message, [{ span: part.span, text: `${size} here` }], actual, frame);
  return false;
}

/** The names in capitals of a calculation. */
function dimensionNamesIn(expression: Expression): readonly DimensionName[] {
  switch (expression.kind) {
    case "dimension":
      return [expression];
    case "parenthesized":
      return dimensionNamesIn(expression.expression);
    case "binary":
      return [...dimensionNamesIn(expression.left), ...dimensionNamesIn(expression.right)];
    default:
      return [];
  }
}

/** Whether the calculations with names in a declared shape, `(2*H)`, give what takes their place; reported where not. */
export function checkCalculatedDimensions(declared: Expression, actual: ActualShape, frame: Frame): boolean {
  let agrees = true;
  for (const [part, dim] of partsWith(declared, actual.shape)) {
    const name = part.kind === "dimension" ? undefined : boundNameIn(part, frame);
    if (name === undefined) continue;
    const value = evaluate(part, frame);
    const declaredDim = value.kind === "number" || value.kind === "dimension" ? dimOf(value) : undefined;
    if (declaredDim === undefined || compare(declaredDim, dim) !== "unequal") continue;
    agrees = false;
    const wanted = declaredDim.toString();
    reportContradiction(
      `\`${name.name}\` is ${valueDim(name.binding)?.toString() ?? "?"}, which makes this ${wanted} and not ${dim.toString()}`,
      [
        { span: name.binding.span, text: `\`${name.name}\` is said here` },
        { span: part.span, text: `${wanted} here` },
      ],
      actual,
      frame,
    );
  }
  return agrees;
}

function checkSameDimension(
  name: string,
  span: Span,
  dim: Dim,
  earlier: ValueBinding,
  actual: ActualShape,
  frame: Frame,
): boolean {
  const sofar = valueDim(earlier);
  if (sofar === undefined) return true;
  const order = compare(sofar, dim);
  if (order === "equal") return true;
  const labels = [
    { span: earlier.span, text: `\`${name}\` is ${sofar.toString()} here` },
    { span, text: `and ${dim.toString()} here` },
  ];
  if (order === "unequal") {
    const message = `\`${name}\` would be ${sofar.toString()} and ${dim.toString()} at once`;
    reportContradiction(message, labels, actual, frame);
    return false;
  }
  const condition = `${sofar.toString()} = ${dim.toString()}`;
  frame.elaboration.report("CNN211", `\`${name}\` is said of two sizes that may differ`, actual.span, {
    severity: "warning",
    text: `right only where ${condition}`,
    labels,
  });
  return true;
}

function reportContradiction(
  message: string,
  labels: readonly { readonly span: Span; readonly text: string }[],
  { shape, span }: ActualShape,
  { elaboration }: Frame,
): void {
  elaboration.report("CNN156", message, span, {
    text: `this is ${shapeText(shape)}`,
    labels,
    help: "a name in capitals is the same whole number wherever it stands; use another name where the sizes may differ",
  });
}

/** The parts of a declared shape with the dimensions in their place; none where their numbers differ. */
function partsWith(declared: Expression, shape: Shape): readonly (readonly [Expression, Dim])[] {
  const parts = declared.kind === "shape" ? declared.parts : [declared];
  return parts.length === shape.length ? parts.map((part, axis) => [part, shape[axis]!] as const) : [];
}

/** A name within a calculation that stands for a dimension of an input. */
function boundNameIn(
  expression: Expression,
  { scope }: Frame,
): { readonly name: string; readonly binding: ValueBinding } | undefined {
  for (const { name } of dimensionNamesIn(expression)) {
    const binding = scope.own(name);
    if (binding?.kind === "value" && binding.what === "dimension") return { name, binding };
  }
  return undefined;
}

function valueDim({ value }: ValueBinding): Dim | undefined {
  return value.kind === "number" || value.kind === "dimension" ? dimOf(value) : undefined;
}
