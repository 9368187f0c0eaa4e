import { describe, expect, it } from "vitest";
import type { Dim } from "../../src/graph/dim.ts";
import {
  add,
  atLeast,
  ceilDivide,
  compare,
  floorDivide,
  known,
  multiply,
  named,
  product,
  shapeText,
  solveAtLeast,
  subtract,
  sum,
  unknown,
} from "../../src/graph/dim.ts";
import { createRandom } from "../../src/random/random.ts";

const H = named("H");
const W = named("W");
const text = (dim: Dim) => dim.toString();

/** What a valid 3x3 convolution and a pool of 2 make of an axis. */
const convolved = (dim: Dim, stride = 1) => add(floorDivide(subtract(dim, 3), stride), 1);
const pooled = (dim: Dim) => add(floorDivide(subtract(dim, 2), 2), 1);

describe("how dimensions are written", () => {
  it.each([
    [known(28), "28"],
    [H, "H"],
    [unknown(), "?"],
    [convolved(H), "H-2"],
    [convolved(H, 2), "floor((H-3)/2)+1"],
    [convolved(convolved(H, 2)), "floor((H-3)/2)-1"],
    [product([subtract(H, 2), subtract(W, 2), known(32)]), "(H-2)*(W-2)*32"],
    [product([H, W, known(3)]), "H*W*3"],
    [multiply(H, 2), "2*H"],
    [multiply(subtract(H, 2), 2), "(H-2)*2"],
    [add(multiply(subtract(H, 1), 2), 2), "2*H"],
    [floorDivide(multiply(H, 2), 2), "H"],
    [floorDivide(add(multiply(H, 2), 1), 2), "H"],
    [ceilDivide(multiply(H, 4), 2), "2*H"],
    [floorDivide(multiply(H, 2), 4), "floor(H/2)"],
    [ceilDivide(H, 2), "ceil(H/2)"],
    [ceilDivide(ceilDivide(ceilDivide(H, 2), 2), 2), "ceil(H/8)"],
    [floorDivide(floorDivide(subtract(H, 2), 2), 2), "floor((H-2)/4)"],
    [floorDivide(add(H, W), 2), "floor((H+W)/2)"],
    [subtract(known(5), H), "5-H"],
    [subtract(H, H), "0"],
    [subtract(convolved(H, 2), floorDivide(subtract(H, 1), 2)), "0"],
    [add(unknown(), 1), "?"],
    [multiply(unknown(), 0), "0"],
    [sum([multiply(multiply(H, W), 9), known(64), multiply(multiply(W, H), 1)]), "H*W*10+64"],
  ])("%s", (dim, expected) => {
    expect(text(dim)).toBe(expected);
  });

  it("writes a shape as the language does", () => {
    expect(shapeText([known(28), known(28), known(1)])).toBe("28x28x1");
    expect(shapeText([subtract(H, 2), W, unknown()])).toBe("(H-2)xWx?");
    expect(shapeText([])).toBe("scalar");
  });
});

describe("what can be proved of dimensions", () => {
  const mystery = unknown();
  it.each([
    [known(3), known(3), "equal"],
    [known(3), known(4), "unequal"],
    [H, named("H"), "equal"],
    [H, W, "unknown"],
    [H, add(H, 1), "unequal"],
    [H, known(0), "unequal"],
    [H, known(1), "unknown"],
    [mystery, mystery, "equal"],
    [mystery, add(mystery, 1), "unequal"],
    [unknown(), unknown(), "unknown"],
    [convolved(H, 2), floorDivide(subtract(H, 1), 2), "equal"],
    [ceilDivide(H, 2), add(floorDivide(subtract(H, 1), 2), 1), "equal"],
    [multiply(H, 2), add(multiply(W, 2), 1), "unequal"],
    [multiply(add(H, 1), add(H, 1)), add(multiply(H, add(H, 2)), 1), "equal"],
    [pooled(pooled(H)), floorDivide(H, 4), "equal"],
  ] as const)("compares %s with %s: %s", (left, right, expected) => {
    expect(compare(left, right)).toBe(expected);
  });

  it.each([
    [H, 1, "yes"],
    [H, 2, "unknown"],
    [subtract(known(0), H), 0, "no"],
    [subtract(H, ceilDivide(H, 2)), 0, "yes"],
    [subtract(multiply(H, W), H), 0, "yes"],
    [floorDivide(add(H, 1), 2), 1, "yes"],
    [multiply(add(H, 1), add(W, 1)), 4, "yes"],
    [known(2 ** 53 + 2), 2 ** 53, "yes"],
  ] as const)("%s >= %s: %s", (left, right, expected) => {
    expect(atLeast(left, right)).toBe(expected);
  });

  it("solves a condition for its name", () => {
    expect(solveAtLeast(convolved(H, 2), 3)).toMatchObject({ name: "H", minimum: 7n });
    expect(solveAtLeast(subtract(multiply(H, 3), 1), 3)).toMatchObject({ name: "H", minimum: 2n });
    expect(solveAtLeast(unknown(), 3)).toMatchObject({ name: "?", minimum: 3n });
    expect(solveAtLeast(add(H, W), 3)).toBeUndefined();
  });
});

