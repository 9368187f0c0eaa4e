import { describe, expect, test } from "vitest";
import { renderUnifiedDiff } from "../../src/source/unified-diff.ts";

const numbered = (count: number): string =>
  Array.from({ length: count }, (_, at) => `line ${at + 1}\n`).join("");

// The expectations are what `diff -u` of GNU diffutils writes, without its times.

describe("how two texts differ", () => {
  test("not at all", () => {
    expect(renderUnifiedDiff("a.cnn", "relu\n", "relu\n")).toBe("");
  });

  test.each([
    [
      "a line",
      "input 8\ndense  3\n",
      "input 8\ndense 3\n",
      "@@ -1,2 +1,2 @@\n input 8\n-dense  3\n+dense 3\n",
    ],
    ["a line more", "", "relu\n", "@@ -0,0 +1 @@\n+relu\n"],
    ["a line less", "relu\n", "", "@@ -1 +0,0 @@\n-relu\n"],
    ["the last line end", "relu", "relu\n", "@@ -1 +1 @@\n-relu\n\\ No newline at end of file\n+relu\n"],
    ["line ends", "a\r\nb\r\n", "a\r\nc\r\n", "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n"],
    [
      "moved lines, as few as can be",
      "a\nb\nc\na\nb\nb\na\n",
      "c\nb\na\nb\na\nc\n",
      "@@ -1,7 +1,6 @@\n-a\n-b\n c\n+b\n a\n b\n-b\n a\n+c\n",
    ],
  ])("in %s", (_, before, after, hunks) => {
    expect(renderUnifiedDiff("a.cnn", before, after)).toBe(`--- a.cnn\n+++ a.cnn\n${hunks}`);
  });

  test("in places near each other, which are one hunk, and in places far apart", () => {
    const before = numbered(30);
    const near = before.replace("line 3\n", "three\n").replace("line 9\n", "nine\n");
    expect(renderUnifiedDiff("a.cnn", before, near).match(/^@@.*$/gm)).toEqual(["@@ -1,12 +1,12 @@"]);
    const far = before.replace("line 3\n", "three\n").replace("line 20\n", "");
    expect(renderUnifiedDiff("a.cnn", before, far).match(/^@@.*$/gm)).toEqual([
      "@@ -1,6 +1,6 @@",
      "@@ -17,7 +17,6 @@",
    ]);
  });

  test("in every line of a long text, in time", () => {
    const before = numbered(20_000);
    const after = before.replaceAll(" ", "  ");
    const started = performance.now();
    expect(renderUnifiedDiff("a.cnn", before, after)).toContain("@@ -1,20000 +1,20000 @@\n-line 1\n");
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
