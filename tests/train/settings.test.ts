import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { settingWord } from "../../src/settings/setting.ts";
import { resolveSettings } from "../../src/train/settings/resolve.ts";
import { type TrainSettings, trainSettings } from "../../src/train/settings/table.ts";

const graphOf = (settings: string, layers = "dense 3") =>
  compile(new SourceFile("m.cnn", `model m\ninput 4\n${layers}\ntrain {\n${settings}\n}\n`)).model.graph;
const codesOf = (settings: string) => resolveSettings(graphOf(settings)).diagnostics.map(({ code }) => code);

describe("settings", () => {
  test("are Keras' where nothing is said", () => {
    expect(resolveSettings(graphOf("")).value).toMatchObject({
      data: "digits",
      loss: [],
      schedule: { name: "constant" },
      clip: undefined,
      average: undefined,
      accumulate: 1,
      optimizer: { name: "adam", learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
      batch: 32,
      epochs: 5,
      seed: 0,
      validation: { share: 0.1, split: "stratified" },
      resize: false,
      skipBad: false,
      label: undefined,
      sampling: "once",
      classWeights: undefined,
      metrics: { names: [], training: true },
    });
  });

  test.each([
    ["boundaries=[1] values=[1]", "1 boundaries and 1 values"],
    ["boundaries=[2, 1] values=[1, 0.1, 0.01]", "must rise"],
    ["boundaries=[0] values=[1, 0.1]", "must rise"],
  ])("a piecewise schedule needs a value for each piece: %s", (piecewise, message) => {
    const [finding] = resolveSettings(graphOf(`schedule piecewise ${piecewise}`)).diagnostics;
    expect(finding?.code).toBe("CNN301");
    expect(finding?.message).toContain(message);
  });

  test("come from the file, and the command line wins", () => {
    const graph = graphOf(
      "data fashion_mnist\nloss cross_entropy\noptimizer sgd 0.1 momentum=0.9\nbatch 64\nepochs 2\nseed 7\nvalidation 0",
    );
    expect(resolveSettings(graph)).toMatchObject({
      diagnostics: [],
      value: {
        data: "fashion_mnist",
        loss: [{ name: "cross_entropy", labelSmoothing: 0, weight: 1 }],
        batch: 64,
        epochs: 2,
        seed: 7,
        validation: { share: 0, split: "stratified" },
        optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9 },
      },
    });
    expect(resolveSettings(graph, { batch: ["8"], rate: ["0.5"], data: ["mnist"] }).value).toMatchObject({
      batch: 8,
      data: "mnist",
      epochs: 2,
      optimizer: { name: "sgd", learningRate: 0.5, momentum: 0.9 },
    });
    // Another optimizer does not inherit the rate of the one it replaces.
    expect(resolveSettings(graph, { optimizer: ["adam"] }).value.optimizer).toMatchObject({
      name: "adam",
      learningRate: 0.001,
    });
  });

  test.each([
    ["batch", "CNN301"],
    ["batch 0", "CNN301"],
    ["batch 1.5", "CNN301"],
    ["epochs relu", "CNN301"],
    ["validation 1", "CNN301"],
    ["optimizer sgd -1", "CNN301"],
    ["batch 8\nbatch 16", "CNN302"],
    ["batches 8", "CNN303"],
    ["optimizer adan", "CNN303"],
    ["optimizer adam momentum=0.9", "CNN303"],
    ["loss entropy", "CNN303"],
    ["loss mse\nloss mae", "CNN302"],
    ["loss huber delta=0", "CNN301"],
    ["schedule cosine warmup=-1", "CNN301"],
    ["schedule cosin", "CNN303"],
    ["clip value", "CNN301"],
    ["clip norms 1", "CNN301"],
    ["average 1", "CNN301"],
    ["regularize l2=1e-4\nregularize l1=1e-4", "CNN302"],
    ["layer_rate dense", "CNN301"],
  ])("%j is reported as %s", (settings, code) => {
    expect(codesOf(settings)).toEqual([code]);
  });

  test.each([
    ["batch_size 8", "did you mean `batch`?", "batch"],
    ["optimiser adam", "did you mean `optimizer`?", "optimizer"],
    [
      "lr 0.001",
      "the learning rate stands with its optimizer: `optimizer adam 0.001`",
      "optimizer adam 0.001",
    ],
  ])("%j, in another library's words, is told what it is called here", (settings, help, word) => {
    const [found] = resolveSettings(graphOf(settings)).diagnostics;
    expect(found!.help).toBe(help);
    expect(found!.fix?.edits[0]!.text).toBe(word);
  });

  test.each([
    [
      { optimizer: ["sgd 0.1 momentum=0.9 nesterov"] },
      { name: "sgd", learningRate: 0.1, momentum: 0.9, nesterov: true },
    ],
    [
      { optimizer: ["sgd"], momentum: ["0.5"] },
      { name: "sgd", momentum: 0.5, learningRate: 0.01 },
    ],
    [{ rate: ["0.5"] }, { name: "adam", learningRate: 0.5 }],
  ])("of the command line are written as in the file: %j", (overrides, optimizer) => {
    expect(resolveSettings(graphOf(""), overrides).value.optimizer).toMatchObject(optimizer);
  });

  test.each([
    [{ optimizer: ["adan"] }, /--optimizer: there is no optimizer called `adan`/],
    [{ momentum: ["0.9"] }, /--momentum: `adam` has no argument `momentum`/],
    [{ batch: ["0"] }, /--batch: `batch` takes a whole number from 1 to 1000000, not 0/],
    [{ batch: ["32\nepochs 4"] }, /--batch takes one setting/],
    [{ batch: ["}"] }, /--batch/],
  ])("of the command line are refused where they are wrong: %j", (overrides, message) => {
    expect(() => resolveSettings(graphOf(""), overrides)).toThrow(message);
  });

  test.each([
    ["dense 3 softmax", "from_logits=yes", "from_logits=yes, but the model ends in softmax"],
    ["dense 3; softmax", "from_logits", "from_logits=yes, but the model ends in softmax"],
    ["dense 3", "from_logits=no", "from_logits=no, but the model ends without an activation"],
    ["a: dense 3\nb: dense 2 softmax\noutput a b", "from_logits=yes", "but the output `b` ends in softmax"],
    ["a: dense 3\nb: dense 2 softmax\noutput a b", "from_logits=yes output=b", "but the output `b` ends in"],
  ])("after %j, --loss may not say %s", (layers, said, message) => {
    const graph = graphOf("", layers);
    expect(() => resolveSettings(graph, { loss: [`cross_entropy ${said}`] })).toThrow(message);
  });

  test.each([
    ["dense 3 softmax", "from_logits=no"],
    ["dense 3", "from_logits=yes"],
    ["dense 3 relu", "from_logits=yes"],
    ["a: dense 3\nb: dense 2 softmax\noutput a b", "from_logits=yes output=a"],
  ])("after %j, --loss may say %s", (layers, said) => {
    const { diagnostics } = resolveSettings(graphOf("", layers), { loss: [`cross_entropy ${said}`] });
    expect(diagnostics).toEqual([]);
  });

  test("what the file says of logits is overridden with its loss, and is not judged here", () => {
    const graph = graphOf("loss cross_entropy from_logits=yes", "dense 3 softmax");
    expect(resolveSettings(graph).diagnostics).toEqual([]);
    expect(resolveSettings(graph, { loss: ["cross_entropy"] }).diagnostics).toEqual([]);
  });

  test("may stand several times where they are for several parts", () => {
    const { value, diagnostics } = resolveSettings(
      graphOf(
        "loss mse output=a weight=0.3\nloss huber output=b\nregularize l2=1e-4\nregularize of=x l1=0.1\nlayer_rate x 0.1",
        "x: dense 5\na: dense 3\nb: dense 2\noutput a b",
      ),
    );
    expect(diagnostics).toEqual([]);
    expect(value).toMatchObject({
      loss: [
        { name: "mse", output: "a", weight: 0.3 },
        { name: "huber", output: "b", delta: 1 },
      ],
      regularize: [
        { l2: 1e-4, weights: "kernel" },
        { of: "x", l1: 0.1 },
      ],
      layerRate: [{ of: "x", factor: 0.1 }],
    });
  });

  test("a path on the command line needs no quotation marks", () => {
    const { value } = resolveSettings(graphOf(""), { data: ["/some where/data-1.x"] });
    expect(value.data).toBe("/some where/data-1.x");
  });
});

