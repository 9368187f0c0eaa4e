import { describe, expect, test } from "vitest";
import { elaborateText, findingsOf, graphOf, layersOf } from "./elaborating.ts";

describe("from, merges and branches", () => {
  test("a merge takes the current tensor first, then those it names", () => {
    const text = `input 8x8x4
a: conv 4 3x3 same
b: conv 4 3x3 same
subtract a
concat a b axis=channels
from a
concat b height
`;
    expect(layersOf(text)).toEqual([
      "input_layer = input() shape=8x8x4",
      "a = conv(%0) filters=4 kernel=3x3 pad=same",
      "b = conv(%1) filters=4 kernel=3x3 pad=same",
      "subtract = subtract(%2, %1)",
      "concatenate = concat(%3, %1, %2) axis=channels",
      "concatenate_1 = concat(%1, %2) axis=height",
    ]);
  });

  test("every branch starts from the current tensor; an empty one is that tensor; they nest", () => {
    const text = `input 8x8x4
add {
  branch { conv 4 1x1; average { branch { relu }; branch { } } }
  branch { }
}
`;
    expect(layersOf(text)).toEqual([
      "input_layer = input() shape=8x8x4",
      "conv2d = conv(%0) filters=4 kernel=1x1",
      "re_lu = activation(%1)",
      "average = average(%2, %1)",
      "add = add(%3, %0)",
    ]);
  });

  test("loops and conditions may make branches", () => {
    const text = `input 8x8x4
concat {
  for d in [1, 2] { branch { conv 4 3x3 same dilation=d } }
  if in.channels == 4 { branch { } } else { branch { relu } }
}
`;
    expect(layersOf(text).slice(1)).toEqual([
      "conv2d = conv(%0) filters=4 kernel=3x3 pad=same dilation=1",
      "conv2d_1 = conv(%0) filters=4 kernel=3x3 pad=same dilation=2",
      "concatenate = concat(%1, %2, %0)",
    ]);
  });

  test("a label names what a merge or branch gives", () => {
    const text = `input 8x8x4
m: add { left: branch { c: conv 4 3x3 same }; branch { } }
from left
add left.c
add m
`;
    expect(layersOf(text).slice(1)).toEqual([
      "c = conv(%0) filters=4 kernel=3x3 pad=same",
      "m = add(%1, %0)",
      "add = add(%1, %1)",
      "add_1 = add(%3, %2)",
    ]);
  });

  test.each([
    ["add", "CNN141 2:1 [add] add has nothing to merge with the current tensor"],
    ["a: relu; b: relu; add [a, b]", "CNN141 2:23 [[a, b]] the tensors of add stand side by side"],
    ["let r = range(3)", "CNN133 2:9 [range] there is no function `range`"],
    ["add { }", "CNN141 2:1 [add] add has no branch, so there is nothing to merge"],
    ["add { branch { relu } }", "CNN141 2:1 [add] add has one branch alone, so there is nothing to merge"],
    [
      "a: relu; add a { branch { }; branch { } }",
      "CNN141 2:10 [add a] add takes tensors by name or braces with branches, not both",
    ],
    ["add { relu; branch { } }", "CNN142 2:7 [relu] the braces of a merge hold branches alone"],
    [
      "add { from x; branch { }; branch { } }",
      "CNN142 2:7 [from x] the braces of a merge hold branches alone",
    ],
    ["branch { relu }", "CNN105 2:1 [branch] a `branch` stands in the braces of a merge, not here"],
    ["add { branch 3 { }; branch { } }", "CNN123 2:14 [3] a branch takes no arguments"],
    ["add { branch; branch { } }", "CNN142 2:7 [branch] a branch needs braces"],
    ["relu { relu }", "CNN142 2:6 [{ relu }] relu takes no braces"],
    ["add x", "CNN111 2:5 [x] there is no tensor `x`"],
    ["left: relu; add lefty", "CNN111 2:17 [lefty] there is no tensor `lefty` — did you mean `left`?"],
    ["add c; c: relu", "CNN112 2:5 [c] `c` is defined later, at line 2 | 2:8 defined here"],
    ["from c; c: relu", "CNN112 2:6 [c] `c` is defined later, at line 2 | 2:9 defined here"],
    ["let v = 3; from v", "CNN115 2:17 [v] `v` is a `let`, not a tensor | 2:5 defined here"],
    ["a: relu; a", "CNN115 2:10 [a] `a` is a tensor, not a layer — `from a` makes it current"],
    [
      "a: relu; dense a",
      "CNN115 2:16 [a] `a` is a tensor, not a value | 2:1 defined here — its dimensions are `a.channels`",
    ],
    ["a: relu; from a.b", "CNN115 2:17 [b] `a` is a layer; there is nothing within it"],
  ])("%s", (statement, expected) => {
    const findings = findingsOf(`input 8x8x4\n${statement}`);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.slice(0, expected.length)).toBe(expected);
  });

  test("a layer before any input", () => {
    expect(findingsOf("dense 3\ninput 8\ndense 4")).toEqual([
      "CNN140 1:1 [dense 3] there is no tensor here yet: the first `input` comes later | 2:1 the first input — put the `input` before the layers",
    ]);
  });
});

