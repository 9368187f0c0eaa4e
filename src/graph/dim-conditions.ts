import type { Dim } from "./dim.ts";
import { differenceOf, exactDivide, known, multiply, solveAtLeast, substitute, unknown } from "./dim.ts";
import { isProvablyNonNegative, isProvablyNonZero, type LeastValues } from "./dim-bounds.ts";
import type { Atom, Monomial, Polynomial } from "./dim-polynomial.ts";
import {
  addPolynomials,
  atomPolynomial,
  constantPolynomial,
  substituteAtoms,
  visitNames,
} from "./dim-polynomial.ts";

/** What a layer asks of dimensions that are not numbers yet. */
export type Condition =
  | { readonly kind: "at least"; readonly dim: Dim; readonly minimum: number }
  /** Where one may be repeated along the other, a dimension of 1 will do as well. */
  | { readonly kind: "equal"; readonly left: Dim; readonly right: Dim; readonly mayRepeat?: boolean }
  | { readonly kind: "multiple"; readonly dim: Dim; readonly divisor: Dim | number };

/**
 * What became of a condition: it follows from those before it; it is open and holds from now on; or no numbers satisfy it
 * together with those that `sources` asked for, the earliest first.
 */
export type Judgement<Source> =
  | { readonly kind: "follows" }
  | { readonly kind: "open" }
  | { readonly kind: "contradiction"; readonly sources: readonly Source[] };

/** One way to satisfy all conditions so far. */
interface Solution {
  /** By the key of a name, unknown or quotient: what it is. No value contains a key of the map. */
  readonly values: ReadonlyMap<string, { readonly atom: Atom; readonly value: Polynomial }>;
  readonly least: LeastValues;
  /** Of two open sizes the first was 1, and the shape that goes on is not exact: nothing more is concluded. */
  readonly isLoose: boolean;
}

const mostSolutions = 16;
const mostConditions = 200;
const mostRewrites = 100;

/**
 * The conditions that a model puts on its open dimensions, collected as it is gone through. Each is asked once: what follows
 * from earlier ones is no news, and what contradicts them is a mistake whatever the numbers are.
 *
 * A condition with alternatives (equal, or one of them 1) has a solution for each; the first is the one that is meant.
 */
export class Conditions<Source> {
  #solutions: readonly Solution[] = [{ values: new Map(), least: new Map(), isLoose: false }];
  readonly #asked: { readonly source: Source; readonly keys: ReadonlySet<string> }[] = [];

