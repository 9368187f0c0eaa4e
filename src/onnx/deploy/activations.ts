import { TensorBuilder } from "../../tensor/builder.ts";
import type { TensorGraph, TensorNode, ValueId } from "../../tensor/tensor-graph.ts";
import { activationForms } from "../../tensor/lowerings/activations.ts";

/**
 * An activation that the TensorGraph spells out in small operations and ONNX has as one operator. What to look for is not written
 * here a second time: the lowering itself draws the pattern.
 */
export interface FoundActivation {
  readonly name: "leaky_relu" | "elu";
  readonly parameter: number;
  readonly x: ValueId;
}

/** Parameters for which the lowering may draw a pattern of its own (`elu(1)` multiplies nothing), and two for all others. */
const drawnParameters = [0, 1, 0.3125, 2.5];

interface Pattern {
  readonly name: FoundActivation["name"];
  readonly parameter: number;
  readonly nodes: readonly TensorNode[];
  readonly root: ValueId;
}

function drawPattern(name: FoundActivation["name"], parameter: number): Pattern {
  const builder = new TensorBuilder();
  const x = builder.input("data", "x", ["N", 2]);
  const root = activationForms[name](builder, x, parameter);
  return { name, parameter, nodes: builder.nodes, root };
}

let patterns: readonly Pattern[] | undefined;

function allPatterns(): readonly Pattern[] {
  patterns ??= (["leaky_relu", "elu"] as const).flatMap((name) =>
    drawnParameters.map((parameter) => drawPattern(name, parameter)),
  );
  return patterns;
}

/** The activation that gives this value, if it is one of those above. */
export function findActivation(graph: TensorGraph, root: ValueId): FoundActivation | undefined {
  for (const pattern of allPatterns()) {
    if (pattern.nodes[pattern.root]!.op !== graph.nodes[root]!.op) continue;
    const match = matchPattern(pattern, graph, root);
    if (match === undefined) continue;
    // Where numbers differ, one of them tells the parameter: the pattern drawn for it must then agree in all of them.
    for (const parameter of [pattern.parameter, ...match.differing]) {
      const drawn = parameter === pattern.parameter ? pattern : drawPattern(pattern.name, parameter);
      const exact = matchPattern(drawn, graph, root);
      if (exact?.differing.length === 0) return { name: pattern.name, parameter, x: exact.x };
    }
  }
  return undefined;
}

interface Match {
  readonly x: ValueId;
  /** Numbers of the graph that are others in the pattern. */
  readonly differing: readonly number[];
}

/** Whether the operations above `root` are those of the pattern, whatever the numbers in them. */
function matchPattern(pattern: Pattern, graph: TensorGraph, root: ValueId): Match | undefined {
  let x: ValueId | undefined;
  const differing: number[] = [];
  const pending: [ValueId, ValueId][] = [[pattern.root, root]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [drawn, actual] = [pattern.nodes[pair[0]]!, graph.nodes[pair[1]]!];
    if (drawn.op === "input") {
      x ??= actual.id;
      if (x !== actual.id) return undefined;
    } else if (drawn.op === "constant") {
      const number = singleNumber(actual);
      if (number === undefined) return undefined;
      if (number !== singleNumber(drawn)) differing.push(number);
    } else {
      if (drawn.op !== actual.op || drawn.inputs.length !== actual.inputs.length) return undefined;
      drawn.inputs.forEach((input, index) => pending.push([input, actual.inputs[index]!]));
    }
  }
  return x === undefined ? undefined : { x, differing };
}

function singleNumber(node: TensorNode): number | undefined {
  return node.op === "constant" && node.attributes.data.length === 1 ? node.attributes.data[0] : undefined;
}
