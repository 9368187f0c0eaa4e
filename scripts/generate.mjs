// Everything that is generated from the source, written anew; tests hold that what is committed is fresh.
import { execFileSync } from "node:child_process";

for (const script of ["onnx-schema", "grammar", "docs"]) {
  execFileSync(process.execPath, [`scripts/${script}.mjs`], { stdio: "inherit" });
}
