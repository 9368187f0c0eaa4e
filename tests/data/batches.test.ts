import { describe, expect, it } from "vitest";
import { batchCount, batches, epochOrder, fillBatch, splitValidation } from "../../src/data/batches.ts";
import { createDataset, imageSize, type Dataset, type ImageShape } from "../../src/data/dataset.ts";
import { inputError } from "./temporary.ts";

/** Image i is filled with i, its label is i mod 3. */
function countingDataset(count: number, shape: ImageShape = [2, 3, 1]): Dataset {
  const size = imageSize(shape);
  return createDataset({
    name: "counting",
    images: Uint8Array.from({ length: count * size }, (_, index) => Math.floor(index / size)),
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
    const { images, shape, classNames } = countingDataset(3);
    const parts = { name: "bad", images, shape, labels: new Uint8Array(2), classNames, source: "" };
    expect(inputError(() => createDataset(parts)).message).toBe("bad has 3 images but 2 labels");
  });

  it("refuse a label that names no class, with its row", () => {
    const { images, shape, classNames } = countingDataset(3);
    for (const [label, labels] of [
      [3, Uint8Array.of(0, 3, 1)],
      [-1, Int32Array.of(0, -1, 1)],
    ] as const) {
      const error = inputError(() =>
        createDataset({ name: "bad", images, shape, labels, classNames, source: "" }, { file: "labels" }),
      );
      expect(error.message).toBe(`the label ${label} names no class: bad has 3 classes, 0 to 2`);
      expect(error.place).toEqual({ file: "labels", row: 2 });
    }
  });

  it("refuse to be empty", () => {
    const parts = {
      name: "none",
      images: new Uint8Array(0),
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
      expect(batch.images).toHaveLength(batch.size * 6);
      expect(batch.labels).toHaveLength(batch.size);
      for (let place = 0; place < batch.size; place++) {
        const value = batch.images[place * 6]!;
        expect(Array.from(batch.images.subarray(place * 6, place * 6 + 6))).toEqual(new Array(6).fill(value));
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
      for (let place = 0; place < batch.size; place++) seen.push(batch.images[place * 6]!);
    }
    expect(seen).toEqual(Array.from(order));
  });

  it("may start within an epoch, with the batches that would have come", () => {
    const dataset = countingDataset(50);
    const order = epochOrder(50, 7, 2);
    const copy = (firstBatch: number) =>
      Array.from(batches(dataset, { batchSize: 8, order, firstBatch }), (batch) => Array.from(batch.images));
    expect(copy(4)).toEqual(copy(0).slice(4));
    expect(copy(7)).toEqual([]);
  });

  it.each([1, 1 / 255, 0.5])("multiply pixels by %d", (scale) => {
    // 7 pixels an image: not a multiple of what is copied at once.
    const dataset = countingDataset(256, [7, 1, 1]);
    for (const batch of batches(dataset, { batchSize: 100, scale })) {
      for (let at = 0; at < batch.images.length; at++) {
        const pixel = batch.index * 100 + Math.floor(at / 7);
        expect(batch.images[at]).toBe(Math.fround(pixel * scale));
      }
    }
  });

  it("reuse their arrays", () => {
    const buffers = new Set<ArrayBufferLike>();
    for (const batch of batches(countingDataset(20), { batchSize: 3 })) buffers.add(batch.images.buffer);
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

  it("can be filled by hand", () => {
    const images = new Float32Array(12);
    const labels = new Int32Array(2);
    const order = Uint32Array.of(4, 2, 3);
    fillBatch(countingDataset(5), { start: 1, size: 2, scale: 2, order }, images, labels);
    expect(Array.from(images)).toEqual([4, 4, 4, 4, 4, 4, 6, 6, 6, 6, 6, 6]);
    expect(Array.from(labels)).toEqual([2, 0]);
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
    const { train, validation } = splitValidation(dataset, { fraction });
    expect(train.count).toBe(kept);
    expect(validation.count).toBe(count - kept);
    expect(train.images).toEqual(dataset.images.subarray(0, kept));
    expect(validation.labels).toEqual(dataset.labels.subarray(kept));
    expect(train.source).not.toBe(validation.source);
  });

  it("may be counted, and shares the memory of the whole", () => {
    const dataset = countingDataset(9);
    const { train, validation } = splitValidation(dataset, { count: 2 });
    expect([train.count, validation.count]).toEqual([7, 2]);
    expect(validation.images.buffer).toBe(dataset.images.buffer);
    expect(Array.from(validation.labels)).toEqual([1, 2]);
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
    expect(inputError(() => splitValidation(countingDataset(9), size)).message).toContain("cannot hold back");
  });
});