/**
 * Each setting with a statement of its own, what it comes to, and a value that it refuses. The command line takes what stands
 * behind the setting's word.
 */
const everySetting: {
  readonly [Name in keyof TrainSettings]: readonly [said: string, value: unknown, wrong: string];
} = {
  data: ["mnist", "mnist", "3"],
  resize: ["yes", true, "2"],
  skipBad: ["yes", true, "maybe"],
  label: ["[a, b]", ["a", "b"], "[1.5]"],
  batch: ["48", 48, "0"],
  validation: ["0.25 split=last", { share: 0.25, split: "last" }, "1"],
  classWeights: ["[1, 2, 0.5]", [1, 2, 0.5], "[1, -2]"],
  sampling: ["balanced", "balanced", "twice"],
  loss: ["focal gamma=3", [{ name: "focal", gamma: 3 }], "focal gamma=-1"],
  optimizer: ["rmsprop 0.02 rho=0.8", { name: "rmsprop", learningRate: 0.02, rho: 0.8 }, "adam beta_1=1"],
  schedule: ["step every=4 factor=0.5", { name: "step", every: 4, factor: 0.5 }, "step factor=0"],
  clip: ["norm 0.5", { by: "norm", limit: 0.5 }, "norm 0"],
  accumulate: ["3", 3, "0"],
  precision: ["float16", "float16", "bfloat16"],
  average: ["0.99", 0.99, "1"],
  regularize: ["l1=1e-5 weights=all", [{ l1: 1e-5, l2: 0, weights: "all" }], "l2=-1"],
  maxNorm: ["2 of=dense", [{ limit: 2, of: "dense" }], "0"],
  layerRate: ["dense 0.1", [{ of: "dense", factor: 0.1 }], "dense -1"],
  epochs: ["12", 12, "1.5"],
  seed: ["4294967295", 4294967295, "4294967296"],
  checkpoint: ["epochs=2 keep=3 best=val_loss", { epochs: 2, keep: 3, best: "val_loss" }, "keep=-1"],
  stop: ["val_accuracy patience=4", { score: "val_accuracy", patience: 4 }, "val_accuracy patience=-1"],
  metrics: ["accuracy top5", { names: ["accuracy", "top5"] }, "acuracy"],
};

