import type { Polynomial } from "./dim-polynomial.ts";
import { floorQuotient, greatestCommonDivisor } from "./dim-polynomial.ts";

/**
 * A dimension as people write it: products stay factored, a shift within a rounding stays where it arose, and only like
 * terms and plain numbers are joined. `(H-2)*(W-2)*32`, `floor((H-3)/2)+1`.
 */
export interface Written {
  readonly constant: bigint;
  readonly terms: readonly WrittenTerm[];
}

interface WrittenTerm {
  readonly coefficient: bigint;
  readonly factors: readonly WrittenFactor[];
  readonly key: string;
}

interface WrittenFactor {
  /** In parentheses where it is a sum. */
  readonly text: string;
  readonly isSum: boolean;
  readonly rounding:
    { readonly mode: Rounding; readonly inner: Written; readonly divisor: bigint } | undefined;
}

type Rounding = "floor" | "ceil";

export function writtenNumber(value: bigint): Written {
  return { constant: value, terms: [] };
}

export function writtenName(name: string): Written {
  return writtenProduct(1n, [{ text: name, isSum: false, rounding: undefined }]);
}

export function addWritten(left: Written, right: Written, rightSign: 1n | -1n): Written {
  const terms = new Map(left.terms.map((term) => [term.key, term]));
  for (const term of right.terms) {
    const sofar = terms.get(term.key);
    const coefficient = (sofar?.coefficient ?? 0n) + rightSign * term.coefficient;
    terms.set(term.key, { ...(sofar ?? term), coefficient });
  }
  return {
    constant: left.constant + rightSign * right.constant,
    terms: [...terms.values()].filter((term) => term.coefficient !== 0n),
  };
}

export function multiplyWritten(left: Written, right: Written): Written {
  const [one, other] = [productOf(left), productOf(right)];
  const coefficient = one.coefficient * other.coefficient;
  const factors = [...one.factors, ...other.factors];
  if (factors.length === 0) return writtenNumber(coefficient);
  if (coefficient === 1n && factors.length === 1) return one.factors.length === 1 ? left : right;
  return writtenProduct(coefficient, factors);
}

/** The quotient rounded down or up; plain where the division leaves nothing to round. */
export function divideWritten(written: Written, divisor: bigint, mode: Rounding): Written {
  if (divisor === 1n) return written;
  const [only] = written.terms;
  const inside = only?.factors[0]?.rounding;
  if (
    written.terms.length === 1 &&
    only!.factors.length === 1 &&
    only!.coefficient === 1n &&
    inside?.mode === mode
  ) {
    const shifted = addWritten(inside.inner, writtenNumber(written.constant * inside.divisor), 1n);
    return divideWritten(shifted, divisor * inside.divisor, mode);
  }
  const common = written.terms.reduce(
    (sofar, term) => greatestCommonDivisor(sofar, term.coefficient),
    divisor,
  );
  const reduced: Written = {
    constant:
      mode === "floor" ? floorQuotient(written.constant, common) : -floorQuotient(-written.constant, common),
    terms: written.terms.map((term) => ({ ...term, coefficient: term.coefficient / common })),
  };
  const reducedDivisor = divisor / common;
  if (reducedDivisor === 1n) return reduced;
  const inner = writtenText(reduced);
  const isPlain = reduced.constant === 0n && reduced.terms.length === 1 && /^\w+$/.test(inner);
  return writtenProduct(1n, [
    {
      text: `${mode}(${isPlain ? inner : `(${inner})`}/${reducedDivisor})`,
      isSum: false,
      rounding: { mode, inner: reduced, divisor: reducedDivisor },
    },
  ]);
}

/** The canonical polynomial itself as text, for where what was built is longer than what it amounts to. */
export function writtenFromPolynomial(polynomial: Polynomial): Written {
  let sum = writtenNumber(0n);
  for (const { coefficient, atoms } of polynomial.monomials) {
    let product = writtenNumber(coefficient);
    for (const atom of atoms) {
      const factor =
        atom.kind === "named"
          ? writtenName(atom.name)
          : atom.kind === "unknown"
            ? writtenName("?")
            : divideWritten(writtenFromPolynomial(atom.inner), atom.divisor, "floor");
      product = multiplyWritten(product, factor);
    }
    sum = addWritten(sum, product, 1n);
  }
  return { ...sum, constant: polynomial.constant };
}

export function hasRounding(written: Written): boolean {
  return written.terms.some((term) => term.factors.some((factor) => factor.rounding !== undefined));
}

export function writtenText(written: Written): string {
  const { constant, terms } = written;
  if (terms.length === 0) return constant.toString();
  const [only] = terms;
  // A sum alone needs no parentheses of its own.
  if (terms.length === 1 && constant === 0n && only!.coefficient === 1n && only!.factors.length === 1)
    return bareText(only!.factors[0]!);
  const constantFirst = constant > 0n && terms[0]!.coefficient < 0n;
  let text = constantFirst ? constant.toString() : "";
  for (const term of terms) text += signed(term.coefficient, termText(term), text === "");
  if (constant !== 0n && !constantFirst) text += signed(constant, absolute(constant).toString(), false);
  return text;
}

function bareText({ text, isSum }: WrittenFactor): string {
  return isSum ? text.slice(1, -1) : text;
}

function termText({ coefficient, factors }: WrittenTerm): string {
  const scale = absolute(coefficient);
  const product = factors.map((factor) => factor.text).join("*");
  if (scale === 1n) return product;
  return factors.length === 1 && !factors[0]!.isSum ? `${scale}*${product}` : `${product}*${scale}`;
}

function signed(value: bigint, text: string, isFirst: boolean): string {
  return value < 0n ? `-${text}` : isFirst ? text : `+${text}`;
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function productOf(written: Written): { coefficient: bigint; factors: readonly WrittenFactor[] } {
  const { constant, terms } = written;
  if (terms.length === 0) return { coefficient: constant, factors: [] };
  if (terms.length === 1 && constant === 0n) return terms[0]!;
  return {
    coefficient: 1n,
    factors: [{ text: `(${writtenText(written)})`, isSum: true, rounding: undefined }],
  };
}

function writtenProduct(coefficient: bigint, factors: readonly WrittenFactor[]): Written {
  if (coefficient === 0n) return writtenNumber(0n);
  const key = factors
    .map((factor) => factor.text)
    .sort()
    .join("*");
  return { constant: 0n, terms: [{ coefficient, factors, key }] };
}
