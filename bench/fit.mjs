// Wall time of a whole training, from the command to the checkpoint: `cnn train` on the lectures' network beside a Python
// script that does the same with `model.fit`, import included, in turns; with the test accuracy that each reaches.
//
//     node bench/fit.mjs [--quick] [--epochs 5] [--seeds 0,1,2] [--json FILE]
//
// Needs Fashion-MNIST where `cnn train` finds it, and a Python with Keras as training.mjs does.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const folder = dirname(fileURLToPath(import.meta.url));
const root = join(folder, "..");
const command = join(root, "dist/cli/main.js");

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    epochs: { type: "string" },
    seeds: { type: "string" },
    json: { type: "string" },
  },
});
const { quick = false, epochs = quick ? "1" : "5", seeds = quick ? "0" : "0,1,2" } = values;

function run(program, args) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", cwd: root });
  if (status !== 0)
    throw new Error(`${program} ${args.join(" ")} ended with ${status}: ${stderr.slice(-500)}`);
  return { seconds: (performance.now() - started) / 1000, stdout };
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const work = mkdtempSync(join(tmpdir(), "cnn-fit-"));
const python = [process.env.CNN_PEERS_PYTHON, join(root, ".peers/bin/python")].find(
  (candidate) => candidate !== undefined && existsSync(candidate),
);
const results = [];
try {
  for (const seed of seeds.split(",")) {
    const own = join(work, `own-${seed}`);
    const train = ["train", "examples/fashion_mnist.cnn", "--run", own, "--seed", seed, "--epochs", epochs];
    const ours = run(process.execPath, [command, ...train]);
    const evaluated = run(process.execPath, [command, "evaluate", own, "--format", "json"]);
    const { accuracy } = JSON.parse(evaluated.stdout);
    results.push({ seed, who: "cnn train", seconds: ours.seconds, accuracy });
    if (python === undefined) continue;
    const file = join(work, `keras-${seed}.json`);
    const script = [join(folder, "peers/keras_fit.py"), seed, epochs, file];
    const theirs = run(python, script);
    // The test comes after the checkpoint, and its time does not count.
    const { accuracy: reached, afterwards } = JSON.parse(readFileSync(file, "utf8"));
    results.push({ seed, who: "model.fit", seconds: theirs.seconds - afterwards, accuracy: reached });
  }
} catch (error) {
  console.log(`left out: ${error.message}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(`\nwall time of ${epochs} epoch(s) of Fashion-MNIST, from command to checkpoint`);
for (const { seed, who, seconds, accuracy } of results) {
  console.log(
    `  seed ${seed}  ${who.padEnd(10)} ${seconds.toFixed(1).padStart(7)} s   test accuracy ${accuracy}`,
  );
}
const of = (who, key) => mean(results.filter((each) => each.who === who).map((each) => each[key]));
if (results.some(({ who }) => who === "model.fit")) {
  const ratio = of("cnn train", "seconds") / of("model.fit", "seconds");
  const accuracies = ["cnn train", "model.fit"].map((who) => of(who, "accuracy").toFixed(4)).join(" and ");
  console.log(`  ours takes ${ratio.toFixed(2)} of model.fit's time; mean test accuracy ${accuracies}`);
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
