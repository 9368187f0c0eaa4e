import { describe, expect, test } from "vitest";
import { findingsOf, fixed, layersOf } from "./elaborating.ts";

const layout = `model net(variant = keras, act = relu) {
  input 8x8x3
  if variant == torchvision { conv 4 3x3 pad=1 act } else if variant != caffe { conv 4 3x3 same act } else { conv 4 3x3 act }
}`;

const used = (call: string): string => `${layout}
model whole { input 8x8x3; ${call} }`;

describe("a parameter may be one of its own words", () => {
  test.each([
    ["the default", [], "conv2d = conv(%0) filters=4 kernel=3x3 pad=same activation=relu"],
    ["a word it is compared with", ["variant=torchvision"], "pad=(1,1) activation=relu"],
    ["after !=", ["variant=caffe"], "conv2d = conv(%0) filters=4 kernel=3x3 activation=relu"],
    ["an activation as ever", ["act=elu"], "pad=same activation=elu"],
  ])("%s", (_, set, expected) => {
    expect(layersOf(layout, { set }).at(-1)).toContain(expected);
  });

  test("in a call of a model or block, and passed on", () => {
    expect(layersOf(used("net variant=torchvision"), { modelName: "whole" }).at(-1)).toContain("pad=(1,1)");
    const blocks = `block unit(style = plain) { if style == deep { repeat 2 { step style } } else { step style } }
block step(style) { if style == deep { relu } else { elu } }
input 8`;
    expect(layersOf(`${blocks}\nunit`)).toEqual(["input_layer = input() shape=8", "elu = activation(%0)"]);
    expect(layersOf(`${blocks}\nunit deep`).slice(1)).toEqual([
      "re_lu = activation(%0)",
      "re_lu_1 = activation(%1)",
    ]);
  });

  test("a name of a value goes before the word", () => {
    const text = `let wide = 2
block unit(size = small) { if size == wide { dense 2 } else if size == small { dense 1 } }
input 8
unit
unit 2`;
    expect(layersOf(text).slice(1)).toEqual(["dense = dense(%0) units=1", "dense_1 = dense(%1) units=2"]);
  });
});

describe("a word that it cannot be", () => {
  test("on the command line, in a call", () => {
    expect(findingsOf(layout, { set: ["variant=torchvison"] })).toEqual([
      "CNN127 --set:1:9 [torchvison] `net`: variant takes keras, torchvision or caffe, but this is torchvison — did you mean `torchvision`?",
    ]);
    expect(findingsOf(used("net variant=pytorch"), { modelName: "whole" })).toEqual([
      "CNN127 5:32 [variant=pytorch] `net`: variant takes keras, torchvision or caffe, but this is pytorch",
    ]);
  });

  test("a number, or a word that means something else, where it is compared with its own words alone", () => {
    const takes = "`net`: variant takes keras, torchvision or caffe, but this is";
    expect(findingsOf(layout, { set: ["variant=3"] })).toEqual([`CNN127 --set:1:9 [3] ${takes} 3`]);
    expect(findingsOf(layout, { set: ["variant=yes"] })).toEqual([`CNN127 --set:1:9 [yes] ${takes} yes`]);
    expect(findingsOf(used("net variant=relu"), { modelName: "whole" })).toEqual([
      `CNN127 5:32 [variant=relu] ${takes} relu`,
    ]);
  });

  test("a text", () => {
    const text = used('net variant="caffe"');
    expect(findingsOf(text, { modelName: "whole" })).toEqual([
      'CNN125 5:32 [variant="caffe"] `net`: variant takes keras, torchvision or caffe, but this is a text — words stand without quotes',
    ]);
    expect(fixed(text, { modelName: "whole" })).toContain("net variant=caffe }");
  });

  test("a parameter without such a default may be other things as well", () => {
    const text = "block unit(act) { if act != none { act } }\ninput 8\n";
    expect(layersOf(`${text}unit none\nunit relu`).slice(1)).toEqual(["re_lu = activation(%0)"]);
    expect(findingsOf(`${text}unit nono`)).toEqual([
      "CNN111 3:6 [nono] there is no value `nono` — did you mean `none`?",
    ]);
  });

  test("names that are compared with each other are no words", () => {
    const text = "block unit(a, b) { if a == b { relu } else { elu } }\ninput 8\n";
    expect(layersOf(`${text}unit 2 2`).slice(1)).toEqual(["re_lu = activation(%0)"]);
    expect(findingsOf(`${text}unit b 2`)).toEqual([
      "CNN111 3:6 [b] there is no value `b` — a name gets its value before it is used: `let b = 8`",
    ]);
  });

  test("a default that is compared with nothing is a name misspelt", () => {
    expect(findingsOf("block unit(act = rellu) { dense 1 act }\ninput 8\nunit")).toEqual([
      "CNN111 1:18 [rellu] there is no value `rellu` — a name gets its value before it is used: `let rellu = 8`",
    ]);
  });

  test("compared with a number", () => {
    expect(findingsOf("let n = 3\ninput 8\nif n == many { relu }")).toEqual([
      "CNN111 3:9 [many] there is no value `many` — a name gets its value before it is used: `let many = 8`",
    ]);
  });
});

describe("what a parameter is set to", () => {
  const scaled = `model net(width = 1, alpha = width, top = yes, size = 8 * 2) {
  input 8x8x3
  step 16 alpha
  step 32 alpha
  if top { dense size }
}
block step(filters, alpha) { conv divisible(filters * alpha, 8) 1x1 }`;

  test.each([
    ["width=abc", "CNN111 --set:1:7 [abc] there is no value `abc` — `width` takes a number, such as 1"],
    ["alpha=abc", "CNN111 --set:1:7 [abc] there is no value `abc` — `alpha` takes a number, such as 1"],
    ["size=abc", "CNN111 --set:1:6 [abc] there is no value `abc` — `size` takes a number"],
    ["top=maybe", "CNN111 --set:1:5 [maybe] there is no value `maybe` — `top` takes yes or no"],
    [
      "top=3",
      "CNN130 --set:1:5 [3] `if` needs yes or no, but this is the number 3 | 5:6 here, in `net` — give it `yes` or `no`, or compare it: `… == …`",
    ],
    ["width=two", "CNN111 --set:1:7 [two] numbers are written in digits — write `2`"],
  ])("%s is told with what the parameter takes", (set, expected) => {
    expect(findingsOf(scaled, { set: [set] })).toEqual([expected]);
  });

  test("a calculation that fails for it is blamed on it alone, however deep it stands", () => {
    for (const set of ["width=0", "alpha=-1"]) {
      const [only, ...others] = findingsOf(scaled, { set: [set] });
      expect(only).toContain(`CNN130 --set:1:7 [${set.slice(6)}] \`divisible(`);
      expect(others).toEqual([]);
    }
    expect(findingsOf(`${scaled}\nmodel whole { input 8x8x3; net alpha=0 }`, { modelName: "whole" })).toEqual(
      [expect.stringMatching(/^CNN130 .* \[alpha=0\] `divisible\(0, 8\)`/)],
    );
  });
});
