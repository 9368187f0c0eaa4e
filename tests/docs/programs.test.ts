import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { findKnownDataset } from "../../src/data/known-datasets.ts";
import { readImport } from "../../src/files/imports.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { parseProgram } from "../../src/syntax/parser.ts";
import { judgeTraining } from "../../src/train/judge.ts";

// The manual's own programs are held to more in language.test.ts.

const folder = new URL("../../docs/", import.meta.url);

/** A fence marked `cnn` is a whole program; `cnn CNN204` one that gives that code; `cnn fragment` a part of one. */
const fences = readdirSync(folder)
  .filter((name) => name.endsWith(".md") && name !== "language.md")
  .flatMap((page) =>
    [...readFileSync(new URL(page, folder), "utf8").matchAll(/^```cnn *(.*)\n([^]*?)^```$/gm)].map(
      ([, mark = "", text = ""]) => [page, mark, text] as const,
    ),
  );

describe("the programs of the other pages", () => {
  test.each(fences)("%s %s %j", (_, mark, text) => {
    if (mark === "fragment") {
      expect(parseProgram(new SourceFile("fragment.cnn", text)).diagnostics).toEqual([]);
      return;
    }
    const classesOf = (data: string): number | undefined => findKnownDataset(data)?.classNames.length;
    const findings = judgeTraining(compile(new SourceFile("page.cnn", text), { readImport, classesOf }));
    if (mark !== "") expect(findings[0]?.code).toBe(mark);
    else
      expect(
        findings
          .filter(({ severity }) => severity === "error")
          .map(({ code, message }) => `${code}: ${message}`),
      ).toEqual([]);
  });
});
