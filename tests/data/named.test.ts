import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { DownloadProgress } from "../../src/data/download.ts";
import { encodeIdx } from "../../src/data/idx.ts";
import { idxParts } from "../../src/data/idx-folder.ts";
import { findKnownDataset, knownDatasets, type KnownDataset } from "../../src/data/known-datasets.ts";
import { cacheFolder, loadData, loadKnownDataset } from "../../src/data/named.ts";
import { batches } from "../../src/data/batches.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import { rejection, temporaryFolder, valuesOf } from "./temporary.ts";

const temporary = temporaryFolder();
let folders = 0;
const freshFolder = (): string => join(temporary, String(folders++));

/** Four small files: 3 training and 2 test images of 2x2. */
const contents = [
  encodeIdx({ type: "uint8", shape: [3, 2, 2], data: Uint8Array.from({ length: 12 }, (_, index) => index) }),
  encodeIdx({ type: "uint8", shape: [3], data: Uint8Array.of(0, 1, 2) }),
  encodeIdx({
    type: "uint8",
    shape: [2, 2, 2],
    data: Uint8Array.from({ length: 8 }, (_, index) => 100 + index),
  }),
  encodeIdx({ type: "uint8", shape: [2], data: Uint8Array.of(2, 1) }),
];

/** Writes the four files, or those in their place. */
function saveFolder(
  folder: string,
  changes: Record<number, Uint8Array | undefined> = {},
  kind = "-idx",
): string {
  mkdirSync(folder, { recursive: true });
  idxParts.forEach((part, index) => {
    const bytes = index in changes ? changes[index] : contents[index];
    const name = `${part}${kind}${part.endsWith("images") ? 3 : 1}-ubyte`;
    if (bytes !== undefined) writeFileSync(join(folder, name), bytes);
  });
  return folder;
}

