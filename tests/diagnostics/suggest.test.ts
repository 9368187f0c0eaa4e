import { describe, expect, test } from "vitest";
import { editDistance, nearestNames, suggestName } from "../../src/diagnostics/suggest.ts";

describe("editDistance", () => {
  test.each([
    ["conv", "conv", 0],
    ["cnov", "conv", 1], // an exchange of neighbours is one edit
    ["cov", "conv", 1],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3], // the form that edits no part twice
    ["", "abc", 3],
  ])("%s to %s is %i", (left, right, expected) => {
    expect(editDistance(left, right, 5)).toBe(expected);
    expect(editDistance(right, left, 5)).toBe(expected);
  });

  test("stops past the limit", () => {
    expect(editDistance("kitten", "sitting", 2)).toBe(3);
    expect(editDistance("a".repeat(1000), "b".repeat(1000), 1)).toBe(2);
  });
});

describe("suggestName", () => {
  const words = ["conv", "conv_transpose", "dense", "dropout", "bn", "relu", "add"];

  test.each([
    ["covn", "conv"],
    ["Dense", "dense"],
    ["convTranspose", "conv_transpose"],
    ["dropuot", "dropout"],
    ["relux", "relu"],
    ["bm", "bn"],
    ["transformer", undefined],
    ["x", undefined],
    ["b".repeat(100_000), undefined],
  ])("%s → %s", (word, expected) => {
    expect(suggestName(word, words)).toBe(expected);
  });

  test("the nearest wins, the first of equals", () => {
    expect(suggestName("rela", ["reel", "relu", "rely"])).toBe("relu");
    expect(suggestName("aab", ["aac", "aad"])).toBe("aac");
    expect(nearestNames("aab", ["aac", "abcd", "aad"])).toEqual(["aac", "aad"]);
    expect(nearestNames("aab", ["aac", "AAB", "aad"])).toEqual(["AAB"]);
  });
});
