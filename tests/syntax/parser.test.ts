import { describe, expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostics/render.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { renderProgram } from "../../src/syntax/ast-text.ts";
import { Parser, parseProgram } from "../../src/syntax/parser.ts";
import { examples } from "./corpus.ts";

function read(text: string): string {
  const { value, diagnostics } = parseProgram(new SourceFile("test.cnn", text));
  expect(renderDiagnostics(diagnostics)).toBe("");
  return renderProgram(value).trimEnd();
}

test("the grammar is sound: no ambiguity, no left recursion, every alternative can be reached", () => {
  expect(() => new Parser("validated")).not.toThrow();
});

test.each(examples)("reads $name", async ({ name, text }) => {
  await expect(`${read(text)}\n`).toMatchFileSnapshot(`goldens/${name}.txt`);
});

describe("lines and blanks", () => {
  const expected = "layer conv 32 (x 3 3) relu\nlayer bn\nfor (f) in (list 1 2) {\n  layer relu\n}";
  test.each([
    ["line ends", "conv 32 3x3 relu\nbn\nfor f in [1, 2] { relu }"],
    ["semicolons", "conv 32 3x3 relu;bn;for f in [1,2]{relu};"],
    ["CRLF", "conv 32 3x3 relu\r\nbn\r\nfor f in [1,\r\n 2] {\r\nrelu\r\n}\r\n"],
    ["a byte order mark", "\uFEFFconv 32 3x3 relu\nbn; for f in [1, 2] { relu }"],
    ["tabs", "\tconv\t32\t3x3\trelu\t\n\tbn\nfor\tf\tin\t[1\t,2]\t{\trelu\t}"],
    ["empty statements", ";\n;;conv 32 3x3 relu;;\n\n;bn;\n;for f in [1, 2] {;;relu;\n;}\n;"],
    ["line ends in brackets", "conv 32 3x3 relu\nbn\nfor f in [\n1\n,\n\n2\n] { relu\n}"],
    ["comments", "# a\nconv 32 3x3 relu # ; b {\nbn#c\nfor f in [1, # d\n2 # ]\n] { # e\nrelu\n# f\n}"],
  ])("%s", (_, text) => {
    expect(read(text)).toBe(expected);
  });

  test("comments are kept with their places", () => {
    const file = new SourceFile("test.cnn", "# a\r\nrelu  #b \t\n[");
    const { comments } = parseProgram(file).value;
    expect(comments.map(({ text, span }) => [text, file.position(span.start)])).toEqual([
      ["# a", { line: 1, column: 1 }],
      ["#b", { line: 2, column: 7 }],
    ]);
  });
});

describe("operators by their strength", () => {
  test.each([
    ["a - b - c", "(- (- a b) c)"],
    ["a ** b ** c", "(** a (** b c))"],
    ["-a ** b", "(- (** a b))"],
    ["a ** -b * c", "(* (** a (- b)) c)"],
    ["a + b * c // d", "(+ a (// (* b c) d))"],
    ["a == b + 1 and not c < d or e", "(or (and (== a (+ b 1)) (not (< c d))) e)"],
    ["not not a and b", "(and (not (not a)) b)"],
    ["--a - -b", "(- (- (- a)) (- b))"],
    ["2 -1", "(- 2 1)"],
    ["(a + b) * c", "(* (paren (+ a b)) c)"],
    ["a % b / c", "(/ (% a b) c)"],
  ])("%s", (text, tree) => {
    expect(read(`let v = ${text}`)).toBe(`let v = ${tree}`);
  });
});

describe("words and joined parts", () => {
  test.each([
    ["conv x1 max_x x xx2", "layer conv x1 max_x x xx2"],
    ["MaxPooling2D Conv2D RMSNorm", "layer MaxPooling2D Conv2D RMSNorm"],
    ["tf.keras.layers.Conv2D 3", "layer tf.keras.layers.Conv2D 3"],
    ["add a.b.c.d", "layer add (. a.b.c d)"],
    ["input HEIGHTxW_2x3", "input (x <HEIGHT> <W_2> 3)"],
    ["input Hx(s)x?", "input (x <H> (paren s) ?)"],
    ["input 1_000x2", "input (x 1000 2)"],
    ["input x 3", "input x: 3"],
    ["input H W", "input H: <W>"],
    ["input n dtype=int", "input n dtype=int"],
    ["conv 3 -1", "layer conv 3 (- 1)"],
    ["conv 3 (-1)", "layer conv 3 (paren (- 1))"],
    ["conv f (a)x(b)", "layer conv f (x (paren a) (paren b))"],
    ["conv f(a)", "layer conv (call f a)"],
    ["repeat_vector 3", "layer repeat_vector 3"],
    ["inputs 3; forward 2; iff 1", "layer inputs 3\nlayer forward 2\nlayer iff 1"],
    ["require params<5M", "require params < 5M"],
    ["for i in 1..3 { relu }", "for (i) in (.. 1 3) {\n  layer relu\n}"],
    ["for i in .5..1.5 { relu }", "for (i) in (.. .5 1.5) {\n  layer relu\n}"],
  ])("%s", (text, tree) => {
    expect(read(text)).toBe(tree);
  });
});
