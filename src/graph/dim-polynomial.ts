import type { Span } from "../source/source-file.ts";

/**
 * Polynomials with whole coefficients over atoms: names, unknowns, and quotients rounded down, which are atoms too. This is
 * the form in which dimensions are compared: two dimensions with the same polynomial are the same number. Kept canonical:
 * monomials sorted and without zeros, a quotient's inside reduced to coefficients from 0 up to its divisor.
 */
export interface Polynomial {
  readonly constant: bigint;
  readonly monomials: readonly Monomial[];
}

/** A coefficient other than 0 times a product of atoms, which are sorted by key. */
export interface Monomial {
  readonly coefficient: bigint;
  readonly atoms: readonly Atom[];
  readonly key: string;
}

export type Atom =
  | { readonly kind: "named"; readonly key: string; readonly name: string; readonly origin: Span | undefined }
  | { readonly kind: "unknown"; readonly key: string; readonly origin: Span | undefined }
  /** floor(inner / divisor) */
  | {
      readonly kind: "quotient";
      readonly key: string;
      readonly inner: Polynomial;
      readonly divisor: bigint;
    };

const mostMonomials = 64;
const mostFactors = 16;
const longestKey = 2000;
const largestCoefficient = 2n ** 200n;

export function constantPolynomial(constant: bigint): Polynomial {
  return { constant, monomials: [] };
}

export function atomPolynomial(atom: Atom): Polynomial {
  return { constant: 0n, monomials: [{ coefficient: 1n, atoms: [atom], key: atom.key }] };
}

/** The same text for the same polynomial. */
export function polynomialKey(polynomial: Polynomial): string {
  const terms = polynomial.monomials.map((monomial) => `${monomial.coefficient}*${monomial.key}`);
  return [...terms, polynomial.constant.toString()].join("+");
}

/** Whether arithmetic on the polynomial would cost more than it tells. */
export function isTooLarge(polynomial: Polynomial): boolean {
  const { constant, monomials } = polynomial;
  if (magnitude(constant) > largestCoefficient || monomials.length > mostMonomials) return true;
  let length = 0;
  for (const monomial of monomials) {
    length += monomial.key.length;
    if (monomial.atoms.length > mostFactors || magnitude(monomial.coefficient) > largestCoefficient)
      return true;
  }
  return length > longestKey;
}

export function addPolynomials(left: Polynomial, right: Polynomial, rightScale = 1n): Polynomial {
  return collect(left.constant + right.constant * rightScale, [
    ...left.monomials,
    ...scaleMonomials(right.monomials, rightScale),
  ]);
}

export function scalePolynomial(polynomial: Polynomial, scale: bigint): Polynomial {
  if (scale === 0n) return constantPolynomial(0n);
  return { constant: polynomial.constant * scale, monomials: scaleMonomials(polynomial.monomials, scale) };
}

export function multiplyPolynomials(left: Polynomial, right: Polynomial): Polynomial {
  const products: Monomial[] = [
    ...scaleMonomials(left.monomials, right.constant),
    ...scaleMonomials(right.monomials, left.constant),
  ];
  for (const one of left.monomials) {
    for (const other of right.monomials) {
      products.push(monomialOf(one.coefficient * other.coefficient, [...one.atoms, ...other.atoms]));
    }
  }
  return collect(left.constant * right.constant, products);
}

/** polynomial / divisor where the divisor is one monomial that every term contains; undefined otherwise. */
export function divideByMonomial(polynomial: Polynomial, divisor: Polynomial): Polynomial | undefined {
  const [by, ...others] = divisor.monomials;
  if (by === undefined || others.length > 0 || divisor.constant !== 0n || polynomial.constant !== 0n)
    return undefined;
  const quotients: Monomial[] = [];
  let constant = 0n;
  for (const { coefficient, atoms } of polynomial.monomials) {
    const rest = [...atoms];
    for (const atom of by.atoms) {
      const place = rest.findIndex((each) => each.key === atom.key);
      if (place < 0) return undefined;
      rest.splice(place, 1);
    }
    if (coefficient % by.coefficient !== 0n) return undefined;
    if (rest.length === 0) constant += coefficient / by.coefficient;
    else quotients.push(monomialOf(coefficient / by.coefficient, rest));
  }
  return collect(constant, quotients);
}

/**
 * floor(polynomial / divisor). Since every atom is whole, whole multiples of the divisor come out of the rounding, and a
 * quotient within a quotient is one: floor((floor(P / a) + Q) / b) = floor((P + a·Q) / (a·b)).
 */
export function floorDividePolynomial(polynomial: Polynomial, divisor: bigint): Polynomial {
  const whole: Monomial[] = [];
  const rest: Monomial[] = [];
  for (const monomial of polynomial.monomials) {
    const remainder = floorModulo(monomial.coefficient, divisor);
    const multiple = (monomial.coefficient - remainder) / divisor;
    if (multiple !== 0n) whole.push({ ...monomial, coefficient: multiple });
    if (remainder !== 0n) rest.push({ ...monomial, coefficient: remainder });
  }
  const constant = floorModulo(polynomial.constant, divisor);
  const quotient: Polynomial = { constant: (polynomial.constant - constant) / divisor, monomials: whole };
  if (rest.length === 0) return quotient;
  return addPolynomials(quotient, properQuotient({ constant, monomials: rest }, divisor));
}

