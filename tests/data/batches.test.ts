import { describe, expect, it } from "vitest";
import { batchCount, batches } from "../../src/data/batches.ts";
import { createDataset, type Dataset, exampleSize, type ImageShape } from "../../src/data/dataset.ts";
import { epochOrder, splitDataset } from "../../src/data/split.ts";
import { inMemory } from "../../src/data/store.ts";
import { inputError } from "./temporary.ts";

/** Image i is filled with i, its label is i mod 3. */
function countingDataset(count: number, shape: ImageShape = [2, 3, 1]): Dataset {
  const size = exampleSize(shape);
  return createDataset({
    name: "counting",
    examples: inMemory(Uint8Array.from({ length: count * size }, (_, index) => Math.floor(index / size))),
    shape,
    labels: Uint8Array.from({ length: count }, (_, index) => index % 3),
    classNames: ["zero", "one", "two"],
    source: "counting",
  });
}

describe("data sets", () => {
  it("know their count", () => {
    expect(countingDataset(7).count).toBe(7);
  });

  it("refuse counts that differ", () => {
    const { examples, shape, classNames } = countingDataset(3);
    const parts = { name: "bad", examples, shape, labels: new Uint8Array(2), classNames, source: "" };
    expect(inputError(() => createDataset(parts)).message).toBe("bad has 3 images but 2 labels");
  });

  it("refuse a label that names no class, with its row", () => {
    const { examples, shape, classNames } = countingDataset(3);
    for (const [label, labels] of [
      [3, Uint8Array.of(0, 3, 1)],
      [-1, Int32Array.of(0, -1, 1)],
    ] as const) {
      const error = inputError(() =>
        createDataset({ name: "bad", examples, shape, labels, classNames, source: "" }, { file: "labels" }),
      );
      expect(error.message).toBe(`the label ${label} names no class: bad has 3 classes, 0 to 2`);
      expect(error.place).toEqual({ file: "labels", row: 2 });
    }
  });

  it("refuse to be empty", () => {
    const parts = {
      name: "none",
      examples: inMemory(new Uint8Array(0)),
      labels: new Uint8Array(0),
      classNames: ["a"],
      source: "",
    };
    expect(inputError(() => createDataset({ ...parts, shape: [2, 2, 1] })).message).toBe(
      "none holds no images",
    );
  });
});

describe("the order of an epoch", () => {
  it("is a permutation", () => {
    expect(Array.from(epochOrder(1000, 0, 1)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i),
    );
  });

  it("depends on the seed and the epoch alone", () => {
    const order = epochOrder(100, 0, 3);
    epochOrder(100, 0, 4);
    expect(epochOrder(100, 0, 3)).toEqual(order);
    expect(epochOrder(100, 0, 4)).not.toEqual(order);
    expect(epochOrder(100, 1, 3)).not.toEqual(order);
    expect(epochOrder(10, 0, 0)).toMatchInlineSnapshot(`
      Uint32Array [
        8,
        2,
        6,
        5,
        4,
        0,
        1,
        7,
        3,
        9,
      ]
    `);
  });
});

