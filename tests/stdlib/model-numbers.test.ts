import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { readImport } from "../../src/files/imports.ts";
import { readLibrary } from "../../src/files/library.ts";
import { shapeText } from "../../src/graph/dim.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import numbers from "./cases/model-numbers.json" with { type: "json" };

/** A model as another library builds it, for a number of classes, an image, a width, with or without its top. */
interface Row {
  readonly source: string;
  readonly model: string;
  readonly set: string;
  readonly input: string;
  /** What comes after a model without its top. */
  readonly pooling?: string;
  readonly total: number;
  readonly trainable: number;
  readonly macs: number;
  readonly output: string;
}

/** All rows with `npm run verify`; else every third. */
const isFull = process.env["CNN_VERIFY"] !== undefined;
const rows: readonly Row[] = (numbers.rows as readonly Row[]).filter((_, index) => isFull || index % 3 === 0);
const library = new Map(readLibrary().map((model) => [model.name, model.file]));

function compileRow({ model, set, input, pooling }: Row) {
  const parameters = set === "" ? [] : set.split(" ");
  if (pooling === undefined) {
    return compile(library.get(model)!, { modelName: model, inputs: [input], parameters, readImport });
  }
  const family = /(\w+)\.cnn$/.exec(library.get(model)!.name)![1]!;
  const text = `use ${family}\ninput ${input}\n${model} ${set}\nglobal_pool ${pooling}\n`;
  return compile(new SourceFile("pooled.cnn", text), { readImport });
}

describe.each(["keras", "torchvision"])("as in %s", (source) => {
  const titled = rows
    .filter((row) => row.source === source)
    .map((row): [string, Row] => [`${row.model} ${row.set} ${row.input} ${row.pooling ?? ""}`, row]);
  test.each(titled)("%s", (_, row) => {
    const { model, diagnostics } = compileRow(row);
    expect(diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual(
      [],
    );
    const { totals } = model;
    const { output, total, trainable, macs } = row;
    const last = model.layer(model.graph.outputs[0]!.layer);
    expect({
      total: totals.parameters.value,
      trainable: totals.trainableParameters.value,
      macs: totals.multiplyAccumulates.value,
      output: shapeText(last.shape!),
    }).toEqual({ total, trainable, macs, output });
  });
});
