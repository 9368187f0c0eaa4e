import {
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxType,
} from "../onnx-graph.ts";
import { convolutionSum, type FramePlan, planFrame } from "../running/frame-plan.ts";
import { convolutionAttributes } from "./nchwc.ts";
import { nchwcDomain } from "./node-maker.ts";

/*
 * A direct convolution adds to the memory of its sum where nobody reads that any more. Where somebody does, ONNX Runtime copies the sum
 * first, on one thread while the others wait, and each then adds to what lies in the first one's cache: 2 MB took 230 µs on two threads
 * in place of 80. A convolution with one 1 a channel copies on all threads.
 */

/** A model in which no direct convolution waits for a copy of its sum. */
export function withSharedSumsCopied(model: OnnxModel): OnnxModel {
  if (!model.opsets.some(({ domain }) => domain === nchwcDomain)) return model;
  const ones: Ones = new Map();
  const graph = copySharedSums(model.graph, planFrame(model.graph), ones);
  return { ...model, graph: { ...graph, initializers: [...graph.initializers, ...ones.values()] } };
}

/** Kernels that leave a value as it is, by the number of its channels. */
type Ones = Map<number, OnnxTensor>;

function kernelOfOnes(ones: Ones, channels: number): string {
  const data = new Float32Array(channels).fill(1);
  const kernel = { name: `ones/${channels}`, dataType: "float32", dims: [channels, 1, 1, 1], data } as const;
  ones.set(channels, kernel);
  return kernel.name;
}

function copySharedSums(graph: OnnxGraph, plan: FramePlan, ones: Ones): OnnxGraph {
  const shared = new Set<OnnxNode>();
  const bodies = new Map<OnnxNode, FramePlan>();
  for (const { node, isOverwriting, body } of plan.steps) {
    if (body !== undefined) bodies.set(node, body);
    const isAdding = node.domain === nchwcDomain && node.inputs.length > convolutionSum;
    if (isAdding && !isOverwriting) shared.add(node);
  }
  if (shared.size === 0 && bodies.size === 0) return graph;
  const types = new Map(graph.valueInfo.map(({ name, type }) => [name, type]));
  const valueInfo = [...graph.valueInfo];
  const copies = new Map<string, OnnxNode[]>();
  const adding = graph.nodes.map((node) => {
    const body = bodies.get(node);
    if (body !== undefined) return withBody(node, body, ones);
    const type = types.get(node.outputs[0]!);
    const channels = channelsOf(type);
    if (!shared.has(node) || channels === undefined) return node;
    const [sum, copy] = [node.inputs[convolutionSum]!, `${node.outputs[0]!}/sum`];
    valueInfo.push({ name: copy, type });
    const copying = {
      ...node,
      name: copy,
      inputs: [sum, kernelOfOnes(ones, channels)],
      outputs: [copy],
      attributes: convolutionAttributes([1, 1], { groups: channels }),
    };
    copies.set(sum, [...(copies.get(sum) ?? []), copying]);
    return { ...node, inputs: node.inputs.with(convolutionSum, copy) };
  });
  // What stands later in the file is computed first, of what a node needs: a copy is made last, right before it is added to.
  const computed = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const ofOthers = [...copies].flatMap(([sum, nodes]) => (computed.has(sum) ? [] : nodes));
  const nodes = adding.flatMap((node) => [node, ...node.outputs.flatMap((name) => copies.get(name) ?? [])]);
  return { ...graph, nodes: [...ofOthers, ...nodes], valueInfo };
}

function channelsOf(type: OnnxType | undefined): number | undefined {
  const channels = type?.kind === "tensor" ? type.dims?.[1] : undefined;
  return typeof channels === "number" ? channels : undefined;
}

function withBody(node: OnnxNode, plan: FramePlan, ones: Ones): OnnxNode {
  const attributes = Object.fromEntries(
    Object.entries(node.attributes).map(([name, attribute]) =>
      attribute.kind === "graph"
        ? [name, { ...attribute, value: copySharedSums(attribute.value, plan, ones) }]
        : [name, attribute],
    ),
  );
  return { ...node, attributes };
}
