// Numbers and sequences to learn, several inputs and several outputs: as arrays of NumPy and as tables.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { beforeAll, describe, expect, test } from "vitest";
import { loadOnnxModel } from "../../src/engine/inference.ts";
import { createRandom } from "../../src/random/random.ts";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import { evaluateModel, evaluateOutputs } from "../../src/train/evaluate.ts";
import { openModel } from "../../src/train/open-model.ts";
import { predictNumbers, predictOutputs } from "../../src/train/predict.ts";
import { hashWeights } from "../../src/train/receipt.ts";
import { reportRun } from "../../src/train/report-run.ts";
import { runTraining } from "../../src/train/run.ts";
import { runCommand, temporaryFolder } from "../cli/run-command.ts";
import { npy } from "../data/write-npy.ts";

const root = temporaryFolder();
const count = 240;
const random = createRandom(3, "columns");
const examples = Array.from({ length: count }, () =>
  Array.from({ length: 4 }, () => Math.fround(2 * random.uniform() - 1)),
);
/** 3a - 2b + c/2 + 1, which a linear model finds exactly. */
const price = examples.map(([a, b, c]) => Math.fround(3 * a! - 2 * b! + c! / 2 + 1));
/** 0, 1 or 2: how many of the first two numbers are positive. */
const kind = examples.map(([a, b]) => Number(a! > 0) + Number(b! > 0));

const linear = `model line
input 4
price: dense 1
train { loss mse; optimizer adam 0.05; epochs 60; batch 24; validation 0 }
`;
const pair = `model pair
input left 2
input right 2
from left
concat right
hidden: dense 16 relu
price: dense 1
from hidden
kind: dense 3 softmax
output price kind
train { loss mse output=price; optimizer adam 0.02; epochs 15; batch 24 }
`;

function arrays(name: string, values: Readonly<Record<string, Buffer>>): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const [array, bytes] of Object.entries(values)) writeFileSync(join(folder, `${array}.npy`), bytes);
  return folder;
}

function table(name: string, head: string, row: (index: number) => readonly (number | string)[]): string {
  const lines = Array.from({ length: count }, (_, index) => row(index).join());
  const file = join(root, `${name}.csv`);
  writeFileSync(file, `${[head, ...lines].join("\n")}\n`);
  return file;
}

let runs = 0;
async function train(
  text: string,
  data: string,
  overrides: Readonly<Record<string, readonly string[]>> = {},
) {
  const runFolder = join(root, `run-${runs++}`);
  await runTraining({
    source: { name: "model.cnn", text },
    overrides: { data: [data], ...overrides },
    runFolder,
    threads: 1,
  });
  const checkpoint = await readCheckpoint(join(runFolder, "checkpoint.safetensors"));
  return { ...checkpoint, runFolder, last: checkpoint.description.history.at(-1)! };
}

const data: Record<"arrays" | "doubles" | "table" | "pairArrays" | "pairTable", string> = {
  arrays: "",
  doubles: "",
  table: "",
  pairArrays: "",
  pairTable: "",
};
beforeAll(() => {
  const flat = examples.flat();
  const halves = [0, 2].map((from) => examples.flatMap((row) => row.slice(from, from + 2)));
  data.arrays = arrays("arrays", { x: npy("<f4", [count, 4], flat), y: npy("<f4", [count], price) });
  data.doubles = arrays("doubles", { x: npy("<f8", [count, 4], flat), y: npy("<f8", [count, 1], price) });
  data.table = table("table", "a,b,price,c,d", (row) => {
    const [a, b, c, d] = examples[row]!;
    return [a!, b!, price[row]!, c!, d!];
  });
  data.pairArrays = arrays("pair-arrays", {
    left: npy("<f4", [count, 2], halves[0]!),
    right: npy("<f4", [count, 2], halves[1]!),
    price: npy("<f4", [count], price),
    kind: npy("<i8", [count], kind),
  });
  data.pairTable = table("pair-table", "id,left_1,left_2,price,kind,right_1,right_2", (row) => {
    const [a, b, c, d] = examples[row]!;
    return [row, a!, b!, price[row]!, kind[row]!, c!, d!];
  });
});

