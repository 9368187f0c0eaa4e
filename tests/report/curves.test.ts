import { expect, test } from "vitest";
import { renderCurves } from "../../src/report/curves.ts";

const chart = (values: number[]) =>
  renderCurves("a & b", [{ title: "loss", curves: [{ label: "<x>", values, dashed: false }] }]);

test("is XML whatever the names are", () => {
  const svg = chart([1, 2]);
  expect(svg).toContain("a &amp; b");
  expect(svg).toContain("&lt;x&gt;");
  expect(svg).not.toContain("<x>");
});

test("larger values stand higher, later epochs further right", () => {
  const points = [...chart([3, 1, 2]).matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
  const [first, second, third] = points as [number[], number[], number[]];
  expect(first[0]).toBeLessThan(second[0]!);
  expect(second[0]).toBeLessThan(third[0]!);
  expect(first[1]).toBeLessThan(third[1]!);
  expect(third[1]).toBeLessThan(second[1]!);
});

test.each([[[]], [[NaN]], [[1]], [[1, NaN, 2]], [[Infinity, 1]]])(
  "draws %j without a number that is none",
  (values) => {
    expect(chart(values)).not.toMatch(/NaN|Infinity|undefined/);
  },
);

test("the label of the best epoch stands below curves that are high there, else above", () => {
  const rowOf = (values: number[]): number => {
    const mark = { epoch: 3, label: "best" };
    const svg = renderCurves("m", [{ title: "t", curves: [{ label: "a", values, dashed: false }], mark }]);
    return Number(/y="([\d.]+)"[^>]*>best</.exec(svg)?.[1]);
  };
  expect(rowOf([1, 2, 3])).toBeGreaterThan(rowOf([3, 2, 1]));
});