describe("blocks", () => {
  test("arguments by position or name; a value may be a number, word, window or activation", () => {
    const text = `block unit(f, act = relu, k = 3x3, note = "x", b = yes) { conv f k act bias=b; act }
input 8x8x4
unit 8
unit 8 leaky_relu(0.1) 1x1
unit f=8 act=tanh b=no
`;
    expect(layersOf(text).slice(1)).toEqual([
      "conv2d = conv(%0) filters=8 kernel=3x3 bias=yes activation=relu",
      "re_lu = activation(%1)",
      "conv2d_1 = conv(%2) filters=8 kernel=1x1 bias=yes activation=leaky_relu(0.1)",
      "leaky_re_lu = activation(%3)",
      "conv2d_2 = conv(%4) filters=8 kernel=3x3 bias=no activation=tanh",
      "activation = activation(%5)",
    ]);
  });

  test("a default may use earlier parameters and the current tensor", () => {
    const text = "block b(n, m = 2 * n, c = in.channels) { dense m; dense c }\ninput 5\nb 3";
    expect(layersOf(text).slice(1)).toEqual(["dense = dense(%0) units=6", "dense_1 = dense(%1) units=5"]);
  });

  test("a block stands anywhere in its scope and sees the values around it", () => {
    const text = `model m(n = 4)
input 8
b
let w = 2
repeat 1 { block inner { dense (n + w) }; inner }
block b { dense n }
`;
    expect(layersOf(text).slice(1)).toEqual(["dense = dense(%0) units=4", "dense_1 = dense(%1) units=6"]);
  });

  test("an empty block is the identity", () => {
    expect(graphOf("block b { }\ninput 8\nx: b\nadd x")).toContain("add = add(%0, %0)");
  });

  test("`call.inner` reaches into a labelled call, and further", () => {
    const text = `block cell { c: relu; tanh }
block stage { one: cell; two: cell }
input 8
s: stage
from s.two.c
add s.one
`;
    expect(layersOf(text).at(-1)).toBe("add = add(%3, %2)");
  });

  const block = "block u(f, g = 2) { conv f 3x3 same; conv g 1x1 }\ninput 8x8x4\n";

  test.each([
    ["u", "CNN122 3:1 [u] `u` needs `f` | 1:7 declared here — such as `u f=…`"],
    ["u 1 2 3", "CNN123 3:7 [3] `u` takes f and g; this is one value too many | 1:7 declared here"],
    ["u f=1 f=2", "CNN121 3:7 [f=2] `u`: f is given twice | 3:3 first given here"],
    ["u 1 h=2", "CNN120 3:5 [h] `u` has no parameter `h` | 1:7 declared here — it takes f and g"],
    ["u 1 { relu }", "CNN142 3:5 [{ relu }] `u` takes no braces | 1:7 declared here"],
    ["unit 1", "CNN110 3:1 [unit] there is no layer or block `unit`"],
    ["x: u 1; from x.y", "CNN111 3:16 [y] there is no tensor `y` in `x`"],
    ["dense u", "CNN115 3:7 [u] `u` is a block, not a value | 1:7 defined here"],
    ["from u", "CNN115 3:6 [u] `u` is a block, not a tensor | 1:7 defined here"],
  ])("%s", (statement, expected) => {
    const findings = findingsOf(block + statement);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.slice(0, expected.length)).toBe(expected);
  });

  test("a number goes to the next parameter that is not named", () => {
    expect(layersOf(`${block}u 4 f=2`).slice(1)).toEqual([
      "conv2d = conv(%0) filters=2 kernel=3x3 pad=same",
      "conv2d_1 = conv(%1) filters=4 kernel=1x1",
    ]);
  });

  test("a mistake that only a call's arguments cause is reported at the call, the line within as second label", () => {
    expect(findingsOf(`${block}u 0.5\nu 8 g=relu`)).toEqual([
      "CNN126 3:3 [0.5] conv: filters must be a whole number, but is 0.5 | 1:26 here, in `u` — round it: `round(…)`, `floor(…)` or `//`",
      "CNN122 4:5 [g=relu] conv needs filters | 1:38 here, in `u` — such as `conv 32 3x3`",
    ]);
  });

  test("so is an argument that takes a place which the block fills itself", () => {
    expect(findingsOf("block s(a) { dense 3 relu a }\ninput 8\ns tanh")).toEqual([
      "CNN121 3:3 [tanh] dense: activation is given twice | 1:27 here, in `s` | 1:22 first given here",
    ]);
  });

  test("through several calls it is reported at the outermost", () => {
    const text = "block a(n) { b (n / 2) }\nblock b(m) { dense m }\ninput 8\na 4\na 3";
    expect(findingsOf(text)).toEqual([
      "CNN126 5:3 [3] dense: units must be a whole number, but is 1.5 | 2:20 here, in `a` — round it: `round(…)`, `floor(…)` or `//`",
    ]);
  });

  test("a mistake of the block itself is reported in it, once for all calls", () => {
    expect(findingsOf("block b { dense 1.5 }\ninput 8\nb\nb")).toHaveLength(1);
    expect(findingsOf("block b { dense 1.5 }\ninput 8\nb\nb")[0]).toMatch(/^CNN126 1:17 /);
  });

  test("a block that nothing calls is looked through as well", () => {
    expect(findingsOf("block b(f) { conv f 3x3 strid=2; denes 3 }\ninput 8x8x1\nrelu")).toEqual([
      "CNN120 1:25 [strid] conv has no argument `strid` — did you mean `stride`?",
      "CNN110 1:34 [denes] there is no layer or block `denes` — did you mean `dense`?",
    ]);
  });

  test("no recursion", () => {
    expect(findingsOf("block a { b }\nblock b { c 3 }\nblock c(f) { a }\ninput 8\na\ndense 2")).toEqual([
      "CNN116 3:14 [a] `a` calls itself: a → b → c → a | 1:11 through this call | 2:11 through this call — nothing can contain itself; use `repeat` or `for`",
    ]);
    expect(findingsOf("shared s { s }\ninput 8\ns")).toEqual([
      "CNN116 1:12 [s] `s` calls itself: s → s — nothing can contain itself; use `repeat` or `for`",
    ]);
  });
});

