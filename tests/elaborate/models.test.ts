import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { parseInputOption, parseParameterOption } from "../../src/elaborate/elaborate.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { elaborateText, findingsOf, graphOf, layersOf } from "./elaborating.ts";

describe("a file and its models", () => {
  test("the model's name is that of its line, or of its file", () => {
    expect(elaborateText("model lenet\ninput 8\nrelu").graph.name).toBe("lenet");
    expect(elaborateText("input 8\nrelu").graph.name).toBe("main");
  });

  test("definitions stand before or after the model line and see the parameters", () => {
    const text =
      "language 1\nlet k = 3\nblock b { dense (n + k + w) }\nmodel m(n = 2)\nlet w = 1\ninput 8\nb";
    expect(layersOf(text).at(-1)).toBe("dense = dense(%0) units=6");
  });

  const several = `block unit(f) { conv f 3x3 same }
model backbone(n = 3) { input 8x8x1; unit n; x: relu }
model classifier { input 8x8x1; base: backbone n=4; flatten; dense 2 }
`;

  test("several models: the one that no other uses, or the one that is asked for", () => {
    expect(graphOf(several)).toBe(`model classifier
%0 input_layer = input() shape=8x8x1
%1 base/conv2d = conv(%0) filters=4 kernel=3x3 pad=same   # in base: backbone / unit
%2 base/x = activation(%1)   # in base: backbone
%3 flatten = flatten(%2)
%4 dense = dense(%3) units=2
inputs %0
output dense = %4
`);
    expect(graphOf(several, { modelName: "backbone" })).toBe(`model backbone
%0 input_layer = input() shape=8x8x1
%1 conv2d = conv(%0) filters=3 kernel=3x3 pad=same   # in unit
%2 x = activation(%1)
inputs %0
output x = %2
`);
  });

  test("the other models are looked through as well", () => {
    expect(
      findingsOf("model a(n) { input 8; denes n }\nmodel b { input 8; a n=1 }", { modelName: "b" }),
    ).toEqual(["CNN110 1:23 [denes] there is no layer or block `denes` — did you mean `dense`?"]);
    expect(findingsOf("model a { input 8; denes 3 }\nmodel b { input 8; relu }", { modelName: "b" })).toEqual(
      ["CNN110 1:20 [denes] there is no layer or block `denes` — did you mean `dense`?"],
    );
  });

  test.each([
    [
      "model a { input 8; relu }\nmodel b { input 8; relu }",
      "CNN104 1:7 [a] main.cnn holds several models: a and b — say which one is meant: `--model name`",
    ],
    ["block a { relu }", "CNN104 1:1 [] main.cnn holds no layers"],
    ["# nothing", "CNN104 1:1 [] main.cnn holds no layers"],
    ["model m", "CNN104 1:7 [m] the model `m` has no layers"],
    [
      "input 8\nlanguage 1",
      "CNN100 2:1 [language 1] `language` stands first in a file — put it in the first line",
    ],
    [
      "language 1\nlanguage 1\ninput 8",
      "CNN100 2:1 [language 1] `language` stands first in a file | 1:1 it stands here already — put it in the first line",
    ],
    [
      "language 2\ninput 8",
      "CNN101 1:10 [2] this compiler reads language 1, not 2 — a newer file needs a newer compiler",
    ],
    [
      "conv 3 3x3\nmodel m\ninput 3x3x1",
      "CNN105 1:1 [conv 3 3x3] this stands before the model line | 2:7 the model begins here",
    ],
    [
      "model m { input 3; relu }\ndense 3",
      "CNN105 2:1 [dense 3] this stands outside of the file's models | 1:7 a model begins here",
    ],
    ["input 8\nrepeat 1 { use x }", "CNN105 2:12 [use x] `use` stands directly in a file, not here"],
    [
      "input 8\nrepeat 1 { input 3 }",
      "CNN105 2:12 [input 3] an `input` stands directly in a model, not in a block, branch or loop",
    ],
    [
      "input 8\nrepeat 1 { train { epochs 3 } }",
      "CNN105 2:12 [train] `train` stands directly in a model, not here",
    ],
    [
      "block b { model k { relu } }\ninput 3\nb",
      "CNN105 1:11 [model k { relu }] `model` stands directly in a file, not here",
    ],
  ])("%s", (text, expected) => {
    const findings = findingsOf(text);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.slice(0, expected.length)).toBe(expected);
  });

  test("a file of several models gives each braces; an unknown model is not there", () => {
    expect(findingsOf("model a { input 3; relu; b }\nmodel b\ninput 3")).toContain(
      "CNN105 2:7 [b] a file of several models gives each of them braces — `model name(parameters) { … }`",
    );
    expect(findingsOf(several, { modelName: "classifer" })).toEqual([
      "CNN104 1:1 [] there is no model `classifer` in main.cnn — did you mean `classifier`?",
    ]);
  });
});

