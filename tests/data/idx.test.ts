import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { encodeIdx, parseIdx, readIdx, writeIdx, type IdxArray } from "../../src/data/idx.ts";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { createRandom } from "../../src/random/random.ts";
import { inputError, rejection, temporaryFolder } from "./temporary.ts";

const folder = temporaryFolder();

/** Two 2x3 images as the format's description lays them out. */
const imageBytes = Uint8Array.of(
  0,
  0,
  8,
  3,
  0,
  0,
  0,
  2,
  0,
  0,
  0,
  2,
  0,
  0,
  0,
  3,
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  10,
  11,
  255,
);

function save(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe("reading", () => {
  it("takes the bytes apart as the format says", () => {
    const array = parseIdx(imageBytes, "x");
    expect(array.type).toBe("uint8");
    expect(array.shape).toEqual([2, 2, 3]);
    expect(array.data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255));
  });

  it.each([
    ["int8", 0x09, [0x80, 0x7f], Int8Array.of(-128, 127)],
    ["int16", 0x0b, [0x80, 0x00, 0x01, 0x02], Int16Array.of(-32768, 258)],
    ["int32", 0x0c, [0xff, 0xff, 0xff, 0xfe, 0, 1, 0, 0], Int32Array.of(-2, 65536)],
    ["float32", 0x0d, [0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0], Float32Array.of(1, -2.5)],
    ["float64", 0x0e, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xbf, 0xf0, 0, 0, 0, 0, 0, 0], Float64Array.of(1.5, -1)],
  ])("reads %s, big endian", (type, code, body, expected) => {
    const array = parseIdx(Uint8Array.of(0, 0, code, 1, 0, 0, 0, 2, ...body), "x");
    expect(array.type).toBe(type);
    expect(array.data).toEqual(expected);
  });

  it("tells compression by the contents, not by the name", () => {
    const plain = readIdx(save("named.gz", imageBytes));
    const compressed = readIdx(save("named-ubyte", gzipSync(imageBytes)));
    expect(compressed.data).toEqual(plain.data);
    expect(compressed.sha256).toBe(plain.sha256);
  });

  it("states the checksum of the contents", () => {
    // printf '\0\0\10\1\0\0\0\1\7' | sha256sum
    expect(readIdx(save("one", Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7))).sha256).toBe(
      "c564aa0aa783b8862ae6128a973a6f6b213b9428d39b5c8acfbda3c630d40f1e",
    );
  });
});

