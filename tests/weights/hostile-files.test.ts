import { readFileSync } from "node:fs";
import { deflateRawSync, crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { createRandom } from "../../src/random/random.ts";
import { parseNameTables } from "../../src/weights/name-table.ts";
import { parseWeightsFile } from "../../src/weights/weights-file.ts";

const read = (name: string): Buffer => readFileSync(new URL(`cases/${name}`, import.meta.url));
/** Longer than any file of this size can take, and short for a person. */
const soon = 1000;

interface ZipEntry {
  readonly name: string;
  readonly data: Buffer;
  readonly packed?: Buffer;
  /** What the directory says of its size unpacked, where that is a lie. */
  readonly saidSize?: number;
}

/** A zip archive by hand, so that it can lie. */
function zipOf(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, packed, saidSize = data.length } of entries) {
    const body = packed ?? data;
    const fields = (signature: number, isCentral: boolean): Buffer => {
      const header = Buffer.alloc(isCentral ? 46 : 30);
      header.writeUInt32LE(signature, 0);
      const at = isCentral ? 2 : 0;
      header.writeUInt16LE(20, 4);
      if (isCentral) header.writeUInt16LE(20, 6);
      header.writeUInt16LE(packed === undefined ? 0 : 8, 8 + at);
      header.writeUInt32LE(crc32(data), 14 + at);
      header.writeUInt32LE(body.length, 18 + at);
      header.writeUInt32LE(saidSize, 22 + at);
      header.writeUInt16LE(name.length, 26 + at);
      if (isCentral) header.writeUInt32LE(offset, 42);
      return header;
    };
    directory.push(fields(0x02014b50, true), Buffer.from(name));
    const local = [fields(0x04034b50, false), Buffer.from(name), body];
    parts.push(...local);
    offset += local.reduce((sum, part) => sum + part.length, 0);
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

const weights = "model.weights.h5";
const zeros = Buffer.alloc(64_000_000);

test.each([
  ["an archive without weights", zipOf([{ name: "config.json", data: Buffer.from("{}") }]), /holds no model/],
  ["a bomb", zipOf([{ name: weights, data: zeros, packed: deflateRawSync(zeros) }]), /would grow from/],
  [
    "a bomb that hides its size",
    zipOf([{ name: weights, data: zeros, packed: deflateRawSync(zeros), saidSize: 100_000 }]),
    /not a sound/,
  ],
  [
    "a name that leaves the folder",
    zipOf([{ name: "../../escape", data: zeros.subarray(0, 4) }]),
    /relative path/,
  ],
  ["an absolute name", zipOf([{ name: "/etc/escape", data: zeros.subarray(0, 4) }]), /absolute path/],
  [
    "weights that are no HDF5",
    zipOf([{ name: weights, data: Buffer.from("numbers") }]),
    /not a sound file of Keras/,
  ],
  ["half an archive", read("small.keras").subarray(0, 20_000), /not a sound/],
  ["a directory that claims 60,000 files", claimEntries(60_000), /lists 60000 files/],
  [
    "an HDF5 file without layers",
    Buffer.concat([read("small.h5").subarray(0, 96)]),
    /not a sound file of Keras/,
  ],
  ["half an HDF5 file", read("small.h5").subarray(0, 20_000), /not a sound file of Keras/],
  ["a pickle", Buffer.concat([Buffer.from([0x80, 2]), Buffer.from("c__builtin__\neval\n")]), /pickle/],
])("%s is refused soon", async (_, bytes, message) => {
  const start = performance.now();
  const error: unknown = await parseWeightsFile(bytes, "hostile.keras").catch((each: unknown) => each);
  expect(error).toBeInstanceOf(InputError);
  expect(String(error)).toMatch(message);
  expect(performance.now() - start).toBeLessThan(soon);
});

function claimEntries(count: number): Buffer {
  const archive = Buffer.from(zipOf([{ name: weights, data: Buffer.from("x") }]));
  archive.writeUInt16LE(count, archive.length - 12);
  archive.writeUInt16LE(count, archive.length - 14);
  return archive;
}

/** Datasets that are larger than the file, or lie on one another: dimensions in a header are made larger. */
test("a dataset that claims more numbers than the file holds is refused before it is read", async () => {
  const bytes = Buffer.from(read("small.weights.h5"));
  // The message of `hidden`'s kernel says 36 x 5 twice: its size, and the largest it may get.
  const size = Buffer.alloc(16);
  size.writeBigUInt64LE(36n, 0);
  size.writeBigUInt64LE(5n, 8);
  const at = bytes.indexOf(size);
  expect(at).toBeGreaterThan(0);
  for (const place of [at, at + 16]) bytes.writeBigUInt64LE(36_000_000_000n, place);
  await expect(parseWeightsFile(bytes, "large.h5")).rejects.toThrow(InputError);
});

/** The full size of the score card's row with `npm run verify`. */
const mutants = process.env["CNN_VERIFY"] === undefined ? 120 : 20_000;

describe.each(["small.h5", "small.weights.h5", "small.keras"])("%s", (name) => {
  test(`${mutants} mutants give weights or one error, soon`, async () => {
    const original = read(name);
    const random = createRandom(7, name);
    let slowest = 0;
    for (let index = 0; index < mutants; index++) {
      const bytes = Buffer.from(original);
      const places = 1 + random.integer(12);
      for (let place = 0; place < places; place++) {
        bytes[8 + random.integer(bytes.length - 8)] = random.integer(256);
      }
      const start = performance.now();
      await parseWeightsFile(bytes, name).catch((error: unknown) => {
        if (!(error instanceof InputError)) throw error;
      });
      slowest = Math.max(slowest, performance.now() - start);
    }
    expect(slowest).toBeLessThan(soon);
  });
});

test.each(["[]", "{", "null", '{"keras": {"names": [{"layers": {"a": 1}}]}}', '{"keras": {"names": {}}}'])(
  "%s is no table of names",
  (text) => expect(() => parseNameTables(text, "a.weights.json")).toThrow(/no table/),
);

describe("what is no file of Keras weights for all its name", () => {
  test.each([
    ["a pointer", "version https://git-lfs.github.com/spec/v1\noid", /begins neither as HDF5/, /git-lfs/],
    ["a page", "<!DOCTYPE html><html><head>", /begins neither as HDF5/, /DOCTYPE/],
    ["nothing", "", /it is empty/, undefined],
  ])("%s", async (_, text, message, help) => {
    const error = await parseWeightsFile(Buffer.from(text), "base.h5").catch((each: unknown) => each);
    if (!(error instanceof InputError)) throw new Error("no error of the input");
    expect(error.message).toMatch(/not a sound file of Keras weights/);
    expect(error.message).toMatch(message);
    if (help === undefined) expect(error.help).toBeUndefined();
    else expect(error.help).toMatch(help);
  });
});
