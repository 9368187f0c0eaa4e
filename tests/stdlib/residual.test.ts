import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { compile } from "../../src/compile.ts";
import { readImport } from "../../src/files/imports.ts";
import { type Dim, shapeText } from "../../src/graph/dim.ts";
import { verifyLayerGraph } from "../../src/graph/verify.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { formatProgram } from "../../src/syntax/format.ts";
import { parseProgram } from "../../src/syntax/parser.ts";
import { type Reference, references } from "./residual-references.ts";

const folder = new URL("../../stdlib/", import.meta.url);

function libraryFile(name: string): SourceFile {
  const path = fileURLToPath(new URL(`${name}.cnn`, folder));
  return new SourceFile(path, readFileSync(path, "utf8"));
}

const files = [...new Set(references.map(({ file }) => file))];
const sources = new Map(files.map((name) => [name, libraryFile(name)]));

function compileModel(file: string, modelName: string, set: string): ShapedGraph {
  const parameters = set === "" ? [] : set.split(" ");
  const { model, diagnostics } = compile(sources.get(file)!, { modelName, parameters });
  // An `allow` comment has nothing to allow in models that do not come by it.
  const findings = diagnostics.filter(({ code }) => code !== "CNN596");
  expect(findings.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  verifyLayerGraph(model.graph);
  return model;
}

/** A text states the number in `unit`, to so many decimals. */
function expectCount({ value }: Dim, expected: number | string, unit: number): void {
  if (typeof expected === "number") expect(value).toBe(expected);
  else expect((value! / unit).toFixed(expected.split(".")[1]!.length)).toBe(expected);
}

/** Of the last layer inside the call with this label. */
function shapeAt({ layers }: ShapedGraph, label: string): string | undefined {
  const last = layers.filter(({ node }) => node.scope.some((frame) => frame.label === label)).at(-1);
  return last?.shape && shapeText(last.shape);
}

/** Adds the shape that each line of a file has at its end, be it in a model or in a block that the model calls. */
function collectShapes(file: SourceFile, { layers }: ShapedGraph, shapes: Map<number, Set<string>>): void {
  const ofModel = new Map<number, string>();
  for (const { node, shape } of layers) {
    for (const { span } of [...node.scope, node]) {
      if (span.file === file && shape !== undefined) {
        ofModel.set(file.position(span.start).line, shapeText(shape));
      }
    }
  }
  for (const [line, shape] of ofModel) shapes.set(line, (shapes.get(line) ?? new Set()).add(shape));
}

describe.each(files)("%s.cnn", (file) => {
  const source = sources.get(file)!;
  const shapesOfLines = new Map<number, Set<string>>();

  test("begins with a comment on the paper", () => {
    const header = /^(#.*\n)+/.exec(source.text)?.[0] ?? "";
    expect(header).toMatch(/"[^"]+", 20\d\d/);
    expect(header.split("\n").length).toBeGreaterThan(6);
  });

  test("is formatted", () => {
    expect(formatProgram(parseProgram(source).value, source)).toBe(source.text);
  });

  const rows = references
    .filter((each) => each.file === file)
    .map((each): [string, Reference] => [`${each.model} ${each.set}`.trim(), each]);
  test.each(rows)("%s has the numbers of its source", (_, reference) => {
    const { parameters, trainable, multiplyAccumulates, shapes } = reference;
    const model = compileModel(file, reference.model, reference.set);
    collectShapes(source, model, shapesOfLines);
    const { totals } = model;
    expectCount(totals.trainableParameters, trainable, 1e6);
    if (parameters !== undefined) expectCount(totals.parameters, parameters, 1e6);
    if (multiplyAccumulates !== undefined) expectCount(totals.multiplyAccumulates, multiplyAccumulates, 1e9);
    const found = Object.keys(shapes).map((label) => [label, shapeAt(model, label)]);
    expect(Object.fromEntries(found)).toEqual(shapes);
    expect(shapeText(model.layers.at(-1)!.shape!)).toBe(reference.output);
  });

  const named = new Set(rows.map(([, { model }]) => model));
  const models = parseProgram(source).value.statements.flatMap((each) =>
    each.kind === "model" ? [each.name.name] : [],
  );
  test("no other model stands in it", () => {
    expect(models.filter((name) => !named.has(name))).toEqual([]);
  });

  // After the models above, which say what each line of the file makes.
  test("its comments on shapes are true of a model", () => {
    for (let line = 1; line <= source.lineCount; line++) {
      const said = /# (?:B0: )?(\d+x\d+(?:x\d+)?)$/.exec(source.lineText(line))?.[1];
      if (said === undefined) continue;
      const found = [...(shapesOfLines.get(line) ?? [])];
      const isTrue = found.some((shape) => `${shape}x`.startsWith(`${said}x`));
      expect(isTrue, `line ${line} says ${said}, found ${found.join(", ")}`).toBe(true);
    }
  });
});

test("no two files of the library give anything the same name, so that a program can use them all", () => {
  const names = readdirSync(folder).filter((name) => name.endsWith(".cnn"));
  const program = names.map((name) => `use ${name.replace(".cnn", "")}`).join("\n");
  const { diagnostics } = compile(new SourceFile("all.cnn", `${program}\ninput 8x8x3\nconv 8 3x3`), {
    readImport,
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map(({ message }) => message)).toEqual([]);
});

test("a program takes MobileNet v2 without its classifier, and trains its last blocks", () => {
  const source = `
use mobilenet
model pets(classes = 37)
input 224x224x3
rescale 1/127.5 offset=-1
base: mobilenet_v2 top=no
freeze base
unfreeze base from block_13
global_pool avg
dropout 0.2
dense classes softmax`;
  const { model, diagnostics } = compile(new SourceFile("pets.cnn", source), { readImport });
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  const classifier = 1280 * 37 + 37;
  expect(model.totals.parameters.value).toBe(2_257_984 + classifier); // Keras 3.15.1, include_top=False
  expect(model.totals.trainableParameters.value).toBe(1_681_344 + classifier); // its layers from block_13_expand on
});
