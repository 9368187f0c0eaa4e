import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Dataset, type DataSource, exampleSize } from "../../src/data/dataset.ts";
import { writeIdx } from "../../src/data/idx.ts";
import { loadData } from "../../src/data/named.ts";
import { openReader } from "../../src/data/store.ts";
import { createRandom, randomPermutation } from "../../src/random/random.ts";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import { evaluateModel } from "../../src/train/evaluate.ts";
import type { TrainingJob } from "../../src/train/job.ts";
import { openModel } from "../../src/train/open-model.ts";
import { runTraining } from "../../src/train/run.ts";
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.ts";
import { temporaryFolder } from "../cli/run-command.ts";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));

/** Every number of pictures, three seeds and all pictures of the other half, where the environment asks for the full size. */
const isFull = process.env["CNN_VERIFY"] !== undefined;
const perClass = isFull ? [5, 10, 20] : [5];
const seeds = isFull ? [0, 1, 2] : [0, 1];

const clothes: DataSource | undefined = await loadData("fashion_mnist", { download: false }).catch(
  () => undefined,
);

/**
 * Both halves of the classes in their order, one way and back. A recorded base is what the full size trains on all 30,000 pictures
 * of its half (`base/` of the checkpoint, as CNN_RECORD=1 writes it), so that the ordinary size need not.
 */
const halves = [
  { from: [0, 1, 2, 3, 4], to: [5, 6, 7, 8, 9], recorded: "clothes-base-0-to-4" },
  { from: [5, 6, 7, 8, 9], to: [0, 1, 2, 3, 4], recorded: "clothes-base-5-to-9" },
];

/** Pictures of some classes, so many of each, drawn by a seed. */
interface Choice {
  readonly classes: readonly number[];
  readonly train: number;
  readonly test: number;
  readonly seed: number;
}

/** Writes them as IDX files; the classes are numbered anew. */
async function writePictures(folder: string, choice: Choice): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const write = async (part: string, dataset: Dataset, most: number): Promise<void> => {
    const { classes, seed } = choice;
    const size = exampleSize(dataset.shape);
    const rows = classes.flatMap((label) => {
      const all = [...dataset.labels.keys()].filter((row) => dataset.labels[row] === label);
      const order = randomPermutation(createRandom(seed, `${part}/${label}`), all.length);
      return [...order.subarray(0, most)].map((place) => all[place]!);
    });
    const reader = openReader(dataset.examples, size);
    const values = new Float32Array(rows.length * size);
    rows.forEach((row, place) => reader.read(dataset.rows?.[row] ?? row, values, place * size, 1));
    reader.close();
    await writeIdx(join(folder, `${part}-images-idx3-ubyte`), {
      type: "uint8",
      shape: [rows.length, 28, 28],
      data: Uint8Array.from(values),
    });
    await writeIdx(join(folder, `${part}-labels-idx1-ubyte`), {
      type: "uint8",
      shape: [rows.length],
      data: Uint8Array.from(rows, (row) => classes.indexOf(dataset.labels[row]!)),
    });
  };
  await write("train", clothes!.train, choice.train);
  await write("t10k", clothes!.test, choice.test);
  return folder;
}

interface Training {
  readonly run: string;
  readonly data: string;
  readonly overrides?: TrainingJob["overrides"];
  readonly parameters?: readonly string[];
  readonly from?: string;
}

/** Trains an example and gives its accuracy on the test pictures; a base's weights are those of `base.safetensors` in the folder. */
async function train(example: string, folder: string, training: Training): Promise<number> {
  const { run, data, overrides, parameters = [], from } = training;
  const runFolder = join(folder, run);
  const path = join(examples, `${example}.cnn`);
  const text = readFileSync(path, "utf8").replace(
    "../runs/pretrain_clothes/checkpoint.safetensors",
    join(folder, "base.safetensors"),
  );
  await runTraining({
    source: { name: path, text },
    compile: { parameters: ["classes=5", ...parameters] },
    overrides: { data: [data], ...overrides },
    from,
    runFolder,
    threads: 1,
  });
  const { report } = await evaluateModel(await openModel(runFolder), { data });
  return report.classification.accuracy;
}

