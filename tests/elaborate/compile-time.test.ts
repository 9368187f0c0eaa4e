import { describe, expect, test } from "vitest";
import { elaborateText, findingsOf, layersOf } from "./elaborating.ts";

/** The units of a dense layer whose units are the expression. */
function unitsOf(expression: string, before = ""): number {
  const { graph, diagnostics } = elaborateText(`${before}\ninput 28x24x3\ndense (${expression})`);
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join("; "));
  return graph.layers[1]!.arguments["units"] as number;
}

function isTrue(condition: string, before = ""): boolean {
  return (
    unitsOf("n", `${before}\nlet n = 1`) === 1 &&
    layersOf(`${before}\ninput 28x24x3\nif ${condition} { relu }`).length === 2
  );
}

describe("arithmetic is exact", () => {
  test.each([
    ["24/6", 4],
    ["1/3*3", 1],
    ["0.1 + 0.2 + 0.7", 1],
    ["7 // 2", 3],
    ["-7 // 2 + 10", 6],
    ["-7 % 5", 3],
    ["2 ** 10", 1024],
    ["-2 ** 2 + 5", 1],
    ["2 ** 3 ** 2", 512],
    ["10 - 4 - 3", 3],
    ["2 + 3 * 4", 14],
    ["(2 + 3) * 4", 20],
    ["min(5, 3, 4)", 3],
    ["max(5, 3, 4)", 5],
    ["abs(-5)", 5],
    ["floor(7/2)", 3],
    ["ceil(7/2)", 4],
    ["sqrt(144)", 12],
    ["round(7/2)", 4],
    ["round(5/2)", 3],
    ["round(32 * 0.35, 8)", 8],
    ["round(36, 8)", 40],
    ["divisible(11, 8)", 16],
    ["divisible(32 * 1.4, 8)", 48],
    ["in.channels * 2", 6],
    ["in.height + in.width", 52],
    ["in.units", 3],
    ["1e3", 1000],
  ])("%s is %i", (expression, expected) => {
    expect(unitsOf(expression)).toBe(expected);
  });

  test.each([
    ["3 < 4", true],
    ["3 >= 4", false],
    ["1/3 == 2/6", true],
    ["0.1 + 0.2 == 0.3", true],
    ["0.1 + 0.2 != 0.3", false],
    ["yes and not no", true],
    ["no or yes", true],
    ["no and 1/0 == 1", false], // the right side is not looked at
    ["yes or 1/0 == 1", true],
    ["relu == relu", true],
    ["relu == tanh", false],
    ["3x3 == 3x3", true],
    ["3x3 == 3x5", false],
    ["3 == 3x3", false],
    ['"a" == "a"', true],
    ["in.height == 28", true],
    ["in.channels != 3", false],
  ])("%s: %s", (condition, expected) => {
    expect(isTrue(condition)).toBe(expected);
  });

  test.each([
    ["24/7", "CNN126 2:7 [(24/7)] dense: units must be a whole number, but is 24/7"],
    ["1/0", "CNN131 2:8 [1/0] `1 / 0` divides by zero"],
    ["5 // (1 - 1)", "CNN131 2:8 [5 // (1 - 1)] `5 // 0` divides by zero"],
    ["5 % 0", "CNN131 2:8 [5 % 0] `5 % 0` divides by zero"],
    ["round(5, 0)", "CNN131 2:8 [round(5, 0)] `round(5, 0)` divides by zero"],
    ["0 ** -1", "CNN131 2:8 [0 ** -1] `0 ** -1` divides by zero"],
    ["10 ** 100000", "CNN132 2:8 [10 ** 100000] `10 ** 100000` is too large to compute with"],
    ["1e99999", "CNN132 2:8 [1e99999] this number is too large or too small to compute with"],
    [
      "9007199254740992",
      "CNN124 2:7 [(9007199254740992)] dense: units must be between 1 and 9007199254740991, but is 9007199254740992",
    ],
    [
      "2 ** 0.5",
      "CNN130 2:8 [2 ** 0.5] `2 ** 0.5`: the exponent must be a whole number — for a root there is `sqrt(x)`",
    ],
    ["sqrt(-4)", "CNN130 2:8 [sqrt(-4)] `sqrt(-4)`: a negative number has no root"],
    ["3 + relu", "CNN130 2:12 [relu] `+` needs numbers, but this is the word relu"],
    ["-relu", "CNN130 2:8 [-relu] `-` needs a number, but this is the word relu"],
    ["yes * 3", "CNN130 2:8 [yes] `*` needs numbers, but this is the answer yes"],
    ["max(relu)", "CNN130 2:12 [relu] `max` takes numbers, but this is the word relu"],
    ["maxi(3)", "CNN133 2:8 [maxi] there is no function `maxi` — did you mean `max`?"],
    ["round()", "CNN133 2:8 [round()] `round` is called as `round(x)` or `round(x, multiple)`"],
    ["floor(1, 2)", "CNN133 2:8 [floor(1, 2)] `floor` is called as `floor(x)`"],
    ["in.channel", "CNN135 2:11 [channel] `in.channel` is not a dimension — did you mean `channels`?"],
    [
      "in.depth",
      "CNN135 2:8 [in.depth] the current tensor is 28x24x3 and has no depth — it has `height`, `width`, `channels`",
    ],
    ["n", "CNN111 2:8 [n] there is no value `n` — a name gets its value before it is used: `let n = 8`"],
    ["w", "CNN112 2:8 [w] `w` is defined later, at line 3 | 3:5 defined here"],
    ["[1, 2]", "CNN123 2:7 [([1, 2])] dense has no place for the list [1, 2]"],
  ])("%s is refused", (expression, expected) => {
    const findings = findingsOf(`input 28x24x3\ndense (${expression})\nlet w = 3`);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.slice(0, expected.length)).toBe(expected);
  });

  test("a fraction is only a mistake where a count is needed", () => {
    expect(layersOf("let third = 1/3\ninput 8\ndropout third\ndense (6 * third)").slice(1)).toEqual([
      "dropout = dropout(%0) rate=0.3333333333333333",
      "dense = dense(%1) units=2",
    ]);
  });
});

