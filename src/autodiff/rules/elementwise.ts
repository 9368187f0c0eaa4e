import type { OpAttributes, ValueId } from "../../tensor/tensor-graph.ts";
import type { RuleContext, RuleFunction } from "../rule.ts";

/** An operation on one operand: what its gradient is multiplied by. */
function times(factor: (context: RuleContext) => ValueId): RuleFunction<unknown> {
  return (context) => context.builder.multiply(context.gradient, factor(context));
}

/** An operation on two operands that are broadcast: the gradient of each at the result's shape, summed where it was broadcast. */
function broadcasting(
  left: (context: RuleContext) => ValueId,
  right: (context: RuleContext) => ValueId,
): RuleFunction<unknown> {
  return (context, operand) =>
    context.builder.sumToShape((operand === 0 ? left : right)(context), context.shapes[operand]!);
}

/** The greater (or smaller) operand takes the gradient, the first of two equal ones (as TensorFlow). */
function extremum(isMaximum: boolean): RuleFunction<unknown> {
  const toSecond = ({ builder, operands: [a, b], gradient }: RuleContext): ValueId => {
    const excess = isMaximum ? builder.subtract(b!, a!) : builder.subtract(a!, b!);
    return builder.multiply(gradient, builder.step(excess));
  };
  return broadcasting((context) => context.builder.subtract(context.gradient, toSecond(context)), toSecond);
}

export const elementwiseRules = {
  negate: ({ builder, gradient }) => builder.negate(gradient),
  reciprocal: times(({ builder, value }) => builder.negate(builder.square(value))),
  sqrt: ({ builder, gradient, value }) =>
    builder.divide(builder.multiply(gradient, builder.scalar(0.5)), value),
  exp: times(({ value }) => value),
  log: ({ builder, gradient, operands }) => builder.divide(gradient, operands[0]!),
  abs: times(({ builder, operands: [x] }) =>
    builder.subtract(builder.step(x!), builder.step(builder.negate(x!))),
  ),
  tanh: times(({ builder, value }) => builder.subtract(builder.scalar(1), builder.square(value))),
  sigmoid: times(({ builder, value }) => builder.multiply(value, builder.subtract(builder.scalar(1), value))),
  // The mask comes from the result, so that the operand need not be kept.
  relu: times(({ builder, value }) => builder.step(value)),
  // Nothing passes where a bound is reached, as with ReLU.
  clip: times(({ builder, value, attributes }) => {
    const { low, high } = attributes as OpAttributes["clip"];
    return builder.multiply(
      builder.step(builder.subtract(value, builder.scalar(low))),
      builder.step(builder.subtract(builder.scalar(high), value)),
    );
  }),
  erf: times(({ builder, operands: [x] }) =>
    builder.multiply(builder.exp(builder.negate(builder.square(x!))), builder.scalar(2 / Math.sqrt(Math.PI))),
  ),
  add: broadcasting(
    ({ gradient }) => gradient,
    ({ gradient }) => gradient,
  ),
  subtract: broadcasting(
    ({ gradient }) => gradient,
    ({ builder, gradient }) => builder.negate(gradient),
  ),
  multiply: broadcasting(
    ({ builder, gradient, operands: [, b] }) => builder.multiply(gradient, b!),
    ({ builder, gradient, operands: [a] }) => builder.multiply(gradient, a!),
  ),
  divide: broadcasting(
    ({ builder, gradient, operands: [, b] }) => builder.divide(gradient, b!),
    ({ builder, gradient, operands: [, b], value }) =>
      builder.negate(builder.multiply(gradient, builder.divide(value, b!))),
  ),
  maximum: extremum(true),
  minimum: extremum(false),
  power: broadcasting(
    ({ builder, gradient, operands: [a, b] }) =>
      builder.multiply(
        gradient,
        builder.multiply(b!, builder.power(a!, builder.subtract(b!, builder.scalar(1)))),
      ),
    ({ builder, gradient, operands: [a], value }) =>
      builder.multiply(gradient, builder.multiply(value, builder.log(a!))),
  ),
  select({ builder, operands: [condition], shapes, gradient }, operand) {
    if (operand === 0) return undefined;
    const nothing = builder.scalar(0);
    const chosen =
      operand === 1
        ? builder.select(condition!, gradient, nothing)
        : builder.select(condition!, nothing, gradient);
    return builder.sumToShape(chosen, shapes[operand]!);
  },
} as const satisfies Readonly<Record<string, RuleFunction<unknown>>>;
