// Data that comes with a part to validate with, as pictures, as tables and as arrays: it is trained on as without that part, and
// each epoch is measured on it.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { describe, expect, test } from "vitest";
import { loadPart } from "../../src/data/named.ts";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import { evaluateModel } from "../../src/train/evaluate.ts";
import type { RunStart } from "../../src/train/job.ts";
import { openModel } from "../../src/train/open-model.ts";
import { runTraining } from "../../src/train/run.ts";
import { rejection, temporaryFolder } from "../data/temporary.ts";
import { npy } from "../data/write-npy.ts";

const [side, size] = [8, 64];
const partSizes = { train: 40, val: 12, test: 8 };
type PartName = keyof typeof partSizes;

/** A picture of one of two classes: bright above, or bright below. */
function pixels(row: number, salt: number): Uint8Array {
  const isBright = (at: number): boolean => at < size / 2 === (row % 2 === 0);
  return Uint8Array.from(
    { length: size },
    (_, at) => ((row * 37 + salt * 11 + at * 7) % 90) + (isBright(at) ? 60 : 0),
  );
}

const writers = {
  pictures(folder: string, part: PartName, rows: readonly Uint8Array[]) {
    for (const [row, data] of rows.entries()) {
      const place = join(folder, part, row % 2 === 0 ? "above" : "below");
      mkdirSync(place, { recursive: true });
      writeFileSync(
        join(place, `${row}.png`),
        encode({ width: side, height: side, channels: 1, depth: 8, data }),
      );
    }
  },
  tables(folder: string, part: PartName, rows: readonly Uint8Array[]) {
    const lines = rows.map((data, row) => [row % 2 === 0 ? "above" : "below", ...data].join());
    writeFileSync(join(folder, `${part}.csv`), `${lines.join("\n")}\n`);
  },
  arrays(folder: string, part: PartName, rows: readonly Uint8Array[]) {
    const values = rows.flatMap((data) => [...data]);
    writeFileSync(join(folder, `x_${part}.npy`), npy("|u1", [rows.length, side, side], values));
    writeFileSync(
      join(folder, `y_${part}.npy`),
      npy(
        "<i4",
        [rows.length],
        [...rows.keys()].map((row) => row % 2),
      ),
    );
  },
};
type Form = keyof typeof writers;

function save(form: Form, parts: readonly PartName[]): string {
  const folder = temporaryFolder();
  for (const part of parts) {
    const rows = Array.from({ length: partSizes[part] }, (_, row) => pixels(row, part.length));
    writers[form](folder, part, rows);
  }
  return folder;
}

const text =
  "input 8x8x1\nflatten\ndense 8 relu\ndense 2 softmax\ntrain { batch 8; epochs 2; metrics accuracy f1 }\n";

async function train(data: string, overrides: Record<string, readonly string[]> = {}) {
  let start: RunStart | undefined;
  const { runFolder, checkpoint } = await runTraining(
    {
      source: { name: "parts.cnn", text },
      compile: {},
      overrides: { data: [data], ...overrides },
      runFolder: join(temporaryFolder(), "run"),
      start: "fresh",
      threads: 1,
    },
    { onEvent: (event) => (event.kind === "start" ? (start = event.start) : undefined) },
  );
  const { weights, description } = await readCheckpoint(checkpoint);
  const bits = [...weights].map(([name, { data: values }]) => [name, [...values]]);
  return { bits, history: description.history, source: description.data.source, start: start!, runFolder };
}

describe.each(Object.keys(writers) as Form[])("%s", (form) => {
  test("are trained on as without the part, and measured on it as `cnn evaluate` measures", async () => {
    const folder = save(form, ["train", "val"]);
    const [run, plain] = [
      await train(folder),
      await train(save(form, ["train", "test"]), { validation: ["0"] }),
    ];
    expect(run.start.trainCount).toBe(40);
    expect(run.start.validationCount).toBe(12);
    expect(run.start.validationData).toMatch(/\/val$/);
    expect(run.bits).toEqual(plain.bits);
    const { validation } = run.history.at(-1)!;
    const { dataset, report } = await evaluateModel(await openModel(run.runFolder, 1), {});
    expect(dataset.count).toBe(12);
    expect(validation!["loss"]).toBeCloseTo(report.logLoss!, 5);
    expect(validation!["accuracy"]).toBeCloseTo(report.classification.accuracy, 6);
    expect(run.start.notes.join()).toContain("has no test part: `cnn evaluate` measures");
  });

  test("with a test part keep it for testing", async () => {
    const run = await train(save(form, ["train", "val", "test"]), { validation: ["0.2"] });
    expect([run.start.trainCount, run.start.validationCount]).toEqual([40, 12]);
    expect(run.start.notes.join()).toContain("is there to validate with");
    const { dataset } = await evaluateModel(await openModel(run.runFolder, 1), {});
    expect(dataset.count).toBe(8);
    expect(run.source).toMatch(/validate with/);
  });

  test("do without it where nothing is to be held back", async () => {
    const run = await train(save(form, ["train", "val", "test"]), { validation: ["0"] });
    expect([run.start.trainCount, run.start.validationCount]).toEqual([40, 0]);
    expect(run.history.at(-1)!.validation).toBeUndefined();
  });
});

test("a class that is validated with alone is a mistake", async () => {
  const options = { takesValidation: true, inputShape: [side, side, 1] };
  const pictures = save("pictures", ["train", "val"]);
  writers.pictures(join(pictures, "val", "aside"), "val", [pixels(0, 1)]);
  const message = /val has the class aside, of which there is no training example/;
  expect((await rejection(loadPart(pictures, "train", options))).message).toMatch(message);
  const tables = save("tables", ["train", "val"]);
  writeFileSync(join(tables, "val.csv"), `aside,${pixels(0, 1).join()}\n`);
  expect((await rejection(loadPart(tables, "train", options))).message).toMatch(message);
});

test("pictures of both parts that cannot be used are left out of their own part", async () => {
  const folder = save("pictures", ["train", "val"]);
  writeFileSync(join(folder, "train", "above", "0.png"), "no picture");
  writeFileSync(join(folder, "val", "below", "1.png"), "no picture");
  const options = { takesValidation: true, inputShape: [side, side, 1], skipBad: true };
  const { count, validation, skippedCount } = await loadPart(folder, "train", options);
  expect([count, validation?.count, skippedCount]).toEqual([39, 11, 2]);
});

test("tables take for validation what memory the training data leaves", async () => {
  const folder = save("tables", ["train", "val"]);
  const options = {
    takesValidation: true,
    inputShape: [side, side, 1],
    memoryLimit: 5000,
    cacheFolder: temporaryFolder(),
  };
  const { examples, validation } = await loadPart(folder, "train", options);
  expect([examples.kind, validation!.examples.kind]).toEqual(["memory", "memory"]);
  const scarce = await loadPart(folder, "train", { ...options, memoryLimit: 3000 });
  expect([scarce.examples.kind, scarce.validation!.examples.kind]).toEqual(["memory", "file"]);
});
