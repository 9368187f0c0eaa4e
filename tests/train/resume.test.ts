// What a run remembers between its steps: stopped anywhere and resumed, it ends with the bits of one that never was.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { beforeAll, expect, test, vi } from "vitest";
import { drawDigits } from "../../src/data/digits.ts";
import type { MemoryStore } from "../../src/data/store.ts";
import type { TrainingObserver } from "../../src/train/job.ts";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import { loadRun } from "../../src/train/load-run.ts";
import { hashWeights } from "../../src/train/receipt.ts";
import { repeatRun } from "../../src/train/repeat.ts";
import { readReceipt } from "../../src/train/receipt.ts";
import { runTraining } from "../../src/train/run.ts";
import { digitsFolder, modelFile, runCommand, temporaryFolder } from "../cli/run-command.ts";
import { stateOf } from "./run-state.ts";

const text = `model small
input 28x28x1
augment { shift 0.1; mixup 0.2 }
conv 2 5x5 stride=4 relu
bn
dropout 0.25
flatten
dense 10 softmax
`;

let data: string;
beforeAll(async () => void (data = await digitsFolder(90, 10)));

type Overrides = Readonly<Record<string, readonly string[]>>;

async function train(
  runFolder: string,
  overrides: Overrides,
  start: "fresh" | "resume" = "fresh",
  observer: TrainingObserver = {},
) {
  return runTraining(
    {
      source: { name: "small.cnn", text },
      overrides: { data: [data], batch: ["16"], epochs: ["6"], ...overrides },
      runFolder,
      start,
      threads: 1,
    },
    observer,
  );
}

/** Stops a run after some of its steps. */
const stopAfter = (steps: readonly number[]): TrainingObserver => ({
  onBatch: ({ step }, run) => {
    if (steps.includes(step)) run.stop();
  },
});

test.each([
  ["a cosine with warm-up", { schedule: ["cosine warmup=2"] }],
  ["one cycle", { schedule: ["one_cycle"] }],
  // The rate is so high that the loss soon gets no better.
  ["a plateau", { schedule: ["plateau patience=0 factor=0.3 cooldown=1"], optimizer: ["sgd 2"] }],
  ["a moving average", { average: ["0.9"] }],
  ["accumulated batches and bounds", { accumulate: ["2"], clip: ["global_norm 0.1"], max_norm: ["1"] }],
  ["a balanced order", { sampling: ["balanced"] }],
  ["all of it", { schedule: ["plateau patience=0"], average: ["0.95"], optimizer: ["lion 0.01"] }],
] as const)("%s", async (_, overrides: Overrides) => {
  const [whole, parts] = [join(temporaryFolder(), "run"), join(temporaryFolder(), "run")];
  await train(whole, overrides);
  // Within the first epoch, at an epoch's end, and late.
  let start: "fresh" | "resume" = "fresh";
  const stops = overrides["accumulate"] === undefined ? [2, 12, 21] : [2, 6, 11];
  for (const stop of stops) {
    expect((await train(parts, overrides, start, stopAfter([stop]))).end).toBe("stopped");
    start = "resume";
  }
  expect((await train(parts, overrides, start)).end).toBe("finished");
  expect(await stateOf(parts)).toEqual(await stateOf(whole));
  const rates = async (run: string): Promise<readonly number[]> =>
    (await loadRun(run, 1)).history.map(({ learningRate }) => learningRate);
  expect(await rates(parts)).toEqual(await rates(whole));
});

