import { describe, expect, test } from "vitest";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import { exportModel } from "../../src/engine/export-model.ts";
import { initializeWeights } from "../../src/weights/initialize.ts";
import exportNodes from "./cases/export-nodes.json" with { type: "json" };
import { candidates, compileModel, compileSmall, isFull, library, namesInPortion } from "./library-models.ts";

interface PeerExport {
  readonly size: number;
  readonly nodes: number;
  readonly transposes: number;
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

describe("exports have no more nodes and no more transposes than PyTorch's of the same model", () => {
  const quick = candidates.filter(
    ({ name, weights }) =>
      Object.hasOwn(peerExports, name) && (isFull || weights < 12e6 || name === "convnext_tiny"),
  );
  test.each(namesInPortion(quick))("%s", (name) => {
    const { size, nodes, transposes } = peerExports[name]!;
    const { text } = library.find((each) => each.name === name)!.file;
    const hasVariant = new RegExp(`model ${name}\\([^)]*variant`).test(text);
    const model = compileModel(name, {
      inputs: [`${size}x${size}x3`],
      parameters: ["classes=10", ...(hasVariant ? ["variant=torchvision"] : [])],
    });
    const operators = operatorsOf(model);
    expect(operators.length).toBeLessThanOrEqual(nodes);
    expect(countTransposes(operators)).toBeLessThanOrEqual(transposes);
  });
});

/** Layer norm and attention work on the last axis, convolutions on what stands before it; an embedding gives its numbers last. */
const mixesLayouts = /^(convnext|vit|deit|text_cnn)/;

describe("exports of all other models have no transposes at all", () => {
  const quick = candidates.filter(
    ({ name, weights }) => !mixesLayouts.test(name) && (isFull || weights < 6e6),
  );
  test.each(namesInPortion(quick))("%s", (name) => {
    expect(countTransposes(operatorsOf(compileSmall(name)))).toBe(0);
  });
});
