// Measures training, images a second, beside Keras on TensorFlow, PyTorch and tfjs-node: the same networks, batches, optimizer
// (Adam) and threads, all in one run, taking turns so that a busy machine is busy for everyone. What is compared is the median
// of the ratios of neighbouring turns.
//
//     node bench/training.mjs [--quick] [--device cpu|webgpu] [--networks fashion,resnet20] [--batches 32,128] [--threads 2]
//         [--json FILE]
//
// On a GPU the peer is PyTorch on CUDA, in 32-bit floats without TF32 and, as the variant "compile", compiled.
//
// The peers' Python is $CNN_PEERS_PYTHON, .peers/bin/python or python3, whichever can import them; tfjs-node is looked for in
// $CNN_PEERS_TFJS and here. A peer that is not there is left out, with a line that says so, and so is one whose model has
// another number of parameters. A contender reads a line {"variant", "batch", "steps"}, trains that many steps, and answers
// {"seconds", "processorSeconds", "peakMegabytes"}.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { Contender } from "./contender.mjs";
import { networks } from "./networks.mjs";

const folder = dirname(fileURLToPath(import.meta.url));
const root = join(folder, "..");

/** Peers and their ways to train; the slow ones are left out of a quick bench. */
const peers = [
  {
    module: "tensorflow",
    find: findPython,
    file: "keras_training.py",
    variants: ["loop"],
    more: ["fit", "loop-xla"],
  },
  {
    module: "torch",
    find: findPython,
    file: "torch_training.py",
    variants: ["eager"],
    more: ["compile"],
    onGpu: true,
  },
  { module: "@tensorflow/tfjs-node", find: findTfjs, file: "tfjs_training.mjs", variants: [], more: [""] },
];

const say = (text) => process.stderr.write(`${text}\n`);

/** The command that runs a peer's file with the peer at hand; undefined where there is none. */
function findPython(module) {
  const candidates = [process.env.CNN_PEERS_PYTHON, join(root, ".peers/bin/python"), "python3"];
  const python = candidates.find(
    (candidate) =>
      candidate !== undefined &&
      (!candidate.includes("/") || existsSync(candidate)) &&
      spawnSync(candidate, [
        "-c",
        `import importlib.util as u; raise SystemExit(u.find_spec("${module}") is None)`,
      ]).status === 0,
  );
  return python === undefined ? undefined : { command: python, more: [] };
}

function findTfjs(module) {
  const { CNN_PEERS_TFJS: named, CNN_TFJS_NODE: ours } = process.env;
  const places = [named, ours, root].filter((place) => place !== undefined);
  const place = places.find((candidate) => existsSync(join(candidate, "node_modules", module)));
  return place === undefined ? undefined : { command: process.execPath, more: [place] };
}

