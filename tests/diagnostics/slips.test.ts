import { describe, expect, test } from "vitest";
import { checkFile } from "../../src/cli/check-file.ts";
import { loadJudge } from "../../src/cli/judge.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { applyFixes } from "../../src/diagnostics/edits.ts";
import { SourceFile, spanText } from "../../src/source/source-file.ts";
import { readTitledPrograms } from "../language/titled-programs.ts";

// Whole programs with one slip each, `«what was written¦what was meant»`: the program as it was meant has no error, the other has
// exactly one, and what is offered leads to a program without errors. What is told was read by a person.

interface Slip {
  readonly title: string;
  readonly written: string;
  readonly meant: string;
}

function readSlips(name: string): readonly Slip[] {
  return readTitledPrograms(new URL(`slips/${name}.cases`, import.meta.url)).map(({ title, text }) => {
    const slip = /«([^¦»]*)¦([^»]*)»/g;
    return { title, written: text.replace(slip, "$1"), meant: text.replace(slip, "$2") };
  });
}

const errorsOf = (found: readonly Diagnostic[]): readonly Diagnostic[] =>
  found.filter(({ severity }) => severity === "error");

async function tell({ title, written, meant }: Slip): Promise<string> {
  const file = new SourceFile("model.cnn", written);
  const judge = await loadJudge([file], undefined);
  const check = (each: SourceFile) => checkFile(each, {}, judge).diagnostics;
  const [only, ...others] = errorsOf(check(file));
  expect(errorsOf(check(new SourceFile("model.cnn", meant))), `${title}, as it was meant`).toEqual([]);
  expect(only, title).toBeDefined();
  expect(
    others.map(({ message }) => message),
    title,
  ).toEqual([]);
  const { file: fixed, applied, refused, left } = applyFixes(file, check, { allowUnsafe: true });
  expect(errorsOf(refused), title).toEqual([]);
  if (applied.length > 0) expect(errorsOf(left), title).toEqual([]);
  const { code, message, primary, labels, help } = only!;
  const { line } = file.position(primary.span.start);
  const changed = fixed.text.split("\n").filter((each) => !written.split("\n").includes(each));
  return [
    `${title}`,
    ...written
      .split("\n")
      .filter((each) => !meant.split("\n").includes(each))
      .map((each) => `  > ${each.trim()}`),
    `  ${code} line ${line} \`${spanText(primary.span).split("\n")[0]}\`: ${message}`,
    ...[primary, ...labels].filter(({ text }) => text !== "").map(({ text }) => `    - ${text}`),
    ...(help === undefined ? [] : [`    help: ${help}`]),
    ...(applied.length === 0
      ? []
      : [
          fixed.text === meant
            ? "    fixed as meant"
            : `    fixed: ${changed.map((each) => each.trim()).join(" | ")}`,
        ]),
    "",
  ].join("\n");
}

describe("a program with one slip is told one mistake, and what is offered mends it", () => {
  test.each(["layers", "limits", "graphs", "training", "habits", "operators", "files"])(
    "%s",
    async (name) => {
      const told = await Promise.all(readSlips(name).map(tell));
      await expect(told.join("\n")).toMatchFileSnapshot(`slips/${name}.txt`);
    },
  );
});
