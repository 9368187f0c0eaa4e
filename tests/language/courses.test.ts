import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { formatProgram } from "../../src/syntax/format.ts";

// Models as exercises of courses ask for them, beside the same built in Keras (cases/courses/courses.py).

const folder = fileURLToPath(new URL("cases/courses", import.meta.url));
const names = readdirSync(folder).flatMap((name) => (name.endsWith(".cnn") ? [name.slice(0, -4)] : []));

interface KerasModel {
  readonly parameters: number;
  readonly trainable: number;
  /** Without the batch; null where a size is open. */
  readonly outputs: readonly (readonly (number | null)[])[];
}
const recorded = JSON.parse(readFileSync(`${folder}/courses.json`, "utf8")) as Record<string, KerasModel>;

test("each is built in Keras", () => {
  expect(Object.keys(recorded)).toEqual(names);
});

describe.each(names)("%s", (name) => {
  const file = new SourceFile(`${name}.cnn`, readFileSync(`${folder}/${name}.cnn`, "utf8"));
  const { model, program, diagnostics } = compile(file);

  test("has no mistakes, and Keras' parameters and outputs", () => {
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const { parameters, trainableParameters } = model.totals;
    const outputs = model.graph.outputs.map(({ layer }) =>
      model.layer(layer).shape!.map(({ value }) => value ?? null),
    );
    expect({ parameters: parameters.value, trainable: trainableParameters.value, outputs }).toEqual(
      recorded[name],
    );
  });

  test("is written in the language's one form", () => {
    expect(formatProgram(program, file)).toBe(file.text);
  });
});