/** floor(inner / divisor) where every coefficient lies between 0 and the divisor. */
function properQuotient(inner: Polynomial, divisor: bigint): Polynomial {
  const nested = inner.monomials.filter(
    (term) => term.atoms.length === 1 && term.atoms[0]!.kind === "quotient",
  );
  const [only] = nested;
  const atom = only?.atoms[0];
  if (nested.length === 1 && only!.coefficient === 1n && atom?.kind === "quotient") {
    const others: Polynomial = {
      constant: inner.constant,
      monomials: inner.monomials.filter((term) => term !== only),
    };
    return floorDividePolynomial(addPolynomials(atom.inner, others, atom.divisor), atom.divisor * divisor);
  }
  const common = inner.monomials.reduce(
    (sofar, term) => greatestCommonDivisor(sofar, term.coefficient),
    divisor,
  );
  const reduced: Polynomial = {
    constant: floorQuotient(inner.constant, common),
    monomials: inner.monomials.map((term) => ({ ...term, coefficient: term.coefficient / common })),
  };
  const reducedDivisor = divisor / common;
  if (reducedDivisor === 1n) return reduced;
  const key = `[${polynomialKey(reduced)}/${reducedDivisor}]`;
  return atomPolynomial({ kind: "quotient", key, inner: reduced, divisor: reducedDivisor });
}

/** Calls `visit` with every name and unknown in the polynomial, those inside quotients included. */
export function visitNames(
  polynomial: Polynomial,
  visit: (atom: Exclude<Atom, { kind: "quotient" }>) => void,
): void {
  for (const monomial of polynomial.monomials) {
    for (const atom of monomial.atoms) {
      if (atom.kind === "quotient") visitNames(atom.inner, visit);
      else visit(atom);
    }
  }
}

/** The polynomial with a value in place of each atom that `valueOf` knows, those inside quotients included. */
export function substituteAtoms(
  polynomial: Polynomial,
  valueOf: (atom: Atom) => Polynomial | undefined,
): Polynomial {
  let sum = constantPolynomial(polynomial.constant);
  for (const { coefficient, atoms } of polynomial.monomials) {
    let product = constantPolynomial(coefficient);
    for (const atom of atoms) product = multiplyPolynomials(product, substituteAtom(atom, valueOf));
    sum = addPolynomials(sum, product);
  }
  return sum;
}

function substituteAtom(atom: Atom, valueOf: (atom: Atom) => Polynomial | undefined): Polynomial {
  const value = valueOf(atom);
  if (value !== undefined) return value;
  if (atom.kind !== "quotient") return atomPolynomial(atom);
  const inner = floorDividePolynomial(substituteAtoms(atom.inner, valueOf), atom.divisor);
  const [only] = inner.monomials;
  const rest = inner.monomials.length === 1 && inner.constant === 0n ? only!.atoms : [];
  // The inside may have become that of another quotient whose value is known.
  const other =
    rest.length === 1 && only!.coefficient === 1n && rest[0]!.key !== atom.key ? rest[0]! : undefined;
  return (other && valueOf(other)) ?? inner;
}

export function hasQuotient(polynomial: Polynomial): boolean {
  return polynomial.monomials.some((monomial) => monomial.atoms.some((atom) => atom.kind === "quotient"));
}

/** left / right rounded down; right is positive. */
export function floorQuotient(left: bigint, right: bigint): bigint {
  return (left - floorModulo(left, right)) / right;
}

export function floorModulo(left: bigint, right: bigint): bigint {
  const remainder = left % right;
  return remainder < 0n ? remainder + right : remainder;
}

export function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [high, low] = [magnitude(left), magnitude(right)];
  while (low !== 0n) [high, low] = [low, high % low];
  return high;
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function scaleMonomials(monomials: readonly Monomial[], scale: bigint): readonly Monomial[] {
  if (scale === 1n) return monomials;
  if (scale === 0n) return [];
  return monomials.map((monomial) => ({ ...monomial, coefficient: monomial.coefficient * scale }));
}

export function monomialOf(coefficient: bigint, atoms: readonly Atom[]): Monomial {
  const sorted = [...atoms].sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  return { coefficient, atoms: sorted, key: sorted.map((atom) => atom.key).join("*") };
}

/** The polynomial of a constant and monomials in any order, like ones joined. */
export function collect(constant: bigint, monomials: readonly Monomial[]): Polynomial {
  const joined = new Map<string, Monomial>();
  for (const monomial of monomials) {
    const sofar = joined.get(monomial.key);
    joined.set(
      monomial.key,
      sofar === undefined ? monomial : { ...sofar, coefficient: sofar.coefficient + monomial.coefficient },
    );
  }
  const kept = [...joined.values()].filter((monomial) => monomial.coefficient !== 0n);
  kept.sort((one, other) => (one.key < other.key ? -1 : 1));
  return { constant, monomials: kept };
}
