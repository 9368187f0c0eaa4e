// PNG files (ISO/IEC 15948): every colour type and bit depth, brought to 8 bits a channel. What a file announces is checked
// against what it holds and what is sensible before anything of that size is allocated.
import * as zlib from "node:zlib";
import { InputError } from "../diagnostics/input-error.ts";
import { crc32 } from "./crc32.ts";
import { damagedHelp } from "./files.ts";
import type { Image } from "./image.ts";
import { packedSize, type PixelLayout, unpackPixels } from "./png-pixels.ts";

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

const paletteType = 3;

interface Chunk {
  readonly type: string;
  readonly body: Uint8Array;
}

interface Header extends PixelLayout {
  readonly colourType: number;
}

/** Whether bytes start as a PNG file does. */
export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, index) => bytes[index] === byte);
}

/**
 * Decodes a PNG file of any colour type and bit depth; `file` is its name in messages.
 *
 * @throws InputError if the file is damaged, cut off or too large
 */
export function parsePng(bytes: Uint8Array, file: string): Image {
  const fail = failureOf(file);
  const chunks = readChunks(bytes, fail);
  const header = readHeader(chunks, fail);
  const packed = inflatePixels(chunks, header, fail);
  try {
    return expandPixels(unpackPixels(packed, header), header, chunks);
  } catch (error) {
    return fail(`the PNG file is damaged: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What a file announces of itself. @throws InputError as `parsePng` does, but for its pixels */
export function readPngHeader(bytes: Uint8Array, file: string): PixelLayout {
  return readHeader(readChunks(bytes, failureOf(file)), failureOf(file));
}

/** Height and width as the first bytes of a file announce them; undefined where they do not. */
export function peekPngSize(bytes: Uint8Array): Pick<PixelLayout, "height" | "width"> | undefined {
  if (bytes.length < 24) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { height: view.getUint32(20), width: view.getUint32(16) };
}

type Fail = (message: string, help?: string) => never;

function failureOf(file: string): Fail {
  return (message, help = damagedHelp) => {
    throw new InputError(message, { place: { file }, help });
  };
}

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
    if (neededChunks.includes(type)) {
      if (type !== "IDAT" && chunks.some((other) => other.type === type)) {
        fail(`the PNG file has two ${type} chunks, the second at byte ${at}`);
      }
      if (chunks.length === mostChunks) fail(`the PNG file has more than ${mostChunks} chunks`);
      if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
        fail(`the PNG file is damaged: the checksum of its ${type} chunk at byte ${at} is wrong`);
      }
      chunks.push({ type, body: bytes.subarray(at + 8, end - 4) });
    }
    at = end;
  }
  return chunks;
}

function bodyOf(chunks: readonly Chunk[], wanted: string): Uint8Array | undefined {
  return chunks.find(({ type }) => type === wanted)?.body;
}

/** Refuses a header that is damaged, or that announces more than is sensible. */
function readHeader(chunks: readonly Chunk[], fail: Fail): Header {
  const { type, body } = chunks[0]!;
  if (type !== "IHDR" || body.length !== 13) fail("the PNG file does not start with its header");
  const view = new DataView(body.buffer, body.byteOffset, 13);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colourType] = [view.getUint8(8), view.getUint8(9)];
  const [compression, filtering, interlacing] = [view.getUint8(10), view.getUint8(11), view.getUint8(12)];
  const colour = colourTypes.get(colourType);
  if (colour?.depths.includes(depth) !== true || width === 0 || height === 0) {
    return fail(`the PNG header is damaged: ${width}x${height}, ${depth} bits, colour type ${colourType}`);
  }
  if (compression !== 0 || filtering !== 0 || interlacing > 1) {
    return fail("the PNG header is damaged: its pixels are packed in no known way");
  }
  const { channels } = colour;
  const header = { height, width, depth, channels, colourType, isInterlaced: interlacing === 1 };
  if (packedSize(header) > largestPicture) {
    fail(
      `the picture is too large: ${width}x${height}`,
      `at most ${largestPicture} bytes are decoded; scale it down`,
    );
  }
  return header;
}

/** The pixels as they are packed; a file whose data cannot be so long, or is longer, is refused before it is inflated. */
function inflatePixels(chunks: readonly Chunk[], header: Header, fail: Fail): Uint8Array {
  const { height, width } = header;
  const pieces = chunks.filter(({ type }) => type === "IDAT").map(({ body }) => body);
  const compressed = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  const expected = packedSize(header);
  if (expected > compressed.length * largestExpansion) {
    fail(`the PNG file is cut off: ${width}x${height} pixels do not come from ${compressed.length} bytes`);
  }
  const packed = inflate(compressed, expected, fail);
  if (packed.length < expected) {
    fail(`the PNG file holds ${packed.length} of the ${expected} bytes of its ${width}x${height} pixels`);
  }
  return packed;
}

function inflate(compressed: Uint8Array, expected: number, fail: Fail): Uint8Array {
  try {
    return zlib.inflateSync(compressed, {
      maxOutputLength: expected,
      chunkSize: Math.max(64, expected + 1),
    });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ERR_BUFFER_TOO_LARGE")
      fail(`the PNG file holds more than the ${expected} bytes of its pixels`);
    if (code === "Z_BUF_ERROR") fail("the compressed pixels of the PNG file are cut off");
    return fail("the compressed pixels of the PNG file are damaged");
  }
}

/** Brings samples to 8 bits a channel, and palettes and transparent colours to channels. */
function expandPixels(
  samples: Uint8Array,
  { height, width, depth, channels, colourType }: Header,
  chunks: readonly Chunk[],
): Image {
  const transparency = bodyOf(chunks, "tRNS");
  if (colourType === paletteType) {
    const palette = bodyOf(chunks, "PLTE");
    if (palette === undefined) throw new Error("it has no palette");
    return { height, width, ...lookUp(palette, transparency, samples) };
  }
  const data = toEightBits(samples, depth);
  if (transparency === undefined || (channels !== 1 && channels !== 3)) {
    return { height, width, channels: channels as Image["channels"], data };
  }
  const isKey = keyTest(transparency, samples, { depth, channels });
  return { height, width, channels: channels === 1 ? 2 : 4, data: addAlpha(data, channels, isKey) };
}

/** Tells whether a pixel, by the place of its first sample, has the one colour that is transparent: 16 bits a sample in the chunk. */
function keyTest(
  transparency: Uint8Array,
  samples: Uint8Array,
  { depth, channels }: Pick<Header, "depth" | "channels">,
): (at: number) => boolean {
  if (transparency.length < 2 * channels) throw new Error("its transparent colour is cut off");
  const highest = 2 ** depth - 1;
  const key = Array.from(
    { length: channels },
    (_, channel) => (256 * transparency[2 * channel]! + transparency[2 * channel + 1]!) & highest,
  );
  const sampleAt = (at: number): number =>
    depth === 16 ? 256 * samples[2 * at]! + samples[2 * at + 1]! : samples[at]!;
  return (at) => key.every((sample, channel) => sampleAt(at + channel) === sample);
}

function addAlpha(data: Uint8Array, channels: number, isTransparent: (at: number) => boolean): Uint8Array {
  const result = new Uint8Array((data.length / channels) * (channels + 1));
  for (let from = 0, to = 0; from < data.length; from += channels, to += channels + 1) {
    for (let channel = 0; channel < channels; channel++) result[to + channel] = data[from + channel]!;
    result[to + channels] = isTransparent(from) ? 0 : 255;
  }
  return result;
}

function toEightBits(samples: Uint8Array, depth: number): Uint8Array {
  if (depth === 8) return samples;
  const factor = 255 / (2 ** depth - 1);
  if (depth < 8) return samples.map((sample) => sample * factor);
  const result = new Uint8Array(samples.length / 2);
  for (let at = 0; at < result.length; at++) {
    result[at] = Math.round((256 * samples[2 * at]! + samples[2 * at + 1]!) * factor);
  }
  return result;
}

/** The colours of a palette: red, green and blue each, and how opaque the first ones are where some are not. */
function lookUp(
  palette: Uint8Array,
  alphas: Uint8Array | undefined,
  indices: Uint8Array,
): Pick<Image, "channels" | "data"> {
  const colours = Math.floor(palette.length / 3);
  const channels = alphas === undefined ? 3 : 4;
  const data = new Uint8Array(indices.length * channels);
  let to = 0;
  for (const index of indices) {
    if (index >= colours) throw new Error(`colour ${index} is not among the ${colours} of the palette`);
    for (let channel = 0; channel < 3; channel++) data[to++] = palette[3 * index + channel]!;
    if (alphas !== undefined) data[to++] = alphas[index] ?? 255;
  }
  return { channels, data };
}
