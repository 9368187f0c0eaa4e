// Tables as text and NumPy's arrays: what they mean, and what is said of wrong ones.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findArchivedArrays, findArrayFiles } from "../../src/data/arrays.ts";
import { readCsv } from "../../src/data/csv.ts";
import { type NumberArray, parseNpy } from "../../src/data/npy.ts";
import { loadData, loadPart } from "../../src/data/named.ts";
import { openNpz } from "../../src/data/open-arrays.ts";
import { batches } from "../../src/data/batches.ts";
import { createRandom } from "../../src/random/random.ts";
import { inputError, rejection, temporaryFolder, valuesOf } from "./temporary.ts";
import { zip } from "./write-zip.ts";

const temporary = temporaryFolder();
let files = 0;
const options = { memoryLimit: 1e9, cacheFolder: join(temporary, "cache") };

function save(text: string | Uint8Array, ending = "csv"): string {
  const path = join(temporary, `${files++}.${ending}`);
  writeFileSync(path, text);
  return path;
}

const read = (text: string, more: object = {}) => readCsv(save(text), "table", { ...options, ...more });

describe("tables", () => {
  it.each([
    ["the first column", "1,5,6\n0,7,8\n"],
    ["a head that says label", "a,label,b\n5,1,6\n7,0,8\n"],
    ["semicolons, blanks and CRLF", "1; 5; 6\r\n0; 7; 8\r\n"],
    ["bars", "1|5|6\n0|7|8\n"],
    ["tabs, quotation marks, no end of line", '"1"\t"5"\t6\n0\t7\t"8"'],
    ["a byte order mark and empty lines", "\ufeffy,a,b\n\n1,5,6\n\n0,7,8\n"],
  ])("have their label in %s", (_, text) => {
    const dataset = read(text);
    expect([...dataset.labels]).toEqual([1, 0]);
    expect([...valuesOf(dataset)]).toEqual([5, 6, 7, 8]);
    expect(dataset.shape).toEqual([2]);
    expect(dataset.content).toBe("numbers");
  });

  it("may name the column, by its name or its number", () => {
    const text = "a,b,c\n5,6,1\n7,8,0\n";
    expect([...read(text, { label: ["c"] }).labels]).toEqual([1, 0]);
    expect([...read(text, { label: ["3"] }).labels]).toEqual([1, 0]);
    expect(inputError(() => read(text, { label: ["d"] })).message).toContain("no column d");
  });

  it("are refused where two columns have the label's name", () => {
    expect(inputError(() => read("label,a,label\n1,2,3\n")).help).toContain("--label 3");
    expect([...read("label,a,label\n1,2,3\n", { label: ["3"] }).labels]).toEqual([3]);
  });

  it("take a label of another kind than the first for a bad line", () => {
    const text = "a,label\n5,1\n6,nan\n7,0\n";
    expect(inputError(() => read(text))).toMatchObject({ place: { row: 3 } });
    expect(read(text, { skipBad: true })).toMatchObject({ count: 2, skippedCount: 1 });
  });

  it("may have line breaks and quotation marks within quoted texts, and count rows by the file's lines", () => {
    expect(inputError(() => read('a,b,label\n1,2,"x\r\ny"\n3,-,z\n'))).toMatchObject({ place: { row: 4 } });
    expect([...valuesOf(read('a,b,label\n1,2,"x\ny"\n3,"4","z"\n'))]).toEqual([1, 2, 3, 4]);
    expect(read('a,b,label\n1,2,"x\n""y"\n3,"4","z"\n').classNames).toEqual(['x\n"y', "z"]);
  });

  it("with a quotation mark that nothing closes have one bad line, not a bad rest", () => {
    const text = `a,b,label\n1,2,"x\n${"3,4,z\n".repeat(30_000)}5,6,inch 5"\n`;
    expect(inputError(() => read(text))).toMatchObject({
      message: expect.stringContaining("a quotation mark is not closed"),
      place: { row: 2 },
    });
    expect(read(text, { skipBad: true })).toMatchObject({ count: 30_001, skippedCount: 1 });
    expect(read('a,label\n1,x\n2,"y', { skipBad: true })).toMatchObject({ count: 1, skippedCount: 1 });
  });

  it("that lack a value say so, and not that what stands in its place is none", () => {
    expect(inputError(() => read("a,b,label\n1,2,x\n3,y\n")).message).toContain("the line has 2 columns");
  });

  it("of another encoding than UTF-8 are refused, since all their letters would be one", () => {
    const latin = Buffer.from("a,label\n1,\u00e9\n2,\u00e8\n", "latin1");
    expect(inputError(() => readCsv(save(latin), "table", options))).toMatchObject({
      message: expect.stringContaining("UTF-8"),
      place: { row: 2 },
    });
    const wide = Buffer.from("\ufeffa,label\n1,x\n", "utf16le");
    expect(inputError(() => readCsv(save(wide), "table", options)).message).toContain("the text is UTF-16");
  });

  it("with the line ends of old Macs are refused with a reason", () => {
    expect(inputError(() => read("a,b\r1,2\r3,4\r")).message).toContain("carriage returns");
  });

  it("may have words for labels, in the order of the alphabet", () => {
    const dataset = read("5.1,3.5,setosa\n7,3.2,versicolor\n6.3,-3e-1,setosa\n");
    expect(dataset.classNames).toEqual(["setosa", "versicolor"]);
    expect([...dataset.labels]).toEqual([0, 1, 0]);
    expect([...valuesOf(dataset)]).toEqual([5.1, 3.5, 7, 3.2, 6.3, -0.3].map(Math.fround));
  });

  it("of many bytes are pixels, in the shape that the model takes", () => {
    const row = (label: number): string => [label, ...Array.from({ length: 64 }, (_, at) => 3 * at)].join();
    const text = `${row(0)}\n${row(1)}\n`;
    expect(read(text)).toMatchObject({ content: "pixels", shape: [8, 8, 1] });
    expect(read(text, { inputShape: [4, 16, 1] }).shape).toEqual([4, 16, 1]);
    expect(read(text, { inputShape: [65] }).shape).toEqual([8, 8, 1]);
    expect(read(text.replace("189", "256")).content).toBe("numbers");
  });

  it("that do not fit into memory give the same batches from a file", () => {
    const random = createRandom(0, "table");
    const text = Array.from({ length: 50 }, (_, row) =>
      [row % 3, random.normal(), random.integer(256)].join(),
    ).join("\n");
    const [whole, kept] = [read(text), read(text, { memoryLimit: 10 })];
    expect(kept.examples.kind).toBe("file");
    const all = (dataset: typeof whole) =>
      Array.from(batches(dataset, { batchSize: 7 }), ({ examples }) => [...examples]);
    expect(all(kept)).toEqual(all(whole));
  });

  it("that are wrong leave nothing in the cache", () => {
    const cacheFolder = temporaryFolder();
    inputError(() => read("0,1,2\n1,2,3\n1,x,3\n", { memoryLimit: 1, cacheFolder }));
    expect(readdirSync(join(cacheFolder, "decoded"))).toEqual([]);
  });

  it.each([
    ["a column too few", "0,1,2\n1,2\n", 2, "the line has 2 columns, but the first has 3"],
    ["a word among numbers", "y,a,b\n0,1,2\n1,x,2\n", 3, 'column 2 (a) is "x", which is no number'],
    ["an empty field", "0,1,2\n1,,2\n", 2, "column 2 is empty"],
    ["a negative label", "0,1,2\n-1,1,2\n", 2, "the label is -1"],
    ["a fraction for a label", "0,1,2\n0.5,1,2\n", 2, "the label is 0.5"],
    ["infinity", "0,1,2\n1,Infinity,2\n", 2, "is no number"],
  ])("with %s are refused with the row, or the line is left out and counted", (_, text, row, message) => {
    const error = inputError(() => read(text));
    expect(error.message).toContain(message);
    expect(error.place.row).toBe(row);
    expect(error.help).toContain("--skip-bad");
    const dataset = read(text, { skipBad: true });
    expect(dataset.count).toBe(1);
    expect(dataset.skippedCount).toBe(1);
    expect(dataset.skipped![0]).toContain(`row ${row}: `);
  });

  it.each([
    ["", "no examples"],
    ["\n\n", "no examples"],
    ["a,b,c\n", "no examples"],
    ["1\n2\n", "one column alone"],
    ["\0\0\0", "bytes of 0"],
    ["0,1\na,2\n", "which is no number: those before are numbers"],
  ])("such as %j are no tables", (text, message) => {
    expect(inputError(() => read(text)).message).toContain(message);
  });

  it("broken at random give a data set or a message", () => {
    const random = createRandom(2, "mutants");
    const text = "y,a,b\n0,1.5,2\n1,2,3\n2,-3,4\n";
    for (let count = 0; count < 300; count++) {
      const bytes = Buffer.from(text);
      for (let changes = 0; changes <= random.integer(3); changes++)
        bytes[random.integer(bytes.length)] = random.integer(256);
      try {
        expect(readCsv(save(bytes), "mutant", options).count).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toHaveProperty("place");
      }
    }
  });
});

