// Measures training, images a second, beside Keras on TensorFlow and PyTorch: the same network, batches, optimizer, numbers
// and threads, all in one run, taking turns so that a busy machine is busy for everyone.
//
//     node bench/training.mjs [--quick] [--batches 32,128,512] [--threads 2] [--json]
//
// The peers' Python is $CNN_PEERS_PYTHON, .peers/bin/python or python3, whichever can import them; a peer that is not there is
// left out, with a line that says so. A contender reads a line {"variant", "batch", "steps"}, trains that many steps, and answers
// {"seconds", "peakMegabytes"}.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { Contender } from "./contender.mjs";

const folder = dirname(fileURLToPath(import.meta.url));

/** Peers and their ways to train; the slow ones are left out of a quick bench. */
const peers = [
  { file: "keras_training.py", module: "tensorflow", variants: ["loop"], more: ["fit", "loop-xla"] },
  { file: "torch_training.py", module: "torch", variants: ["eager"], more: ["compile"] },
];

const say = (text) => process.stderr.write(`${text}\n`);

function findPython(module) {
  const candidates = [process.env.CNN_PEERS_PYTHON, join(folder, "../.peers/bin/python"), "python3"];
  return candidates.find(
    (python) =>
      python !== undefined &&
      (!python.includes("/") || existsSync(python)) &&
      spawnSync(python, [
        "-c",
        `import importlib.util as u; raise SystemExit(u.find_spec("${module}") is None)`,
      ]).status === 0,
  );
}

async function startOwn(threads, engine) {
  const cache = join(folder, "../node_modules/.cache/bench");
  mkdirSync(cache, { recursive: true });
  const outfile = join(cache, `engine-contender-${process.pid}-${engine}.mjs`);
  await build({
    entryPoints: [join(folder, "engine-contender.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile,
    logLevel: "error",
  });
  const contender = await Contender.start(process.execPath, [outfile, threads, engine]);
  rmSync(outfile);
  return contender;
}

async function startPeers(threads, quick) {
  // The other engine of this program; where tfjs-node is not installed it says so when it is asked.
  const started = [{ contender: await startOwn(threads, "tfjs"), variant: "" }];
  for (const { file, module, variants, more } of peers) {
    const python = findPython(module);
    if (python === undefined) {
      say(`${module} is not installed for any Python found: left out`);
      continue;
    }
    const contender = await Contender.start(python, [join(folder, "peers", file), threads]);
    for (const variant of quick ? variants : [...variants, ...more]) started.push({ contender, variant });
  }
  return started;
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Warms a contender up, and finds how many steps fill a turn; undefined where the variant does not work here. */
async function prepare({ contender, variant }, batch, turn) {
  try {
    await contender.measure(variant, batch, 3);
    const rate = await contender.measure(variant, batch, Math.max(4, Math.ceil(1024 / batch)));
    return { contender, variant, steps: Math.max(2, Math.round((rate * turn) / batch)), rates: [] };
  } catch (error) {
    say(`${contender.name} ${variant}: ${error.message}`);
    return undefined;
  }
}

async function measureBatch(own, others, { batch, turn, rounds }) {
  const ours = await prepare({ contender: own, variant: "" }, batch, turn);
  const theirs = [];
  for (const other of others) theirs.push(await prepare(other, batch, turn));
  const working = theirs.filter((each) => each !== undefined);
  const take = async (each) => each.rates.push(await each.contender.measure(each.variant, batch, each.steps));
  for (let round = 0; round < rounds; round++) {
    for (const other of working) {
      await take(ours);
      await take(other);
      (other.ratios ??= []).push(ours.rates.at(-1) / other.rates.at(-1));
    }
    if (working.length === 0) await take(ours);
  }
  const row = (each) => ({
    name: `${each.contender.name} ${each.variant}`.trim(),
    imagesPerSecond: Math.round(median(each.rates)),
    best: Math.round(Math.max(...each.rates)),
    ratio: each.ratios === undefined ? undefined : median(each.ratios),
    peakMegabytes: Math.round(each.contender.peakMegabytes),
  });
  return { batch, rows: [ours, ...working].map(row) };
}

function print({ batch, rows }) {
  console.log(
    `\nbatch ${batch}`.padEnd(52) +
      "images/s".padStart(9) +
      "best".padStart(9) +
      "ours is".padStart(9) +
      "peak MB".padStart(9),
  );
  for (const { name, imagesPerSecond, best, ratio, peakMegabytes } of rows) {
    const times = ratio === undefined ? "" : `${ratio.toFixed(2)}x`;
    const numbers = [imagesPerSecond, best, times, peakMegabytes].map((value) => String(value).padStart(9));
    console.log(`${name.padEnd(50)} ${numbers.join("")}`);
  }
}

/**
 * Runs the bench and prints a table, or JSON.
 *
 * @param options quick: less than a minute in place of a few; batches; threads; json
 */
export async function benchTraining({
  quick = false,
  batches = [32, 128, 512],
  threads = availableParallelism(),
  json = false,
} = {}) {
  const [turn, rounds] = quick ? [0.15, 11] : [0.3, 21];
  const own = await startOwn(String(threads), "ort");
  const others = await startPeers(String(threads), quick);
  const results = [];
  try {
    const processor = cpus()[0]?.model ?? "unknown processor";
    if (!json) console.log(`\ntraining: 93,322 parameters, 28x28x1, Adam; ${processor}, ${threads} threads`);
    for (const batch of batches) {
      results.push(await measureBatch(own, others, { batch, turn, rounds }));
      if (!json) print(results.at(-1));
    }
    if (json) console.log(JSON.stringify(results, undefined, 2));
  } finally {
    for (const contender of new Set([own, ...others.map((other) => other.contender)])) contender.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean" },
      batches: { type: "string" },
      threads: { type: "string" },
      json: { type: "boolean" },
    },
  });
  await benchTraining({
    quick: values.quick,
    json: values.json,
    batches: values.batches?.split(",").map(Number),
    threads: values.threads === undefined ? undefined : Number(values.threads),
  });
}
