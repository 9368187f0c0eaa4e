// What the train section can say, on both engines: a whole run each, from the same program and data.
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { lossKinds } from "../../src/autodiff/losses/losses.ts";
import { optimizerKinds } from "../../src/autodiff/optimizers/optimizers.ts";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import type { EpochRecord } from "../../src/train/history.ts";
import { flattenRecord } from "../../src/train/history.ts";
import { RunFolder } from "../../src/train/run-folder.ts";
import { runTraining } from "../../src/train/run.ts";
import { scheduleKinds } from "../../src/train/schedules.ts";
import type { WeightValues } from "../../src/tensor/weight-values.ts";
import { digitsFolder, temporaryFolder } from "../cli/run-command.ts";
import { difference } from "../engine/training-models.ts";

const text = `model small
input 28x28x1
first: conv 2 5x5 stride=6 tanh
flatten
hidden: dense 6 tanh
dense 10 softmax
`;

/** Each row is a run; together they say every word of schedules and optimizers, and all that helps those. */
const runs: readonly string[] = [
  "schedule constant warmup=1; optimizer sgd 0.1; loss cross_entropy label_smoothing=0.1; class_weights balanced",
  "schedule step every=1 factor=0.5; optimizer sgd 0.1 momentum=0.9 nesterov=yes; loss mse; clip norm 0.1",
  "schedule piecewise boundaries=[1, 2] values=[1, 0.5, 0.1]; optimizer adam 0.01; loss focal; accumulate 2; sampling balanced",
  "schedule exponential factor=0.5 staircase=yes; optimizer adamw 0.01; loss kl_divergence; average 0.9",
  "schedule inverse_time decay=1; optimizer rmsprop 0.01; loss huber; clip value 0.01; regularize l1=1e-4 l2=1e-3",
  "schedule polynomial power=2 final=0.1; optimizer adagrad 0.1; loss categorical_hinge; max_norm 1 of=hidden",
  "schedule cosine warmup=1; optimizer adadelta 1; loss squared_hinge; layer_rate first 0.1; layer_rate hidden 0",
  "schedule cosine_restarts first=1 times=1; optimizer nadam 0.01; loss dice; clip global_norm 0.1",
  "schedule one_cycle; optimizer lion 0.001; loss log_cosh; validation 0.25",
  "schedule plateau patience=0 factor=0.3 delta=10; optimizer sgd 0.05; loss poisson; accumulate 2; average 0.9",
];

let data: string;
beforeAll(async () => void (data = await digitsFolder(40, 8)));

interface Run {
  readonly history: readonly EpochRecord[];
  readonly weights: WeightValues;
}

async function train(settings: string, engine: "ort" | "tfjs"): Promise<Run> {
  const runFolder = join(temporaryFolder(), "run");
  const history: EpochRecord[] = [];
  const section = ["data ?", "batch 8", "epochs 3", ...settings.split("; ")]
    .map((line) => `  ${line.replace("?", JSON.stringify(data))}\n`)
    .join("");
  const source = { name: "small.cnn", text: `${text}train {\n${section}}\n` };
  await runTraining(
    { source, runFolder, engine, threads: 1 },
    { onEpoch: (record) => void history.push(record) },
  );
  return { history, weights: (await readCheckpoint(new RunFolder(runFolder).checkpointPath)).weights };
}

describe("settings of a run give the same numbers on TensorFlow.js", () => {
  it.each(runs)("%s", async (settings) => {
    const [ort, tfjs] = [await train(settings, "ort"), await train(settings, "tfjs")];
    expect(tfjs.history.length).toBe(3);
    for (const [epoch, record] of tfjs.history.entries()) {
      const expected = flattenRecord(ort.history[epoch]!);
      for (const [name, value] of Object.entries(flattenRecord(record))) {
        if (name === "seconds" || name === "images_per_second") continue;
        expect(Math.abs(value - expected[name]!), name).toBeLessThanOrEqual(1e-5 + 1e-4 * Math.abs(value));
      }
    }
    // Lion moves by the whole rate where the sign of a tiny sum is another.
    expect(difference(tfjs.weights, ort.weights)).toBeLessThan(settings.includes("lion") ? 0.01 : 1e-4);
  });

  it("and every schedule and optimizer is among them, and half of the losses", () => {
    const said = (word: string): Set<string | undefined> =>
      new Set(runs.map((settings) => new RegExp(`${word} (\\w+)`).exec(settings)?.[1]));
    expect(Object.keys(scheduleKinds).filter((name) => !said("schedule").has(name))).toEqual([]);
    expect(Object.keys(optimizerKinds).filter((name) => !said("optimizer").has(name))).toEqual([]);
    expect(said("loss").size).toBeGreaterThanOrEqual(Object.keys(lossKinds).length / 2);
  });
});
