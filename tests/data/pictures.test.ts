// JPEG files and folders of pictures: the same pixels as libjpeg's, order, classes, and what is said of wrong ones.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { encode } from "fast-png";
import { describe, expect, it } from "vitest";
import { openBatches } from "../../src/data/batch-source.ts";
import { batches } from "../../src/data/batches.ts";
import { readImageFolder } from "../../src/data/image-folder.ts";
import { loadJpegDecoder } from "../../src/data/jpeg.ts";
import { loadData, loadPart } from "../../src/data/named.ts";
import type { DeferredDecoding } from "../../src/data/read-options.ts";
import { createRandom } from "../../src/random/random.ts";
import { inputError, rejection, temporaryFolder, valuesOf } from "./temporary.ts";

const { cases } = JSON.parse(readFileSync(new URL("cases/jpeg.json", import.meta.url), "utf8")) as {
  cases: { name: string; shape: number[]; file: string; pixels: string }[];
};
const parseJpeg = await loadJpegDecoder();
const files = cases.map(({ file }) => new Uint8Array(Buffer.from(file, "base64")));

describe("JPEG files", () => {
  it.each(cases)("$name: the same pixels as libjpeg's", ({ shape, pixels }) => {
    const place = cases.findIndex((each) => each.pixels === pixels);
    const image = parseJpeg(files[place]!, "a.jpg");
    expect([image.height, image.width, image.channels]).toEqual(shape);
    expect(Buffer.from(image.data).equals(Buffer.from(pixels, "base64"))).toBe(true);
  });

  it.each(cases)("$name: cut off anywhere, they are refused", ({ name }) => {
    const bytes = files[cases.findIndex((each) => each.name === name)]!;
    for (let length = 4; length < bytes.length; length += 17)
      expect(inputError(() => parseJpeg(bytes.subarray(0, length), "a.jpg")).message).toMatch(
        /cut off|damaged/,
      );
  });

  it("that announce more than is sensible are refused before anything is decoded", () => {
    const bytes = files[0]!.slice();
    const frame = bytes.findIndex((byte, at) => byte === 0xff && bytes[at + 1] === 0xc0);
    bytes.fill(0xff, frame + 5, frame + 9);
    expect(inputError(() => parseJpeg(bytes, "a.jpg")).message).toContain("too large: 65535x65535");
  });

  it("broken at random give a picture or a message", () => {
    const random = createRandom(5, "mutants");
    for (let count = 0; count < 500; count++) {
      const bytes = files[count % files.length]!.slice();
      for (let changes = 0; changes <= random.integer(4); changes++)
        bytes[random.integer(bytes.length)] = random.integer(256);
      bytes.set([0xff, 0xd8, 0xff]);
      try {
        expect(parseJpeg(bytes, "mutant.jpg").height).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toHaveProperty("place.file", "mutant.jpg");
      }
    }
  });
});

const options = { memoryLimit: 1e9, cacheFolder: temporaryFolder() };

/** Grey squares of 4x4, each filled with one value; other contents as they are. */
function saveFolder(contents: Readonly<Record<string, number | Uint8Array | string>>, side = 4): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === "number" ? square(content, side) : content);
  }
  return folder;
}

function square(value: number, side = 4, channels: 1 | 3 = 1): Uint8Array {
  const data = new Uint8Array(side * side * channels).fill(value);
  return encode({ width: side, height: side, channels, depth: 8, data });
}