describe("numbers to learn", () => {
  test("a linear model finds the line that the numbers lie on", async () => {
    const { weights, last, runFolder } = await train(linear, data.arrays);
    const kernel = weights.get("price/kernel")!.data;
    for (const [index, value] of [3, -2, 0.5, 0].entries()) expect(kernel[index]).toBeCloseTo(value, 2);
    expect(weights.get("price/bias")!.data[0]).toBeCloseTo(1, 2);
    expect(Object.keys(last.training)).toEqual(["loss", "mae"]);
    expect(last.training["mae"]).toBeLessThan(0.01);

    // What is measured is what the predictions come to.
    const model = await openModel(runFolder);
    const { dataset, outputs } = await evaluateOutputs(model, {});
    expect(dataset.count).toBe(count / 5);
    const rows = await predictNumbers(model, examples.flat());
    const errors = [...dataset.rows!].map((row) => Math.abs(rows[row]![0]! - price[row]!));
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(outputs[0]!.scores["mae"]).toBeCloseTo(mean, 6);
    expect(outputs[0]!.scores["r2"]).toBeGreaterThan(0.9999);
  });

  test("float32, float64 and a table give the same run", async () => {
    const hash = async (from: string, overrides = {}): Promise<string> =>
      hashWeights((await train(linear, from, { epochs: ["2"], ...overrides })).weights);
    const expected = await hash(data.arrays);
    expect(await hash(data.doubles)).toBe(expected);
    expect(await hash(data.table, { label: ["price"] })).toBe(expected);
  });

  test("several columns are several numbers; which they are is not guessed", async () => {
    const both = linear.replace("dense 1", "dense 2").replace("input 4", "input 3");
    const { last } = await train(both, data.table, {
      label: ['["price", "d"]'],
      metrics: ["mae r2"],
      epochs: ["2"],
    });
    expect(Object.keys(last.training)).toEqual(["loss", "mae", "r2"]);
    const nameless = both.replace("price:", "both:");
    await expect(train(nameless, data.table)).rejects.toThrow(/which column holds the numbers/);
  });

  test("what does not suit is said", async () => {
    const said = async (overrides: Readonly<Record<string, readonly string[]>>, text = linear) =>
      train(text, data.arrays, overrides).catch(String);
    expect(await said({ metrics: ["f1"] })).toMatch(/f1 suits no output: price gives numbers/);
    expect(await said({ stop: ["val_mae"] })).toMatch(/needs validation data/);
    expect(await said({ class_weights: ["balanced"] })).toMatch(/class_weights is about classes/);
    expect(await said({}, linear.replace("dense 1", "dense 2"))).toMatch(
      /gives 2 an example, but .* holds 1/,
    );
    const sigmoid = linear.replace("dense 1", "dense 1 sigmoid").replace("loss mse", "");
    expect(await said({}, sigmoid)).toMatch(/is no class|holds values up to/);
  });
});

describe("several inputs and outputs", () => {
  test("by the names of arrays and of columns: the same run, each output measured by what suits it", async () => {
    const fromArrays = await train(pair, data.pairArrays);
    const fromTable = await train(pair, data.pairTable);
    expect(hashWeights(fromTable.weights)).toBe(hashWeights(fromArrays.weights));
    const { training, validation } = fromArrays.last;
    expect(Object.keys(training)).toEqual(["loss", "price_mae", "kind_accuracy"]);
    expect(Object.keys(validation!)).toEqual(Object.keys(training));
    expect(training["kind_accuracy"]).toBeGreaterThan(0.8);
    const { outputs } = await evaluateOutputs(await openModel(fromArrays.runFolder), {});
    expect(outputs.map(({ name }) => name)).toEqual(["price", "kind"]);
    expect(outputs[1]!.scores["accuracy"]).toBeGreaterThan(0.7);
  });

  test("goes on to the same bits, watches a score of one output, and has its page", async () => {
    const whole = await train(pair, data.pairArrays, { epochs: ["4"] });
    const part = await train(pair, data.pairArrays, {
      epochs: ["2"],
      stop: ["val_kind_accuracy patience=5"],
    });
    await runTraining({
      source: { name: "model.cnn", text: pair },
      overrides: { data: [data.pairArrays], epochs: ["4"] },
      runFolder: part.runFolder,
      start: "resume",
      threads: 1,
    });
    const { weights } = await readCheckpoint(join(part.runFolder, "checkpoint.safetensors"));
    expect(hashWeights(weights)).toBe(hashWeights(whole.weights));
    expect(await reportRun(part.runFolder)).toContain("report.html");
  });

  test("an array or a column that is missing is named", async () => {
    await expect(train(pair, data.arrays)).rejects.toThrow(/no arrays left and right and price and kind/);
    await expect(train(pair, data.table)).rejects.toThrow(/no column for left/);
    await expect(train(pair, "digits")).rejects.toThrow(/one example and one label, but pair has 2 inputs/);
    await expect(train(pair, data.pairArrays, { stop: ["val_kind_mae patience=1"] })).rejects.toThrow(
      /no epoch will have the score val_kind_mae/,
    );
  });
});

