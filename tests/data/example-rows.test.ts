// Examples to predict, in files of rows: which columns and rows they are, and what is said of files that do not fit.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readExampleRows, type RowChoice } from "../../src/data/example-rows.ts";
import { encodeIdx } from "../../src/data/idx.ts";
import { inputError, temporaryFolder } from "./temporary.ts";
import { npy } from "./write-npy.ts";

const folder = temporaryFolder();
let files = 0;
function save(ending: string, contents: string | Uint8Array): string {
  const path = join(folder, `${files++}${ending}`);
  writeFileSync(path, contents);
  return path;
}

const usual: RowChoice = { shape: [2], range: [1, 10], label: undefined, outputs: [] };
const read = (path: string, choice: Partial<RowChoice> = {}) =>
  readExampleRows(path, { ...usual, ...choice })!.map(({ values }) => Array.from(values));

describe("tables", () => {
  test.each([
    ["without a label, with a head", "a,b\n1,2\n3,4\n", {}],
    ["without either", "1,2\n3,4\n", {}],
    ["with a label of words", "1;2;cat\n3;4;dog\n", {}],
    ["with a label by its usual name", "a,label,b\n1,0,2\n3,1,4\n", {}],
    ["with a label in the first column", "0,1,2\n1,3,4\n", {}],
    ["with the label that training named", "a,price,b\r\n1,9,2\r\n3,9,4\r\n", { label: ["price"] }],
    ["with the label that training counted", "1,2,9\n3,4,9\n", { label: ["3"] }],
    ["with two columns to learn", "a,h,b,w\n1,9,2,9\n3,9,4,9\n", { label: ["h", "w"] }],
    ["with the columns of an output", "a,size_1,b,size_2\n1,9,2,9\n3,9,4,9\n", { outputs: ["size"] }],
    ["without the label that training named", '"a","b"\n"1"," 2"\n3,4\n', { label: ["price"] }],
  ])("%s", (_, text, choice) => {
    expect(read(save(".csv", text), choice)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("give the rows that are asked for, counted without the head and empty lines", () => {
    const path = save(".csv", "a,b\n1,2\n\n3,4\n5,6\nx,y\n");
    expect(read(path, { range: [2, 3] })).toEqual([
      [3, 4],
      [5, 6],
    ]);
    const rows = readExampleRows(path, { ...usual, range: [2, 2] })!;
    expect(rows.map(({ name, content }) => [name, content])).toEqual([[`${path} row 2`, "numbers"]]);
    expect(inputError(() => read(save(".csv", "1,2\n"), { range: [3, 4] })).message).toContain(
      "there is no row 3",
    );
  });

  test("of pixels are pixels", () => {
    const line = Array.from({ length: 64 }, (_, at) => at).join();
    const contentOf = (text: string) =>
      readExampleRows(save(".csv", text), { ...usual, shape: [8, 8, 1] })![0]!.content;
    expect(contentOf(`${line}\n`)).toBe("pixels");
    expect(contentOf(`${line.replace("1,", "0.5,")}\n`)).toBe("numbers");
  });

  test.each([
    ["1,2,3,4\n", "the table has 4 columns, but the model takes 2 numbers an example", undefined],
    ["a,b\n1,2\n3,x\n", 'column 2 (b) is "x", which is no number', 3],
    ["1,2\n3\n", "the line has 1 columns, but the first has 2", 2],
  ])("%j is refused", (text, message, row) => {
    const error = inputError(() => read(save(".csv", text)));
    expect(error.message).toContain(message);
    expect(error.place.row).toBe(row);
  });
});

test("arrays of NumPy and IDX files, grey images with or without their axis of channels", () => {
  const image = { shape: [1, 2, 1] };
  const bytes = save(".npy", npy("|u1", [2, 1, 2], [1, 2, 3, 4]));
  const floats = save(".npy", npy("<f4", [2, 1, 2, 1], [0.5, 2, 3, 4]));
  const idx = save("", encodeIdx({ type: "uint8", shape: [2, 1, 2], data: Uint8Array.of(1, 2, 3, 4) }));
  const contents = [bytes, floats, idx].map(
    (path) => readExampleRows(path, { ...usual, ...image })![0]!.content,
  );
  expect(contents).toEqual(["pixels", "numbers", "pixels"]);
  expect(read(bytes, { ...image, range: [2, 9] })).toEqual([[3, 4]]);
  expect(read(floats, image)[0]).toEqual([0.5, 2]);
  expect(read(idx, image)).toEqual(read(bytes, image));
  expect(inputError(() => read(bytes)).message).toContain("holds 2x1x2, but the model takes examples of 2");
  expect(readExampleRows(save(".png", Uint8Array.of(0x89, 0x50)), usual)).toBeUndefined();
});