describe("parameters and inputs from the command line", () => {
  test("the options' texts", () => {
    expect(parseInputOption("28x28x1").value).toMatchObject({ name: undefined, shape: { kind: "shape" } });
    expect(parseInputOption("left=HxWx?").value).toMatchObject({ name: "left", shape: { kind: "shape" } });
    expect(parseInputOption("784").value).toMatchObject({ name: undefined, shape: { kind: "number" } });
    expect(parseParameterOption("classes=5").value?.[0]).toBe("classes");
    for (const wrong of ["", "x=", "3x", "28 28; conv 3", "=3"]) {
      expect(parseInputOption(wrong).value, wrong).toBeUndefined();
    }
    for (const wrong of ["", "x", "x=", "3=3", "x=3; dense 3"]) {
      expect(parseParameterOption(wrong).value, wrong).toBeUndefined();
    }
  });

  test("--set", () => {
    const model = "model m(n, act = relu)\ninput 8\ndense n act";
    expect(layersOf(model, { set: ["n=2*3", "act=leaky_relu(0.1)"] }).at(-1)).toBe(
      "dense = dense(%0) units=6 activation=leaky_relu(0.1)",
    );
    expect(findingsOf(model)).toEqual([
      "CNN152 1:9 [n] the parameter `n` of `m` has no value | 1:7 the model — set it with `--set n=…`, or give it a default: `n = …`",
    ]);
    expect(findingsOf(model, { set: ["n=3", "k=3", "akt=tanh"] })).toEqual([
      "CNN151 --set:1:1 [k] `m` has no parameter `k` — it has the parameters n and act",
      "CNN151 --set:1:1 [akt] `m` has no parameter `akt` — did you mean `act`?",
    ]);
    expect(findingsOf(model, { set: ["n=0.5"] })).toEqual([
      "CNN126 --set:1:3 [0.5] dense: units must be a whole number, but is 0.5 | 3:7 here, in `m` — round it: `round(…)`, `floor(…)` or `//`",
    ]);
  });

  test("--input gives the implied input a shape, replaces that of the only one, or names one of several", () => {
    const shapes = (text: string, input: readonly string[]) =>
      layersOf(text, { input }).filter((line) => line.includes("input()"));
    const implied = elaborateText("conv 3 3x3", { input: ["28x28x1"] });
    expect(implied.graph.inputIsImplied).toBe(false);
    expect(implied.inference.record(1)!.shaped.shape!.map(String)).toEqual(["26", "26", "3"]);
    expect(shapes("input 3x3x1\nrelu", ["28x28x1"])).toEqual(["input_layer = input() shape=28x28x1"]);
    expect(shapes("input left 8\ninput right 8\nadd left", ["right=3", "left=3"])).toEqual([
      "left = input() shape=3",
      "right = input() shape=3",
    ]);
    expect(shapes("input x 8\nrelu", ["9"])).toEqual(["x = input() shape=9"]);
  });

  test("a name in capitals is then the given size", () => {
    expect(layersOf("input HxWx3\nconv 3 3x3 same\nreshape (H*W)x3", { input: ["28x20x1"] }).at(-1)).toBe(
      "reshape = reshape(%1) shape=560x3",
    );
  });

  test("--input for nothing", () => {
    expect(
      findingsOf("input left 8\ninput right 8\nadd left", { input: ["28x28x1", "lefty=3", "top=3"] }),
    ).toEqual([
      "CNN150 --input:1:1 [28x28x1] the model has 2 inputs: which one is this shape for? — say its name: `left=…`",
      "CNN150 --input:1:7 [3] the model has no input `lefty` — did you mean `left`?",
      "CNN150 --input:1:5 [3] the model has no input `top` — the model has the inputs left and right",
    ]);
    expect(findingsOf("conv 3 3x3", { input: ["x=8x8x1"] })).toEqual([
      "CNN150 --input:1:3 [8x8x1] the model has no input `x` — the model's input has no name",
    ]);
  });
});

