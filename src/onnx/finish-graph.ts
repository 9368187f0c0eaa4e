import { subgraphsOf } from "./onnx-graph.ts";
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxType, OnnxValue } from "./onnx-graph.ts";

/** A graph under construction; values are known by handles, which are unique names. */
export interface GraphDraft {
  readonly name: string;
  readonly inputs: OnnxValue[];
  readonly outputs: { readonly name: string; readonly value: string; readonly type: OnnxType }[];
  readonly initializers: OnnxTensor[];
  /** In an order in which they can be computed. */
  readonly nodes: OnnxNode[];
  /** What was said of values between nodes. */
  readonly types: Map<string, OnnxType>;
}

/**
 * The graph that computes a draft's outputs, under handles still. Each output becomes the output of a node of this graph, none
 * stands for two: an Identity is added where a value is not one (an input, an initializer, a value from outside, an output
 * already). `keepsName` tells the values that an output may stand for as they are, since their name is the asked one.
 */
export function finishDraft(
  draft: GraphDraft,
  freshHandle: () => string,
  keepsName: (value: string, name: string) => boolean,
): OnnxGraph {
  const computed = new Set(draft.nodes.flatMap((node) => node.outputs));
  const nodes = [...draft.nodes];
  const outputs = draft.outputs.map(({ name, value, type }) => {
    if (keepsName(value, name) || computed.delete(value)) return { name: value, type };
    const copy = freshHandle();
    nodes.push({
      name: copy,
      opType: "Identity",
      domain: "",
      inputs: [value],
      outputs: [copy],
      attributes: {},
    });
    return { name: copy, type };
  });
  const outputValues = new Set(outputs.map((output) => output.name));
  const live = new Set(outputValues);
  const liveNodes = nodes
    .reverse()
    .filter((node) => keepIfLive(node, live))
    .reverse();
  const described = liveNodes.flatMap((node) => node.outputs).filter((value) => draft.types.has(value));
  return {
    name: draft.name,
    inputs: draft.inputs,
    outputs,
    initializers: draft.initializers.filter((tensor) => live.has(tensor.name)),
    nodes: liveNodes,
    valueInfo: described
      .filter((value) => !outputValues.has(value))
      .map((value) => ({ name: value, type: draft.types.get(value) })),
  };
}

/** Whether a node's outputs are needed; what it needs itself is then added. Subgraphs need the outer values they name. */
function keepIfLive(node: OnnxNode, live: Set<string>): boolean {
  if (!node.outputs.some((value) => live.has(value))) return false;
  for (const value of node.inputs) live.add(value);
  const graphs = [...subgraphsOf(node)];
  for (let graph = graphs.pop(); graph !== undefined; graph = graphs.pop()) {
    for (const output of graph.outputs) live.add(output.name);
    for (const inner of graph.nodes) {
      for (const value of inner.inputs) live.add(value);
      graphs.push(...subgraphsOf(inner));
    }
  }
  return true;
}

/** A graph with other names for its values, those of subgraphs included. Nodes keep theirs. */
export function renameValues(graph: OnnxGraph, nameOf: (value: string) => string): OnnxGraph {
  const renamed = <Item extends { readonly name: string }>(item: Item): Item => ({
    ...item,
    name: nameOf(item.name),
  });
  return {
    name: graph.name,
    inputs: graph.inputs.map(renamed),
    outputs: graph.outputs.map(renamed),
    initializers: graph.initializers.map(renamed),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(nameOf),
      outputs: node.outputs.map(nameOf),
      attributes: renameInAttributes(node.attributes, nameOf),
    })),
    valueInfo: graph.valueInfo.map(renamed),
  };
}

function renameInAttributes(
  attributes: Readonly<Record<string, OnnxAttribute>>,
  nameOf: (value: string) => string,
): Readonly<Record<string, OnnxAttribute>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]): [string, OnnxAttribute] => {
      if (attribute.kind === "graph")
        return [name, { kind: "graph", value: renameValues(attribute.value, nameOf) }];
      if (attribute.kind !== "graphs") return [name, attribute];
      return [name, { kind: "graphs", value: attribute.value.map((graph) => renameValues(graph, nameOf)) }];
    }),
  );
}
