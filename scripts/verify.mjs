// The long checks beside the ordinary suite: what is compared there with recorded values of the peers is compared here with
// many more, made anew each time. Needs a Python with Keras: CNN_PEERS_PYTHON, or .peers/bin/python.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const python = process.env["CNN_PEERS_PYTHON"] ?? ".peers/bin/python";
const folder = mkdtempSync(join(tmpdir(), "cnn-verify-"));
const seed = String(Date.now() % 1_000_000);

function run(command, args, environment = {}) {
  console.log([...Object.entries(environment).map((pair) => pair.join("=")), command, ...args].join(" "));
  const { status } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...environment } });
  if (status !== 0) process.exit(1);
}

run(
  "npx",
  [
    "vitest",
    "run",
    "--reporter=dot",
    "tests/engine/reliability.test.ts",
    "tests/autodiff/layers.test.ts",
    // Failing writes at every call, 200 kills, transfer with all pictures.
    "tests/train/survival.test.ts",
    "tests/cli/kill.test.ts",
    "tests/train/transfer.test.ts",
  ],
  {
    CNN_VERIFY: "1",
  },
);
const exampleCount = readdirSync("examples").filter((name) => name.endsWith(".cnn")).length;
// A million mutants of programs, of which an eighth are formatted and those of another eighth mended; 100,000 sound texts
// formatted. `CNN_MUTANTS` (of each example) and `CNN_FORMATS` in the environment ask for a portion.
const mutants = process.env["CNN_MUTANTS"] ?? String(Math.ceil(1_000_000 / exampleCount));
const formats = process.env["CNN_FORMATS"] ?? "100000";
run("npx", ["vitest", "run", "--reporter=dot", "tests/fuzz", "tests/syntax/fuzz.test.ts"], {
  CNN_MUTANTS: mutants,
  CNN_FORMATS: formats,
});
// Both engines side by side, on tfjs-node too where it is installed; 2,000 steps without a tensor too many.
run("npx", ["vitest", "run", "--reporter=dot", "tests/parity", "tests/tfjs"], {
  CNN_PARITY_LAYERS: "50",
  CNN_PARITY_MODELS: "10000",
  CNN_PARITY_LIBRARY: "1",
  CNN_SOAK_STEPS: "2000",
  CNN_GRAPH_LAYERS: "50",
  CNN_GRAPH_MODELS: "300",
});
// Models read back from their exports; every export and training on every backend of a page.
run("npx", ["vitest", "run", "--reporter=dot", "tests/interop", "tests/browser"], {
  CNN_IMPORT_LAYERS: "50",
  CNN_IMPORT_MODELS: "1000",
  CNN_VERIFY: "1",
});

if (!existsSync(python)) {
  console.log(`no ${python}: name a Python with Keras by CNN_PEERS_PYTHON`);
  process.exit(1);
}
const randomLayers = join(folder, "random-layers.json");
run(python, ["tests/tensor/cases/random-layers.py", randomLayers, "60", seed]);
run("npx", ["vitest", "run", "--reporter=dot", "tests/tensor/lower.test.ts"], {
  CNN_RANDOM_LAYERS: randomLayers,
});

// Every model of the library: its numbers; its export, run and training in portions, each in a process of its own, with the
// time of each model; mutants of files by the thousand.
const portions = 12;
for (let portion = 1; portion <= portions; portion++) {
  run(
    "npx",
    [
      "vitest",
      "run",
      "--reporter=verbose",
      "--no-file-parallelism",
      "--testTimeout=3600000",
      "tests/stdlib/exports.test.ts",
      "tests/stdlib/export-nodes.test.ts",
      "tests/stdlib/learning.test.ts",
    ],
    { CNN_VERIFY: "1", CNN_PORTION: `${portion}/${portions}` },
  );
}
run(
  "npx",
  [
    "vitest",
    "run",
    "--reporter=dot",
    "--testTimeout=600000",
    "tests/stdlib/classics.test.ts",
    "tests/stdlib/residual.test.ts",
    "tests/stdlib/model-numbers.test.ts",
    "tests/stdlib/weights.test.ts",
    "tests/weights/hostile-files.test.ts",
    "tests/data/mutants.test.ts",
  ],
  { CNN_VERIFY: "1" },
);
const torchvision = spawnSync(
  python,
  ["-c", "import sys; sys.path.insert(0, 'tests/stdlib/cases'); import torchvision_models"],
  {
    stdio: "ignore",
  },
);
// Files of the real libraries, a few models at a time, since all together take more than ten gigabytes.
const publishedModels = [
  "torchvision (alexnet|vgg)",
  "torchvision (wide_)?resne",
  "torchvision (googlenet|inception|densenet)",
  "torchvision (squeezenet|shufflenet|mnasnet|mobilenet|regnet)",
  "torchvision (efficientnet|convnext|vit)",
  "keras vgg",
  "keras resnet",
  "keras (inception|xception|densenet)",
  "keras (mobilenet|efficientnet|convnext)",
];
if (torchvision.status === 0) {
  for (const models of publishedModels) {
    const published = mkdtempSync(join(tmpdir(), "cnn-weights-"));
    run(python, ["tests/stdlib/cases/published_weights.py", published, models]);
    const tests = ["tests/stdlib/weights.test.ts", "-t", "real file"];
    run("npx", ["vitest", "run", "--reporter=verbose", "--testTimeout=600000", ...tests], {
      CNN_PUBLISHED_WEIGHTS: published,
    });
    rmSync(published, { recursive: true });
  }
} else console.log("no torchvision here: files of the real libraries are not read");
