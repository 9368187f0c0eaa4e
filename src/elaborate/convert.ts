import type { Fix } from "../diagnostics/diagnostic.ts";
import type { Dim } from "../graph/dim.ts";
import * as dims from "../graph/dim.ts";
import type { ArgumentValue } from "../graph/layer-graph.ts";
import { isActivationName } from "../layers/activations.ts";
import type { ArgumentSpec } from "../layers/definition.ts";
import { layerWords } from "../layers/index.ts";
import { listText } from "../layers/text.ts";
import { spanText } from "../source/source-file.ts";
import type { Expression, Identifier } from "../syntax/ast.ts";
import type { Frame } from "./context.ts";
import { didYouMean, replacement } from "./lookup.ts";
import { reportUnknownDimension } from "./operators.ts";
import type { Rational } from "./rational.ts";
import { compare, divide, fromNumber, isWhole, rationalText, toNumber, whole } from "./rational.ts";
import type { Value, ValueOf } from "./values.ts";
import { describeValue, valueText, withOriginOf } from "./values.ts";
import { dimensionWords, wordsOf } from "./words.ts";

/** An argument whose value is to be checked and brought into the form that the graph holds. */
export interface Slot {
  /** The layer's word, for messages: `conv`. */
  readonly word: string;
  readonly name: string;
  readonly spec: ArgumentSpec;
  readonly expression: Expression;
  readonly frame: Frame;
}

/** What came of a value; undefined where a mistake was reported. */
export type Converted = { readonly value: ArgumentValue } | undefined;

/** The value of an argument by its role, with everything checked that its table says. */
export function convertArgument(slot: Slot, given: Value): Converted {
  const value = asMeant(slot, given);
  if (value.kind === "missing") return undefined;
  switch (slot.spec.role) {
    case "count":
    case "number":
      return wrap(convertNumber(slot, value));
    case "window":
      return wrap(convertParts(value, (part) => convertCount(slot, part)));
    case "shape":
      return wrap(convertParts(value, (part) => convertDim(slot, part)));
    case "padding":
      return convertPadding(slot, value);
    case "activation":
      return convertActivation(slot, value);
    case "mode":
      return convertWord(slot, value);
    case "axis":
      return convertAxis(slot, value);
    case "flag":
      return value.kind === "truth" ? { value: value.truth } : convertAnswer(slot, value);
    case "text":
      return value.kind === "text"
        ? { value: value.text }
        : wrongSort(slot, value, 'a text, such as "file.safetensors"');
  }
}

/** `bias=1`: 0 and 1 as other languages answer. */
function convertAnswer(slot: Slot, value: Value): undefined {
  const answer = value.kind === "number" ? { "0": "no", "1": "yes" }[rationalText(value.number)] : undefined;
  const { expression, frame } = slot;
  if (answer === undefined || expression.kind !== "number") return wrongSort(slot, value, "yes or no");
  const message = `${title(slot)} takes yes or no, but this is ${describeValue(value)}`;
  frame.elaboration.report("CNN125", message, expression.span, {
    help: `write \`${answer}\``,
    fix: replacement(expression.span, answer),
  });
  return undefined;
}

/** A value in another language's spelling is reported, and read as what it means. */
function asMeant(slot: Slot, value: Value): Value {
  const { role } = slot.spec;
  if ((role === "window" || role === "shape") && (value.kind === "tuple" || value.kind === "list"))
    return windowAsMeant(slot, value);
  if (value.kind === "dimension" && slot.expression.kind === "dimension") return smallLetters(slot, value);
  if (value.kind === "text" && slot.expression.kind === "text" && wordsOf(slot.spec).includes(value.text)) {
    // In single quotes it was reported when it was read.
    if (spanText(slot.expression.span).startsWith('"')) wrongSort(slot, value, wantedWord(slot));
    return { kind: "word", word: value.text };
  }
  return value;
}

/** `SAME`, `VALID`, which stand for no dimension where a word fits. */
function smallLetters(slot: Slot, value: Value): Value {
  const { expression, spec, frame } = slot;
  if (expression.kind !== "dimension") return value;
  return wordsOf(spec).includes(expression.name.toLowerCase())
    ? wordInSmallLetters(expression, frame)
    : value;
}

/** `SAME` for `same`: reported, and the word that is meant. */
export function wordInSmallLetters({ name, span }: Identifier, { elaboration }: Frame): Value {
  const word = name.toLowerCase();
  elaboration.report("CNN127", `words are written in small letters: \`${word}\``, span, {
    help: `write \`${word}\``,
    fix: replacement(span, word),
  });
  return { kind: "word", word };
}