describe("shared instances", () => {
  test("one instance a call where it stands in a block", () => {
    const text = "block two { shared e { dense 8 }; e; e }\ninput 8\ntwo\ntwo";
    const { graph } = elaborateText(text);
    expect(graph.layers.map(({ sharesWeightsOf }) => sharesWeightsOf)).toEqual([
      undefined,
      undefined,
      1,
      undefined,
      3,
    ]);
  });

  test("the third use shares the first's weights, labels and blocks within as well", () => {
    const text = "block d { x: dense 8 }\nshared e { d; relu }\ninput 8\ne\ne\nlast: e";
    const { graph } = elaborateText(text);
    expect(graph.layers.map(({ name, sharesWeightsOf }) => [name, sharesWeightsOf])).toEqual([
      ["input_layer", undefined],
      ["e/d/x", undefined],
      ["re_lu", undefined],
      ["e/d/x_use_2", 1],
      ["re_lu_use_2", 2],
      ["e/d/x_use_3", 1],
      ["re_lu_use_3", 2],
    ]);
  });

  test("a use in another form, or with arguments", () => {
    expect(
      findingsOf("shared e { if in.channels > 2 { dense 3 }; dense 2 }\ninput 8\ne\ndense 1\ne"),
    ).toEqual([
      "CNN143 5:1 [e] this use of `e` has other layers than the first | 1:33 the first use's weights begin here — a condition in it comes out differently here; shared weights need the same layers",
    ]);
    expect(
      findingsOf("shared e { if in.channels > 2 { relu }; dense 2 }\ninput 2\ne\ndense 3\ne"),
    ).toHaveLength(1);
    expect(findingsOf("shared e { dense 3 }\ninput 8\ne 3")).toEqual([
      "CNN123 3:3 [3] `e` is a shared instance and takes no arguments | 1:8 declared here",
    ]);
  });

  test("a later use whose input does not fit the weights is the one at fault", () => {
    const { inference, diagnostics } = elaborateText("shared e { dense 3 }\ninput 8\ne\ndense 4\ne");
    expect(diagnostics).toEqual([]);
    expect(inference.diagnostics.map(({ code }) => code)).toEqual(["CNN212"]);
  });
});

