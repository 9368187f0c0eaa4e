// What a run says of its data before its first step.
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { createDataset, type Dataset } from "../../src/data/dataset.ts";
import { splitDataset } from "../../src/data/split.ts";
import { inMemory } from "../../src/data/store.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { notesOfData } from "../../src/train/data-notes.ts";
import { resolveSettings } from "../../src/train/settings/resolve.ts";

const classNames = ["cat", "dog", "owl", "bee", "ant", "fox", "elk"];

/** So many examples of each class. */
function dataset(counts: readonly number[]): Dataset {
  const labels = Int32Array.from(counts.flatMap((count, label) => new Array<number>(count).fill(label)));
  return createDataset({
    name: "pets",
    examples: inMemory(new Float32Array(labels.length)),
    shape: [1],
    labels,
    classNames: classNames.slice(0, counts.length),
    source: "",
  });
}

function notes(settings: string, train: Dataset, validation?: Dataset): readonly string[] {
  const text = `model m\ninput 1\ndense ${train.classNames.length} softmax\ntrain {\n${settings}\n}\n`;
  const { graph } = compile(new SourceFile("m.cnn", text)).model;
  return notesOfData(resolveSettings(graph).value, train, { train, validation });
}

describe("notes on the data", () => {
  test("are none where nothing is unusual", () => {
    expect(notes("sampling balanced", dataset([3, 1]), dataset([1, 1]))).toEqual([]);
    expect(notes("class_weights balanced", dataset([3, 1]), dataset([1, 1]))).toEqual([]);
  });

  test("tell of zeros and ones that are divided by 255", () => {
    const bits = (last: number): Dataset => ({
      ...dataset([2, 2]),
      content: "pixels",
      examples: inMemory(Uint8Array.of(0, 1, 1, last)),
    });
    const told = (train: Dataset, scale: number) =>
      notesOfData(
        resolveSettings(compile(new SourceFile("m.cnn", "input 1\ndense 2")).model.graph).value,
        train,
        {
          train,
          validation: undefined,
          scale,
        },
      );
    expect(told(bits(1), 1 / 255)).toEqual([expect.stringMatching(/^all values of pets are 0 or 1/)]);
    expect(told(bits(1), 1)).toEqual([]);
    expect(told(bits(2), 1 / 255)).toEqual([]);
  });

  test("tell of rare classes that are made up for twice", () => {
    expect(notes("sampling balanced; class_weights balanced", dataset([3, 1]))).toEqual([
      expect.stringMatching(/made up for twice.*leave one of them out/),
    ]);
  });

  test("name classes of which nothing is held back, as a stratified split of one example leaves it", () => {
    const all = dataset([20, 1, 20]);
    const { train, held } = splitDataset(all, { fraction: 0.1 }, { method: "stratified", seed: 0 });
    expect(notes("", train, held)).toEqual([
      "nothing is held back of dog: the scores of the validation data do not speak of it",
    ]);
  });

  test("name classes of which nothing is left to train on, as the last rows of sorted data", () => {
    const all = dataset([20, 20, 2]);
    const { train, held } = splitDataset(all, { fraction: 0.1 }, { method: "last" });
    expect(notes("validation 0.1 split=last", train, held)).toEqual([
      expect.stringMatching(/no training example is left of owl/),
      expect.stringMatching(/nothing is held back of cat:/),
    ]);
  });

  test("name five classes at most", () => {
    expect(notes("", dataset([1, 1, 1, 1, 1, 1, 1]), dataset([0, 0, 0, 0, 0, 0, 1]))).toEqual([
      expect.stringContaining("cat, dog, owl, bee, ant and 1 other class:"),
    ]);
  });
});