describe("batches", () => {
  it("come in the order of the data, a last smaller one included", () => {
    const sizes: number[] = [];
    const seen: number[] = [];
    for (const batch of batches(countingDataset(7), { batchSize: 3 })) {
      sizes.push(batch.size);
      expect(batch.index).toBe(sizes.length - 1);
      expect(batch.examples).toHaveLength(batch.size * 6);
      expect(batch.labels).toHaveLength(batch.size);
      for (let place = 0; place < batch.size; place++) {
        const value = batch.examples[place * 6]!;
        expect(Array.from(batch.examples.subarray(place * 6, place * 6 + 6))).toEqual(
          new Array(6).fill(value),
        );
        expect(batch.labels[place]).toBe(value % 3);
        seen.push(value);
      }
    }
    expect(sizes).toEqual([3, 3, 1]);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(batchCount(7, 3)).toBe(3);
    expect(batchCount(6, 3)).toBe(2);
  });

  it("follow an order, and hold each image once", () => {
    const order = epochOrder(50, 0, 0);
    const seen: number[] = [];
    for (const batch of batches(countingDataset(50), { batchSize: 8, order })) {
      for (let place = 0; place < batch.size; place++) seen.push(batch.examples[place * 6]!);
    }
    expect(seen).toEqual(Array.from(order));
  });

  it("may start within an epoch, with the batches that would have come", () => {
    const dataset = countingDataset(50);
    const order = epochOrder(50, 7, 2);
    const copy = (firstBatch: number) =>
      Array.from(batches(dataset, { batchSize: 8, order, firstBatch }), (batch) =>
        Array.from(batch.examples),
      );
    expect(copy(4)).toEqual(copy(0).slice(4));
    expect(copy(7)).toEqual([]);
  });

  it.each([1, 1 / 255, 0.5])("multiply pixels by %d", (scale) => {
    // 7 pixels an image: not a multiple of what is copied at once.
    const dataset = countingDataset(256, [7, 1, 1]);
    for (const batch of batches(dataset, { batchSize: 100, scale })) {
      for (let at = 0; at < batch.examples.length; at++) {
        const pixel = batch.index * 100 + Math.floor(at / 7);
        expect(batch.examples[at]).toBe(Math.fround(pixel * scale));
      }
    }
  });

  it("reuse their arrays", () => {
    const buffers = new Set<ArrayBufferLike>();
    for (const batch of batches(countingDataset(20), { batchSize: 3 })) buffers.add(batch.examples.buffer);
    expect(buffers.size).toBe(1);
  });

  it("allocate no more than the data needs", () => {
    const [batch, ...others] = batches(countingDataset(5), { batchSize: 1e12 });
    expect(batch!.size).toBe(5);
    expect(others).toEqual([]);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuse the size %d", (batchSize) => {
    expect(() => batches(countingDataset(5), { batchSize }).next()).toThrow(RangeError);
  });
});

describe("validation data", () => {
  it.each([
    // Keras: int(math.floor(count * (1.0 - validation_split))) images stay.
    [100, 0.2, 80],
    [10, 0.1, 9],
    [7, 0.5, 3],
    [60_000, 0.1, 54_000],
    [10, 0.3, 7],
    [1000, 0.35, 650],
  ])("of %d images the fraction %d leaves the first %d", (count, fraction, kept) => {
    const dataset = countingDataset(count, [1, 1, 1]);
    const { train, held } = splitDataset(dataset, { fraction });
    expect(train.count).toBe(kept);
    expect(held.count).toBe(count - kept);
    expect(train.rows).toEqual(Uint32Array.from({ length: kept }, (_, row) => row));
    expect(Array.from(held.labels)).toEqual(Array.from(dataset.labels.subarray(kept)));
    expect(train.source).not.toBe(held.source);
  });

  it("may be counted, and shares the memory of the whole", () => {
    const dataset = countingDataset(9);
    const { train, held } = splitDataset(dataset, { count: 2 });
    expect([train.count, held.count]).toEqual([7, 2]);
    expect(held.examples).toBe(dataset.examples);
    expect(Array.from(held.labels)).toEqual([1, 2]);
    const [batch] = batches(held, { batchSize: 2 });
    expect(Array.from(batch!.examples)).toEqual([
      ...new Array<number>(6).fill(7),
      ...new Array<number>(6).fill(8),
    ]);
  });

  it.each([
    { fraction: 0 },
    { fraction: 1 },
    { fraction: -0.5 },
    { fraction: Number.NaN },
    { count: 0 },
    { count: 9 },
    { count: 1.5 },
  ])("refuses %o", (size) => {
    expect(inputError(() => splitDataset(countingDataset(9), size)).message).toContain("cannot hold back");
  });
});
