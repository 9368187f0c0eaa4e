// Changing the examples of a training batch. What is drawn depends on the seed, the epoch and the example's place in it alone:
// not on threads, and not on whether the run was interrupted.
import { createRandom, type Random } from "../../random/random.ts";
import { colourChanges, type ColourName, type ImageInPlace } from "./colour.ts";
import {
  type AffineMap,
  affineMaps,
  composeMaps,
  type GeometricName,
  identityMap,
  type ImageSize,
  resample,
} from "./geometry.ts";
import type { Augmentation, AugmentationOf, FillMode } from "./kinds.ts";
import { type LabelMix, mixBatch, type MixingName } from "./mixing.ts";

type Move = AugmentationOf<GeometricName>;
type Change = AugmentationOf<ColourName>;
type Mixer = AugmentationOf<MixingName>;

/** Where a batch stands in a run. */
export interface BatchPlace {
  readonly seed: number;
  /** From 0. */
  readonly epoch: number;
  /** The number of the batch in its epoch, and of its first example. */
  readonly index: number;
  readonly start: number;
}

/** Moves that are one map, then a change of values. */
interface Stage {
  readonly moves: readonly Move[];
  readonly fill: { readonly mode: FillMode; readonly value: number };
  readonly change: Change | undefined;
}

/** Carries out an `augment` section. */
export class Augmenter {
  readonly #image: ImageSize | undefined;
  readonly #size: number;
  readonly #white: number | undefined;
  readonly #stages: readonly Stage[];
  readonly #mixers: readonly Mixer[];
  readonly #scratch: Float32Array;

  /** @param white the largest value that a pixel can have; undefined for numbers that are no pixels */
  constructor(augmentations: readonly Augmentation[], shape: readonly number[], white: number | undefined) {
    const [height, width, channels] = shape;
    this.#image = shape.length === 3 ? { height: height!, width: width!, channels: channels! } : undefined;
    this.#size = shape.reduce((product, size) => product * size, 1);
    this.#white = white;
    this.#mixers = augmentations.filter(isMixing);
    this.#stages = stagesOf(augmentations.filter((each) => !isMixing(each)));
    this.#scratch = new Float32Array(this.#size);
  }

  get mixesLabels(): boolean {
    return this.#mixers.length > 0;
  }

  /** Changes `count` examples where they stand. @returns how their labels are blended, where they are */
  apply(values: Float32Array, count: number, place: BatchPlace): LabelMix | undefined {
    const { seed, epoch, index, start } = place;
    if (this.#stages.length > 0) {
      for (let row = 0; row < count; row++) {
        this.#changeExample(values, row * this.#size, `augment/${epoch}/${start + row}`, seed);
      }
    }
    if (this.#mixers.length === 0) return undefined;
    const batch = { values, count, size: this.#size, image: this.#image };
    return mixBatch(batch, this.#mixers, createRandom(seed, `mix/${epoch}/${index}`));
  }

  #changeExample(values: Float32Array, start: number, stream: string, seed: number): void {
    const image = this.#image!;
    const random = createRandom(seed, stream);
    for (const { moves, fill, change } of this.#stages) {
      const map = moves.reduce((before, move) => moveBy(before, move, random, image), identityMap);
      if (map.some((value, index) => value !== identityMap[index])) {
        resample(values, start, this.#scratch, image, map, fill);
        values.set(this.#scratch, start);
      }
      if (change === undefined || !isChosen(change, random)) continue;
      changeBy({ ...image, values, start, white: this.#white }, change, random);
    }
  }
}

function moveBy(before: AffineMap, move: Move, random: Random, image: ImageSize): AffineMap {
  const drawMap = affineMaps[move.name] as (said: Move, random: Random, size: ImageSize) => AffineMap;
  const map = drawMap(move, random, image);
  // A flip has its probability in its own draws.
  return move.name === "flip" || isChosen(move, random) ? composeMaps(before, map) : before;
}

function changeBy(image: ImageInPlace, change: Change, random: Random): void {
  const act = colourChanges[change.name] as (image: ImageInPlace, said: Change, random: Random) => void;
  act(image, change, random);
}

function isChosen({ probability }: Augmentation, random: Random): boolean {
  return probability === 1 || random.uniform() < probability;
}

function isMixing(augmentation: Augmentation): augmentation is Mixer {
  return augmentation.name === "mixup" || augmentation.name === "cutmix";
}

function isMove(augmentation: Augmentation): augmentation is Move {
  return Object.hasOwn(affineMaps, augmentation.name);
}

/** Moves that follow each other and fill alike are one stage, with what comes after them. */
function stagesOf(augmentations: readonly Exclude<Augmentation, Mixer>[]): readonly Stage[] {
  const stages: Stage[] = [];
  let moves: Move[] = [];
  let fill: Stage["fill"] | undefined;
  const close = (change: Change | undefined): void => {
    if (moves.length > 0 || change !== undefined) {
      stages.push({ moves, fill: fill ?? { mode: "constant", value: 0 }, change });
    }
    [moves, fill] = [[], undefined];
  };
  for (const augmentation of augmentations) {
    if (!isMove(augmentation)) {
      close(augmentation);
      continue;
    }
    // A flip shows nothing from outside.
    if (augmentation.name !== "flip") {
      const { fill: mode, value } = augmentation;
      if (fill !== undefined && (fill.mode !== mode || fill.value !== value)) close(undefined);
      fill = { mode, value };
    }
    moves.push(augmentation);
  }
  close(undefined);
  return stages;
}
