import { describe, expect, test } from "vitest";
import { SourceFile } from "../../src/source/source-file.ts";
import { parseProgram } from "../../src/syntax/parser.ts";

function parse(text: string): ReturnType<typeof parseProgram> & { milliseconds: number } {
  const file = new SourceFile("test.cnn", text);
  const start = performance.now();
  const outcome = parseProgram(file);
  return { ...outcome, milliseconds: performance.now() - start };
}

describe("nesting is bounded before it is parsed", () => {
  const depth = 100_000;
  const deep: readonly (readonly [string, string])[] = [
    ["parentheses", `let a = ${"(".repeat(depth)}1${")".repeat(depth)}`],
    ["lists", `let a = ${"[".repeat(depth)}${"]".repeat(depth)}`],
    ["calls", `let a = ${"f(".repeat(depth)}1${")".repeat(depth)}`],
    ["calls of a statement", `${"f(".repeat(depth)}1${")".repeat(depth)}`],
    ["shapes", `conv ${"1x(".repeat(depth)}1${")".repeat(depth)}`],
    ["minus signs", `let a = ${"-".repeat(depth)}1`],
    ["not", `let a = ${"not ".repeat(depth)}b`],
    ["powers", `let a = ${"2 ** ".repeat(depth)}2`],
    ["sums", `let a = ${"1 + ".repeat(depth)}1`],
    ["sums around parentheses", `let a = ${"(".repeat(90)}1${" + 1)".repeat(90)}`],
    ["bodies", `${"add { ".repeat(depth)}${"}".repeat(depth)}`],
    ["bodies on lines", `${"add {\n".repeat(depth)}${"}\n".repeat(depth)}`],
    ["bodies without an end", "repeat 2 { ".repeat(depth)],
    ["parentheses without an end", `let a = ${"(".repeat(depth)}`],
    ["lists in bodies", `${"if f([ ".repeat(depth)}`],
  ];
  test.each(deep)("%s", (_, text) => {
    const { value, diagnostics } = parse(`relu\n${text}\nbn`);
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(diagnostics.length).toBeLessThanOrEqual(100);
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain("CNN003");
    // What stands before the statement that is too deep survives.
    expect(value.statements.map((statement) => statement.kind)).toEqual(["layer"]);
  });

  test("what people write is far below the bound", () => {
    const text = `${"add { branch { ".repeat(25)}relu${" } }".repeat(25)}`;
    expect(parse(text).diagnostics).toEqual([]);
    expect(parse(`let a = ${"(".repeat(95)}1${")".repeat(95)}`).diagnostics).toEqual([]);
    expect(parse(`let a = ${Array(60).fill("b").join(" * ")}`).diagnostics).toEqual([]);
  });

  test("a long chain of else if is no nesting", () => {
    const text = `if a { relu }${" else if b { relu }".repeat(5000)} else { bn }`;
    const { value, diagnostics } = parse(text);
    expect(diagnostics).toEqual([]);
    expect(value.statements[0]?.kind === "if" && value.statements[0].branches.length).toBe(5001);
  });
});

describe("time is linear in the size of the text", () => {
  const shapes: readonly (readonly [string, (count: number) => string])[] = [
    ["statements on lines", (n) => "conv 32 3x3 relu\n".repeat(n)],
    ["statements on one line", (n) => "conv 32 3x3 relu; ".repeat(n)],
    ["arguments of one statement", (n) => `conv ${"a=3x3 ".repeat(n)}`],
    ["items of one list", (n) => `let a = [${"1, ".repeat(n)}1]`],
    ["parts of one shape", (n) => `input 1${"x28".repeat(n)}`],
    ["dimensions of one word", (n) => `input H${"xW".repeat(n)}`],
    ["a long name", (n) => `relu ${"a".repeat(n)}`],
    ["a dotted name", (n) => `from a${".b".repeat(n)}`],
    ["a long text", (n) => `use "${"a\\\\".repeat(n)}"`],
    ["comments", (n) => "# a comment\n".repeat(n)],
    ["empty statements", (n) => ";\n".repeat(n)],
    ["mistakes", (n) => "1\n".repeat(n)],
    ["unclosed brackets", (n) => "conv (3\n".repeat(n)],
    ["unclosed brackets and bodies", (n) => "a{(3\nb".repeat(n)],
    ["unopened brackets", (n) => ")}] ".repeat(n)],
    ["semicolons in brackets", (n) => "(;".repeat(n)],
    ["bodies without an end", (n) => "a {\n  relu\n".repeat(n)],
    ["unknown characters", (n) => "é ".repeat(n)],
    ["odd blanks", (n) => "\u00A0relu\u200B;".repeat(n)],
    ["quotes", (n) => "'".repeat(n)],
    ["blanks", (n) => `relu${" ".repeat(n)}\n`],
    ["blanks around x", (n) => `conv 3${" x 3".repeat(n)}`],
    ["a body that begins late", (n) => `a {${"\n".repeat(n)}relu\n{`],
    ["calls of statements", (n) => "conv(3, 4)\n".repeat(n)],
    ["braces on lines of their own", (n) => "add\n{\n}\n".repeat(n)],
    ["commas", (n) => "conv 3, 3\n".repeat(n)],
  ];
  test.each(shapes)("%s", (_, make) => {
    parse(make(1000));
    const small = parse(make(2000));
    const large = parse(make(20_000));
    expect(large.diagnostics.length).toBeLessThanOrEqual(100);
    // Ten times the text may take ten times as long; a quadratic step would take a hundred times.
    expect(large.milliseconds).toBeLessThan(40 * small.milliseconds + 1000);
  });

  test("100,000 statements", () => {
    const { value, diagnostics, milliseconds } = parse("conv 32 3x3 relu\n".repeat(100_000));
    expect(diagnostics).toEqual([]);
    expect(value.statements).toHaveLength(100_000);
    expect(milliseconds).toBeLessThan(20_000);
  });

  test("a text of 10 MB on one line", () => {
    expect(parse(`use "${"a".repeat(10_000_000)}"`).diagnostics).toEqual([]);
    expect(parse(`use "${"a".repeat(10_000_000)}`).diagnostics.map(({ code }) => code)).toEqual(["CNN004"]);
  });

  test("a hundred mistakes are enough", () => {
    expect(parse("1\n".repeat(1000)).diagnostics).toHaveLength(100);
    expect(parse("branch { 1 }\n".repeat(1000)).diagnostics).toHaveLength(100);
  });
});