describe("places and sequences", () => {
  const pixels = Array.from({ length: count * 16 }, () => random.integer(256));
  const bright = pixels.map((value) => Number(value > 127));

  test("a class of each place, and yes or no of each place", async () => {
    const folder = arrays("places", {
      x: npy("|u1", [count, 4, 4], pixels),
      y: npy("|u1", [count, 4, 4], bright),
    });
    const settings = { rate: ["0.05"], epochs: ["20"] };
    const softmax = "input 4x4x1\nconv 4 1x1 tanh\nconv 2 1x1 softmax\n";
    expect((await train(softmax, folder, settings)).last.training["accuracy"]).toBeGreaterThan(0.95);
    const sigmoid = "input 4x4x1\nconv 4 1x1 tanh\nconv 1 1x1 sigmoid\n";
    expect((await train(sigmoid, folder, settings)).last.training["accuracy"]).toBeGreaterThan(0.95);
    const changed = (change: string) => softmax.replace("conv 4", `augment { ${change} }\nconv 4`);
    await expect(train(changed("cutmix"), folder)).rejects.toThrow(/places of its own, of which cutmix/);
    const narrow = "input 4x4x1\naugment { flip horizontal }\npool avg 2\nconv 2 1x1 softmax\n";
    const less = arrays("less", {
      x: npy("|u1", [count, 4, 4], pixels),
      y: npy("|u1", [count, 2, 2], bright.slice(0, 4 * count)),
    });
    await expect(train(narrow, less)).rejects.toThrow(/would stay where they are under flip/);
    // A mask moves with its picture; what cannot be seen at a place cannot be learned if it does not.
    const moved = "flip both; shift 0.5 fill=reflect; rotation 0.5";
    for (const net of [softmax, sigmoid]) {
      const text = net.replace("conv 4", `augment { ${moved} }\nconv 4`);
      const { last } = await train(text, folder, settings);
      expect(last.training["accuracy"]).toBeGreaterThan(0.85);
      expect(last.validation!["accuracy"]).toBeGreaterThan(0.9);
    }
    const { last } = await train(changed("brightness 0.05; mixup 0.1"), folder, settings);
    expect(last.validation!["accuracy"]).toBeGreaterThan(0.9);
  });

  test("pictures to learn must be in the range that the output gives", async () => {
    const folder = arrays("auto", {
      x: npy("|u1", [count, 4, 4], pixels),
      y: npy("|u1", [count, 4, 4], pixels),
    });
    const auto = "input 4x4x1\nconv 1 3x3 same sigmoid\ntrain { loss mse }\n";
    await expect(train(auto, folder)).rejects.toThrow(/gives 0 to 1, but .* holds values up to 255/);
  });

  test("sequences by CTC", async () => {
    const sequences = Array.from({ length: count }, () => [1 + random.integer(3), 1 + random.integer(3)]);
    const places = sequences.flatMap(([first, second]) =>
      Array.from({ length: 8 }, (_, place) => (place % 4 === 3 ? 0 : place < 4 ? first! : second!)),
    );
    const oneHot = places.flatMap((label) => [0, 1, 2, 3].map((each) => Number(each === label)));
    const folder = arrays("sequences", {
      x: npy("<f4", [count, 8, 4], oneHot),
      y: npy("<i4", [count, 2], sequences.flat()),
    });
    const text = "input 8x4\nconv 4 1 softmax\ntrain { loss ctc; optimizer adam 0.1; epochs 10 }\n";
    const { last } = await train(text, folder);
    expect(last.training.loss).toBeLessThan(0.2);
    // What has been learned is read without a mistake.
    expect([last.training["error_rate"], last.validation!["error_rate"]]).toEqual([0, 0]);
    await expect(train(text.replace("conv 4 1", "conv 3 1"), folder)).rejects.toThrow(/has the class 3/);
  });
});

