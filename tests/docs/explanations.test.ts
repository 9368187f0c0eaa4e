import { describe, expect, test } from "vitest";
import { findingsOf } from "../../scripts/docs/findings.ts";
import { weightsMistakeOf } from "../../scripts/docs/weights-mistake.ts";
import { catalogue, type DiagnosticCode } from "../../src/diagnostics/catalogue.ts";
import {
  explanations,
  renderExplanationMarkdown,
  renderExplanationPage,
} from "../../src/diagnostics/explanations.ts";
import { displayWidth } from "../../src/diagnostics/layout.ts";
import { renderMarkdown } from "../../src/diagnostics/markdown.ts";

const codes = Object.keys(catalogue) as DiagnosticCode[];

describe.each(codes)("the page of %s", (code) => {
  const { wrong, mended } = explanations[code];

  test("its wrong program gives the code first", async () => {
    expect((findingsOf(wrong)[0] ?? (await weightsMistakeOf(wrong)))?.code).toBe(code);
  });

  test("its mended program compiles without a word", async () => {
    expect(findingsOf(mended).map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
    if (code.startsWith("CNN6")) expect(await weightsMistakeOf(mended)).toBeUndefined();
  });

  test("it fits a terminal of 60 columns, programs aside", () => {
    const page = renderExplanationPage(code, 60);
    const wide = page.split("\n").filter((line) => !line.startsWith("    ") && displayWidth(line) > 60);
    expect(wide).toEqual([]);
  });

  test("it holds no empty text", () => {
    const page = explanations[code];
    for (const text of [page.meaning, page.elsewhere ?? "-", wrong.text, mended.text]) {
      expect(text.trim()).not.toBe("");
    }
  });
});

test("a page in a terminal reads as written here", () => {
  expect(renderExplanationPage("CNN122", 60)).toBe(
    [
      "CNN122: a required argument that is missing",
      "",
      "The layer or call lacks a value for which there is no",
      "sensible default: how many filters or units, which window,",
      "which rate. Numbers fill the places of a layer in order, so",
      "the message names the place that stays empty.",
      "",
      "Wrong:",
      "",
      "    input 28x28x1",
      "    conv 8 3x3 relu",
      "    flatten",
      "    dense softmax",
      "",
      "Mended:",
      "",
      "    input 28x28x1",
      "    conv 8 3x3 relu",
      "    flatten",
      "    dense 10 softmax",
      "",
    ].join("\n"),
  );
});

test("a page says how its program is called and what stands beside it", () => {
  expect(renderExplanationPage("CNN151", 80)).toContain("\n    cnn check model.cnn --set class=5\n");
  expect(renderExplanationPage("CNN402", 80)).toContain("\n    cnn train model.cnn --input 8x8x1\n");
  expect(renderExplanationPage("CNN103", 80)).toContain('\n`b.cnn`:\n\n    use "a.cnn"\n');
});

test("a page as a file holds the message", () => {
  const page = renderExplanationMarkdown("CNN204", "error[CNN204]: …\n");
  expect(page).toMatch(/^# CNN204: nothing is left to pool\n\n/);
  expect(page).toContain("pool max 2\nflatten\ndense 10 softmax\n```\n\n```text\nerror[CNN204]: …\n```\n");
});

test("Markdown for a terminal: paragraphs, items and fences", () => {
  const markdown = "One two\nthree.\n\n- first item\n  goes on\n- second\n\n```cnn\na  b\n\nc\n```\n";
  expect(renderMarkdown(markdown, 12)).toBe(
    ["One two", "three.", "", "- first item", "  goes on", "- second", "", "    a  b", "", "    c", ""].join(
      "\n",
    ),
  );
});
