import { expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { checkWeightMemory } from "../../src/weights/memory.ts";

const modelOf = (text: string) => compile(new SourceFile("m.cnn", text)).model;

test("weights that the machine cannot hold are refused before they are drawn", () => {
  // 1,000 x 500 and 500 numbers of 4 bytes, so 2,002,000 bytes.
  const small = modelOf("input 1000\ndense 500\n");
  expect(() => checkWeightMemory(small, 1, 2_002_000)).not.toThrow();
  expect(() => checkWeightMemory(small, 1, 2_001_999)).toThrow("take 0.00 GB, and 0.00 GB are free");
  expect(() => checkWeightMemory(small, 3, 6_005_999)).toThrow(/3 times that/);
});

test("so are more than can be counted exactly", () => {
  const huge = modelOf("input 1000000000\ndense 1000000000\ndense 9000000000000\n");
  expect(() => checkWeightMemory(huge, 1, 1e12)).toThrow(/are free/);
});
