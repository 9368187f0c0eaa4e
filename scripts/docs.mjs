// Writes the generated pages of docs/; with --check only says which of them are out of date.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import prettier from "prettier";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The generator is TypeScript, as the compiler that it asks: both are bundled into one module and imported. */
async function importGenerator() {
  const cache = join(root, "node_modules", ".cache");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "docs-"));
  try {
    const outfile = join(folder, "pages.mjs");
    const entry = join(root, "scripts", "docs", "pages.ts");
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Files that the formatter is told to leave alone stay as they are generated. */
async function format(path, text) {
  if (path.endsWith(".svg")) return text;
  const { ignored } = await prettier.getFileInfo(path, { ignorePath: join(root, ".prettierignore") });
  if (ignored) return text;
  return prettier.format(text, { ...(await prettier.resolveConfig(path)), filepath: path });
}

const check = process.argv.includes("--check");
const { documentationFiles } = await importGenerator();
const files = await documentationFiles(join(root, "stdlib"));
for (const [name, text] of files) {
  const path = join(root, name);
  const formatted = await format(path, text);
  if (check) {
    if ((await readFile(path, "utf8").catch(() => "")) !== formatted) outOfDate(name);
  } else {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, formatted);
  }
}
for (const folder of ["docs/errors", "docs/models"]) {
  for (const name of await readdir(join(root, folder)).catch(() => [])) {
    if (files.has(`${folder}/${name}`)) continue;
    if (check) outOfDate(`${folder}/${name}`);
    else await rm(join(root, folder, name));
  }
}

function outOfDate(name) {
  console.error(`${name} is out of date: run node scripts/docs.mjs`);
  process.exitCode = 1;
}
