import { isFloat } from "../ops.ts";
import { expandTo, type Numbers, type ReferenceFunction, type ReferenceRow } from "./numeric-tensor.ts";

type Elementwise = ReferenceFunction<unknown>;

function unary(compute: (x: number) => number): Elementwise {
  return ([x]) => Float64Array.from(x!.data, compute);
}

function binary(compute: (a: number, b: number) => number): Elementwise {
  return ([left, right], _, shape) => {
    const a = expandTo(left!, shape);
    const b = expandTo(right!, shape);
    const result = new Float64Array(a.length);
    for (let index = 0; index < result.length; index++) result[index] = compute(a[index]!, b[index]!);
    return result;
  };
}

/** The elementwise operations in float64. */
export const elementwiseReference = {
  negate: unary((x) => -x),
  reciprocal: unary((x) => 1 / x),
  sqrt: unary(Math.sqrt),
  exp: unary(Math.exp),
  log: unary(Math.log),
  abs: unary(Math.abs),
  tanh: unary(Math.tanh),
  sigmoid: unary((x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))),
  // Written so that NaN stays NaN.
  relu: unary((x) => (x < 0 ? 0 : x)),
  step: unary((x) => (x > 0 ? 1 : 0)),
  erf: unary(errorFunction),
  floor: unary(Math.floor),
  clip: (([x], { low, high }) =>
    Float64Array.from(x!.data, (value) =>
      value < low ? low : value > high ? high : value,
    )) satisfies ReferenceRow<"clip">,
  cast: (([x], { to }) => {
    if (isFloat(to)) return x!.data;
    return Float64Array.from(x!.data, to === "bool" ? (value) => (value === 0 ? 0 : 1) : Math.trunc);
  }) satisfies ReferenceRow<"cast">,
  add: binary((a, b) => a + b),
  subtract: binary((a, b) => a - b),
  multiply: binary((a, b) => a * b),
  divide: binary((a, b) => a / b),
  maximum: binary(Math.max),
  minimum: binary(Math.min),
  power: binary(Math.pow),
  equal: binary((a, b) => (a === b ? 1 : 0)),
  greater: binary((a, b) => (a > b ? 1 : 0)),
  select: (([condition, whereTrue, whereFalse], _, shape): Numbers => {
    const chosen = expandTo(condition!, shape);
    const yes = expandTo(whereTrue!, shape);
    const no = expandTo(whereFalse!, shape);
    const result = new Float64Array(chosen.length);
    for (let index = 0; index < result.length; index++) {
      result[index] = chosen[index] === 0 ? no[index]! : yes[index]!;
    }
    return result;
  }) satisfies ReferenceRow<"select">,
};

/**
 * erf(x) by its series with positive terms alone, 2/√π · e^(-x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)) (Abramowitz and Stegun
 * 7.1.6); right to 15 digits. From 6 on it is 1 to the last bit.
 */
export function errorFunction(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const size = Math.abs(x);
  if (size >= 6) return Math.sign(x);
  const doubledSquare = 2 * size * size;
  let term = size;
  let sum = term;
  for (let odd = 3; term > sum * 1e-17; odd += 2) {
    term *= doubledSquare / odd;
    sum += term;
  }
  return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-size * size) * sum;
}