describe("numbers", () => {
  it("stays exact beyond 2^53", () => {
    const large = multiply(known(2 ** 52), 8);
    expect(large.value).toBeUndefined();
    expect(text(large)).toBe("36028797018963968");
    expect(text(add(large, 1))).toBe("36028797018963969");
    expect(compare(add(large, 1), large)).toBe("unequal");
    expect(floorDivide(large, 8).value).toBe(2 ** 52);
  });

  it("rounds quotients that a double would round up", () => {
    expect(floorDivide(known(2 ** 53 - 1), 3).value).toBe(3002399751580330);
    expect(floorDivide(known(-1), 2).value).toBe(-1);
    expect(ceilDivide(known(-1), 2).value).toBe(0);
    expect(Object.is(ceilDivide(known(-1), 2).value, 0)).toBe(true);
  });

  it("refuses a fraction", () => {
    expect(() => known(0.5)).toThrow(RangeError);
  });

  it("gives up on what grows without end instead of growing with it", () => {
    let dim: Dim = H;
    for (let step = 0; step < 200; step++) dim = multiply(add(dim, named(`N${step}`)), dim);
    expect(text(dim)).toBe("?");
    let doubled: Dim = known(3);
    for (let step = 0; step < 10_000; step++) doubled = multiply(doubled, 2);
    expect(text(doubled)).toBe("?");
  });
});

describe("random arithmetic agrees with numbers", () => {
  const random = createRandom(7, "dimensions");
  const between = (low: number, high: number) => low + Math.floor(random.uniform() * (high - low + 1));
  type Values = Readonly<Record<string, number>>;
  interface Expression {
    readonly dim: Dim;
    readonly evaluate: (values: Values) => number;
  }

  function randomExpression(depth: number): Expression {
    const choice = depth === 0 ? between(0, 2) : between(0, 8);
    if (choice === 0) {
      const value = between(-4, 9);
      return { dim: known(value), evaluate: () => value };
    }
    if (choice <= 2) {
      const name = "HWC"[between(0, 2)]!;
      return { dim: named(name), evaluate: (values) => values[name]! };
    }
    const left = randomExpression(depth - 1);
    const divisor = between(1, 5);
    if (choice === 3) {
      return {
        dim: floorDivide(left.dim, divisor),
        evaluate: (values) => Math.floor(left.evaluate(values) / divisor),
      };
    }
    if (choice === 4) {
      return {
        dim: ceilDivide(left.dim, divisor),
        evaluate: (values) => Math.ceil(left.evaluate(values) / divisor),
      };
    }
    const right = randomExpression(depth - 1);
    if (choice === 5) {
      return {
        dim: multiply(left.dim, right.dim),
        evaluate: (values) => left.evaluate(values) * right.evaluate(values),
      };
    }
    const isSum = choice % 2 === 0;
    return {
      dim: isSum ? add(left.dim, right.dim) : subtract(left.dim, right.dim),
      evaluate: (values) =>
        isSum
          ? left.evaluate(values) + right.evaluate(values)
          : left.evaluate(values) - right.evaluate(values),
    };
  }

  /** Reads a printed dimension as arithmetic. */
  function evaluateText(written: string, values: Values): number {
    const source = written
      .replace(/floor|ceil/g, "Math.$&")
      .replace(/\b[HWC]\b/g, (name) => `(${values[name]!})`);
    return (0, eval)(source) as number;
  }

  const samples: Values[] = Array.from({ length: 12 }, (_, index) =>
    index === 0 ? { H: 1, W: 1, C: 1 } : { H: between(1, 30), W: between(1, 30), C: between(1, 30) },
  );

  it("in what is printed", () => {
    for (let round = 0; round < 1500; round++) {
      const { dim, evaluate } = randomExpression(4);
      const written = text(dim);
      if (written === "?") continue;
      for (const values of samples)
        expect(evaluateText(written, values) + 0, written).toBe(evaluate(values) + 0);
    }
  });

  it("in what is proved", () => {
    const verdicts = { equal: 0, unequal: 0, unknown: 0 };
    for (let round = 0; round < 1500; round++) {
      const left = randomExpression(2);
      const right = randomExpression(2);
      const told = `${text(left.dim)} and ${text(right.dim)}`;
      const verdict = compare(left.dim, right.dim);
      verdicts[verdict] += 1;
      const order = atLeast(left.dim, right.dim);
      const bound = solveAtLeast(left.dim, 3);
      for (const values of samples) {
        const [one, other] = [left.evaluate(values), right.evaluate(values)];
        if (verdict !== "unknown") expect(one === other, told).toBe(verdict === "equal");
        if (order !== "unknown") expect(one >= other, told).toBe(order === "yes");
        if (bound !== undefined) expect(one >= 3, told).toBe(values[bound.name]! >= Number(bound.minimum));
      }
    }
    expect(verdicts.unequal).toBeGreaterThan(300);
  });
});