describe("augmentation", () => {
  const pixels = Array.from({ length: count * 36 }, () => random.integer(256));
  const picture = npy("|u1", [count, 6, 6], pixels);
  const classes = npy("|u1", [count], kind);
  const net = "conv 4 3x3 relu\nglobal_pool avg\nhead: dense 3 softmax\n";
  const settings = { epochs: ["3"], optimizer: ["sgd 0.1"], validation: ["0"] };

  test.each(["flip horizontal; rotation 0.1; cutout 0.3", "mixup 0.4", "flip both; cutmix 1"])(
    "of two views of the same picture is that of one: %s",
    async (changes) => {
      const name = `views-${changes.replace(/\W+/g, "-")}`;
      // Both parts given, so that the same rows are trained on whether they have a class or a column.
      const parts = (values: Readonly<Record<string, Buffer>>) =>
        Object.fromEntries(
          Object.entries(values).flatMap(([key, bytes]) => [
            [`${key}_train`, bytes],
            [`${key}_test`, bytes],
          ]),
        );
      const one = arrays(`${name}-one`, parts({ x: picture, y: classes }));
      const two = arrays(`${name}-two`, parts({ left: picture, right: picture, head: classes }));
      const single = await train(`input 6x6x1\naugment { ${changes} }\n${net}`, one, settings);
      const views = `input left 6x6x1\ninput right 6x6x1\naugment { ${changes} }\nfrom left\naverage right\n${net}`;
      const twice = await train(views, two, settings);
      expect(twice.description.history.map(({ training }) => training.loss)).toEqual(
        single.description.history.map(({ training }) => training.loss),
      );
    },
  );

  test("blends what every output is to give, and is refused where that cannot be", async () => {
    const folder = arrays("blended", {
      left: picture,
      right: npy("<f4", [count, 4], examples.flat()),
      price: npy("<f4", [count], price),
      kind: classes,
    });
    const text = `input left 6x6x1
input right 4
augment { shift 0.1 of=left; mixup 0.3 }
from left
flatten
concat right
hidden: dense 16 relu
price: dense 1
from hidden
kind: dense 3 softmax
output price kind
train { loss mse output=price; optimizer adam 0.01; epochs 20; batch 24 }
`;
    const { last } = await train(text, folder);
    expect(last.validation!["price_mae"]).toBeLessThan(0.7);
    const told = (changes: string) => train(text.replace("shift 0.1 of=left; mixup 0.3", changes), folder);
    await expect(told("cutmix 1")).rejects.toThrow(
      /`cutmix` changes images .*, but the\s+input `right` is 4/,
    );
    await expect(told("flip horizontal of=rihgt")).rejects.toThrow(
      /the model has no input `rihgt`[^]*did you mean `right`/,
    );
    await expect(told("hue 0.1")).rejects.toThrow(/`hue` changes colours, but the input `left`\s+is 6x6x1/);
  });
});

