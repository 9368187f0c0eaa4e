import type { Atom, Monomial, Polynomial } from "./dim-polynomial.ts";
import {
  addPolynomials,
  collect,
  floorQuotient,
  greatestCommonDivisor,
  monomialOf,
  scalePolynomial,
} from "./dim-polynomial.ts";

/** Proofs about polynomials whose names and unknowns are whole numbers of at least 1, or of at least what is known of them. */

/** By the key of a name or unknown: a number that it is not below; 1 for those that are not in it. */
export type LeastValues = ReadonlyMap<string, bigint>;

const nothingKnown: LeastValues = new Map();

const mostFactorsInProof = 6;
const mostRelaxations = 8;

/** Whether the polynomial is at least 0 for every value of its names; false where no proof was found. */
export function isProvablyNonNegative(polynomial: Polynomial, least = nothingKnown): boolean {
  let relaxed: Polynomial | undefined = polynomial;
  for (let round = 0; relaxed !== undefined && round <= mostRelaxations; round++) {
    if (isNonNegativeFromLeastValues(relaxed, least)) return true;
    relaxed = relaxQuotients(relaxed);
  }
  return false;
}

/** Whether the polynomial is provably never 0. */
export function isProvablyNonZero(polynomial: Polynomial, least = nothingKnown): boolean {
  if (polynomial.monomials.length === 0) return polynomial.constant !== 0n;
  const common = polynomial.monomials.reduce(
    (sofar, term) => greatestCommonDivisor(sofar, term.coefficient),
    0n,
  );
  if (polynomial.constant % common !== 0n) return true;
  const lessOne = { ...polynomial, constant: polynomial.constant - 1n };
  const negatedLessOne = { ...scalePolynomial(polynomial, -1n), constant: -polynomial.constant - 1n };
  return isProvablyNonNegative(lessOne, least) || isProvablyNonNegative(negatedLessOne, least);
}

/** Writes each atom as its least value plus a rest of at least 0, and looks whether no coefficient is left negative. */
function isNonNegativeFromLeastValues(polynomial: Polynomial, leastValues: LeastValues): boolean {
  let constant = polynomial.constant;
  const expanded: Monomial[] = [];
  for (const monomial of polynomial.monomials) {
    const { atoms, coefficient } = monomial;
    if (atoms.length > mostFactorsInProof) return false;
    const least = atoms.map((atom) => leastValue(atom, leastValues));
    for (let subset = 0; subset < 1 << atoms.length; subset++) {
      const rests = atoms.filter((_, index) => (subset >> index) & 1);
      const scale = least.reduce(
        (product, value, index) => ((subset >> index) & 1 ? product : product * value),
        1n,
      );
      if (scale === 0n) continue;
      if (rests.length === 0) constant += coefficient * scale;
      else expanded.push(monomialOf(coefficient * scale, rests));
    }
  }
  const result = collect(constant, expanded);
  return result.constant >= 0n && result.monomials.every((monomial) => monomial.coefficient > 0n);
}

/** A name is at least 1, or what is known. The inside of a quotient has no negative coefficient, so it is least where its names are. */
function leastValue(atom: Atom, known: LeastValues): bigint {
  if (atom.kind !== "quotient") return known.get(atom.key) ?? 1n;
  const { inner, divisor } = atom;
  const least = inner.monomials.reduce(
    (sum, monomial) =>
      sum + monomial.atoms.reduce((product, each) => product * leastValue(each, known), monomial.coefficient),
    inner.constant,
  );
  return floorQuotient(least, divisor);
}

/**
 * A multiple of a polynomial that is nowhere above the given one, without its outermost quotients: (P - n + 1)/n ≤
 * floor(P/n) ≤ P/n. Undefined where there is no quotient that stands alone.
 */
function relaxQuotients(polynomial: Polynomial): Polynomial | undefined {
  const isQuotient = (term: Monomial) => term.atoms.length === 1 && term.atoms[0]!.kind === "quotient";
  const quotients = polynomial.monomials.filter(isQuotient);
  if (quotients.length === 0) return undefined;
  const divisors = quotients.map(({ atoms: [atom] }) => (atom as { divisor: bigint }).divisor);
  const scale = divisors.reduce((sofar, each) => (sofar / greatestCommonDivisor(sofar, each)) * each, 1n);
  const rest = { ...polynomial, monomials: polynomial.monomials.filter((term) => !isQuotient(term)) };
  let result = scalePolynomial(rest, scale);
  for (const { coefficient, atoms } of quotients) {
    const atom = atoms[0] as Extract<Atom, { kind: "quotient" }>;
    const factor = (coefficient * scale) / atom.divisor;
    const bound =
      coefficient > 0n ? { ...atom.inner, constant: atom.inner.constant - atom.divisor + 1n } : atom.inner;
    result = addPolynomials(result, bound, factor);
  }
  return result;
}
