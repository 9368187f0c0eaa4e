import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { compileOptions, type ModelOptions } from "../../src/cli/compile-options.ts";
import { readImport } from "../../src/files/imports.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { formatProgram } from "../../src/syntax/format.ts";
import { parseProgram } from "../../src/syntax/parser.ts";
import { readTitledPrograms } from "./titled-programs.ts";

// Programs that use the language's constructs in each other, with what comes out of them and how many parameters they have, counted by
// hand: `### title | out=26x26x32 params=9*32+32`. Formatted they are the same network, and formatting them again changes nothing.

const cases = readTitledPrograms(new URL("by-hand.cases", import.meta.url));

/** The value of a sum of products of whole numbers, halves included: `(3*4+4)+4*8*9/2`. */
function valueOf(sum: string): string {
  expect(sum).toMatch(/^[\d+*/()-]+$/);
  return String(Function(`return ${sum}`)());
}

function outcome(file: SourceFile, options: ModelOptions): readonly [shapes: string, parameters: string] {
  const { model, diagnostics } = compile(file, { ...compileOptions(options), readImport });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const shapes = model.graph.outputs.map(({ layer }) => model.layer(layer).shape!.map(String).join("x"));
  return [shapes.join(","), String(model.totals.parameters)];
}

function format(text: string): string {
  const file = new SourceFile("model.cnn", text);
  return formatProgram(parseProgram(file).value, file);
}

describe("programs mean what one counts by hand", () => {
  test.each(cases.map((each) => [each.title, each] as const))("%s", (_, { text, words, options }) => {
    const [shapes, parameters] = outcome(new SourceFile("model.cnn", text), options);
    const [expectedShapes, sum] = [/out=(\S+)/.exec(words)?.[1], /params=(\S+)/.exec(words)?.[1]];
    if (expectedShapes !== undefined) expect(shapes).toBe(expectedShapes);
    if (sum !== undefined) expect(parameters).toBe(valueOf(sum));
    const formatted = format(text);
    expect(format(formatted)).toBe(formatted);
    expect(outcome(new SourceFile("model.cnn", formatted), options)).toEqual([shapes, parameters]);
  });
});
