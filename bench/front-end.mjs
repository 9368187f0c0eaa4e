// The compiler, warm: source to full analysis (shapes, weights, costs, lints) of a thousand layers written out, and of the deepest
// models of the library beside Keras, which builds the same model and counts its weights for a summary. Medians.
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
/** A thousand layers, the last two aside, of these statements in turn. */
const statements = {
  "conv, bn, relu": ["conv 16 3x3 same bias=no", "bn", "relu"],
  conv: ["conv 16 3x3 same relu"],
  "conv by names": ["conv 16 kernel=3x3 padding=same activation=relu stride=1"],
  separable: ["separable 16 3x3 same relu"],
};
const isQuick = process.argv.includes("--quick");

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

function compileTimes(path, text, modelName) {
  const times = [];
  for (let turn = 0; turn < (isQuick ? 30 : 100); turn++) {
    const started = performance.now();
    const { diagnostics } = compile(new SourceFile(path, text), { modelName });
    times.push(performance.now() - started);
    if (diagnostics.some(({ severity }) => severity === "error")) throw new Error(`${path} has mistakes`);
  }
  // The first turns compile the compiler itself.
  return times.slice(times.length >> 1);
}

function thousandLayers(turns) {
  const lines = Array.from({ length: 998 }, (_, index) => turns[index % turns.length]);
  return ["input 64x64x16", ...lines, "global_pool avg", "dense 10 softmax", ""].join("\n");
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
for (const [name, turns] of Object.entries(statements)) {
  const own = median(compileTimes(`${name}.cnn`, thousandLayers(turns), undefined));
  console.log(`  ${`1,000: ${name}`.padEnd(22)} ${own.toFixed(1).padStart(6)}`);
}
for (const [name, [file, keras]] of Object.entries(models)) {
  const path = join(folder, "../stdlib", file);
  const own = median(compileTimes(path, readFileSync(path, "utf8"), name));
  const peer = kerasTime(keras);
  const beside =
    peer === undefined ? "no Keras here" : `Keras ${peer.toFixed(0)} (${(peer / own).toFixed(0)}x)`;
  console.log(`  ${name.padEnd(22)} ${own.toFixed(1).padStart(6)}   ${beside}`);
}
