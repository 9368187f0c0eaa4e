import { expect, test } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { changedLines } from "../../src/diagnostics/edits.ts";
import { displayWidth, wrapText } from "../../src/diagnostics/layout.ts";
import { renderDiagnostic } from "../../src/diagnostics/render.ts";
import { SourceFile, type Span } from "../../src/source/source-file.ts";

const file = new SourceFile(
  "tiny.cnn",
  "model tiny\ninput 7x7x3\nconv 16 3x3 relu\nconv 32 3x3 relu\nconv 64 3x3 relu\n# then\npool max 2\ndense 10\n",
);

function spanOf(text: string): Span {
  const start = file.text.indexOf(text);
  return { file, start, end: start + text.length };
}

// The message that the language's tour shows, word for word.
const nothingLeft: Diagnostic = {
  code: "CNN002",
  severity: "error",
  message: "pool max 2x2 needs at least 2x2, but its input is 1x1x64",
  primary: { span: spanOf("pool max 2"), text: "nothing is left to pool" },
  labels: [
    {
      span: spanOf("conv 64 3x3 relu"),
      text: "this layer made it 1x1",
      arithmetic: "3x3x32 → 1x1x64   (3 - 3)/1 + 1 = 1",
    },
  ],
  notes: [],
  help: "remove this pooling, or keep the size in line 5 with `same`",
  fix: {
    title: "keep the size with `same`",
    edits: [
      {
        span: { file, start: spanOf("3x3 relu\n#").start + 3, end: spanOf("3x3 relu\n#").start + 3 },
        text: " same",
      },
    ],
  },
};

test("a message reads as the tour shows it", () => {
  expect(renderDiagnostic(nothingLeft)).toBe(
    [
      "error[CNN002]: pool max 2x2 needs at least 2x2, but its input is 1x1x64",
      "  ┌─ tiny.cnn:7:1",
      "  │",
      "5 │ conv 64 3x3 relu        3x3x32 → 1x1x64   (3 - 3)/1 + 1 = 1",
      "  │ ---------------- this layer made it 1x1",
      "7 │ pool max 2",
      "  │ ^^^^^^^^^^ nothing is left to pool",
      "  │",
      "  = help: remove this pooling, or keep the size in line 5 with `same`",
      "  = fix: line 5: conv 64 3x3 same relu",
      "  = explain: cnn explain CNN002",
      "",
    ].join("\n"),
  );
});

test("no line is wider than the terminal when its words allow it", () => {
  for (const width of [40, 60, 80]) {
    for (const line of renderDiagnostic(nothingLeft, { width }).split("\n"))
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
  }
});

test("a megabyte line is excerpted around the place", () => {
  const long = new SourceFile("long.cnn", `${"conv 32 3x3; ".repeat(80_000)}pol max 2`);
  const start = long.text.indexOf("pol");
  const text = renderDiagnostic({
    ...nothingLeft,
    fix: undefined,
    labels: [],
    primary: { span: { file: long, start, end: start + 3 }, text: "no such layer" },
  });
  expect(text).toContain("pol max 2");
  expect(text.length).toBeLessThan(1_000);
});

test("wide characters take two columns", () => {
  expect(displayWidth("卷积3x3")).toBe(7);
  expect(displayWidth("é́")).toBe(1);
});

test("text wraps at blanks", () => {
  expect(wrapText("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrapText("unbreakable", 4)).toEqual(["unbreakable"]);
});

test("a removal is shown as one", () => {
  const span = spanOf("pool max 2\n");
  expect(changedLines({ title: "remove", edits: [{ span, text: "" }] })).toEqual([
    { file, line: 7, text: undefined },
  ]);
});

test("a mark behind a line that a tab fills to the edge stays within 80 columns", () => {
  const line = `conv 8 3x3 name="${"x".repeat(54)}"\tbias=`;
  const source = new SourceFile("tab.cnn", `${"\n".repeat(9)}${line}\n`);
  const end = source.text.length - 1;
  for (let shorter = 0; shorter < 8; shorter++) {
    const text = source.text.replace("x".repeat(shorter), "");
    const cut = new SourceFile("tab.cnn", text);
    const span = { file: cut, start: end - shorter, end: end - shorter };
    const rendered = renderDiagnostic({ ...nothingLeft, primary: { span, text: "" }, labels: [] });
    for (const shown of rendered.split("\n")) expect(displayWidth(shown)).toBeLessThanOrEqual(80);
  }
});

test("nothing of a program reaches the terminal as a command to it", () => {
  const odd = new SourceFile("odd\u001b[31m.cnn", "dense 2 \u001b[2J\u202e\u0000\n");
  const text = renderDiagnostic({
    code: "CNN001",
    severity: "error",
    message: "what\u0007 is this",
    primary: { span: { file: odd, start: 8, end: 13 }, text: "" },
    labels: [],
    notes: [],
  });
  expect(text).toContain("error[CNN001]: what␇ is this\n");
  expect(text).toContain("┌─ odd␛[31m.cnn:1:9\n");
  expect(text).toContain("1 │ dense 2 ␛[2J\ufffd␀\n  │         ^^^^^\n");
});
