// graph/: the network as data: dimensions with exact arithmetic, layers in the order of their text, and what they consume.
import type { Span } from "../source/source-file.ts";

/**
 * One dimension: a number, a name (`H`), an unknown (`?`, each of its own identity), or exact arithmetic over these.
 * Immutable. Construct with the functions below alone.
 */
export interface Dim {
  /** The number, where the dimension is one. */
  readonly value: number | undefined;
  /** As people write it: `28`, `H`, `?`, `floor((H-3)/2)+1`. Plain where it divides: `(H-3)/2` never appears with a rounding that does nothing. */
  toString(): string;
}

/** A tensor's dimensions without the batch, channels last: height, width, channels for an image. */
export type Shape = readonly Dim[];

export type Comparison = "equal" | "unequal" | "unknown";

export interface DimAlgebra {
  known(value: number): Dim;
  /** The same name is the same number wherever it stands. `origin` is where it first stood, for diagnostics. */
  named(name: string, origin?: Span): Dim;
  /** A fresh unknown, neither equal nor unequal to any other. */
  unknown(origin?: Span): Dim;
  add(left: Dim, right: Dim | number): Dim;
  subtract(left: Dim, right: Dim | number): Dim;
  multiply(left: Dim, right: Dim | number): Dim;
  floorDivide(left: Dim, right: number): Dim;
  ceilDivide(left: Dim, right: number): Dim;
  product(dims: readonly Dim[]): Dim;
  sum(dims: readonly Dim[]): Dim;
  compare(left: Dim, right: Dim | number): Comparison;
  /** Whether left >= right for every positive whole value of the names: proved, refuted, or neither. */
  atLeast(left: Dim, right: Dim | number): "yes" | "no" | "unknown";
}
