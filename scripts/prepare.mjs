// What npm runs after installing here, and when the package is installed from its repository. In the second case npm hands a
// `--global` of the outer call down (pre-commit installs hooks so), and the tools of development then land elsewhere: they are
// installed here first.
import { execFileSync, execSync } from "node:child_process";
import { createRequire } from "node:module";

const { resolve } = createRequire(import.meta.url);
try {
  resolve("esbuild");
} catch {
  const { npm_config_global: _, ...environment } = process.env;
  execSync("npm install --no-global --include=dev --ignore-scripts --no-audit --no-save", {
    stdio: "inherit",
    env: environment,
  });
}
execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
