import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { encode } from "fast-png";
import { describe, expect, it } from "vitest";
import { fitImage, parseImage as parseAny, readImage as readAny, type Image } from "../../src/data/image.ts";
import { loadJpegDecoder } from "../../src/data/jpeg.ts";
import { crc32ByTable } from "../../src/data/crc32.ts";
import { resizeImage } from "../../src/data/resize.ts";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { createRandom } from "../../src/random/random.ts";
import { inputError, temporaryFolder } from "./temporary.ts";

const parseJpeg = await loadJpegDecoder();
const parseImage = (bytes: Uint8Array, file: string): Image => parseAny(bytes, file, parseJpeg);
const readImage = (path: string): Image => readAny(path, parseJpeg);

const folder = temporaryFolder();
const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function chunk(type: string, body: ArrayLike<number>): number[] {
  const bytes = Buffer.from([...Buffer.from(type, "latin1"), ...Array.from(body)]);
  const whole = Buffer.alloc(bytes.length + 8);
  whole.writeUInt32BE(bytes.length - 4, 0);
  bytes.copy(whole, 4);
  whole.writeUInt32BE(crc32(bytes), bytes.length + 4);
  return [...whole];
}

function header(width: number, height: number, depth: number, colour: number, interlace = 0): number[] {
  const body = Buffer.alloc(13);
  body.writeUInt32BE(width, 0);
  body.writeUInt32BE(height, 4);
  body.set([depth, colour, 0, 0, interlace], 8);
  return chunk("IHDR", body);
}

/** A PNG file with rows given as they stand in it: the filter, then the packed samples. */
function png(head: number[], rows: ArrayLike<number>, between: number[] = []): Uint8Array {
  const pixels = chunk("IDAT", deflateSync(Uint8Array.from(rows)));
  return Uint8Array.of(...signature, ...head, ...between, ...pixels, ...chunk("IEND", []));
}

function pixels(image: Image): number[] {
  return Array.from(image.data);
}