/** An .npy as NumPy's format description lays it out. */
function npy(code: string, shape: string, body: Uint8Array, order = "False"): Uint8Array {
  const text = `{'descr': '${code}', 'fortran_order': ${order}, 'shape': ${shape}, }`.padEnd(117) + "\n";
  const head = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(text.length, 0)}${text}`, "latin1");
  return Buffer.concat([head, body]);
}

const bytesOf = (values: Float32Array | Float64Array | BigInt64Array): Uint8Array =>
  new Uint8Array(values.buffer);

/** The values of the only array of an archive, in whatever memory. */
async function archivedValues(
  bytes: Uint8Array,
  memoryLimit = 1e9,
): Promise<NumberArray["values"] | undefined> {
  const { names, open } = openNpz(save(bytes, "npz"), { ...options, memoryLimit });
  const array = names[0] === undefined ? undefined : open(names[0]);
  await array?.store(memoryLimit);
  return (await array?.read())?.values;
}

describe("NumPy's arrays", () => {
  it.each([
    ["<f8", bytesOf(Float64Array.of(1.5, -2, 3, 4, 5, 6))],
    ["<f4", bytesOf(Float32Array.of(1.5, -2, 3, 4, 5, 6))],
  ])("of %s, row by row and column by column", (code, body) => {
    expect([...parseNpy(npy(code, "(2, 3)", body), "x").values]).toEqual([1.5, -2, 3, 4, 5, 6]);
    expect([...parseNpy(npy(code, "(2, 3)", body, "True"), "x").values]).toEqual([1.5, 3, 5, -2, 4, 6]);
  });

  it("of half precision and of 64 bits", () => {
    const halves = Uint8Array.of(0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0x00, 0x7c);
    expect([...parseNpy(npy("<f2", "(4,)", halves), "x").values]).toEqual([1, -2, 2 ** -24, Infinity]);
    expect([...parseNpy(npy("<i8", "(2,)", bytesOf(BigInt64Array.of(-7n, 9n))), "x").values]).toEqual([
      -7, 9,
    ]);
  });

  const python = process.env["CNN_PEERS_PYTHON"];
  it.skipIf(python === undefined)("that NumPy itself wrote", async () => {
    const folder = temporaryFolder();
    const script = `import numpy as np; r = np.arange(24).reshape(2, 3, 4)
