import { expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostics/render.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { renderProgram } from "../../src/syntax/ast-text.ts";
import { Parser, parseProgram } from "../../src/syntax/parser.ts";
import { examples } from "./corpus.ts";

function read(text: string): string {
  const { value, diagnostics } = parseProgram(new SourceFile("test.cnn", text));
  expect(renderDiagnostics(diagnostics)).toBe("");
  return renderProgram(value).trimEnd();
}

test("the grammar is sound: no ambiguity, no left recursion, every alternative can be reached", () => {
  expect(() => new Parser("validated")).not.toThrow();
});

test.each(examples)("reads $name", async ({ name, text }) => {
  await expect(`${read(text)}\n`).toMatchFileSnapshot(`goldens/${name}.txt`);
});