describe("PNG files", () => {
  it("written by Pillow with its filters are read pixel by pixel", () => {
    // Image.fromarray(a).save(..., optimize=True) of a[y, x] = (37y + 11x, 5xy, 255 - 20y - 3x); filters Sub and Paeth.
    const bytes = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAcAAAAGCAIAAACAbBMhAAAALklEQVR42mNkYPjPzfAXDbGoMrzhZv2LhmCiXCgISZQfgVBFRaAIQ1TyL7fkXwBJRyzouEOsSwAAAABJRU5ErkJggg==",
      "base64",
    );
    const image = parseImage(bytes, "x.png");
    expect([image.height, image.width, image.channels]).toEqual([6, 7, 3]);
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 7; x++) {
        const at = (y * 7 + x) * 3;
        expect(pixels(image).slice(at, at + 3)).toEqual([37 * y + 11 * x, 5 * x * y, 255 - 20 * y - 3 * x]);
      }
    }
    // Image.convert("L")
    expect(pixels({ ...image, data: fitImage(image, [6, 7, 1]) }).slice(35)).toEqual([
      73, 91, 108, 126, 143, 161, 179,
    ]);
  });

  it("come from disk", () => {
    const path = join(folder, "grey.png");
    writeFileSync(path, png(header(2, 1, 8, 0), [0, 7, 9]));
    expect(readImage(path)).toEqual({ height: 1, width: 2, channels: 1, data: Uint8Array.of(7, 9) });
  });

  it.each([
    [
      "1-bit grey",
      header(10, 2, 1, 0),
      [0, 0b10110000, 0b01000000, 0, 0, 0b11000000],
      [],
      1,
      [255, 0, 255, 255, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255],
    ],
    ["2-bit grey", header(3, 1, 2, 0), [0, 0b00011011], [], 1, [0, 85, 170]],
    ["4-bit grey", header(3, 1, 4, 0), [0, 0x0f, 0x80], [], 1, [0, 255, 136]],
    ["16-bit grey, rounded", header(3, 1, 16, 0), [0, 0, 128, 0, 129, 255, 255], [], 1, [0, 1, 255]],
    ["8-bit grey with alpha", header(1, 1, 8, 4), [0, 10, 20], [], 2, [10, 20]],
    ["8-bit colour with alpha", header(1, 1, 8, 6), [0, 1, 2, 3, 4], [], 4, [1, 2, 3, 4]],
    [
      "2-bit palette",
      header(3, 1, 2, 3),
      [0, 0b10000100],
      chunk("PLTE", [1, 2, 3, 4, 5, 6, 7, 8, 9]),
      3,
      [7, 8, 9, 1, 2, 3, 4, 5, 6],
    ],
    [
      "palette with transparency",
      header(2, 1, 8, 3),
      [0, 1, 0],
      [...chunk("PLTE", [1, 2, 3, 4, 5, 6]), ...chunk("tRNS", [128])],
      4,
      [4, 5, 6, 255, 1, 2, 3, 128],
    ],
    [
      "a transparent grey",
      header(3, 1, 2, 0),
      [0, 0b01101100],
      chunk("tRNS", [0, 2]),
      2,
      [85, 255, 170, 0, 255, 255],
    ],
    [
      "a transparent colour",
      header(3, 1, 8, 2),
      [0, 1, 2, 3, 1, 2, 4, 3, 2, 1],
      chunk("tRNS", [0, 1, 0, 2, 0, 3]),
      4,
      [1, 2, 3, 0, 1, 2, 4, 255, 3, 2, 1, 255],
    ],
  ] as const)("of %s", (_, head, rows, between, channels, expected) => {
    const image = parseImage(png([...head], rows, [...between]), "x");
    expect(image.channels).toBe(channels);
    expect(pixels(image)).toEqual(expected);
  });

  it("interlaced ones are the same pictures", () => {
    const data = Uint8Array.from({ length: 13 * 11 * 3 }, (_, index) => (index * 31) % 256);
    const picture = { width: 13, height: 11, channels: 3, depth: 8 as const, data };
    expect(pixels(parseImage(encode(picture, { interlace: "Adam7" }), "x"))).toEqual(Array.from(data));
    // Three of the seven passes have pixels: the first, the one right of it, and the second row.
    const packed = png(header(2, 2, 1, 0, 1), [0, 0b10000000, 0, 0, 0, 0b01000000]);
    expect(pixels(parseImage(packed, "x"))).toEqual([255, 0, 0, 255]);
  });

  it("have the checksum of the standard, where Node has none either", () => {
    // The check value of CRC-32 in the catalogue of parametrised algorithms.
    expect(crc32ByTable(Buffer.from("123456789"))).toBe(0xcbf43926);
    const good = png(header(1, 1, 8, 0), [0, 5]);
    good[good.length - 1]! ^= 1;
    expect(inputError(() => parseImage(good, "x")).message).toMatch(
      /the checksum of its IEND chunk at byte \d+ is wrong/,
    );
  });

  it("texts and profiles in them are passed over, however they would unpack", () => {
    const profile = chunk("iCCP", [0x61, 0, 0, ...deflateSync(new Uint8Array(2 ** 24))]);
    const file = png(header(1, 1, 8, 0), [0, 5], [...profile, ...chunk("tEXt", [1, 2, 3])]);
    expect(pixels(parseImage(file, "x"))).toEqual([5]);
  });
});

