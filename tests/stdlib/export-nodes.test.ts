import { describe, expect, test } from "vitest";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { exportModel } from "../../src/engine/export-model.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import exportNodes from "./cases/export-nodes.json" with { type: "json" };
import { candidates, compileModel, compileSmall, isFull, library, namesInPortion } from "./library-models.ts";

interface Counts {
  readonly nodes: number;
  readonly transposes: number;
}

/** What PyTorch's two exporters give for an image of this size. */
interface PeerExport {
  readonly size: number;
  readonly older: Counts;
  readonly newer: Counts;
}
const peerExports: Readonly<Record<string, PeerExport>> = exportNodes.models;

/** The operators of a model's export, the softmax at its end left out: PyTorch's classifiers end with logits. */
function operatorsOf(model: ShapedGraph): readonly string[] {
  const { value } = exportModel(model, initializeWeights(model, 0), {});
  const operators = value!.exported.model.graph.nodes.map(({ opType }) => opType);
  return operators.at(-1) === "Softmax" ? operators.slice(0, -1) : operators;
}

const countTransposes = (operators: readonly string[]): number =>
  operators.filter((operator) => operator === "Transpose").length;

describe("exports have no more nodes than PyTorch's of the same model, and no transposes", () => {
  const quick = candidates.filter(
    ({ name, weights }) =>
      Object.hasOwn(peerExports, name) && (isFull || weights < 6e6 || name === "convnext_tiny"),
  );
  test.each(namesInPortion(quick))("%s", (name) => {
    const { size, older, newer } = peerExports[name]!;
    const { text } = library.find((each) => each.name === name)!.file;
    const hasVariant = new RegExp(`model ${name}\\([^)]*variant`).test(text);
    const model = compileModel(name, {
      inputs: [`${size}x${size}x3`],
      parameters: ["classes=10", ...(hasVariant ? ["variant=torchvision"] : [])],
    });
    const operators = operatorsOf(model);
    expect(operators.length).toBeLessThanOrEqual(Math.min(older.nodes, newer.nodes));
    expect(countTransposes(operators)).toBe(0);
  });
});

describe("exports of all other models have no transposes either", () => {
  const quick = candidates.filter(
    ({ name, weights }) => !Object.hasOwn(peerExports, name) && (isFull || weights < 6e6),
  );
  test.each(namesInPortion(quick))("%s", (name) => {
    expect(countTransposes(operatorsOf(compileSmall(name)))).toBe(0);
  });
});

describe("nor does any operator set since Einsum bring them back, whatever is left out of a model", () => {
  const quick = ["vit", "deit_tiny", "unet_xception", "text_cnn", "fcn_timeseries", "m3"];
  const larger = ["convnext_tiny", "shufflenet_v2_x0_5", "mobilenet_v3_small", "resnet18", "densenet121"];
  const models = isFull ? [...quick, ...larger] : quick;
  test.each(models)("%s", (name) => {
    const { parameters } = compileSmall(name).graph.origin!;
    for (const set of ["top" in parameters ? ["top=no"] : [], []]) {
      const model = compileSmall(name, set);
      const weights = initializeWeights(model, 0);
      for (const opset of [12, 13, 16, 17, 18, 23]) {
        const { value } = exportModel(model, weights, { opset });
        const operators = value!.exported.model.graph.nodes.map(({ opType }) => opType);
        expect(countTransposes(operators), `opset ${opset}, ${set.join(" ")}`).toBe(0);
      }
    }
  });
});
