/** An exact number: numerator over denominator in lowest terms, the denominator positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Numbers of more bits than this are refused, so that no source text makes the compiler compute for long. */
const mostBits = 4096;
const mostDigits = Math.floor(mostBits * Math.log10(2));

/** Why there is no result. */
export type ArithmeticFailure = "division by zero" | "too large" | "not whole" | "negative" | "no width";

export type ArithmeticResult = Rational | ArithmeticFailure;

export const zero = whole(0n);
export const one = whole(1n);
const half: Rational = { numerator: 1n, denominator: 2n };

export function whole(value: bigint | number): Rational {
  return { numerator: BigInt(value), denominator: 1n };
}

/** The quotient of two whole numbers in lowest terms; the denominator must not be zero. */
export function fraction(numerator: bigint, denominator: bigint): Rational {
  const divisor = greatestCommonDivisor(numerator, denominator) * (denominator < 0n ? -1n : 1n);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

/** Numbers that were read before: a block's are read again at each of its calls. */
const readNumbers = new Map<string, Rational | undefined>();
const mostReadNumbers = 1000;

/** Reads `12`, `0.5`, `.5`, `1e-4`; undefined where the number is too large to be held exactly. */
export function parseRational(text: string): Rational | undefined {
  if (readNumbers.has(text)) return readNumbers.get(text);
  if (readNumbers.size >= mostReadNumbers) readNumbers.clear();
  const number = readNumber(text);
  readNumbers.set(text, number);
  return number;
}

function readNumber(text: string): Rational | undefined {
  const match = /^(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.replaceAll("_", ""));
  if (match === null) return undefined;
  const [, before = "", after = "", exponentText = "0"] = match;
  const digits = before + after;
  const exponent = Number(exponentText) - after.length;
  if (digits === "" || digits.length > mostDigits || Math.abs(exponent) > mostDigits) return undefined;
  const scale = 10n ** BigInt(Math.abs(exponent));
  const value = exponent < 0 ? fraction(BigInt(digits), scale) : whole(BigInt(digits) * scale);
  return isTooLarge(value) ? undefined : value;
}

export function add(left: Rational, right: Rational): ArithmeticResult {
  return limited(
    fraction(
      left.numerator * right.denominator + right.numerator * left.denominator,
      left.denominator * right.denominator,
    ),
  );
}

export function negate(value: Rational): Rational {
  return { numerator: -value.numerator, denominator: value.denominator };
}

export function subtract(left: Rational, right: Rational): ArithmeticResult {
  return add(left, negate(right));
}

export function multiply(left: Rational, right: Rational): ArithmeticResult {
  return limited(fraction(left.numerator * right.numerator, left.denominator * right.denominator));
}

export function divide(left: Rational, right: Rational): ArithmeticResult {
  if (right.numerator === 0n) return "division by zero";
  return limited(fraction(left.numerator * right.denominator, left.denominator * right.numerator));
}

/** The quotient rounded down: `7 // 2` is 3, `-7 // 2` is -4. */
export function floorDivide(left: Rational, right: Rational): ArithmeticResult {
  const quotient = divide(left, right);
  return typeof quotient === "string" ? quotient : floor(quotient);
}

/** What `//` leaves over; it has the sign of the divisor. */
export function remainder(left: Rational, right: Rational): ArithmeticResult {
  const quotient = floorDivide(left, right);
  if (typeof quotient === "string") return quotient;
  const taken = multiply(quotient, right);
  return typeof taken === "string" ? taken : subtract(left, taken);
}

/** A whole power; others are "not whole", since they have no exact value. */
export function power(base: Rational, exponent: Rational): ArithmeticResult {
  if (!isWhole(exponent)) return "not whole";
  const times = exponent.numerator < 0n ? -exponent.numerator : exponent.numerator;
  if (times === 0n) return one;
  if (exponent.numerator < 0n && base.numerator === 0n) return "division by zero";
  const isUnit = base.denominator === 1n && base.numerator >= -1n && base.numerator <= 1n;
  if (isUnit) {
    return base.numerator === -1n && times % 2n === 0n ? one : base;
  }
  if (times * BigInt(bitLength(base) - 1) > BigInt(mostBits)) return "too large";
  const result = { numerator: base.numerator ** times, denominator: base.denominator ** times };
  return limited(exponent.numerator < 0n ? fraction(result.denominator, result.numerator) : result);
}

export function floor(value: Rational): Rational {
  const quotient = value.numerator / value.denominator;
  const isRoundedUp = value.numerator < 0n && quotient * value.denominator !== value.numerator;
  return whole(isRoundedUp ? quotient - 1n : quotient);
}

export function ceil(value: Rational): Rational {
  return negate(floor(negate(value)));
}

/** The nearest multiple of `multiple`, halves up. */
export function roundTo(value: Rational, multiple: Rational): ArithmeticResult {
  const quotient = divide(value, multiple);
  if (typeof quotient === "string") return quotient;
  const raised = add(quotient, half);
  return typeof raised === "string" ? raised : multiply(floor(raised), multiple);
}

/**
 * MobileNet's rule for widths (`_make_divisible` of the reference implementation): the nearest multiple, at least one of
 * it, and never below 90 % of the value, which must be above zero.
 */
export function roundDivisible(value: Rational, multiple: Rational): ArithmeticResult {
  // The rule alone would make the narrowest network of a factor of 0, or below.
  if (value.numerator <= 0n) return "no width";
  const nearest = roundTo(value, multiple);
  if (typeof nearest === "string") return nearest;
  const raised = compare(nearest, multiple) < 0 ? multiple : nearest;
  const least = multiply(value, { numerator: 9n, denominator: 10n });
  if (typeof least === "string") return least;
  return compare(raised, least) < 0 ? add(raised, multiple) : raised;
}

/** Exact for squares of fractions; else the double that is nearest to the root. */
export function squareRoot(value: Rational): ArithmeticResult {
  if (value.numerator < 0n) return "negative";
  const numerator = integerRoot(value.numerator);
  const denominator = integerRoot(value.denominator);
  if (numerator * numerator === value.numerator && denominator * denominator === value.denominator) {
    return { numerator, denominator };
  }
  const root = Math.sqrt(toNumber(value));
  return Number.isFinite(root) && root > 0 ? fromNumber(root) : "too large";
}

/** Below zero, zero or above zero as left is smaller, equal or larger. */
export function compare(left: Rational, right: Rational): number {
  const isAlike = left.denominator === right.denominator;
  const one = isAlike ? left.numerator : left.numerator * right.denominator;
  const other = isAlike ? right.numerator : right.numerator * left.denominator;
  return one < other ? -1 : one > other ? 1 : 0;
}

export function isWhole(value: Rational): boolean {
  return value.denominator === 1n;
}

/** The exact value of a finite double. */
export function fromNumber(value: number): Rational {
  if (Number.isInteger(value)) return whole(value);
  let denominator = 1n;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    denominator *= 2n;
  }
  return fraction(BigInt(scaled), denominator);
}

