import { analyze } from "../../src/analyze/analyze.ts";
import type { ShapedGraph } from "../../src/analyze/shaped-graph.ts";
import type { ActivationValue, LayerNode } from "../../src/graph/layer-graph.ts";

/** Activations whose slope jumps, and one of nearly the same course whose slope does not. */
const smooth: Readonly<Record<string, string>> = {
  relu: "swish",
  relu6: "swish",
  leaky_relu: "swish",
  hard_swish: "swish",
  hard_sigmoid: "sigmoid",
};

/** The same network with a gradient that does not jump: maxima are means, and activations are smooth. */
export function withoutKinks(model: ShapedGraph): ShapedGraph {
  const { value, diagnostics } = analyze({ ...model.graph, layers: model.graph.layers.map(smoothed) });
  if (diagnostics.length > 0) throw new Error(diagnostics[0]!.message);
  return value;
}

function smoothed(node: LayerNode): LayerNode {
  const { name, mode, activation } = node.arguments;
  const fused = activation as ActivationValue | undefined;
  const changes = {
    ...(node.kind === "activation" && isKinked(name) ? { name: smooth[name], parameter: undefined } : {}),
    ...(fused !== undefined && isKinked(fused.name) ? { activation: { name: smooth[fused.name]! } } : {}),
    ...(mode === "max" ? { mode: "avg" } : {}),
  };
  return { ...node, arguments: { ...node.arguments, ...changes } };
}

function isKinked(name: unknown): name is string {
  return typeof name === "string" && name in smooth;
}
