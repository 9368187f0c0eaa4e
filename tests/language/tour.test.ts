import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Compilation, compile } from "../../src/compile.ts";
import { findKnownDataset } from "../../src/data/known-datasets.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { shapeText } from "../../src/graph/dim.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { formatProgram } from "../../src/syntax/format.ts";
import { parseProgram } from "../../src/syntax/parser.ts";
import { judgeTraining } from "../../src/train/judge.ts";
import { readTourPage, type TourProgram } from "./programs.ts";

// The language clause by clause: what each means, as programs whose comments say what comes of them.

const folder = fileURLToPath(new URL("tour", import.meta.url));
const library = fileURLToPath(new URL("../../stdlib", import.meta.url));
const programName = "tour.cnn";

function compileProgram({ text, inputs, parameters, modelName, files }: TourProgram): Compilation {
  const read = (target: string, kind: "library" | "file"): SourceFile | undefined => {
    if (kind === "file")
      return files[target] === undefined ? undefined : new SourceFile(target, files[target]);
    const path = join(library, `${target}.cnn`);
    return existsSync(path) ? new SourceFile(path, readFileSync(path, "utf8")) : undefined;
  };
  return compile(new SourceFile(programName, text), {
    inputs,
    parameters,
    modelName,
    readImport: read,
    classesOf: (data) => findKnownDataset(data)?.classNames.length,
  });
}

/** `7 CNN204` for a finding in line 7 of the program; of another file its name, of the command line 0. */
function place({ code, primary: { span } }: Diagnostic): string {
  if (span.file.name === programName && code !== "CNN104")
    return `${span.file.position(span.start).line} ${code}`;
  const isOutside = span.file.name === programName || span.file.name.startsWith("--");
  return isOutside ? `0 ${code}` : `${span.file.name} ${code}`;
}

/** The shape of the last layer of a line; layers of a block or loop belong to the line that calls it. */
function shapesByLine({ file, model }: Compilation): ReadonlyMap<number, string | undefined> {
  const shapes = new Map<number, string | undefined>();
  for (const { node, shape } of model.layers) {
    const { span } = node.scope[0] ?? node;
    if (span.file !== file) continue;
    const { line } = file.position(span.start);
    shapes.set(line, shape && shapeText(shape));
  }
  return shapes;
}

function totalsOf({ model }: Compilation): Readonly<Record<string, string>> {
  const { parameters, trainableParameters, multiplyAccumulates } = model.totals;
  return {
    params: String(parameters),
    trainable: String(trainableParameters),
    macs: String(multiplyAccumulates),
    names: model.layers.flatMap(({ node }) => (node.kind === "input" ? [] : [node.name])).join(" "),
  };
}

function check(program: TourProgram): void {
  const compilation = compileProgram(program);
  const findings = judgeTraining(compilation);
  const { codes, shapes, totals } = program;
  // Lints have tests of their own: here only those count that a page names.
  const told = findings.map(place).filter((each) => codes.includes(each) || !/CNN5\d\d$/.test(each));
  expect(told.sort()).toEqual([...codes].sort());
  const found = shapesByLine(compilation);
  expect(Object.fromEntries([...shapes.keys()].map((line) => [line, found.get(line)]))).toEqual(
    Object.fromEntries(shapes),
  );
  const all = totalsOf(compilation);
  expect(Object.fromEntries(Object.keys(totals).map((key) => [key, all[key]]))).toEqual(totals);
}

/** Formatting changes neither what a program means nor, a second time, its text. */
function checkFormat(program: TourProgram): void {
  const once = format(program.text);
  if (once === undefined) return;
  expect(format(once)).toBe(once);
  const meaning = (text: string): unknown => {
    const { model, diagnostics } = compileProgram({ ...program, text });
    return [
      model.layers.map(({ node, shape }) => [node.name, shape?.join("x")]),
      diagnostics.map(({ code }) => code),
    ];
  };
  expect(meaning(once)).toEqual(meaning(program.text));
}

function format(text: string): string | undefined {
  const file = new SourceFile(programName, text);
  const { value, diagnostics } = parseProgram(file);
  return diagnostics.length === 0 ? formatProgram(value, file) : undefined;
}

describe.each(readdirSync(folder).sort())("%s", (name) => {
  test.each(readTourPage(folder, name))("$title", (program) => {
    check(program);
    checkFormat(program);
  });
});
