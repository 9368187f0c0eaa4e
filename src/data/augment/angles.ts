// Sine and cosine of shares of a turn and powers of numbers below 1, by the exactly rounded operations alone: Math.sin and
// Math.pow are not the same, to the last bit, on every machine, and a seed is to give the same images everywhere.

const pi = Math.PI;

/** sin(2π · turn), right to about 15 digits. */
export function sineOfTurn(turn: number): number {
  // Into [-1/4, 1/4], where the series is short.
  let part = turn - Math.round(turn);
  if (part > 0.25) part = 0.5 - part;
  else if (part < -0.25) part = -0.5 - part;
  const x = 2 * pi * part;
  const square = x * x;
  let sum = 0;
  for (let odd = 21; odd >= 3; odd -= 2) sum = ((1 + sum) * -square) / (odd * (odd - 1));
  return x * (1 + sum);
}

/** cos(2π · turn). */
export function cosineOfTurn(turn: number): number {
  return sineOfTurn(turn + 0.25);
}

/** ln x for 0 < x ≤ 1, by 2 artanh((m - 1)/(m + 1)) of the mantissa. */
export function logarithm(x: number): number {
  let mantissa = x;
  let exponent = 0;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent -= 1;
  }
  const ratio = (mantissa - 1) / (mantissa + 1);
  let sum = 0;
  for (let odd = 23; odd >= 1; odd -= 2) sum = sum * ratio * ratio + 1 / odd;
  return exponent * Math.LN2 + 2 * ratio * sum;
}

/** e^x for x ≤ 0; 0 where that is below the smallest number. */
export function exponential(x: number): number {
  if (x < -745) return 0;
  const halvings = Math.round(-x / Math.LN2);
  const rest = x + halvings * Math.LN2;
  let sum = 1;
  for (let term = 17; term >= 1; term--) sum = 1 + (sum * rest) / term;
  return sum * 2 ** -halvings;
}