describe("a folder", () => {
  it("gives its four files", async () => {
    const folder = saveFolder(freshFolder());
    const { train, test } = await loadData(folder);
    expect([train.count, test.count]).toEqual([3, 2]);
    expect(train.shape).toEqual([2, 2, 1]);
    expect(train.classNames).toEqual(["0", "1", "2"]);
    expect(Array.from(valuesOf(test))).toEqual([100, 101, 102, 103, 104, 105, 106, 107]);
    expect(Array.from(test.labels)).toEqual([2, 1]);
    const sha256 = createHash("sha256").update(contents[1]!).digest("hex");
    expect(train.source).toContain(`train-labels-idx1-ubyte sha256:${sha256}`);
  });

  it("may be relative to a base folder, with the dotted names, compressed or not", async () => {
    const folder = saveFolder(freshFolder(), { 0: gzipSync(contents[0]!) }, ".idx");
    const { train } = await loadData(basename(folder), { baseFolder: temporary });
    expect(train.count).toBe(3);
  });

  it("whose images do not fit into memory are read from their files, with the same checksums and batches", async () => {
    const folder = saveFolder(freshFolder());
    const whole = (await loadData(folder)).train;
    const kept = (await loadData(folder, { memoryLimit: 10 })).train;
    expect(kept.examples.kind).toBe("file");
    expect(kept.source).toBe(whole.source);
    const all = (dataset: Dataset): number[][] =>
      Array.from(batches(dataset, { batchSize: 2 }), ({ examples }) => [...examples]);
    expect(all(kept)).toEqual(all(whole));
  });

  it("whose compressed images do not fit into memory are unpacked once, with the same checksums and batches", async () => {
    const changes = { 0: gzipSync(contents[0]!), 2: gzipSync(contents[2]!) };
    const folder = saveFolder(freshFolder(), changes);
    const whole = (await loadData(folder)).train;
    const options = { memoryLimit: 10, cacheFolder: freshFolder() };
    const all = (dataset: Dataset): number[][] =>
      Array.from(batches(dataset, { batchSize: 2 }), ({ examples }) => [...examples]);
    for (let time = 0; time < 2; time++) {
      const kept = (await loadData(folder, options)).train;
      expect(kept.examples.kind).toBe("file");
      expect(kept.source).toBe(whole.source);
      expect(all(kept)).toEqual(all(whole));
      expect(readdirSync(join(options.cacheFolder, "decoded"))).toHaveLength(2);
    }
  });

  it.each([
    ["cut off", (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 6), /damaged or cut off/],
    [
      "damaged",
      (bytes: Uint8Array) => bytes.map((byte, at) => (at === bytes.length - 6 ? byte ^ 1 : byte)),
      /damaged/,
    ],
    [
      "too long",
      () => gzipSync(Buffer.concat([contents[0]!, Buffer.alloc(9)])),
      /has more bytes, but its header announces 28/,
    ],
    ["too short", () => gzipSync(contents[0]!.subarray(0, 20)), /has 20 bytes, but its header announces 28/],
  ])("whose compressed images are %s is refused, and leaves nothing behind", async (_, damage, message) => {
    const folder = saveFolder(freshFolder(), { 0: damage(gzipSync(contents[0]!)) });
    const options = { memoryLimit: 10, cacheFolder: freshFolder() };
    const error = await rejection(loadData(folder, options));
    expect(error.message).toMatch(message);
    expect(error.place.file).toContain("train-images");
    const kept = join(options.cacheFolder, "decoded");
    expect(existsSync(kept) ? readdirSync(kept) : []).toEqual([]);
  });

  it("may hold colour images and labels of 32 bits", async () => {
    const colours = encodeIdx({ type: "uint8", shape: [3, 1, 2, 3], data: new Uint8Array(18) });
    const tests = encodeIdx({ type: "uint8", shape: [2, 1, 2, 3], data: new Uint8Array(12) });
    const labels = encodeIdx({ type: "int32", shape: [3], data: Int32Array.of(0, 300, 1) });
    const { train } = await loadData(saveFolder(freshFolder(), { 0: colours, 1: labels, 2: tests }));
    expect(train.shape).toEqual([1, 2, 3]);
    expect(train.classNames).toHaveLength(301);
    expect(Array.from(train.labels)).toEqual([0, 300, 1]);
  });

  const labelFile = (type: "int8" | "int32", label: number) =>
    encodeIdx({
      type,
      shape: [3],
      data: type === "int8" ? Int8Array.of(0, label, 0) : Int32Array.of(0, label, 0),
    } as Parameters<typeof encodeIdx>[0]);

  it.each([
    ["a missing file", { 3: undefined }, /has no file t10k-labels-idx1-ubyte$/, undefined],
    [
      "one label too few",
      { 1: encodeIdx({ type: "uint8", shape: [2], data: Uint8Array.of(0, 1) }) },
      /has 3 images but 2 labels/,
      undefined,
    ],
    ["labels in place of images", { 0: contents[1] }, /these are no images/, undefined],
    ["images in place of labels", { 1: contents[0] }, /these are no labels/, undefined],
    ["a negative label", { 1: labelFile("int8", -1) }, /the label -1 is no class/, 2],
    ["an absurd label", { 1: labelFile("int32", 2_000_000_000) }, /the label 2000000000 is no class/, 2],
    [
      "float labels",
      { 1: encodeIdx({ type: "float32", shape: [3], data: new Float32Array(3) }) },
      /this file holds float32/,
      undefined,
    ],
    [
      "float pixels",
      { 0: encodeIdx({ type: "float32", shape: [3, 2, 2], data: new Float32Array(12) }) },
      /this file holds float32/,
      undefined,
    ],
    [
      "no images",
      { 0: encodeIdx({ type: "uint8", shape: [0, 2, 2], data: new Uint8Array(0) }) },
      /holds no pixels: 0x2x2/,
      undefined,
    ],
    [
      "test images of another size",
      { 2: encodeIdx({ type: "uint8", shape: [2, 2, 3], data: new Uint8Array(12) }) },
      /test images are 2x3x1, but the training images are 2x2x1/,
      undefined,
    ],
    ["a damaged file", { 2: contents[2]!.subarray(0, 20) }, /the file ends at byte 20/, undefined],
  ])("with %s is refused", async (_, changes, message, row) => {
    const folder = saveFolder(freshFolder(), changes as Record<number, Uint8Array | undefined>);
    const error = await rejection(loadData(folder));
    expect(error.message).toMatch(message);
    expect(error.place.file).toContain(folder);
    expect(error.place.row).toBe(row);
  });
});

