// Resizing: each axis by itself, by area where it shrinks (no pixel is lost) and bilinearly where it grows.
import type { Image } from "./image.ts";

/** For each place of the result, the first place of the source that counts and the weights from there on. */
type AxisWeights = readonly { readonly first: number; readonly weights: readonly number[] }[];

/** The bytes of a picture resized to height × width. The result is always a new array. */
export function resizeImage(image: Image, height: number, width: number): Uint8Array {
  const { channels } = image;
  if (image.height === height && image.width === width) return image.data.slice();
  const across = resizeAxis(image.data, image.height, image.width, channels, axisWeights(image.width, width));
  const down = resizeAxis(across, 1, image.height, width * channels, axisWeights(image.height, height));
  return Uint8Array.from(down, Math.round);
}

/** Resizes the middle axis of an outer × length × inner array. */
function resizeAxis(
  data: Uint8Array | Float32Array,
  outer: number,
  length: number,
  inner: number,
  places: AxisWeights,
): Float32Array {
  const result = new Float32Array(outer * places.length * inner);
  for (let block = 0; block < outer; block++) {
    for (let place = 0; place < places.length; place++) {
      const { first, weights } = places[place]!;
      const to = (block * places.length + place) * inner;
      for (let index = 0; index < inner; index++) {
        let sum = 0;
        let from = (block * length + first) * inner + index;
        for (const weight of weights) {
          sum += weight * data[from]!;
          from += inner;
        }
        result[to + index] = sum;
      }
    }
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