/** The double nearest to the value, ties to even. */
export function toNumber({ numerator, denominator }: Rational): number {
  if (denominator === 1n) return Number(numerator);
  const magnitude = numerator < 0n ? -numerator : numerator;
  if (magnitude <= Number.MAX_SAFE_INTEGER && denominator <= Number.MAX_SAFE_INTEGER) {
    return Number(numerator) / Number(denominator); // both exact, so the quotient is rounded once
  }
  // 66 bits of the quotient and a last one that says whether anything was left are enough to round once.
  const shift = 66 - (bits(magnitude) - bits(denominator));
  const dividend = shift > 0 ? magnitude << BigInt(shift) : magnitude;
  const divisor = shift > 0 ? denominator : denominator << BigInt(-shift);
  const quotient = dividend / divisor;
  const sticky = quotient * divisor === dividend ? 0n : 1n;
  const rounded = Number((quotient << 1n) | sticky);
  const result = scaleByPowerOfTwo(rounded, -shift - 1);
  return numerator < 0n ? -result : result;
}

/** As people write it: `24`, `0.25`, `1/3`; nine digits of a number whose fraction is long. */
export function rationalText(value: Rational): string {
  if (isWhole(value)) return value.numerator.toString();
  let digits = 0;
  let scaled = value;
  while (!isWhole(scaled) && digits < 9) {
    scaled = fraction(scaled.numerator * 10n, scaled.denominator);
    digits += 1;
  }
  if (!isWhole(scaled)) {
    // A root, say, whose exact fraction tells nobody anything.
    if (value.denominator > 999_999n) return String(Number(toNumber(value).toPrecision(9)));
    return `${value.numerator}/${value.denominator}`;
  }
  const sign = scaled.numerator < 0n ? "-" : "";
  const text = (scaled.numerator < 0n ? -scaled.numerator : scaled.numerator)
    .toString()
    .padStart(digits + 1, "0");
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function scaleByPowerOfTwo(value: number, exponent: number): number {
  // In two steps, so that neither factor leaves the range of doubles where the result does not.
  const first = Math.trunc(exponent / 2);
  return value * 2 ** first * 2 ** (exponent - first);
}

function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(bits(value) / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left < 0n ? -left : left, right < 0n ? -right : right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? 1n : a;
}

function bits(value: bigint): number {
  return value.toString(16).length * 4;
}

function bitLength(value: Rational): number {
  const magnitude = value.numerator < 0n ? -value.numerator : value.numerator;
  return Math.max(magnitude.toString(2).length, value.denominator.toString(2).length);
}

function isTooLarge({ numerator, denominator }: Rational): boolean {
  const bound = 1n << BigInt(mostBits);
  return numerator > bound || numerator < -bound || denominator > bound;
}

function limited(value: Rational): ArithmeticResult {
  return isTooLarge(value) ? "too large" : value;
}