describe("damaged pictures", () => {
  const good = png(
    header(4, 3, 8, 2),
    Array.from({ length: 39 }, (_, index) => (index % 13 === 0 ? 0 : index)),
  );

  it("cut off anywhere", () => {
    for (let length = 1; length < good.length; length++) {
      const error = inputError(() => parseImage(good.subarray(0, length), "cut.png"));
      expect(error.place.file).toBe("cut.png");
    }
  });

  it("with a flipped bit anywhere before the end", () => {
    for (let at = 0; at < good.length; at++) {
      const bytes = good.slice();
      bytes[at]! ^= 0x10;
      inputError(() => parseImage(bytes, "x"));
    }
  });

  it.each([
    [
      "dimensions beyond all sense",
      png(header(100_000, 100_000, 8, 2), [0]),
      "the picture is too large: 100000x100000",
    ],
    ["the largest dimensions", png(header(2 ** 32 - 1, 2 ** 32 - 1, 16, 6), [0]), "the picture is too large"],
    ["more pixels than bytes can hold", png(header(10_000, 10_000, 8, 0), [0]), "the PNG file is cut off"],
    ["fewer pixels than announced", png(header(4, 4, 8, 0), [0, 1, 2, 3, 4]), "holds 5 of the 20 bytes"],
    [
      "more pixels than announced",
      png(header(1, 1, 8, 0), new Array(50).fill(0)),
      "holds more than the 2 bytes",
    ],
    ["no width", png(header(0, 4, 8, 0), [0]), "the PNG header is damaged: 0x4"],
    ["an unknown colour type", png(header(1, 1, 8, 5), [0, 1]), "the PNG header is damaged"],
    ["a depth that the colour type has not", png(header(1, 1, 4, 2), [0, 1, 2]), "the PNG header is damaged"],
    ["an unknown filter", png(header(1, 1, 8, 0), [9, 1]), "the PNG file is damaged: there is no filter 9"],
    [
      "a colour outside the palette",
      png(header(1, 1, 8, 3), [0, 7], chunk("PLTE", [1, 2, 3])),
      "colour 7 is not among",
    ],
    ["a second header", png(header(1, 1, 8, 0), [0, 1], header(9999, 9999, 8, 0)), "has two IHDR chunks"],
    ["no header", Uint8Array.of(...signature, ...chunk("IEND", [])), "does not start with its header"],
    ["no pixels", Uint8Array.of(...signature, ...header(1, 1, 8, 0), ...chunk("IEND", [])), "is cut off"],
  ])("with %s", (_, bytes, message) => {
    const started = performance.now();
    expect(inputError(() => parseImage(bytes, "x")).message).toContain(message);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it("that unpack to far more than they announce", () => {
    const bomb = Uint8Array.of(
      ...signature,
      ...header(100, 100, 8, 0),
      ...chunk("IDAT", deflateSync(new Uint8Array(2 ** 26))),
      ...chunk("IEND", []),
    );
    expect(inputError(() => parseImage(bomb, "x")).message).toBe(
      "the PNG file holds more than the 10100 bytes of its pixels",
    );
  });

  it("changed at random give a picture or an InputError, never anything else", () => {
    const random = createRandom(0, "mutants");
    const originals = [
      good,
      Buffer.from("P5 3 2 255\nabcdef"),
      Buffer.from("P3\n# colours\n2 1\n15\n1 2 3 4 5 6\n"),
    ];
    for (const original of originals) {
      for (let turn = 0; turn < 200; turn++) {
        const bytes = Uint8Array.from(original);
        for (let flips = random.integer(3); flips >= 0; flips--)
          bytes[random.integer(bytes.length)] = random.integer(256);
        try {
          parseImage(bytes, "x");
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }
    }
  });

  it("of other formats are named", () => {
    expect(inputError(() => parseImage(Uint8Array.of(0x47, 0x49, 0x46, 0x38), "x")).message).toBe(
      "GIF pictures are not read",
    );
    expect(inputError(() => parseImage(new Uint8Array(0), "x")).message).toContain("is empty");
    expect(inputError(() => readImage(join(folder, "none.png"))).message).toContain("there is no such file");
  });
});

describe("PGM and PPM files", () => {
  it.each([
    ["P5 2 2 255\n\x01\x02\x03\xff", 1, [1, 2, 3, 255]],
    ["P5\n# by hand\n2 1 # wide\n255\n\x09\x20", 1, [9, 32]],
    ["P6 1 1 255\n\x01\x02\x03", 3, [1, 2, 3]],
    ["P5 2 1 65535\n\x00\x80\xff\xff", 1, [0, 255]],
    ["P5 3 1 3\n\x00\x01\x03", 1, [0, 85, 255]],
    ["P2\n3 1\n15\n0 1 15\n", 1, [0, 17, 255]],
    ["P3 2 1 255 1 2 3\n# second\n4 5 6", 3, [1, 2, 3, 4, 5, 6]],
  ])("%j", (text, channels, expected) => {
    const image = parseImage(Buffer.from(text, "latin1"), "x");
    expect(image.channels).toBe(channels);
    expect(pixels(image)).toEqual(expected);
  });

  it.each([
    ["P5 2 2 255\n\x01\x02\x03", "the file ends at byte 14, 15 were announced"],
    ["P5 2 1 255\n\x01\x02\x03", "goes on after its picture"],
    ["P5 2", "should be a number: the height"],
    ["P5 0 2 255\n", "the header is damaged: 0x2"],
    ["P5 1 1 65536\n\x01\x01", "the header is damaged"],
    ["P5 99999 99999 255\n\x01", "the file is cut off"],
    ["P5 999999999999999999999 1 255\n\x01", "the file is cut off"],
    ["P5 1 1 7\n\x08", "the value 8 is above the highest, 7"],
    ["P2 2 1 255 1", "should be a number: a value"],
    ["P2 2 1 255 1 -2", "should be a number: a value"],
  ])("%j is refused", (text, message) => {
    expect(inputError(() => parseImage(Buffer.from(text, "latin1"), "x")).message).toMatch(message);
  });
});

describe("resizing", () => {
  const grey = (height: number, width: number, data: number[]): Image => ({
    height,
    width,
    channels: 1,
    data: Uint8Array.from(data),
  });

  it("grows bilinearly, as PyTorch's interpolate with align_corners=False", () => {
    // torch.nn.functional.interpolate([[0, 60], [120, 240]], size=(4, 4)), rounded
    expect(Array.from(resizeImage(grey(2, 2, [0, 60, 120, 240]), 4, 4))).toEqual([
      ...[0, 15, 45, 60],
      ...[30, 49, 86, 105],
      ...[90, 116, 169, 195],
      ...[120, 150, 210, 240],
    ]);
    expect(Array.from(resizeImage(grey(1, 3, [10, 200, 30]), 1, 5))).toEqual([10, 86, 200, 98, 30]);
  });

  it("shrinks by area: the mean of what a pixel covers", () => {
    expect(Array.from(resizeImage(grey(2, 4, [0, 100, 10, 20, 200, 100, 30, 40]), 1, 2))).toEqual([100, 25]);
    // 3 to 2: (1 * 30 + 1/2 * 60) / 1.5 and (1/2 * 60 + 1 * 120) / 1.5
    expect(Array.from(resizeImage(grey(1, 3, [30, 60, 120]), 1, 2))).toEqual([40, 100]);
    // 5 to 3, each covers 5/3: (30 + 2/3 * 60) * 3/5, ...
    expect(Array.from(resizeImage(grey(5, 1, [30, 60, 90, 0, 150]), 3, 1))).toEqual([42, 66, 90]);
  });

  it("may grow along one axis and shrink along the other, each channel by itself", () => {
    const image: Image = { height: 2, width: 1, channels: 3, data: Uint8Array.of(0, 10, 20, 100, 110, 120) };
    expect(Array.from(resizeImage(image, 1, 2))).toEqual([50, 60, 70, 50, 60, 70]);
  });

  it("leaves a picture of the right size as it is, in an array of its own", () => {
    const image = grey(2, 2, [1, 2, 3, 4]);
    const resized = resizeImage(image, 2, 2);
    expect(resized).toEqual(image.data);
    expect(resized).not.toBe(image.data);
  });

  it("keeps a plain colour plain, whatever the sizes", () => {
    for (const [from, to] of [
      [7, 28],
      [28, 7],
      [100, 28],
      [28, 29],
      [1, 5],
      [1000, 1],
    ] as const) {
      const image = grey(from, from, new Array<number>(from * from).fill(77));
      expect(new Set(resizeImage(image, to, to))).toEqual(new Set([77]));
    }
  });
});

describe("fitting a picture to a model", () => {
  it("puts transparent pixels on paper", () => {
    const image: Image = { height: 1, width: 3, channels: 2, data: Uint8Array.of(40, 255, 40, 0, 0, 51) };
    expect(Array.from(fitImage(image, [1, 3, 1]))).toEqual([40, 255, 204]);
    expect(Array.from(fitImage(image, [1, 3, 1], { background: "black" }))).toEqual([40, 0, 0]);
  });

  it("makes grey of colours by luma, and colours of grey", () => {
    const colours: Image = {
      height: 1,
      width: 4,
      channels: 3,
      data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9),
    };
    // Pillow: Image.new("RGB", ...).convert("L")
    expect(Array.from(fitImage(colours, [1, 4, 1]))).toEqual([76, 150, 29, 9]);
    const grey: Image = { height: 1, width: 2, channels: 1, data: Uint8Array.of(7, 200) };
    expect(Array.from(fitImage(grey, [1, 2, 3]))).toEqual([7, 7, 7, 200, 200, 200]);
  });

  it("inverts dark strokes on white paper", () => {
    const image: Image = { height: 2, width: 2, channels: 1, data: Uint8Array.of(255, 255, 0, 255) };
    expect(Array.from(fitImage(image, [2, 2, 1], { invert: true }))).toEqual([0, 0, 255, 0]);
    expect(Array.from(image.data)).toEqual([255, 255, 0, 255]);
  });

  it("refuses inputs that are no pictures", () => {
    const image: Image = { height: 1, width: 1, channels: 1, data: Uint8Array.of(1) };
    expect(inputError(() => fitImage(image, [4, 4, 2])).message).toContain("1 or 3 channels");
  });
});
