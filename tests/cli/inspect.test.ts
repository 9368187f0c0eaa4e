import { describe, expect, test } from "vitest";
import { modelFile, runCommand } from "./run-command.ts";

const oneLine = "conv 32 3x3 relu; pool max 2; flatten; dense 10 softmax";
const lectures = `model lectures
input 28x28x1
conv 32 3x3 relu
pool max 2
conv 64 3x3 relu
pool max 2
conv 64 3x3 relu
flatten
dense 64 relu
dense 10 softmax
`;

describe("check", () => {
  test("a sound file, a folder's files, standard input and -e all pass", async () => {
    const file = modelFile(lectures);
    for (const args of [
      ["check", file],
      ["check", file.replace(/[^/]*$/, "")],
      ["check", "-e", oneLine],
    ]) {
      expect(await runCommand(args)).toMatchObject({ code: 0, error: "" });
    }
    expect(await runCommand(["check", "-", "--input", "28x28x1"], { input: oneLine })).toMatchObject({
      code: 0,
    });
  });

  test("a model of the library goes by its name, with its parameters, and is not mended", async () => {
    expect(await runCommand(["check", "resnet50", "--set", "classes=3"])).toMatchObject({
      code: 0,
      error: "",
    });
    const { code, out } = await runCommand(["check", "resnet50", "--set", "width=0"]);
    expect(out).toContain("`divisible(0, 8)`: what is rounded must be above 0");
    // The value of the command line is wrong, and the library's file is not.
    expect(code).toBe(2);
    const unknown = await runCommand(["check", "resnet5"]);
    expect(unknown.error).toContain("no model of that name in the standard\n       library");
    expect(unknown.code).toBe(1);
    expect(await runCommand(["check", "resnet50", "--fix"])).toMatchObject({ code: 2 });
  });

  test("a mistake ends with 1 and is told with its place", async () => {
    const { code, out } = await runCommand([
      "check",
      "-e",
      "conv 32 3x3 relu; pool max 2; flaten",
      "--input",
      "28x28x1",
    ]);
    expect(code).toBe(1);
    expect(out).toContain("flatten");
    expect(out).toMatch(/<command line>:1:31/);
  });

  test("JSON holds what a tool needs to show and mend a mistake", async () => {
    const { code, out } = await runCommand(["check", "--format", "json", "-e", "input 3x3x1; conv 8 5x5"]);
    const { diagnostics, errors } = JSON.parse(out) as {
      errors: number;
      diagnostics: Record<string, unknown>[];
    };
    expect(code).toBe(1);
    expect(errors).toBe(1);
    expect(diagnostics[0]).toMatchObject({
      code: expect.stringMatching(/^CNN2\d\d$/) as string,
      severity: "error",
      primary: { file: "<command line>", start: { line: 1, column: 14, offset: 13 } },
    });
  });

  test("the settings of a train section are checked too", async () => {
    const { code, out } = await runCommand(["check", "-e", "flatten; dense 10\ntrain { epochs 0; bacth 3 }"]);
    expect(code).toBe(1);
    expect(out).toContain("CNN301");
    expect(out).toContain("did you mean `batch`?");
  });

  test.each([
    [["check"], /no model given/],
    [["summary", "vgg16", "-e", "dense 3"], /not both/],
    [["check", "a.cnn", "-e", "relu"], /not both/],
    [["check", "-e", "relu", "--format", "xml"], /human, json/],
    [["chek"], /unknown command/],
    [["summary", "--widht"], /unknown option/],
  ])("the call %j is wrong and ends with 2", async (args, message) => {
    const { code, error } = await runCommand(args);
    expect(code).toBe(2);
    expect(error).toMatch(message);
  });

  test.each([
    ["a file that is not there", ["check", "nowhere.cnn"], /there is no file nowhere.cnn/],
    ["a folder without models", ["check", "."], /no \.cnn file/],
  ])("%s ends with 1", async (_, args, message) => {
    const { code, error } = await runCommand(args);
    expect(code).toBe(1);
    expect(error).toMatch(message);
    expect(error).not.toMatch(/\bat .*\.js:\d+/);
  });
});

// The counts that Keras gives for this network.
const counts = ["320", "18,496", "36,928", "36,928", "650"];

describe("summary", () => {
  test("gives the counts of the lectures' network", async () => {
    const { code, out } = await runCommand(["summary", modelFile(lectures)]);
    expect(code).toBe(0);
    const column = out.split("\n").flatMap((line) => line.match(/^│[^│]*│[^│]*│\s*([\d,]+) │/)?.[1] ?? []);
    expect(column.filter((count) => count !== "0")).toEqual(counts);
    expect(out).toContain("Total params: 93,322");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("without an input the unknown dimensions stay unknown, and --input fills them in", async () => {
    const open = await runCommand(["summary", "-e", oneLine]);
    expect(open.out).toContain("?x?x32");
    const closed = await runCommand(["summary", "-e", oneLine, "--input", "28x28x1", "--format", "json"]);
    expect(JSON.parse(closed.out)).toMatchObject({ totals: { parameters: 320 + 13 * 13 * 32 * 10 + 10 } });
  });
});

test("explain shows each formula with its numbers", async () => {
  const { code, out } = await runCommand(["explain", modelFile(lectures)]);
  expect(code).toBe(0);
  expect(out).toContain("(3×3×32)×64 + 64 = 18,496");
  expect(out).toContain("(26 - 2)/2 + 1 = 13");
});

test("explain tells what a code means, and which is meant by a wrong one", async () => {
  expect(await runCommand(["explain", "CNN204"])).toMatchObject({ code: 0 });
  const { code, error } = await runCommand(["explain", "CNN999"]);
  expect(code).toBe(2);
  expect(error).toMatch(/no diagnostic CNN999/);
});

describe("a file of several models", () => {
  const several = `model small { input 8x8x1; conv 2 3x3 relu }
model large { input 8x8x1; conv 20 3x3 relu }
`;

  test.each(["summary", "explain"])("%s says how to choose one, and takes the choice", async (command) => {
    const file = modelFile(several, "several.cnn");
    const { code, error } = await runCommand([command, file]);
    expect({ code, error }).toMatchObject({
      code: 1,
      error: expect.stringContaining("--model name") as string,
    });
    const chosen = await runCommand([command, file, "--model", "large"]);
    expect(chosen.code).toBe(0);
    expect(chosen.out).toContain("200");
    const missing = await runCommand([command, file, "--model", "larg"]);
    expect(missing.error).toContain("did you mean `large`");
  });
});
