import type { TensorBuilder } from "../../tensor/builder.ts";
import { elementCount, spatialSize } from "../../tensor/shapes.ts";
import type { OpAttributes, TensorShape, ValueId } from "../../tensor/tensor-graph.ts";
import type { RuleContext, RuleFunction } from "../rule.ts";

const matmul: RuleFunction<OpAttributes["matmul"]> = (context, operand) => {
  const { builder, operands, shapes, attributes, gradient } = context;
  const [a, b] = operands as [ValueId, ValueId];
  const { transposeLeft, transposeRight } = attributes;
  if (operand === 0) {
    const product = transposeLeft
      ? builder.matmul(b, gradient, { left: transposeRight, right: true })
      : builder.matmul(gradient, b, { right: !transposeRight });
    return builder.sumToShape(product, shapes[0]!);
  }
  if (isStackTimesMatrix(shapes, attributes)) return matrixGradient(context);
  const product = transposeRight
    ? builder.matmul(gradient, a, { left: true, right: transposeLeft })
    : builder.matmul(a, gradient, { left: !transposeLeft });
  return builder.sumToShape(product, shapes[1]!);
};

/** A dense layer on an image: many rows in several axes times one matrix. */
function isStackTimesMatrix(
  [left, right]: readonly TensorShape[],
  { transposeLeft }: OpAttributes["matmul"],
): boolean {
  return left!.length > 2 && right!.length === 2 && !transposeLeft && !left!.includes("N");
}

/** One product over all rows in place of a stack of products and a sum. */
function matrixGradient({
  builder,
  operands,
  shapes,
  attributes,
  gradient,
}: RuleContext<OpAttributes["matmul"]>): ValueId {
  const rows = (value: ValueId): ValueId => flattenRows(builder, value);
  return attributes.transposeRight
    ? builder.matmul(rows(gradient), rows(operands[0]!), { left: true })
    : builder.reshape(builder.matmul(rows(operands[0]!), rows(gradient), { left: true }), shapes[1]!);
}

function flattenRows(builder: TensorBuilder, value: ValueId): ValueId {
  const shape = builder.shape(value);
  return builder.reshape(value, [elementCount(shape.slice(0, -1)), shape.at(-1)!]);
}

const conv: RuleFunction<OpAttributes["conv"]> = (
  { builder, operands, shapes, attributes, gradient },
  operand,
) =>
  operand === 0
    ? builder.convInputGradient(gradient, operands[1]!, { ...attributes, inputSize: spatialSize(shapes[0]!) })
    : builder.convKernelGradient(operands[0]!, gradient, attributes);

/** As a layer of its own this is the transposed convolution; its gradients are a convolution's forward and kernel gradient. */
const convInputGradient: RuleFunction<OpAttributes["convInputGradient"]> = (
  { builder, operands, attributes, gradient },
  operand,
) => {
  const { kernel, stride, dilation, pads, groups } = attributes;
  const geometry = { kernel, stride, dilation, pads, groups };
  return operand === 0
    ? builder.conv(gradient, operands[1]!, geometry)
    : builder.convKernelGradient(gradient, operands[0]!, geometry);
};

export const linearRules = { matmul, conv, convInputGradient };
