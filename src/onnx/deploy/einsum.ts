import type { Layout } from "./layout.ts";

// Einsum names the axes of its operands and its result, so that none need be moved before or after.

/** The first operator set that has Einsum. */
export const einsumOpset = 12;

/** The letters of a value's logical axes in the order in which they stand. */
export function spell(letters: readonly string[], layout: Layout): string {
  return layout.kind === "axes"
    ? layout.permutation.map((axis) => letters[axis]!).join("")
    : letters.join("");
}
