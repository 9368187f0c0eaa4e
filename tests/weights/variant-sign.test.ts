import { expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { SourceFile } from "../../src/source/source-file.ts";
import { assignWeights, wholeModel } from "../../src/weights/assign.ts";
import { parseNameTables } from "../../src/weights/name-table.ts";

const values = [0.229, 0.224, 0.225];
const sign = { layer: "normalize.0", weight: "variance", values, variant: "imagenet" };
const tables = parseNameTables(
  JSON.stringify({
    keras: {
      variants: ["keras", "imagenet"],
      signs: [sign],
      names: [{ layers: { "normalize.0": "normalization_{#}", "dense.0": "dense_{#}" } }],
    },
  }),
  "net.weights.json",
);

/** The weights of a file of Keras' with this variance, for the model in this variant. */
function assign(variant: string, variance: readonly number[]): ReturnType<typeof assignWeights> {
  const program =
    "model net(variant = keras) { input 3; normalize; dense 2; if variant == imagenet { rescale 2 } }";
  const { model } = compile(new SourceFile("net.cnn", program), { parameters: [`variant=${variant}`] });
  const tensor = (shape: readonly number[], numbers: readonly number[]) => ({
    shape,
    data: Float32Array.from(numbers),
  });
  const layers = [
    { name: "normalization", values: [tensor([3], [0, 0, 0]), tensor([3], variance), tensor([], [0])] },
    { name: "dense", values: [tensor([3, 2], [1, 2, 3, 4, 5, 6]), tensor([2], [0, 0])] },
  ];
  const file = { kind: "keras", layers } as unknown as Parameters<typeof assignWeights>[1]["file"];
  return assignWeights(wholeModel(model, tables), { file, name: "b0.h5", place: { file: "b0.h5" } });
}

it("numbers that only one variant has refuse a file for another, whose weights have the same shapes", () => {
  expect(() => assign("keras", values)).toThrow(
    "b0.h5 was made with variant=imagenet: normalize has the variance 0.229, 0.224, 0.225 there; with variant=keras the same weights compute something else",
  );
  expect(assign("imagenet", values).size).toBe(5);
  expect(assign("keras", [1, 1, 1]).size).toBe(5);
  expect(assign("keras", [0.229, 0.224, 0.3]).size).toBe(5);
});

it("a table whose signs are none is refused", () => {
  for (const wrong of [[{ ...sign, values: ["x"] }], [{ ...sign, layer: 3 }], 7, [null]]) {
    const text = JSON.stringify({ keras: { names: [], signs: wrong } });
    expect(() => parseNameTables(text, "net.weights.json")).toThrow(
      "net.weights.json is no table of layers' names",
    );
  }
});
