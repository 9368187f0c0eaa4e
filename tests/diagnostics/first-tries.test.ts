import { describe, expect, test } from "vitest";
import { checkFile } from "../../src/cli/check-file.ts";
import { loadJudge } from "../../src/cli/judge.ts";
import { applyFixes } from "../../src/diagnostics/edits.ts";
import { displayWidth } from "../../src/diagnostics/layout.ts";
import { renderDiagnostic } from "../../src/diagnostics/render.ts";
import { libraryFolder } from "../../src/files/library.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { readTitledPrograms, type TitledProgram } from "../language/titled-programs.ts";

// What people write who know Keras or PyTorch and not yet this language, with what they are told: each text was read by a
// person, who asked whether it names the mistake, its place and a way out, and tells it once.

async function tell({ title, text, options }: TitledProgram): Promise<string> {
  const file = new SourceFile("model.cnn", text);
  const judge = await loadJudge([file], undefined);
  const check = (each: SourceFile) => checkFile(each, options, judge).diagnostics;
  const found = check(file);
  // The library lies elsewhere on every machine.
  const messages = found.map((diagnostic) =>
    renderDiagnostic(diagnostic, { width: 80 }).replaceAll(libraryFolder, "stdlib"),
  );
  expect(
    messages
      .join("\n")
      .split("\n")
      .filter((line) => displayWidth(line) > 80),
  ).toEqual([]);
  expect(messages.length, title).toBeGreaterThan(0);
  const { file: fixed, applied } = applyFixes(file, check, { allowUnsafe: true });
  const left = check(fixed).filter(({ severity }) => severity === "error").length;
  const after = applied.length === 0 ? "" : `After all fixes: ${left === 0 ? "no error" : `${left} left`}.\n`;
  return `### ${title}\n\n${messages.join("\n")}${after}`;
}

describe("first tries are told what is wrong and how to go on", () => {
  test.each(["layers", "graphs", "training-and-files", "habits"])("%s", async (name) => {
    const told = await Promise.all(
      readTitledPrograms(new URL(`first-tries/${name}.cases`, import.meta.url)).map(tell),
    );
    await expect(`${told.join("\n")}`).toMatchFileSnapshot(`first-tries/${name}.txt`);
  });
});
