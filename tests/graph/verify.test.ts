import { describe, expect, it } from "vitest";
import type { LayerGraph, LayerNode } from "../../src/graph/layer-graph.ts";
import { LayerGraphError, verifyLayerGraph } from "../../src/graph/verify.ts";
import { GraphBuilder } from "../analyze/graph-builder.ts";

function graphOf(change: (layers: LayerNode[]) => void = () => undefined): LayerGraph {
  const builder = new GraphBuilder();
  builder.input("28x28x1");
  builder.layer("conv", { arguments: { filters: 8, kernel: [3] } });
  builder.layer("conv", { arguments: { filters: 8, kernel: [3] } });
  const graph = builder.graph();
  change(builder.layers);
  return graph;
}

const replace = (index: number, change: Partial<LayerNode>) => (layers: LayerNode[]) => {
  layers[index] = { ...layers[index]!, ...change };
};

describe("verifying a layer graph", () => {
  it("lets a sound one pass", () => {
    expect(() => verifyLayerGraph(graphOf())).not.toThrow();
    expect(() => verifyLayerGraph(graphOf(replace(2, { sharesWeightsOf: 1 })))).not.toThrow();
  });

  it.each([
    ["an id out of place", replace(1, { id: 5 }), "has the id 5"],
    ["a layer that consumes itself", replace(1, { inputs: [1] }), "which is not before it"],
    ["a layer that consumes nothing", replace(1, { inputs: [] }), "has 0 inputs"],
    ["two layers of one name", replace(2, { name: "conv_1" }), "two layers are called conv_1"],
    ["weights of another kind", replace(2, { sharesWeightsOf: 0 }), "shares the weights of layer 0"],
    ["an input that is none", replace(0, { kind: "conv", inputs: [] }), "has 0 inputs"],
  ] as const)("finds %s", (_, change, message) => {
    expect(() => verifyLayerGraph(graphOf(change))).toThrow(LayerGraphError);
    expect(() => verifyLayerGraph(graphOf(change))).toThrow(message);
  });

  it("finds inputs and outputs that are no layers", () => {
    const graph = graphOf();
    expect(() => verifyLayerGraph({ ...graph, inputs: [] })).toThrow("the inputs are layers");
    expect(() => verifyLayerGraph({ ...graph, outputs: [{ layer: 9, name: "y" }] })).toThrow(
      "output y is no layer",
    );
    const twice = [
      { layer: 1, name: "y" },
      { layer: 2, name: "y" },
    ];
    expect(() => verifyLayerGraph({ ...graph, outputs: twice })).toThrow("two outputs are called y");
  });
});
