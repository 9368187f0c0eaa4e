import type { ValueId } from "../../tensor/tensor-graph.ts";
import type { Emitter } from "./emitter.ts";
import type { Tensor } from "./node-maker.ts";
import { product } from "./row-layout.ts";

/** Makes one node of operands that broadcast against each other; gives it the dimensions named. */
export type Combine = (emitter: Emitter, operands: readonly Tensor[], dims: readonly number[]) => Tensor;

/** How an operand takes part in an operation on rows. */
export type Part =
  | { readonly kind: "rows"; readonly value: ValueId; readonly channels: number }
  | { readonly kind: "scalar" | "perChannel" | "perExample"; readonly value: ValueId };

export function partOf(emitter: Emitter, value: ValueId, result: readonly number[]): Part | undefined {
  const shape = emitter.shape(value);
  const channels = result.at(-1)!;
  const isSpatial =
    shape.length === result.length && shape.slice(0, -1).every((dim, axis) => dim === result[axis]);
  if (isSpatial) return { kind: "rows", value, channels: shape.at(-1)! };
  const count = product(shape);
  if (count === 1) return { kind: "scalar", value };
  if (count === channels && shape.at(-1) === channels) return { kind: "perChannel", value };
  const isPerExample =
    shape.length === result.length && shape[0] === result[0] && shape.slice(1, -1).every((dim) => dim === 1);
  return isPerExample ? { kind: "perExample", value } : undefined;
}