describe.each(Object.entries(everySetting))("%s", (key, [said, value, wrong]) => {
  const word = settingWord(key);

  test("means the same in the file and on the command line, which wins", () => {
    const inFile = resolveSettings(graphOf(`${word} ${said}`));
    expect(inFile.diagnostics).toEqual([]);
    expect(inFile.value).toMatchObject({ [key]: value });
    const { default: usual, example } = trainSettings[key as keyof TrainSettings];
    expect(inFile.value[key as keyof TrainSettings]).not.toEqual(usual);
    const wins = resolveSettings(graphOf(word === "layer_rate" ? "" : example), { [word]: [said] });
    expect(wins).toEqual(inFile);
  });

  test("is refused where it is wrong, in the file and on the command line", () => {
    expect(codesOf(`${word} ${wrong}`)).toEqual([word === "metrics" ? "CNN303" : "CNN301"]);
    // Every text is a path there.
    if (key === "data") return;
    expect(() => resolveSettings(graphOf(""), { [word]: [wrong] })).toThrow(
      new RegExp(`^--${word.replaceAll("_", "-")}: `),
    );
  });
});

test("the command line names parts of the model that there are", () => {
  expect(() => resolveSettings(graphOf(""), { layer_rate: ["dnese 0.1"] })).toThrow(
    /--layer-rate: m has no layer, call or model `dnese`/,
  );
});

test.each([
  ["loss CategoricalCrossentropy", "cross_entropy"],
  ["loss SparseCategoricalCrossentropy", "cross_entropy"],
  ["loss BCEWithLogitsLoss", "binary_cross_entropy"],
  ["loss mean_squared_error", "mse"],
  ["loss SmoothL1Loss", "huber"],
  ["schedule CosineDecay", "cosine"],
  ["schedule ReduceLROnPlateau", "plateau"],
  ["optimizer AdamW", "adamw"],
])("%j is told what it is called here", (statement, word) => {
  const [found] = resolveSettings(graphOf(statement)).diagnostics;
  expect([found?.code, found?.help, found?.fix?.edits[0]?.text]).toEqual([
    "CNN303",
    `did you mean \`${word}\`?`,
    word,
  ]);
});
