import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { beforeAll, describe, expect, test } from "vitest";
import { drawDigits } from "../../src/data/digits.ts";
import { valuesOf } from "../data/temporary.ts";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import { commandPath, digitsFolder, modelFile, runCommand, temporaryFolder } from "./run-command.ts";

const small =
  "model small\ninput 28x28x1\nconv 4 5x5 stride=2 relu\ndropout 0.25\nconv 6 3x3 bias=no\nbn\nrelu\npool max 2\nflatten\ndense 10 softmax\n";

let data: string;
let model: string;
beforeAll(async () => {
  data = await digitsFolder();
  model = modelFile(small);
});

const trainArguments = (run: string, ...more: string[]): string[] => [
  "train",
  model,
  "--data",
  data,
  "--batch",
  "16",
  "--run",
  run,
  "--threads",
  "1",
  ...more,
];

/** The last checkpoint without what a clock measured. */
async function stateOf(run: string): Promise<unknown> {
  const { description, weights, optimizer } = await readCheckpoint(join(run, "checkpoint.safetensors"));
  const { history, progress } = description;
  const losses = history.map(({ step, training, validation }) => ({ step, training, validation }));
  return { losses, progress, weights: [...weights], optimizer: [...optimizer] };
}

describe("a run", () => {
  test("is kept, evaluated, used and exported", async () => {
    const run = join(temporaryFolder(), "run");
    const trained = await runCommand(
      trainArguments(run, "--epochs", "12", "--rate", "0.01", "--export", join(run, "model.onnx")),
    );
    expect(trained).toMatchObject({ code: 0 });
    expect(trained.error).toMatch(/epoch 12\/12 {2}loss/);
    for (const file of [
      "checkpoint.safetensors",
      "history.jsonl",
      "history.csv",
      "curves.svg",
      "model.onnx",
    ]) {
      expect(existsSync(join(run, file)), file).toBe(true);
    }
    const lines = readFileSync(join(run, "history.jsonl"), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { epoch: number }).epoch)).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    );

    // The page is whole in itself: no address leads out of it.
    const page = readFileSync(join(run, "report.html"), "utf8");
    expect(page).toMatch(/<h2>Network<\/h2>\s*<figure[^>]*><svg[^>]* class="diagram"/);
    expect(page).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
    const addresses = [...page.matchAll(/(?:src|href|url)\s*[=(]\s*["']?([^"'\s>)]*)/g)].map(
      ([, address]) => address!,
    );
    expect(addresses.filter((address) => !address.startsWith("data:image/png"))).toEqual([]);
    expect(page).toContain("Worst mistakes");

    // The checkpoint and the exported file are one network; it has learnt something from 180 images.
    const results = [];
    for (const path of [run, join(run, "model.onnx")]) {
      const { code, out } = await runCommand(["evaluate", path, "--data", data, "--format", "json"]);
      expect(code).toBe(0);
      results.push(JSON.parse(out) as { accuracy: number; loss: number; confusion: number[][] });
    }
    expect(results[0]!.accuracy).toBeGreaterThan(0.4);
    expect(results[1]!.confusion).toEqual(results[0]!.confusion);
    expect(results[1]!.loss).toBeCloseTo(results[0]!.loss, 5);
    expect(results[0]!.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(60);

    const picture = join(temporaryFolder(), "digit.png");
    const images = valuesOf(drawDigits({ seed: 1, train: 1, test: 1 }).train);
    writeFileSync(
      picture,
      encode({ width: 28, height: 28, channels: 1, depth: 8, data: images as Uint8Array }),
    );
    const predicted = await runCommand(["predict", run, picture, "--top", "10", "--format", "json"]);
    const [prediction] = JSON.parse(predicted.out) as { classes: { probability: number }[] }[];
    expect(prediction!.classes).toHaveLength(10);
    expect(prediction!.classes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 4);
  });

  test("gives the same bits from the same seed, others from another", async () => {
    const [first, second, third] = ["a", "b", "c"].map(() => join(temporaryFolder(), "run")) as [
      string,
      string,
      string,
    ];
    for (const run of [first, second])
      expect((await runCommand(trainArguments(run, "--epochs", "2"))).code).toBe(0);
    expect((await runCommand(trainArguments(third, "--epochs", "2", "--seed", "1"))).code).toBe(0);
    expect(await stateOf(second)).toEqual(await stateOf(first));
    expect(await stateOf(third)).not.toEqual(await stateOf(first));
  });

  test("that is stopped and resumed ends with the bits of one that never stopped", async () => {
    const [whole, parts] = [join(temporaryFolder(), "run"), join(temporaryFolder(), "run")];
    expect((await runCommand(trainArguments(whole, "--epochs", "40"))).code).toBe(0);
    const stopped = await runCommand(trainArguments(parts, "--epochs", "40"), {
      onError: (text, interrupt) => {
        if (text.includes("epoch 3/40") && !text.includes("stopping")) interrupt();
      },
    });
    expect(stopped.code).toBe(130);
    expect(stopped.out).toMatch(/go on with: cnn train --resume/);
    const { description } = await readCheckpoint(join(parts, "checkpoint.safetensors"));
    expect(description.progress.epoch).toBeLessThan(40);
    expect((await runCommand(["train", "--resume", parts, "--data", data, "--threads", "1"])).code).toBe(0);
    expect(await stateOf(parts)).toEqual(await stateOf(whole));
  });
});

test("a receipt repeats its run, says what differs, and tells whether the weights are the same", async () => {
  const [run, again, other] = ["a", "b", "c"].map(() => join(temporaryFolder(), "run")) as [
    string,
    string,
    string,
  ];
  await runCommand(trainArguments(run, "--epochs", "1", "--no-report"));
  const repeat = ["train", "--receipt", join(run, "receipt.json"), "--no-report", "--run"];
  const same = await runCommand([...repeat, again]);
  expect(same.out).toMatch(/the weights are those of the receipt, bit for bit/);
  expect(same.error).not.toMatch(/differs/);
  expect(same.code).toBe(0);
  expect(await stateOf(again)).toEqual(await stateOf(run));
  const changed = await runCommand([...repeat, other, "--seed", "9"]);
  expect(changed.error).toMatch(/the setting seed differs: 0 in the receipt, 9 here/);
  expect(changed.out).toMatch(/the weights are not those of the receipt/);
  expect(changed.code).toBe(1);
});

test("JSON lines tell of a run for programs", async () => {
  const run = join(temporaryFolder(), "run");
  const { out } = await runCommand(trainArguments(run, "--epochs", "2", "--no-report", "--format", "json"));
  const events = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { event: string; epoch?: number });
  expect(events.map(({ event }) => event).filter((event) => event !== "step")).toEqual([
    "start",
    "epoch",
    "epoch",
    "end",
  ]);
  expect(events.at(-1)).toMatchObject({ end: "finished", run_folder: run, epochs: 2 });
});

