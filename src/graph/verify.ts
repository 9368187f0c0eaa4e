import type { LayerGraph, LayerId, LayerNode } from "./layer-graph.ts";

/** A graph that no pass should have made: a mistake of the compiler's own. */
export class LayerGraphError extends Error {
  constructor(reason: string) {
    super(`mistake in the compiler: ${reason}`);
    this.name = "LayerGraphError";
  }
}

/**
 * Checks what every pass relies on: layers stand at their ids and consume earlier ones, names are unique, weights are shared
 * with an earlier layer of the same kind that has its own, inputs and outputs are layers of the graph.
 *
 * @throws LayerGraphError at the first thing that is wrong
 */
export function verifyLayerGraph(graph: LayerGraph): void {
  const names = new Set<string>();
  graph.layers.forEach((node, index) => {
    verifyNode(graph, node, index);
    if (names.has(node.name)) throw new LayerGraphError(`two layers are called ${node.name}`);
    names.add(node.name);
  });
  const sources = graph.layers.filter(({ kind }) => kind === "input").map(({ id }) => id);
  if (graph.inputs.length !== sources.length || graph.inputs.some((id) => !sources.includes(id))) {
    throw new LayerGraphError(
      `the inputs are layers ${graph.inputs.join(", ")}, but input layers are ${sources.join(", ")}`,
    );
  }
  const outputNames = new Set<string>();
  for (const { layer, name } of graph.outputs) {
    if (graph.layers[layer] === undefined)
      throw new LayerGraphError(`output ${name} is no layer of the graph`);
    if (outputNames.has(name)) throw new LayerGraphError(`two outputs are called ${name}`);
    outputNames.add(name);
  }
}

function verifyNode({ layers }: LayerGraph, node: LayerNode, index: number): void {
  const what = `layer ${index} (${node.name})`;
  if (node.id !== index) throw new LayerGraphError(`${what} has the id ${node.id}`);
  const isEarlier = (id: LayerId) => Number.isInteger(id) && id >= 0 && id < index;
  const later = node.inputs.find((id) => !isEarlier(id));
  if (later !== undefined)
    throw new LayerGraphError(`${what} consumes layer ${later}, which is not before it`);
  if ((node.kind === "input") !== (node.inputs.length === 0)) {
    throw new LayerGraphError(`${what} is of kind ${node.kind} and has ${node.inputs.length} inputs`);
  }
  const owner = node.sharesWeightsOf;
  if (owner === undefined) return;
  if (
    !isEarlier(owner) ||
    layers[owner]!.kind !== node.kind ||
    layers[owner]!.sharesWeightsOf !== undefined
  ) {
    throw new LayerGraphError(
      `${what} shares the weights of layer ${owner}, which is no such layer of its own`,
    );
  }
}
