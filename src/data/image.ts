// Single pictures: read from PNG, JPEG, PGM and PPM files and made into what a model takes.
import { InputError } from "../diagnostics/input-error.ts";
import { exampleSize, type ImageShape } from "./dataset.ts";
import { damagedHelp, readWholeFile } from "./files.ts";
import { isJpeg, readJpegHeader } from "./jpeg.ts";
import { isNetpbm, parseNetpbm } from "./netpbm.ts";
import { isPng, parsePng, readPngHeader } from "./png.ts";
import { resizeImage } from "./resize.ts";

/** A picture as bytes: height × width × channels, channels last. */
export interface Image {
  readonly height: number;
  readonly width: number;
  /** 1 grey, 2 grey and alpha, 3 red, green and blue, 4 these and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: Uint8Array;
}

/** How a picture becomes a model's input. */
export interface FitOptions {
  /** What shows through where the picture is transparent; white paper by default. */
  readonly background?: "white" | "black";
  /** Whether black becomes white: models of the MNIST family want white strokes on black. */
  readonly invert?: boolean;
}

/** No picture file is larger. */
const largestFile = 2 ** 28;

/** Decodes the bytes of a JPEG file; see `loadJpegDecoder`. */
type JpegParser = (bytes: Uint8Array, file: string) => Image;

/**
 * Reads a PNG, JPEG, PGM or PPM file.
 *
 * @throws InputError if the file cannot be read, is of another format, is damaged or too large
 */
export function readImage(path: string, parseJpeg: JpegParser): Image {
  return parseImage(readWholeFile(path, largestFile), path, parseJpeg);
}

/** How many pixels a picture file announces: of a PNG or JPEG file. @throws InputError as `readImage` does */
export function readPictureSize(path: string): number {
  const bytes = readWholeFile(path, largestFile);
  if (!isPng(bytes) && !isJpeg(bytes)) return 0;
  const { height, width } = isPng(bytes) ? readPngHeader(bytes, path) : readJpegHeader(bytes, path);
  return height * width;
}

/** Decodes the bytes of a PNG, JPEG, PGM or PPM file; `file` is its name in messages. */
export function parseImage(bytes: Uint8Array, file: string, parseJpeg: JpegParser): Image {
  if (isPng(bytes)) return parsePng(bytes, file);
  if (isJpeg(bytes)) return parseJpeg(bytes, file);
  if (isNetpbm(bytes)) return parseNetpbm(bytes, file);
  if (bytes.length === 0) throw new InputError("the file is empty", { place: { file }, help: damagedHelp });
  const format = otherFormats.find(([, start]) => start.every((byte, index) => bytes[index] === byte))?.[0];
  throw new InputError(
    format === undefined
      ? "this is no picture in a format that can be read"
      : `${format} pictures are not read`,
    { place: { file }, help: "PNG, JPEG, PGM and PPM are read; any picture program converts to PNG" },
  );
}

const otherFormats: readonly (readonly [name: string, start: readonly number[]])[] = [
  ["GIF", [0x47, 0x49, 0x46, 0x38]],
  ["BMP", [0x42, 0x4d]],
  ["WebP", [0x52, 0x49, 0x46, 0x46]],
  ["TIFF", [0x49, 0x49, 0x2a, 0x00]],
  ["TIFF", [0x4d, 0x4d, 0x00, 0x2a]],
];

/**
 * Makes a picture into a model's input: transparency is put on the background, colours become grey or grey becomes
 * colours, then the picture is resized to the height and width (without regard to its proportions, as Keras does), and
 * inverted last.
 *
 * @returns height × width × channels bytes
 * @throws InputError if the shape has neither 1 nor 3 channels
 */
export function fitImage(image: Image, shape: ImageShape, options: FitOptions = {}): Uint8Array {
  const [height, width, channels] = shape;
  if (channels !== 1 && channels !== 3) {
    throw new InputError(`a picture has 1 or 3 channels, but the model's input is ${shape.join("x")}`);
  }
  const opaque = flattenAlpha(image, options.background === "black" ? 0 : 255);
  const data = resizeImage(convertChannels(opaque, channels), height, width);
  if (options.invert === true) {
    for (let index = 0; index < exampleSize(shape); index++) data[index] = 255 - data[index]!;
  }
  return data;
}

/** @throws InputError where a picture is of another size than wanted */
export function requireSize(
  { height, width }: { readonly height: number; readonly width: number },
  [wantedHeight, wantedWidth]: ImageShape,
): void {
  if (height === wantedHeight && width === wantedWidth) return;
  throw new InputError(
    `the picture is ${height}x${width}, but ${wantedHeight}x${wantedWidth} (height x width) is wanted`,
    { place: { file: "" }, help: "with `resize yes` (--resize) pictures are resized" },
  );
}

/** Puts a picture with alpha on paper of one colour. */
function flattenAlpha(image: Image, paper: number): Image {
  if (image.channels === 1 || image.channels === 3) return image;
  const channels = image.channels === 2 ? 1 : 3;
  const pixels = image.height * image.width;
  const data = new Uint8Array(pixels * channels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const from = pixel * image.channels;
    const alpha = image.data[from + channels]!;
    for (let channel = 0; channel < channels; channel++) {
      const value = image.data[from + channel]! * alpha + paper * (255 - alpha);
      data[pixel * channels + channel] = Math.round(value / 255);
    }
  }
  return { ...image, channels, data };
}

function convertChannels(image: Image, channels: 1 | 3): Image {
  if (image.channels === channels) return image;
  const pixels = image.height * image.width;
  const data = new Uint8Array(pixels * channels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    if (channels === 3) {
      data.fill(image.data[pixel]!, 3 * pixel, 3 * pixel + 3);
    } else {
      const [red, green, blue] = [
        image.data[3 * pixel]!,
        image.data[3 * pixel + 1]!,
        image.data[3 * pixel + 2]!,
      ];
      // Luma of ITU-R BT.601 in 16 bits, as Pillow (and so Keras' color_mode="grayscale") computes it.
      data[pixel] = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
    }
  }
  return { ...image, channels, data };
}
