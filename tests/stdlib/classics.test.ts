import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ShapedGraph, ShapedLayer } from "../../src/analyze/shaped-graph.ts";
import { type Compilation, compile } from "../../src/compile.ts";
import { readImport } from "../../src/files/imports.ts";
import { libraryFolder } from "../../src/files/library.ts";
import type { LayerGraph, LayerNode } from "../../src/graph/layer-graph.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { formatProgram } from "../../src/syntax/format.ts";
import { parseProgram } from "../../src/syntax/parser.ts";
import { references } from "./classics-references.ts";

const fileNames = [...new Set(references.map(({ file }) => file))];

function readFamily(name: string): SourceFile {
  const path = join(libraryFolder, `${name}.cnn`);
  return new SourceFile(path, readFileSync(path, "utf8"));
}

const files = new Map(fileNames.map((name) => [name, readFamily(name)]));

const compilations = new Map<string, Compilation>();

function compileModel(file: string, modelName: string, parameters: readonly string[] = []): Compilation {
  const key = [file, modelName, ...parameters].join(" ");
  const known = compilations.get(key);
  if (known !== undefined) return known;
  const compilation = compile(files.get(file)!, { modelName, parameters, readImport });
  compilations.set(key, compilation);
  return compilation;
}

function messages(diagnostics: Compilation["diagnostics"]): readonly string[] {
  return diagnostics.map(({ message }) => message);
}

/** A shape as text; cells of a map of one place are a vector. */
function shapeText({ shape }: ShapedLayer): string {
  return shape?.join("x").replace(/^(?:1x)+(?=\d)/, "") ?? "?";
}

/** The first of the shapes that no layer has after those that have the shapes before it. */
function firstMissing(shapes: readonly string[], { layers }: ShapedGraph): string | undefined {
  let next = 0;
  for (const layer of layers) {
    while (next < shapes.length && shapeText(layer) === shapes[next]) next += 1;
  }
  return shapes[next];
}

interface Declared {
  readonly file: string;
  readonly model: string;
  readonly parameters: readonly string[];
}

const declaredModels: readonly Declared[] = [...files].flatMap(([file, source]) =>
  parseProgram(source).value.statements.flatMap((statement) => {
    if (statement.kind !== "model") return [];
    return [
      { file, model: statement.name.name, parameters: statement.parameters.map(({ name }) => name.name) },
    ];
  }),
);

test("every model has a reference", () => {
  const models = new Set(references.map(({ model }) => model));
  expect(declaredModels.map(({ model }) => model).filter((model) => !models.has(model))).toEqual([]);
});

describe.each(references)("$model $set, of $source", (reference) => {
  const { file, model: name, set, total, trainable, multiplyAccumulates, shapes = "" } = reference;
  const { model, diagnostics } = compileModel(file, name, set);

  test("compiles without a word", () => {
    expect(messages(diagnostics)).toEqual([]);
  });

  test("has its weights and its work", () => {
    expect({
      total: model.totals.parameters.value,
      trainable: model.totals.trainableParameters.value,
      multiplyAccumulates: model.totals.multiplyAccumulates.value,
    }).toEqual({ total, trainable, multiplyAccumulates });
  });

  test("has its tensors on the way", () => {
    const wanted = shapes.split(" ").map((shape) => shape.replace(/^(?:1x)+(?=\d)/, ""));
    const isNew = (shape: string, index: number) => shape !== "" && shape !== wanted[index - 1];
    expect(firstMissing(wanted.filter(isNew), model)).toBeUndefined();
  });
});