np.savez_compressed("${folder}/a.npz", x=r.astype("u1"), y=np.array([1, 0]))
np.save("${folder}/f.npy", np.asfortranarray(r.astype("f4")))`;
    execFileSync(python!, ["-c", script]);
    expect([...valuesOf(await findArchivedArrays(join(folder, "a.npz"), "a", options).read("all"))]).toEqual(
      Array.from({ length: 24 }, (_, at) => at),
    );
  });

  it("come as parts of an .npz or a folder, grey images without an axis of channels", async () => {
    const x = npy(
      "|u1",
      "(5, 2, 2)",
      Uint8Array.from({ length: 20 }, (_, at) => at),
    );
    const y = npy("|u1", "(5,)", Uint8Array.of(0, 1, 0, 1, 1));
    const path = save(zip({ "x_train.npy": x, "y_train.npy": y, "x_test.npy": x, "y_test.npy": y }), "npz");
    const { train, test } = await loadData(path, options);
    expect(train).toMatchObject({ count: 5, shape: [2, 2, 1], content: "pixels" });
    expect([...test.labels]).toEqual([0, 1, 0, 1, 1]);
    const folder = join(temporary, "arrays");
    mkdirSync(folder);
    writeFileSync(join(folder, "x_train.npy"), x);
    writeFileSync(join(folder, "y_train.npy"), y);
    expect([...valuesOf(await findArrayFiles(folder, "a", options).read("all"))]).toEqual([
      ...valuesOf(train),
    ]);
    // One part alone: a fifth is for testing.
    const parts = [await loadPart(folder, "train", options), await loadPart(folder, "test", options)];
    expect(parts.map(({ count }) => count)).toEqual([4, 1]);
  });

  it.each(["X_train", "train_X", "X"])("may be called %s, as in scikit-learn", async (name) => {
    const folder = temporaryFolder();
    const label = name.replace("X", "y");
    writeFileSync(join(folder, `${name}.npy`), npy("|u1", "(2, 8, 8)", new Uint8Array(128).fill(7)));
    writeFileSync(join(folder, `${label}.npy`), npy("|u1", "(2,)", Uint8Array.of(0, 1)));
    const dataset = await findArrayFiles(folder, "a", options).read("all");
    expect([dataset.count, dataset.content]).toEqual([2, "pixels"]);
  });

  it("of booleans are numbers, in memory and in the file", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "x.npy"), npy("|b1", "(2, 8, 8, 1)", new Uint8Array(128).fill(1)));
    writeFileSync(join(folder, "y.npy"), npy("|u1", "(2,)", Uint8Array.of(0, 1)));
    for (const memoryLimit of [1e9, 10]) {
      const dataset = await findArrayFiles(folder, "a", { ...options, memoryLimit }).read("all");
      expect([dataset.examples.kind, dataset.content]).toEqual([
        memoryLimit > 10 ? "memory" : "file",
        "numbers",
      ]);
    }
  });

  it("that do not fit into memory stay in their file", async () => {
    const folder = temporaryFolder();
    const values = Float32Array.from({ length: 12 }, (_, at) => at / 8);
    writeFileSync(join(folder, "x.npy"), npy("<f4", "(3, 4)", bytesOf(values)));
    writeFileSync(join(folder, "y.npy"), npy("|u1", "(3,)", Uint8Array.of(0, 1, 2)));
    const dataset = await findArrayFiles(folder, "a", { ...options, memoryLimit: 10 }).read("all");
    expect(dataset.examples.kind).toBe("file");
    expect(Array.from(batches(dataset, { batchSize: 2 }), ({ examples }) => [...examples]).flat()).toEqual([
      ...values,
    ]);
  });

  it("of one-hot rows are labels too", async () => {
    const rows = bytesOf(Float32Array.of(0, 1, 0, 1, 0, 0));
    const entries = {
      "x.npy": npy("|u1", "(2, 1)", Uint8Array.of(1, 2)),
      "y.npy": npy("<f4", "(2, 3)", rows),
    };
    const dataset = await findArchivedArrays(save(zip(entries), "npz"), "a", options).read("all");
    expect([...dataset.labels]).toEqual([1, 0]);
  });

  it.each([
    ["objects", npy("|O", "(2,)", new Uint8Array(16)), "Python objects"],
    ["a record", Buffer.from(npy("|u1", "(2,)", new Uint8Array(2))).subarray(0, 60), "cut off"],
    ["more than the file holds", npy("<f8", "(1000000, 1000)", new Uint8Array(8)), "announces"],
    [
      "more than can be counted",
      npy("|u1", `(${"9".repeat(18)}, ${"9".repeat(18)})`, new Uint8Array(8)),
      "more than",
    ],
    ["words", npy("<U9", "(1,)", new Uint8Array(36)), "words"],
    ["dates", npy("<M8[D]", "(1,)", new Uint8Array(8)), "not read"],
    [
      "no header",
      Buffer.from("\x93NUMPY\x01\x00\x10\x00{'nothing': 1}\n  ", "latin1"),
      "not one that NumPy writes",
    ],
  ])("with %s are refused", (_, bytes, message) => {
    expect(inputError(() => parseNpy(bytes, "a.npy")).message).toContain(message);
  });

  it("may be big endian", () => {
    const bytes = Buffer.alloc(12);
    [1.5, -2, 1e-3].forEach((value, index) => bytes.writeFloatBE(value, 4 * index));
    const { values } = parseNpy(npy(">f4", "(3,)", bytes), "a.npy");
    expect([...values]).toEqual([1.5, -2, Math.fround(1e-3)]);
    const whole = Buffer.alloc(8);
    whole.writeBigInt64BE(-7n, 0);
    expect([...parseNpy(npy(">i8", "(1,)", whole), "a.npy").values]).toEqual([-7]);
  });

  it("with a value that is no number are refused with its row", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "x.npy"), npy("<f4", "(2, 2)", bytesOf(Float32Array.of(1, 2, NaN, 4))));
    writeFileSync(join(folder, "y.npy"), npy("|u1", "(2,)", Uint8Array.of(0, 1)));
    expect(await rejection(findArrayFiles(folder, "a", options).read("all"))).toMatchObject({
      message: "a value is NaN, which is no number to train on",
      place: { row: 2 },
    });
  });

  it("with rows that cannot be used are read without them, where asked to, and count them", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "x.npy"), npy("<f4", "(4, 1)", bytesOf(Float32Array.of(1, NaN, 3, 4))));
    writeFileSync(
      join(folder, "y.npy"),
      npy("|i1", "(4,)", new Uint8Array(Int8Array.of(0, 1, -1, 1).buffer)),
    );
    const dataset = await findArrayFiles(folder, "a", { ...options, skipBad: true }).read("all");
    expect([...dataset.labels]).toEqual([0, 1]);
    expect([...dataset.rows!]).toEqual([0, 3]);
    expect(dataset.skipped).toEqual([
      "row 2: a value is NaN, which is no number to train on",
      "row 3: the label -1 is no class: classes are numbered from 0 upwards",
    ]);
    writeFileSync(join(folder, "y.npy"), npy("|i1", "(4,)", new Uint8Array(4).fill(255)));
    const none = await rejection(findArrayFiles(folder, "a", { ...options, skipBad: true }).read("all"));
    expect(none.message).toContain("none of the 4 examples can be used");
  });

  it("refuses an archive one of whose bytes has changed", async () => {
    const sound = zip({ "x.npy": npy("<f4", "(8,)", bytesOf(Float32Array.from({ length: 8 }, Math.sqrt))) });
    const intact = await archivedValues(sound);
    for (let at = 30 + "x.npy".length; at < Buffer.from(sound).indexOf("PK\x01\x02"); at++) {
      const bytes = Buffer.from(sound);
      bytes[at]! ^= 1;
      try {
        expect(await archivedValues(bytes)).toEqual(intact);
      } catch (error) {
        expect(error).toHaveProperty("place");
      }
    }
  });

  it("that are not found tell what the archive holds", async () => {
    const path = save(zip({ "arr_0.npy": npy("|u1", "(1,)", Uint8Array.of(1)) }), "npz");
    expect((await rejection(loadData(path))).message).toContain("which holds arr_0");
  });

  it("refuses zips that are bombs, cut off or elsewhere", async () => {
    const messageOf = async (bytes: Uint8Array): Promise<string> =>
      (await rejection(archivedValues(bytes))).message;
    const bomb = zip({ "x.npy": new Uint8Array(1000) }, { size: 2 ** 31 });
    expect(await messageOf(bomb)).toContain("cannot hold");
    const sound = zip({ "x.npy": npy("|u1", "(2, 1)", Uint8Array.of(1, 2)) });
    expect(await messageOf(sound.subarray(0, 40))).toContain("no .npz");
    const longer = npy("|u1", "(2, 1)", Uint8Array.of(1, 2, 3));
    expect(await messageOf(zip({ "x.npy": longer }, { size: longer.length - 1 }))).toContain("damaged");
    const random = createRandom(3, "mutants");
    for (let count = 0; count < 300; count++) {
      const bytes = Buffer.from(sound);
      for (let changes = 0; changes <= random.integer(3); changes++)
        bytes[random.integer(bytes.length)] = random.integer(256);
      await archivedValues(bytes, random.integer(2) * 1e9).catch((error: unknown) =>
        expect(error).toHaveProperty("place"),
      );
    }
  });
});

describe("arrays that do not fit into memory", () => {
  const numbers = Array.from({ length: 40 }, (_, at) => (at * 37) % 251);
  const bytes = Uint8Array.from(numbers);
  const types = {
    "|u1": bytes,
    "<i8": bytesOf(BigInt64Array.from(numbers, BigInt)),
    "<f4": bytesOf(Float32Array.from(numbers, (value) => value / 8)),
    "<f8": bytesOf(Float64Array.from(numbers, (value) => value / 8)),
  };
  const labels = npy("|u1", "(10,)", bytes.map((_, at) => at % 2).subarray(0, 10));
  const contents = (code: string, body: Uint8Array): Record<string, Uint8Array> => ({
    "x.npy": npy(code, "(10, 4)", body),
    "y.npy": labels,
  });

  it.each(Object.entries(types))("of %s give the same examples as in memory", async (code, body) => {
    const folder = temporaryFolder();
    for (const [name, file] of Object.entries(contents(code, body))) writeFileSync(join(folder, name), file);
    const forms = [
      folder,
      save(zip(contents(code, body)), "npz"),
      save(zip(contents(code, body), { isStored: true }), "npz"),
      save(zip(contents(code, body), { isWide: true }), "npz"),
    ];
    for (const path of forms) {
      const small = { ...options, memoryLimit: 20 };
      const [inMemory, streamed, again] = await Promise.all(
        [options, small, small].map((each) => loadPart(path, "train", { ...each, isWhole: true })),
      );
      expect(inMemory!.examples.kind).toBe("memory");
      expect(streamed!.examples.kind).toBe("file");
      const examplesOf = (data: typeof streamed): number[] =>
        Array.from(batches(data!, { batchSize: 3 }), ({ examples }) => [...examples]).flat();
      expect(examplesOf(streamed)).toEqual(examplesOf(inMemory));
      expect(examplesOf(again)).toEqual(examplesOf(inMemory));
      expect([streamed!.content, streamed!.shape, streamed!.source]).toEqual([
        inMemory!.content,
        inMemory!.shape,
        inMemory!.source,
      ]);
    }
  });

  it.each([false, true])(
    "are looked through for damage and values that are none (stored: %s)",
    async (isStored) => {
      const sound = zip(contents("<f4", types["<f4"]), { isStored });
      const changed = Buffer.from(sound);
      changed[100 + 30]! ^= 1;
      const small = { ...options, memoryLimit: 20, isWhole: true };
      expect(await rejection(loadPart(save(changed, "npz"), "train", small))).toHaveProperty("place");
      const body = Float32Array.from(numbers);
      body[9] = NaN;
      const path = save(zip(contents("<f4", bytesOf(body)), { isStored }), "npz");
      expect(await rejection(loadPart(path, "train", small))).toMatchObject({ place: { row: 3 } });
      const left = await loadPart(path, "train", { ...small, skipBad: true });
      expect([left.count, left.skippedCount]).toEqual([9, 1]);
      expect(
        readdirSync(join(options.cacheFolder, "decoded")).filter((name) => !name.endsWith(".rows")),
      ).toEqual([]);
    },
  );
});

describe("wrong data", () => {
  it.each([
    ["an empty folder", {}, "there is no data in the folder"],
    ["a folder of other things", { "a.md": "x" }, "there is no data in the folder"],
    ["words in UTF-16", { "train.csv": Buffer.from("\ufeffa,b\n1,2\n", "utf16le") }, "the text is UTF-16"],
    ["decimals with a comma", { "train.csv": "a;b;label\n0,5;1;0\n1,5;2;1\n" }, "have a point, not a comma"],
    ["one class alone", { "train.csv": "a,label\n1,x\n2,x\n" }, "are of one class, x"],
    ["pictures outside of class folders", { "1.png": "" }, "pictures, but no folder for each class"],
    ["examples without labels", { "x.npy": npy("|u1", "(2, 1)", Uint8Array.of(1, 2)) }, "has no labels"],
  ])("such as %s has a message", async (_, contents, message) => {
    const folder = temporaryFolder();
    for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content);
    expect((await rejection(loadPart(folder, "train", options))).message).toContain(message);
  });
});
