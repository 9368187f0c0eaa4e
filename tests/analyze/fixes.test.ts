import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { applyEdits } from "../../src/diagnostics/edits.ts";
import { SourceFile } from "../../src/source/source-file.ts";

function diagnose(source: string): { file: SourceFile; diagnostics: readonly Diagnostic[] } {
  const file = new SourceFile("model.cnn", source);
  return { file, diagnostics: compile(file).diagnostics };
}

/** A wrong program, the code of its mistake, and the program after the fix. */
const fixed: readonly (readonly [code: string, wrong: string, mended: string])[] = [
  ["CNN200", "input 2x2x3\nconv 8 3x3 relu\n", "input 2x2x3\nconv 8 3x3 same relu\n"],
  ["CNN200", "input 2x2x3\nx: conv kernel=5 8 relu\n", "input 2x2x3\nx: conv kernel=5 8 same relu\n"],
  ["CNN200", "input 2x2x3\nconv 8 3x3 valid\n", "input 2x2x3\nconv 8 3x3 same\n"],
  ["CNN200", "input 2x2x3\nconv 8 3x3 pad=(0,0)\n", "input 2x2x3\nconv 8 3x3 pad=same\n"],
  ["CNN201", "input 9x3\nconv 8 3x3 # a comment\n", "input 9x3\nconv 8 3 # a comment\n"],
  ["CNN201", "input 9x3\npool max size=2x2\n", "input 9x3\npool max size=2\n"],
  ["CNN203", "input 9x9x4\nconv 10 3x3 groups=4\n", "input 9x9x4\nconv 12 3x3 groups=4\n"],
  ["CNN204", "input 3x3x3; conv 8 3x3; pool max 2", "input 3x3x3; conv 8 3x3 same; pool max 2"],
  ["CNN204", "input 1x1x3; pool max 2; flatten", "input 1x1x3; flatten"],
  ["CNN206", "input 9x9x3\nconv 8 3x3 causal\n", "input 9x9x3\nconv 8 3x3 same\n"],
  ["CNN206", "input 9x9x3\nconv 8 3x3 pad=causal\n", "input 9x9x3\nconv 8 3x3 pad=same\n"],
  ["CNN202", "input 9x3\nupsample 2 bilinear\n", "input 9x3\nupsample 2 nearest\n"],
  [
    "CNN207",
    "input 9x9x8\na: relu\nconv 8 3x3\nbn\nadd a\n",
    "input 9x9x8\na: relu\nconv 8 3x3 same\nbn\nadd a\n",
  ],
  [
    "CNN208",
    "input 9x9x8\nconcat { branch { conv 4 3x3 relu }; branch { } }",
    "input 9x9x8\nconcat { branch { conv 4 3x3 same relu }; branch { } }",
  ],
  ["CNN203", "input 9x9x6\nconv 9 3x3 groups=4 relu\n", "input 9x9x6\nconv 9 3x3 groups=3 relu\n"],
  ["CNN203", "input 9x9x6\ngroup_norm 4\n", "input 9x9x6\ngroup_norm 3\n"],
  [
    "CNN207",
    "input 9x9x8\nadd { branch { conv 4 1x1 relu }; branch { } }",
    "input 9x9x8\nadd { branch { conv 8 1x1 relu }; branch { } }",
  ],
  ["CNN207", "input 8\na: dense 9\ndense 7\nadd a\n", "input 8\na: dense 9\ndense 9\nadd a\n"],
  ["CNN215", "input 3x3x2\nreshape 20\ndense 2", "input 3x3x2\nreshape 18\ndense 2"],
  [
    "CNN216",
    "input 5x5x2\nconv_transpose 2 3x3 stride=2 output_padding=2",
    "input 5x5x2\nconv_transpose 2 3x3 stride=2 output_padding=1",
  ],
  ["CNN200", "input 3x32x48\nconv 8 3x3\nconv 8 3x3\n", "input 32x48x3\nconv 8 3x3\nconv 8 3x3\n"],
  ["CNN204", "input 1x20\npool max 2\n", "input 20x1\npool max 2\n"],
  ["CNN201", "input 28x28\nconv 8 3x3\n", "input 28x28x1\nconv 8 3x3\n"],
  ["CNN201", "input 1x28x28x3\nconv 8 3x3\n", "input 28x28x3\nconv 8 3x3\n"],
  [
    "CNN208",
    "input 10x12x1\npool max 2\na: conv 4 3x3 same\npool max 2\nupsample 2\nconcat a\n",
    "input 12x12x1\npool max 2\na: conv 4 3x3 same\npool max 2\nupsample 2\nconcat a\n",
  ],
];

describe("a fix mends what it is offered for", () => {
  it.each(fixed)("%s in %j", (code, wrong, mended) => {
    const { file, diagnostics } = diagnose(wrong);
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
    const { text } = applyEdits(file, diagnostics[0]!.fix!.edits);
    expect(text).toBe(mended);
    const errors = diagnose(text).diagnostics.filter(({ severity }) => severity === "error");
    expect(errors.map(({ message }) => message)).toEqual([]);
  });

  it("is not offered where the line runs more than once", () => {
    const { diagnostics } = diagnose("input 9x9x8\nrepeat 5 { conv 8 3x3 }\n");
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]!.fix).toBeUndefined();
    expect(diagnostics[0]!.notes).toEqual(["this is pass 5 of the loop in line 2"]);
    expect(diagnostics[0]!.help).toContain("pad with `same`");
  });

  it("is not a change that was tried in vain", () => {
    // 25 cells become 12 without padding and 13 with it, so that one `same` more turns 12, 12, 13 into 13, 12, 13
    const branches =
      "branch { conv 4 3x3 stride=2 }; branch { conv 4 3x3 stride=2 }; branch { pool max 3 stride=2 same }";
    const { diagnostics } = diagnose(`input 25x25x4\nconcat { ${branches} }\n`);
    expect(diagnostics.map(({ code }) => code)).toEqual(["CNN208"]);
    expect(diagnostics[0]!.fix).toBeUndefined();
    expect(diagnostics[0]!.help).toContain("keep the size in line 2 with `same`");
  });
});

describe("another input is named", () => {
  it("that is just large enough", () => {
    // two windows of 3 see 5 cells
    const { file, diagnostics } = diagnose("input 4x4x1\nconv 8 3x3 relu\nconv 8 3x3 relu\n");
    const [{ help, labels } = { help: "", labels: [] }] = diagnostics;
    expect(help).toContain("take an input of `5x5x1` or more");
    const atInput = labels.find(({ span }) => file.position(span.start).line === 1);
    expect(atInput?.text).toBe("5x5x1 would be enough");
  });

  it("beside the layer that dropped a row", () => {
    const { file, diagnostics } = diagnose(
      "input 6x6x1\nconv 4 2x2\na: relu\npool max 2\nupsample 2\nconcat a\n",
    );
    const [{ labels } = { labels: [] }] = diagnostics;
    const dropping = labels.find(({ text }) => text === "its height does not divide evenly");
    expect(dropping && file.position(dropping.span.start).line).toBe(4);
    expect(dropping?.arithmetic).toBe("5x5x4 → 2x2x4   floor((5 - 2)/2) + 1 = 2");
  });

  it("only where the mistake goes away with it", () => {
    const thin = diagnose("input 3x20x20\nconv 8 25x25\n").diagnostics;
    expect(thin[0]!.help).not.toContain("20x20x3");
    const odd = diagnose("input 9x9x1\na: relu\npool max 2\nupsample 3\nconcat a\n").diagnostics;
    expect(odd[0]!.help).not.toContain("divide evenly");
  });
});