/** `(3, 3)`, `[28, 28, 1]`: as Python has windows and shapes. */
function windowAsMeant(slot: Slot, value: ValueOf<"tuple" | "list">): Value {
  const { items } = value;
  const isPlain = items.length > 0 && items.every((item) => item.kind === "number" && isWhole(item.number));
  if (!isPlain) return value;
  const text = items.map(valueText).join("x");
  const message = `${title(slot)} is written \`${text}\`, not as ${describeValue(value)}`;
  const isHere = value.origin === undefined && slot.expression.kind === value.kind;
  slot.frame.elaboration.reportValue("CNN125", message, value, slot.expression.span, {
    help: "numbers joined by `x`, without blanks",
    ...(isHere ? { fix: replacement(slot.expression.span, text) } : {}),
  });
  const window: Value = items.length === 1 ? items[0]! : { kind: "window", items };
  return withOriginOf(window, value);
}

function wantedWord({ spec }: Slot): string {
  return spec.role === "activation" ? "an activation such as relu" : listText(wordsOf(spec), "or");
}

function wrap(value: ArgumentValue): Converted {
  return value === undefined ? undefined : { value };
}

/** How the argument is called in messages: `conv: stride`. */
function title({ word, name }: Slot): string {
  return `${word}: ${name}`;
}

function wrongSort(slot: Slot, value: Value, wanted: string): undefined {
  const message = `${title(slot)} takes ${wanted}, but this is ${describeValue(value)}`;
  slot.frame.elaboration.reportValue("CNN125", message, value, slot.expression.span, unquoted(slot, value));
  return undefined;
}

/** A text where a bare word is meant: `activation="relu"`. */
function unquoted({ spec, expression }: Slot, value: Value): { help?: string; fix?: Fix } {
  if (value.kind !== "text" || expression.kind !== "text") return {};
  if (!wordsOf(spec).includes(value.text))
    return didYouMean({ name: value.text, span: expression.span }, wordsOf(spec));
  return { help: "words stand without quotes", fix: replacement(expression.span, value.text) };
}

function convertNumber(slot: Slot, value: Value): number | undefined {
  if (slot.spec.role === "count") return convertCount(slot, value);
  if (value.kind === "dimension") return openDimension(slot, value);
  if (value.kind !== "number") return wrongSort(slot, value, "a number");
  if (!isInRange(slot, value, value.number)) return undefined;
  const number = toNumber(value.number);
  if (Number.isFinite(number)) return number;
  slot.frame.elaboration.reportValue(
    "CNN132",
    `${title(slot)} is too large a number`,
    value,
    slot.expression.span,
  );
  return undefined;
}

function convertCount(slot: Slot, value: Value): number | undefined {
  if (value.kind === "dimension") return openDimension(slot, value);
  if (value.kind !== "number")
    return wrongSort(
      slot,
      value,
      slot.spec.role === "window" ? "whole numbers such as 3x3" : "a whole number",
    );
  if (!isWhole(value.number)) {
    const text = rationalText(value.number);
    slot.frame.elaboration.reportValue(
      "CNN126",
      `${title(slot)} must be a whole number, but is ${text}`,
      value,
      slot.expression.span,
      { help: "round it: `round(…)`, `floor(…)` or `//`" },
    );
    return undefined;
  }
  return isInRange(slot, value, value.number, Number.MAX_SAFE_INTEGER) ? toNumber(value.number) : undefined;
}

function openDimension(slot: Slot, value: Value): undefined {
  reportUnknownDimension(title(slot), value, slot.expression.span, slot.frame);
  return undefined;
}

function isInRange(slot: Slot, value: Value, number: Rational, largest?: number): boolean {
  const { minimum, maximum = largest, minimumExclusive = false, maximumExclusive = false } = slot.spec;
  const below = minimum === undefined ? -1 : compare(fromNumber(minimum), number);
  const above = maximum === undefined ? -1 : compare(number, fromNumber(maximum));
  const isBelow = below > 0 || (minimumExclusive && below === 0);
  const isAbove = above > 0 || (maximumExclusive && above === 0);
  if (!isBelow && !isAbove) return true;
  const text = rationalText(number);
  const shown = text.length > 30 ? "larger" : text;
  const message = `${title(slot)} must be ${rangeText(isAbove ? { ...slot.spec, maximum } : slot.spec)}, but is ${shown}`;
  slot.frame.elaboration.reportValue(
    "CNN124",
    message,
    value,
    slot.expression.span,
    percentHelp(slot, number, isAbove),
  );
  return false;
}

