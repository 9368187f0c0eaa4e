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
});
