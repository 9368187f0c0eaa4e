import { TensorBuilder } from "../../tensor/builder.ts";
import type { TensorGraph, TensorNode, TensorShape, ValueId } from "../../tensor/tensor-graph.ts";

/**
 * Some operations that stand for one thing, as its lowering draws them: what to look for is not written a second time. Its inputs
 * are called `x` and by the names of weights; a number that stands for a parameter may be another in the graph.
 */
export interface Pattern {
  readonly nodes: readonly TensorNode[];
  readonly root: ValueId;
}

/** Draws a pattern on a builder of its own; `x` has the given shape. */
export function drawPattern(
  shape: TensorShape,
  draw: (builder: TensorBuilder, x: ValueId) => ValueId,
): Pattern {
  const builder = new TensorBuilder();
  const root = draw(builder, builder.input("data", "x", shape));
  return { nodes: builder.nodes, root };
}

export interface Match {
  /** The values that the pattern's inputs stand for, by name. */
  readonly inputs: ReadonlyMap<string, ValueId>;
  /** Single numbers that are others in the graph than in the pattern. */
  readonly differing: readonly { readonly drawn: number; readonly given: number }[];
}

/** Whether the operations that lead to `root` are those of a pattern, whatever the single numbers in them. */
export function matchPattern(pattern: Pattern, graph: TensorGraph, root: ValueId): Match | undefined {
  const inputs = new Map<string, ValueId>();
  const differing: { readonly drawn: number; readonly given: number }[] = [];
  const pending: [drawn: ValueId, actual: ValueId][] = [[pattern.root, root]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [drawn, actual] = [pattern.nodes[pair[0]]!, graph.nodes[pair[1]]!];
    if (drawn.op === "input") {
      const { name } = drawn.attributes;
      const known = inputs.get(name);
      if (known !== undefined && known !== actual.id) return undefined;
      inputs.set(name, actual.id);
    } else if (drawn.op === "constant") {
      if (actual.op !== "constant") return undefined;
      const [wanted, given] = [drawn.attributes.data, actual.attributes.data];
      if (wanted.length !== given.length) return undefined;
      if (wanted.every((value, index) => value === given[index])) continue;
      if (given.length > 1) return undefined;
      differing.push({ drawn: wanted[0]!, given: given[0]! });
    } else {
      if (!sameOperation(drawn, actual)) return undefined;
      drawn.inputs.forEach((input, index) => pending.push([input, actual.inputs[index]!]));
    }
  }
  return { inputs, differing };
}

function sameOperation(drawn: TensorNode, actual: TensorNode): boolean {
  return (
    drawn.op === actual.op &&
    drawn.inputs.length === actual.inputs.length &&
    JSON.stringify(drawn.attributes) === JSON.stringify(actual.attributes)
  );
}

export interface ParameterMatch extends Match {
  readonly parameter: number;
}

/**
 * Matches a pattern that has one parameter. Where numbers differ from those of the parameters tried, one of them tells the
 * parameter: the pattern drawn for it must then agree in all of them.
 */
export function matchParameter(
  draw: (parameter: number) => Pattern,
  tried: readonly number[],
  graph: TensorGraph,
  root: ValueId,
): ParameterMatch | undefined {
  for (const parameter of tried) {
    const match = matchPattern(draw(parameter), graph, root);
    if (match === undefined) continue;
    for (const candidate of [parameter, ...match.differing.map(({ given }) => given)]) {
      const exact = matchPattern(draw(candidate), graph, root);
      if (exact?.differing.length === 0) return { ...exact, parameter: candidate };
    }
  }
  return undefined;
}

/** Remembers what was drawn for each key: most models draw the same few patterns over and over. */
export function remembering<Key extends string | number>(draw: (key: Key) => Pattern): (key: Key) => Pattern {
  const known = new Map<Key, Pattern>();
  return (key) => {
    let pattern = known.get(key);
    if (pattern === undefined) known.set(key, (pattern = draw(key)));
    return pattern;
  };
}
