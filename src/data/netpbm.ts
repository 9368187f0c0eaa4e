// PGM and PPM files: grey (P2 as text, P5 as bytes) and colour (P3, P6) pictures without compression.
import { InputError } from "../diagnostics/input-error.ts";
import { damagedHelp } from "./files.ts";
import type { Image } from "./image.ts";

/** Whether bytes start as a PGM or PPM file does. */
export function isNetpbm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && [0x32, 0x33, 0x35, 0x36].includes(bytes[1] ?? 0) && isBlank(bytes[2] ?? 0);
}

/**
 * Decodes a PGM or PPM file with up to 16 bits a sample; `file` is its name in messages.
 *
 * @throws InputError if the file is damaged, cut off, or holds more than its header announces
 */
export function parseNetpbm(bytes: Uint8Array, file: string): Image {
  const kind = bytes[1]! - 0x30;
  const reader = new NetpbmReader(bytes, file);
  const width = reader.readNumber("the width");
  const height = reader.readNumber("the height");
  const highest = reader.readNumber("the highest value");
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  if (width === 0 || height === 0 || highest === 0 || highest > 65_535) {
    return reader.fail(`the header is damaged: ${width}x${height}, highest value ${highest}`);
  }
  const count = width * height * channels;
  // Every sample takes at least a byte, so this bounds what is allocated next.
  if (count > bytes.length)
    return reader.fail(`the file is cut off: ${width}x${height} does not fit into it`);
  const data = new Uint8Array(count);
  const next =
    kind < 4 ? () => reader.readNumber("a value") : reader.binarySamples(count, highest > 255 ? 2 : 1);
  for (let index = 0; index < count; index++) {
    const value = next();
    if (value > highest) return reader.fail(`the value ${value} is above the highest, ${highest}`);
    data[index] = Math.round((value * 255) / highest);
  }
  reader.expectEnd();
  return { height, width, channels, data };
}

class NetpbmReader {
  readonly #bytes: Uint8Array;
  readonly #file: string;
  #at = 2;

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#file = file;
  }

  fail(message: string): never {
    throw new InputError(message, { place: { file: this.#file }, help: damagedHelp });
  }

  /** The next decimal number, after blanks and comments. */
  readNumber(what: string): number {
    this.#skipBlanks();
    const start = this.#at;
    let value = 0;
    for (; this.#at < this.#bytes.length; this.#at++) {
      const digit = this.#bytes[this.#at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      value = Math.min(1e9, value * 10 + digit);
    }
    if (this.#at === start) return this.fail(`byte ${start + 1} should be a number: ${what}`);
    return value;
  }

  /** Reads samples of one or two bytes; one blank separates them from the header. */
  binarySamples(count: number, size: 1 | 2): () => number {
    this.#at++;
    if (this.#at + count * size > this.#bytes.length) {
      this.fail(`the file ends at byte ${this.#bytes.length}, ${this.#at + count * size} were announced`);
    }
    return () => {
      const value = this.#bytes[this.#at++]!;
      return size === 1 ? value : value * 256 + this.#bytes[this.#at++]!;
    };
  }

  expectEnd(): void {
    this.#skipBlanks();
    if (this.#at < this.#bytes.length)
      this.fail(`the file goes on after its picture, at byte ${this.#at + 1}`);
  }

  #skipBlanks(): void {
    for (; this.#at < this.#bytes.length; this.#at++) {
      const byte = this.#bytes[this.#at]!;
      if (byte === 0x23) this.#skipComment();
      else if (!isBlank(byte)) return;
    }
  }

  #skipComment(): void {
    while (this.#at < this.#bytes.length && this.#bytes[this.#at] !== 0x0a) this.#at++;
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
