import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { applyEdits } from "../../src/diagnostics/edits.ts";
import { renderDiagnostics } from "../../src/diagnostics/render.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { renderProgram } from "../../src/syntax/ast-text.ts";
import { parseProgram } from "../../src/syntax/parser.ts";

const folder = fileURLToPath(new URL("errors", import.meta.url));
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith(".cnn"))
  .map((name) => ({ name, text: readFileSync(`${folder}/${name}`, "utf8") }));

function parse(text: string, name = "test.cnn"): ReturnType<typeof parseProgram> & { file: SourceFile } {
  const file = new SourceFile(name, text);
  return { ...parseProgram(file), file };
}

/** The mistakes as `line:column code message`. */
function mistakes(text: string): string[] {
  const { diagnostics, file } = parse(text);
  return diagnostics.map(({ primary, code, message }) => {
    const { line, column } = file.position(primary.span.start);
    return `${line}:${column} ${code} ${message}`;
  });
}

describe("every line's mistake is reported on its own", () => {
  test.each(fixtures)("$name", async ({ name, text }) => {
    const { value, diagnostics } = parse(text, name);
    const shown = `${renderDiagnostics(diagnostics)}\n${renderProgram(value)}`;
    await expect(shown).toMatchFileSnapshot(`errors/${name.replace(/\.cnn$/, ".txt")}`);
  });

  test.each(fixtures)("each fix in $name mends what it is for", ({ name, text }) => {
    const { diagnostics, file } = parse(text, name);
    for (const { code, message, primary, fix } of diagnostics) {
      if (fix === undefined) continue;
      const mended = parse(applyEdits(file, fix.edits).text, name);
      const line = file.position(primary.span.start).line;
      const left = mended.diagnostics.filter(
        (other) =>
          other.code === code &&
          other.message === message &&
          Math.abs(mended.file.position(other.primary.span.start).line - line) <= 1,
      );
      const before = diagnostics.filter(
        (other) =>
          other.code === code &&
          other.message === message &&
          Math.abs(file.position(other.primary.span.start).line - line) <= 1,
      );
      expect(left.length, `line ${line}: ${message}: ${fix.title}`).toBeLessThan(before.length);
    }
  });
});

describe("brackets that do not come in pairs", () => {
  test.each([
    [
      "conv (3\nrelu\nbn",
      ["1:8 CNN005 the `(` of line 1 is not closed"],
      "layer conv (paren 3)\nlayer relu\nlayer bn\n",
    ],
    [
      "let a = [1,\n 2\nrelu",
      ["2:3 CNN005 the `[` of line 1 is not closed"],
      "let a = (list 1 2)\nlayer relu\n",
    ],
    [
      "let a = [1, (2\nlet b = 3",
      ["1:15 CNN005 2 brackets are not closed"],
      "let a = (list 1 (paren 2))\nlet b = 3\n",
    ],
    ["let a = (1, 2]\nrelu", ["1:14 CNN005 a `]` closes a `(`"], "let a = (tuple 1 2)\nlayer relu\n"],
    ["relu)\nbn", ["1:5 CNN005 this `)` closes nothing"], "layer relu\nlayer bn\n"],
    ["relu }}}\nbn", ["1:6 CNN005 these brackets close nothing"], "layer relu\nlayer bn\n"],
    [
      "add {\n  branch {\n    relu\n}\nbn",
      ["3:9 CNN005 the `{` of line 2 is not closed"],
      "layer add {\n  layer branch {\n    layer relu\n  }\n}\nlayer bn\n",
    ],
    [
      "block a(f) {\n  conv f\n  relu\n\ninput 3\nflatten",
      ["3:7 CNN005 the `{` of line 1 is not closed"],
      "block a(f) {\n  layer conv f\n  layer relu\n}\ninput 3\nlayer flatten\n",
    ],
    [
      "repeat 2 {\nrelu\nbn",
      ["3:3 CNN005 the `{` of line 1 is not closed"],
      "repeat 2 {\n  layer relu\n  layer bn\n}\n",
    ],
    [
      "add { branch { relu }\nbn",
      ["1:22 CNN005 the `{` of line 1 is not closed"],
      "layer add {\n  layer branch {\n    layer relu\n  }\n}\nlayer bn\n",
    ],
    [
      "repeat (2 { relu }\nbn",
      ["1:10 CNN005 the `(` of line 1 is not closed"],
      "repeat (paren 2) {\n  layer relu\n}\nlayer bn\n",
    ],
  ])("%j", (text, expected, tree) => {
    expect(mistakes(text)).toEqual(expected);
    expect(renderProgram(parse(text).value)).toBe(tree);
  });

  test("the place of the opening one is a second label, and the fix closes it", () => {
    const { diagnostics, file } = parse("block a {\n  add {\n    relu\n}\nbn");
    const [mistake] = diagnostics;
    expect(diagnostics).toHaveLength(1);
    expect(mistake!.labels.map(({ span }) => file.position(span.start))).toEqual([{ line: 2, column: 7 }]);
    expect(applyEdits(file, mistake!.fix!.edits).text).toBe("block a {\n  add {\n    relu\n  }\n}\nbn");
  });
});

