import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { activationNames, activationParameter } from "../../src/layers/activations.ts";
import { TensorBuilder } from "../../src/tensor/builder.ts";
import { activationForms } from "../../src/tensor/lowerings/activations.ts";
import { evaluateTensorGraph } from "../../src/tensor/reference/evaluate.ts";

/** Made by cases/activations.py with Keras: one row of numbers for each activation of the row `x`. */
const rows = JSON.parse(readFileSync(new URL("cases/activations.json", import.meta.url), "utf8")) as Readonly<
  Record<string, readonly number[]>
>;

describe("activations have Keras' values", () => {
  it.each(activationNames)("%s", (name) => {
    const builder = new TensorBuilder();
    const x = builder.input("data", "x", [1, rows["x"]!.length]);
    const y = activationForms[name](builder, x, activationParameter({ name }) ?? NaN);
    const data = Float64Array.from(rows["x"]!);
    const given = new Map([["x", { shape: [1, data.length], data }]]);
    const computed = evaluateTensorGraph(builder.finish({ y }), given).get("y")!;
    rows[name]!.forEach((expected, index) => {
      expect(Math.abs(computed.data[index]! - expected), `${name}(${data[index]!})`).toBeLessThan(
        1e-6 * (1 + Math.abs(expected)),
      );
    });
  });

  it("has them all", () => {
    expect(Object.keys(rows).slice(1).sort()).toEqual([...activationNames].sort());
  });
});
