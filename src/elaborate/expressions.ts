import { nativeName } from "../diagnostics/foreign-names.ts";
import { named, shapeText, unknown } from "../graph/dim.ts";
import { isActivationName } from "../layers/activations.ts";
import { axisNames, resolveAxis } from "../layers/axes.ts";
import { listText } from "../layers/text.ts";
import { spanText } from "../source/source-file.ts";
import type { Binary, Call, Expression, Identifier, Member, Unary, Word } from "../syntax/ast.ts";
import { callActivation, callFunction, isActivationCall, reportUnknownFunction } from "./function-calls.ts";
import { comparedWord } from "./choices.ts";
import type { Frame } from "./context.ts";
import { callLabels, limits } from "./context.ts";
import { currentTensor } from "./current.ts";
import { emptyValues } from "../syntax/foreign-shape.ts";
import { foreignValues, nativeWord, numberWords, shortNames } from "./foreign-words.ts";
import {
  describeBinding,
  didYouMean,
  findTensor,
  namesIn,
  replacement,
  reportAmbiguous,
  reportUnknownName,
} from "./lookup.ts";
import { applyBinary, applyUnary, truthOf } from "./operators.ts";
import { parseRational } from "./rational.ts";
import type { Binding } from "./scope.ts";
import type { Value } from "./values.ts";
import { dimensionValue, missing, numberValue, shortened, truthValue, withOriginOf } from "./values.ts";
import { dimensionWords, isValueWord } from "./words.ts";

/** Words that are listed where none of them is near. */
const fewWords = 8;

/**
 * What an expression comes to in a frame; `missing` where a mistake was reported. Words in `known` stand for themselves
 * whatever names there are.
 */
export function evaluate(expression: Expression, frame: Frame, known: readonly string[] = []): Value {
  const { elaboration } = frame;
  if (elaboration.expressionDepth >= limits.expressionDepth) {
    const message = `an expression nests more than ${limits.expressionDepth} deep`;
    elaboration.report("CNN106", message, expression.span, { help: "give parts of it names with `let`" });
    return missing;
  }
  elaboration.expressionDepth += 1;
  const value = evaluateKind(expression, frame, known);
  elaboration.expressionDepth -= 1;
  return value;
}

function evaluateKind(expression: Expression, frame: Frame, known: readonly string[]): Value {
  switch (expression.kind) {
    case "number":
      return evaluateNumber(expression.text, expression.span, frame);
    case "text":
      return { kind: "text", text: expression.value };
    case "word":
      return evaluateWord(expression, frame, known);
    case "dimension":
      return evaluateDimensionName(expression, frame);
    case "member":
      return foreignActivation(expression, frame) ?? evaluateMember(expression, frame);
    case "call":
      return evaluateCall(expression, frame);
    case "unary":
      return evaluateUnary(expression, frame);
    case "binary":
      return evaluateBinary(expression, frame);
    case "unknown":
      return { kind: "dimension", dim: unknown(expression.span) };
    case "tuple":
      return evaluateItems("tuple", expression.items, frame);
    case "list":
      return evaluateItems("list", expression.items, frame);
    case "shape":
      return evaluateItems("window", expression.parts, frame);
    case "parenthesized":
      return evaluate(expression.expression, frame, known);
    case "range":
      frame.elaboration.report("CNN136", "a range `a..b` stands in `for … in` alone", expression.span);
      return missing;
    case "missing":
      return missing;
  }
}

function evaluateNumber(text: string, span: Expression["span"], { elaboration }: Frame): Value {
  const number = parseRational(text);
  if (number !== undefined) return numberValue(number);
  elaboration.report("CNN132", "this number is too large or too small to compute with", span);
  return missing;
}

function evaluateItems(kind: "tuple" | "list" | "window", items: readonly Expression[], frame: Frame): Value {
  const values = items.map((item) => evaluate(item, frame));
  if (values.some((value) => value.kind === "missing")) return missing;
  return withOriginOf({ kind, items: values }, ...values);
}

