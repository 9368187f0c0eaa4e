// PNG files. fast-png decodes them; this module first makes sure that a file announces no more than it holds and no more
// than is sensible, and then brings every kind of PNG to 8 bits a channel.
import { decode, type DecodedPng } from "fast-png";
import { inflateSync } from "node:zlib";
import { InputError } from "../diagnostics/input-error.ts";
import { damagedHelp } from "./files.ts";
import type { Image } from "./image.ts";

/** Pictures whose decoded bytes are more are refused before they are decoded. */
const largestPicture = 2 ** 27;

/** Deflate cannot shrink data further than this. */
const largestExpansion = 1032;

const neededChunks = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];

/** Encoders write pieces of 8 kB and more. */
const mostChunks = 100_000;

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Channels before a palette is looked up, and bit depths, of each colour type. */
const colourTypes = new Map<number, { readonly channels: number; readonly depths: readonly number[] }>([
  [0, { channels: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { channels: 3, depths: [8, 16] }],
  [3, { channels: 1, depths: [1, 2, 4, 8] }],
  [4, { channels: 2, depths: [8, 16] }],
  [6, { channels: 4, depths: [8, 16] }],
]);

interface Chunk {
  readonly type: string;
  /** With length, type and checksum. */
  readonly whole: Uint8Array;
  readonly body: Uint8Array;
}

/** Whether bytes start as a PNG file does. */
export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, index) => bytes[index] === byte);
}

/**
 * Decodes a PNG file of any colour type and bit depth; `file` is its name in messages.
 *
 * @throws InputError if the file is damaged, cut off, too large, or of a kind that is not read
 */
export function parsePng(bytes: Uint8Array, file: string): Image {
  const fail: Fail = (message, help = damagedHelp) => {
    throw new InputError(message, { place: { file }, help });
  };
  const chunks = readChunks(bytes, fail);
  checkSize(chunks, fail);
  try {
    const png = decode(Buffer.concat([signature, ...chunks.map((chunk) => chunk.whole)]), { checkCrc: true });
    return expandPixels(png);
  } catch (error) {
    throw new InputError(
      `the PNG file is damaged: ${error instanceof Error ? error.message : String(error)}`,
      {
        place: { file },
        help: damagedHelp,
        cause: error,
      },
    );
  }
}

type Fail = (message: string, help?: string) => never;

/** The chunks that make the picture, up to the end chunk. Texts and colour profiles, which could unpack to any size, are left out. */
function readChunks(bytes: Uint8Array, fail: Fail): readonly Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: Chunk[] = [];
  for (let at = signature.length; chunks.at(-1)?.type !== "IEND";) {
    if (at + 12 > bytes.length) fail(`the PNG file is cut off at byte ${bytes.length}`);
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) fail(`the PNG file is cut off: the chunk at byte ${at} is ${length} bytes long`);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const chunk = { type, whole: bytes.subarray(at, end), body: bytes.subarray(at + 8, end - 4) };
    if (neededChunks.includes(type)) {
      if (type !== "IDAT" && chunks.some((other) => other.type === type)) {
        fail(`the PNG file has two ${type} chunks, the second at byte ${at}`);
      }
      if (chunks.length === mostChunks) fail(`the PNG file has more than ${mostChunks} chunks`);
      chunks.push(chunk);
    }
    at = end;
  }
  return chunks;
}

/** Refuses a header that promises what the file cannot hold, before anything of that size is allocated. */
function checkSize(chunks: readonly Chunk[], fail: Fail): void {
  const header = chunks[0]!;
  if (header.type !== "IHDR" || header.body.length !== 13)
    fail("the PNG file does not start with its header");
  const view = new DataView(header.body.buffer, header.body.byteOffset, 13);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const depth = view.getUint8(8);
  const colour = colourTypes.get(view.getUint8(9));
  const interlaced = view.getUint8(12) === 1;
  if (colour?.depths.includes(depth) !== true || width === 0 || height === 0) {
    return fail(
      `the PNG header is damaged: ${width}x${height}, ${depth} bits, colour type ${view.getUint8(9)}`,
    );
  }
  const bits = depth * colour.channels;
  const raw = interlaced ? interlacedSize(width, height, bits) : rawSize(width, height, bits);
  if (raw > largestPicture) {
    fail(
      `the picture is too large: ${width}x${height}`,
      `at most ${largestPicture} bytes are decoded; scale it down`,
    );
  }
  if (interlaced && depth < 8) {
    fail(`interlaced PNG files of ${depth} bits are not read`, "save the picture without interlacing");
  }
  const compressed = Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ body }) => body));
  if (raw > compressed.length * largestExpansion) {
    fail(`the PNG file is cut off: ${width}x${height} pixels do not come from ${compressed.length} bytes`);
  }
  const held = inflatedLength(compressed, raw, fail);
  if (held < raw) fail(`the PNG file holds ${held} of the ${raw} bytes of its ${width}x${height} pixels`);
}

