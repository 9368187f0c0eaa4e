// graph/: the network as data: dimensions with exact arithmetic, layers in the order of their text, and what they consume.
import type { Span } from "../source/source-file.ts";
import { isProvablyNonNegative, isProvablyNonZero } from "./dim-bounds.ts";
import type { Atom, Polynomial } from "./dim-polynomial.ts";
import {
  addPolynomials,
  atomPolynomial,
  constantPolynomial,
  divideByMonomial,
  floorDividePolynomial,
  floorQuotient,
  hasQuotient,
  isTooLarge,
  multiplyPolynomials,
  substituteAtoms,
  visitNames,
} from "./dim-polynomial.ts";
import type { Written } from "./dim-written.ts";
import {
  addWritten,
  divideWritten,
  hasRounding,
  multiplyWritten,
  writtenFromPolynomial,
  writtenName,
  writtenNumber,
  writtenText,
} from "./dim-written.ts";

/**
 * One dimension: a number, a name (`H`), an unknown (`?`, each of its own identity), or exact arithmetic over these.
 * Immutable; made by the functions below alone. Names and unknowns stand for whole numbers of at least 1.
 */
export interface Dim {
  /** The number, where the dimension is one that a JavaScript number holds exactly (up to 2^53). */
  readonly value: number | undefined;
  /**
   * As people write it: `28`, `H`, `floor((H-3)/2)+1`, `(H-2)*(W-2)*32`; plain where a division leaves nothing to round;
   * `?` for whatever contains an unknown.
   */
  toString(): string;
}

/** A tensor's dimensions without the batch, channels last: height, width, channels for an image. */
export type Shape = readonly Dim[];

export type Comparison = "equal" | "unequal" | "unknown";

const longestText = 120;

class NumberDim implements Dim {
  readonly value: number;

  constructor(value: number) {
    this.value = value + 0; // no minus zero
  }

  toString(): string {
    return String(this.value);
  }
}

/** Everything that is not a number of ordinary size. */
class SymbolicDim implements Dim {
  readonly value = undefined;
  readonly polynomial: Polynomial;
  /** Undefined where an unknown is contained. */
  readonly written: Written | undefined;
  #text: string | undefined;

  constructor(polynomial: Polynomial, written: Written | undefined) {
    this.polynomial = polynomial;
    this.written = written;
  }

  toString(): string {
    this.#text ??= this.written === undefined ? "?" : writtenText(this.written);
    return this.#text;
  }
}

/** The dimension of a whole number. Throws a RangeError for a fraction, which is a mistake of the caller's. */
export function known(value: number): Dim {
  if (Number.isSafeInteger(value)) return new NumberDim(value);
  return symbolic(constantPolynomial(BigInt(value)), writtenNumber(BigInt(value)));
}

const smallConstants: readonly Dim[] = Array.from({ length: 33 }, (_, value) => new NumberDim(value));

/**
 * A whole number that is no axis of a tensor, such as the cells of a window: one object serves all that are alike. Axes have
 * objects of their own, by which it is known which layer made them.
 */
export function constant(value: number): Dim {
  return smallConstants[value] ?? known(value);
}

/** The dimension called `name`; the same name is the same number wherever it stands. `origin` is where it stands. */
export function named(name: string, origin?: Span): Dim {
  return new SymbolicDim(atomPolynomial({ kind: "named", key: name, name, origin }), writtenName(name));
}

let unknownsMade = 0;

/** A fresh unknown, neither equal nor unequal to any other. */
export function unknown(origin?: Span): Dim {
  unknownsMade += 1;
  return new SymbolicDim(atomPolynomial({ kind: "unknown", key: `?${unknownsMade}`, origin }), undefined);
}

export function add(left: Dim, right: Dim | number): Dim {
  return sumOf(left, asDim(right), 1n);
}

export function subtract(left: Dim, right: Dim | number): Dim {
  return sumOf(left, asDim(right), -1n);
}