/** The value of a bare word: `yes`, a word with a fixed meaning, or the value that a name stands for. */
function evaluateWord({ name, span }: Word, frame: Frame, known: readonly string[]): Value {
  if (known.includes(name)) return { kind: "word", word: name };
  if (name === "yes" || name === "true") return truthValue(true);
  if (name === "no" || name === "false") return truthValue(false);
  const found = frame.scope.find(name);
  if (found?.binding.kind === "value") return found.binding.value;
  if (isValueWord(name)) return { kind: "word", word: name };
  const dim = frame.elaboration.dimensions.get(name);
  if (dim !== undefined) return dimensionValue(dim);
  if (found !== undefined && !found.isHidden) {
    reportNoValue(found.binding, { name, span }, frame);
    return missing;
  }
  if (frame.elaboration.isFull) return missing;
  const answer = nativeName(foreignValues, name);
  const short = nativeName(shortNames, name);
  const foreign = answer ?? known.find((word) => word === short) ?? nativeWord(name, known);
  if (foreign !== undefined) {
    frame.elaboration.report("CNN111", `there is no value \`${name}\``, span, {
      help: `here it is \`${foreign}\``,
      fix: replacement(span, foreign),
    });
    return answer === undefined ? { kind: "word", word: foreign } : truthValue(answer === "yes");
  }
  const number = numberWords.get(name);
  if (number !== undefined) {
    frame.elaboration.report("CNN111", "numbers are written in digits", span, {
      help: `write \`${number}\``,
      fix: replacement(span, number),
    });
    return evaluateNumber(number, span, frame);
  }
  const candidates = [...known, ...frame.scope.visibleNames("value")];
  reportUnknownName(
    frame,
    { name, span },
    candidates,
    "value",
    helpForValue(name, known) ?? helpForName(name, frame),
  );
  return missing;
}

/** Whether a bare word is none that can be a value, nor near one or another library's. */
export function isNoValue(
  { name, span }: Word,
  { scope, elaboration }: Frame,
  known: readonly string[],
): boolean {
  const isKnown =
    known.includes(name) ||
    /^(?:yes|no|true|false)$/.test(name) ||
    scope.find(name) !== undefined ||
    isValueWord(name) ||
    elaboration.dimensions.has(name) ||
    nativeName(foreignValues, name) !== undefined ||
    nativeName(shortNames, name) !== undefined;
  if (isKnown) return false;
  return didYouMean({ name, span }, [...known, ...scope.visibleNames("value")]).help === undefined;
}

/** With what other libraries pad. */
const otherPaddings: ReadonlySet<string> = new Set([
  "reflect",
  "replicate",
  "circular",
  "symmetric",
  "constant",
]);

/** What can be said where no name is near: for nothing nothing is written; few words are listed. */
export function helpForValue(name: string, known: readonly string[]): string | undefined {
  if (emptyValues.has(name)) return "leave it out: what is not said has its default";
  if (otherPaddings.has(name)) return "cells are padded with zeros";
  return known.length > 0 && known.length <= fewWords ? `known are ${listText(known)}` : undefined;
}

/** How a name gets a value. */
function helpForName(name: string, { elaboration }: Frame): string | undefined {
  // A section's words are not values of names.
  return elaboration.isFull
    ? undefined
    : `a name gets its value before it is used: \`let ${shortened(name)} = 8\``;
}

function reportNoValue(binding: Binding, { name, span }: Identifier, { elaboration }: Frame): void {
  if (binding.kind === "ambiguous") {
    reportAmbiguous(binding, { name, span }, elaboration);
    return;
  }
  const shown = shortened(name);
  elaboration.report("CNN115", `\`${shown}\` is ${describeBinding(binding)}, not a value`, span, {
    labels: [{ span: binding.span, text: "defined here" }],
    ...(binding.kind === "tensor"
      ? { help: `its dimensions are \`${shown}.channels\`, \`${shown}.height\` and so on` }
      : {}),
  });
}

/** A name in capitals: a value of that name where there is one, else the dimension, the same wherever it stands. */
function evaluateDimensionName({ name, span }: Identifier, frame: Frame): Value {
  const found = frame.scope.find(name);
  if (found?.binding.kind === "value") return found.binding.value;
  if (found !== undefined && !found.isHidden) {
    reportNoValue(found.binding, { name, span }, frame);
    return missing;
  }
  const { dimensions } = frame.elaboration;
  const dim = dimensions.get(name) ?? named(name, span);
  dimensions.set(name, dim);
  return dimensionValue(dim);
}

