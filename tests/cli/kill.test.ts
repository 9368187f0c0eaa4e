import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRandom } from "../../src/random/random.ts";
import { RunFolder } from "../../src/train/run-folder.ts";
import { stateOf } from "../train/run-state.ts";
import { commandPath, digitsFolder, modelFile, runCommand, temporaryFolder } from "./run-command.ts";

/** Runs that are each killed ten times. */
const runs = process.env["CNN_VERIFY"] === undefined ? 1 : 20;
const kills = 10;
/** Milliseconds of steps, about as many as the run has, so that some kills come before its first step and some late. */
const longestDelay = 300;

test(
  "a run that is killed again and again ends with the bits of one that never was",
  async () => {
    const data = await digitsFolder(120, 10);
    const model = modelFile(
      "model small\ninput 28x28x1\nconv 4 5x5 stride=3 relu\ndropout 0.25\nbn\nflatten\ndense 10 softmax\n",
    );
    const settings = ["--data", data, "--batch", "8", "--epochs", "24", "--threads", "1"];
    const train = (run: string): string[] => [
      "train",
      model,
      ...settings,
      "--checkpoint",
      "steps=1 keep=2 best=val_loss",
      "--run",
      run,
    ];
    const whole = join(temporaryFolder(), "run");
    const started = performance.now();
    expect((await runCommand(train(whole))).code).toBe(0);
    const duration = performance.now() - started;
    const expected = await stateOf(whole);

    for (let seed = 0; seed < runs; seed++) {
      const random = createRandom(seed, "kills");
      const run = join(temporaryFolder(), "run");
      const goOn = (): string[] =>
        existsSync(new RunFolder(run).checkpointPath) ? ["train", "--resume", run] : train(run);
      for (let kill = 0; kill < kills; kill++) {
        // At any moment of the process, which is mostly its start and its end, and among the steps.
        const isAtAnyMoment = kill % 2 === 0;
        const delay = random.integer(isAtAnyMoment ? Math.ceil(duration) : longestDelay);
        await killed(goOn(), delay, isAtAnyMoment ? "process" : "steps");
      }
      // It may have ended between two kills.
      const resumed = await runCommand(goOn());
      expect(resumed.error + String(resumed.code)).toMatch(/0$|has done all of its 24 epochs/);
      expect(await stateOf(run)).toEqual(expected);
      expect(
        readdirSync(run, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tmp")),
      ).toEqual([]);
    }
  },
  runs * 90_000,
);

test("a signal that comes to the process and again to its group stops and saves, as one", async () => {
  const data = await digitsFolder(120, 10);
  const model = modelFile("model small\ninput 28x28x1\nflatten\ndense 10 softmax\n");
  const run = join(temporaryFolder(), "run");
  const args = ["train", model, "--data", data, "--epochs", "100000", "--threads", "1", "--run", run];
  const child = spawn(process.execPath, [commandPath, ...args], { cwd: temporaryFolder() });
  let said = "";
  child.stderr.on("data", (text: Buffer) => {
    const isTraining = said.includes("epoch ");
    said += text.toString();
    if (isTraining || !said.includes("epoch ")) return;
    for (const delay of [0, 20]) setTimeout(() => child.kill("SIGTERM"), delay);
  });
  child.stdout.on("data", (text: Buffer) => (said += text.toString()));
  // The second may come when the process has done all and Node handles signals no more: a shell reads 143 of that too.
  const code = await new Promise((resolve) =>
    child.on("close", (exitCode, signal) => resolve(signal === "SIGTERM" ? 143 : exitCode)),
  );
  expect(said).toContain("stopped and saved");
  expect(code).toBe(143);
  expect(existsSync(new RunFolder(run).checkpointPath)).toBe(true);
}, 30_000);

/** Starts the command and kills it so many milliseconds after the process began, or after it has said that it trains. */
function killed(args: readonly string[], delay: number, since: "process" | "steps"): Promise<void> {
  const child = spawn(process.execPath, [commandPath, ...args], { cwd: temporaryFolder() });
  const killLater = (): void => void setTimeout(() => child.kill("SIGKILL"), delay);
  if (since === "process") killLater();
  else child.stderr.on("data", (text: Buffer) => text.includes("parameters") && killLater());
  return new Promise((resolve) => child.on("close", () => resolve()));
}
