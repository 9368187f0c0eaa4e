import { describe, expect, it } from "vitest";
import type { Dim } from "../../src/graph/dim.ts";
import { add, floorDivide, known, multiply, named, subtract, unknown } from "../../src/graph/dim.ts";
import type { Condition } from "../../src/graph/dim-conditions.ts";
import { Conditions } from "../../src/graph/dim-conditions.ts";
import { createRandom } from "../../src/random/random.ts";
import { valueOf } from "./dim-value.ts";

const [H, W, A] = [named("H"), named("W"), named("A")];
const equal = (left: Dim, right: Dim): Condition => ({ kind: "equal", left, right });
const repeated = (left: Dim, right: Dim): Condition => ({ kind: "equal", left, right, mayRepeat: true });
const atLeast = (dim: Dim, minimum: number): Condition => ({ kind: "at least", dim, minimum });
const multiple = (dim: Dim, divisor: number): Condition => ({ kind: "multiple", dim, divisor });
const convolved = (dim: Dim) => add(floorDivide(subtract(dim, 3), 2), 1);

describe("conditions on open dimensions", () => {
  it.each<[string, readonly Condition[], readonly string[]]>([
    ["what was asked once follows", [equal(H, W), equal(W, H)], ["open", "follows"]],
    [
      "equality passes on",
      [equal(H, W), equal(W, A), equal(add(H, 2), add(A, 2))],
      ["open", "open", "follows"],
    ],
    ["a name is one number", [equal(H, known(28)), equal(H, known(30))], ["open", "contradiction"]],
    [
      "through a second name",
      [equal(H, W), equal(H, known(5)), equal(W, known(6))],
      ["open", "open", "contradiction"],
    ],
    ["a size too small for a window", [atLeast(H, 7), equal(H, known(5))], ["open", "contradiction"]],
    ["a weaker bound follows", [atLeast(H, 7), atLeast(H, 3)], ["open", "follows"]],
    ["a bound on what a window leaves", [atLeast(convolved(H), 3), atLeast(H, 7)], ["open", "follows"]],
    ["no number is its own successor", [equal(H, W), equal(H, add(W, 1))], ["open", "contradiction"]],
    ["multiples", [multiple(H, 4), multiple(H, 2), equal(H, known(6))], ["open", "follows", "contradiction"]],
    [
      "a rounded size",
      [equal(convolved(H), known(14)), equal(convolved(H), known(15))],
      ["open", "contradiction"],
    ],
    [
      "a rounded size of a number",
      [equal(convolved(H), known(14)), equal(H, known(31))],
      ["open", "contradiction"],
    ],
    ["what is repeated may be 1", [repeated(H, known(28)), repeated(H, known(30))], ["open", "open"]],
    [
      "but not where it is no more open",
      [repeated(H, known(28)), equal(H, known(30))],
      ["open", "contradiction"],
    ],
    ["of two open sizes either may be 1", [repeated(H, W), equal(H, add(W, 2))], ["open", "open"]],
  ])("%s", (_, conditions, expected) => {
    const all = new Conditions<number>();
    expect(conditions.map((condition, index) => all.require(condition, index).kind)).toEqual(expected);
  });

  it("names those that are contradicted, not the others", () => {
    const all = new Conditions<string>();
    all.require(equal(A, known(3)), "no part of it");
    all.require(equal(H, W), "H = W");
    all.require(equal(H, known(5)), "H = 5");
    expect(all.require(equal(W, known(6)), "W = 6")).toEqual({
      kind: "contradiction",
      sources: ["H = W", "H = 5"],
    });
  });

  it("takes each unknown for a number of its own", () => {
    const [one, other] = [unknown(), unknown()];
    const all = new Conditions<number>();
    expect(all.require(equal(one, other), 0).kind).toBe("open");
    expect(all.require(equal(other, one), 1).kind).toBe("follows");
    expect(all.require(equal(unknown(), one), 2).kind).toBe("open");
  });
});

describe("judgements beside all numbers up to 10", () => {
  const random = createRandom(31, "conditions");
  const pick = <Item>(items: readonly Item[]): Item => items[random.integer(items.length)]!;
  const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const assignments = sizes.flatMap((h) => sizes.flatMap((w) => sizes.map((a) => ({ H: h, W: w, A: a }))));

  function randomDim(): Dim {
    const base = pick([H, W, A]);
    return pick([
      () => base,
      () => add(base, pick([1, 2, 3])),
      () => subtract(base, pick([1, 2])),
      () => multiply(base, 2),
      () => convolved(base),
      () => floorDivide(add(base, pick([H, W, A])), pick([2, 3])),
    ])();
  }

  function randomCondition(): Condition {
    return pick<() => Condition>([
      () => equal(randomDim(), randomDim()),
      () => equal(randomDim(), known(pick([3, 5, 6, 9]))),
      () => atLeast(randomDim(), pick([2, 4, 6])),
      () => multiple(randomDim(), pick([2, 3])),
    ])();
  }

  function conditionText(condition: Condition): string {
    if (condition.kind === "equal") return `${condition.left.toString()} = ${condition.right.toString()}`;
    const { dim } = condition;
    if (condition.kind === "at least") return `${dim.toString()} >= ${condition.minimum}`;
    return `${dim.toString()} is a multiple of ${condition.divisor.toString()}`;
  }

  function holds(condition: Condition, names: Readonly<Record<string, number>>): boolean {
    const value = (dim: Dim): number => valueOf(dim, names);
    switch (condition.kind) {
      case "equal":
        return value(condition.left) === value(condition.right);
      case "at least":
        return value(condition.dim) >= condition.minimum;
      case "multiple":
        return value(condition.dim) % Number(condition.divisor) === 0;
    }
  }

  it.each(Array.from({ length: 150 }, (_, index) => index))("case %i", () => {
    const all = new Conditions<number>();
    let left = assignments;
    const asked: string[] = [];
    for (let index = 0; index < 5; index++) {
      const condition = randomCondition();
      const satisfying = left.filter((names) => holds(condition, names));
      const { kind } = all.require(condition, index);
      // Only a proof can be found wrong, not the lack of one: larger numbers are not looked at.
      const text = [...asked, conditionText(condition)].join("; ");
      if (kind === "follows") expect(satisfying.length, text).toBe(left.length);
      if (kind === "contradiction") expect(satisfying.length, text).toBe(0);
      else asked.push(conditionText(condition));
      if (kind !== "contradiction") left = satisfying;
    }
  });
});
