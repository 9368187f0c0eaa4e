// `npm run bench`: what start-up, the compiler, export and training cost, each beside a bare Node or a peer, taking turns in one run.
// Nothing here decides a test: machines differ, and this one may be busy. `npm run bench -- --quick` takes fewer rounds.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

for (const script of ["startup.mjs", "front-end.mjs", "training.mjs", "fit.mjs"]) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { status } = spawnSync(process.execPath, [path, ...process.argv.slice(2)], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
