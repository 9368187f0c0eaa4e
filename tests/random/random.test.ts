import { describe, expect, it } from "vitest";
import { createRandom, normalQuantile, randomPermutation, Xoshiro128 } from "../../src/random/random.ts";

/** The generator as the paper prints it, in BigInt arithmetic. */
function referenceXoshiro(state: bigint[], count: number): number[] {
  const mask = 0xffffffffn;
  const rotate = (value: bigint, bits: bigint) => ((value << bits) | (value >> (32n - bits))) & mask;
  const s = [...state] as [bigint, bigint, bigint, bigint];
  return Array.from({ length: count }, () => {
    const result = (rotate((s[1] * 5n) & mask, 7n) * 9n) & mask;
    const t = (s[1] << 9n) & mask;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
    return Number(result);
  });
}

function moments(values: Float32Array): { mean: number; deviation: number; skew: number; kurtosis: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const power = (n: number) => values.reduce((sum, x) => sum + (x - mean) ** n, 0) / values.length;
  const deviation = Math.sqrt(power(2));
  return { mean, deviation, skew: power(3) / deviation ** 3, kurtosis: power(4) / deviation ** 4 };
}

/** Pearson's statistic for counts that should all be equal, in standard deviations from its expectation. */
function chiSquareScore(counts: readonly number[]): number {
  const expected = counts.reduce((sum, n) => sum + n, 0) / counts.length;
  const statistic = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  return (statistic - freedom) / Math.sqrt(2 * freedom);
}

describe("the generator", () => {
  it("is xoshiro128**", () => {
    const random = new Xoshiro128(Int32Array.of(1, 2, 3, 4));
    const drawn = Array.from({ length: 1000 }, () => random.nextUint32());
    expect(drawn.slice(0, 4)).toEqual([11520, 0, 5927040, 70819200]);
    expect(drawn).toEqual(referenceXoshiro([1n, 2n, 3n, 4n], 1000));
  });

  it("gives the same numbers for the same seed and name for ever", () => {
    const random = createRandom(0, "weights/dense");
    expect([random.nextUint32(), random.uniform(), random.normal(), random.integer(1000)])
      .toMatchInlineSnapshot(`
      [
        2502881024,
        0.1202353835105896,
        0.8843332612721329,
        216,
      ]
    `);
  });

  it("gives streams that differ by seed and by name, seed 0 and negative seeds included", () => {
    const firsts = new Set<string>();
    const seeds = [0, 1, -1, 2, 42, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const names = ["", "a", "b", "ab", "ba", "\0", "\0\0", "weights/conv2d", "weights/conv2d_1"];
    for (const seed of seeds) {
      for (const name of names) {
        const random = createRandom(seed, name);
        firsts.add(Array.from({ length: 4 }, () => random.nextUint32()).join(" "));
      }
    }
    expect(firsts.size).toBe(seeds.length * names.length);
  });

  it("flips half of the bits when the seed changes by one", () => {
    let flipped = 0;
    for (let seed = 0; seed < 1000; seed++) {
      let difference = createRandom(seed, "x").nextUint32() ^ createRandom(seed + 1, "x").nextUint32();
      for (; difference !== 0; difference &= difference - 1) flipped++;
    }
    expect(Math.abs(flipped / 32000 - 0.5)).toBeLessThan(0.012);
  });

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])("refuses the seed %d", (seed) => {
    expect(() => createRandom(seed, "x")).toThrow(RangeError);
  });
});

