import type { OpAttributes, OpKind, TensorGraph, TensorNode, ValueId } from "../../tensor/tensor-graph.ts";

/** The sums that a GPU keeps over steps until the host asks for them: one vector, in the order of these outputs. */
export const sumsInput = "flat/sums";
export const sumsOutput = "result/sums";

/**
 * A graph whose loss, penalty and metrics are added to the vector `flat/sums` and given as `result/sums` in place of themselves, so
 * that the host need not wait for each step. A penalty counts once an example, as the loss does.
 *
 * @param names the outputs that are summed, in the vector's order; those that the graph has not add nothing
 */
export function withSums(graph: TensorGraph, names: readonly string[]): TensorGraph {
  const nodes: TensorNode[] = [...graph.nodes];
  const append = <Kind extends OpKind>(
    op: Kind,
    inputs: readonly ValueId[],
    attributes: OpAttributes[Kind],
    shape: readonly number[],
  ): ValueId => {
    const id = nodes.length;
    nodes.push({ id, op, inputs, attributes, shape, dataType: "float32", layer: undefined } as TensorNode);
    return id;
  };
  const outputs = new Map(graph.outputs.map(({ name, value }) => [name, value]));
  const scale = (): ValueId =>
    nodes.find((node) => node.op === "input" && node.attributes.name === "scalar/per_example")?.id ??
    append("input", [], { role: "scalar", name: "scalar/per_example" }, []);
  const parts = names.map((name) => {
    const value = outputs.get(name);
    if (value === undefined) return append("constant", [], { data: new Float32Array(1) }, [1]);
    const sum = name === "result/penalty" ? append("divide", [value, scale()], {}, []) : value;
    return append("reshape", [sum], { shape: [1] }, [1]);
  });
  const added = append("concat", parts, { axis: 0 }, [names.length]);
  const before = append("input", [], { role: "state", name: sumsInput }, [names.length]);
  const sums = append("add", [before, added], {}, [names.length]);
  const others = graph.outputs.filter(({ name }) => !names.includes(name));
  return { nodes, outputs: [...others, { name: sumsOutput, value: sums }] };
}

/** Numbers of one tensor that every WebGPU device can bind: 128 MiB. */
export const mostBound = 2 ** 25;

/** How many examples of a training graph made for `batch` can run at once, so that no convolution's patches are too large to bind. */
export function examplesAtOnce({ nodes }: TensorGraph, batch: number, largestTensor: number): number {
  let most = 1;
  for (const node of nodes) {
    if (node.shape[0] === batch) most = Math.max(most, numbersOf(node.shape) / batch);
    // The forms for GPUs see a convolution's input, or its output's gradient, as patches.
    if (node.op !== "conv" && node.op !== "convInputGradient") continue;
    const channels = Number(nodes[node.inputs[0]!]!.shape.at(-1));
    const cells = numbersOf(node.shape.slice(1, -1));
    most = Math.max(most, cells * channels * numbersOf(node.attributes.kernel));
  }
  return Math.max(1, Math.min(batch, Math.floor(largestTensor / most)));
}

function numbersOf(dims: readonly (number | "N")[]): number {
  return dims.reduce<number>((product, dim) => product * Number(dim), 1);
}
