import type { ArithmeticResult, Rational } from "./rational.ts";
import { ceil, compare, floor, negate, one, roundDivisible, roundTo, squareRoot } from "./rational.ts";

/** A function of the language: how many numbers it takes, and what it makes of them. */
export interface NumberFunction {
  readonly fewest: number;
  readonly most: number;
  /** For messages: `round(x)` or `round(x, multiple)`. */
  readonly usage: string;
  readonly apply: (numbers: readonly Rational[]) => ArithmeticResult;
}

function extreme(sign: 1 | -1): NumberFunction["apply"] {
  return (numbers) => numbers.reduce((best, next) => (compare(next, best) * sign > 0 ? next : best));
}

export const numberFunctions: Readonly<Record<string, NumberFunction>> = {
  min: { fewest: 1, most: Infinity, usage: "`min(a, b)`", apply: extreme(-1) },
  max: { fewest: 1, most: Infinity, usage: "`max(a, b)`", apply: extreme(1) },
  abs: {
    fewest: 1,
    most: 1,
    usage: "`abs(x)`",
    apply: ([x]) => (x!.numerator < 0n ? negate(x!) : x!),
  },
  floor: { fewest: 1, most: 1, usage: "`floor(x)`", apply: ([x]) => floor(x!) },
  ceil: { fewest: 1, most: 1, usage: "`ceil(x)`", apply: ([x]) => ceil(x!) },
  sqrt: { fewest: 1, most: 1, usage: "`sqrt(x)`", apply: ([x]) => squareRoot(x!) },
  round: {
    fewest: 1,
    most: 2,
    usage: "`round(x)` or `round(x, multiple)`",
    apply: ([x, multiple = one]) => roundTo(x!, multiple),
  },
  divisible: {
    fewest: 2,
    most: 2,
    usage: "`divisible(x, multiple)`",
    apply: ([x, multiple]) => roundDivisible(x!, multiple!),
  },
};
