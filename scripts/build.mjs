// Builds dist/: the command and the library as bundles (one file loads faster than many), and the type declarations.
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
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
    "cli/main": "src/cli/main.ts",
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
chmodSync("dist/cli/main.js", 0o755);

// The tests need no declarations.
if (process.argv.includes("--bundles-only")) process.exit();

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { stdio: "inherit" });