describe("models as statements", () => {
  test("each use has layers and names of its own; outputs are reached by name", () => {
    const text = `model a(n = 2) { input 8; x: dense n; y: dense 8; output x y }
model b { input 8; first: a; a n=3; add first.y; from first.x }
`;
    expect(layersOf(text)).toEqual([
      "input_layer = input() shape=8",
      "first/x = dense(%0) units=2",
      "first/y = dense(%1) units=8",
      "a/x = dense(%2) units=3",
      "a/y = dense(%3) units=8",
      "add = add(%4, %2)",
    ]);
  });

  test("other sizes are fine; named dimensions are the current tensor's", () => {
    const text = "model a { input HxWx3; conv 4 3x3 same; reshape (H*W)x4 }\nmodel b { input 9x5x3; a }";
    expect(layersOf(text).at(-1)).toBe("a/reshape = reshape(%1) shape=45x4");
  });

  test("a model with several inputs takes the others by name", () => {
    const text = `model a { input left 8; dense 2; l: relu; input right 8; dense 2; add l }
model b { input x 8; y: dense 8; a left=x }
`;
    expect(layersOf(text).slice(2)).toEqual([
      "a/dense = dense(%0) units=2",
      "a/l = activation(%2)",
      "a/dense_1 = dense(%1) units=2",
      "a/add = add(%4, %3)",
    ]);
    expect(findingsOf(text.replace("a left=x", "a"))).toEqual([
      "CNN144 2:34 [a] `a` has several inputs: left and right | 1:11 an input | 1:43 an input — the current tensor goes to one of them; name the tensors of the others: `name=tensor`",
    ]);
    expect(findingsOf(text.replace("left=x", "left=3"))).toEqual([
      "CNN125 2:41 [3] an input of a used model takes a tensor's name",
    ]);
  });

  const model = "model a(n, top = yes) { input 8x8x3; conv n 3x3 }\nmodel b { input ";

  test.each([
    ["8x8x3; a", "CNN122 2:24 [a] `a` needs `n` | 1:7 declared here — such as `a n=…`"],
    [
      "8x8x3; a 4",
      "CNN123 2:26 [4] `a` is a model and takes its parameters by name | 1:7 declared here — such as `n=4`",
    ],
    ["8x8x3; a n=3 m=3", "CNN120 2:30 [m] `a` has no parameter `m` | 1:7 declared here — it takes n and top"],
    ["8x8x3; a n=3 { relu }", "CNN142 2:30 [{ relu }] `a` takes no braces"],
    ["8x8x3; a n=3 weights=3", "CNN125 2:38 [3] weights: file takes a text"],
    [
      "8x8x1; a n=3",
      "CNN144 2:24 [a n=3] `a` takes 3 channels, but here the current tensor is 8x8x1 | 1:25 the input of `a`",
    ],
    [
      "8x3; a n=3",
      "CNN144 2:22 [a n=3] `a` takes 8x8x3, but here the current tensor is 8x3 | 1:25 the input of `a`",
    ],
    [
      "8x8x?; a n=3",
      "CNN145 (warning) 2:24 [a n=3] `a` takes 3 channels, but here the current tensor is 8x8x? | 1:25 the input of `a`",
    ],
    [
      "8x8x3; a n=0.5",
      "CNN126 2:26 [n=0.5] conv: filters must be a whole number, but is 0.5 | 1:43 here, in `a`",
    ],
    ["8x8x3; b", "CNN116 2:24 [b] `b` calls itself: b → b"],
  ])("%s", (statements, expected) => {
    const findings = findingsOf(`${model}${statements} }`);
    const own = findings.filter((finding) => !finding.startsWith("CNN104"));
    expect(own).toHaveLength(1);
    expect(own[0]!.slice(0, expected.length)).toBe(expected);
  });

  test("top and Keras' name for it", () => {
    const text =
      "model a(top = yes) { input 8; relu; if top { dense 2 } }\nmodel b { input 8; a include_top=no }";
    expect(layersOf(text)).toHaveLength(2);
  });
});

