// The long checks beside the ordinary suite: what is compared there with recorded values of the peers is compared here with
// many more, made anew each time. All parts take hours; `npm run verify -- NAME …` runs those named, `--list` names them. A part that
// fails does not stop the others. Needs a Python with Keras for some: CNN_PEERS_PYTHON, or .peers/bin/python.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const python = process.env["CNN_PEERS_PYTHON"] ?? ".peers/bin/python";

/** A part's command has failed. */
class Failed extends Error {}
/** What a part needs is not here. */
class Lacking extends Error {}

function run(command, args, environment = {}) {
  console.log([...Object.entries(environment).map((pair) => pair.join("=")), command, ...args].join(" "));
  const { status } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...environment } });
  if (status !== 0) throw new Failed();
}

/** Each test is told when it ends, so that what failed is known where a part is cut off. */
const test = (tests, environment) =>
  run("npx", ["vitest", "run", "--reporter=verbose", ...tests], environment);

function checkPython() {
  if (!existsSync(python)) throw new Lacking(`no ${python}: name a Python with Keras by CNN_PEERS_PYTHON`);
}

function hasTorchvision() {
  const program = "import sys; sys.path.insert(0, 'tests/stdlib/cases'); import torchvision_models";
  return spawnSync(python, ["-c", program], { stdio: "ignore" }).status === 0;
}

/** Calls with a folder that is gone afterwards. */
function withFolder(call) {
  const folder = mkdtempSync(join(tmpdir(), "cnn-verify-"));
  try {
    call(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

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

/** Each is a process or some, so that a part's memory goes with it. */
const parts = {
  reliability: {
    about:
      "random networks beside the float64 reference; failing writes at every call, 200 kills, transfer with all pictures",
    check: () =>
      test(
        [
          "tests/engine/reliability.test.ts",
          "tests/autodiff/layers.test.ts",
          "tests/train/survival.test.ts",
          "tests/cli/kill.test.ts",
          "tests/train/transfer.test.ts",
        ],
        { CNN_VERIFY: "1" },
      ),
  },
  mutants: {
    about:
      "a million mutants of programs, an eighth of them formatted and another mended; 100,000 sound texts formatted",
    // `CNN_MUTANTS` (of each example) and `CNN_FORMATS` in the environment ask for a portion.
    check() {
      const exampleCount = readdirSync("examples").filter((name) => name.endsWith(".cnn")).length;
      const mutants = process.env["CNN_MUTANTS"] ?? String(Math.ceil(1_000_000 / exampleCount));
      const formats = process.env["CNN_FORMATS"] ?? "100000";
      test(["tests/fuzz", "tests/syntax/fuzz.test.ts"], { CNN_MUTANTS: mutants, CNN_FORMATS: formats });
    },
  },
  parity: {
    about:
      "both engines side by side on 50 programs a layer kind and 10,000 random models; 2,000 steps without a tensor too many",
    check: () =>
      test(["tests/parity", "tests/tfjs", "--exclude", "tests/parity/{library,kinks}.test.ts"], {
        CNN_PARITY_LAYERS: "50",
        CNN_PARITY_MODELS: process.env["CNN_PARITY_MODELS"] ?? "10000",
        CNN_SOAK_STEPS: "2000",
        CNN_GRAPH_LAYERS: "50",
        CNN_GRAPH_MODELS: "300",
      }),
  },
  imports: {
    about: "models read back from their exports",
    check: () => test(["tests/interop"], { CNN_IMPORT_LAYERS: "50", CNN_IMPORT_MODELS: "1000" }),
  },
  pages: {
    about: "every export, layer kind and training on every backend of a page",
    check: () => test(["tests/browser"], { CNN_VERIFY: "1", CNN_PAGE_LAYERS: "2" }),
  },
  layers: {
    about: "60 random layers a kind beside Keras",
    check() {
      checkPython();
      withFolder((folder) => {
        const randomLayers = join(folder, "random-layers.json");
        const seed = String(Date.now() % 1_000_000);
        run(python, ["tests/tensor/cases/random-layers.py", randomLayers, "60", seed]);
        test(["tests/tensor/lower.test.ts"], { CNN_RANDOM_LAYERS: randomLayers });
      });
    },
  },
  numbers: {
    about: "the numbers of every model of the library; mutants of files by the thousand",
    check: () =>
      test(
        [
          "--testTimeout=600000",
          "tests/stdlib/classics.test.ts",
          "tests/stdlib/residual.test.ts",
          "tests/stdlib/model-numbers.test.ts",
          "tests/stdlib/weights.test.ts",
          "tests/weights/hostile-files.test.ts",
          "tests/data/mutants.test.ts",
        ],
        { CNN_VERIFY: "1" },
      ),
  },
  library: {
    about:
      "every model below ten million parameters trained on both engines; what kinks do to a gradient (needs tfjs-node)",
    check: () =>
      test(["tests/parity/library.test.ts", "tests/parity/kinks.test.ts"], { CNN_PARITY_LIBRARY: "1" }),
  },
  exports: {
    about: "every model of the library exported, run and trained, in twelve processes, with the time of each",
    check() {
      const portions = 12;
      const tests = ["exports", "export-nodes", "learning"].map((name) => `tests/stdlib/${name}.test.ts`);
      for (let portion = 1; portion <= portions; portion++) {
        test(["--no-file-parallelism", "--testTimeout=3600000", ...tests], {
          CNN_VERIFY: "1",
          CNN_PORTION: `${portion}/${portions}`,
        });
      }
    },
  },
  published: {
    about: "weights files of torchvision and Keras, written by those",
    check() {
      checkPython();
      if (!hasTorchvision()) throw new Lacking("no torchvision here");
      for (const models of publishedModels) {
        withFolder((folder) => {
          run(python, ["tests/stdlib/cases/published_weights.py", folder, models]);
          test(["--testTimeout=600000", "tests/stdlib/weights.test.ts", "-t", "real file"], {
            CNN_PUBLISHED_WEIGHTS: folder,
          });
        });
      }
    },
  },
};

/** @returns "passed", "failed", or what is lacking */
function outcomeOf({ check }) {
  try {
    check();
    return "passed";
  } catch (error) {
    if (error instanceof Failed) return "failed";
    if (error instanceof Lacking) return `not run: ${error.message}`;
    throw error;
  }
}

const asked = process.argv.slice(2);
if (asked.includes("--list")) {
  for (const [name, { about }] of Object.entries(parts)) console.log(`${name.padEnd(12)}${about}`);
  process.exit(0);
}
const unknown = asked.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(`no part is called ${unknown.join(", ")}: ${Object.keys(parts).join(", ")}`);
  process.exit(2);
}
const chosen = asked.length > 0 ? asked : Object.keys(parts);
const results = chosen.map((name, index) => {
  console.log(`\nverify ${index + 1} of ${chosen.length}, ${name}: ${parts[name].about}`);
  const started = Date.now();
  const outcome = outcomeOf(parts[name]);
  const result = `${name.padEnd(12)}${outcome} (${Math.round((Date.now() - started) / 1000)} s)`;
  console.log(`\nverify ${index + 1} of ${chosen.length}, ${result}`);
  return { outcome, result };
});
console.log(["", ...results.map(({ result }) => result)].join("\n"));
process.exit(results.every(({ outcome }) => outcome === "passed") ? 0 : 1);