describe("uniform numbers", () => {
  it("fill the interval evenly and never reach its end", () => {
    const values = new Float32Array(200_000);
    createRandom(0, "uniform").fillUniform(values, 0, 1);
    const counts = new Array<number>(256).fill(0);
    for (const value of values) counts[Math.floor(value * 256)]!++;
    expect(Math.abs(chiSquareScore(counts))).toBeLessThan(4);
    expect(Math.max(...values.subarray(0, 50_000))).toBeLessThan(1);
  });

  it("are not correlated with the numbers after them", () => {
    const values = new Float32Array(200_000);
    createRandom(3, "uniform").fillUniform(values, -1, 1);
    for (const lag of [1, 2, 3, 28, 784]) {
      let sum = 0;
      for (let index = lag; index < values.length; index++) sum += values[index]! * values[index - lag]!;
      expect(Math.abs((3 * sum) / Math.sqrt(values.length))).toBeLessThan(4);
    }
  });

  it("are exact in float32", () => {
    const random = createRandom(7, "uniform");
    for (let index = 0; index < 1000; index++) {
      const value = random.uniform();
      expect(Math.fround(value)).toBe(value);
    }
  });

  it("scale to the range asked for", () => {
    const values = new Float64Array(100_000);
    createRandom(0, "range").fillUniform(values, -3, 5);
    expect(values.every((value) => value >= -3 && value < 5)).toBe(true);
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(1, 1);
  });
});

describe("normal numbers", () => {
  it("have the moments of the distribution", () => {
    const values = new Float32Array(400_000);
    createRandom(0, "normal").fillNormal(values, 0, 1);
    const { mean, deviation, skew, kurtosis } = moments(values);
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(400_000));
    expect(Math.abs(deviation - 1)).toBeLessThan(4 / Math.sqrt(800_000));
    expect(Math.abs(skew)).toBeLessThan(4 * Math.sqrt(6 / 400_000));
    expect(Math.abs(kurtosis - 3)).toBeLessThan(4 * Math.sqrt(24 / 400_000));
  });

  it("have the mean and deviation asked for", () => {
    const values = new Float32Array(100_000);
    createRandom(1, "normal").fillNormal(values, 10, 0.05);
    expect(moments(values).mean).toBeCloseTo(10, 2);
    expect(moments(values).deviation).toBeCloseTo(0.05, 3);
  });

  it("are cut off at two deviations, as Keras' TruncatedNormal", () => {
    const values = new Float32Array(400_000);
    createRandom(0, "truncated").fillTruncatedNormal(values, 1, 0.5);
    expect(values.every((value) => value >= 0 && value <= 2)).toBe(true);
    // scipy.stats.truncnorm(-2, 2).std() = 0.8796256610342398
    expect(moments(values).mean).toBeCloseTo(1, 2);
    expect(moments(values).deviation).toBeCloseTo(0.5 * 0.8796256610342398, 3);
  });

  it.each([
    // scipy.special.ndtri
    [2 ** -33, -6.3379577545537895],
    [0.001, -3.0902323061678132],
    [0.05, -1.6448536269514729],
    [0.0750001, -1.4395307645017301],
    [0.3, -0.5244005127080409],
    [0.5, 0],
    [0.9, 1.2815515655446004],
    [0.99999, 4.264890793923841],
  ])("come from the inverse distribution function: %d", (probability, expected) => {
    expect(normalQuantile(probability)).toBeCloseTo(expected, 12);
  });
});

describe("integers and permutations", () => {
  it("are equally likely, also for counts that do not divide 2^32", () => {
    const random = createRandom(0, "integer");
    const counts = new Array<number>(7).fill(0);
    for (let index = 0; index < 70_000; index++) counts[random.integer(7)]!++;
    expect(Math.abs(chiSquareScore(counts))).toBeLessThan(4);
    const halves = [0, 0, 0];
    for (let index = 0; index < 60_000; index++) halves[Math.floor(random.integer(3 * 2 ** 30) / 2 ** 30)]!++;
    expect(Math.abs(chiSquareScore(halves))).toBeLessThan(4);
  });

  it.each([0, -1, 1.5, 2 ** 33, Number.NaN])("refuse the count %d", (count) => {
    expect(() => createRandom(0, "x").integer(count)).toThrow(RangeError);
  });

  it("order each permutation of four equally often", () => {
    const counts = new Map<string, number>();
    const random = createRandom(0, "permutation");
    for (let index = 0; index < 24_000; index++) {
      const key = randomPermutation(random, 4).join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(Math.abs(chiSquareScore([...counts.values()]))).toBeLessThan(4);
  });

  it("hold every number once", () => {
    const order = randomPermutation(createRandom(5, "x"), 1000);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    expect(randomPermutation(createRandom(5, "x"), 0)).toHaveLength(0);
  });
});
