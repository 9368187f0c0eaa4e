// random/: the one source of chance for the whole project: initial weights, shuffles, dropout, augmentation, drawn digits.
// Only integer arithmetic and the exactly rounded operations + - * / sqrt are used (never Math.log, Math.cos ...), so a
// seed gives the same numbers, bit for bit, on every machine and in every browser.

/** A stream of pseudo-random numbers that is wholly determined by its seed and its name. */
export interface Random {
  /** The next 32 bits as an integer from 0 to 4294967295. */
  nextUint32(): number;
  /** A number in [0, 1), a multiple of 2^-24, so that it is exact in float32 too. Takes one draw. */
  uniform(): number;
  /** A number from the normal distribution with mean 0 and standard deviation 1. Takes one draw. */
  normal(): number;
  /** An integer from 0 to `count` - 1, all equally likely; `count` is a whole number from 1 to 2^32. */
  integer(count: number): number;
  /** Fills `out` from the uniform distribution on [low, high). */
  fillUniform(out: FloatArray, low: number, high: number): void;
  /** Fills `out` from the normal distribution. */
  fillNormal(out: FloatArray, mean: number, standardDeviation: number): void;
  /**
   * Fills `out` from the normal distribution cut off at two standard deviations from the mean, as Keras' TruncatedNormal:
   * `standardDeviation` is that of the uncut distribution; the numbers drawn have 0.8796 of it.
   */
  fillTruncatedNormal(out: FloatArray, mean: number, standardDeviation: number): void;
}

export type FloatArray = Float32Array | Float64Array;

/**
 * Opens the stream called `stream` of a seed. Streams of different names or seeds are independent of each other, so a
 * name such as `weights/conv2d` or `shuffle/3` stands for a place in the program and no order of calls matters.
 *
 * @param seed any whole number, 0 and negative ones too, up to 2^53 in size
 * @throws RangeError for a seed that is not such a number
 */
