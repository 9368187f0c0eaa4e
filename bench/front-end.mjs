// The compiler, warm: source to full analysis (shapes, weights, costs, lints) of the deepest models of the library, beside Keras,
// which builds the same model and counts its weights for a summary. Medians.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, SourceFile } from "../dist/api/index.js";

const folder = fileURLToPath(new URL(".", import.meta.url));
const models = {
  resnet152: ["resnet.cnn", "ResNet152"],
  efficientnet_b7: ["efficientnet.cnn", "EfficientNetB7"],
};
const isQuick = process.argv.includes("--quick");

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

function compileTimes(name, file) {
  const path = join(folder, "../stdlib", file);
  const text = readFileSync(path, "utf8");
  const times = [];
  for (let turn = 0; turn < (isQuick ? 15 : 40); turn++) {
    const started = performance.now();
    const { diagnostics } = compile(new SourceFile(path, text), { modelName: name });
    times.push(performance.now() - started);
    if (diagnostics.some(({ severity }) => severity === "error")) throw new Error(`${name} has mistakes`);
  }
  // The first turns compile the compiler itself.
  return times.slice(times.length >> 1);
}

/** Milliseconds a turn; undefined where no Keras is at hand. */
function kerasTime(name) {
  const candidates = [process.env.CNN_PEERS_PYTHON, join(folder, "../.peers/bin/python"), "python3"];
  for (const python of candidates) {
    if (python === undefined || (python.includes("/") && !existsSync(python))) continue;
    const { status, stdout } = spawnSync(python, [join(folder, "peers/keras_summary.py"), name], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    if (status === 0) return Number(stdout.trim().split("\n").at(-1));
  }
  return undefined;
}

console.log("\nsource to full analysis, warm (median, milliseconds)");
for (const [name, [file, keras]] of Object.entries(models)) {
  const own = median(compileTimes(name, file));
  const peer = kerasTime(keras);
  const beside =
    peer === undefined ? "no Keras here" : `Keras ${peer.toFixed(0)} (${(peer / own).toFixed(0)}x)`;
  console.log(`  ${name.padEnd(18)} ${own.toFixed(1).padStart(6)}   ${beside}`);
}