describe("a name", () => {
  it("of data that does not exist brings the nearest one that does", async () => {
    const error = await rejection(loadData("fashion_mnits"));
    expect(error.message).toBe("there is no data set named fashion_mnits");
    expect(error.help).toBe(
      "did you mean fashion_mnist? there are digits, fashion_mnist, mnist, or the path of a folder or file",
    );
    expect((await rejection(loadData("imagenet"))).help).toBe(
      "there are digits, fashion_mnist, mnist, or the path of a folder or file",
    );
  });

  it("that is a path is said to be missing as a folder", async () => {
    expect((await rejection(loadData("./nowhere", { baseFolder: temporary }))).message).toBe(
      `there is no file or folder ${join(temporary, "nowhere")}`,
    );
    const file = join(saveFolder(freshFolder()), "train-labels-idx1-ubyte");
    expect((await rejection(loadData(file))).message).toContain("this is no data that can be read");
    expect((await rejection(loadData(file))).help).toContain("name its folder");
    expect((await rejection(loadData("https://example.com/a.csv"))).message).toContain("is an address");
    expect((await rejection(loadData(" "))).message).toContain("is empty");
    await rejection(loadData("a\0b"));
    await rejection(loadData("x".repeat(100_000)));
  });

  it("of digits draws them", async () => {
    const { train } = await loadData("Digits", { digits: { train: 10, test: 10, seed: 5 } });
    expect(train.source).toBe("digits version=1 seed=5 part=train count=10");
  });

  it("has facts at once, each consistent", () => {
    for (const known of knownDatasets) {
      expect(known.classNames).toHaveLength(10);
      expect(findKnownDataset(known.name.toUpperCase().replace("_", "-"))).toBe(known);
      expect(known.files.map((file) => file.name)).toEqual(
        known.files.length === 0
          ? []
          : idxParts.map((part) => `${part}-idx${part.endsWith("images") ? 3 : 1}-ubyte.gz`),
      );
      for (const file of known.files) expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});

describe("the search", () => {
  const nowhere = {
    environment: { XDG_CACHE_HOME: join(temporary, "empty") },
    systemFolder: temporary,
    download: false,
  };

  it.each([
    ["the folder asked for", (root: string) => ({ dataFolder: root }), ""],
    ["a folder of its name in it", (root: string) => ({ dataFolder: root }), "fashion-mnist"],
    [
      "CNN_DATA",
      (root: string) => ({ environment: { ...nowhere.environment, CNN_DATA: root } }),
      "fashion_mnist",
    ],
    ["the system's folder", (root: string) => ({ systemFolder: root }), "fashion-mnist"],
    [
      "the cache",
      (root: string) => ({ environment: { XDG_CACHE_HOME: root } }),
      "cnn-lang/datasets/fashion_mnist",
    ],
  ])("finds data in %s", async (_, options, inside) => {
    const root = freshFolder();
    saveFolder(join(root, inside));
    const { train } = await loadData("fashion_mnist", { ...nowhere, ...options(root) });
    expect(train.name).toBe("fashion_mnist");
    expect(train.classNames[0]).toBe("T-shirt/top");
    expect(train.source).toContain(join(root, inside));
  });

  it("prefers the folder asked for to the others", async () => {
    const [asked, system] = [freshFolder(), freshFolder()];
    saveFolder(asked);
    saveFolder(join(system, "mnist"));
    const { train } = await loadData("mnist", { ...nowhere, dataFolder: asked, systemFolder: system });
    expect(train.source).toContain(asked);
  });

  it("that finds nothing says where it looked, what is missing there, and how to bring the files", async () => {
    const partial = saveFolder(freshFolder(), { 3: undefined });
    const error = await rejection(loadData("mnist", { ...nowhere, dataFolder: partial }));
    expect(error.message).toBe("the data set mnist is not on this machine and could not be downloaded");
    expect(error.help).toContain(`${partial} (lacks t10k-labels)`);
    expect(error.help).toContain(join(temporary, "empty", "cnn-lang", "datasets", "mnist"));
    expect(error.help).toContain("downloads are off");
    expect(error.help).toContain("https://ossci-datasets.s3.amazonaws.com/mnist/");
    expect(existsSync(join(temporary, "empty"))).toBe(false);
  });

  it("ignores a relative cache folder, as the specification says", () => {
    expect(cacheFolder({ XDG_CACHE_HOME: "relative" })).toBe(cacheFolder({}));
    expect(cacheFolder({ XDG_CACHE_HOME: "/cache" })).toBe(join("/cache", "cnn-lang", "datasets"));
  });
});

describe("a download", () => {
  const compressed = contents.map((bytes) => Uint8Array.from(gzipSync(bytes)));
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function serve(answer: RequestListener): Promise<string> {
    const listening = createServer(answer);
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`;
  }

  function published(...mirrors: string[]): KnownDataset {
    const files = findKnownDataset("mnist")!.files.map(({ name }, index) => ({
      name,
      bytes: compressed[index]!.length,
      sha256: createHash("sha256").update(compressed[index]!).digest("hex"),
    }));
    return { ...findKnownDataset("mnist")!, mirrors, files };
  }

  const answerFiles: RequestListener = (request, response) => {
    const index = idxParts.findIndex((part) => request.url?.startsWith(`/${part}`));
    response.end(compressed[index]);
  };

  const options = () => ({
    environment: { XDG_CACHE_HOME: freshFolder() },
    systemFolder: temporary,
    idleMilliseconds: 300,
  });

  it("is checked, kept, and not made again", async () => {
    let requests = 0;
    const address = await serve((request, response) => {
      requests++;
      answerFiles(request, response);
    });
    const progress: DownloadProgress[] = [];
    const load = { ...options(), onProgress: (step: DownloadProgress) => progress.push(step) };
    const first = await loadKnownDataset(published(address), load);
    const second = await loadKnownDataset(published(address), load);
    expect(requests).toBe(4);
    expect(Array.from(first.train.labels)).toEqual([0, 1, 2]);
    expect(second.train).toEqual(first.train);
    const cache = join(load.environment.XDG_CACHE_HOME, "cnn-lang", "datasets", "mnist");
    expect(readdirSync(cache).sort()).toEqual(
      published()
        .files.map((file) => file.name)
        .sort(),
    );
    expect(readFileSync(join(cache, "train-images-idx3-ubyte.gz"))).toEqual(Buffer.from(compressed[0]!));
    const done = progress.filter((step) => step.receivedBytes === step.totalBytes);
    expect(done.map((step) => step.file)).toEqual(published().files.map((file) => file.name));
  });

  it("goes on where it was broken off, without the files that have come", async () => {
    const asked: string[] = [];
    let refuse = true;
    const address = await serve((request, response) => {
      asked.push(request.url ?? "");
      if (refuse && asked.length === 3) response.writeHead(503).end();
      else answerFiles(request, response);
    });
    const load = options();
    expect((await rejection(loadKnownDataset(published(address), load))).help).toContain("answers 503");
    refuse = false;
    asked.length = 0;
    await loadKnownDataset(published(address), load);
    expect(asked).toEqual(["/t10k-images-idx3-ubyte.gz", "/t10k-labels-idx1-ubyte.gz"]);
  });

  it("tries the next address where one fails", async () => {
    const address = await serve(answerFiles);
    const { test } = await loadKnownDataset(published("http://127.0.0.1:1/", address), options());
    expect(test.count).toBe(2);
  });

  it.each<[string, RequestListener, string]>([
    [
      "another file",
      (_, response) => response.end(Buffer.alloc(compressed[0]!.length)),
      "other bytes than were published",
    ],
    ["too little", (_, response) => response.end("short"), `it sent 5 of ${compressed[0]!.length} bytes`],
    ["too much", (_, response) => response.end(Buffer.alloc(1_000_000)), "it sends more than the"],
    ["nothing", () => undefined, "the server sent nothing for 0.3 seconds"],
    [
      "a beginning, then nothing",
      (_, response) => response.write("x"),
      "the server sent nothing for 0.3 seconds",
    ],
    ["a broken connection", (_, response) => response.destroy(), "the connection broke off"],
    ["an error", (_, response) => response.writeHead(404).end("not found"), "the server answers 404"],
  ])("of a server that sends %s leaves no file", async (_, answer, reason) => {
    const load = options();
    const error = await rejection(loadKnownDataset(published(await serve(answer)), load));
    expect(error.help).toContain(reason);
    expect(readdirSync(join(load.environment.XDG_CACHE_HOME, "cnn-lang", "datasets", "mnist"))).toEqual([]);
  });

  it("without a network says so", async () => {
    const error = await rejection(loadKnownDataset(published("http://127.0.0.1:1/"), options()));
    expect(error.help).toMatch(
      /127\.0\.0\.1:1\/train-images-idx3-ubyte\.gz: (the server refuses|the connection failed)/,
    );
  });

  it("can be stopped", async () => {
    const control = new AbortController();
    const address = await serve(() => control.abort());
    const error = await rejection(
      loadKnownDataset(published(address, "http://127.0.0.1:1/"), { ...options(), signal: control.signal }),
    );
    expect(error.help).toContain("stopped");
    expect(error.help).not.toContain("127.0.0.1:1/");
  });
});

const debian = "/usr/share/datasets/fashion-mnist";
describe.skipIf(!existsSync(debian))(`the real Fashion-MNIST (skipped without ${debian})`, () => {
  it("is read as it was published", async () => {
    const started = performance.now();
    const { train, test } = await loadData("fashion_mnist", { environment: {}, download: false });
    expect(performance.now() - started).toBeLessThan(5000);
    const known = findKnownDataset("fashion_mnist")!;
    expect([train.count, test.count]).toEqual([known.trainCount, known.testCount]);
    expect(train.shape).toEqual(known.shape);
    // The first ten labels and the mean of all training pixels that everyone knows.
    expect(Array.from(train.labels.subarray(0, 10))).toEqual([9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
    let sum = 0;
    for (const pixel of valuesOf(train)) sum += pixel;
    expect(sum / valuesOf(train).length / 255).toBeCloseTo(0.286, 3);
    const counts = new Array<number>(10).fill(0);
    for (const label of train.labels) counts[label]!++;
    expect(counts).toEqual(new Array(10).fill(6000));
    expect(train.source).toContain(
      "train-images-idx3-ubyte.gz sha256:c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    );
  });
});
