import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/diagnostics/input-error.ts";
import type { FileSystem } from "../../src/files/atomic.ts";
import type { TrainingJob, TrainingObserver } from "../../src/train/job.ts";
import { RunFolder, runFiles } from "../../src/train/run-folder.ts";
import { runTraining } from "../../src/train/run.ts";
import { digitsFolder, temporaryFolder } from "../cli/run-command.ts";
import { failingFileSystem } from "../files/failing-file-system.ts";
import { stateOf } from "./run-state.ts";

/** All of them where the environment asks for the full size. */
const injections = process.env["CNN_VERIFY"] === undefined ? 16 : Infinity;

let data: string;
let whole: unknown;
let calls: readonly string[];
let finished: string;

const job = (runFolder: string, start: NonNullable<TrainingJob["start"]>): TrainingJob => ({
  source: {
    name: "small.cnn",
    text: "model small\ninput 28x28x1\nconv 2 5x5 stride=4 relu\ndropout 0.25\nbn\nflatten\ndense 10 softmax\n",
  },
  overrides: {
    data: [data],
    batch: ["16"],
    epochs: ["3"],
    checkpoint: ["steps=2 keep=2 best=val_loss"],
  },
  runFolder,
  start,
  threads: 1,
});

const train = (
  folder: string,
  start: NonNullable<TrainingJob["start"]>,
  { observer = {}, fileSystem }: { observer?: TrainingObserver; fileSystem?: FileSystem } = {},
) => runTraining(job(folder, start), observer, fileSystem);

beforeAll(async () => {
  data = await digitsFolder(70, 10);
  finished = join(temporaryFolder(), "run");
  const recorded = failingFileSystem(-1, "", { shortWrites: false });
  await train(finished, "fresh", { fileSystem: recorded.fileSystem });
  calls = recorded.calls;
  whole = await stateOf(finished);
});

test("a run keeps what its settings ask for, and nothing unfinished", async () => {
  const names = readdirSync(finished, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name.replace(/tfevents\.\d+/, "tfevents.0"));
  const events = "events.out.tfevents.0.cnn";
  const { checkpoints, events: _, report: __, editedSource: ___, ...files } = runFiles;
  expect(names.sort()).toEqual(
    // Four steps an epoch, twelve in all: the checkpoints after the tenth and the twelfth.
    [
      ...Object.values(files),
      events,
      events,
      "step-000000010.safetensors",
      "step-000000012.safetensors",
    ].sort(),
  );
  expect(readdirSync(join(finished, checkpoints))).toHaveLength(2);
  const best = (await stateOf(finished)) as { scores: { validation: { loss: number } }[] };
  const losses = best.scores.map(({ validation }) => validation.loss);
  const kept = JSON.parse(
    readFileSync(join(finished, runFiles.historyLines), "utf8").split("\n")[0]!,
  ) as object;
  expect(kept).toMatchObject({ epoch: 1, step: 4, val_loss: losses[0] });
});

test("a run over another one leaves nothing of it", async () => {
  const folder = join(temporaryFolder(), "run");
  await train(folder, "fresh");
  writeFileSync(join(folder, runFiles.events, "training", "events.out.tfevents.1.cnn"), "of a run before");
  await train(folder, "overwrite");
  for (const part of ["training", "validation"])
    expect(readdirSync(join(folder, runFiles.events, part))).toHaveLength(1);
  expect(await stateOf(folder)).toEqual(whole);
});

test("each file is synced before it takes its name, and then its folder", () => {
  const renames = calls.flatMap((call, index) => (call === "rename" ? [index] : []));
  expect(renames.length).toBeGreaterThan(20);
  for (const at of renames) {
    expect(calls.slice(at - 2, at + 4)).toEqual([
      "sync file",
      "close file",
      "rename",
      "open folder",
      "sync folder",
      "close folder",
    ]);
  }
});

