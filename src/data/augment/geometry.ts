// Moving images: flips, shifts, crops, rotations and zooms are affine maps; those that follow each other are one map, so that
// an image is interpolated once. Bilinear, as Keras' layers.
import type { Random } from "../../random/random.ts";
import { cosineOfTurn, sineOfTurn } from "./angles.ts";
import type { AugmentationOf, FillMode, Range } from "./kinds.ts";

/** Where a pixel (x, y) of the result comes from: (a·x + b·y + c, d·x + e·y + f) of the source. */
export type AffineMap = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export interface ImageSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Bilinear, as Keras' layers; or the nearest place alone, for classes, between which there is nothing. */
export type Interpolation = "bilinear" | "nearest";

export type GeometricName = "flip" | "shift" | "crop" | "rotation" | "zoom";

/** Draws the map of one image. */
export const affineMaps: {
  readonly [Name in GeometricName]: (
    said: AugmentationOf<Name>,
    random: Random,
    size: ImageSize,
  ) => AffineMap;
} = {
  flip: ({ direction, probability }, random, { height, width }) => {
    // Both draws are always made: which direction is asked for changes no other number.
    const [across, down] = [random.uniform() < probability, random.uniform() < probability];
    const isAcross = across && direction !== "vertical";
    const isDown = down && direction !== "horizontal";
    return [isAcross ? -1 : 1, 0, isAcross ? width - 1 : 0, 0, isDown ? -1 : 1, isDown ? height - 1 : 0];
  },
  shift: (said, random, { height, width }) => {
    const down = draw(random, said.height ?? said.amount) * height;
    const right = draw(random, said.width ?? said.amount) * width;
    return [1, 0, -right, 0, 1, -down];
  },
  crop: ({ cells }, random) => {
    const down = random.integer(2 * cells + 1) - cells;
    const right = random.integer(2 * cells + 1) - cells;
    return [1, 0, right, 0, 1, down];
  },
  rotation: ({ amount }, random, { height, width }) => rotationMap(draw(random, amount), height, width),
  zoom: (said, random, { height, width }) => {
    const rows = 1 + draw(random, said.amount);
    const columns = said.width === undefined ? rows : 1 + draw(random, said.width);
    return [columns, 0, ((width - 1) / 2) * (1 - columns), 0, rows, ((height - 1) / 2) * (1 - rows)];
  },
};

/** Around the centre, anticlockwise for a positive share of a turn as the image is looked at. */
export function rotationMap(turn: number, height: number, width: number): AffineMap {
  const [cosine, sine] = [cosineOfTurn(turn), sineOfTurn(turn)];
  const [x, y] = [(width - 1) / 2, (height - 1) / 2];
  return [cosine, -sine, x - cosine * x + sine * y, sine, cosine, y - sine * x - cosine * y];
}

/** A number from a range. */
export function draw(random: Random, [low, high]: Range): number {
  return low + (high - low) * random.uniform();
}

export const identityMap: AffineMap = [1, 0, 0, 0, 1, 0];

/** The map of carrying out `first` and then `second`. */
export function composeMaps(first: AffineMap, second: AffineMap): AffineMap {
  const [a, b, c, d, e, f] = first;
  const [g, h, i, j, k, l] = second;
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}

/** Where each fill mode finds a place outside `0 … length - 1`; -1 for nowhere. */
const foldPlace: { readonly [Mode in FillMode]: (place: number, length: number) => number } = {
  reflect: (place, length) => {
    const folded = modulo(place, 2 * length);
    return folded < length ? folded : 2 * length - 1 - folded;
  },
  nearest: (place, length) => Math.min(Math.max(place, 0), length - 1),
  wrap: modulo,
  constant: (place, length) => (place >= 0 && place < length ? place : -1),
};

function modulo(place: number, length: number): number {
  return place - length * Math.floor(place / length);
}

/** A source of pixels, what a map makes of it, and what stands outside. */
export interface Resampling {
  /** height × width × channels from `start` on; it is not changed. */
  readonly source: Float32Array;
  readonly start: number;
  readonly size: ImageSize;
  readonly map: AffineMap;
  readonly fill: { readonly mode: FillMode; readonly value: number };
}

/** The image under a map, by an interpolation. @param out height × width × channels values */
export const resamplers: {
  readonly [Kind in Interpolation]: (resampling: Resampling, out: Float32Array) => void;
} = { bilinear: resample, nearest: resampleNearest };

function resampleNearest({ source, start, size, map, fill }: Resampling, out: Float32Array): void {
  const { height, width, channels } = size;
  const [a, b, c, d, e, f] = map;
  const fold = foldPlace[fill.mode];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += channels) {
      const column = fold(Math.floor(a * x + b * y + c + 0.5), width);
      const line = fold(Math.floor(d * x + e * y + f + 0.5), height);
      const from = start + (line * width + column) * channels;
      if (line < 0 || column < 0) out.fill(fill.value, at, at + channels);
      else out.set(source.subarray(from, from + channels), at);
    }
  }
}

function resample({ source, start, size, map, fill }: Resampling, out: Float32Array): void {
  const { height, width, channels } = size;
  const [a, b, c, d, e, f] = map;
  const fold = foldPlace[fill.mode];
  const row = width * channels;
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sourceX = a * x + b * y + c;
      const sourceY = d * x + e * y + f;
      const left = Math.floor(sourceX);
      const top = Math.floor(sourceY);
      const right = sourceX - left;
      const down = sourceY - top;
      if (left >= 0 && top >= 0 && left < width - 1 && top < height - 1) {
        let from = start + top * row + left * channels;
        for (let channel = 0; channel < channels; channel++, from++) {
          const upper = source[from]! + right * (source[from + channels]! - source[from]!);
          const lower = source[from + row]! + right * (source[from + row + channels]! - source[from + row]!);
          out[at++] = upper + down * (lower - upper);
        }
        continue;
      }
      const columns = [fold(left, width), fold(left + 1, width)] as const;
      const rows = [fold(top, height), fold(top + 1, height)] as const;
      for (let channel = 0; channel < channels; channel++) {
        const pixel = (line: number, column: number): number =>
          line < 0 || column < 0 ? fill.value : source[start + line * row + column * channels + channel]!;
        const upper = mixWith(right, pixel(rows[0], columns[0]), () => pixel(rows[0], columns[1]));
        out[at++] = mixWith(down, upper, () =>
          mixWith(right, pixel(rows[1], columns[0]), () => pixel(rows[1], columns[1])),
        );
      }
    }
  }
}

/** A place that is met exactly takes nothing of its neighbour. */
function mixWith(share: number, near: number, far: () => number): number {
  return share === 0 ? near : near + share * (far() - near);
}
