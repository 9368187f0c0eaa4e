// One set of images as IDX files, as a table and as a folder of pictures: the same run, to the last bit of every weight.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { beforeAll, describe, expect, test } from "vitest";
import { createDataset, type Dataset, sliceDataset } from "../../src/data/dataset.ts";
import { drawDigits } from "../../src/data/digits.ts";
import { writeIdx } from "../../src/data/idx.ts";
import { loadPart } from "../../src/data/named.ts";
import { inMemory } from "../../src/data/store.ts";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import { runTraining } from "../../src/train/run.ts";
import { temporaryFolder, valuesOf } from "../data/temporary.ts";

const count = 320;
const isHere = existsSync("/usr/share/datasets/fashion-mnist");

/** The first images of Fashion-MNIST where Debian's package is installed, else drawn digits. */
async function images(): Promise<Dataset> {
  const whole = isHere
    ? await loadPart("fashion_mnist", "train")
    : drawDigits({ train: count, test: 1 }).train;
  const { labels, classNames, shape } = sliceDataset(whole, 0, count);
  const examples = inMemory((valuesOf(whole) as Uint8Array).slice(0, count * 784));
  return createDataset({ name: "images", examples, labels, classNames, shape, source: "" });
}

const root = temporaryFolder();
const forms = {
  idx: join(root, "idx"),
  csv: join(root, "csv"),
  png: join(root, "png"),
  npy: join(root, "npy"),
};

beforeAll(async () => {
  const { labels, ...dataset } = await images();
  const pixels = valuesOf(dataset as Dataset) as Uint8Array;
  const image = (row: number): Uint8Array => pixels.subarray(784 * row, 784 * (row + 1));
  for (const folder of Object.values(forms)) mkdirSync(folder);
  for (const part of ["train", "t10k"]) {
    await writeIdx(join(forms.idx, `${part}-images-idx3-ubyte`), {
      type: "uint8",
      shape: [count, 28, 28],
      data: pixels,
    });
    await writeIdx(join(forms.idx, `${part}-labels-idx1-ubyte`), {
      type: "uint8",
      shape: [count],
      data: Uint8Array.from(labels),
    });
  }
  const head = ["label", ...Array.from({ length: 784 }, (_, at) => `pixel${at + 1}`)].join();
  const lines = Array.from({ length: count }, (_, row) => [labels[row], ...image(row)].join());
  const table = `${[head, ...lines].join("\n")}\n`;
  const header = (shape: string): Buffer => {
    const text = `{'descr': '|u1', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + "\n";
    return Buffer.from(`\x93NUMPY\x01\x00v\x00${text}`, "latin1");
  };
  for (const part of ["train", "test"]) {
    writeFileSync(join(forms.csv, `images_${part}.csv`), table);
    mkdirSync(join(forms.png, part));
    for (let name = 0; name < 10; name++) mkdirSync(join(forms.png, part, String(name)));
    for (let row = 0; row < count; row++) {
      const file = join(forms.png, part, String(labels[row]), `${row}.png`);
      writeFileSync(file, encode({ width: 28, height: 28, channels: 1, depth: 8, data: image(row) }));
    }
    writeFileSync(join(forms.npy, `x_${part}.npy`), Buffer.concat([header(`(${count}, 28, 28)`), pixels]));
    writeFileSync(
      join(forms.npy, `y_${part}.npy`),
      Buffer.concat([header(`(${count},)`), Uint8Array.from(labels)]),
    );
  }
});

const network = (more: string): string =>
  `model forms\ninput 28x28x1\n${more}\nconv 8 3x3 stride=3 relu\nflatten\ndense 10 softmax\ntrain { batch 32; epochs 2 }\n`;

async function train(data: string, more = "", overrides: Record<string, readonly string[]> = {}) {
  const result = await runTraining({
    source: { name: "forms.cnn", text: network(more) },
    compile: {},
    overrides: { data: [data], ...overrides },
    runFolder: join(temporaryFolder(), "run"),
    start: "fresh",
    threads: 1,
  });
  return readCheckpoint(result.checkpoint);
}

const bits = (weights: ReadonlyMap<string, { readonly data: Float32Array }>): string =>
  [...weights]
    .map(([name, { data }]) => `${name}:${Buffer.from(data.slice().buffer).toString("base64")}`)
    .join("\n");

describe(isHere ? "Fashion-MNIST" : "drawn digits", () => {
  test("as IDX, as a table, as NumPy's arrays and as pictures give the same bits", async () => {
    const idx = await train(forms.idx);
    for (const form of [forms.csv, forms.npy, forms.png]) {
      expect(bits((await train(form)).weights)).toBe(bits(idx.weights));
    }
    const [first, last] = [idx.description.history[0]!, idx.description.history.at(-1)!];
    expect(last.training.loss).toBeLessThan(first.training.loss);
  });

  test("and so with augmentation, normalisation and from a file", async () => {
    const more = "augment { flip horizontal; shift 0.1; mixup 0.2 }\nnormalize";
    const idx = await train(forms.idx, more);
    const pictures = await train(forms.png, more);
    expect(bits(pictures.weights)).toBe(bits(idx.weights));
    process.env["CNN_DATA_MEMORY"] = "0.05";
    process.env["XDG_CACHE_HOME"] = temporaryFolder();
    try {
      expect(bits((await train(forms.png, more)).weights)).toBe(bits(idx.weights));
    } finally {
      delete process.env["CNN_DATA_MEMORY"];
      delete process.env["XDG_CACHE_HOME"];
    }
    // Statistics of the nine tenths that train, in the unit of the bytes that such a model is given.
    const mean = idx.weights.get("normalization/mean")!.data[0]!;
    const pixels = valuesOf(await loadPart(forms.idx, "train"));
    let sum = 0;
    for (const value of pixels) sum += value;
    const wholeMean = sum / pixels.length;
    expect(Math.abs(mean - wholeMean)).toBeLessThan(5);
    expect(mean).not.toBe(0);
  });

  test("metrics are measured on the training data too, unless that is not wanted", async () => {
    const last = async (metrics: string, validation = "0.1"): Promise<readonly (readonly string[])[]> => {
      const { description } = await train(forms.idx, "", { metrics: [metrics], validation: [validation] });
      const { training, validation: held = {} } = description.history.at(-1)!;
      return [Object.keys(training).sort(), Object.keys(held).sort()];
    };
    const all = ["accuracy", "auc", "f1", "loss", "top3"];
    expect(await last("accuracy top3 f1 auc")).toEqual([all, all]);
    expect(await last("accuracy top3 f1 auc training=no")).toEqual([["accuracy", "loss"], all]);
    expect(await last("f1", "0")).toEqual([["accuracy", "f1", "loss"], []]);
  });

  test("class weights change the loss; a weight too few is refused", async () => {
    const usual = bits((await train(forms.idx)).weights);
    expect(bits((await train(forms.idx, "", { class_weights: ["balanced"] })).weights)).not.toBe(usual);
    const ones = `[${new Array(10).fill(1).join(", ")}]`;
    expect(bits((await train(forms.idx, "", { class_weights: [ones] })).weights)).toBe(usual);
    await expect(train(forms.idx, "", { class_weights: ["[1, 2]"] })).rejects.toThrow(/has 2 numbers/);
  });

  test("a balanced order and Keras' split are other runs", async () => {
    const usual = bits((await train(forms.idx)).weights);
    expect(bits((await train(forms.idx, "", { sampling: ["balanced"] })).weights)).not.toBe(usual);
    expect(bits((await train(forms.idx, "", { validation: ["0.1 split=last"] })).weights)).not.toBe(usual);
  });
});
