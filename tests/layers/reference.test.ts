import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { known } from "../../src/graph/dim.ts";
import type { ArgumentValue } from "../../src/graph/layer-graph.ts";
import type { LayerKind } from "../../src/graph/layer-kind.ts";
import { layerKinds } from "../../src/graph/layer-kind.ts";
import { kerasLayerName, layerDefinition } from "../../src/layers/index.ts";
import { inferLayer } from "./check-layer.ts";

/** A case of reference/layers.jsonl, which reference/layers.py wrote with Keras. */
interface ReferenceCase {
  readonly kind: LayerKind;
  readonly arguments: Readonly<Record<string, ArgumentValue>>;
  readonly inputs: readonly (readonly number[])[];
  readonly refused?: true;
  readonly class: string;
  readonly name: string;
  readonly output: readonly number[];
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly trainable: boolean;
  }[];
}

/** The arguments as a layer graph holds them: shapes are dimensions. */
function argumentsOf({ kind, arguments: given }: ReferenceCase): ReferenceCase["arguments"] {
  if (kind !== "reshape") return given;
  return { shape: (given["shape"] as readonly number[]).map((size) => known(size)) };
}

const file = new URL("reference/layers.jsonl", import.meta.url);
const cases = readFileSync(file, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as ReferenceCase);

describe("every layer kind gives the shapes, weights and names of Keras", () => {
  const kindsWithCases = new Set(cases.map(({ kind }) => kind));

  // `layer_scale` is no public layer of Keras, `glu` and `threshold` are functions there.
  it("has cases for every kind that has a counterpart", () => {
    expect(layerKinds.filter((kind) => !kindsWithCases.has(kind))).toEqual([
      "input",
      "lrn",
      "glu",
      "threshold",
      "layer_scale",
      "rbf",
    ]);
  });

  it.each([...kindsWithCases])("%s", (kind) => {
    for (const given of cases.filter((each) => each.kind === kind)) {
      const told = JSON.stringify(given);
      const inputs = given.inputs.map((input) => input.join("x"));
      const { layer, diagnostics } = inferLayer(kind, argumentsOf(given), inputs);
      if (given.refused) {
        expect(
          diagnostics.map(({ severity }) => severity),
          told,
        ).toContain("error");
        expect(layer.shape, told).toBeUndefined();
        continue;
      }
      expect(
        diagnostics.map(({ message }) => message),
        told,
      ).toEqual([]);
      expect(
        layer.shape!.map((dim) => dim.value),
        told,
      ).toEqual(given.output);
      const weights = layer.weights.map(({ name, shape, trainable }) => ({
        name,
        shape: shape.map((dim) => dim.value),
        trainable,
      }));
      expect(weights, told).toEqual(given.weights);
      const kerasClass = layerDefinition(kind).kerasClass(layer.node.arguments, given.inputs[0]!.length);
      expect(kerasClass, told).toBe(given.class);
      expect(kerasLayerName(kerasClass), told).toBe(given.name);
    }
  });
});
