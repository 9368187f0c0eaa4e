// Data files broken at random: each gives data or one message, soon, whatever byte is wrong.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { encode } from "fast-png";
import { describe, expect, test } from "vitest";
import { findArchivedArrays, findArrayFiles } from "../../src/data/arrays.ts";
import { readCsv } from "../../src/data/csv.ts";
import { readIdx } from "../../src/data/idx.ts";
import { parseImage } from "../../src/data/image.ts";
import { loadJpegDecoder } from "../../src/data/jpeg.ts";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { createRandom } from "../../src/random/random.ts";
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.ts";
import { temporaryFolder } from "./temporary.ts";
import { npy } from "./write-npy.ts";
import { zip } from "./write-zip.ts";

/** The full size of the score card's row with `npm run verify`. */
const mutants = Number(
  process.env["CNN_MUTANTS"] ?? (process.env["CNN_VERIFY"] === undefined ? 100 : 100_000),
);
/** Milliseconds of processor time: longer than any file of this size can take, and short for a person. */
const soon = 1000;

const folder = temporaryFolder();
const options = { memoryLimit: 1e7, cacheFolder: join(folder, "cache") };
const parseJpeg = await loadJpegDecoder();
const random = createRandom(11, "files");
const pixels = Uint8Array.from({ length: 192 }, () => random.integer(256));

function save(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const idx = Buffer.concat([Buffer.from([0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 8, 0, 0, 0, 8]), pixels]);
const table = Buffer.from(`a,b,label\r\n${"1.5,-2e-3,cat\n3,4,dog\n".repeat(6)}"5",6,cat\n`);
const examples = npy(
  "<f4",
  [3, 4],
  Array.from({ length: 12 }, (_, at) => at / 3),
);
const labels = npy("<i8", [3], [0, 1, 2]);
const pgm = Buffer.concat([Buffer.from("P5\n8 8\n255\n"), pixels.subarray(0, 64)]);
const weights = Buffer.concat([
  ...writeSafetensors({
    tensors: new Map([["dense/kernel", { shape: [3, 4], data: new Float32Array(12) }]]),
    metadata: { a: "b" },
  }),
]);
const arrays = join(folder, "arrays");
mkdirSync(arrays);
writeFileSync(join(arrays, "y.npy"), labels);

/** Each form of file: one that is sound, and what reads it. */
const forms: Readonly<Record<string, readonly [sound: Uint8Array, read: (bytes: Uint8Array) => unknown]>> = {
  idx: [idx, (bytes) => readIdx(save("a-idx3-ubyte", bytes))],
  "idx.gz": [gzipSync(idx), (bytes) => readIdx(save("a-idx3-ubyte.gz", bytes))],
  csv: [table, (bytes) => readCsv(save("a.csv", bytes), "a", options)],
  npy: [
    examples,
    (bytes) => {
      writeFileSync(join(arrays, "x.npy"), bytes);
      return findArrayFiles(arrays, "a", options).read("all");
    },
  ],
  npz: [
    zip({ "x.npy": examples, "y.npy": labels }),
    (bytes) => findArchivedArrays(save("a.npz", bytes), "a", options).read("all"),
  ],
  png: [
    encode({ width: 8, height: 8, channels: 3, depth: 8, data: pixels }),
    (bytes) => parseImage(bytes, "a.png", parseJpeg),
  ],
  pgm: [pgm, (bytes) => parseImage(bytes, "a.pgm", parseJpeg)],
  safetensors: [weights, (bytes) => readSafetensors(bytes, "a.safetensors")],
};

/** Bytes that are changed, taken out, doubled or cut off. */
function mutate(sound: Uint8Array, draw: ReturnType<typeof createRandom>): Uint8Array {
  let bytes = Buffer.from(sound);
  for (let change = 0; change <= draw.integer(6); change++) {
    const at = draw.integer(Math.max(1, bytes.length));
    const length = 1 + draw.integer(8);
    const kind = draw.integer(5);
    if (kind <= 1 && bytes.length > 0) bytes[at] = kind === 0 ? draw.integer(256) : 255 * draw.integer(2);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    else if (draw.integer(8) === 0) bytes = bytes.subarray(0, at);
  }
  return bytes;
}

describe.each(Object.entries(forms))("%s", (name, [sound, read]) => {
  test(
    `${mutants} mutants give data or one message, soon`,
    async () => {
      await read(sound);
      const draw = createRandom(7, name);
      let slowest = 0;
      let refused = 0;
      for (let index = 0; index < mutants; index++) {
        const bytes = mutate(sound, draw);
        const before = process.cpuUsage();
        try {
          await read(bytes);
        } catch (error) {
          if (!(error instanceof InputError)) {
            throw new Error(`mutant ${index}: ${Buffer.from(bytes).toString("base64")}`, { cause: error });
          }
          refused += 1;
        }
        const { user, system } = process.cpuUsage(before);
        slowest = Math.max(slowest, (user + system) / 1000);
      }
      expect(slowest).toBeLessThan(soon);
      expect(refused).toBeGreaterThan(mutants / 10);
    },
    60_000 + 20 * mutants,
  );
});