function sumOf(left: Dim, right: Dim, sign: 1n | -1n): Dim {
  if (left.value !== undefined && right.value !== undefined) {
    const value = sign === 1n ? left.value + right.value : left.value - right.value;
    if (Number.isSafeInteger(value)) return new NumberDim(value);
  }
  const [one, other] = [symbolicForm(left), symbolicForm(right)];
  const polynomial = addPolynomials(one.polynomial, other.polynomial, sign);
  const written = one.written && other.written && addWritten(one.written, other.written, sign);
  return symbolic(polynomial, written && shorterSum(polynomial, written));
}

/** A sum multiplied out where that is shorter: `2*H`, not `(H-1)*2+2`. */
function shorterSum(polynomial: Polynomial, written: Written): Written {
  if (hasRounding(written) || !written.terms.some(({ factors }) => factors.some(({ isSum }) => isSum)))
    return written;
  const multipliedOut = writtenFromPolynomial(polynomial);
  return writtenText(multipliedOut).length < writtenText(written).length ? multipliedOut : written;
}

export function multiply(left: Dim, right: Dim | number): Dim {
  const factor = asDim(right);
  if (left.value !== undefined && factor.value !== undefined) {
    const value = left.value * factor.value;
    if (Number.isSafeInteger(value)) return new NumberDim(value);
  }
  const [one, other] = [symbolicForm(left), symbolicForm(factor)];
  return symbolic(
    multiplyPolynomials(one.polynomial, other.polynomial),
    one.written && other.written && multiplyWritten(one.written, other.written),
  );
}

/** left / right rounded down; `right` is a whole number of at least 1. */
export function floorDivide(left: Dim, right: number): Dim {
  if (left.value !== undefined) return new NumberDim(floorOfQuotient(left.value, right));
  const { polynomial, written } = symbolicForm(left);
  const divisor = BigInt(right);
  return symbolic(
    floorDividePolynomial(polynomial, divisor),
    written && divideWritten(written, divisor, "floor"),
  );
}

/** left / right rounded up; `right` is a whole number of at least 1. */
export function ceilDivide(left: Dim, right: number): Dim {
  if (left.value !== undefined) return new NumberDim(-floorOfQuotient(-left.value, right));
  const { polynomial, written } = symbolicForm(left);
  const divisor = BigInt(right);
  const raised = { ...polynomial, constant: polynomial.constant + divisor - 1n };
  return symbolic(floorDividePolynomial(raised, divisor), written && divideWritten(written, divisor, "ceil"));
}

/**
 * left / right where it is a whole number for every value of their names; `indivisible` where it is one for none, `unknown`
 * where neither is proved.
 */
export function exactDivide(left: Dim, right: Dim): Dim | "indivisible" | "unknown" {
  if (right.value !== undefined) {
    const quotient = floorDivide(left, right.value);
    const order = compare(multiply(quotient, right), left);
    return order === "equal" ? quotient : order === "unequal" ? "indivisible" : "unknown";
  }
  const { polynomial: divisor } = symbolicForm(right);
  const quotient = divideByMonomial(symbolicForm(left).polynomial, divisor);
  return quotient === undefined ? "unknown" : symbolic(quotient, undefined);
}

export function product(dims: readonly Dim[]): Dim {
  // Most are plain numbers, which need no dimension for each step.
  let number = 1;
  for (const { value } of dims) number *= value ?? NaN;
  if (Number.isSafeInteger(number)) return new NumberDim(number);
  return dims.reduce((sofar, dim) => multiply(sofar, dim), known(1));
}

export function sum(dims: readonly Dim[]): Dim {
  return dims.reduce((sofar, dim) => add(sofar, dim), known(0));
}

/** Whether the two are the same number for every value of their names: proved, refuted, or neither. */
export function compare(left: Dim, right: Dim | number): Comparison {
  const other = asDim(right);
  if (left === other) return "equal";
  if (left.value !== undefined && other.value !== undefined) {
    return left.value === other.value ? "equal" : "unequal";
  }
  const difference = differenceOf(left, other);
  if (difference.monomials.length === 0) return difference.constant === 0n ? "equal" : "unequal";
  return isProvablyNonZero(difference) ? "unequal" : "unknown";
}