describe("writing", () => {
  it("gives back what was read, for every type", async () => {
    const arrays: IdxArray[] = [
      { type: "uint8", shape: [2, 2], data: Uint8Array.of(0, 1, 254, 255) },
      { type: "int8", shape: [1, 2], data: Int8Array.of(-128, 127) },
      { type: "int16", shape: [2], data: Int16Array.of(-32768, 32767) },
      { type: "int32", shape: [1, 1, 2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
      { type: "float32", shape: [3], data: Float32Array.of(Number.NaN, -0, 1e-40) },
      { type: "float64", shape: [2, 1], data: Float64Array.of(Math.PI, Number.NEGATIVE_INFINITY) },
      { type: "uint8", shape: [0, 28, 28], data: new Uint8Array(0) },
    ];
    for (const [index, array] of arrays.entries()) {
      for (const ending of ["", ".gz"]) {
        const path = join(folder, `array-${index}${ending}`);
        await writeIdx(path, array);
        const { type, shape, data } = readIdx(path);
        expect({ type, shape, data }).toEqual(array);
      }
    }
  });

  it("writes the bytes that the format says", () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255);
    expect(encodeIdx({ type: "uint8", shape: [2, 2, 3], data })).toEqual(imageBytes);
  });

  it("refuses a shape that the elements do not have", () => {
    expect(() => encodeIdx({ type: "uint8", shape: [3], data: new Uint8Array(2) })).toThrow(RangeError);
    expect(() => encodeIdx({ type: "uint8", shape: [], data: new Uint8Array(1) })).toThrow(RangeError);
  });

  it("leaves nothing where it cannot write", async () => {
    const error = await rejection(
      writeIdx(join(folder, "missing", "x"), { type: "uint8", shape: [1], data: new Uint8Array(1) }),
    );
    expect(error.message).toContain("the folder does not exist");
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

describe("damaged files", () => {
  it.each([0, 1, 3, 4, 7, 8, 15, 16, 27])("cut off at byte %d", (length) => {
    const cut = imageBytes.subarray(0, length);
    for (const bytes of [cut, gzipSync(cut)]) {
      const path = save("cut", bytes);
      const error = inputError(() => readIdx(path));
      expect(error.message).toMatch(/ends at byte|not an IDX/);
      expect(error.place.file).toBe(path);
    }
  });

  it("says which byte the file ends at, and what its header announces", () => {
    const error = inputError(() => parseIdx(imageBytes.subarray(0, 20), "x"));
    expect(error.message).toBe(
      "the file ends at byte 20, but its header announces 2x2x3 uint8, 28 bytes with the header",
    );
  });

  it("compressed data cut off anywhere", () => {
    const whole = gzipSync(imageBytes);
    for (let length = 2; length < whole.length; length++) {
      inputError(() => readIdx(save("cut.gz", whole.subarray(0, length))));
    }
  });

  it("bytes too many", () => {
    const long = Uint8Array.of(...imageBytes, 0, 0);
    expect(inputError(() => parseIdx(long, "x")).message).toMatch(/^2 bytes too many: /);
    const message = inputError(() => readIdx(save("long.gz", gzipSync(long)))).message;
    expect(message).toBe("the compressed file holds more bytes than its header announces");
    inputError(() => readIdx(save("tail.gz", new Uint8Array([...gzipSync(imageBytes), 1, 2, 3]))));
  });

  it.each([
    ["text", [0x6c, 0x61, 0x62, 0x65]],
    ["a type that does not exist", [0, 0, 7, 1]],
    ["a PNG file", [0x89, 0x50, 0x4e, 0x47]],
  ])("%s is no IDX file", (_, start) => {
    const error = inputError(() => parseIdx(Uint8Array.of(...start, 0, 0, 0, 1, 5), "labels"));
    expect(error.message).toMatch(/^this is not an IDX file: it starts with the bytes /);
  });

  it("an array without dimensions", () => {
    expect(inputError(() => parseIdx(Uint8Array.of(0, 0, 8, 0, 1), "x")).message).toContain(
      "without dimensions",
    );
  });

  it("dimensions beyond all memory are refused before anything is allocated", () => {
    const absurd = Uint8Array.of(0, 0, 14, 3, ...new Array<number>(12).fill(255), 1, 2, 3);
    const many = new Uint8Array(4 + 4 * 255 + 1).fill(255);
    many.set([0, 0, 8, 255]);
    for (const bytes of [absurd, many]) {
      for (const path of [save("absurd", bytes), save("absurd.gz", gzipSync(bytes))]) {
        expect(inputError(() => readIdx(path)).message).toContain("more than the 2147483647 bytes");
      }
    }
  });

  it("a compressed file that cannot hold what it announces is refused before anything is allocated", () => {
    const header = Uint8Array.of(0, 0, 8, 1, 0x70, 0, 0, 0, 1, 2, 3);
    const before = process.memoryUsage().rss;
    expect(inputError(() => readIdx(save("promise.gz", gzipSync(header)))).message).toContain("at most");
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
  });

  it("a compressed file that grows far beyond its header is not inflated", () => {
    const bomb = new Uint8Array(2 ** 26);
    bomb.set([0, 0, 8, 1, 0, 0, 0, 4]);
    const path = save("bomb.gz", gzipSync(bomb));
    const started = performance.now();
    expect(inputError(() => readIdx(path)).message).toContain("more bytes than its header announces");
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it("a flipped bit in compressed data is found by its checksum", () => {
    const compressed = Uint8Array.from(gzipSync(imageBytes));
    compressed[compressed.length - 6]! ^= 1;
    expect(inputError(() => readIdx(save("flip.gz", compressed))).message).toBe(
      "the compressed file is damaged",
    );
  });

  it("any flipped byte gives an array or an InputError, never anything else", () => {
    const random = createRandom(0, "flips");
    for (const original of [imageBytes, Uint8Array.from(gzipSync(imageBytes))]) {
      for (let turn = 0; turn < 250; turn++) {
        const bytes = original.slice();
        for (let flips = random.integer(3); flips >= 0; flips--)
          bytes[random.integer(bytes.length)] = random.integer(256);
        try {
          readIdx(save("mutant", bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }
    }
  });

  it("what is no file", () => {
    expect(inputError(() => readIdx(join(folder, "nowhere"))).message).toContain("there is no such file");
    expect(inputError(() => readIdx(folder)).message).toContain("it is a folder");
    if (process.platform === "linux") {
      expect(inputError(() => readIdx("/dev/zero")).message).toContain("no regular file");
    }
  });

  it("gzip headers with a long name are read", () => {
    const plain = gzipSync(imageBytes);
    const named = Uint8Array.of(
      ...plain.subarray(0, 10),
      ...new Array<number>(5000).fill(0x61),
      0,
      ...plain.subarray(10),
    );
    named[3]! |= 8;
    expect(gunzipSync(named)).toHaveLength(imageBytes.length);
    expect(readIdx(save("named", named)).shape).toEqual([2, 2, 3]);
  });
});
