import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import prettier from "prettier";
import { beforeAll, expect, test } from "vitest";
import { documentationFiles } from "../../scripts/docs/pages.ts";
import { compile } from "../../src/compile.ts";
import { layerDefinitions } from "../../src/layers/index.ts";
import { SourceFile } from "../../src/source/source-file.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

let files: ReadonlyMap<string, string>;
beforeAll(async () => {
  files = await documentationFiles(fileURLToPath(new URL("../../stdlib", import.meta.url)));
});

test("the generated pages are fresh: else run node scripts/docs.mjs", async () => {
  const stale: string[] = [];
  for (const [name, text] of files) {
    const path = join(root, name);
    const config = await prettier.resolveConfig(path);
    const isPage = name.startsWith("docs/errors/") || name.endsWith(".svg");
    const expected = isPage ? text : await prettier.format(text, { ...config, filepath: path });
    if (readFileSync(path, "utf8") !== expected) stale.push(name);
  }
  expect(stale).toEqual([]);
});

test("no page is left of a code or model that is gone", () => {
  const left = ["docs/errors", "docs/models"].flatMap((folder) =>
    readdirSync(join(root, folder)).filter((name) => !files.has(`${folder}/${name}`)),
  );
  expect(left).toEqual([]);
});

test.each(Object.entries(layerDefinitions))("the example of %s compiles", (_, { example }) => {
  const { diagnostics } = compile(new SourceFile("example.cnn", example));
  expect(diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual(
    [],
  );
});