/** Whether left >= right for every value of their names: proved, refuted for every one, or neither. */
export function atLeast(left: Dim, right: Dim | number): "yes" | "no" | "unknown" {
  const other = asDim(right);
  if (left.value !== undefined && other.value !== undefined) return left.value >= other.value ? "yes" : "no";
  const difference = differenceOf(left, other);
  if (isProvablyNonNegative(difference)) return "yes";
  const shortfall = { ...differenceOf(other, left) };
  return isProvablyNonNegative({ ...shortfall, constant: shortfall.constant - 1n }) ? "no" : "unknown";
}

/** What a dimension asks of the one name or unknown in it. */
export interface LowerBound {
  /** `H`, or `?`. */
  readonly name: string;
  /** Tells names and unknowns apart. */
  readonly key: string;
  readonly minimum: bigint;
  readonly origin: Span | undefined;
}

/** Solves `dim >= minimum` for its name: `floor((H-3)/2)+1 >= 3` is `H >= 7`. Undefined where more than one takes part. */
export function solveAtLeast(dim: Dim, minimum: number): LowerBound | undefined {
  let polynomial = symbolicForm(dim).polynomial;
  let bound = BigInt(minimum);
  for (;;) {
    const [only, ...others] = polynomial.monomials;
    if (only === undefined || others.length > 0 || only.atoms.length !== 1 || only.coefficient < 0n)
      return undefined;
    bound = -floorQuotient(polynomial.constant - bound, only.coefficient);
    const atom = only.atoms[0]!;
    if (atom.kind !== "quotient") {
      return {
        name: atom.kind === "named" ? atom.name : "?",
        key: atom.key,
        minimum: bound,
        origin: atom.origin,
      };
    }
    bound *= atom.divisor;
    polynomial = atom.inner;
  }
}

/** The dimension with values in place of some of its names, unknowns and quotients. */
export function substitute(dim: Dim, valueOf: (atom: Atom) => Polynomial | undefined): Dim {
  if (dim.value !== undefined) return dim;
  return symbolic(substituteAtoms(symbolicForm(dim).polynomial, valueOf), undefined);
}

/** `28x28x1`; `scalar` for no dimensions at all. Sums and products stand in parentheses, as in the language. */
export function shapeText(shape: Shape): string {
  if (shape.length === 0) return "scalar";
  return shape.map(dimText).join("x");
}

function dimText(dim: Dim): string {
  const text = dim.toString();
  return /^(?:\d+|\?|[A-Z][A-Z0-9_]*)$/.test(text) ? text : `(${text})`;
}

/** Exact where a quotient in doubles would round up to the next whole number. */
function floorOfQuotient(left: number, right: number): number {
  const remainder = left % right;
  return (left - (remainder < 0 ? remainder + right : remainder)) / right;
}

function asDim(value: Dim | number): Dim {
  return typeof value === "number" ? known(value) : value;
}

function symbolicForm(dim: Dim): SymbolicDim {
  if (dim instanceof SymbolicDim) return dim;
  const value = BigInt(dim.value!);
  return new SymbolicDim(constantPolynomial(value), writtenNumber(value));
}

/** left - right as a polynomial. */
export function differenceOf(left: Dim, right: Dim | number): Polynomial {
  return addPolynomials(symbolicForm(left).polynomial, symbolicForm(asDim(right)).polynomial, -1n);
}

/** The dimension of a polynomial, whose text is what was built unless that is longer than what it amounts to. */
function symbolic(polynomial: Polynomial, written: Written | undefined): Dim {
  if (polynomial.monomials.length === 0) {
    const value = Number(polynomial.constant);
    if (Number.isSafeInteger(value)) return new NumberDim(value);
  }
  if (isTooLarge(polynomial)) return unknown();
  let containsUnknown = false;
  visitNames(polynomial, (atom) => (containsUnknown ||= atom.kind === "unknown"));
  if (containsUnknown) return new SymbolicDim(polynomial, undefined);
  const isLonger =
    written === undefined ||
    (hasRounding(written) && !hasQuotient(polynomial)) ||
    writtenText(written).length > longestText;
  return new SymbolicDim(polynomial, isLonger ? writtenFromPolynomial(polynomial) : written);
}
