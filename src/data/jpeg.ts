// JPEG files. Mozilla's decoder, as WebAssembly, gives the same pixels as libjpeg; this module first makes sure that a file
// announces no more than is sensible and is whole, for the decoder fills what is missing with grey.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { InputError } from "../diagnostics/input-error.ts";
import { damagedHelp } from "./files.ts";
import type { Image } from "./image.ts";

/** Pictures with more pixels are refused before they are decoded. */
const mostPixels = 2 ** 25;

/** What is used of the decoder's module. */
interface Decoder {
  decode(
    bytes: Uint8Array,
    appliesOrientation: boolean,
  ): { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number } | null;
}

/** The first bytes of a JPEG file. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** Height, width and channels that a JPEG file announces. */
export interface JpegHeader {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

let decoder: Promise<Decoder> | undefined;
let warning: string | undefined;

/** Loads the decoder; `parseJpeg` can then be called. */
export async function loadJpegDecoder(): Promise<(bytes: Uint8Array, file: string) => Image> {
  decoder ??= startDecoder();
  const { decode } = await decoder;
  return (bytes, file) => decodeWith(decode, bytes, file);
}

async function startDecoder(): Promise<Decoder> {
  const { default: create } = await import("@jsquash/jpeg/codec/dec/mozjpeg_dec.js");
  const path = createRequire(import.meta.url).resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm");
  // The decoder makes its result with a class that browsers have.
  const scope = globalThis as { ImageData?: unknown };
  scope.ImageData ??= class {
    readonly data: Uint8ClampedArray;
    readonly width: number;
    readonly height: number;
    constructor(data: Uint8ClampedArray, width: number, height: number) {
      [this.data, this.width, this.height] = [data, width, height];
    }
  };
  return (await create({
    wasmBinary: readFileSync(path),
    noInitialRun: true,
    print: () => undefined,
    printErr: (text: string) => (warning ??= text),
  })) as unknown as Decoder;
}

function decodeWith(decode: Decoder["decode"], bytes: Uint8Array, file: string): Image {
  const damaged = (reason: string, cause?: unknown): InputError =>
    new InputError(`the JPEG file is damaged: ${reason}`, { place: { file }, help: damagedHelp, cause });
  const header = readJpegHeader(bytes, file);
  warning = undefined;
  let result: ReturnType<Decoder["decode"]>;
  try {
    result = decode(bytes, false);
  } catch (cause) {
    throw damaged("its pixels cannot be decoded", cause);
  }
  if (warning !== undefined) throw damaged(warning);
  if (result?.width !== header.width || result.height !== header.height)
    throw damaged("its pixels cannot be decoded");
  return dropAlpha(result.data, header);
}

/** The decoder gives red, green, blue and alpha, of grey pictures too. */
function dropAlpha(pixels: Uint8ClampedArray, { height, width, channels }: JpegHeader): Image {
  const kept = channels === 1 ? 1 : 3;
  const data = new Uint8Array(height * width * kept);
  if (kept === 1) for (let pixel = 0; pixel < data.length; pixel++) data[pixel] = pixels[4 * pixel]!;
  else {
    for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
      data[to] = pixels[from]!;
      data[to + 1] = pixels[from + 1]!;
      data[to + 2] = pixels[from + 2]!;
    }
  }
  return { height, width, channels: kept, data };
}

/** Markers without a length: those of restarts, and TEM. */
function standsAlone(marker: number): boolean {
  return (marker >= 0xd0 && marker <= 0xd7) || marker === 0x01;
}

/** Start of frame: its kinds that are decoded are baseline, extended and progressive Huffman. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/**
 * Walks the segments of a file from its start to its end marker.
 *
 * @throws InputError where it is cut off, too large, or of a kind that is not read
 */
export function readJpegHeader(bytes: Uint8Array, file: string): JpegHeader {
  const fail = (message: string, help = damagedHelp): InputError =>
    new InputError(message, { place: { file }, help });
  const cutOff = (): InputError => fail(`the JPEG file is cut off at byte ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let header: JpegHeader | undefined;
  let hasScan = false;
  for (let at = 2; ;) {
    if (at + 1 >= bytes.length) throw cutOff();
    if (bytes[at] !== 0xff) throw fail(`the JPEG file is damaged: there is no marker at byte ${at}`);
    const marker = bytes[at + 1]!;
    at += marker === 0xff ? 1 : 2;
    if (marker === 0xff || standsAlone(marker)) continue;
    if (marker === 0xd9) break;
    if (at + 1 >= bytes.length) throw cutOff();
    const length = view.getUint16(at);
    if (length < 2 || at + length > bytes.length) throw cutOff();
    if (isFrame(marker)) {
      if (length < 8) throw fail("the JPEG file is damaged: its frame is too short");
      header = checkFrame(marker, view, at, fail);
    }
    at += length;
    if (marker === 0xda) {
      hasScan = true;
      at = endOfScan(bytes, at);
    }
  }
  if (header === undefined || !hasScan) throw fail("the JPEG file holds no picture");
  return header;
}

/** Height and width as the first bytes of a file announce them; undefined where they come later, or where there are none. */
export function peekJpegSize(bytes: Uint8Array): Pick<JpegHeader, "height" | "width"> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff; at += 2 + view.getUint16(at + 2))
    if (isFrame(bytes[at + 1]!)) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
  return undefined;
}

function checkFrame(
  marker: number,
  view: DataView,
  at: number,
  fail: (message: string, help?: string) => InputError,
): JpegHeader {
  const [precision, height, width, channels] = [
    view.getUint8(at + 2),
    view.getUint16(at + 3),
    view.getUint16(at + 5),
    view.getUint8(at + 7),
  ];
  const help = "any picture program saves it anew as a usual JPEG or as PNG";
  if (marker > 0xc2 || precision !== 8) throw fail("this kind of JPEG is not read", help);
  if (channels === 4) throw fail("JPEG files in the four colours of print (CMYK) are not read", help);
  if (channels !== 1 && channels !== 3) throw fail(`JPEG files of ${channels} channels are not read`, help);
  if (height === 0 || width === 0) throw fail(`the JPEG header is damaged: ${width}x${height}`);
  if (height * width > mostPixels)
    throw fail(
      `the picture is too large: ${width}x${height}`,
      `at most ${mostPixels} pixels are decoded; scale it down`,
    );
  return { height, width, channels };
}

/** The next marker after compressed pixels, in which 0xff is followed by 0 or stands before a restart. */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next !== undefined && next !== 0 && next !== 0xff && !standsAlone(next)) return at;
  }
  return bytes.length;
}