  require(condition: Condition, source: Source): Judgement<Source> {
    const outcomes = this.#solutions.map((solution) => satisfy(condition, solution));
    const solutions = outcomes.flatMap((outcome, index) =>
      outcome === "follows" ? [this.#solutions[index]!] : outcome,
    );
    if (solutions.length === 0) return { kind: "contradiction", sources: this.#related(condition) };
    const follows = outcomes[0] === "follows";
    if (solutions.length <= mostSolutions && this.#asked.length < mostConditions) {
      this.#solutions = solutions;
      if (!follows) this.#asked.push({ source, keys: keysOf(condition) });
    }
    return { kind: follows ? "follows" : "open" };
  }

  /** Who asked for something that shares a name or unknown with a condition, directly or through others. */
  #related(condition: Condition): readonly Source[] {
    const keys = new Set(keysOf(condition));
    const related = new Set<Source>();
    for (let before = -1; before !== related.size;) {
      before = related.size;
      for (const asked of this.#asked) {
        if (![...asked.keys].some((key) => keys.has(key))) continue;
        related.add(asked.source);
        for (const key of asked.keys) keys.add(key);
      }
    }
    return this.#asked.map(({ source }) => source).filter((source) => related.has(source));
  }
}

function keysOf(condition: Condition): ReadonlySet<string> {
  const keys = new Set<string>();
  const dims = condition.kind === "equal" ? [condition.left, condition.right] : [condition.dim];
  for (const dim of dims) visitNames(differenceOf(dim, 0), ({ key }) => keys.add(key));
  return keys;
}

/** The solutions that a condition leaves of one; none where it cannot hold. */
function satisfy(condition: Condition, solution: Solution): "follows" | readonly Solution[] {
  if (solution.isLoose) return [solution];
  switch (condition.kind) {
    case "at least":
      return satisfyAtLeast(condition.dim, condition.minimum, solution);
    case "multiple":
      return satisfyMultiple(condition.dim, condition.divisor, solution);
    case "equal":
      return condition.mayRepeat === true
        ? satisfyWithRepeats(condition.left, condition.right, solution)
        : only(satisfyEqual(differenceOf(condition.left, condition.right), solution));
  }
}

type Outcome = "follows" | Solution | undefined;

function only(outcome: Outcome): "follows" | readonly Solution[] {
  if (outcome === "follows") return outcome;
  return outcome === undefined ? [] : [outcome];
}

/** Equal, or one of the two 1. */
function satisfyWithRepeats(left: Dim, right: Dim, solution: Solution): "follows" | readonly Solution[] {
  const [equal, leftIsOne, rightIsOne] = [
    satisfyEqual(differenceOf(left, right), solution),
    satisfyEqual(differenceOf(left, 1), solution),
    satisfyEqual(differenceOf(right, 1), solution),
  ];
  if (equal === "follows" || leftIsOne === "follows" || rightIsOne === "follows") return "follows";
  const isLoose = left.value === undefined && right.value === undefined;
  return [equal, leftIsOne && { ...leftIsOne, isLoose }, rightIsOne].flatMap((outcome) => outcome ?? []);
}

function satisfyAtLeast(dim: Dim, minimum: number, solution: Solution): "follows" | readonly Solution[] {
  const difference = insert(differenceOf(dim, minimum), solution);
  if (isProvablyNonNegative(difference, solution.least)) return "follows";
  const shortfall = addPolynomials(constantPolynomial(-1n), difference, -1n);
  if (isProvablyNonNegative(shortfall, solution.least)) return [];
  const bound = solveAtLeast(substitute(dim, valuesOf(solution)), minimum);
  if (bound === undefined) return [solution];
  return [{ ...solution, least: new Map(solution.least).set(bound.key, bound.minimum) }];
}

/** A multiple of n is n times a number of its own, which may be 0. */
function satisfyMultiple(
  dim: Dim,
  divisor: Dim | number,
  solution: Solution,
): "follows" | readonly Solution[] {
  const current = substitute(dim, valuesOf(solution));
  const quotient = exactDivide(current, typeof divisor === "number" ? known(divisor) : divisor);
  if (quotient === "indivisible") return [];
  if (quotient !== "unknown") return "follows";
  const times = unknown();
  const least = new Map(solution.least).set(solveAtLeast(times, 1)!.key, 0n);
  const outcome = satisfyEqual(differenceOf(current, multiply(times, divisor)), { ...solution, least });
  return only(outcome);
}

/** The solution in which a polynomial is 0 as well; undefined where it cannot be. */
function satisfyEqual(equation: Polynomial, solution: Solution): Outcome {
  const values = new Map(solution.values);
  const least = new Map(solution.least);
  const waiting = [equation];
  let isNews = false;
  for (let round = 0; waiting.length > 0 && round < mostRewrites; round++) {
    const zero = insert(waiting.pop()!, { values });
    if (zero.monomials.length === 0 && zero.constant === 0n) continue;
    if (isProvablyNonZero(zero, least)) return undefined;
    isNews = true;
    const solved = solveFor(zero);
    if (solved === undefined) continue; // too intricate to keep; what it forbids is not seen
    const { atom, value } = solved;
    const minimum = least.get(atom.key) ?? 1n;
    if (isBelow(value, atom.kind === "quotient" ? 0n : minimum, least)) return undefined;
    const single = value.monomials.length === 1 && value.constant === 0n ? value.monomials[0]! : undefined;
    if (single?.coefficient === 1n && single.atoms.length === 1) {
      const { key } = single.atoms[0]!;
      least.set(key, minimum > (least.get(key) ?? 1n) ? minimum : (least.get(key) ?? 1n));
    }
    for (const [key, entry] of [...values]) {
      const known = substituteAtoms(entry.value, (each) => (each.key === atom.key ? value : undefined));
      values.set(key, { ...entry, value: known });
      if (entry.atom.kind !== "quotient" || !mentions(entry.atom, atom.key)) continue;
      // A quotient whose inside is known better now is worked out again.
      values.delete(key);
      waiting.push(addPolynomials(atomPolynomial(entry.atom), known, -1n));
    }
    values.set(atom.key, { atom, value });
  }
  return isNews ? { values, least, isLoose: false } : "follows";
}

/** Solves `zero = 0` for a name, unknown or quotient that stands in it once, alone and with the coefficient 1 or -1. */
function solveFor(zero: Polynomial): { atom: Atom; value: Polynomial } | undefined {
  const candidates = zero.monomials.filter(
    (term) => term.atoms.length === 1 && isOnlyMention(zero, term) && dividesRest(zero, term),
  );
  const rank = ({ atoms: [atom] }: Monomial) => ["unknown", "named", "quotient"].indexOf(atom!.kind);
  const [best] = candidates.sort((one, other) => rank(one) - rank(other));
  if (best === undefined) return undefined;
  const rest = { ...zero, monomials: zero.monomials.filter((term) => term !== best) };
  const { coefficient } = best;
  const value = {
    constant: -rest.constant / coefficient,
    monomials: rest.monomials.map((term) => ({ ...term, coefficient: -term.coefficient / coefficient })),
  };
  return { atom: best.atoms[0]!, value };
}

function dividesRest({ constant, monomials }: Polynomial, term: Monomial): boolean {
  return (
    constant % term.coefficient === 0n &&
    monomials.every((other) => other === term || other.coefficient % term.coefficient === 0n)
  );
}

function isOnlyMention({ monomials }: Polynomial, term: Monomial): boolean {
  const { key } = term.atoms[0]!;
  return monomials.every((other) => other === term || other.atoms.every((atom) => !mentions(atom, key)));
}

function mentions(atom: Atom, key: string): boolean {
  if (atom.key === key) return true;
  return (
    atom.kind === "quotient" &&
    atom.inner.monomials.some(({ atoms }) => atoms.some((each) => mentions(each, key)))
  );
}

/** Whether a polynomial is below the minimum for every value of its names. */
function isBelow(value: Polynomial, minimum: bigint, least: LeastValues): boolean {
  return isProvablyNonNegative(addPolynomials(constantPolynomial(minimum - 1n), value, -1n), least);
}

function insert(polynomial: Polynomial, solution: Pick<Solution, "values">): Polynomial {
  return substituteAtoms(polynomial, valuesOf(solution));
}

function valuesOf({ values }: Pick<Solution, "values">): (atom: Atom) => Polynomial | undefined {
  return ({ key }) => values.get(key)?.value;
}
