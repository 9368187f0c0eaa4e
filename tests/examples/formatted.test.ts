import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SourceFile } from "../../src/source/source-file.ts";
import { formatProgram } from "../../src/syntax/format.ts";
import { parseProgram } from "../../src/syntax/parser.ts";

const folders = ["examples", "stdlib"].map((name) => new URL(`../../${name}/`, import.meta.url));
const files = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".cnn"))
    .map((name) => [name, new URL(name, folder)] as const),
);

test.each(files)("%s stands as `cnn fmt` writes it", (name, path) => {
  const file = new SourceFile(name, readFileSync(path, "utf8"));
  const { value, diagnostics } = parseProgram(file);
  expect(diagnostics).toEqual([]);
  expect(formatProgram(value, file)).toBe(file.text);
});
