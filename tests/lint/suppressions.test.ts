import { describe, expect, test } from "vitest";
import { spanText } from "../../src/source/source-file.ts";
import { codesOf, compileText, mended } from "./linting.ts";

const model = (line: string): string => `input 784\ndense 64 relu\n${line}\ndense 10 softmax\n`;

describe("`allow`", () => {
  test.each([
    ["at the end of the line", "dropout 0.9 # allow CNN523: table 4 of the paper"],
    ["on the line above", "# allow CNN523: table 4 of the paper\ndropout 0.9"],
    [
      "above, with other comments and empty lines between",
      "# allow CNN523: table 4\n# the rate is theirs\n\ndropout 0.9",
    ],
    ["of several codes, each at work", "dropout 0.9; relu; relu # allow CNN523, CNN511: an experiment"],
    ["of a line in parentheses, at its end", "dropout rate=0.9 # allow CNN523: x"],
  ])("%s", (_, line) => {
    expect(codesOf(model(line))).toEqual([]);
  });

  test("says what it allowed, and why", () => {
    const { allowed } = compileText(model("dropout 0.9 # allow CNN523: table 4"));
    expect(allowed.map(({ finding, reason, by }) => [finding.code, reason, spanText(by)])).toEqual([
      ["CNN523", "table 4", "CNN523"],
    ]);
  });

  test("is about its own line and code alone", () => {
    expect(codesOf(model("dropout 0.9 # allow CNN511: x"))).toEqual(["CNN523", "CNN596"]);
    expect(codesOf(model("# allow CNN523: x\nrelu\ndropout 0.9"))).toContain("CNN523");
  });

  test.each(["# allow CNN523", "# allow CNN523:", "# allow CNN523 because of table 4"])(
    "without a reason after a colon is warned about: %s",
    (comment) => {
      expect(codesOf(model(`dropout 0.9 ${comment}`))).toEqual(["CNN595"]);
    },
  );

  test("that allows nothing is warned about, and can be removed", () => {
    expect(mended(model("dropout 0.5  # allow CNN523: table 4"), "CNN596")).toBe(model("dropout 0.5"));
    expect(mended(model("# allow CNN523: table 4\ndropout 0.5"), "CNN596")).toBe(model("dropout 0.5"));
    expect(codesOf(`${model("dropout 0.5")}# allow CNN523: nothing follows`)).toEqual(["CNN596"]);
  });

  test("of an error, of no code, or of itself is warned about", () => {
    expect(codesOf(model("dropout 0.5 # allow CNN9999: x"))).toEqual(["CNN597"]);
    expect(codesOf(model("dropout 0.5 # allow CNN596: x"))).toEqual(["CNN597"]);
    const { diagnostics } = compileText(`require params < 1 # allow CNN590: x\n${model("relu")}`);
    expect(diagnostics.map(({ code }) => code)).toEqual(expect.arrayContaining(["CNN590"]));
  });

  test("at a line that this model does not run, or runs as a call says, is not judged", () => {
    const inIf =
      "model m(drop = no)\ninput 784\nif drop {\n  dropout 0.9 # allow CNN523: table 4\n}\ndense 10\n";
    expect(codesOf(inIf)).toEqual([]);
    expect(codesOf(inIf, { parameters: ["drop=yes"] })).toEqual([]);
    const inBlock =
      "block unit(rate) {\n  dropout rate # allow CNN523: table 4\n}\ninput 784\nunit 0.5\ndense 10\n";
    expect(codesOf(inBlock)).toEqual([]);
  });

  test("prose that begins with the word allows nothing and is no mistake", () => {
    expect(codesOf(model("dropout 0.5 # allow some noise"))).toEqual([]);
  });

  test("of a warning that is no lint", () => {
    const text =
      "input HxWx3\nconv 8 3x3 relu # allow CNN211: images are never that small\nglobal_pool avg; dense 2\n";
    expect(compileText(text).diagnostics.map(({ code }) => code)).toEqual([]);
  });
});
