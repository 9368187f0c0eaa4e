import { expect, test } from "vitest";
import { reportScores } from "../../src/metrics/scores.ts";
import { renderScores } from "../../src/report/classification.ts";

test("a line break or a control character in the name of a class breaks no line", () => {
  const examples = { labels: [0, 1], scores: [0.9, 0.1, 0.2, 0.8], classCount: 2 };
  const render = (names: string[]): string => renderScores(reportScores(examples, names, true), 80);
  expect(render(["new\nline", "a\u001b[2Jb"])).toBe(render(["new line", "a [2Jb"]));
});
