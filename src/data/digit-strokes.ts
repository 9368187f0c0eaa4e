// How people write the ten digits: the strokes of the pen for each way of writing, as points that a smooth curve passes
// through. Coordinates are hundredths of the digit's box, x to the right and y downwards; `!` after a point is a corner.

/** A point of a stroke; at a corner the curve breaks its direction. */
export interface StrokePoint {
  readonly x: number;
  readonly y: number;
  readonly corner: boolean;
}

/** One way of writing a digit: its strokes in the order of writing. */
export type Glyph = readonly (readonly StrokePoint[])[];

/** For each digit its ways of writing; all are equally frequent, so a usual one may stand twice. */
export const digitGlyphs: readonly (readonly Glyph[])[] = [
  [
    glyph("60,6 30,15 14,48 25,82 50,95 78,80 86,48 74,17 48,5"),
    glyph("42,7 22,25 18,55 30,86 55,94 76,75 80,45 70,18 50,8 34,16"),
    glyph("52,4 33,17 24,48 33,84 50,96 67,85 76,50 68,16 47,3"),
  ],
  [
    glyph("50,4 50,50 50,96"),
    glyph("52,4 48,50 50,96"),
    glyph("28,30 54,4! 53,50 54,96"),
    glyph("30,26 50,5! 50,94! | 28,95 74,94"),
  ],
  [
    glyph("18,28 32,9 60,5 78,22 70,45 45,70 16,93! 50,92 86,92"),
    glyph("18,24 44,5 74,18 68,48 40,78 20,92 12,82 28,75 55,88 88,88"),
    glyph("22,20 50,4 76,20 66,46 18,92! 84,95"),
  ],
  [
    glyph("20,17 48,4 74,18 66,38 42,47! 72,55 80,75 56,95 18,84"),
    glyph("20,7! 76,7! 44,41! 70,50 79,72 54,95 17,85"),
    glyph("18,14 46,5 70,18 60,40 45,47 66,52 76,72 55,93 30,94 16,82"),
  ],
  [
    glyph("28,8 20,35 16,56! 50,55 86,53 | 68,8 66,50 64,96"),
    glyph("62,5! 38,34 13,64! 50,64 90,62 | 62,5 62,50 61,96"),
    glyph("24,6 18,30 26,50 50,52 72,44 | 76,5 70,50 64,96"),
  ],
  [
    glyph("80,7! 30,8! 25,42! 50,36 78,52 76,80 48,95 17,84"),
    glyph("34,9! 27,43! 52,38 77,55 73,82 46,95 18,86 | 33,9 58,8 82,5"),
    glyph("76,9 50,7 34,12! 24,46! 54,42 76,60 68,86 42,94 20,88"),
  ],
  [
    glyph("70,5 40,22 20,55 25,85 50,95 76,80 70,58 48,52 23,70"),
    glyph("58,4 38,26 24,58 28,86 52,95 72,80 66,62 46,60 26,76"),
    glyph("78,12 60,4 34,20 18,56 30,90 60,93 80,72 62,52 36,58 22,76"),
  ],
  [
    glyph("14,10! 84,9! 60,48 42,96"),
    glyph("14,24 16,9! 50,11 82,8! 62,40 46,96"),
    glyph("16,9! 82,9! 58,50 44,96 | 32,50 52,49 74,47"),
    glyph("14,14 45,10 78,8 80,16 56,55 48,95"),
  ],
  [
    glyph("76,20 50,5 25,20 36,41 66,58 76,79 50,95 24,80 34,59 66,39 77,18"),
    glyph("50,5 28,14 28,36 50,46 72,36 72,14 50,5 | 50,46 24,58 22,84 50,96 78,84 76,58 50,46"),
    glyph("70,12 44,6 28,22 44,42 68,62 66,86 42,94 26,78 40,54 66,32 72,12"),
  ],
  [
    glyph("76,22 50,5 24,22 28,45 52,50 76,24! 76,60 66,96"),
    glyph("72,26 52,6 27,20 30,46 54,48 74,24! 74,62 60,90 32,93"),
    glyph("62,8 34,12 24,34 44,50 68,34 70,10! 68,50 68,96"),
  ],
];

/** Reads points such as `50,4 50,96!`; a bar lifts the pen. */
function glyph(strokes: string): Glyph {
  return strokes.split(" | ").map((stroke) =>
    stroke.split(" ").map((point) => {
      const [x, y] = point.replace("!", "").split(",");
      return { x: Number(x) / 100, y: Number(y) / 100, corner: point.endsWith("!") };
    }),
  );
}