describe("used files", () => {
  const files = {
    "blocks.cnn":
      'language 1\nuse "more.cnn"\nlet k = 3\nblock unit(f) { conv f (k)x(k); extra }\nshared s { dense 3 }',
    "more.cnn": "block extra { relu }",
    "model.cnn": "model m(n = 2)\nlet w = n\ninput 8x8x1\nconv w 3x3",
    backbone: "input 8x8x1\nconv 2 3x3",
  };

  test("a file's names, with or without a prefix", () => {
    const text = 'use "blocks.cnn"\ninput 8x8x1\nunit 3\nlet n = k\nconv n 1x1\ns';
    const layers = [
      "conv2d = conv(%0) filters=3 kernel=3x3",
      "re_lu = activation(%1)",
      "conv2d_1 = conv(%2) filters=3 kernel=1x1",
      "dense = dense(%3) units=3",
    ];
    expect(layersOf(text, { files }).slice(1)).toEqual(layers);
    const prefixed = 'use "blocks.cnn" as b\ninput 8x8x1\nb.unit 3\nlet n = b.k\nconv n 1x1\nb.s';
    expect(layersOf(prefixed, { files }).slice(1)).toEqual(layers);
  });

  test("a model of another file, twice", () => {
    expect(
      layersOf('use "model.cnn"\ninput 8x8x1\nm n=4\nconv 1 1x1\nsecond: m', { files }).slice(1),
    ).toEqual([
      "m/conv2d = conv(%0) filters=4 kernel=3x3",
      "conv2d = conv(%1) filters=1 kernel=1x1",
      "second/conv2d = conv(%2) filters=2 kernel=3x3",
    ]);
  });

  test("a file without a model line is a model of its name", () => {
    expect(layersOf("use backbone\ninput 8x8x1\nbackbone", { files }).at(-1)).toBe(
      "backbone/conv2d = conv(%0) filters=2 kernel=3x3",
    );
  });

  test("the name of a file does not change what its own words mean", () => {
    const text = "input 8x8x1\nconv 2 3x3\n";
    expect(layersOf(text, { name: "conv.cnn" }).slice(1)).toEqual(["conv2d = conv(%0) filters=2 kernel=3x3"]);
    const calls = layersOf("use backbone\ninput 8x8x1\nbackbone\nconv 1 1x1", {
      files,
      name: "backbone.cnn",
    });
    expect(calls.slice(1)).toEqual([
      "backbone/conv2d = conv(%0) filters=2 kernel=3x3",
      "conv2d = conv(%1) filters=1 kernel=1x1",
    ]);
  });

  test("a file whose name is a layer's or no identifier can be called", () => {
    const named = { "conv.cnn": "input 8x8x1\nconv 2 3x3\n", "my-net.2.cnn": "input 8x8x1\ntanh\n" };
    const text = 'use "conv.cnn"\nuse "my-net.2.cnn"\ninput 8x8x1\nmy_net_2\nmy_conv\nconv 1 1x1';
    expect(layersOf(text, { files: named }).slice(1)).toEqual([
      "my_net_2/activation = activation(%0)",
      "conv/conv2d = conv(%1) filters=2 kernel=3x3",
      "conv2d = conv(%2) filters=1 kernel=1x1",
    ]);
  });

  test("what a used file uses itself is not seen", () => {
    expect(findingsOf('use "blocks.cnn"\ninput 8\nextra', { files })).toEqual([
      "CNN110 3:1 [extra] there is no layer or block `extra`",
    ]);
    expect(findingsOf('use "blocks.cnn" as b\ninput 8\nb.extra\ndense b.z', { files })).toEqual([
      "CNN111 3:3 [extra] there is no block or model `extra` — it gives `unit`, `s` and `k`",
      "CNN111 4:9 [z] the used file has no value `z`",
    ]);
  });

  test("a missing file, whose names are then no mistakes, but misspelt layers are", () => {
    expect(
      findingsOf('use resnet\nuse "nope.cnn" as n\ninput 8\nresnet50 top=no\nn.unit\ndense sizes\ndenes 3'),
    ).toEqual([
      'CNN102 1:5 [resnet] the library has no file `resnet` — a file of your own stands in quotes: `use "name.cnn"`',
      'CNN102 2:5 ["nope.cnn"] there is no file "nope.cnn" beside main.cnn — the name is relative to this file',
      "CNN110 7:1 [denes] there is no layer or block `denes` — did you mean `dense`?",
    ]);
  });

  test("the file's own names win over those it uses, which go on meaning what they did there", () => {
    const own =
      'use "blocks.cnn"\nblock extra { tanh }\nblock unit { relu; extra }\nlet k = 5\ninput 8\nunit\ndense k';
    expect(layersOf(own, { files }).slice(1)).toEqual([
      "re_lu = activation(%0)",
      "activation = activation(%1)",
      "dense = dense(%2) units=5",
    ]);
    const both =
      'use "blocks.cnn"\nuse "blocks.cnn" as theirs\nblock unit(f) { theirs.unit f; tanh }\ninput 8x8x1\nunit 2';
    expect(layersOf(both, { files }).slice(1)).toEqual([
      "conv2d = conv(%0) filters=2 kernel=3x3",
      "re_lu = activation(%1)",
      "activation = activation(%2)",
    ]);
    const labels = 'use "blocks.cnn"\ninput 8x8x1\nunit: conv 2 1x1\nrelu\nadd unit';
    expect(layersOf(labels, { files }).at(-1)).toBe("add = add(%2, %1)");
    expect(
      findingsOf('use "blocks.cnn"\nblock unit { relu }\nblock unit { tanh }\ninput 8\nunit', { files }),
    ).toEqual([
      "CNN113 3:7 [unit] `unit` is defined twice | 2:7 first defined here — give one of them another name",
    ]);
  });

  test("a name of two used files is wrong where it is used", () => {
    const two = { ...files, "other.cnn": "let k = 2\nblock unit(f) { dense f }" };
    const uses = 'use "blocks.cnn"\nuse "other.cnn"\nuse "other.cnn" as other\ninput 8';
    const help = "give one of the files a name: `use … as parts`, then `parts.…`";
    expect(findingsOf(`${uses}\nother.unit 3`, { files: two })).toEqual([]);
    expect(findingsOf(`${uses}\nunit 3`, { files: two })).toEqual([
      `CNN113 5:1 [unit] \`unit\` comes from several used files | blocks.cnn:4:7 one is here | other.cnn:2:7 one is here — ${help}`,
    ]);
    expect(findingsOf(`${uses}\ndense k`, { files: two })).toEqual([
      `CNN113 5:7 [k] \`k\` comes from several used files | blocks.cnn:3:5 one is here | other.cnn:1:5 one is here — ${help}`,
    ]);
    expect(findingsOf('use "blocks.cnn"\nuse "blocks.cnn"\ninput 8\ns', { files })).toEqual([]);
  });

  test("files that use each other", () => {
    const circle = { "a.cnn": 'use "b.cnn"\nblock a { relu }', "b.cnn": 'use "a.cnn"\nblock b { relu }' };
    expect(findingsOf('use "a.cnn"\ninput 8\na', { files: circle })).toEqual([
      'CNN103 b.cnn:1:1 [use "a.cnn"] these files use each other in a circle: a.cnn → b.cnn → a.cnn — put what both need into a file of its own',
    ]);
    expect(findingsOf('use "main.cnn"\ninput 8', { files: { "main.cnn": "block x { relu }" } })).toHaveLength(
      1,
    );
  });

  test("a file that cannot be read as a program", () => {
    const findings = findingsOf('use "bad.cnn"\ninput 8\nfoo', {
      files: { "bad.cnn": "block foo( { relu }" },
    });
    expect(findings.every((finding) => finding.includes("bad.cnn"))).toBe(true);
    expect(findings.length).toBeGreaterThan(0);
  });
});

describe("the name of a file without a model line", () => {
  test.each([
    ["an input", "input small 8\ndense 2\n"],
    ["a label", "input 8\nsmall: dense 2\nadd small\n"],
    ["a block", "block small(f) { dense f }\ninput 8\nsmall 2\n"],
    ["a let", "let small = 3\ninput 8\ndense small\n"],
    ["a shared instance", "shared small { dense 8 }\ninput 8\nsmall\nsmall\n"],
  ])("may be %s inside", (_, text) => {
    const { diagnostics } = compile(new SourceFile("small.cnn", text));
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });
});
