import { type OnnxNode, subgraphsOf } from "../onnx-graph.ts";

/**
 * The order in which ONNX Runtime computes a graph (`Graph::ReverseDFSFrom`): from the last result back through what each node needs,
 * what stands later in the file first.
 */
export function inRunningOrder(nodes: readonly OnnxNode[]): readonly OnnxNode[] {
  const producers = new Map(
    nodes.flatMap((node, index) => node.outputs.map((name) => [name, index] as const)),
  );
  const needs = nodes.map((node) => {
    const found = [...readBy(node)].map((name) => producers.get(name)).filter((index) => index !== undefined);
    return [...new Set(found)].sort((left, right) => left - right);
  });
  const needed = new Set(needs.flat());
  const ordered: OnnxNode[] = [];
  const visited = new Set<number>();
  const stack = nodes.flatMap((_, index) => (needed.has(index) ? [] : [{ index, isDone: false }]));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { index, isDone } = next;
    if (isDone) ordered.push(nodes[index]!);
    if (isDone || visited.has(index)) continue;
    visited.add(index);
    stack.push({ index, isDone: true });
    for (const need of needs[index]!) if (!visited.has(need)) stack.push({ index: need, isDone: false });
  }
  return ordered;
}

/** The values that a node reads, those that its graphs take from around them too. */
export function* readBy(node: OnnxNode): Generator<string> {
  yield* node.inputs;
  for (const graph of subgraphsOf(node)) {
    const own = new Set([
      ...graph.inputs.map(({ name }) => name),
      ...graph.nodes.flatMap(({ outputs }) => outputs),
    ]);
    const outer = new Set<string>();
    for (const inner of graph.nodes) for (const name of readBy(inner)) if (!own.has(name)) outer.add(name);
    yield* outer;
  }
}
