// `digits`: handwriting that is drawn here, so that a first network trains without any download. Every image is written
// anew: one of several ways of writing its digit, with a hand's slant, size, pen, unsteadiness and noise.
import { createRandom, randomPermutation, type Random } from "../random/random.ts";
import { createDataset, type Dataset, type DataSource } from "./dataset.ts";
import { inMemory, sharedBytes } from "./store.ts";
import { digitGlyphs, type Glyph, type StrokePoint } from "./digit-strokes.ts";

/** Height and width of an image in pixels. */
const side = 28;

/** Changes whenever the drawing changes, so that a receipt says which images were meant. */
const version = 1;

export interface DigitOptions {
  /** A whole number; 0 by default. */
  readonly seed?: number;
  /** How many images to draw; 10,000 and 2,000 by default. Fewer are the first of more. */
  readonly train?: number;
  readonly test?: number;
}

/**
 * Draws the data set `digits`: 28x28x1, white on black, the ten digits equally frequent. The same seed gives the same
 * bytes on every machine.
 */
export function drawDigits(options: DigitOptions = {}): DataSource {
  const { seed = 0, train = 10_000, test = 2_000 } = options;
  return { train: drawPart(seed, "train", train), test: drawPart(seed, "test", test) };
}

function drawPart(seed: number, part: "train" | "test", count: number): Dataset {
  const random = createRandom(seed, `digits/${part}`);
  const images = sharedBytes(count * side * side);
  const labels = new Uint8Array(count);
  const ink = new Float64Array(side * side);
  for (let first = 0; first < count; first += 10) {
    const digits = randomPermutation(random, 10);
    for (let index = first; index < Math.min(first + 10, count); index++) {
      const digit = digits[index - first]!;
      labels[index] = digit;
      drawDigit(random, digit, ink);
      developImage(random, ink, images.subarray(index * side * side, (index + 1) * side * side));
    }
  }
  return createDataset({
    name: "digits",
    examples: inMemory(images),
    shape: [side, side, 1],
    labels,
    classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    source: `digits version=${version} seed=${seed} part=${part} count=${count}`,
  });
}

/** Writes one digit into `ink`, 0 (paper) to 1 (pen). */
function drawDigit(random: Random, digit: number, ink: Float64Array): void {
  const ways = digitGlyphs[digit]!;
  const glyph = moveGlyph(random, ways[random.integer(ways.length)]!);
  const radius = 0.75 + 0.95 * random.uniform();
  ink.fill(0);
  for (const stroke of glyph) {
    // The pressure changes along the stroke.
    const start = radius * (0.85 + 0.3 * random.uniform());
    const end = radius * (0.7 + 0.4 * random.uniform());
    drawStroke(stroke, start, end, ink);
  }
}

/** The glyph in pixels, as one hand would write it: each point unsteady, all of it slanted, turned, stretched and moved. */
function moveGlyph(random: Random, glyph: Glyph): Glyph {
  const unsteadiness = 0.015 + 0.03 * random.uniform();
  const slant = 0.12 + 0.22 * random.normal();
  // A turn by 2 arctan(t) needs no sine; t = 0.07 is eight degrees.
  const t = clamp(0.07 * random.normal(), 0.2);
  const cosine = (1 - t * t) / (1 + t * t);
  const sine = (2 * t) / (1 + t * t);
  const width = 10 + 8 * random.uniform();
  const height = 15 + 6 * random.uniform();
  const centreX = side / 2 + clamp(1.4 * random.normal(), 3.5);
  const centreY = side / 2 + clamp(1.2 * random.normal(), 3);
  return glyph.map((stroke) =>
    stroke.map(({ x, y, corner }) => {
      const down = height * (y - 0.5 + unsteadiness * random.normal());
      const right = width * (x - 0.5 + 1.2 * unsteadiness * random.normal()) - clamp(slant, 0.5) * down;
      return { x: centreX + cosine * right - sine * down, y: centreY + sine * right + cosine * down, corner };
    }),
  );
}

/** Draws a Catmull-Rom curve through the points of a stroke, straight into and out of corners. */
function drawStroke(
  points: readonly StrokePoint[],
  startRadius: number,
  endRadius: number,
  ink: Float64Array,
): void {
  const steps = 5;
  const pieces = (points.length - 1) * steps;
  let piece = 0;
  for (let index = 0; index + 1 < points.length; index++) {
    const from = points[index]!;
    const to = points[index + 1]!;
    const before = from.corner ? undefined : points[index - 1];
    const after = to.corner ? undefined : points[index + 2];
    let { x, y } = from;
    for (let step = 1; step <= steps; step++) {
      const along = step / steps;
      const nextX = curve(before?.x ?? 2 * from.x - to.x, from.x, to.x, after?.x ?? 2 * to.x - from.x, along);
      const nextY = curve(before?.y ?? 2 * from.y - to.y, from.y, to.y, after?.y ?? 2 * to.y - from.y, along);
      const radius = startRadius + ((endRadius - startRadius) * ++piece) / pieces;
      drawLine(x, y, nextX, nextY, radius, ink);
      x = nextX;
      y = nextY;
    }
  }
}

/** The Catmull-Rom curve between `from` and `to`. */
function curve(before: number, from: number, to: number, after: number, t: number): number {
  const linear = to - before;
  const square = 2 * before - 5 * from + 4 * to - after;
  const cube = 3 * (from - to) + after - before;
  return from + 0.5 * t * (linear + t * (square + t * cube));
}

/** Draws a line with round ends; a pixel's ink is its overlap with the line, taken from the distance of its centre. */
function drawLine(x0: number, y0: number, x1: number, y1: number, radius: number, ink: Float64Array): void {
  const reach = radius + 0.5;
  const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
  const right = Math.min(side - 1, Math.floor(Math.max(x0, x1) + reach));
  const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
  const bottom = Math.min(side - 1, Math.floor(Math.max(y0, y1) + reach));
  const dx = x1 - x0;
  const dy = y1 - y0;
  const scale = 1 / (dx * dx + dy * dy + 1e-12);
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const px = column + 0.5 - x0;
      const py = row + 0.5 - y0;
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) * scale));
      const ex = px - along * dx;
      const ey = py - along * dy;
      const cover = Math.min(1, reach - Math.sqrt(ex * ex + ey * ey));
      const at = row * side + column;
      if (cover > ink[at]!) ink[at] = cover;
    }
  }
}

/** Makes bytes of ink: paler or darker, with the grain of a scan. */
function developImage(random: Random, ink: Float64Array, out: Uint8Array): void {
  const strength = 190 + 65 * random.uniform();
  const grain = 30 * random.uniform();
  for (let at = 0; at < ink.length; at++) {
    const value = strength * ink[at]! + grain * (2 * random.uniform() - 1);
    out[at] = Math.min(255, Math.max(0, Math.round(value)));
  }
}

function clamp(value: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, value));
}
