// Batches that threads prepare: the same bits whatever the number of threads, and wherever an epoch begins.
import { describe, expect, test } from "vitest";
import type { Augmentation } from "../../src/data/augment/kinds.ts";
import { openBatches } from "../../src/data/batch-source.ts";
import { type Batch, batches } from "../../src/data/batches.ts";
import { classCounts } from "../../src/data/dataset.ts";
import { drawDigits } from "../../src/data/digits.ts";
import { balancedClassWeights, balancedOrder, epochOrder, splitDataset } from "../../src/data/split.ts";
import { channelStatistics } from "../../src/data/statistics.ts";
import { inMemory } from "../../src/data/store.ts";
import { inputError } from "./temporary.ts";

const { train } = drawDigits({ train: 300, test: 10 });
const augmentations: readonly Augmentation[] = [
  {
    name: "shift",
    amount: [-0.1, 0.1],
    height: undefined,
    width: undefined,
    fill: "reflect",
    value: 0,
    of: undefined,
    probability: 1,
  },
  { name: "mixup", alpha: 0.4, probability: 1 },
];
const form = { batchSize: 32, scale: 1 / 255, augmentations, seed: 3 };

const copy = ({ index, size, examples, labels, mix }: Batch) => ({
  index,
  size,
  examples: examples.slice(),
  labels: labels.slice(),
  mix: mix && { partners: mix.partners.slice(), shares: mix.shares.slice() },
});

async function collect(threads: number, plan: { epoch: number; firstBatch?: number }) {
  const source = openBatches(train, form, threads);
  const found: ReturnType<typeof copy>[] = [];
  for await (const batch of source.epoch({ ...plan, order: epochOrder(300, 3, plan.epoch) }))
    found.push(copy(batch));
  await source.close();
  return found;
}

test("one thread, three threads and this thread give the same bits", async () => {
  const [one, three] = [await collect(1, { epoch: 2 }), await collect(3, { epoch: 2 })];
  expect(one.length).toBe(10);
  expect(three).toEqual(one);
  const here = Array.from(batches(train, { ...form, epoch: 2, order: epochOrder(300, 3, 2) }), copy);
  expect(here).toEqual(one);
});

test("an epoch that goes on at its sixth batch gives what it would have given", async () => {
  expect(await collect(2, { epoch: 1, firstBatch: 5 })).toEqual((await collect(2, { epoch: 1 })).slice(5));
});

test("epochs differ, and one may be left early", async () => {
  const source = openBatches(train, form, 2);
  for await (const batch of source.epoch({ epoch: 0 })) if (batch.index === 2) break;
  const again: number[] = [];
  for await (const batch of source.epoch({ epoch: 0 })) again.push(batch.examples[400]!);
  const other: number[] = [];
  for await (const batch of source.epoch({ epoch: 1 })) other.push(batch.examples[400]!);
  await source.close();
  expect(again.length).toBe(10);
  expect(other).not.toEqual(again);
  expect(source.waitedSeconds).toBeGreaterThan(0);
});

test("a thread's mistake is told with its file", async () => {
  const lost = {
    ...train,
    examples: { kind: "file", path: "/nowhere/a.rows", start: 0, type: "uint8" },
  } as const;
  const source = openBatches(lost, { batchSize: 8 }, 1);
  await expect(source.epoch({}).next()).rejects.toThrow(/cannot read \/nowhere\/a.rows/);
  await source.close();
});

describe("classes of unequal size", () => {
  const labels = Int32Array.from({ length: 100 }, (_, row) => (row < 90 ? 0 : row < 98 ? 1 : 2));
  const examples = inMemory(Uint8Array.from({ length: 100 }, (_, row) => row));
  const dataset = {
    ...train,
    labels,
    examples,
    shape: [1, 1, 1],
    count: 100,
    rows: undefined,
    classNames: ["a", "b", "c"],
  };

  test("are held back in equal shares, by a seed", () => {
    const { train: kept, held } = splitDataset(dataset, { fraction: 0.5 }, { method: "stratified", seed: 0 });
    expect(classCounts(held)).toEqual([45, 4, 1]);
    expect(classCounts(kept)).toEqual([45, 4, 1]);
    expect([...kept.rows!, ...held.rows!].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, row) => row),
    );
    const again = splitDataset(dataset, { fraction: 0.5 }, { method: "stratified", seed: 0 });
    expect(again.held.rows).toEqual(held.rows);
    const other = splitDataset(dataset, { fraction: 0.5 }, { method: "stratified", seed: 1 });
    expect(other.held.rows).not.toEqual(held.rows);
  });

  test("come equally often in a balanced order, and all of a class before any twice", () => {
    const order = balancedOrder(dataset, 0, 0);
    expect(order.length).toBe(100);
    const counts = [0, 0, 0];
    for (const row of order) counts[labels[row]!]! += 1;
    expect(counts.sort()).toEqual([33, 33, 34]);
    expect(new Set([...order].filter((row) => labels[row] === 0)).size).toBeGreaterThanOrEqual(33);
    expect(new Set([...order].filter((row) => labels[row]! > 0)).size).toBe(10);
    expect(balancedOrder(dataset, 0, 1)).not.toEqual(order);
  });

  // scikit-learn 1.9.1, compute_class_weight("balanced", classes=[0, 1, 2], y=[0]*90 + [1]*8 + [2]*2).
  test("have scikit-learn's balanced weights", () => {
    const weights = [0.37037037037037035, 4.166666666666667, 16.666666666666668];
    balancedClassWeights(dataset).forEach((weight, index) => expect(weight).toBeCloseTo(weights[index]!, 12));
  });

  test("cannot be held back wholly", () => {
    expect(inputError(() => splitDataset(dataset, { fraction: 0 })).message).toContain("cannot hold back");
  });
});

test("statistics of channels, by hand and with a large mean", () => {
  const values = Float32Array.of(1, 10, 3, 10, 5, 40, 7, 40);
  const dataset = { ...train, examples: inMemory(values), shape: [2, 1, 2], count: 2, rows: undefined };
  const { means, variances, count } = channelStatistics(dataset);
  expect([...means]).toEqual([4, 25]);
  expect([...variances]).toEqual([5, 225]);
  expect(count).toBe(4);
  const far = { ...dataset, examples: inMemory(values.map((value) => value + 1e6)) };
  expect([...channelStatistics(far).variances]).toEqual([5, 225]);
  expect([...channelStatistics({ ...dataset, rows: Uint32Array.of(1), count: 1 }).means]).toEqual([6, 40]);
});