describe("scopes and names", () => {
  test("labels are seen further in, not further out", () => {
    const right = "input 8\na: relu\nrepeat 2 { add a; add { branch { from a }; branch { } } }";
    expect(findingsOf(right)).toEqual([]);
    expect(findingsOf("input 8\nadd { branch { c: relu }; branch { } }\nfrom c")).toEqual([
      "CNN111 3:6 [c] `c` is not seen here | 2:16 seen only in the braces around this — label the call and write `call.name`, or label what the braces give",
    ]);
    expect(findingsOf("input 8\nrepeat 2 { c: relu }\nfrom c")[0]).toMatch(
      /^CNN111 3:6 \[c\] `c` is not seen here/,
    );
  });

  test("a block does not see its caller's tensors", () => {
    expect(findingsOf("block u { add skip }\ninput 8\nskip: relu\nu")).toEqual([
      "CNN115 1:15 [skip] `skip` is a tensor outside of this block — a block sees its own tensors and the one it is called on; values reach it as arguments",
    ]);
  });

  test("the body of an `if` belongs to the scope around it", () => {
    expect(layersOf("input 8\nif yes { let n = 3; z: dense n }\nrelu\nfrom z\ndense n").at(-1)).toBe(
      "dense = dense(%1) units=3",
    );
  });

  test("inner names may repeat outer ones", () => {
    expect(
      layersOf("let n = 2\nblock b(n) { dense n }\ninput 8\nb 3\nfor n in [4] { dense n }\ndense n").slice(1),
    ).toEqual(["dense = dense(%0) units=3", "dense_1 = dense(%1) units=4", "dense_2 = dense(%2) units=2"]);
  });

  test.each([
    ["x: relu; x: relu", "CNN113 2:10 [x] `x` is defined twice | 2:1 first defined here"],
    ["let x = 1; x: relu", "CNN113 2:12 [x] `x` is defined twice | 2:5 first defined here"],
    ["x: relu; block x { relu }", "CNN113 2:16 [x] `x` is defined twice | 2:1 first defined here"],
    ["input x 3; let x = 3", "CNN113 2:16 [x] `x` is defined twice | 2:7 first defined here"],
    ["block b(n, n) { relu }; b 1", "CNN113 2:12 [n] `n` is defined twice | 2:9 first defined here"],
    [
      "relu: dense 3",
      "CNN114 2:1 [relu] `relu` cannot be a name: it is an activation — choose another name, such as `my_relu`",
    ],
    [
      "let conv = 3",
      "CNN114 2:5 [conv] `conv` cannot be a name: it is a layer — choose another name, such as `my_conv`",
    ],
    [
      "same: relu",
      "CNN114 2:1 [same] `same` cannot be a name: it is a word with a meaning of its own in a layer — choose another name, such as `my_same`",
    ],
    [
      "block train { relu }",
      "CNN114 2:7 [train] `train` cannot be a name: it is a word of the language itself — choose another name, such as `my_train`",
    ],
    ["let max = 3", "CNN114 2:5 [max] `max` cannot be a name"],
  ])("%s", (statement, expected) => {
    const findings = findingsOf(`input 8\n${statement}`);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.slice(0, expected.length)).toBe(expected);
  });

  test("unlabelled layers are counted per class as in Keras; labelled ones use up no number", () => {
    const text = "input 8x8x1\nconv 2 1x1\nmine: conv 2 1x1\nconv 2 1x1\nrelu\nsigmoid";
    expect(layersOf(text).map((line) => line.split(" ")[0])).toEqual([
      "input_layer",
      "conv2d",
      "mine",
      "conv2d_1",
      "re_lu",
      "activation",
    ]);
  });

  test("a label that is also a counted name keeps it; layers of a loop and of calls get names of their own", () => {
    const text = `block stage { c: relu; tanh }
input 8
relu
re_lu_1: relu
relu
repeat 2 { c: relu }
s: stage
stage
stage
`;
    expect(layersOf(text).map((line) => line.split(" ")[0])).toEqual([
      "input_layer",
      "re_lu",
      "re_lu_1",
      "re_lu_2",
      "c",
      "c_1",
      "s/c",
      "activation",
      "stage/c",
      "activation_1",
      "stage_1/c",
      "activation_2",
    ]);
  });
});

