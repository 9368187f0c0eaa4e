// The pixels of a PNG file (ISO/IEC 15948, clauses 7 to 9 and 12): rows with their filters taken away, the passes of an interlaced
// picture put together, and samples that share a byte taken apart.

/** How the pixels of a file lie in it. */
export interface PixelLayout {
  readonly height: number;
  readonly width: number;
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** Samples of a pixel: of a palette's picture 1. */
  readonly channels: number;
  readonly isInterlaced: boolean;
}

/** Pixels that stand in the file together: every `stepX`-th of every `stepY`-th row, from `x` and `y` on. */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly columns: number;
  readonly rows: number;
  /** Without the byte that names the filter. */
  readonly rowBytes: number;
}

/** The seven passes of Adam7. */
const interlacing = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function passesOf({ height, width, depth, channels, isInterlaced }: PixelLayout): readonly Pass[] {
  return (isInterlaced ? interlacing : [[0, 0, 1, 1] as const])
    .map(([x, y, stepX, stepY]) => {
      const columns = Math.ceil(Math.max(0, width - x) / stepX);
      const rows = Math.ceil(Math.max(0, height - y) / stepY);
      return { x, y, stepX, stepY, columns, rows, rowBytes: Math.ceil((columns * depth * channels) / 8) };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
}

/** Bytes of all rows, each with the one that names its filter: what the compressed data unpacks to. */
export function packedSize(layout: PixelLayout): number {
  return passesOf(layout).reduce((sum, { rows, rowBytes }) => sum + rows * (1 + rowBytes), 0);
}

/**
 * @param packed `packedSize` bytes
 * @returns height × width × channels samples, a byte each, or two with the higher one first where they have 16 bits
 * @throws Error where a filter is none of the five
 */
export function unpackPixels(packed: Uint8Array, layout: PixelLayout): Uint8Array {
  const { height, width, depth, channels, isInterlaced } = layout;
  const pixelBytes = depth === 16 ? 2 * channels : channels;
  const filterDistance = Math.max(1, (depth * channels) / 8);
  const pixels = isInterlaced ? new Uint8Array(height * width * pixelBytes) : undefined;
  let start = 0;
  for (const pass of passesOf(layout)) {
    const rows = removeFilters(packed, start, pass, filterDistance);
    const samples = depth < 8 ? unpackBits(rows, pass, depth, channels) : rows;
    if (pixels === undefined) return samples;
    placePixels(samples, pass, pixels, width, pixelBytes);
    start += pass.rows * (1 + pass.rowBytes);
  }
  return pixels!;
}

/** @param distance bytes from one to the byte of the pixel before it that it is told by */
function removeFilters(
  packed: Uint8Array,
  start: number,
  { rows, rowBytes }: Pass,
  distance: number,
): Uint8Array {
  const bytes = new Uint8Array(rows * rowBytes);
  // Above the first row are zeros.
  let above = new Uint8Array(rowBytes);
  for (let row = 0; row < rows; row++) {
    const from = start + row * (1 + rowBytes);
    const filter = filters[packed[from]!];
    if (filter === undefined) throw new Error(`there is no filter ${packed[from]}`);
    const own = bytes.subarray(row * rowBytes, (row + 1) * rowBytes);
    filter(packed.subarray(from + 1, from + 1 + rowBytes), own, above, distance);
    above = own;
  }
  return bytes;
}

/** Makes the bytes of a row from what stands in the file, the row above, and the bytes before; sums are modulo 256. */
type Filter = (packed: Uint8Array, row: Uint8Array, above: Uint8Array, distance: number) => void;

/** None, Sub, Up, Average and Paeth, by their numbers. Of the pixel before the first one all bytes are zero. */
const filters: readonly Filter[] = [
  (packed, row) => row.set(packed),
  (packed, row, _, distance) => {
    row.set(packed.subarray(0, distance));
    for (let at = distance; at < row.length; at++) row[at] = packed[at]! + row[at - distance]!;
  },
  (packed, row, above) => {
    for (let at = 0; at < row.length; at++) row[at] = packed[at]! + above[at]!;
  },
  (packed, row, above, distance) => {
    for (let at = 0; at < Math.min(distance, row.length); at++) row[at] = packed[at]! + (above[at]! >> 1);
    for (let at = distance; at < row.length; at++)
      row[at] = packed[at]! + ((row[at - distance]! + above[at]!) >> 1);
  },
  (packed, row, above, distance) => {
    for (let at = 0; at < Math.min(distance, row.length); at++) row[at] = packed[at]! + above[at]!;
    for (let at = distance; at < row.length; at++) {
      const [left, up, corner] = [row[at - distance]!, above[at]!, above[at - distance]!];
      const [toLeft, toUp, toCorner] = [
        Math.abs(up - corner),
        Math.abs(left - corner),
        Math.abs(left + up - 2 * corner),
      ];
      const nearest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
      row[at] = packed[at]! + nearest;
    }
  },
];

/** One byte a sample from rows in which several share one. */
function unpackBits(
  packed: Uint8Array,
  { rows, columns, rowBytes }: Pass,
  depth: number,
  channels: number,
): Uint8Array {
  const inRow = columns * channels;
  const mask = 2 ** depth - 1;
  const samples = new Uint8Array(rows * inRow);
  for (let row = 0; row < rows; row++) {
    for (let sample = 0; sample < inRow; sample++) {
      const bit = sample * depth;
      const byte = packed[row * rowBytes + (bit >> 3)]!;
      samples[row * inRow + sample] = (byte >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return samples;
}

/** Puts the pixels of a pass where they belong. */
function placePixels(
  samples: Uint8Array,
  { x, y, stepX, stepY, columns, rows }: Pass,
  pixels: Uint8Array,
  width: number,
  pixelBytes: number,
): void {
  let from = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const to = ((y + row * stepY) * width + x + column * stepX) * pixelBytes;
      for (let byte = 0; byte < pixelBytes; byte++) pixels[to + byte] = samples[from++]!;
    }
  }
}