export function createRandom(seed: number, stream: string): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a whole number up to 2^53, not ${seed}`);
  return new Xoshiro128(mixSeed(seed, stream));
}

/** The numbers 0 to `count` - 1 in random order (Fisher and Yates' shuffle; every order is equally likely). */
export function randomPermutation(random: Random, count: number): Uint32Array {
  const order = new Uint32Array(count);
  for (let index = 0; index < count; index++) {
    const other = random.integer(index + 1);
    order[index] = order[other]!;
    order[other] = index;
  }
  return order;
}

/** xoshiro128** 1.1 (D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators", 2021); period 2^128 - 1. */
export class Xoshiro128 implements Random {
  readonly #state: Int32Array;

  /** @param state four words that are not all 0 */
  constructor(state: Int32Array) {
    this.#state = state;
  }

  nextUint32(): number {
    const state = this.#state;
    const second = state[1]!;
    const scrambled = Math.imul(second, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const third = state[2]! ^ state[0]!;
    const fourth = state[3]! ^ second;
    state[1] = second ^ third;
    state[0] = state[0]! ^ fourth;
    state[2] = third ^ (second << 9);
    state[3] = (fourth << 11) | (fourth >>> 21);
    return result >>> 0;
  }

  uniform(): number {
    return (this.nextUint32() >>> 8) * 2 ** -24;
  }

  normal(): number {
    return normalQuantile((this.nextUint32() + 0.5) * 2 ** -32);
  }

  integer(count: number): number {
    if (!Number.isInteger(count) || count < 1 || count > 2 ** 32) {
      throw new RangeError(`integer(count) needs a whole number from 1 to 2^32, not ${count}`);
    }
    // The draws past the last whole multiple of count would make small results likelier.
    const limit = 2 ** 32 - (2 ** 32 % count);
    let draw = this.nextUint32();
    while (draw >= limit) draw = this.nextUint32();
    return draw % count;
  }

  fillUniform(out: FloatArray, low: number, high: number): void {
    const scale = (high - low) * 2 ** -24;
    for (let index = 0; index < out.length; index++) out[index] = low + scale * (this.nextUint32() >>> 8);
  }

  fillNormal(out: FloatArray, mean: number, standardDeviation: number): void {
    for (let index = 0; index < out.length; index++) out[index] = mean + standardDeviation * this.normal();
  }

  fillTruncatedNormal(out: FloatArray, mean: number, standardDeviation: number): void {
    const scale = (1 - 2 * belowMinusTwo) * 2 ** -32;
    for (let index = 0; index < out.length; index++) {
      const probability = belowMinusTwo + scale * (this.nextUint32() + 0.5);
      out[index] = mean + standardDeviation * normalQuantile(probability);
    }
  }
}

/** The probability that a standard normal number is below -2. */
const belowMinusTwo = 0.022750131948179207;

/** 128 bits of state from a seed and a name: four lanes take up every word, each with a constant of its own. */
function mixSeed(seed: number, stream: string): Int32Array {
  const lanes = Int32Array.of(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344);
  absorb(lanes, seed | 0);
  absorb(lanes, Math.floor(seed / 2 ** 32) | 0);
  for (let index = 0; index < stream.length; index++) absorb(lanes, stream.charCodeAt(index));
  absorb(lanes, stream.length);
  // The one state that the generator cannot leave.
  if (lanes.every((lane) => lane === 0)) lanes[0] = 1;
  return lanes;
}

function absorb(lanes: Int32Array, word: number): void {
  for (let lane = 0; lane < 4; lane++) {
    lanes[lane] = mixBits((lanes[lane]! ^ word) + Math.imul(lane + 1, 0x9e3779b9));
  }
}

/** MurmurHash3's finalizer: a bijection of 32 bits in which every input bit touches every output bit. */
function mixBits(word: number): number {
  let bits = word | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/**
 * The number below which a standard normal variable stays with the given probability, which is from 1e-10 to 1 - 1e-10:
 * M. Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988), without its far tail; right to 15 digits.
 */
export function normalQuantile(probability: number): number {
  const centred = probability - 0.5;
  if (Math.abs(centred) <= 0.425) {
    const r = 0.180625 - centred * centred;
    return (centred * polynomial(centreAbove, r)) / polynomial(centreBelow, r);
  }
  const r = Math.sqrt(-naturalLogarithm(centred < 0 ? probability : 1 - probability)) - 1.6;
  const size = polynomial(tailAbove, r) / polynomial(tailBelow, r);
  return centred < 0 ? -size : size;
}

// The coefficients of AS 241, highest power first.
const centreAbove = Float64Array.of(
  2509.0809287301226727,
  33430.575583588128105,
  67265.770927008700853,
  45921.953931549871457,
  13731.693765509461125,
  1971.5909503065514427,
  133.14166789178437745,
  3.387132872796366608,
);
const centreBelow = Float64Array.of(
  5226.495278852545925,
  28729.085735721942674,
  39307.89580009271061,
  21213.794301586595867,
  5394.1960214247511077,
  687.1870074920579083,
  42.313330701600911252,
  1,
);
const tailAbove = Float64Array.of(
  7.7454501427834140764e-4,
  0.0227238449892691845833,
  0.24178072517745061177,
  1.27045825245236838258,
  3.64784832476320460504,
  5.7694972214606914055,
  4.6303378461565452959,
  1.42343711074968357734,
);
const tailBelow = Float64Array.of(
  1.05075007164441684324e-9,
  5.475938084995344946e-4,
  0.0151986665636164571966,
  0.14810397642748007459,
  0.68976733498510000455,
  1.6763848301838038494,
  2.05319162663775882187,
  1,
);

function polynomial(coefficients: Float64Array, x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

/** ln(x) for 0 < x <= 1 by ln(m) = 2 artanh((m-1)/(m+1)); Math.log is not the same in every browser. */
function naturalLogarithm(x: number): number {
  let mantissa = x;
  let exponent = 0;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = ratio * ratio;
  let sum = 0;
  for (let odd = 23; odd >= 1; odd -= 2) sum = sum * square + 1 / odd;
  return exponent * Math.LN2 + 2 * ratio * sum;
}
