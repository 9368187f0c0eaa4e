// Changing the values of images where they stand: brightness, contrast, saturation, hue, and squares that cover a part.
import type { Random } from "../../random/random.ts";
import { draw, type ImageSize } from "./geometry.ts";
import type { AugmentationOf } from "./kinds.ts";

/** One image among others in an array. */
export interface ImageInPlace extends ImageSize {
  readonly values: Float32Array;
  readonly start: number;
  /** The largest value that a pixel can have; undefined for numbers that are no pixels, which nothing cuts off. */
  readonly white: number | undefined;
}

export type ColourName = "brightness" | "contrast" | "saturation" | "hue" | "cutout";

export const colourChanges: {
  readonly [Name in ColourName]: (image: ImageInPlace, said: AugmentationOf<Name>, random: Random) => void;
} = {
  brightness: (image, { amount }, random) => addBrightness(image, draw(random, amount) * (image.white ?? 1)),
  contrast: (image, { amount }, random) => changeContrast(image, 1 + draw(random, amount)),
  saturation: (image, { amount }, random) => {
    const factor = 1 + draw(random, amount);
    changeHsv(image, (hsv) => void (hsv[1] = Math.min(1, hsv[1]! * factor)));
  },
  hue: (image, { amount }, random) => {
    const turn = draw(random, amount);
    changeHsv(image, (hsv) => {
      const moved = hsv[0]! + turn;
      hsv[0] = moved - Math.floor(moved);
    });
  },
  cutout: coverSquare,
};

/** Adds `delta` to every value; pixels stay between black and white. */
export function addBrightness(
  { values, start, height, width, channels, white }: ImageInPlace,
  delta: number,
): void {
  const end = start + height * width * channels;
  for (let at = start; at < end; at++) values[at] = bounded(values[at]! + delta, white);
}

/** `(x - mean)·factor + mean` with the mean of the channel over the image. */
export function changeContrast(
  { values, start, height, width, channels, white }: ImageInPlace,
  factor: number,
): void {
  const pixels = height * width;
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let pixel = 0; pixel < pixels; pixel++) sum += values[start + pixel * channels + channel]!;
    const mean = sum / pixels;
    for (let pixel = 0; pixel < pixels; pixel++) {
      const at = start + pixel * channels + channel;
      values[at] = bounded((values[at]! - mean) * factor + mean, white);
    }
  }
}

function bounded(value: number, white: number | undefined): number {
  return white === undefined ? value : Math.min(Math.max(value, 0), white);
}

/** Changes hue, saturation and value of each pixel, each from 0 to 1. */
export function changeHsv(
  { values, start, height, width, white = 1 }: ImageInPlace,
  change: (hsv: Float64Array) => void,
): void {
  const hsv = new Float64Array(3);
  const end = start + 3 * height * width;
  for (let at = start; at < end; at += 3) {
    toHsv(values[at]! / white, values[at + 1]! / white, values[at + 2]! / white, hsv);
    change(hsv);
    for (let channel = 0; channel < 3; channel++) values[at + channel] = white * fromHsv(hsv, channel);
  }
}

/** A. Smith, "Color gamut transform pairs", 1978; the hue is a share of the circle. */
function toHsv(red: number, green: number, blue: number, hsv: Float64Array): void {
  const value = Math.max(red, green, blue);
  const range = value - Math.min(red, green, blue);
  let hue = 0;
  if (range > 0) {
    if (value === red) hue = (green - blue) / range / 6;
    else if (value === green) hue = ((blue - red) / range + 2) / 6;
    else hue = ((red - green) / range + 4) / 6;
  }
  hsv[0] = hue < 0 ? hue + 1 : hue;
  hsv[1] = value > 0 ? range / value : 0;
  hsv[2] = value;
}

/** Red, green and blue lie 5, 3 and 1 sixths along the circle: v - v·s·max(0, min(k, 4 - k, 1)) with k = (n + 6h) mod 6. */
function fromHsv(hsv: Float64Array, channel: number): number {
  const turned = 5 - 2 * channel + 6 * hsv[0]!;
  const k = turned - 6 * Math.floor(turned / 6);
  return hsv[2]! - hsv[2]! * hsv[1]! * Math.max(0, Math.min(k, 4 - k, 1));
}

function coverSquare(
  { values, start, height, width, channels }: ImageInPlace,
  { size, value }: AugmentationOf<"cutout">,
  random: Random,
): void {
  const [top, bottom] = coveredPart(random.integer(height), size * height, height);
  const [left, right] = coveredPart(random.integer(width), size * width, width);
  for (let y = top; y < bottom; y++) {
    const row = start + y * width * channels;
    values.fill(value, row + left * channels, row + right * channels);
  }
}

/** The cells of a stretch around a centre, as far as they lie in the image. */
function coveredPart(centre: number, length: number, size: number): readonly [from: number, to: number] {
  const cells = Math.round(length);
  const from = centre - Math.floor(cells / 2);
  return [Math.max(0, from), Math.min(size, from + cells)];
}
