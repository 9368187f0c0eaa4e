import { describe, expect, test } from "vitest";
import { SourceFile } from "../../src/source/source-file.ts";
import { renderProgram } from "../../src/syntax/ast-text.ts";
import { formatProgram, type FormatOptions } from "../../src/syntax/format.ts";
import { parseProgram } from "../../src/syntax/parser.ts";
import { examples } from "./corpus.ts";

function format(text: string, options?: FormatOptions): string {
  const file = new SourceFile("test.cnn", text);
  const { value, diagnostics } = parseProgram(file);
  expect(diagnostics).toEqual([]);
  return formatProgram(value, file, options);
}

test.each(examples)(
  "$name keeps its tree and comments, and is formatted for good",
  async ({ name, text }) => {
    const once = format(text);
    const before = parseProgram(new SourceFile("test.cnn", text)).value;
    const after = parseProgram(new SourceFile("test.cnn", once)).value;
    // Numbers keep their `_` in the text, not in the tree.
    expect(renderProgram(after)).toBe(renderProgram(before));
    expect(after.comments.map((comment) => comment.text)).toEqual(
      before.comments.map((comment) => comment.text),
    );
    expect(format(once)).toBe(once);
    await expect(once).toMatchFileSnapshot(`formatted/${name}.cnn`);
  },
);

describe("what is written", () => {
  const list = Array.from({ length: 14 }, (_, index) => `(${64 * (index + 1)}, ${index})`);
  const cases: readonly (readonly [what: string, from: string, to: string])[] = [
    ["blanks", "conv   32\t3x3  stride = 2", "conv 32 3x3 stride=2\n"],
    ["a statement a line", "conv 32 3x3\n\n\n\nrelu\n", "conv 32 3x3\n\nrelu\n"],
    [
      "statements joined by the writer",
      "conv 32 3x3;bn ;; relu;\npool max 2",
      "conv 32 3x3; bn; relu\npool max 2\n",
    ],
    ["empty lines at the ends", "\n\nrelu\n\n\n", "relu\n"],
    ["nothing", " \n;\n", ""],
    ["bodies on one line", "add{branch{};branch{relu;bn}}", "add { branch {}; branch { relu; bn } }\n"],
    [
      "bodies on several",
      "add {\nbranch { relu }\n\n\n  branch {\n\n bn }}",
      "add {\n  branch { relu }\n\n  branch {\n    bn\n  }\n}\n",
    ],
    [
      "else",
      "if a==1 {relu}else if not b{\nbn}  else {}",
      "if a == 1 {\n  relu\n} else if not b {\n  bn\n} else {}\n",
    ],
    ["operators", "let a=1+2*b**-c//3-( 4%5 )", "let a = 1 + 2 * b ** -c // 3 - (4 % 5)\n"],
    ["names side by side", "let f = 4\nconv f \tx1 relu\n", "let f = 4\nconv f x1 relu\n"],
    ["fractions", "let a = 1 / 3 + b / 3\nrescale -1 / 255", "let a = 1/3 + b / 3\nrescale -1/255\n"],
    ["operators in arguments", "conv ( 2 * f ) k=a + 1 flag=a == b", "conv (2*f) k=a+1 flag=a == b\n"],
    ["lists", "for (f,s) in [ (1,2) , (3,4)]{relu}", "for (f, s) in [(1, 2), (3, 4)] { relu }\n"],
    ["explicit padding", "conv 3 pad=( 0 , 1 )x(0,1)", "conv 3 pad=(0,1)x(0,1)\n"],
    ["parameters", "model a( b=1,c )", "model a(b = 1, c)\n"],
    ["no parameters", "block a ( ) { relu }", "block a { relu }\n"],
    ["numbers as they are", "let a = 1_000 * .5", "let a = 1_000 * .5\n"],
    ["texts", 'use   "a\\\\b\\"c"  as  d', 'use "a\\\\b\\"c" as d\n'],
    ["budgets", "require params<5 M", "require params < 5 M\n"],
    [
      "a list too long for a line",
      `for (f, s) in [${list.join(",")}] { relu }`,
      `for (f, s) in [\n${list.map((item) => `  ${item}`).join(",\n")}\n] {\n  relu\n}\n`,
    ],
    ["a list that fits", "let a = [1,\n  2,\n\n 3]\nrelu", "let a = [1, 2, 3]\nrelu\n"],
    [
      "a joined line too long",
      `${"conv 32 3x3 same relu; ".repeat(5)}relu`,
      `${"conv 32 3x3 same relu; ".repeat(4)}`.slice(0, -2) + "\nconv 32 3x3 same relu; relu\n",
    ],
    [
      "comments of their own",
      "#a\n\n\n#  b\nadd {\n# c\nrelu\n\n# d\n}\n#e",
      "#a\n\n#  b\nadd {\n  # c\n  relu\n\n  # d\n}\n#e\n",
    ],
    [
      "comments at the end",
      "relu # a  \nconv 32 3x3 # b\n\nbn    # c",
      "relu         # a\nconv 32 3x3  # b\n\nbn  # c\n",
    ],
    [
      "comments after braces",
      "add { # a\n branch { relu } # b\n} # c\nrelu",
      "add {  # a\n  branch { relu }  # b\n}  # c\nrelu\n",
    ],
    ["a body of comments", "add {\n# a\n}", "add {\n  # a\n}\n"],
    ["comments in brackets", "let a = [1, # one\n   2] # both", "let a = [1, # one\n   2]  # both\n"],
    ["line ends", "relu\r\nadd {\r\n  bn\r\n}\r\n", "relu\r\nadd {\r\n  bn\r\n}\r\n"],
  ];
  test.each(cases)("%s", (_, from, to) => {
    expect(format(from)).toBe(to);
    expect(format(to)).toBe(to);
  });

  test("arguments under other names", () => {
    const short = new Map([["kernel_size", "kernel"]]);
    const renameArgument: FormatOptions["renameArgument"] = (statement, name) =>
      statement.kind === "layer" && statement.name.name === "conv" ? (short.get(name) ?? name) : name;
    expect(format("conv 32 kernel_size=3x3 other=1\npool kernel_size=2", { renameArgument })).toBe(
      "conv 32 kernel=3x3 other=1\npool kernel_size=2\n",
    );
  });
});
