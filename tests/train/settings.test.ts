import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { resolveSettings } from "../../src/train/settings.ts";

const graphOf = (settings: string) =>
  compile(new SourceFile("m.cnn", `model m\ninput 4\ndense 3\ntrain {\n${settings}\n}\n`)).model.graph;
const codesOf = (settings: string) => resolveSettings(graphOf(settings)).diagnostics.map(({ code }) => code);

describe("settings", () => {
  test("are Keras' where nothing is said", () => {
    expect(resolveSettings(graphOf("")).value).toEqual({
      data: "digits",
      loss: undefined,
      optimizer: { name: "adam", learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
      batch: 32,
      epochs: 5,
      seed: 0,
      validation: 0.1,
    });
  });

  test("come from the file, and the command line wins", () => {
    const graph = graphOf(
      "data fashion_mnist\nloss cross_entropy\noptimizer sgd 0.1 momentum=0.9\nbatch 64\nepochs 2\nseed 7\nvalidation 0",
    );
    expect(resolveSettings(graph)).toMatchObject({
      diagnostics: [],
      value: {
        data: "fashion_mnist",
        loss: "cross_entropy",
        batch: 64,
        epochs: 2,
        seed: 7,
        validation: 0,
        optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9 },
      },
    });
    expect(resolveSettings(graph, { batch: 8, learningRate: 0.5, data: "mnist" }).value).toMatchObject({
      batch: 8,
      data: "mnist",
      epochs: 2,
      optimizer: { name: "sgd", learningRate: 0.5, momentum: 0.9 },
    });
    // Another optimizer does not inherit the rate of the one it replaces.
    expect(resolveSettings(graph, { optimizer: "adam" }).value.optimizer).toMatchObject({
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
  ])("%j is reported as %s", (settings, code) => {
    expect(codesOf(settings)).toEqual([code]);
  });
});
