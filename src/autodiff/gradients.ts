import type { TensorBuilder } from "../tensor/builder.ts";
import { TensorGraphError, sameShape } from "../tensor/shapes.ts";
import type { OpKind, TensorNode, ValueId } from "../tensor/tensor-graph.ts";
import type { GradientRule, RuleContext, RuleFunction } from "./rule.ts";
import { elementwiseRules } from "./rules/elementwise.ts";
import { linearRules } from "./rules/linear.ts";
import { poolingRules } from "./rules/pooling.ts";
import { reductionRules } from "./rules/reductions.ts";
import { shapingRules } from "./rules/shaping.ts";

/** The gradient of each operation. */
export const gradientRules: { readonly [Kind in OpKind]: GradientRule<Kind> } = {
  input: "zero",
  constant: "zero",
  ...elementwiseRules,
  step: "zero",
  floor: "zero",
  cast: "zero",
  equal: "zero",
  greater: "zero",
  argMax: "zero",
  oneHot: "zero",
  random: "zero",
  ...linearRules,
  convKernelGradient: "unsupported",
  ...poolingRules,
  maxPoolGradient: "unsupported",
  averagePoolGradient: "unsupported",
  gatherGradient: "unsupported",
  ...reductionRules,
  ...shapingRules,
};

/**
 * Builds the gradients of a scalar with respect to some values, each of its value's shape: reverse accumulation over the
 * nodes built so far, in one pass from the last to the first.
 *
 * @param values leaves, or values that every use goes through: the builder passes by those that only reshape others
 * @param observe is told of each value before its gradient is passed on to its operands, the last first
 * @returns one gradient for each of `values`; undefined where the scalar does not depend on it
 */
export function buildGradients(
  builder: TensorBuilder,
  scalar: ValueId,
  values: readonly ValueId[],
  observe?: (value: ValueId) => void,
): readonly (ValueId | undefined)[] {
  if (builder.shape(scalar).length > 0) throw new TensorGraphError("gradients are those of a scalar");
  const depends = findDependents(builder.nodes, scalar, values);
  const gradients = new Map<ValueId, ValueId>([[scalar, builder.scalar(1)]]);
  for (let id = scalar; id >= 0; id--) {
    const gradient = gradients.get(id);
    if (gradient === undefined || depends[id] === 0) continue;
    const node = builder.node(id);
    observe?.(id);
    builder.inLayer(node.layer, () => {
      addOperandGradients(builder, node, gradient, depends, gradients);
    });
  }
  return values.map((value) => gradients.get(value));
}

/** Marks the nodes up to `last` through which a change of one of the values can pass. */
function findDependents(nodes: readonly TensorNode[], last: ValueId, values: readonly ValueId[]): Uint8Array {
  const depends = new Uint8Array(last + 1);
  for (const value of values) if (value <= last) depends[value] = 1;
  for (let id = 0; id <= last; id++) {
    if (nodes[id]!.inputs.some((input) => depends[input] === 1)) depends[id] = 1;
  }
  return depends;
}

function addOperandGradients(
  builder: TensorBuilder,
  node: TensorNode,
  gradient: ValueId,
  depends: Uint8Array,
  gradients: Map<ValueId, ValueId>,
): void {
  const rule = gradientRules[node.op] as RuleFunction<unknown> | "zero" | "unsupported";
  if (rule === "zero") return;
  if (rule === "unsupported") throw new TensorGraphError(`${node.op} has no gradient`);
  const context: RuleContext = {
    builder,
    operands: node.inputs,
    shapes: node.inputs.map((input) => builder.shape(input)),
    attributes: node.attributes,
    value: node.id,
    gradient,
  };
  node.inputs.forEach((operand, index) => {
    if (depends[operand] === 0) return;
    const share = rule(context, index);
    if (share === undefined) return;
    if (!sameShape(builder.shape(share), builder.shape(operand))) {
      throw new TensorGraphError(`the gradient of ${node.op} has another shape than its operand ${index}`);
    }
    const others = gradients.get(operand);
    gradients.set(operand, others === undefined ? share : builder.add(others, share));
  });
}
