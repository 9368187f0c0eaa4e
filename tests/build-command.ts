import { spawnSync } from "node:child_process";

/**
 * Builds the command that the tests in tests/cli call, so that they never see an old one. Where it cannot be built, those
 * tests fail, and the others still run.
 */
export default function buildCommand(): void {
  spawnSync(process.execPath, ["scripts/build.mjs", "--bundles-only"], { stdio: "inherit" });
}