test("a run that is done is not resumed without a further goal", async () => {
  const run = join(temporaryFolder(), "run");
  await runCommand(trainArguments(run, "--epochs", "1"));
  const resumed = await runCommand(["train", "--resume", run]);
  expect(resumed).toMatchObject({ code: 1 });
  expect(resumed.error).toMatch(/has done all of its 1 epochs/);
  expect((await runCommand(["train", "--resume", run, "--epochs", "2", "--threads", "1"])).code).toBe(0);
});

describe("what an export must not write", () => {
  test.each([
    ["a model's source", (model: string) => [model, model], 2, /an export is an \.onnx file/],
    [
      "into a folder that is not there",
      (model: string) => [model, "nowhere/m.onnx"],
      1,
      /folder of nowhere\/m.onnx/,
    ],
    [
      "with names for other classes",
      (model: string) => [model, "m.onnx", "--classes", "a,b"],
      2,
      /2 class names for a model with 10/,
    ],
  ])("%s", async (_, args, code, message) => {
    const text = readFileSync(model, "utf8");
    const result = await runCommand(["export", ...args(model)]);
    expect(result.error).toMatch(message);
    expect(result.code).toBe(code);
    expect(readFileSync(model, "utf8")).toBe(text);
  });
});

describe("what cannot be trained is told, and nothing is lost", () => {
  test("a folder that holds a run", async () => {
    const run = join(temporaryFolder(), "run");
    await runCommand(trainArguments(run, "--epochs", "1"));
    const before = readFileSync(join(run, "checkpoint.safetensors"));
    const { code, error } = await runCommand(trainArguments(run, "--epochs", "1"));
    expect(code).toBe(1);
    expect(error).toMatch(/holds a run already/);
    expect(readFileSync(join(run, "checkpoint.safetensors"))).toEqual(before);
  });

  test.each<[string, readonly string[], RegExp, number?]>([
    [
      "images of another size",
      ["train", "-e", "input 32x32x1; flatten; dense 10 softmax"],
      /takes 32x32x1, but .* are 28x28x1/,
    ],
    [
      "units that are not the classes",
      ["train", "-e", "flatten; dense 7 softmax"],
      /7 units, but .* 10 classes/,
    ],
    ["a model that ends in an image", ["train", "-e", "conv 10 3x3"], /not one value a class/],
    [
      "a loss that the activation does not fit",
      ["train", "-e", "flatten; dense 10 softmax", "--loss", "binary_cross_entropy"],
      /computed on logits/,
    ],
    [
      "sigmoid over classes that exclude each other",
      ["train", "-e", "flatten; dense 10 sigmoid"],
      /classes that exclude each\s+other/,
    ],
    ["a mistake in the model", ["train", "-e", "conv 10 3x3; dens 10"], /CNN1\d\d/],
    [
      "an optimizer that is not known",
      ["train", "-e", "flatten; dense 10 softmax", "--optimizer", "adm"],
      /--optimizer: .*did you mean `adam`/s,
      2,
    ],
    [
      "a loss that is not known",
      ["train", "-e", "flatten; dense 10 softmax", "--loss", "cross_entrop"],
      /--loss: .*did you mean `cross_entropy`/s,
      2,
    ],
    ["nothing to resume", ["train", "--resume", "nowhere"], /no checkpoint|no run to resume/],
  ])("%s", async (_, args, message, exitCode = 1) => {
    const { code, error } = await runCommand([
      ...args,
      ...(args.includes("--resume") ? [] : ["--data", data]),
    ]);
    expect(error).toMatch(message);
    expect(error).not.toMatch(/\bat .*\.js:\d+/);
    expect(code).toBe(exitCode);
  });

  test("a mistake that the data's size brings is shown in the program, and no folder stays behind", async () => {
    const folder = temporaryFolder();
    const network = ["-e", "conv 4 30x30; flatten; dense 10 softmax"];
    const { code, error } = await runCommand(["train", ...network, "--data", data], { folder });
    expect(error).toContain("error: the model cannot be trained\n\nerror[CNN200]: ");
    expect(error).toContain("\n1 │ conv 4 30x30; flatten; dense 10 softmax");
    expect(error).toMatch(/^ {2}│ \^{12} the window/m);
    expect(readdirSync(folder)).toEqual([]);
    expect(code).toBe(1);
  });

  test("warnings are of what the command line says, not of what it replaces in the file", async () => {
    const text = `input 28x28x1\nflatten\ndense 10 softmax\ntrain { data mnist }\n`;
    const model = modelFile(text.replace("dense 10", "dense 7"));
    // The classes are those of the data that is named here, of which nothing is known before it is read.
    const { error } = await runCommand(["train", model, "--data", data, "--run", "run"]);
    expect(error).not.toContain("CNN532");
    expect(error).toMatch(/7 units, but .* 10 classes/);
  });

  test("a loss that is no longer a number stops the run", async () => {
    const args = [
      "train",
      "-e",
      "flatten; dense 10 softmax",
      "--data",
      data,
      "--optimizer",
      "sgd",
      "--rate",
      "1e38",
      "--run",
      "run",
    ];
    const { code, error } = await runCommand(args);
    expect(code).toBe(1);
    expect(error).toMatch(/no longer a number \(epoch 1, step \d+\)/);
  });

  test.each(["evaluate", "export"])("%s of a damaged checkpoint", async (command) => {
    const run = join(temporaryFolder(), "run");
    await runCommand(trainArguments(run, "--epochs", "1"));
    const path = join(run, "checkpoint.safetensors");
    writeFileSync(path, readFileSync(path).subarray(0, 1000));
    const { code, error } = await runCommand([command, run]);
    expect(code).toBe(1);
    expect(error).toMatch(/not a sound\s+safetensors file/);
  });
});

test("a run whose reader goes away saves and ends, and can go on", async () => {
  const run = join(temporaryFolder(), "run");
  const child = spawn(process.execPath, [commandPath, ...trainArguments(run, "--epochs", "2000")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  child.stderr.once("data", () => child.stderr.destroy());
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.on("exit", (...end) => resolve(end)),
  );
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  const { description } = await readCheckpoint(join(run, "checkpoint.safetensors"));
  expect(description.history.length).toBeLessThan(2000);
  const resumed = await runCommand([
    "train",
    "--resume",
    run,
    "--epochs",
    String(description.history.length + 1),
  ]);
  expect(resumed).toMatchObject({ code: 0 });
});