function rangeText({ minimum, maximum, minimumExclusive, maximumExclusive }: ArgumentSpec): string {
  if (minimum !== undefined && maximum !== undefined) {
    const ends = [minimumExclusive && `${minimum}`, maximumExclusive && `${maximum}`].filter(Boolean);
    return `between ${minimum} and ${maximum}${ends.length === 0 ? "" : `, without ${ends.join(" and ")}`}`;
  }
  if (minimum !== undefined) return minimumExclusive ? `above ${minimum}` : `at least ${minimum}`;
  return maximumExclusive ? `below ${maximum}` : `at most ${maximum}`;
}

/** `dropout 50`: a percentage where a share is asked for. */
function percentHelp(
  { spec, expression }: Slot,
  number: Rational,
  isAbove: boolean,
): { help?: string; fix?: Fix } {
  if (!isAbove || spec.maximum !== 1) return {};
  // 1.5 is a slip of another sort.
  if (compare(number, whole(2)) < 0 || compare(number, whole(100)) > 0) return {};
  const share = divide(number, whole(100));
  if (typeof share === "string") return {};
  const text = rationalText(share);
  return {
    help: `did you mean ${text}?`,
    ...(expression.kind === "number" ? { fix: replacement(expression.span, text) } : {}),
  };
}

/** A number or numbers joined by `x`, each converted alone. */
function convertParts<Part>(
  value: Value,
  convertPart: (part: Value) => Part | undefined,
): readonly Part[] | undefined {
  const parts = value.kind === "window" ? value.items : [value];
  const origin = value.origin;
  const converted: Part[] = [];
  for (const part of parts) {
    const result = convertPart(
      origin === undefined || part.origin !== undefined ? part : { ...part, origin },
    );
    if (result === undefined) return undefined;
    converted.push(result);
  }
  return converted;
}

function convertDim(slot: Slot, value: Value): Dim | undefined {
  if (value.kind === "dimension") return value.dim;
  if (value.kind !== "number") return wrongSort(slot, value, "a shape such as 28x28x1");
  const count = convertCount({ ...slot, spec: { ...slot.spec, minimum: slot.spec.minimum ?? 1 } }, value);
  return count === undefined ? undefined : dims.known(count);
}

/** `same`, `1`, `1x2`, `(0,1)`, `(0,1)x(0,1)`. */
function convertPadding(slot: Slot, value: Value): Converted {
  if (value.kind === "word" || value.kind === "text") return convertWord(slot, value);
  return wrap(
    convertParts(value, (part): readonly [number, number] | undefined => {
      if (part.kind !== "tuple") {
        const cells = convertCount(slot, part);
        return cells === undefined ? undefined : [cells, cells];
      }
      if (part.items.length !== 2) return wrongSort(slot, part, "cells before and after, such as (0,1)");
      const [before, after] = part.items.map((item) => convertCount(slot, item));
      return before === undefined || after === undefined ? undefined : [before, after];
    }),
  );
}

function convertActivation(slot: Slot, value: Value): Converted {
  if (value.kind === "word" && isActivationName(value.word)) return { value: { name: value.word } };
  if (value.kind === "activation") {
    const { word: name, parameter } = value;
    return { value: parameter === undefined ? { name } : { name, parameter: toNumber(parameter) } };
  }
  if (value.kind === "word" && layerWords.has(value.word)) {
    const message = `${title(slot)} takes an activation such as relu; \`${value.word}\` is a layer`;
    slot.frame.elaboration.reportValue("CNN125", message, value, slot.expression.span, {
      help: `let \`${value.word}\` stand in the next line, as a layer of its own`,
    });
    return undefined;
  }
  return wrongSort(slot, value, wantedWord(slot));
}

function convertWord(slot: Slot, value: Value): Converted {
  const words = wordsOf(slot.spec);
  if (value.kind === "word" && words.includes(value.word)) return { value: value.word };
  if (value.kind !== "word") return wrongSort(slot, value, wantedWord(slot));
  const { expression, frame } = slot;
  const message = `${title(slot)} takes ${listText(words, "or")}, but this is ${valueText(value)}`;
  const isHere = expression.kind === "word" && value.origin === undefined;
  frame.elaboration.reportValue(
    "CNN127",
    message,
    value,
    expression.span,
    isHere ? didYouMean({ name: value.word, span: expression.span }, words) : {},
  );
  return undefined;
}

function convertAxis(slot: Slot, value: Value): Converted {
  if (value.kind === "word" && dimensionWords.includes(value.word)) return { value: value.word };
  if (value.kind === "number" && isWhole(value.number)) return { value: toNumber(value.number) };
  return wrongSort(slot, value, "a dimension's name (channels, height …) or a whole number");
}
