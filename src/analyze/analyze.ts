import type { Outcome } from "../diagnostics/diagnostic.ts";
import { add, known, multiply, product } from "../graph/dim.ts";
import type { LayerGraph, LayerId } from "../graph/layer-graph.ts";
import type { ShapedGraph, ShapedLayer } from "./shaped-graph.ts";
import { ShapeInference } from "./shapes.ts";

const bytesOfFloat32 = 4;

/**
 * Infers every layer of a graph and adds up what the whole costs. Pass the inference that the graph was built with to keep
 * what it knows already. Time and memory grow with the number of layers alone.
 */
export function analyze(graph: LayerGraph, inference = new ShapeInference()): Outcome<ShapedGraph> {
  const layers = graph.layers.map((node) => inference.infer(node));
  const byId = new Map<LayerId, ShapedLayer>(layers.map((layer) => [layer.node.id, layer]));
  const value: ShapedGraph = {
    graph,
    layers,
    layer(id) {
      const layer = byId.get(id);
      if (layer === undefined) throw new Error(`the graph ${graph.name} has no layer ${id}`);
      return layer;
    },
    totals: totalsOf(layers),
  };
  return { value, diagnostics: inference.diagnostics };
}

/** Shared weights count once, the work of each use every time. */
function totalsOf(layers: readonly ShapedLayer[]): ShapedGraph["totals"] {
  let parameters = known(0);
  let trainableParameters = known(0);
  let multiplyAccumulates = known(0);
  let activations = known(0);
  for (const layer of layers) {
    if (layer.node.sharesWeightsOf === undefined) {
      parameters = add(parameters, layer.parameters);
      trainableParameters = add(trainableParameters, layer.trainableParameters);
    }
    multiplyAccumulates = add(multiplyAccumulates, layer.multiplyAccumulates);
    if (layer.shape !== undefined) activations = add(activations, product(layer.shape));
  }
  return {
    parameters,
    trainableParameters,
    multiplyAccumulates,
    weightBytes: multiply(parameters, bytesOfFloat32),
    activationBytes: multiply(activations, bytesOfFloat32),
  };
}