describe("a folder of pictures", () => {
  it("has a class a folder, and the pictures in the order of their names", async () => {
    const folder = saveFolder({
      "dogs/10.png": 10,
      "dogs/2.png": 2,
      "cats/9.png": 9,
      "cats/1.png": 1,
      "cats/notes.txt": "no picture",
      ".hidden/3.png": 3,
    });
    const dataset = await readImageFolder(folder, "pets", options);
    expect(dataset.classNames).toEqual(["cats", "dogs"]);
    expect([...dataset.labels]).toEqual([0, 1, 0, 1]);
    expect(Array.from({ length: 4 }, (_, row) => valuesOf(dataset)[16 * row])).toEqual([1, 2, 9, 10]);
    expect(dataset.shape).toEqual([4, 4, 1]);
  });

  it("numbers classes by number, and makes grey of colours where the model wants grey", async () => {
    const folder = saveFolder({ "10/a.png": square(7, 4, 3), "9/b.png": 8 });
    const dataset = await readImageFolder(folder, "numbers", { ...options, inputShape: [4, 4, 1] });
    expect(dataset.classNames).toEqual(["9", "10"]);
    expect(valuesOf(dataset)[0]).toBe(7);
  });

  it("may have its parts, or gives a fifth of each class for testing, always the same", async () => {
    const parts = await loadData(
      saveFolder({ "train/a/1.png": 1, "train/b/2.png": 2, "test/a/3.png": 3, "test/b/4.png": 4 }),
      options,
    );
    expect([...valuesOf(parts.test)].filter((_, at) => at % 16 === 0)).toEqual([3, 4]);
    const names = Array.from({ length: 20 }, (_, at) => `${at % 2 === 0 ? "a" : "b"}/${at}.png`);
    const folder = saveFolder(Object.fromEntries(names.map((name, at) => [name, at])));
    const [train, test] = [await loadPart(folder, "train", options), await loadPart(folder, "test", options)];
    expect([train.count, test.count]).toEqual([16, 4]);
    expect([...test.labels].sort()).toEqual([0, 0, 1, 1]);
    expect(await loadPart(folder, "test", options)).toEqual(test);
    const seen = [...train.rows!, ...test.rows!].sort((a, b) => a - b);
    expect(seen).toEqual(Array.from({ length: 20 }, (_, row) => row));
  });

  it("gives the same batches from memory, from a file, and by threads", async () => {
    const names = Array.from({ length: 80 }, (_, at) => `${at % 4}/${at}.png`);
    const folder = saveFolder(Object.fromEntries(names.map((name, at) => [name, at])));
    const whole = await readImageFolder(folder, "many", options);
    const kept = await readImageFolder(folder, "many", { ...options, memoryLimit: 100 });
    expect(kept.examples.kind).toBe("file");
    const all = (dataset: typeof whole): number[][] =>
      Array.from(batches(dataset, { batchSize: 32 }), ({ examples }) => [...examples]);
    expect(all(kept)).toEqual(all(whole));
    expect(kept.source).toBe(whole.source);
  });

  const damaged = square(5).slice(0, 40);

  describe.each([
    ["in memory", 1e9],
    ["in a file", 100],
  ])("that are decoded while they are used, %s,", (_, memoryLimit) => {
    const names = Array.from({ length: 80 }, (_, at) => `${at % 4}/${at}.png`);
    const contents = Object.fromEntries(names.map((name, at) => [name, at]));
    const cacheFolder = temporaryFolder();

    async function defer(folder: string) {
      let decoding: DeferredDecoding | undefined;
      const deferred = {
        memoryLimit,
        cacheFolder,
        onDeferred: (given: DeferredDecoding) => (decoding = given),
      };
      return { dataset: await readImageFolder(folder, "many", deferred), decoding: decoding! };
    }

    it("give the same batches, in whatever order, and are found again in a file", async () => {
      const folder = saveFolder(contents);
      const whole = await readImageFolder(folder, "many", options);
      const order = Uint32Array.from({ length: 80 }, (_, at) => 79 - at);
      const { dataset, decoding } = await defer(folder);
      decoding.start(order);
      const source = openBatches(dataset, { batchSize: 32 });
      const got: number[][] = [];
      for await (const { examples } of source.epoch({ order })) got.push([...examples]);
      await source.close();
      await decoding.finish();
      expect(got).toEqual(
        Array.from(batches(whole, { batchSize: 32, order }), ({ examples }) => [...examples]),
      );
      expect(dataset.source).toBe(whole.source);
      expect((await defer(folder)).decoding === undefined).toBe(memoryLimit === 100);
    });

    it("tell a bad one with its file to whoever waits for it, and leave nothing behind", async () => {
      const folder = saveFolder({ ...contents, "1/41.png": damaged });
      const { dataset, decoding } = await defer(folder);
      decoding.start(Uint32Array.from({ length: 80 }, (_, row) => row));
      const error = inputError(() => [...batches(dataset, { batchSize: 16 })]);
      await decoding.stop();
      expect(error.place.file).toBe(join(folder, "1/41.png"));
      expect(error.help).toContain("--skip-bad");
      const kept = existsSync(join(cacheFolder, "decoded")) ? readdirSync(join(cacheFolder, "decoded")) : [];
      expect(kept.filter((name) => !/\.rows(\.json)?$/.test(name))).toEqual([]);
    });
  });

  it("that killed runs have left are removed by the next run, what others are writing and what is in use is not", async () => {
    const cacheFolder = temporaryFolder();
    const decoded = join(cacheFolder, "decoded");
    mkdirSync(decoded);
    const machine = hostname().replace(/\W/g, "_");
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    const names = {
      killed: `a.rows.${machine}.${dead}-01234567`,
      alive: `a.rows.${machine}.${process.pid}-01234567`,
      elsewhere: `a.rows.another_machine.${dead}-01234567`,
      old: "b.rows",
      recent: "c.rows",
    };
    for (const name of Object.values(names)) writeFileSync(join(decoded, name), "");
    const longAgo = new Date(Date.now() - 40 * 24 * 3_600_000);
    utimesSync(join(decoded, names.old), longAgo, longAgo);
    await readImageFolder(saveFolder({ "a/1.png": 1, "b/2.png": 2 }), "few", { ...options, cacheFolder });
    expect(readdirSync(decoded).sort()).toEqual([names.alive, names.elsewhere, names.recent].sort());
  });

  it.each([
    ["a damaged picture", { "a/1.png": 1, "a/2.png": damaged, "b/3.png": 3 }, "a/2.png", /PNG file/],
    [
      "a picture of another format",
      { "a/1.png": 1, "b/2.gif": "GIF89a", "b/3.png": 3 },
      "b/2.gif",
      /GIF pictures are not read/,
    ],
    [
      "a picture of another size",
      { "a/1.png": 1, "b/2.png": square(2, 5), "b/3.png": 3 },
      "b/2.png",
      /5x5, but 4x4/,
    ],
    ["a text for a picture", { "a/1.png": 1, "b/2.png": "hello", "b/3.png": 3 }, "b/2.png", /no picture/],
  ])(
    "with %s is refused with its file, or the picture is left out and counted",
    async (_, contents, file, message) => {
      const folder = saveFolder(contents);
      const error = await rejection(readImageFolder(folder, "bad", options));
      expect(error.message).toMatch(message);
      expect(error.place.file).toBe(join(folder, file));
      expect(error.help).toContain("--skip-bad");
      const dataset = await readImageFolder(folder, "bad", { ...options, skipBad: true });
      expect([dataset.count, dataset.skippedCount]).toEqual([2, 1]);
      expect(dataset.skipped![0]).toContain(file);
      // Also from a file, and when it is found again.
      for (let turn = 0; turn < 2; turn++) {
        const kept = await readImageFolder(folder, "bad", { ...options, skipBad: true, memoryLimit: 1 });
        expect([kept.count, kept.skippedCount, kept.examples.kind]).toEqual([2, 1, "file"]);
      }
    },
  );

  it("tells the first mistake among many, whichever thread finds one first", async () => {
    const names = Array.from({ length: 200 }, (_, at) => `a/${at}.png`);
    const folder = saveFolder(Object.fromEntries(names.map((name, at) => [name, at < 90 ? 1 : damaged])));
    const error = await rejection(readImageFolder(folder, "bad", options));
    expect(error.place.file).toBe(join(folder, "a/90.png"));
  });

  it("resizes where that is asked for", async () => {
    const folder = saveFolder({ "a/1.png": square(9, 8), "b/2.png": 2 });
    const dataset = await readImageFolder(folder, "sizes", {
      ...options,
      inputShape: [4, 4, 1],
      resize: true,
    });
    expect([...valuesOf(dataset)]).toEqual([
      ...new Array<number>(16).fill(9),
      ...new Array<number>(16).fill(2),
    ]);
  });

  it("may have its parts in capital letters, and what macOS adds to zip files", async () => {
    const folder = saveFolder({
      "Train/a/1.png": 1,
      "Train/b/2.png": 2,
      "Test/a/3.png": 3,
      "Test/b/4.png": 4,
    });
    mkdirSync(join(folder, "__MACOSX"));
    mkdirSync(join(folder, "Train", "__MACOSX"));
    const { train, test } = await loadData(folder, options);
    expect([train.classNames, train.count, test.count]).toEqual([["a", "b"], 2, 2]);
  });

  it("without pictures in a class, or without any, is refused", async () => {
    const empty = saveFolder({ "a/1.png": 1, "b/notes.txt": "later" });
    expect((await rejection(readImageFolder(empty, "empty", options))).message).toContain(
      "the class has no picture",
    );
    const lost = saveFolder({ "train/a/1.png": 1, "train/b/2.png": 2, "test/a/3.png": 3 });
    expect((await rejection(loadData(lost, options))).message).toBe(
      `the test data of ${lost.split("/").at(-1)} lacks the class b`,
    );
  });

  it("does not fit a model of rows", async () => {
    const folder = saveFolder({ "a/1.png": 1, "b/2.png": 2 });
    const error = await rejection(readImageFolder(folder, "rows", { ...options, inputShape: [16] }));
    expect(error.message).toContain("the model takes 16");
  });
});

