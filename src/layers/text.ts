import type { Dim } from "../graph/dim.ts";
import type { PaddingValue, WindowValue } from "../graph/layer-graph.ts";
import type { Derivation } from "./definition.ts";

/** How rules write numbers, windows and arithmetic in messages. */

/** `3x3`, `3`. */
export function windowText(window: WindowValue): string {
  return window.join("x");
}

/** As the language writes it: `same`, `1`, `1x2`, `(0,1)x(0,1)`. */
export function paddingText(padding: PaddingValue): string {
  if (typeof padding === "string") return padding;
  const isSymmetric = padding.every(([before, after]) => before === after);
  return padding.map(([before, after]) => (isSymmetric ? String(before) : `(${before},${after})`)).join("x");
}

/** A dimension as part of a larger formula, in parentheses where it is a sum or a product. */
export function operand(dim: Dim): string {
  const text = dim.toString();
  return /^[\w?]+$/.test(text) ? text : `(${text})`;
}

/** `(28 - 3)/1 + 1 = 26`; the result is left out where the formula already says it. */
export function derivation(axis: string, formula: string, result: Dim): Derivation {
  const text = result.toString();
  const isSaid = formula.replaceAll(" ", "") === text;
  return { axis, formula: isSaid ? formula : `${formula} = ${grouped(text)}` };
}

/** Whole numbers of more than three digits with commas: `18,496`. Other texts stay as they are. */
export function grouped(text: string): string {
  return /^\d{4,}$/.test(text) ? text.replace(/\B(?=(\d{3})+$)/g, ",") : text;
}

/** `a`, `a and b`, `a, b and c`. */
export function listText(items: readonly string[], conjunction = "and"): string {
  if (items.length <= 1) return items.join("");
  return `${items.slice(0, -1).join(", ")} ${conjunction} ${items[items.length - 1]!}`;
}
