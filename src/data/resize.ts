// Resizing: each axis by itself, by area where it shrinks (no pixel is lost) and bilinearly where it grows.
import type { Image } from "./image.ts";

/** For each place of the result, the first place of the source that counts and the weights from there on. */
type AxisWeights = readonly { readonly first: number; readonly weights: readonly number[] }[];

/** The bytes of a picture resized to height × width. The result is always a new array. */
export function resizeImage(image: Image, height: number, width: number): Uint8Array {
  if (image.height === height && image.width === width) return image.data.slice();
  return resizeRows(resizeColumns(image, width), image.height, height, width * image.channels);
}

/** @returns height × `width` × channels */
function resizeColumns({ data, height, width: from, channels }: Image, width: number): Float32Array {
  const result = new Float32Array(height * width * channels);
  const places = axisWeights(from, width);
  let to = 0;
  for (let row = 0; row < height; row++) {
    for (const { first, weights } of places) {
      const start = (row * from + first) * channels;
      if (channels === 3) {
        // The three sums side by side: twice as fast as one after the other.
        let [red, green, blue] = [0, 0, 0];
        for (let index = 0, at = start; index < weights.length; index++, at += 3) {
          const weight = weights[index]!;
          red += weight * data[at]!;
          green += weight * data[at + 1]!;
          blue += weight * data[at + 2]!;
        }
        result[to++] = red;
        result[to++] = green;
        result[to++] = blue;
      } else {
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          for (let index = 0, at = start + channel; index < weights.length; index++, at += channels)
            sum += weights[index]! * data[at]!;
          result[to++] = sum;
        }
      }
    }
  }
  return result;
}

/**
 * Row after row, so that memory is read as it lies.
 *
 * @param data from × length
 * @returns height × length, rounded
 */
function resizeRows(data: Float32Array, from: number, height: number, length: number): Uint8Array {
  const result = new Uint8Array(height * length);
  const sums = new Float64Array(length);
  let to = 0;
  for (const { first, weights } of axisWeights(from, height)) {
    sums.fill(0);
    for (let index = 0; index < weights.length; index++) {
      const weight = weights[index]!;
      const start = (first + index) * length;
      for (let at = 0; at < length; at++) sums[at] = sums[at]! + weight * data[start + at]!;
    }
    // A byte takes the whole part of what is put into it.
    for (let at = 0; at < length; at++) result[to++] = Math.fround(sums[at]!) + 0.5;
  }
  return result;
}

function axisWeights(from: number, to: number): AxisWeights {
  const scale = from / to;
  return Array.from({ length: to }, (_, place) =>
    scale > 1 ? areaWeights(place * scale, (place + 1) * scale, from) : bilinearWeights(place, scale, from),
  );
}

/** How much of each source pixel lies between `start` and `end`, as parts of the whole. */
function areaWeights(start: number, end: number, from: number): { first: number; weights: number[] } {
  const first = Math.floor(start);
  const last = Math.min(from, Math.ceil(end));
  const weights: number[] = [];
  for (let pixel = first; pixel < last; pixel++) {
    weights.push((Math.min(end, pixel + 1) - Math.max(start, pixel)) / (end - start));
  }
  return { first, weights };
}

/** The two source pixels whose centres lie around the place's centre; at the border the outermost one alone. */
function bilinearWeights(place: number, scale: number, from: number): { first: number; weights: number[] } {
  const centre = Math.min(from - 1, Math.max(0, (place + 0.5) * scale - 0.5));
  const first = Math.floor(centre);
  const part = centre - first;
  return { first, weights: part === 0 ? [1] : [1 - part, part] };
}