/** How many bytes come out of compressed data; more than `expected` are refused without being inflated. */
function inflatedLength(compressed: Uint8Array, expected: number, fail: Fail): number {
  try {
    return inflateSync(compressed, { maxOutputLength: expected, chunkSize: Math.max(64, expected + 1) })
      .length;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ERR_BUFFER_TOO_LARGE")
      fail(`the PNG file holds more than the ${expected} bytes of its pixels`);
    if (code === "Z_BUF_ERROR") fail("the compressed pixels of the PNG file are cut off");
    return fail("the compressed pixels of the PNG file are damaged");
  }
}

/** Bytes of the rows of a picture; each has one byte more, its filter. */
function rawSize(width: number, height: number, bitsPerPixel: number): number {
  return width === 0 ? 0 : height * (1 + Math.ceil((width * bitsPerPixel) / 8));
}

/** The same for the seven passes of Adam7 interlacing. */
function interlacedSize(width: number, height: number, bitsPerPixel: number): number {
  const passes = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const;
  return passes.reduce((sum, [x, y, stepX, stepY]) => {
    const columns = Math.ceil(Math.max(0, width - x) / stepX);
    const rows = Math.ceil(Math.max(0, height - y) / stepY);
    return sum + rawSize(columns, rows, bitsPerPixel);
  }, 0);
}

/** Brings decoded pixels to 8 bits a channel: packed bits, 16 bits, palettes and transparent colours. */
function expandPixels(png: DecodedPng): Image {
  const { height, width, depth, palette, transparency } = png;
  const samples = depth < 8 ? unpackBits(png) : png.data;
  if (palette !== undefined && png.channels === 1) return lookUp(palette, samples, height, width);
  const highest = 2 ** depth - 1;
  const eightBits =
    samples instanceof Uint8Array && highest === 255
      ? samples
      : Uint8Array.from(samples, (sample) => Math.round((sample * 255) / highest));
  const channels = png.channels as Image["channels"];
  if (transparency === undefined || (channels !== 1 && channels !== 3)) {
    return { height, width, channels, data: eightBits };
  }
  const data = new Uint8Array(height * width * (channels + 1)).fill(255);
  for (let pixel = 0; pixel < height * width; pixel++) {
    const from = pixel * channels;
    const to = pixel * (channels + 1);
    data.set(eightBits.subarray(from, from + channels), to);
    if (transparency.every((key, channel) => samples[from + channel] === key)) data[to + channels] = 0;
  }
  return { height, width, channels: channels === 1 ? 2 : 4, data };
}

/** One number a sample from rows in which several share a byte. */
function unpackBits({ height, width, depth, channels, data }: DecodedPng): Uint8Array {
  const rowSamples = width * channels;
  const rowBytes = Math.ceil((rowSamples * depth) / 8);
  const mask = 2 ** depth - 1;
  const samples = new Uint8Array(height * rowSamples);
  for (let row = 0; row < height; row++) {
    for (let sample = 0; sample < rowSamples; sample++) {
      const bit = sample * depth;
      const byte = data[row * rowBytes + (bit >> 3)]!;
      samples[row * rowSamples + sample] = (byte >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return samples;
}

function lookUp(
  palette: readonly (readonly number[])[],
  indices: ArrayLike<number>,
  height: number,
  width: number,
): Image {
  const channels = palette.some((colour) => colour.length === 4) ? 4 : 3;
  const data = new Uint8Array(height * width * channels);
  for (let pixel = 0; pixel < height * width; pixel++) {
    const colour = palette[indices[pixel]!];
    if (colour === undefined)
      throw new Error(`colour ${indices[pixel]} is not among the ${palette.length} of the palette`);
    data.set(colour, pixel * channels);
  }
  return { height, width, channels, data };
}
