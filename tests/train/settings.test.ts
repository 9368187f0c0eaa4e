import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { resolveSettings } from "../../src/train/settings/resolve.ts";

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
    ["lr 0.001", "the learning rate stands with its optimizer: `optimizer adam 0.001`", undefined],
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
