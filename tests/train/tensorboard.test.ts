// TensorBoard's own reader on what a run writes, also where the run was interrupted and went on.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadRun } from "../../src/train/load-run.ts";
import { digitsFolder, modelFile, runCommand, temporaryFolder } from "../cli/run-command.ts";

const python = process.env["CNN_PEERS_PYTHON"] ?? ".peers/bin/python";

function call(script: string, argument = ""): string {
  return execFileSync(python, ["-c", script, argument], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

function hasTensorBoard(): boolean {
  if (!existsSync(python)) return false;
  try {
    call("import importlib.util as u, sys; sys.exit(u.find_spec('tensorboard') is None)");
    return true;
  } catch {
    return false;
  }
}

/** Each part's scalars as [step, value], by the reader that TensorBoard's pages are made from. */
const reader = `
import json, sys
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
runs = EventMultiplexer().AddRunsFromDirectory(sys.argv[1]).Reload()
tags = {run: kinds["scalars"] for run, kinds in runs.Runs().items()}
print(json.dumps({run: {tag: [[e.step, e.value] for e in runs.Scalars(run, tag)] for tag in tags[run]} for run in tags}))`;

type Parts = Readonly<Record<string, Readonly<Record<string, readonly (readonly [number, number])[]>>>>;

test.skipIf(!hasTensorBoard())(
  "TensorBoard reads every epoch's scores of an interrupted run once (CNN_PEERS_PYTHON)",
  async () => {
    const run = join(temporaryFolder(), "run");
    const model = modelFile(
      "model small\ninput 28x28x1\nconv 2 5x5 stride=4 relu\nflatten\ndense 10 softmax\n",
    );
    const data = await digitsFolder(90, 10);
    const settings = ["--data", data, "--metrics", "f1", "--threads", "1", "--no-report"];
    await runCommand(["train", model, ...settings, "--epochs", "2", "--run", run]);
    await runCommand(["train", "--resume", run, "--epochs", "4", "--no-report"]);
    const { history } = await loadRun(run, 1);
    expect(history).toHaveLength(4);
    const parts = JSON.parse(call(reader, join(run, "events"))) as Parts;
    expect(Object.keys(parts).sort()).toEqual(["training", "validation"]);
    const written = (scores: (epoch: (typeof history)[number]) => Readonly<Record<string, number>>) =>
      Object.fromEntries(
        Object.keys(scores(history[0]!)).map((tag) => [
          tag,
          history.map((epoch) => [epoch.epoch, Math.fround(scores(epoch)[tag]!)]),
        ]),
      );
    expect(parts["validation"]).toEqual(written(({ validation }) => validation!));
    expect(parts["training"]).toEqual(
      written(({ training, learningRate, imagesPerSecond }) => ({
        ...training,
        learning_rate: learningRate,
        images_per_second: imagesPerSecond,
      })),
    );
  },
);