test("early stopping counts epochs across parts, by the command, and keeps the same best epoch", async () => {
  const model = modelFile(text);
  const settings = ["--data", data, "--batch", "16", "--threads", "1", "--no-report"];
  const rule = [
    "--stop",
    "val_loss patience=2",
    "--optimizer",
    "sgd 0.5",
    "--schedule",
    "plateau patience=1",
  ];
  const whole = join(temporaryFolder(), "run");
  const args = ["train", model, ...settings, ...rule];
  const once = await runCommand([...args, "--epochs", "40", "--run", whole]);
  expect(once.out).toMatch(/ended early/);
  const { history } = await loadRun(whole, 1);
  expect(history.length).toBeLessThan(40);
  const parts = join(temporaryFolder(), "run");
  expect((await runCommand([...args, "--epochs", "1", "--run", parts])).code).toBe(0);
  expect(history.length).toBeGreaterThan(3);
  for (const epochs of [2, 3, 40]) {
    const resumed = await runCommand(["train", "--resume", parts, "--epochs", String(epochs), "--no-report"]);
    expect(resumed.code, resumed.error).toBe(0);
  }
  expect(await stateOf(parts)).toEqual(await stateOf(whole));
  const best = async (run: string): Promise<string> =>
    hashWeights((await readCheckpoint(join(run, "best.safetensors"))).weights);
  expect(await best(parts)).toBe(await best(whole));
  // It has ended, and says so.
  const again = await runCommand(["train", "--resume", parts]);
  expect(again.error).toMatch(/val_loss has not become\s+better for 2 epochs/);
});

test("pictures that are decoded along the way: stopped anywhere and resumed, the same bits", async () => {
  const pictures = temporaryFolder();
  const { train: drawn } = drawDigits({ seed: 2, train: 120, test: 1 });
  const values = (drawn.examples as MemoryStore).values as Uint8Array;
  for (let row = 0; row < drawn.count; row++) {
    const folder = join(pictures, String(drawn.labels[row]));
    mkdirSync(folder, { recursive: true });
    const data = values.slice(784 * row, 784 * (row + 1));
    writeFileSync(join(folder, `${row}.png`), encode({ width: 28, height: 28, channels: 1, depth: 8, data }));
  }
  vi.stubEnv("CNN_DATA_MEMORY", "0.01");
  vi.stubEnv("XDG_CACHE_HOME", temporaryFolder());
  const settings = { data: [pictures], epochs: ["2"], metrics: ["f1"] };
  const [whole, parts] = [join(temporaryFolder(), "run"), join(temporaryFolder(), "run")];
  await train(parts, settings, "fresh", stopAfter([2]));
  await train(parts, settings, "resume", stopAfter([4]));
  await train(parts, settings, "resume");
  await train(whole, settings);
  expect(await stateOf(parts)).toEqual(await stateOf(whole));
  vi.unstubAllEnvs();
});

const cosine = { schedule: ["cosine"], checkpoint: ["steps=4 keep=9"] };

test("a run goes on from one of its checkpoints in a folder of its own", async () => {
  const [whole, branch] = [join(temporaryFolder(), "run"), join(temporaryFolder(), "run")];
  await train(whole, cosine);
  const checkpoint = join(whole, "checkpoints/step-000000008.safetensors");
  const job = { source: { name: "small.cnn", text }, runFolder: branch, checkpoint };
  expect((await runTraining(job)).end).toBe("finished");
  expect(await stateOf(branch)).toEqual(await stateOf(whole));
});

test("a run that went on with other settings is repeated in its parts", async () => {
  const [folder, again] = [join(temporaryFolder(), "run"), join(temporaryFolder(), "run")];
  await train(folder, { ...cosine, epochs: ["3"] }, "fresh", stopAfter([8]));
  await train(folder, { epochs: ["4"] }, "resume", stopAfter([13]));
  await train(folder, { epochs: ["5"], optimizer: ["adam 0.01"] }, "resume");
  const repeats = readReceipt(join(folder, "receipt.json"));
  expect(repeats.earlier?.map(({ steps }) => steps)).toEqual([8, 13]);
  const { source, overrides } = repeats;
  expect((await repeatRun({ source, overrides, runFolder: again, threads: 1, repeats })).isRepeated).toBe(
    true,
  );
  expect(await stateOf(again)).toEqual(await stateOf(folder));
});
