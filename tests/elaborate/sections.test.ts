import { describe, expect, test } from "vitest";
import { elaborateText, findingsOf } from "./elaborating.ts";

describe("sections", () => {
  test("settings with values of every sort", () => {
    const text = `let rate = 1/1000
input 8
relu
train {
  let slow = rate / 2
  optimizer adam slow beta_1=0.9
  data "my data.npz"
  metrics accuracy top5
  window 3x3
  milestones [10, 20]
  names [a, b]
  amp yes
  kind relu
}
`;
    const [section] = elaborateText(text.replace("  names [a, b]\n", "")).graph.sections;
    const settings = section!.settings.map(({ name, positional, named }) => [
      name,
      positional.map(({ value }) => value),
      Object.fromEntries(Object.entries(named).map(([key, { value }]) => [key, value])),
    ]);
    expect(settings).toEqual([
      ["optimizer", ["adam", 0.0005], { beta_1: 0.9 }],
      ["data", ["my data.npz"], {}],
      ["metrics", ["accuracy", "top5"], {}],
      ["window", [[3, 3]], {}],
      ["milestones", [[10, 20]], {}],
      ["amp", [true], {}],
      ["kind", ["relu"], {}],
    ]);
  });

  test("those of a used model are not this model's", () => {
    const text =
      "model a { input 8; dense 8; train { epochs 3 } }\nmodel b { input 8; a; train { epochs 5 } }";
    const { sections } = elaborateText(text).graph;
    expect(sections.map(({ settings }) => settings[0]!.positional[0]!.value)).toEqual([5]);
  });

  test.each([
    ["train", "CNN142 2:1 [train] `train` takes its settings in braces — `train { … }`"],
    ["train 3 { epochs 3 }", "CNN123 2:7 [3] `train` takes its settings in braces"],
    [
      "train { epochs 3 }; train { epochs 4 }",
      "CNN113 2:21 [train] there are two `train` sections | 2:1 the first is here — put the settings into one",
    ],
    [
      "train { if yes { x } }",
      "CNN142 2:9 [if yes { x }] `train` holds settings alone: a word and its values",
    ],
    [
      "train { augment { shift 0.1 } }",
      "CNN142 2:9 [augment { shift 0.1 }] `train` holds settings alone: a word and its values — `augment` stands after `train`, not in its braces",
    ],
    [
      "train { stop loss patience=3 patience=4 }",
      "CNN121 2:30 [patience=4] stop: patience is given twice | 2:19 first given here",
    ],
    ["train { epochs ? }", "CNN125 2:16 [?] a setting cannot be the dimension ?"],
    ["train { epochs 1/0 }", "CNN131 2:16 [1/0] `1 / 0` divides by zero"],
  ])("%s", (statement, expected) => {
    const findings = findingsOf(`input 8\n${statement}`);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.slice(0, expected.length)).toBe(expected);
  });
});

describe("budgets", () => {
  test("numbers and units", () => {
    const text =
      "input 8\nrequire params < 5M\nrequire size <= 4MiB\nrequire macs >= 1.5G\nrequire trainable_params == 100\nrequire memory > 2KB";
    expect(
      elaborateText(text).graph.requirements.map(({ quantity, operator, limit, text: written }) => [
        quantity,
        operator,
        limit,
        written,
      ]),
    ).toEqual([
      ["params", "<", 5_000_000, "5M"],
      ["size", "<=", 4 * 2 ** 20, "4MiB"],
      ["macs", ">=", 1_500_000_000, "1.5G"],
      ["trainable_params", "==", 100, "100"],
      ["memory", ">", 2000, "2KB"],
    ]);
  });

  test.each([
    ["require parms < 5M", "CNN154 2:9 [parms] there is no budget for `parms` — did you mean `params`?"],
    ["require params < 5Q", "CNN154 2:19 [Q] `params` has no unit `Q` — it is counted in K, M, G or T"],
    ["require params < 1e99999", "CNN132 2:18 [1e99999] this number is too large"],
  ])("%s", (statement, expected) => {
    const findings = findingsOf(`input 8\n${statement}`);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.slice(0, expected.length)).toBe(expected);
  });
});