describe("numbers that are looked up", () => {
  const [length, words] = [70, 100];
  const tokens = Array.from({ length: 60 * length }, (_, at) => (at * 37 + (at % 11)) % words);
  const labels = npy(
    "<i8",
    [60],
    [...Array(60).keys()].map((row) => row % 2),
  );
  const text = `input ${length}\nembedding ${words} 4\nglobal_pool avg\ndense 2 softmax\ntrain { epochs 2 }\n`;
  const saved = (name: string, type: Parameters<typeof npy>[0], values: readonly number[]): string =>
    arrays(name, { x: npy(type, [60, length], values), y: labels });

  test("reach the model as they are, whatever their type", async () => {
    const [floats, bytes, wide] = await Promise.all(
      (["<f4", "|u1", "<i8"] as const).map((type) =>
        train(text, saved(`words-${type.slice(1)}`, type, tokens)),
      ),
    );
    expect(hashWeights(bytes!.weights)).toBe(hashWeights(floats!.weights));
    expect(hashWeights(wide!.weights)).toBe(hashWeights(floats!.weights));
    expect(wide!.description.pixelScale).toBe(1);
  });

  test.each([
    ["beyond the table", "<i8", 100, /has 100 in example 2, but embedding has places .* from 0 to 99/],
    ["below it", "<i8", -1, /has -1 in example 2/],
    ["between two places", "<f4", 3.5, /has 3.5 in example 2/],
  ] as const)("are refused %s", async (name, type, value, message) => {
    const changed = tokens.map((token, at) => (at === length + 3 ? value : token));
    await expect(train(text, saved(name, type, changed))).rejects.toThrow(message);
  });

  test("are looked for in other data too", async () => {
    const { runFolder } = await train(text, saved("words", "<i8", tokens));
    const other = saved(
      "other words",
      "<i8",
      tokens.map((token) => token + 1),
    );
    await expect(evaluateModel(await openModel(runFolder, 1), { data: other })).rejects.toThrow(
      /has 100 in example/,
    );
  });
});

test("the command exports a run of several outputs, and predicts all of them of a picture", async () => {
  const [side, size, pictures] = [6, 36, 24];
  const pixels = Array.from({ length: pictures * size }, (_, at) => (at * 31) % 256);
  const folder = arrays("outputs", {
    picture: npy("|u1", [pictures, side, side, 1], pixels),
    place: npy(
      "<f4",
      [pictures, side, side, 1],
      pixels.map((value) => value / 255),
    ),
    kind: npy(
      "<i8",
      [pictures],
      [...Array(pictures).keys()].map((row) => row % 3),
    ),
  });
  const text = `input picture 6x6x1
place: conv 1 1x1
from picture
flatten
kind: dense 3 softmax
output place kind
train { loss mse output=place; epochs 1 }
`;
  const { runFolder } = await train(text, folder);
  const file = join(root, "picture.png");
  const own = Uint8Array.from(pixels.slice(0, size));
  writeFileSync(file, encode({ width: side, height: side, channels: 1, depth: 8, data: own }));
  const [place, kinds] = (await predictOutputs(await openModel(runFolder, 1), own)).map(([row]) => [...row!]);
  const whole = await loadOnnxModel(await exportRun(runFolder));
  const [scaled] = [Float32Array.from(own, (value) => value / 255)];
  const expected = await whole.runInOrder([scaled], 1);
  for (const [index, values] of [place!, kinds!].entries())
    for (const [at, value] of values.entries()) expect(value).toBeCloseTo(expected[index]![at]!, 5);
  await whole.dispose();

  const told = await runCommand(["predict", runFolder, file, "--top", "1"]);
  const likeliest = kinds!.indexOf(Math.max(...kinds!));
  expect(told.out).toContain(`  kind: class ${likeliest} ${(100 * kinds![likeliest]!).toFixed(1)} %`);
  expect(told.out).toContain("… (36 numbers; --format json has all)");
});

async function exportRun(runFolder: string): Promise<string> {
  const file = join(root, "several.onnx");
  const { code, error } = await runCommand(["export", runFolder, file]);
  expect([code, error]).toEqual([0, ""]);
  return file;
}

test("a value that is no number is refused with its row; the command says all of it", async () => {
  const broken = arrays("broken", {
    x: npy("<f4", [count, 4], examples.flat()),
    y: npy(
      "<f4",
      [count],
      price.map((value, row) => (row === 6 ? NaN : value)),
    ),
  });
  await expect(train(linear, broken)).rejects.toMatchObject({ place: { row: 7 } });
  const model = join(root, "linear.cnn");
  writeFileSync(model, linear);
  const run = join(root, "commanded");
  const trained = await runCommand(["train", model, "--data", data.table, "--epochs", "2", "--run", run]);
  expect(trained.error).toMatch(/epoch 2\/2 {2}loss \d\.\d{4} mae \d\.\d{4}/);
  expect(trained.code).toBe(0);
  expect((await runCommand(["evaluate", run])).out).toMatch(/^price: mae .* rmse .* r2 /);
});
