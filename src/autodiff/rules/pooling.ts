import { leadingAxes } from "../../tensor/compositions.ts";
import { spatialSize } from "../../tensor/shapes.ts";
import type { OpAttributes, ValueId } from "../../tensor/tensor-graph.ts";
import type { RuleFunction } from "../rule.ts";

const maxPool: RuleFunction<OpAttributes["maxPool"]> = ({ builder, operands, attributes, value, gradient }) =>
  builder.apply("maxPoolGradient", [operands[0]!, value, gradient], attributes);

const averagePool: RuleFunction<OpAttributes["averagePool"]> = ({ builder, shapes, attributes, gradient }) =>
  builder.apply("averagePoolGradient", [gradient], { ...attributes, inputSize: spatialSize(shapes[0]!) });

/** The running statistics are constants of the step in every use, but the rule is whole. */
const batchNorm: RuleFunction<OpAttributes["batchNorm"]> = (
  { builder, operands, attributes: { epsilon }, gradient },
  operand,
) => {
  const [x, gamma, , mean, variance] = operands as [ValueId, ValueId, ValueId, ValueId, ValueId];
  const shifted = builder.add(variance, builder.scalar(epsilon));
  const deviation = builder.sqrt(shifted);
  const scale = builder.divide(gamma, deviation);
  const perChannel = (value: ValueId): ValueId => builder.reduceSum(value, leadingAxes(builder.shape(x)));
  const centredSum = (): ValueId => perChannel(builder.multiply(gradient, builder.subtract(x, mean)));
  switch (operand) {
    case 0:
      return builder.multiply(gradient, scale);
    case 1:
      return builder.divide(centredSum(), deviation);
    case 2:
      return perChannel(gradient);
    case 3:
      return builder.negate(builder.multiply(perChannel(gradient), scale));
    default: {
      const halfScale = builder.multiply(builder.divide(scale, shifted), builder.scalar(-0.5));
      return builder.multiply(centredSum(), halfScale);
    }
  }
};

export const poolingRules = { maxPool, averagePool, batchNorm };
