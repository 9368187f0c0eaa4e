import type { Dim } from "../graph/dim.ts";
import type { Span } from "../source/source-file.ts";
import type { Rational } from "./rational.ts";
import { rationalText, whole } from "./rational.ts";

/** The argument of a call from which a value came: a mistake that the value causes is reported there. */
export interface Origin {
  /** The argument in the outermost call. */
  readonly span: Span;
  /** The block or model that was called, for the label inside it. */
  readonly callee: string;
  /** How many calls are around that call; fewer than none where the command line gives the value. */
  readonly depth: number;
}

/** What an expression comes to at compile time. `missing` stands for what was already reported. */
export type Value = (
  | { readonly kind: "number"; readonly number: Rational }
  | { readonly kind: "truth"; readonly truth: boolean }
  | { readonly kind: "word"; readonly word: string }
  | { readonly kind: "text"; readonly text: string }
  /** A dimension that is not a plain number: `?`, `H`, `in.height` of an unknown height. */
  | { readonly kind: "dimension"; readonly dim: Dim }
  /** Parts joined by `x`. */
  | { readonly kind: "window"; readonly items: readonly Value[] }
  | { readonly kind: "list"; readonly items: readonly Value[] }
  | { readonly kind: "tuple"; readonly items: readonly Value[] }
  | { readonly kind: "activation"; readonly word: string; readonly parameter: Rational | undefined }
  | { readonly kind: "missing" }
) & { readonly origin?: Origin };

export type ValueOf<Kind extends Value["kind"]> = Extract<Value, { readonly kind: Kind }>;

export const missing: Value = { kind: "missing" };

export function numberValue(number: Rational): Value {
  return { kind: "number", number };
}

export function truthValue(truth: boolean): Value {
  return { kind: "truth", truth };
}

/** A dimension as a value: a number where it is one. */
export function dimensionValue(dim: Dim): Value {
  return dim.value === undefined ? { kind: "dimension", dim } : numberValue(whole(dim.value));
}

/** The value, marked as coming from those of the given values that came from a call's argument: from the first of the outermost. */
export function withOriginOf(value: Value, ...sources: readonly Value[]): Value {
  if (value.kind === "missing") return value;
  let origin = value.origin;
  for (const source of sources) {
    if (source.origin !== undefined && source.origin.depth < (origin?.depth ?? Infinity))
      origin = source.origin;
  }
  return origin === undefined ? value : { ...value, origin };
}

/** As it would stand in the source. */
export function valueText(value: Value): string {
  switch (value.kind) {
    case "number":
      return rationalText(value.number);
    case "truth":
      return value.truth ? "yes" : "no";
    case "word":
      return value.word;
    case "text":
      return `"${shortened(value.text)}"`;
    case "dimension":
      return value.dim.toString();
    case "window":
      return shortened(value.items.map(partText).join("x"));
    case "list":
      return shortened(`[${value.items.map(valueText).join(", ")}]`);
    case "tuple":
      return shortened(`(${value.items.map(valueText).join(", ")})`);
    case "activation":
      return value.parameter === undefined ? value.word : `${value.word}(${rationalText(value.parameter)})`;
    case "missing":
      return "?";
  }
}

/** For messages: `the word relu`, `the window 3x3`. */
export function describeValue(value: Value): string {
  const nouns: Readonly<Record<Value["kind"], string>> = {
    number: "the number",
    truth: "the answer",
    word: "the word",
    text: "the text",
    dimension: "the dimension",
    window: "the window",
    list: "the list",
    tuple: "the tuple",
    activation: "the activation",
    missing: "the value",
  };
  return `${nouns[value.kind]} ${valueText(value)}`;
}

/** Names and texts in messages are cut where they are very long. */
export function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

function partText(value: Value): string {
  const text = valueText(value);
  return /^(?:\d+|\?|[A-Z][A-Z0-9_]*|\(.*\))$/.test(text) ? text : `(${text})`;
}

/** Whether two values are the same; undefined where unknown dimensions leave it open. */
export function isSameValue(
  left: Value,
  right: Value,
  compareDims: (left: Dim, right: Dim | number) => boolean | undefined,
): boolean | undefined {
  if (left.kind === "dimension" || right.kind === "dimension") {
    const [dim, other] = left.kind === "dimension" ? [left.dim, right] : [asDim(right), left];
    if (dim === undefined) return false;
    if (other.kind === "dimension") return compareDims(dim, other.dim);
    if (other.kind !== "number" || other.number.denominator !== 1n) return false;
    return compareDims(dim, Number(other.number.numerator));
  }
  if (left.kind === "number" && right.kind === "number") {
    return (
      left.number.numerator === right.number.numerator && left.number.denominator === right.number.denominator
    );
  }
  if ("items" in left && "items" in right) {
    if (left.kind !== right.kind || left.items.length !== right.items.length) return false;
    const parts = left.items.map((item, index) => isSameValue(item, right.items[index]!, compareDims));
    return parts.includes(false) ? false : parts.includes(undefined) ? undefined : true;
  }
  return left.kind === right.kind && valueText(left) === valueText(right);
}

function asDim(value: Value): Dim | undefined {
  return value.kind === "dimension" ? value.dim : undefined;
}
