// Changing the examples of a training batch. What is drawn depends on the seed, the epoch and the example's place in it alone:
// not on threads, and not on whether the run was interrupted.
import { createRandom, type Random } from "../../random/random.ts";
import { exampleSize } from "../dataset.ts";
import { colourChanges, type ColourName, type ImageInPlace } from "./colour.ts";
import {
  type AffineMap,
  affineMaps,
  composeMaps,
  type GeometricName,
  identityMap,
  type ImageSize,
  type Interpolation,
  resamplers,
} from "./geometry.ts";
import type { Augmentation, AugmentationOf, FillMode } from "./kinds.ts";
import { type LabelMix, mixBatch, type MixedPart, type MixingName } from "./mixing.ts";

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

/** One input of the examples. */
export interface AugmentedInput {
  /** What `of=` calls it. */
  readonly name: string;
  readonly shape: readonly number[];
  /** The largest value that a pixel can have; undefined for numbers that are no pixels. */
  readonly white: number | undefined;
}

/** What belongs to the places of an image, a mask say: it is moved as the image is. */
export interface FollowingValues {
  /** Which of the values of a batch it is. */
  readonly part: number;
  readonly image: ImageSize;
  readonly interpolation: Interpolation;
}

/** Carries out an `augment` section on the inputs of a batch. */
export class Augmenter {
  readonly #changers: readonly ImageChanger[];
  readonly #inputs: readonly (Omit<MixedPart, "values"> & AugmentedInput)[];
  readonly #mixers: readonly Mixer[];

  constructor(
    augmentations: readonly Augmentation[],
    inputs: readonly AugmentedInput[],
    following: readonly FollowingValues[] = [],
  ) {
    this.#mixers = augmentations.filter(isMixing);
    this.#inputs = inputs.map((input) => ({
      ...input,
      size: exampleSize(input.shape),
      image: imageOf(input),
    }));
    const changes = augmentations.filter((each) => !isMixing(each));
    const leaders = following.map(({ image }) => this.#inputs.findIndex((input) => isOfSize(input, image)));
    this.#changers = this.#inputs.flatMap((input, place) => {
      const own = changes.filter((each) => changesInput(each, input));
      const followers = following.filter((_, index) => leaders[index] === place);
      return own.length === 0 ? [] : [new ImageChanger(place, input, own, followers)];
    });
  }

  /**
   * Changes `count` examples where they stand.
   *
   * @param values of each input, and of what follows images
   * @returns how their labels are blended, where they are
   */
  apply(values: readonly Float32Array[], count: number, place: BatchPlace): LabelMix | undefined {
    const { seed, epoch, index, start } = place;
    for (const changer of this.#changers) {
      for (let row = 0; row < count; row++) {
        changer.change(values, row, { seed, stream: `augment/${epoch}/${start + row}` });
      }
    }
    if (this.#mixers.length === 0) return undefined;
    const parts = this.#inputs.map(({ size, image }, input) => ({ size, image, values: values[input]! }));
    return mixBatch({ count, parts }, this.#mixers, createRandom(seed, `mix/${epoch}/${index}`));
  }
}

/** Whether an input is an image of that height and width. */
export function isOfSize(
  { shape }: Pick<AugmentedInput, "shape">,
  { height, width }: Pick<ImageSize, "height" | "width">,
): boolean {
  return shape.length === 3 && shape[0] === height && shape[1] === width;
}

/** The image that values of places make up: one of each place where there is no axis of channels. */
export function imageOfPlaces([height, width, channels = 1]: readonly number[]): ImageSize {
  return { height: height!, width: width!, channels };
}

/** Whether a change is for that input: the one that it names, or every image where it names none. */
export function changesInput(
  { of }: Pick<Exclude<Augmentation, Mixer>, "of">,
  { name, shape }: { readonly name: string; readonly shape: ArrayLike<unknown> },
): boolean {
  return of === undefined ? shape.length === 3 : of === name;
}

function imageOf({ shape }: AugmentedInput): ImageSize | undefined {
  const [height, width, channels] = shape;
  return shape.length === 3 ? { height: height!, width: width!, channels: channels! } : undefined;
}

/** Where the numbers for an example are drawn from. */
interface Draws {
  readonly seed: number;
  readonly stream: string;
}

/**
 * Changes the images of one input. What is said for all inputs is drawn for each of them from the same numbers, so that views of one
 * scene are changed alike; what names the input has numbers of its own.
 */
class ImageChanger {
  readonly #input: number;
  readonly #name: string;
  readonly #image: ImageSize;
  readonly #size: number;
  readonly #white: number | undefined;
  readonly #stages: readonly Stage[];
  readonly #hasOwnDraws: boolean;
  /** The input itself, and what follows it. */
  readonly #moved: readonly FollowingValues[];
  readonly #scratch: Float32Array;

  constructor(
    input: number,
    { name, size, image, white }: AugmentedInput & Omit<MixedPart, "values">,
    changes: readonly Exclude<Augmentation, Mixer>[],
    followers: readonly FollowingValues[],
  ) {
    this.#input = input;
    [this.#name, this.#size, this.#white] = [name, size, white];
    this.#moved = [{ part: input, image: image!, interpolation: "bilinear" }, ...followers];
    this.#image = image!;
    this.#stages = stagesOf(changes);
    this.#hasOwnDraws = changes.some(({ of }) => of !== undefined);
    this.#scratch = new Float32Array(Math.max(...this.#moved.map((each) => sizeOf(each.image))));
  }

  change(parts: readonly Float32Array[], row: number, { seed, stream }: Draws): void {
    const image = this.#image;
    const values = parts[this.#input]!;
    const start = row * this.#size;
    const shared = createRandom(seed, stream);
    const own = this.#hasOwnDraws ? createRandom(seed, `${stream}/${this.#name}`) : shared;
    const drawsOf = ({ of }: Move | Change): Random => (of === undefined ? shared : own);
    for (const { moves, fill, change } of this.#stages) {
      const map = moves.reduce((before, move) => moveBy(before, move, drawsOf(move), image), identityMap);
      if (map.some((value, index) => value !== identityMap[index])) this.#move(parts, row, map, fill);
      if (change === undefined || !isChosen(change, drawsOf(change))) continue;
      changeBy({ ...image, values, start, white: this.#white }, change, drawsOf(change));
    }
  }

  #move(parts: readonly Float32Array[], row: number, map: AffineMap, fill: Stage["fill"]): void {
    for (const { part, image: size, interpolation } of this.#moved) {
      const source = parts[part]!;
      const length = sizeOf(size);
      const start = row * length;
      // Outside of a mask is what it has for nothing.
      const outside = part === this.#input ? fill : { ...fill, value: 0 };
      resamplers[interpolation]({ source, start, size, map, fill: outside }, this.#scratch);
      source.set(length === this.#scratch.length ? this.#scratch : this.#scratch.subarray(0, length), start);
    }
  }
}

function sizeOf({ height, width, channels }: ImageSize): number {
  return height * width * channels;
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

/** Whether examples are blended with others. */
export function isMixing(augmentation: Augmentation): augmentation is Mixer {
  return augmentation.name === "mixup" || augmentation.name === "cutmix";
}

/** Whether the places of an image are moved. */
export function isMove(augmentation: Augmentation): augmentation is Move {
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
