import type { TensorBuilder } from "../tensor/builder.ts";
import type { OpAttributes, OpKind, TensorShape, ValueId } from "../tensor/tensor-graph.ts";

/** What a gradient rule works with. */
export interface RuleContext<Attributes = unknown> {
  readonly builder: TensorBuilder;
  readonly operands: readonly ValueId[];
  /** The shape of each operand. */
  readonly shapes: readonly TensorShape[];
  readonly attributes: Attributes;
  /** The operation's own value. */
  readonly value: ValueId;
  /** The gradient of the result with respect to the operation's value; of its shape. */
  readonly gradient: ValueId;
}

/** The gradient that an operation hands to one of its operands, of that operand's shape; undefined where it is zero. */
export type RuleFunction<Attributes> = (
  context: RuleContext<Attributes>,
  operand: number,
) => ValueId | undefined;

/**
 * `zero`: the value does not change with its operands, or only in jumps. `unsupported`: nothing in the language asks for it
 * (second derivatives).
 */
export type GradientRule<Kind extends OpKind> = RuleFunction<OpAttributes[Kind]> | "zero" | "unsupported";