describe("a disk that fails", () => {
  test.each(["ENOSPC", "EIO"])(
    "with %s at any call loses nothing but the steps since the last checkpoint",
    async (code) => {
      const places = calls.flatMap((call, index) => (call === "close folder" ? [] : [index]));
      const stride = Math.max(1, Math.floor((2 * places.length) / injections));
      // Every other place for each error, so that both together try them all.
      const offset = code === "EIO" ? Math.floor(stride / 2) : 0;
      for (let index = offset; index < places.length; index += stride) {
        const folder = join(temporaryFolder(), "run");
        const { fileSystem } = failingFileSystem(places[index]!, code, { shortWrites: false });
        const place = `${code} at call ${places[index]}, ${calls[places[index]!]}`;
        const failed = await train(folder, "fresh", { fileSystem }).catch((error: unknown) => error);
        expect(failed, place).toBeInstanceOf(InputError);
        const isBegun = existsSync(new RunFolder(folder).checkpointPath);
        if (!isBegun) expect(existsSync(join(folder, runFiles.events)), place).toBe(false);
        const going = train(folder, isBegun ? "resume" : "fresh");
        // Once the receipt has its name there is nothing left to lose: what failed was to bring the folder to the disk.
        if (new RunFolder(folder).isComplete) await expect(going, place).rejects.toThrow(/has done all/);
        else await going;
        expect(await stateOf(folder), place).toEqual(whole);
        const left = readdirSync(folder, { recursive: true, encoding: "utf8" });
        expect(left.filter((name) => name.endsWith(".tmp") || basename(name) === ".lock")).toEqual([]);
      }
    },
    injections === Infinity ? 1_800_000 : 90_000,
  );
});

test("a program that was changed in the folder is put aside, which is told", async () => {
  const folder = join(temporaryFolder(), "run");
  await train(folder, "fresh", { observer: { onEpoch: (_, run) => run.stop() } });
  writeFileSync(join(folder, runFiles.source), "model other\n");
  const notes: string[] = [];
  await train(folder, "resume", {
    observer: { onEvent: (event) => void (event.kind === "start" && notes.push(...event.start.notes)) },
  });
  expect(notes.join()).toContain(
    "model.cnn was changed: the run goes on with the program that it began with",
  );
  expect(readFileSync(join(folder, runFiles.editedSource), "utf8")).toBe("model other\n");
  expect(readFileSync(join(folder, runFiles.source), "utf8")).toContain("model small");
  expect(await stateOf(folder)).toEqual(whole);
});

describe("a run that callbacks stop", () => {
  test.each([1, 3, 4, 6, 11])("after step %i goes on to the same bits", async (last) => {
    const folder = join(temporaryFolder(), "run");
    const stopped = await train(folder, "fresh", {
      observer: {
        onBatch: ({ step }, run) => {
          if (step === last) run.stop();
        },
      },
    });
    expect(stopped.end).toBe("stopped");
    expect(((await stateOf(folder)) as { progress: object }).progress).toMatchObject({ step: last });
    expect((await train(folder, "resume")).end).toBe("finished");
    expect(await stateOf(folder)).toEqual(whole);
  });

  test("after an epoch has that epoch's history", async () => {
    const folder = join(temporaryFolder(), "run");
    const { history } = await train(folder, "fresh", {
      observer: { onEpoch: (_, run) => run.stop() },
    });
    expect(history).toHaveLength(1);
  });
});

test("two runs in one folder refuse each other", async () => {
  const folder = join(temporaryFolder(), "run");
  let second: unknown;
  await train(folder, "fresh", {
    observer: {
      onEpoch: async ({ epoch }) => {
        if (epoch === 1) second = await train(folder, "resume").catch((error: unknown) => error);
      },
    },
  });
  expect(second).toBeInstanceOf(InputError);
  expect((second as InputError).message).toMatch(/is under way already: process \d+ holds it/);
  expect(await stateOf(folder)).toEqual(whole);
});

test("a run whose folder is taken from under it stops before it writes", async () => {
  const folder = join(temporaryFolder(), "run");
  const { rmSync } = await import("node:fs");
  const failed = train(folder, "fresh", {
    observer: { onBatch: ({ step }) => step === 1 && rmSync(join(folder, ".lock")) },
  });
  await expect(failed).rejects.toThrow(/another process holds it/);
  expect(statSync(new RunFolder(folder).checkpointPath).isFile()).toBe(true);
});
