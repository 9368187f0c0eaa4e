import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import prettier from "prettier";
import { describe, expect, test } from "vitest";
import { examples, lastLayer, renderKerasLayers } from "../../scripts/docs/keras-layers.ts";
import { augmentationRows, kerasSections, missing } from "../../scripts/docs/keras-rows.ts";
import { findingsOf } from "../../scripts/docs/findings.ts";
import { compile } from "../../src/compile.ts";
import { shapeText } from "../../src/graph/dim.ts";
import { layerKinds } from "../../src/graph/layer-kind.ts";
import { kerasLayerName, layerDefinition } from "../../src/layers/index.ts";
import { SourceFile } from "../../src/source/source-file.ts";
/**
 * Every public class of keras.layers with the arguments of its constructor, as Keras itself lists them; for those that have a
 * stand-in, the shape and the number of parameters that Keras gives for the same layer on the same input.
 */
import peer from "./keras-layers.json" with { type: "json" };

const outputs: Readonly<Record<string, { call: string; output: string; parameters: number }>> = peer.outputs;

const path = fileURLToPath(new URL("../../docs/keras-layers.md", import.meta.url));
const page = readFileSync(path, "utf8");

test("the page is fresh: else run node scripts/docs.mjs", async () => {
  const config = await prettier.resolveConfig(path);
  expect(page).toBe(await prettier.format(renderKerasLayers(), { ...config, filepath: path }));
});

test("every public layer of Keras and every other name of it stands in the first column once", () => {
  const cells = [...page.matchAll(/^\| (`[A-Z][^|]*)\|/gm)].map((match) => match[1]!);
  const said = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map((match) => match[1]!));
  const known = peer.layers.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(known).toHaveLength(164);
  expect(said.sort()).toEqual(known.sort());
});

test("a class has something that stands for it or a reason why nothing does, not both", () => {
  const stated = kerasSections.flatMap(({ rows }) => rows.flatMap(({ classes }) => Object.keys(classes)));
  const absent = missing.flatMap(({ classes }) => classes);
  const changes = Object.keys(augmentationRows);
  expect([...stated, ...changes, ...absent].sort()).toEqual(peer.layers.map(({ name }) => name).sort());
});

test("every layer kind stands for a class, or is said to be the language's own", () => {
  const kinds = new Set(examples().map(({ text }) => lastLayer(text).node.kind));
  expect(layerKinds.filter((kind) => !kinds.has(kind))).toEqual([]);
});

test.each(Object.entries(augmentationRows))("augmentation for %s compiles", (_, [change]) => {
  const text = `input 32x32x3\naugment { ${change} }\nflatten\ndense 10 softmax\ntrain { data "pictures" }\n`;
  const errors = findingsOf({ text }).filter(({ severity }) => severity === "error");
  expect(errors.map(({ message }) => message)).toEqual([]);
});

describe.each(examples())("$keras: $statement", ({ keras, text, isSameClass }) => {
  test("compiles", () => {
    const errors = findingsOf({ text }).filter(({ severity }) => severity === "error");
    expect(errors.map(({ message }) => message)).toEqual([]);
  });

  test.runIf(keras)("gives the shape and the parameters that Keras gives", () => {
    const { call, output, parameters } = outputs[keras!]!;
    const program = compile(new SourceFile("example.cnn", text)).model;
    const found = { output: shapeText(lastLayer(text).shape!), parameters: program.totals.parameters.value };
    expect(found, call).toEqual({ output, parameters });
  });

  test.runIf(isSameClass)("is the layer of that class, under its name", () => {
    const { node, inputShapes } = lastLayer(text);
    const { kerasClass } = layerDefinition(node.kind);
    // tanh is an Activation: the class of the layer, whatever its word
    expect(kerasClass(node.arguments, inputShapes[0]?.length)).toBe(keras);
    if (node.kind !== "input") expect(node.name).toBe(kerasLayerName(keras!));
  });
});

test("arguments that differ from Keras' are told from its own constructors", () => {
  const row = (name: string) => page.split("\n").find((line) => line.includes(`\`${name}\``))!;
  expect(row("BatchNormalization")).toContain(
    "Not taken: `axis`, `renorm`, `renorm_clipping`, `renorm_momentum`.",
  );
  expect(row("ZeroPadding2D")).toContain("`cells` must be given.");
  expect(row("AveragePooling2D")).toContain("`size` may be left out.");
  expect(row("Conv2D")).not.toContain("left out");
  expect(row("Conv2D")).not.toContain("Not taken");
});

test("links lead to headings of the page", () => {
  const headings = [...page.matchAll(/^## (.*)$/gm)].map((match) =>
    match[1]!.toLowerCase().replaceAll(" ", "-"),
  );
  const targets = [...page.matchAll(/\]\(#([^)]*)\)/g)].map((match) => match[1]!);
  expect(targets).toEqual(headings);
});
