import { knownDim, reducedShape } from "../../tensor/shapes.ts";
import type { Reduction, TensorShape, ValueId } from "../../tensor/tensor-graph.ts";
import type { RuleContext, RuleFunction } from "../rule.ts";

/** A reduced value with its axes back, one cell each, so that it broadcasts against the operand. */
function keepAxes({ builder, shapes, attributes }: RuleContext<Reduction>, value: ValueId): ValueId {
  return builder.reshape(value, reducedShape(shapes[0]!, attributes.axes, true));
}

function reducedCount(shape: TensorShape, { axes }: Reduction): number {
  return axes.reduce(
    (count, axis) => count * knownDim(shape[axis], "the gradient of a mean over the batch"),
    1,
  );
}

const reduceSum: RuleFunction<Reduction> = (context) =>
  context.builder.broadcast(keepAxes(context, context.gradient), context.shapes[0]!);

const reduceMean: RuleFunction<Reduction> = (context) => {
  const { builder, shapes, attributes, gradient } = context;
  const share = builder.multiply(gradient, builder.scalar(1 / reducedCount(shapes[0]!, attributes)));
  return builder.broadcast(keepAxes(context, share), shapes[0]!);
};

/** Equal maxima share the gradient (as TensorFlow). */
const reduceMax: RuleFunction<Reduction> = (context) => {
  const { builder, operands, attributes, value, gradient } = context;
  const isLargest = builder.cast(builder.equal(operands[0]!, keepAxes(context, value)), "float32");
  const count = builder.reduceSum(isLargest, attributes.axes, true);
  return builder.multiply(isLargest, builder.divide(keepAxes(context, gradient), count));
};

/** 2 / count · (x - mean): the mean's own change cancels. */
const reduceVariance: RuleFunction<Reduction> = (context) => {
  const { builder, operands, shapes, attributes, gradient } = context;
  const mean = keepAxes(context, builder.reduceMean(operands[0]!, attributes.axes, attributes.keepDims));
  const factor = builder.multiply(gradient, builder.scalar(2 / reducedCount(shapes[0]!, attributes)));
  return builder.multiply(builder.subtract(operands[0]!, mean), keepAxes(context, factor));
};

type AlongAxis = RuleFunction<{ readonly axis: number }>;

const softmax: AlongAxis = ({ builder, attributes: { axis }, value, gradient }) => {
  const weighted = builder.reduceSum(builder.multiply(gradient, value), [axis], true);
  return builder.multiply(value, builder.subtract(gradient, weighted));
};

const logSoftmax: AlongAxis = ({ builder, attributes: { axis }, value, gradient }) => {
  const total = builder.reduceSum(gradient, [axis], true);
  return builder.subtract(gradient, builder.multiply(builder.exp(value), total));
};

export const reductionRules = { reduceSum, reduceMean, reduceMax, reduceVariance, softmax, logSoftmax };
