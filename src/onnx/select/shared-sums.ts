import { int, ints } from "../attributes.ts";
import {
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxType,
} from "../onnx-graph.ts";
import { type FramePlan, planFrame } from "../running/frame-plan.ts";

/*
 * A direct convolution adds to the memory of its sum where nobody reads that any more. Where somebody does, ONNX Runtime copies the sum
 * first, on one thread while the others wait, and each then adds to what lies in the first one's cache: 2 MB took 230 µs on two threads
 * in place of 80. A convolution with one 1 a channel copies on all threads.
 */

/** A model in which no direct convolution waits for a copy of its sum. */
export function withSharedSumsCopied(model: OnnxModel): OnnxModel {
  const ones = new Ones(model.graph);
  const graph = copySharedSums(model.graph, planFrame(model.graph), ones);
  return { ...model, graph: { ...graph, initializers: [...graph.initializers, ...ones.made] } };
}

/** Kernels that leave a value as it is, one for each number of channels. */
class Ones {
  readonly made: OnnxTensor[] = [];
  readonly #known = new Map<number, string>();

  constructor({ initializers }: OnnxGraph) {
    for (const { name, dataType, dims, data } of initializers) {
      const isKernel = dims.length === 4 && dims.slice(1).every((dim) => dim === 1);
      const isOne = dataType === "float32" && (data as Float32Array).every((number) => number === 1);
      if (isKernel && isOne) this.#known.set(dims[0]!, name);
    }
  }

  kernelFor(channels: number): string {
    const known = this.#known.get(channels);
    if (known !== undefined) return known;
    const name = `ones/${channels}`;
    this.made.push({
      name,
      dataType: "float32",
      dims: [channels, 1, 1, 1],
      data: new Float32Array(channels).fill(1),
    });
    this.#known.set(channels, name);
    return name;
  }
}

const sumInput = 3;

function copySharedSums(graph: OnnxGraph, plan: FramePlan, ones: Ones): OnnxGraph {
  const shared = new Set<OnnxNode>();
  const bodies = new Map<OnnxNode, FramePlan>();
  for (const { node, isOverwriting, body } of plan.steps) {
    if (body !== undefined) bodies.set(node, body);
    if (node.domain === "com.microsoft.nchwc" && node.inputs.length > sumInput && !isOverwriting)
      shared.add(node);
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
    const [sum, copy] = [node.inputs[sumInput]!, `${node.outputs[0]!}/sum`];
    valueInfo.push({ name: copy, type });
    copies.set(sum, [
      ...(copies.get(sum) ?? []),
      copyingNode(node, sum, copy, { kernel: ones.kernelFor(channels), channels }),
    ]);
    return { ...node, inputs: node.inputs.with(sumInput, copy) };
  });
  // What stands later in the file is computed first, of what a node needs: a copy is made last, right before it is added to.
  const computed = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const ofOthers = [...copies].flatMap(([sum, nodes]) => (computed.has(sum) ? [] : nodes));
  const nodes = adding.flatMap((node) => [node, ...node.outputs.flatMap((name) => copies.get(name) ?? [])]);
  return { ...graph, nodes: [...ofOthers, ...nodes], valueInfo };
}

function copyingNode(
  node: OnnxNode,
  sum: string,
  copy: string,
  { kernel, channels }: { readonly kernel: string; readonly channels: number },
): OnnxNode {
  return {
    ...node,
    name: copy,
    inputs: [sum, kernel],
    outputs: [copy],
    attributes: {
      kernel_shape: ints([1, 1]),
      strides: ints([1, 1]),
      dilations: ints([1, 1]),
      pads: ints([0, 0, 0, 0]),
      group: int(channels),
    },
  };
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
