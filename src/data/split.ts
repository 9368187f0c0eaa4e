// Which rows train, which are held back, and in which order an epoch takes them.
import { InputError } from "../diagnostics/input-error.ts";
import { createRandom, randomPermutation } from "../random/random.ts";
import { classCounts, type Dataset, selectRows, sliceDataset } from "./dataset.ts";

/**
 * The order of the examples in an epoch: a permutation of 0 to `count` - 1 that depends on the seed and the epoch's number
 * alone, so that a resumed run sees what an uninterrupted one would have seen.
 */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  return randomPermutation(createRandom(seed, `shuffle/${epoch}`), count);
}

/**
 * An order in which every class comes equally often: as many examples as there are, each class's own in random order, again
 * from the start where they are used up. What is left over when the classes do not divide the count goes to random classes.
 */
export function balancedOrder(dataset: Dataset, seed: number, epoch: number): Uint32Array {
  const random = createRandom(seed, `balance/${epoch}`);
  const members = rowsByClass(dataset).filter((rows) => rows.length > 0);
  const turns = randomPermutation(random, members.length);
  const chosen = new Uint32Array(dataset.count);
  let at = 0;
  for (const [turn, index] of turns.entries()) {
    const rows = members[index]!;
    const share = Math.floor((dataset.count + members.length - 1 - turn) / members.length);
    let order = randomPermutation(random, rows.length);
    for (let taken = 0; taken < share; taken++) {
      if (taken > 0 && taken % rows.length === 0) order = randomPermutation(random, rows.length);
      chosen[at++] = rows[order[taken % rows.length]!]!;
    }
  }
  return randomPermutation(random, dataset.count).map((place) => chosen[place]!);
}

/** Weights of the classes for a loss: n / (classes · n of the class), as scikit-learn's `balanced`; 0 for an absent class. */
export function balancedClassWeights(dataset: Dataset): number[] {
  const counts = classCounts(dataset);
  return counts.map((count) => (count === 0 ? 0 : dataset.count / (counts.length * count)));
}

function rowsByClass({ labels, classNames }: Dataset): number[][] {
  // Examples without classes are all of one.
  const rows = Array.from({ length: Math.max(1, classNames.length) }, (): number[] => []);
  labels.forEach((label, row) => rows[label]!.push(row));
  return rows;
}

/** How much to hold back: a fraction between 0 and 1, or a number of examples. */
export type HeldSize = { readonly fraction: number } | { readonly count: number };

/** How the held part is chosen: equally from each class by a seed, or the last rows, as Keras' `validation_split` does. */
export type SplitMethod =
  { readonly method: "stratified"; readonly seed: number } | { readonly method: "last" };

/**
 * Splits off data that is not trained on. Of `count` examples and a fraction, floor(count · (1 - fraction)) stay for
 * training, as in Keras. A stratified split takes its share of every class, to the nearest whole number.
 *
 * @throws InputError if a part would be empty
 */
export function splitDataset(
  dataset: Dataset,
  size: HeldSize,
  how: SplitMethod = { method: "last" },
): { readonly train: Dataset; readonly held: Dataset } {
  const count = heldCount(dataset, size);
  const border = dataset.count - count;
  if (how.method === "last") {
    return {
      train: sliceDataset(dataset, 0, border),
      held: sliceDataset(dataset, border, dataset.count),
    };
  }
  const isHeld = chooseStratified(dataset, count, how.seed);
  const all = Uint32Array.from({ length: dataset.count }, (_, row) => row);
  const what = `${count} rows, stratified, seed ${how.seed}`;
  return {
    train: selectRows(
      dataset,
      all.filter((row) => isHeld[row] === 0),
      `all but ${what}`,
    ),
    held: selectRows(
      dataset,
      all.filter((row) => isHeld[row] === 1),
      what,
    ),
  };
}

function heldCount(dataset: Dataset, size: HeldSize): number {
  const held = "count" in size ? size.count : dataset.count - Math.floor(dataset.count * (1 - size.fraction));
  if (Number.isInteger(held) && held >= 1 && held < dataset.count) return held;
  const asked = "count" in size ? `${size.count} examples` : `the fraction ${size.fraction}`;
  const all = dataset.count === 1 ? "only example" : `${dataset.count} examples`;
  throw new InputError(`cannot hold back ${asked} of the ${all} of ${dataset.name}`, {
    help: "what is trained on and what is held back need at least one example each",
  });
}

/** Whole shares first, then one more for the classes with the largest remainders, the earlier class first. */
function chooseStratified(dataset: Dataset, count: number, seed: number): Uint8Array {
  const random = createRandom(seed, "split");
  const members = rowsByClass(dataset);
  const exact = members.map((rows) => (rows.length * count) / dataset.count);
  const shares = exact.map(Math.floor);
  let missing = count - shares.reduce((total, share) => total + share, 0);
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder) if (missing-- > 0) shares[index]! += 1;
  const isHeld = new Uint8Array(dataset.count);
  for (const [index, rows] of members.entries()) {
    const order = randomPermutation(random, rows.length);
    for (let place = 0; place < shares[index]!; place++) isHeld[rows[order[place]!]!] = 1;
  }
  return isHeld;
}
