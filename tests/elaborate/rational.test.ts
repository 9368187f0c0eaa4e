import { describe, expect, test } from "vitest";
import type { ArithmeticResult, Rational } from "../../src/elaborate/rational.ts";
import {
  add,
  ceil,
  compare,
  divide,
  floor,
  floorDivide,
  fraction,
  fromNumber,
  multiply,
  parseRational,
  power,
  rationalText,
  remainder,
  roundDivisible,
  roundTo,
  squareRoot,
  subtract,
  toNumber,
  whole,
} from "../../src/elaborate/rational.ts";
import { createRandom } from "../../src/random/random.ts";

function read(text: string): Rational {
  const [numerator = "0", denominator = "1"] = text.split("/");
  return fraction(BigInt(numerator), BigInt(denominator));
}

function written(result: ArithmeticResult | undefined): string {
  if (result === undefined) return "none";
  return typeof result === "string" ? result : rationalText(result);
}

describe("reading and writing", () => {
  test.each([
    ["12", "12"],
    ["1_000", "1000"],
    ["0.5", "0.5"],
    [".5", "0.5"],
    ["1e-4", "0.0001"],
    ["1.50e2", "150"],
    ["5.", "5"],
    ["1e400000000", "none"],
    ["1e-400000000", "none"],
    [".", "none"],
  ])("%s is %s", (text, expected) => {
    expect(written(parseRational(text))).toBe(expected);
  });

  test.each([
    ["1/3", "1/3"],
    ["-1/8", "-0.125"],
    ["-1/800", "-0.00125"],
    ["7/2", "3.5"],
  ])("%s is written %s", (value, expected) => {
    expect(rationalText(read(value))).toBe(expected);
  });
});

describe("arithmetic", () => {
  test.each([
    [add, "1/3", "1/6", "0.5"],
    [subtract, "1/3", "1/3", "0"],
    [multiply, "2/3", "3/4", "0.5"],
    [divide, "24", "6", "4"],
    [divide, "1", "0", "division by zero"],
    [floorDivide, "-7", "2", "-4"],
    [floorDivide, "7/2", "1/2", "7"],
    [remainder, "-7", "2", "1"],
    [remainder, "7", "-2", "-1"],
    [remainder, "7", "0", "division by zero"],
    [power, "2", "10", "1024"],
    [power, "2", "-2", "0.25"],
    [power, "0", "-1", "division by zero"],
    [power, "-1", "1000000000001", "-1"],
    [power, "2", "1/2", "not whole"],
    [power, "2", "1000000000", "too large"],
    [power, "1/2", "1000000000", "too large"],
    [roundTo, "36", "8", "40"],
    [roundTo, "-36", "8", "-32"],
    [roundTo, "35", "8", "32"],
    [roundTo, "5/2", "1", "3"],
    [roundTo, "5", "0", "division by zero"],
  ])("%o(%s, %s) is %s", (operation, left, right, expected) => {
    expect(written(operation(read(left), read(right)))).toBe(expected);
  });

  test("floor and ceil go down and up", () => {
    expect([floor, ceil].map((operation) => rationalText(operation(read("-7/2"))))).toEqual(["-4", "-3"]);
    expect([floor, ceil].map((operation) => rationalText(operation(read("4"))))).toEqual(["4", "4"]);
  });

  // From the reference implementation: make_divisible(v, 8) of MobileNetV2.
  test.each([
    ["32", "32"],
    ["3", "8"],
    ["12", "16"],
    ["11", "16"], // 8 would be below 90 %
    ["16.8", "16"],
    ["33.6", "32"],
    ["44.8", "48"],
    ["1792", "1792"],
  ])("divisible(%s, 8) is %s", (value, expected) => {
    expect(written(roundDivisible(parseRational(value)!, whole(8)))).toBe(expected);
  });

  test("roots of squares are exact, others the nearest double", () => {
    expect(written(squareRoot(read("9/4")))).toBe("1.5");
    expect(toNumber(squareRoot(whole(2)) as Rational)).toBe(Math.SQRT2);
    expect(written(squareRoot(whole(-1)))).toBe("negative");
  });

  test("comparison is exact", () => {
    expect(compare(read("1/3"), parseRational("0.3333333333333333")!)).toBe(1);
    expect(compare(read("2/6"), read("1/3"))).toBe(0);
  });
});

describe("doubles", () => {
  test("literals become the double that JavaScript reads", () => {
    const random = createRandom(7, "literals");
    for (let round = 0; round < 2000; round++) {
      const digits = Math.floor(random.uniform() * 1e9).toString() + Math.floor(random.uniform() * 1e12);
      const text = `0.${digits}e${Math.floor(random.uniform() * 600) - 320}`;
      expect(toNumber(parseRational(text)!), text).toBe(Number(text));
    }
  });

  test("a double is itself again", () => {
    for (const value of [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -2.5]) {
      expect(toNumber(fromNumber(value))).toBe(value);
    }
  });
});
