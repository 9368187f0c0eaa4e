// Builds dist/: the command and the library as bundles (one file loads faster than many), and the type declarations.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const { version, optionalDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
// ONNX Runtime is native and loaded only when a model runs; the JPEG decoder brings a file of its own. Everything else goes into
// the bundles.
const external = [...Object.keys(optionalDependencies), "@jsquash/jpeg"];

/** Loading Node's own `child_process` takes 2 ms; commander does so at each start, for subcommands in programs of their own. */
const startsNoPrograms = {
  name: "starts-no-programs",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes("commander") ? { path: "child-process", namespace: "left-out" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: "module.exports = {};" }));
  },
};

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: {
    "command/main": "src/cli/main.ts",
    "api/index": "src/index.ts",
    "train/worker": "src/train/worker.ts",
    "data/worker": "src/data/worker.ts",
  },
  outdir: "dist",
  // Every bundle lies one folder deep, so that paths relative to a module's own place hold for all of them.
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // Half as much text to read at each start.
  minify: true,
  external,
  plugins: [startsNoPrograms],
  define: { __CNN_VERSION__: JSON.stringify(version) },
  // Bundled CommonJS packages call require for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  logLevel: "warning",
});
// What a page loads beside TensorFlow.js for the layers that are ours.
await build({
  entryPoints: { "browser/cnn-layers": "src/tfjs/browser.ts" },
  outdir: "dist",
  bundle: true,
  format: "iife",
  target: "es2022",
  minify: true,
  logLevel: "warning",
});
// The command's start, and the commands that only read a program as one script: a module takes Node longer to open than a
// model to check.
const script = {
  outdir: "dist/cli",
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node20",
  minify: true,
  logLevel: "warning",
};
/** What the script leaves to the modules. */
const readingAlone = {
  name: "reading-alone",
  setup({ onResolve }) {
    onResolve({ filter: /commands[/]|setting-options/ }, ({ path }) =>
      /commands[/](check|fmt|summary|explain)/.test(path) ? undefined : { path, external: true },
    );
  },
};
await build({
  ...script,
  entryPoints: { main: "src/cli/start.ts" },
  banner: { js: "#!/usr/bin/env node" },
  external: ["../command/main.js"],
});
await build({
  ...script,
  entryPoints: { front: "src/cli/main.ts" },
  define: { __CNN_VERSION__: JSON.stringify(version), "import.meta.url": "__address" },
  banner: { js: 'const __address = require("node:url").pathToFileURL(__filename).href;' },
  plugins: [startsNoPrograms, readingAlone],
});
writeFileSync("dist/cli/package.json", '{ "type": "commonjs" }\n');
chmodSync("dist/cli/main.js", 0o755);
compileFront();

// The tests need no declarations.
if (process.argv.includes("--bundles-only")) process.exit();

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { stdio: "inherit" });

/** Leaves V8's code of what a check runs beside the script, so that no start compiles it again. */
function compileFront() {
  const folder = mkdtempSync(join(tmpdir(), "cnn-build-"));
  const example = join(folder, "example.cnn");
  const lines = Array.from({ length: 12 }, () => "conv 8 3x3 same bias=no\nbn\nrelu");
  writeFileSync(example, ["input 32x32x3", ...lines, "global_pool avg", "dense 10 softmax", ""].join("\n"));
  // Without it a start is slower and does the same.
  try {
    execFileSync(process.execPath, ["dist/cli/main.js", "check", example], {
      stdio: "ignore",
      env: { ...process.env, CNN_COMPILED_CODE: "dist/cli/front.js.code" },
    });
  } catch {
    console.warn("no compiled code beside dist/cli/front.js: each start compiles it");
  }
  rmSync(folder, { recursive: true });
}
