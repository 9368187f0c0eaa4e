// Writes docs/broken-models.md from the cases in tests/broken-models.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import prettier from "prettier";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const home = join(root, "tests", "broken-models");

/** The page's maker is TypeScript, as the compiler that it asks: both are bundled into one module and imported. */
async function makePage() {
  const cache = join(root, "node_modules", ".cache");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "broken-models-"));
  try {
    const outfile = join(folder, "page.mjs");
    await build({
      stdin: {
        contents: `export * from "./page.ts"; export * from "./cases.ts";`,
        resolveDir: home,
        loader: "ts",
      },
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
    });
    const { brokenModelsPage, readBrokenModels } = await import(pathToFileURL(outfile).href);
    return brokenModelsPage(readBrokenModels(join(home, "cases")));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const path = join(root, "docs", "broken-models.md");
const options = { ...(await prettier.resolveConfig(path)), filepath: path };
await writeFile(path, await prettier.format(await makePage(), options));
