// Blending the examples of a batch with each other, labels included.
import { randomPermutation, type Random } from "../../random/random.ts";
import { exponential, logarithm } from "./angles.ts";
import type { ImageSize } from "./geometry.ts";
import type { AugmentationOf } from "./kinds.ts";

/** One input of the examples of a batch, `size` values each. */
export interface MixedPart {
  readonly values: Float32Array;
  readonly size: number;
  /** Undefined where it is no image. */
  readonly image: ImageSize | undefined;
}

/** The examples of a batch, with all their inputs. */
export interface MixedBatch {
  readonly count: number;
  readonly parts: readonly MixedPart[];
}

/** Whose label each example takes besides its own, and what share its own keeps. */
export interface LabelMix {
  readonly partners: Uint32Array;
  readonly shares: Float32Array;
}

export type MixingName = "mixup" | "cutmix";

/** An input of an example, and what its partner had there before. */
interface Pair extends MixedPart {
  readonly start: number;
  readonly partner: Float32Array;
}

/** Blends the inputs of one example with its partner's; says what share of the label stays. */
type Mix = (pairs: readonly Pair[], share: number, random: Random) => number;

const mixes: { readonly [Name in MixingName]: Mix } = {
  mixup: (pairs, share) => {
    for (const { values, start, size, partner } of pairs) {
      for (let index = 0; index < size; index++) {
        values[start + index] = share * values[start + index]! + (1 - share) * partner[index]!;
      }
    }
    return share;
  },
  // All inputs are images of one height and width.
  cutmix: (pairs, share, random) => {
    const { height, width } = pairs[0]!.image!;
    const side = Math.sqrt(1 - share);
    const [top, bottom] = stretch(random, side, height);
    const [left, right] = stretch(random, side, width);
    for (const { values, start, image, partner } of pairs) {
      const { channels } = image!;
      for (let y = top; y < bottom; y++) {
        const from = (y * width + left) * channels;
        const to = (y * width + right) * channels;
        values.set(partner.subarray(from, to), start + from);
      }
    }
    return 1 - ((bottom - top) * (right - left)) / (height * width);
  },
};

/** A stretch of about `share` of the length, somewhere within it. */
function stretch(random: Random, share: number, length: number): readonly [from: number, to: number] {
  const cells = Math.round(share * length);
  const from = Math.floor(random.uniform() * (length - cells + 1));
  return [from, from + cells];
}

/**
 * Blends a batch: one of the mixers is drawn for it, the partners are a permutation of the batch, and each example's share is
 * drawn by itself, as in Keras' MixUp and CutMix.
 */
export function mixBatch(
  batch: MixedBatch,
  mixers: readonly AugmentationOf<MixingName>[],
  random: Random,
): LabelMix {
  const { count, parts } = batch;
  const { name, alpha, probability } = mixers[random.integer(mixers.length)]!;
  const partners = randomPermutation(random, count);
  const shares = new Float32Array(count).fill(1);
  if (random.uniform() >= probability) return { partners, shares };
  const before = parts.map(({ values, size }) => values.slice(0, count * size));
  for (let place = 0; place < count; place++) {
    const pairs = parts.map((part, input) => ({
      ...part,
      start: place * part.size,
      partner: before[input]!.subarray(partners[place]! * part.size, (partners[place]! + 1) * part.size),
    }));
    shares[place] = mixes[name](pairs, drawBeta(random, alpha), random);
  }
  return { partners, shares };
}

/**
 * A number from Beta(alpha, alpha): u^(1/α) / (u^(1/α) + v^(1/α)) where the sum is at most 1 (M. Jöhnk, 1964), computed on
 * logarithms, since for small α both powers vanish.
 */
export function drawBeta(random: Random, alpha: number): number {
  for (;;) {
    const first = logarithm(random.uniform() + 2 ** -25) / alpha;
    const second = logarithm(random.uniform() + 2 ** -25) / alpha;
    const larger = Math.max(first, second);
    const total = larger + log1pOfRatio(Math.min(first, second) - larger);
    if (total <= 0) return exponential(first - total);
  }
}

/** ln(1 + e^d) for d ≤ 0. */
function log1pOfRatio(difference: number): number {
  return Math.LN2 + logarithm((1 + exponential(difference)) / 2);
}
