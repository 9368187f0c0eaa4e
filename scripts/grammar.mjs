// Writes grammar/: the language for people (cnn.ebnf) and editors (cnn.tmLanguage.json), from the parser itself.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import prettier from "prettier";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The generator is TypeScript, as the parser that it asks: both are bundled into one module in memory. */
async function importGenerator() {
  const { outputFiles } = await build({
    entryPoints: [join(root, "scripts", "grammar", "files.ts")],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

const { grammarFiles } = await importGenerator();
for (const [name, text] of grammarFiles()) {
  const path = join(root, name);
  const formatted = name.endsWith(".json")
    ? await prettier.format(text, { ...(await prettier.resolveConfig(path)), filepath: path })
    : text;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, formatted);
}
