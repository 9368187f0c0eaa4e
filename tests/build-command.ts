import { execFileSync } from "node:child_process";

/** Builds the command that the tests in tests/cli call, so that they never see an old one. */
export default function buildCommand(): void {
  execFileSync(process.execPath, ["scripts/build.mjs", "--bundles-only"], { stdio: "inherit" });
}