describe("outputs", () => {
  test("the current tensor, or those named; without `output` the last", () => {
    const outputs = (text: string) =>
      elaborateText(text).graph.outputs.map(({ name, layer }) => `${name} %${layer}`);
    expect(outputs("input 8\na: relu\ntanh\noutput\nsigmoid\noutput a")).toEqual(["activation %2", "a %1"]);
    expect(outputs("block b { c: relu; tanh }\ninput 8\nx: b\nelu\noutput x.c x")).toEqual([
      "x.c %1",
      "x %2",
    ]);
    expect(outputs("input 8\nrelu")).toEqual(["re_lu %1"]);
  });

  test("twice, unknown, or in a block", () => {
    expect(findingsOf("input 8\nrelu\noutput\noutput")).toEqual([
      "CNN146 4:1 [output] this tensor is an output already | 3:1 first said here",
    ]);
    expect(findingsOf("input 8\na: relu\noutput b")).toEqual([
      "CNN111 3:8 [b] there is no tensor `b` — there is `a`",
    ]);
    expect(findingsOf("input 8\nrepeat 1 { relu; output }")).toEqual([
      "CNN105 2:18 [output] an `output` stands directly in a model, not here",
    ]);
  });
});

describe("mistakes do not cascade", () => {
  test("after an unknown layer only checks that need no shape go on", () => {
    const text = `input 8x8x1
cnov 8 3x3
pool max 99
conv 0 3x3
if in.channels == 8 { relu } else { denes 3 }
dense in.depth
x: conv 3 3x3 stride=2 dilation=2
add x y
freeze x
output x
`;
    expect(findingsOf(text)).toEqual([
      "CNN110 2:1 [cnov] there is no layer or block `cnov` — did you mean `conv`?",
      "CNN124 4:6 [0] conv: filters must be at least 1, but is 0",
      "CNN110 5:37 [denes] there is no layer or block `denes` — did you mean `dense`?",
      expect.stringMatching(/^CNN205 7:24 \[dilation=2\] /),
      "CNN111 8:7 [y] there is no tensor `y` — there is `x`",
    ]);
  });

  test("what stands inside an unknown statement is looked through", () => {
    expect(findingsOf("input 8\nad { branch { denes 3 }; branch { } }\nunut { rel }")).toEqual([
      "CNN110 2:1 [ad] there is no layer or block `ad` — did you mean `add`?",
      "CNN110 2:15 [denes] there is no layer or block `denes` — did you mean `dense`?",
      "CNN110 3:1 [unut] there is no layer or block `unut`",
      "CNN110 3:8 [rel] there is no layer or block `rel` — did you mean `relu`?",
    ]);
  });

  test("no more findings than anyone reads", () => {
    const text = `input 8\n${"denes 3\n".repeat(500)}`;
    expect(findingsOf(text)).toHaveLength(100);
  });
});