describe.each(fileNames)("%s.cnn", (name) => {
  const file = files.get(name)!;

  test("begins with a comment, and is formatted", () => {
    expect(file.text).toMatch(/^# \S.*\n#/);
    expect(formatProgram(parseProgram(file).value, file)).toBe(file.text);
  });

  test("its comments on shapes are true", () => {
    const found = new Map<number, Set<string>>();
    for (const { file: of, model, set } of references) {
      if (of !== name || set?.includes("width=32") === true || set?.includes("classes=1") === true) continue;
      for (const [line, shape] of lastShapes(compileModel(of, model, set).model, file)) {
        found.set(line, (found.get(line) ?? new Set()).add(shape));
      }
    }
    const said: string[] = [];
    for (let line = 1; line <= file.lineCount; line++) {
      const shape = /# (\d+(?:x\d+)+)$/.exec(file.lineText(line))?.[1];
      if (shape !== undefined && found.get(line)?.has(shape) !== true) {
        said.push(`line ${line}: ${shape}, but it is ${[...(found.get(line) ?? [])].join(" or ")}`);
      }
    }
    expect(said).toEqual([]);
  });
});

/** For each line of a file the shape of the last layer that a statement there makes. */
function lastShapes({ layers }: ShapedGraph, file: SourceFile): ReadonlyMap<number, string> {
  const shapes = new Map<number, string>();
  for (const { node, shape } of layers) {
    for (const { span } of [node, ...node.scope]) {
      if (span.file === file) shapes.set(file.position(span.start).line, shape?.join("x") ?? "?");
    }
  }
  return shapes;
}

describe("parameters", () => {
  const withClasses = declaredModels.filter(({ parameters }) => parameters.includes("classes"));
  test.each(withClasses)("$model takes its classes", ({ file, model: name }) => {
    const { model, diagnostics } = compileModel(file, name, ["classes=7"]);
    expect(messages(diagnostics)).toEqual([]);
    const units = model.graph.outputs.map(({ layer }) => model.layer(layer).shape?.at(-1)?.value);
    // Three boxes of four numbers, one for "anything" and one a class.
    expect(units).toEqual(name === "yolo_v3_tiny" ? [36, 36] : [7]);
  });

  const withTop = declaredModels.filter(({ parameters }) => parameters.includes("top"));
  test.each(withTop)("$model without its top", ({ file, model: name }) => {
    const whole = compileModel(file, name);
    const { model, diagnostics } = compileModel(file, name, ["top=no"]);
    expect(messages(diagnostics)).toEqual([]);
    expect(model.layers.length).toBeLessThan(whole.model.layers.length);
    const kinds = model.layers.map(({ node }) => node.kind);
    expect(kinds.slice(0, -1)).toEqual(
      whole.model.layers.map(({ node }) => node.kind).slice(0, kinds.length - 1),
    );
  });

  test("a model is a part of another, its weights frozen", () => {
    const text = `use vgg
model pets(classes = 37)
input 224x224x3
base: vgg16 top=no variant=torchvision
freeze base
global_pool avg
dense classes softmax`;
    const { model, diagnostics } = compile(new SourceFile("pets.cnn", text), { readImport });
    expect(messages(diagnostics)).toEqual([]);
    expect(model.totals.parameters.value).toBe(14_714_688 + 513 * 37);
    expect(model.totals.trainableParameters.value).toBe(513 * 37);
  });
});

test("no two files of the library give one name to different things", () => {
  const places = new Map<string, string>();
  const twice: string[] = [];
  for (const fileName of readdirSync(libraryFolder).filter((name) => name.endsWith(".cnn"))) {
    for (const statement of parseProgram(readFamily(fileName.slice(0, -4))).value.statements) {
      if (!["model", "block", "shared", "let"].includes(statement.kind) || !("name" in statement)) continue;
      const { name } = statement.name as { name: string };
      const earlier = places.get(name);
      if (earlier !== undefined) twice.push(`${name}: ${earlier}, ${fileName}`);
      places.set(name, fileName);
    }
  }
  expect(twice).toEqual([]);
});

describe("what counts do not show", () => {
  test("C3 of LeNet-5 sees the maps of table I", () => {
    const { graph } = compileModel("lenet", "lenet5_1998").model;
    const grouped = graph.layers.filter(({ arguments: values }) => Number(values["groups"] ?? 1) > 1);
    const seen = grouped.flatMap((conv) => {
      // Twelve maps, the six twice; a crop takes off some before and some after.
      const maps = cropsBefore(conv, graph).flatMap(([[before, after]]) =>
        Array.from({ length: 12 - before - after }, (_, index) => (before + index) % 6),
      );
      return chunks(maps, maps.length / Number(conv.arguments["filters"])).map((each) =>
        each.sort().join(""),
      );
    });
    expect(seen).toEqual([
      ...["012", "123", "234", "345", "045", "015"],
      ...["0123", "1234", "2345", "0345", "0145", "0125"],
      ...["0134", "1245", "0235"],
    ]);
  });

  test("torchvision's adaptive mean goes over rows 0 to 4, 3 to 7, 7 to 11, 10 to 14", () => {
    const { model } = compileModel("googlenet", "googlenet", ["variant=torchvision", "aux=yes"]);
    const cells = model.layers
      .filter(({ node }) => node.kind === "crop")
      .map(({ node }) => node.arguments["cells"]);
    const rows = [
      [0, 10],
      [3, 7],
      [7, 3],
      [10, 0],
    ];
    const classifier = [...rows.map((each) => [each, [0, 0]]), ...rows.map((each) => [[0, 0], each])];
    expect(cells).toEqual([...classifier, ...classifier]);
  });

  test("outputs have names", () => {
    const outputsOf = ({ model }: Compilation) => model.graph.outputs.map(({ name }) => name);
    expect(outputsOf(compileModel("googlenet", "googlenet", ["aux=yes"]))).toEqual([
      "predictions",
      "aux1",
      "aux2",
    ]);
    expect(outputsOf(compileModel("darknet", "yolo_v3_tiny"))).toEqual(["large_objects", "small_objects"]);
  });
});

type Cells = readonly [rows: readonly [number, number], columns: readonly [number, number]];

/** The cells that the crops next before a layer take off, in the order in which they are joined. */
function cropsBefore(layer: LayerNode, graph: LayerGraph): readonly Cells[] {
  return layer.inputs.flatMap((id) => {
    const before = graph.layers[id]!;
    return before.kind === "crop"
      ? [before.arguments["cells"] as unknown as Cells]
      : cropsBefore(before, graph);
  });
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: items.length / size }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