describe("let, repeat, for, if", () => {
  test("let names any value", () => {
    const text = `let w = 8
let k = 3x(w - 5)
let act = leaky_relu(0.1)
let p = same
input 8x8x1
conv w k act p
act
`;
    expect(layersOf(text).slice(1)).toEqual([
      "conv2d = conv(%0) filters=8 kernel=3x3 pad=same activation=leaky_relu(0.1)",
      "leaky_re_lu = activation(%1)",
    ]);
  });

  test("loops over lists, tuples, windows and ranges with both ends", () => {
    const units = (loop: string) =>
      elaborateText(`input 8\n${loop}`)
        .graph.layers.slice(1)
        .map(({ arguments: { units: each } }) => each);
    expect(units("repeat 3 { dense 4 }")).toEqual([4, 4, 4]);
    expect(units("repeat 0 { dense 4 }")).toEqual([]);
    expect(units("for f in [64, 128] { dense f }")).toEqual([64, 128]);
    expect(units("for (f, s) in [(64, 1), (128, 2)] { dense (f + s) }")).toEqual([65, 130]);
    expect(units("for i in 1..3 { dense i }")).toEqual([1, 2, 3]);
    expect(units("for i in 3..1 { dense i }")).toEqual([]);
    expect(units("let sizes = [1, 2]\nfor i in sizes { for j in 1..i { dense (10*i + j) } }")).toEqual([
      11, 21, 22,
    ]);
    expect(layersOf("input 8x8x1\nfor k in [1x1, 3x3] { conv 2 k same }").slice(1)).toEqual([
      "conv2d = conv(%0) filters=2 kernel=1x1 pad=same",
      "conv2d_1 = conv(%1) filters=2 kernel=3x3 pad=same",
    ]);
  });

  test("if, else if, else", () => {
    const chosen = (n: number) =>
      layersOf(`let n = ${n}\ninput 8\nif n > 2 { relu } else if n == 2 { tanh } else { sigmoid }`).at(-1)!;
    expect([1, 2, 3].map((n) => chosen(n).split(" ")[0])).toEqual(["activation", "activation", "re_lu"]);
    expect(
      elaborateText("let n = 2\ninput 8\nif n > 2 { relu } else if n == 2 { tanh }").graph.layers[1]!
        .arguments,
    ).toMatchObject({ name: "tanh" });
  });

  test.each([
    [
      "for (f, s) in [(4, 1), 8] { dense f }",
      "CNN136 2:15 [[(4, 1), 8]] `(f, s)` takes 2 values each time, but here is the number 8",
    ],
    [
      "for f in 3 { dense f }",
      "CNN136 2:10 [3] `for` goes through a list or a range, but this is the number 3 — write `[…]` for a list, `1..3` for a range",
    ],
    [
      "for f in 1..2.5 { dense f }",
      "CNN136 2:13 [2.5] a range goes from one whole number to another, but this is the number 2.5",
    ],
    ["repeat -1 { relu }", "CNN124 2:8 [-1] repeat: count must be at least 0, but is -1"],
    ["repeat 1.5 { relu }", "CNN126 2:8 [1.5] repeat: count must be a whole number, but is 1.5"],
    [
      "repeat relu { relu }",
      "CNN125 2:8 [relu] repeat: count takes a whole number, but this is the word relu",
    ],
    ["if 3 { relu }", "CNN130 2:4 [3] `if` needs yes or no, but this is the number 3 — compare it: `… == …`"],
    ["if not 3 { relu }", "CNN130 2:8 [3] `not` needs yes or no, but this is the number 3"],
    ["if yes and 3 { relu }", "CNN130 2:12 [3] `and` needs yes or no, but this is the number 3"],
  ])("%s", (statement, expected) => {
    const findings = findingsOf(`input 8\n${statement}`);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.slice(0, expected.length)).toBe(expected);
  });

  test("a mistake in a body after a wrong condition or count is found too", () => {
    expect(findingsOf("input 8\nif 3 { denes 1 } else { rellu }\nrepeat x { danse 3 }")).toEqual([
      "CNN130 2:4 [3] `if` needs yes or no, but this is the number 3 — compare it: `… == …`",
      "CNN110 2:8 [denes] there is no layer or block `denes` — did you mean `dense`?",
      "CNN110 2:25 [rellu] there is no layer or block `rellu` — did you mean `relu`?",
      "CNN111 3:8 [x] there is no value `x` — a name gets its value before it is used: `let x = 8`",
      "CNN110 3:12 [danse] there is no layer or block `danse` — did you mean `dense`?",
    ]);
  });

  test("names that an undecided body defines are not unknown afterwards", () => {
    expect(findingsOf("input 8\nif 3 { a: relu; let n = 2 }\nfrom a\ndense n")).toHaveLength(1);
  });
});

