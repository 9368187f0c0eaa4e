import type { TensorGraph, TensorNode } from "../../tensor/tensor-graph.ts";
import { int } from "../attributes.ts";
import { OnnxBuilder } from "../builder.ts";
import type { OnnxModel } from "../onnx-graph.ts";
import { shapeOf } from "./bind-batch.ts";
import { Emitter } from "./emitter.ts";
import type { SelectionTarget, Tensor } from "./node-maker.ts";
import { planSelection } from "./plan.ts";
import { emitNodes, metadataOf } from "./select.ts";
import { withSharedSumsCopied } from "./shared-sums.ts";

/** How a graph is run several times in one call. */
export interface ChunkLoop {
  readonly turns: number;
  /** Inputs of which each turn has its own: they get a first axis of as many entries as there are turns. */
  readonly perTurn: ReadonlySet<string>;
  /** Outputs that a turn hands to the next one's input, which is the model's input at first; other outputs are added up. */
  readonly handedOn: ReadonlyMap<string, string>;
}

/**
 * A model that runs a graph turn by turn over parts of a batch, small enough for the processor's cache, in one call: each call
 * and each copy of a result to the host costs as much as several operations. What does not change from turn to turn is
 * computed once, before the loop.
 */
export function selectChunkLoop(
  graph: TensorGraph,
  { turns, perTurn, handedOn }: ChunkLoop,
  target: SelectionTarget,
): OnnxModel {
  const model = new OnnxBuilder("chunks");
  const carried = graph.outputs.map(({ name, value }) => ({ name, node: graph.nodes[value]!, value }));
  const inputs = graph.nodes.filter((node) => node.op === "input");
  const inputNamed = (name: string): TensorNode<"input"> =>
    inputs.find((node) => node.attributes.name === name)!;
  const first = carried.map(({ name, node }) => {
    const input = handedOn.get(name);
    if (input !== undefined) return model.input(input, node.dataType, shapeOf(node));
    return model.constant(new Float32Array(elements(node)), shapeOf(node));
  });
  const whole = new Map(
    inputs
      .filter(({ attributes }) => perTurn.has(attributes.name))
      .map((node) => [node, model.input(node.attributes.name, node.dataType, [turns, ...shapeOf(node)])]),
  );
  let metadata: Readonly<Record<string, string>> = {};
  const body = model.subgraph("chunk", (inner) => {
    const turn = inner.input("turn", "int64", []);
    const goesOn = inner.input("goes on", "bool", []);
    const before = carried.map(({ name, node }) =>
      inner.input(`${name}, so far`, node.dataType, shapeOf(node)),
    );
    const given = new Map<string, Tensor>();
    for (const [node, all] of whole) {
      const handle = inner.node("Gather", [all, turn], { axis: int(0) });
      inner.describe(handle, node.dataType, shapeOf(node));
      given.set(node.attributes.name, { handle, dims: shapeOf(node) });
    }
    carried.forEach(({ name, node }, index) => {
      const input = handedOn.get(name);
      if (input !== undefined)
        given.set(inputNamed(input).attributes.name, { handle: before[index]!, dims: shapeOf(node) });
    });
    const emitter = new Emitter({ model, body: inner, given }, graph, planSelection(graph, target), target);
    emitNodes(emitter);
    inner.output("goes on", inner.node("Identity", [goesOn], {}, { unique: true }), "bool", []);
    carried.forEach(({ name, node, value }, index) => {
      const { handle } = emitter.tensor(value);
      const next = handedOn.has(name) ? handle : inner.node("Add", [before[index]!, handle]);
      inner.output(name, next, node.dataType, shapeOf(node));
    });
    metadata = metadataOf(emitter);
  });
  const count = model.constant(BigInt64Array.of(BigInt(turns)), []);
  const results = model.nodes("Loop", [count, "", ...first], carried.length, { body });
  carried.forEach(({ name, node }, index) => {
    model.output(name, results[index]!, node.dataType, shapeOf(node));
  });
  return withSharedSumsCopied(model.finish({ metadata }));
}

function elements(node: TensorNode): number {
  return shapeOf(node).reduce((total, dim) => total * dim, 1);
}