it("pictures in folders within a class's folder are of that class, as in Keras", async () => {
  const folder = saveFolder({ "a/1.png": 1, "a/x/2.png": 2, "b/y/z/3.png": 3, "b/.hidden/4.png": 4 });
  const dataset = await readImageFolder(folder, "pictures", options);
  expect([...dataset.labels]).toEqual([0, 0, 1]);
  expect(dataset.classNames).toEqual(["a", "b"]);
});

describe("what is held back for testing", () => {
  const sound = { "train/a/1.png": 1, "train/b/2.png": 2, "test/a/3.png": 3, "test/b/4.png": 4 };
  const jpeg = files[cases.findIndex(({ name }) => !name.includes("grey"))]!;
  const notesOf = async (contents: Parameters<typeof saveFolder>[0], more: object = {}) =>
    (await loadPart(saveFolder(contents), "train", { ...options, inputShape: [4, 4, 1], ...more })).notes;

  it("is looked at when training begins, and told with its files", async () => {
    expect(await notesOf(sound)).toBeUndefined();
    const bad = {
      "test/a/5.png": square(5).subarray(0, 60),
      "test/a/6.jpg": jpeg.subarray(0, 300),
      "test/b/7.png": square(7, 5),
      "test/b/8.png": new Uint8Array(0),
    };
    expect(await notesOf({ ...sound, ...bad })).toEqual([
      expect.stringMatching(/^4 pictures held back for testing cannot be used by `cnn evaluate`/),
      expect.stringMatching(/^test.a.5\.png: the PNG file is cut off/),
      expect.stringMatching(/^test.a.6\.jpg: the JPEG file is cut off/),
      expect.stringMatching(/^test.b.7\.png: the picture is 5x5, but 4x4/),
      expect.stringMatching(/^test.b.8\.png: the file is empty/),
    ]);
    expect(await notesOf({ ...sound, "test/b/7.png": square(7, 5) }, { resize: true })).toBeUndefined();
  });

  it("of a folder in one part is a fifth of it", async () => {
    const rows = Array.from({ length: 20 }, (_, row) => [`${row % 2 === 0 ? "a" : "b"}/${row}.png`, row]);
    const contents = Object.fromEntries(rows) as Record<string, number>;
    const told: string[] = [];
    for (const name of Object.keys(contents)) {
      const changed = saveFolder({ ...contents, [name]: square(1).subarray(0, 60) });
      const onDeferred = (): void => undefined;
      const more = { ...options, inputShape: [4, 4, 1], onDeferred };
      const { notes = [] } = await loadPart(changed, "train", more);
      if (notes.length > 0) told.push(name);
    }
    expect(told).toHaveLength(4);
  });

  it("and folders that nobody reads or knows are told", async () => {
    const notes = await notesOf({ ...sound, "Testing/a/1.png": 1, "val/a/1.png": 1, "test/dog/1.png": 1 });
    expect(notes).toEqual([
      expect.stringMatching(/^Testing is not read: another folder is of that part/),
      expect.stringMatching(/^val is not read: `validation 0` wants nothing/),
      expect.stringMatching(/^test has dog, of which there is no training example/),
    ]);
    expect(await notesOf({ ...sound, "test/cat/readme.txt": "" })).toEqual([
      expect.stringMatching(/^`cnn evaluate` will refuse test.cat: the class has no picture/),
    ]);
  });
});
