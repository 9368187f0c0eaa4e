import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { createRandom } from "../../src/random/random.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { valueOf } from "../graph/dim-value.ts";

const names = { L: 43, H: 39, W: 34, D: 37 };

/** Layers for inputs of one to three spatial axes, each of which keeps their number. */
const anyRank = [
  ...["conv 4 3", "conv 4 3 stride=2", "conv 6 2 same stride=3", "conv 4 3 dilation=2", "conv 4 3 pad=(0,2)"],
  ...["conv 4 5 pad=1 stride=2", "depthwise 3 stride=2", "conv_transpose 3 3 stride=2"],
  ...[
    "conv_transpose 3 2 stride=2 same",
    "pool max 2",
    "pool avg 3 stride=2 same",
    "pool max 3 stride=2 pad=1",
  ],
  ...["pad 2", "pad (1,0)", "crop 1", "crop (0,2)", "upsample 2", "upsample 3", "bn", "relu", "dropout 0.2"],
  ...["conv (2*in.channels) 1", "dense 5", "layer_norm", "rescale 2", "prelu"],
];
const sequences = [
  ...["conv 4 3 causal", "attention 2 key=3", "permute 2x1", "reshape ?x1", "separable 3 3 same"],
  ...["concat axis=length { branch { conv 2 3 same; conv (in.channels) 1 }; branch { conv 2 1 } }"],
];
const images = [
  ...["permute 2x1x3", "reshape ?x(in.width)x1", "conv 4 3x2 stride=1x2", "pool max 2x1", "separable 3 3"],
  ...["pad (0,1)x(2,0)", "crop (1,0)x(0,1)", "upsample 2x1 bilinear", "lrn 3", "group_norm 1"],
  ...["add { branch { conv 4 3 same; conv (in.channels) 1 }; branch { conv 4 1 } }"],
  ...["concat axis=height { branch {}; branch { pool max 2 stride=1 same } }"],
];
const ends = ["flatten", "global_pool avg", "global_pool max keepdims", "reshape ?", "flatten; dense 3"];

const inputs = [
  { shape: "Lx4", layers: [...anyRank, ...sequences] },
  { shape: "HxWx4", layers: [...anyRank, ...images] },
  { shape: "(2*H+1)x(4*W)x4", layers: [...anyRank, ...images] },
  { shape: "DxHxWx2", layers: [...anyRank, "permute 2x3x1x4", "pool avg 2x1x2"] },
];

/** The numbers in place of the names of a shape. */
function numbersOf(shape: string): string {
  const parts = shape
    .split("x")
    .map((part) => part.replaceAll(/[LDHW]/g, (name) => String(names[name as "H"])));
  return parts
    .map((part) => (part.startsWith("(") ? String(new Function(`return ${part}`)()) : part))
    .join("x");
}

describe("formulas of named dimensions", () => {
  const random = createRandom(7, "named dimensions");
  const pick = <Item>(items: readonly Item[]): Item => items[random.integer(items.length)]!;

  it.each(Array.from({ length: 250 }, (_, index) => index))(
    "are what numbers in their place give: %i",
    () => {
      const { shape, layers } = pick(inputs);
      const lines = Array.from({ length: 1 + random.integer(4) }, () => pick(layers));
      const body = [...lines, ...(random.uniform() < 0.4 ? [pick(ends)] : [])].join("\n");
      const open = compile(new SourceFile("open.cnn", `input ${shape}\n${body}`));
      const closed = compile(new SourceFile("closed.cnn", `input ${numbersOf(shape)}\n${body}`));
      const errors = closed.diagnostics.filter(({ severity }) => severity === "error");
      if (errors.length > 0) {
        // Too small for these numbers: then it is at least a condition, or wrong whatever they are.
        expect(open.diagnostics.map(({ code }) => code)).not.toEqual([]);
        return;
      }
      expect(open.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      for (const [index, layer] of closed.model.layers.entries()) {
        const other = open.model.layers[index]!;
        const text = `${body}\n${other.node.name}: ${other.shape!.join(" x ")}`;
        const isKnown = other.shape!.every((dim) => dim.toString() !== "?");
        if (!isKnown) continue;
        expect(
          other.shape!.map((dim) => valueOf(dim, names)),
          text,
        ).toEqual(layer.shape!.map(({ value }) => value));
        for (const quantity of ["parameters", "multiplyAccumulates"] as const) {
          if (other[quantity].toString() === "?") continue;
          expect(valueOf(other[quantity], names), text).toBe(layer[quantity].value);
        }
      }
    },
  );
});

describe("open conditions", () => {
  const findings = (text: string): string[] =>
    compile(new SourceFile("open.cnn", text))
      .diagnostics.filter(({ code }) => /^CNN2/.test(code))
      .map(({ code, severity, primary, labels }) => {
        const others = labels
          .map(({ text: label }) => label)
          .filter((label) => label.startsWith("this asks"));
        return [`${code} ${severity}: ${primary.text}`, ...others].join(" | ");
      });

  it.each([
    ["inputs of the same names fit", "input left HxWx3\ninput right HxWx3\nadd left\nconcat left", []],
    [
      "of different names it is a condition, once",
      "input left HxWx3\ninput right AxBx3\nconcat left\na: linear\nfrom right\nadd left\nconcat a",
      ["CNN211 warning: right only where A = H and B = W"],
    ],
    [
      "unknown sizes are named by their tensors",
      "input left ?x4\ninput right ?x4\nadd left",
      ["CNN211 warning: right only where the length of right = the length of left, or one of them is 1"],
    ],
    [
      "a size that cannot be two numbers",
      "input scan Lx1\ninput small 32x1\ninput large 64x1\nfrom scan\na: concat small\nfrom scan\nb: concat large\noutput a b",
      [
        "CNN211 warning: right only where L = 32",
        "CNN219 error: this asks for L = 64 | this asks for L = 32",
      ],
    ],
    [
      "a window and a merge that leave no size",
      "input scan Lx1\ninput small 4x1\nfrom scan\na: conv 2 9 relu\nfrom scan\nb: concat small\noutput a b",
      ["CNN211 warning: right only where L >= 9", "CNN219 error: this asks for L = 4 | this asks for L >= 9"],
    ],
    [
      "groups",
      "input 8xC\nconv 4 3 groups=4\nconcat { branch { linear }; branch { relu } }",
      ["CNN211 warning: right only where C is a multiple of 4"],
    ],
    [
      "cells that must divide",
      "input HxWx1\nreshape ?x10",
      ["CNN211 warning: right only where H*W is a multiple of 10"],
    ],
    [
      "shared weights",
      "shared head { dense 4 }\ninput left A\na: head\ninput right B\nhead\nadd a",
      ["CNN211 warning: right only where the inputs of both uses are alike: B = A"],
    ],
  ])("%s", (_, text, expected) => {
    expect(findings(text)).toEqual(expected);
  });
});