/** `in.channels`, `x.height`, `call.inner.height`; `y.width` of a used file. */
function evaluateMember({ object, property, span }: Member, frame: Frame): Value {
  const isCurrent = object.name === "in";
  const library = isCurrent ? undefined : frame.scope.find(object.name)?.binding;
  if (library?.kind === "library") return evaluateLibraryValue(library.unit.scope, property, frame);
  const tensor = isCurrent
    ? currentTensor(frame, span)
    : findTensor(frame, { parts: namesIn(object), span: object.span })?.tensor;
  if (tensor === undefined) return missing;
  if (!dimensionWords.includes(property.name)) {
    const message = `\`${object.name}.${shortened(property.name)}\` is not a dimension`;
    const help = `a tensor has ${dimensionWords.map((word) => `\`${word}\``).join(", ")}`;
    frame.elaboration.report("CNN135", message, property.span, {
      help,
      ...didYouMean(property, dimensionWords),
    });
    return missing;
  }
  const shape = frame.elaboration.shapeOf(tensor);
  if (shape === undefined) return missing;
  const axis = resolveAxis(property.name, shape.length);
  if (axis !== undefined) return dimensionValue(shape[axis]!);
  const holder = isCurrent ? "the current tensor" : `\`${object.name}\``;
  const names = axisNames(shape.length).map((word) => `\`${word}\``);
  frame.elaboration.report("CNN135", `${holder} is ${shapeText(shape)} and has no ${property.name}`, span, {
    labels: callLabels(frame),
    ...(names.length === 0 ? {} : { help: `it has ${names.join(", ")}` }),
  });
  return missing;
}

/** `tf.nn.relu`, `F.relu`: an activation by the name of another library's module, which is reported. */
function foreignActivation(
  { object, property, span }: Member,
  { elaboration, scope }: Frame,
): Value | undefined {
  const word = property.name.toLowerCase();
  if (!isActivationName(word) || object.name === "in" || scope.find(namesIn(object)[0]!.name) !== undefined)
    return undefined;
  elaboration.report("CNN111", `there is no value \`${shortened(spanText(span))}\``, span, {
    help: `here it is \`${word}\``,
    fix: replacement(span, word),
  });
  return { kind: "word", word };
}

function evaluateLibraryValue(scope: Frame["scope"], property: Identifier, { elaboration }: Frame): Value {
  const binding = scope.own(property.name);
  if (binding?.kind === "value") return binding.value;
  if (!scope.isIncomplete) {
    const names = [...scope.ownNames()].filter(([, each]) => each.kind === "value").map(([name]) => name);
    const message = `the used file has no value \`${shortened(property.name)}\``;
    elaboration.report("CNN111", message, property.span, didYouMean(property, names));
  }
  return missing;
}

/** `round(x, 8)`, `leaky_relu(0.1)`. */
function evaluateCall(call: Call, frame: Frame): Value {
  const values = call.arguments.map(({ value }) => evaluate(value, frame));
  if (isActivationCall(call)) return callActivation(call, values, frame);
  return reportUnknownFunction(call, frame) ? missing : callFunction(call, values, frame);
}

/** Signs and `not`s before an operand, applied from the inside; a row of them nests the tree but not the stack. */
function evaluateUnary(expression: Unary, frame: Frame): Value {
  const operations: Unary[] = [];
  let operand: Expression = expression;
  while (operand.kind === "unary") {
    operations.push(operand);
    operand = operand.operand;
  }
  let value = evaluate(operand, frame);
  for (const operation of operations.reverse()) value = applyUnary(operation, value, frame);
  return value;
}

/** A row of operations that is read from the left (`1 + 2 + …`) nests the tree but not the stack. */
function evaluateBinary(expression: Binary, frame: Frame): Value {
  const operations: Binary[] = [];
  let first: Expression = expression;
  while (first.kind === "binary") {
    operations.push(first);
    first = first.left;
  }
  let value = evaluate(first, frame);
  for (const operation of operations.reverse()) value = continueBinary(operation, value, frame);
  return value;
}

function continueBinary(operation: Binary, left: Value, frame: Frame): Value {
  const { operator, right } = operation;
  if (operator !== "and" && operator !== "or") {
    const known = operator === "==" || operator === "!=" ? comparedWord(left, right, frame) : [];
    return applyBinary(operation, left, evaluate(right, frame, known), frame);
  }
  const truth = truthOf(left, operation.left.span, `\`${operator}\``, frame);
  if (truth === undefined) return missing;
  if (truth === (operator === "or")) return left;
  const value = evaluate(right, frame);
  return truthOf(value, right.span, `\`${operator}\``, frame) === undefined
    ? missing
    : withOriginOf(value, left);
}