/** This project's contender as one file that node runs. */
async function buildOwn() {
  const cache = join(root, "node_modules/.cache/bench");
  mkdirSync(cache, { recursive: true });
  const outfile = join(cache, `engine-contender-${process.pid}.mjs`);
  await build({
    entryPoints: [join(folder, "engine-contender.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile,
    logLevel: "error",
  });
  return outfile;
}

/** Of large examples fewer, so that they fit in memory beside a training. */
const mostNumbers = 2 ** 23;

function optionsFor(name, device, threads) {
  const { parameterCount: _, batches, ...network } = networks[name];
  const fitting = Math.floor(mostNumbers / network.shape.reduce((product, size) => product * size, 1));
  const examples = Math.min(8192, Math.max(2 * Math.max(...batches), fitting));
  return JSON.stringify({ network: name, perPixel: false, ...network, device, threads, examples });
}

async function startPeers(name, options, { quick, variants: only, device }, outfile) {
  const started = [];
  const onGpu = device !== "cpu";
  // The other engine of this program; where tfjs-node is not installed it says so when it is asked.
  if (!quick && !onGpu && (only === undefined || only.includes("tfjs"))) {
    started.push({
      contender: await Contender.start(process.execPath, [outfile, options, "tfjs"]),
      variant: "",
    });
  }
  for (const { module, find, file, variants, more } of peers.filter((peer) => !onGpu || peer.onGpu)) {
    const chosen = (quick ? variants : [...variants, ...more]).filter(
      (variant) => only === undefined || only.includes(variant),
    );
    if (chosen.length === 0) continue;
    const found = find(module);
    if (found === undefined) {
      say(`${module} is not installed where the bench looks for it: left out`);
      continue;
    }
    try {
      const contender = await Contender.start(found.command, [
        join(folder, "peers", file),
        options,
        ...found.more,
      ]);
      if (contender.parameters !== networks[name].parameterCount) {
        contender.stop();
        throw new Error(
          `its ${name} has ${contender.parameters} parameters, not ${networks[name].parameterCount}`,
        );
      }
      for (const variant of chosen) started.push({ contender, variant });
    } catch (error) {
      say(`${module}: ${error.message}: left out`);
    }
  }
  return started;
}

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const medianRatio = (ratios) => (ratios === undefined ? undefined : Number(median(ratios).toFixed(3)));

/** So long each contender warms up, in seconds of its steps: compilers of all of them work beside the first ones. */
const warmUp = 1;

/** The first step of a turn finds the caches full of another contender: a turn has so many at least. */
const leastSteps = 8;

/** Warms a contender up, and finds how many steps fill a turn; undefined where the variant does not work here. */
async function prepare({ contender, variant }, batch, turn) {
  try {
    await contender.measure(variant, batch, 3);
    let steps = Math.max(3, Math.ceil(512 / batch));
    for (let spent = 0; spent < warmUp;) {
      const { rate } = await contender.measure(variant, batch, steps);
      spent += (steps * batch) / rate;
      steps = Math.max(leastSteps, Math.round((rate * turn) / batch));
    }
    return { contender, variant, steps, rates: [], processorRates: [] };
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
  const take = async (each) => {
    const { rate, processorRate } = await each.contender.measure(each.variant, batch, each.steps);
    each.rates.push(rate);
    each.processorRates.push(processorRate);
  };
  for (let round = 0; round < rounds; round++) {
    for (const other of working) {
      await take(ours);
      await take(other);
      (other.ratios ??= []).push(ours.rates.at(-1) / other.rates.at(-1));
      (other.processorRatios ??= []).push(ours.processorRates.at(-1) / other.processorRates.at(-1));
    }
    if (working.length === 0) await take(ours);
  }
  const row = (each) => ({
    name: `${each.contender.name} ${each.variant}`.trim(),
    imagesPerSecond: Math.round(median(each.rates)),
    best: Math.round(Math.max(...each.rates)),
    perProcessorSecond: Math.round(median(each.processorRates)),
    ratio: medianRatio(each.ratios),
    processorRatio: medianRatio(each.processorRatios),
    peakMegabytes: Math.round(each.contender.peakMegabytes),
  });
  return { batch, rows: [ours, ...working].map(row) };
}

function print({ batch, rows }) {
  const columns = ["images/s", "ours is", "a proc. s", "ours is", "peak MB"];
  const line = (name, cells) => `  ${name.padEnd(44)} ${cells.map((cell) => cell.padStart(10)).join("")}`;
  const times = (ratio) => (ratio === undefined ? "" : `${ratio.toFixed(2)}x`);
  console.log(line(`batch ${batch}`, columns));
  for (const row of rows) {
    const { imagesPerSecond, ratio, perProcessorSecond, processorRatio, peakMegabytes } = row;
    const numbers = [imagesPerSecond, times(ratio), perProcessorSecond, times(processorRatio), peakMegabytes];
    console.log(line(row.name, numbers.map(String)));
  }
}

/**
 * Runs the bench and prints tables.
 *
 * @param options quick: the peers' fast forms and few rounds; names of networks; batches in place of each network's own;
 *   variants of the peers, device, threads, rounds
 */
export async function benchTraining({
  quick = false,
  names = Object.keys(networks),
  batches,
  variants,
  device = "cpu",
  threads = availableParallelism(),
  rounds = quick ? 7 : 15,
} = {}) {
  const turn = quick ? 0.2 : 0.3;
  const results = [];
  const outfile = await buildOwn();
  try {
    const place = device === "cpu" ? `${threads} threads` : device;
    console.log(`\ntraining with Adam; ${cpus()[0]?.model ?? "unknown processor"}, ${place}`);
    for (const name of names) {
      const options = optionsFor(name, device, threads);
      const own = await Contender.start(process.execPath, [outfile, options]);
      if (own.parameters !== networks[name].parameterCount)
        throw new Error(`${name} has ${own.parameters} parameters, not ${networks[name].parameterCount}`);
      const others = await startPeers(name, options, { quick, variants, device }, outfile);
      try {
        console.log(`\n${name}: ${own.parameters} parameters, ${networks[name].shape.join("x")}`);
        for (const batch of batches ?? networks[name].batches) {
          const result = await measureBatch(own, others, { batch, turn, rounds });
          results.push({ network: name, ...result });
          print(result);
        }
      } finally {
        for (const contender of new Set([own, ...others.map((other) => other.contender)])) contender.stop();
      }
    }
  } finally {
    rmSync(outfile);
  }
  return results;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean" },
      networks: { type: "string" },
      batches: { type: "string" },
      variants: { type: "string" },
      device: { type: "string" },
      threads: { type: "string" },
      rounds: { type: "string" },
      json: { type: "string" },
    },
  });
  const results = await benchTraining({
    quick: values.quick,
    names: values.networks?.split(","),
    batches: values.batches?.split(",").map(Number),
    variants: values.variants?.split(","),
    device: values.device,
    threads: values.threads === undefined ? undefined : Number(values.threads),
    rounds: values.rounds === undefined ? undefined : Number(values.rounds),
  });
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
}
