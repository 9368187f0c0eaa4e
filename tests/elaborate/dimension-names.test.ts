import { describe, expect, it } from "vitest";
import { findingsOf, layersOf } from "./elaborating.ts";

const once =
  "a name in capitals is the same whole number wherever it stands; use another name where the sizes may differ";

describe("names in capitals where a shape takes the place of a declared one", () => {
  it("--input gives a name its number in every input", () => {
    const text = "input left HxWx3\ninput right HxWx3\nadd left\nconv (H) 1x1";
    expect(layersOf(text, { input: ["right=28x30x3"] }).slice(0, 2)).toEqual([
      "left = input() shape=28x30x3",
      "right = input() shape=28x30x3",
    ]);
  });

  it.each([
    [
      "one input",
      "input HxHx3\nconv 8 3x3",
      ["28x30x3"],
      "CNN156 --input:1:1 [28x30x3] `H` would be 28 and 30 at once | 1:7 `H` is 28 here | 1:9 and 30 here",
    ],
    [
      "two inputs",
      "input left HxWx3\ninput right HxWx3\nadd left",
      ["left=28x28x3", "right=30x28x3"],
      "CNN156 --input:1:7 [30x28x3] `H` would be 28 and 30 at once | 1:12 `H` is 28 here | 2:13 and 30 here",
    ],
    [
      "a calculation",
      "input Hx(2*H)x3\nconv 8 3x3",
      ["20x50x3"],
      "CNN156 --input:1:1 [20x50x3] `H` is 20, which makes this 40 and not 50 | 1:7 `H` is said here | 1:9 40 here",
    ],
  ])("--input cannot make it two numbers: %s", (_, text, input, expected) => {
    expect(findingsOf(text, { input })).toEqual([`${expected} — ${once}`]);
  });

  it("a used model's names are those of its tensor, each use its own", () => {
    const model = "model square { input HxHx3; conv (H) 1x1 }";
    expect(findingsOf(`${model}\nmodel main { input 8x8x3; square; conv 3 1x1; crop 1; square }`)).toEqual(
      [],
    );
    expect(findingsOf(`${model}\nmodel main { input 8x9x3; square }`)).toEqual([
      `CNN156 2:27 [square] \`H\` would be 8 and 9 at once | 1:22 \`H\` is 8 here | 1:24 and 9 here — ${once}`,
    ]);
  });

  it("where it cannot be decided it is a condition", () => {
    expect(
      findingsOf("model square { input HxHx3; conv 4 1x1 }\nmodel main { input AxBx3; square }"),
    ).toEqual([
      "CNN211 (warning) 2:27 [square] `H` is said of two sizes that may differ | 1:22 `H` is A here | 1:24 and B here",
    ]);
  });
});