/** The weights of a base that all pictures of some classes have trained. */
async function pretrain(folder: string, classes: readonly number[]): Promise<Buffer> {
  const choice = { classes, train: 6000, test: 1000, seed: 0 };
  const data = await writePictures(join(folder, "many"), choice);
  await train("pretrain_clothes", folder, { run: "base", data });
  const { weights } = await readCheckpoint(join(folder, "base", "checkpoint.safetensors"));
  const tensors = new Map([...weights].filter(([key]) => key.startsWith("base/")));
  return Buffer.concat([...writeSafetensors({ tensors, metadata: {} })]);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe.skipIf(clothes === undefined)("transfer from one half of the classes to the other", () => {
  test.each(halves)(
    "with few pictures a frozen base beats training from scratch: $from to $to",
    async ({ from, to, recorded }) => {
      const folder = temporaryFolder();
      const file = fileURLToPath(new URL(`cases/${recorded}.safetensors`, import.meta.url));
      const base = isFull ? await pretrain(folder, from) : readFileSync(file);
      writeFileSync(join(folder, "base.safetensors"), base);
      if (process.env["CNN_RECORD"] !== undefined) writeFileSync(file, base);
      // From scratch the same network has the same settings, and as many steps.
      const settings = { epochs: ["100"], batch: ["16"], validation: ["0"] };
      for (const count of perClass) {
        const scores = { scratch: [] as number[], frozen: [] as number[], tuned: [] as number[] };
        for (const seed of seeds) {
          const choice = { classes: to, train: count, test: isFull ? 1000 : 200, seed };
          const data = await writePictures(join(folder, `few-${count}-${seed}`), choice);
          const overrides = { ...settings, seed: [String(seed)] };
          const run = (name: string): string => `${name}-${count}-${seed}`;
          scores.scratch.push(
            await train("pretrain_clothes", folder, { run: run("scratch"), data, overrides }),
          );
          scores.frozen.push(
            await train("transfer_clothes", folder, { run: run("frozen"), data, overrides }),
          );
          if (!isFull && seed !== seeds[0]) continue;
          scores.tuned.push(
            await train("transfer_clothes", folder, {
              run: run("tuned"),
              data,
              overrides: { ...overrides, rate: ["0.0001"] },
              parameters: ["finetune=yes"],
              from: join(folder, run("frozen")),
            }),
          );
        }
        const [scratch, frozen, tuned] = [mean(scores.scratch), mean(scores.frozen), mean(scores.tuned)];
        if (isFull) console.log(JSON.stringify({ from, to, count, scratch, frozen, tuned, scores }));
        expect(frozen, JSON.stringify(scores)).toBeGreaterThan(scratch);
        if (isFull) expect(tuned, JSON.stringify(scores)).toBeGreaterThan(frozen - 0.02);
      }
      await expectOnlyLastChanged(folder, `${perClass[0]!}-${seeds[0]!}`);
    },
    1_800_000,
  );
});

/** What is frozen stays as it was, to the bit, statistics included; fine-tuning changes the last convolution alone. */
async function expectOnlyLastChanged(folder: string, run: string): Promise<void> {
  const weightsOf = async (name: string) =>
    (await readCheckpoint(join(folder, name, "checkpoint.safetensors"))).weights;
  const [base, frozen, tuned] = [
    readSafetensors(readFileSync(join(folder, "base.safetensors")), "base").tensors,
    await weightsOf(`frozen-${run}`),
    await weightsOf(`tuned-${run}`),
  ];
  const keys = [...base.keys()].filter((key) => key.startsWith("base/"));
  expect(keys).toHaveLength(10);
  for (const key of keys) expect(frozen.get(key), key).toEqual(base.get(key));
  const changed = keys.filter(
    (key) => !Buffer.from(tuned.get(key)!.data.buffer).equals(Buffer.from(base.get(key)!.data.buffer)),
  );
  expect(changed).toEqual(["base/last/kernel"]);
}
