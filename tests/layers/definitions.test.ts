import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { layerKinds } from "../../src/graph/layer-kind.ts";
import { resolveAxis } from "../../src/layers/axes.ts";
import type { ArgumentSpec } from "../../src/layers/definition.ts";
import { kerasLayerName, layerDefinition, layerWords, wordToKind } from "../../src/layers/index.ts";
import { SourceFile } from "../../src/source/source-file.ts";

describe("every layer", () => {
  it.each(layerKinds)("%s is documented, with an example that compiles and uses it", (kind) => {
    const { title, documentation, example, words } = layerDefinition(kind);
    expect(title).not.toBe("");
    expect(documentation).toMatch(/Keras/);
    expect(documentation.split("\n").filter((line) => line.length > 140)).toEqual([]);
    expect(words.length).toBeGreaterThan(0);
    const { model, diagnostics } = compile(new SourceFile("example.cnn", example));
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
    expect(model.layers.map(({ node }) => node.kind)).toContain(kind);
    expect(model.layers.every(({ shape }) => shape !== undefined)).toBe(true);
  });

  it.each(layerKinds)("%s documents its arguments, and its defaults are allowed", (kind) => {
    const { arguments: table, wordVariants = {} } = layerDefinition(kind);
    const tables = [table, ...Object.values(wordVariants).map((variant) => variant.arguments)];
    for (const [name, spec] of tables.flatMap((each) => Object.entries(each))) {
      expect(spec.documentation, name).toMatch(/\.$/);
      for (const value of numbersOf(spec)) {
        expect(value, name).toBeGreaterThanOrEqual(spec.minimum ?? -Infinity);
        expect(value, name).toBeLessThanOrEqual(spec.maximum ?? Infinity);
      }
      if (typeof spec.default === "string" && spec.words !== undefined && spec.default !== "required") {
        expect(spec.words, name).toContain(spec.default);
      }
    }
  });

  it("says each of its names once", () => {
    for (const { word, arguments: table } of layerWords.values()) {
      const names = Object.entries(table).flatMap(([name, { aliases }]) => [name, ...aliases]);
      expect(
        names.filter((name, index) => names.indexOf(name) !== index),
        word,
      ).toEqual([]);
    }
  });
});

function numbersOf({ default: value }: ArgumentSpec): readonly number[] {
  if (typeof value === "number") return [value];
  return Array.isArray(value) ? value.filter((each) => typeof each === "number") : [];
}

describe("words", () => {
  it("stand for one kind each, beside no foreign name", () => {
    const words = layerKinds.flatMap((kind) => layerDefinition(kind).words);
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
    const foreign = layerKinds.flatMap((kind) => layerDefinition(kind).foreignNames);
    expect(foreign.filter((name) => layerWords.has(name))).toEqual([]);
  });

  it("carry what they settle", () => {
    expect(wordToKind("conv")).toBe("conv");
    expect(wordToKind("leaky_relu")).toBe("activation");
    expect(wordToKind("Conv2D")).toBeUndefined();
    expect(layerWords.get("leaky_relu")).toMatchObject({
      kind: "activation",
      preset: { name: "leaky_relu" },
    });
    expect(layerWords.get("leaky_relu")!.arguments["parameter"]).toMatchObject({ default: 0.3 });
    expect(layerWords.get("relu")!.arguments).toEqual({});
  });

  it("are named as Keras names layers", () => {
    // keras.src.utils.naming.to_snake_case
    expect(["Conv2D", "MaxPooling2D", "ReLU", "LeakyReLU", "ELU", "PReLU"].map(kerasLayerName)).toEqual([
      "conv2d",
      "max_pooling2d",
      "re_lu",
      "leaky_re_lu",
      "elu",
      "p_re_lu",
    ]);
  });
});

describe("axes", () => {
  it("are found by name and by Keras' number", () => {
    expect(["height", "width", "channels", "units", "depth"].map((name) => resolveAxis(name, 3))).toEqual([
      0,
      1,
      2,
      2,
      undefined,
    ]);
    expect([1, 3, -1, -3, 0, 4, -4].map((number) => resolveAxis(number, 3))).toEqual([
      0,
      2,
      2,
      0,
      undefined,
      undefined,
      undefined,
    ]);
    expect(resolveAxis("length", 2)).toBe(0);
  });
});