describe("a mistake leaves what is known of its statement", () => {
  test.each([
    ["a: conv 32 3x3 stride= { relu }", "layer a: conv 32 (x 3 3) (missing) {\n  layer relu\n}\n"],
    ["block a(f, 3) { relu }", "block a(f) {\n  layer relu\n}\n"],
    ["let a = (1 + ", "let a = (missing)\n"],
    ["for f in { conv f }", "for (f) in (missing) {\n  layer conv f\n}\n"],
    [
      "if a == { relu } else if { bn } else { gelu }",
      "if (missing) {\n  layer relu\n} else if (missing) {\n  layer bn\n} else {\n  layer gelu\n}\n",
    ],
    ["input left 28x28x", "input left: (missing)\n"],
    ["3 relu; bn", "(missing)\nlayer bn\n"],
    ["let a = 3 { relu; bn }; gelu", "let a = 3\nlayer gelu\n"],
    ["block 3 { relu }; gelu", "(missing)\nlayer gelu\n"],
  ])("%j", (text, tree) => {
    expect(mistakes(text).length).toBeGreaterThan(0);
    expect(renderProgram(parse(text).value)).toBe(tree);
  });
});

test("where an earlier pass has reported something, the grammar says nothing more about that statement", () => {
  expect(mistakes("conv 32 é 3x3 = 2\nconv a =")).toEqual([
    "1:9 CNN001 `é` (U+00E9) is not part of the language",
    "2:9 CNN002 a value is missing after `a=`",
  ]);
});

test("what cannot be read leaves a gap, not half a word", () => {
  const { value } = parse("dense größe; é; conv 3 ☃ 3x3\na☃: relu; (☃)");
  expect(renderProgram(value)).toBe(
    "layer dense (missing)\n(missing)\nlayer conv 3 (missing)\n(missing)\n(missing)\n",
  );
});

test("control words as names are left to elaboration where the grammar can read them", () => {
  expect(mistakes("input: conv 3\nconv from=3\nlet model = 3\nlet a = f(in=2)")).toEqual([]);
});

test("else if in other languages' words", () => {
  const text = "if a { relu } elif b { bn } else { gelu }";
  const { value, diagnostics, file } = parse(text);
  expect(mistakes(text)).toEqual(["1:15 CNN007 `elif` is written `else if`"]);
  expect(applyEdits(file, diagnostics[0]!.fix!.edits).text).toBe(text.replace("elif", "else if"));
  expect(renderProgram(value)).toBe(
    "if a {\n  layer relu\n} else if b {\n  layer bn\n} else {\n  layer gelu\n}\n",
  );
});

describe("signs of other languages are reported once and read as they are meant", () => {
  const assignment = "CNN002 a statement is not an assignment";
  test.each([
    ["x = conv 32 3x3", [`1:3 ${assignment}`], "layer x: conv 32 (x 3 3)\n", "x: conv 32 3x3"],
    ["width = 64", [`1:7 ${assignment}`], "let width = 64\n", "let width = 64"],
    [
      "x = conv 8 3x3\nx = pool max 2",
      [`1:3 ${assignment}`, `2:3 ${assignment}`],
      "layer conv 8 (x 3 3)\nlayer pool max 2\n",
      "conv 8 3x3\npool max 2",
    ],
    [
      "conv 8 3x3 -> bn -> relu",
      ["1:12 CNN002 layers follow each other without an arrow"],
      "layer conv 8 (x 3 3)\nlayer bn\nlayer relu\n",
      "conv 8 3x3; bn; relu",
    ],
    [
      "input left: 28x28x1",
      ["1:11 CNN002 no colon stands between an input's name and its shape"],
      "input left: (x 28 28 1)\n",
      "input left 28x28x1",
    ],
    [
      "conv: 32 3x3",
      ["1:5 CNN002 no `:` stands between `conv` and its values"],
      "layer conv 32 (x 3 3)\n",
      "conv 32 3x3",
    ],
    [
      "train { epochs = 5; batch: 32 }",
      ["1:16 CNN002 no `=` stands between `epochs` and its value"],
      "layer train {\n  layer epochs 5\n  layer batch 32\n}\n",
      "train { epochs 5; batch 32 }",
    ],
    [
      "train { epochs 5, batch 32 }",
      ["1:17 CNN007 a comma stands between settings"],
      "layer train {\n  layer epochs 5\n  layer batch 32\n}\n",
      "train { epochs 5; batch 32 }",
    ],
  ])("%j", (text, expected, tree, mended) => {
    const { value, diagnostics, file } = parse(text);
    expect(mistakes(text)).toEqual(expected);
    expect(renderProgram(value)).toBe(tree);
    const edits = diagnostics.flatMap(({ fix }) => fix!.edits);
    expect(applyEdits(file, edits).text).toBe(mended);
  });

  test("a value is not chosen by `if`", () => {
    expect(mistakes("unit stride=(1 if f == 16 else 2)")).toEqual([
      "1:16 CNN002 a value is not chosen by `if`; statements are",
    ]);
  });
});
