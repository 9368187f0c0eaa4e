import type { Dim, Shape } from "../graph/dim.ts";
import { compare, shapeText } from "../graph/dim.ts";
import type { Span } from "../source/source-file.ts";
import type { Expression } from "../syntax/ast.ts";
import type { Frame } from "./context.ts";
import { evaluate } from "./expressions.ts";
import type { ValueBinding } from "./scope.ts";
import { dimOf } from "./operators.ts";
import { dimensionValue } from "./values.ts";

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
  return agrees;
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
    help: "a name in capitals is the same number wherever it stands; use another name where the sizes may differ",
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
  frame: Frame,
): { readonly name: string; readonly binding: ValueBinding } | undefined {
  switch (expression.kind) {
    case "dimension": {
      const binding = frame.scope.own(expression.name);
      const isDimension = binding?.kind === "value" && binding.what === "dimension";
      return isDimension ? { name: expression.name, binding } : undefined;
    }
    case "parenthesized":
      return boundNameIn(expression.expression, frame);
    case "binary":
      return boundNameIn(expression.left, frame) ?? boundNameIn(expression.right, frame);
    default:
      return undefined;
  }
}

function valueDim({ value }: ValueBinding): Dim | undefined {
  return value.kind === "number" || value.kind === "dimension" ? dimOf(value) : undefined;
}
