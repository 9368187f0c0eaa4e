import type { TensorBuilder } from "../builder.ts";
import type { OpAttributes, OpKind, ValueId } from "../tensor-graph.ts";

/**
 * Another way to compute an operation that is about to be built: the value that takes its place, of the same shape, or
 * undefined where the rewrite does not apply. Unlike a simplification it is not always for the better, so each graph chooses
 * its own.
 */
export interface Rewrite {
  readonly name: string;
  apply<Kind extends OpKind>(
    builder: TensorBuilder,
    op: Kind,
    inputs: readonly ValueId[],
    attributes: OpAttributes[Kind],
  ): ValueId | undefined;
}
