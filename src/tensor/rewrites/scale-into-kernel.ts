import type { TensorBuilder } from "../builder.ts";
import type { OpAttributes, OpKind, Reduction, TensorNode, ValueId } from "../tensor-graph.ts";
import type { Rewrite } from "./rewrite.ts";

/**
 * What a convolution's gradients take from a layer behind that scales each channel, as batch norm does, is a sum with a common
 * factor a channel: dy = a·d. The kernel can take the factor in its place, which has far fewer numbers: the gradient of the
 * input is that of d with the kernel a·w, the gradient of the kernel is a times that of d, and so are sums over d.
 */
export const scaleIntoKernel: Rewrite = {
  name: "scale into kernel",
  apply(builder, op, inputs, attributes) {
    switch (op) {
      case "convInputGradient": {
        const factored = factorOut(builder, inputs[0]!);
        if (factored === undefined) return undefined;
        const kernel = builder.multiply(inputs[1]!, factored.factor);
        return builder.apply(op, [factored.rest, kernel], attributes);
      }
      case "convKernelGradient": {
        const factored = factorOut(builder, inputs[1]!);
        if (factored === undefined) return undefined;
        return builder.multiply(builder.apply(op, [inputs[0]!, factored.rest], attributes), factored.factor);
      }
      case "reduceSum": {
        const { axes, keepDims } = attributes as Reduction;
        const isOverAllButLast = axes.length === builder.shape(inputs[0]!).length - 1 && !keepDims;
        if (!isOverAllButLast || axes.some((axis, index) => axis !== index)) return undefined;
        const factored = factorOut(builder, inputs[0]!);
        if (factored === undefined) return undefined;
        return builder.multiply(builder.reduceSum(factored.rest, axes), factored.factor);
      }
      default:
        return undefined;
    }
  },
};

interface Factored {
  /** One number a channel. */
  readonly factor: ValueId;
  readonly rest: ValueId;
}

/** A sum of at least two terms, whose first scaled one gives the factor; undefined where a term has no such factor. */
function factorOut(builder: TensorBuilder, value: ValueId): Factored | undefined {
  const node = builder.node(value);
  if (node.shape.length < 3 || node.op !== "add") return undefined;
  const factor = firstScale(builder, node);
  if (factor === undefined) return undefined;
  const rest = quotient(builder, value, factor);
  return rest === undefined ? undefined : { factor, rest };
}

/** The scale of the first term of a sum that has one of its channels' length. */
function firstScale(builder: TensorBuilder, node: TensorNode): ValueId | undefined {
  const channels = node.shape.at(-1);
  const isVector = (value: ValueId): boolean => {
    const { shape } = builder.node(value);
    return shape.length === 1 && shape[0] === channels;
  };
  if (node.op === "multiply") return node.inputs.find(isVector);
  if (node.op !== "add") return undefined;
  for (const input of node.inputs) {
    const found = firstScale(builder, builder.node(input));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** value / factor, where the factor is one of those that the value is made of: nothing is divided. */
function quotient(builder: TensorBuilder, value: ValueId, factor: ValueId): ValueId | undefined {
  const node = builder.node(value);
  if (value === factor) return builder.scalar(1);
  const [left, right] = node.inputs as [ValueId, ValueId];
  const again = (operands: readonly ValueId[]): ValueId =>
    builder.apply(node.op, operands, node.attributes as OpAttributes[OpKind]);
  switch (node.op) {
    case "add":
    case "subtract": {
      const [first, second] = [quotient(builder, left, factor), quotient(builder, right, factor)];
      return first === undefined || second === undefined ? undefined : again([first, second]);
    }
    case "multiply": {
      const first = quotient(builder, left, factor);
      if (first !== undefined) return builder.multiply(first, right);
      const second = quotient(builder, right, factor);
      return second && builder.multiply(left, second);
    }
    case "divide": {
      const first = quotient(builder, left, factor);
      return first && builder.divide(first, right);
    }
    case "negate":
    case "broadcast":
    case "reshape": {
      const only = quotient(builder, left, factor);
      return only && again([only]);
    }
    default:
      return undefined;
  }
}
