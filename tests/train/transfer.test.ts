import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { exampleSize } from "../../src/data/dataset.ts";
import { writeIdx } from "../../src/data/idx.ts";
import { type Dataset, type DataSource } from "../../src/data/dataset.ts";
import { loadData } from "../../src/data/named.ts";
import { openReader } from "../../src/data/store.ts";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import { evaluateModel } from "../../src/train/evaluate.ts";
import type { TrainingJob } from "../../src/train/job.ts";
import { openModel } from "../../src/train/open-model.ts";
import { runTraining } from "../../src/train/run.ts";
import { temporaryFolder } from "../cli/run-command.ts";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));

/** All of one half's images, and all epochs, where the environment asks for the full size. */
const isFull = process.env["CNN_VERIFY"] !== undefined;

const clothes: DataSource | undefined = await loadData("fashion_mnist", { download: false }).catch(
  () => undefined,
);

/** Writes so many images of each of some classes as IDX files; the classes are numbered anew. */
async function writeHalf(
  folder: string,
  classes: readonly number[],
  perClass: { train: number; test: number },
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const write = async (part: string, dataset: Dataset, most: number): Promise<void> => {
    const size = exampleSize(dataset.shape);
    const rows = classes.flatMap((label) => {
      const all = [...dataset.labels.keys()].filter((row) => dataset.labels[row] === label);
      return all.slice(0, most);
    });
    const reader = openReader(dataset.examples, size);
    const values = new Float32Array(rows.length * size);
    rows.forEach((row, place) => reader.read(dataset.rows?.[row] ?? row, values, place * size, 1));
    reader.close();
    const labels = Uint8Array.from(rows, (row) => classes.indexOf(dataset.labels[row]!));
    const shape = [rows.length, 28, 28];
    await writeIdx(join(folder, `${part}-images-idx3-ubyte`), {
      type: "uint8",
      shape,
      data: Uint8Array.from(values),
    });
    await writeIdx(join(folder, `${part}-labels-idx1-ubyte`), {
      type: "uint8",
      shape: [rows.length],
      data: labels,
    });
  };
  await write("train", clothes!.train, perClass.train);
  await write("t10k", clothes!.test, perClass.test);
  return folder;
}

test.skipIf(clothes === undefined)(
  "a frozen base can beat training from scratch on four pictures a class, shown on one choice of classes; fine-tuning keeps it",
  async () => {
    const folder = temporaryFolder();
    const many = await writeHalf(join(folder, "many"), [0, 2, 3, 5, 7], {
      train: isFull ? 6000 : 800,
      test: 20,
    });
    const few = await writeHalf(join(folder, "few"), [1, 4, 6, 8, 9], {
      train: 6,
      test: isFull ? 1000 : 100,
    });
    // The programs of the examples, the base's weights looked for beside them.
    const program = (name: string): TrainingJob["source"] => ({
      name: join(examples, `${name}.cnn`),
      text: readFileSync(join(examples, `${name}.cnn`), "utf8").replace(
        "../runs/pretrain_clothes/checkpoint.safetensors",
        join(folder, "base", "checkpoint.safetensors"),
      ),
    });
    const train = async (
      name: string,
      run: string,
      data: string,
      overrides: TrainingJob["overrides"],
      more: { parameters?: readonly string[]; from?: string } = {},
    ): Promise<number> => {
      const runFolder = join(folder, run);
      await runTraining({
        source: program(name),
        compile: { parameters: ["classes=5", ...(more.parameters ?? [])] },
        overrides: { data: [data], ...overrides },
        from: more.from,
        runFolder,
      });
      const { report } = await evaluateModel(await openModel(runFolder), { data });
      return report.classification.accuracy;
    };
    await train("pretrain_clothes", "base", many, { epochs: [isFull ? "5" : "4"] });

    const settings = { epochs: ["30"], validation: ["0"], batch: ["10"] };
    // Three seeds each: with so few pictures the order and the head's first weights matter.
    const seeds = ["0", "1", "2"];
    let scratch = 0;
    let frozen = 0;
    for (const seed of seeds) {
      const seeded = { ...settings, seed: [seed] };
      scratch += (await train("pretrain_clothes", `scratch-${seed}`, few, seeded)) / seeds.length;
      frozen += (await train("transfer_clothes", `frozen-${seed}`, few, seeded)) / seeds.length;
    }
    const tuned = await train(
      "transfer_clothes",
      "tuned",
      few,
      { ...settings, epochs: ["10"], rate: ["0.0001"] },
      { parameters: ["finetune=yes"], from: join(folder, "frozen-0") },
    );
    expect(frozen, `frozen ${frozen}, from scratch ${scratch}, fine-tuned ${tuned}`).toBeGreaterThan(
      scratch + 0.02,
    );
    expect(tuned).toBeGreaterThan(frozen - 0.05);

    // What is frozen stays as it was, to the bit, statistics included; fine-tuning changes the last part alone.
    const weightsOf = async (run: string) =>
      (await readCheckpoint(join(folder, run, "checkpoint.safetensors"))).weights;
    const [base, after, fine] = [
      await weightsOf("base"),
      await weightsOf("frozen-0"),
      await weightsOf("tuned"),
    ];
    const keys = [...base.keys()].filter((key) => key.startsWith("base/"));
    expect(keys.length).toBeGreaterThan(12);
    for (const key of keys) expect(after.get(key), key).toEqual(base.get(key));
    const changed = keys.filter(
      (key) => !Buffer.from(fine.get(key)!.data.buffer).equals(Buffer.from(base.get(key)!.data.buffer)),
    );
    expect(changed.some((key) => key.startsWith("base/last/"))).toBe(true);
    expect(changed).not.toContain("base/conv2d/kernel");
  },
  300_000,
);