describe("dimensions", () => {
  test("a file without an input: two-dimensional unless a window says otherwise", () => {
    const rank = (text: string) => {
      const { graph } = elaborateText(text);
      return [
        graph.inputIsImplied,
        (graph.layers[0]!.arguments["shape"] as unknown[]).length,
        graph.layers[1]!.name,
      ];
    };
    expect(rank("conv 8 3x3")).toEqual([true, 3, "conv2d"]);
    expect(rank("conv 8 3")).toEqual([true, 3, "conv2d"]);
    expect(rank("conv 8 5x5x5")).toEqual([true, 4, "conv3d"]);
    expect(rank("relu; repeat 2 { conv 8 kernel=5x5x5 }")).toEqual([true, 4, "re_lu"]);
    expect(rank("relu; reshape 3x3x3x3")).toEqual([true, 3, "re_lu"]);
  });

  test("`in` counts by rank", () => {
    const dims = (shape: string, names: string) =>
      elaborateText(
        `input ${shape}\n${names
          .split(" ")
          .map((name) => `dense in.${name} bias=no`)
          .join("\n")}`,
      ).diagnostics.length;
    expect(dims("784", "units channels")).toBe(0);
    expect(dims("100x16", "length channels units")).toBe(0);
    expect(dims("28x24x3", "height width channels units")).toBe(0);
    expect(dims("4x28x24x3", "depth height width channels units")).toBe(0);
    expect(dims("784", "height")).toBe(1);
  });

  test("a label's dimensions", () => {
    expect(
      layersOf("input 28x24x3\na: conv 8 3x3\nflatten\ndense a.channels\ndense (a.height + a.width)").slice(
        -2,
      ),
    ).toEqual(["dense = dense(%2) units=8", "dense_1 = dense(%3) units=48"]);
  });

  test("formulas stay symbolic; named dimensions are the same number", () => {
    expect(layersOf("input HxWx3\nconv 8 3x3 same\nreshape (H*W)x8").at(-1)).toBe(
      "reshape = reshape(%1) shape=(H*W)x8",
    );
    expect(
      layersOf("input HxHx3\nlet half = in.height // 2\nif in.height == in.width and H > 0 { relu }").length,
    ).toBe(2);
    expect(layersOf("input HxHx3\nlet n = 2 * H / 2\nif n == H { relu }").length).toBe(2);
  });

  test.each([
    [
      "conv 4 3x3\nif in.height > 4 { relu }",
      "CNN134 2:4 [in.height > 4] `in.height > 4` depends on a dimension that is not known — give the input a fixed size, in its `input` or with `--input`",
    ],
    [
      "conv 4 3x3\ndense in.height",
      "CNN134 2:7 [in.height] dense: units depends on a dimension that is not known",
    ],
    ["input HxWx3\nif H == 3 { relu }", "CNN134 2:4 [H == 3] `H == 3` depends on `H`, which is not known"],
    ["input HxWx3\ndense (H / 2)", "CNN134 2:8 [H / 2] `H / 2` depends on `H`, which is not known"],
    ["input HxWx3\ndense sqrt(H)", "CNN134 2:12 [H] `sqrt` depends on `H`, which is not known"],
    ["input HxWx3\nrepeat H { relu }", "CNN134 2:8 [H] repeat: count depends on `H`, which is not known"],
    ["input HxWx3\ndropout H", "CNN134 2:9 [H] dropout: rate depends on `H`, which is not known"],
    [
      "block b { dense in.height }\ninput ?x?x3\nb",
      "CNN134 1:17 [in.height] dense: units depends on a dimension that is not known | 3:1 called from here",
    ],
  ])("%s", (text, expected) => {
    const findings = findingsOf(text);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.slice(0, expected.length)).toBe(expected);
  });

  test("sizes of an input", () => {
    expect(layersOf("let size = 32\ninput (size)x(size)x3")).toEqual(["input_layer = input() shape=32x32x3"]);
    expect(findingsOf("input 0x8x3")).toEqual([
      "CNN124 1:7 [0x8x3] input: shape must be at least 1, but is 0",
    ]);
    expect(findingsOf("input (1/2)x8")).toEqual([expect.stringMatching(/^CNN126 1:7 /)]);
    expect(findingsOf("input (relu)x8")).toEqual([
      "CNN125 1:7 [(relu)x8] input: shape takes a shape such as 28x28x1, but this is the word relu",
    ]);
  });
});
