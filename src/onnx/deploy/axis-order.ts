import { sameShape } from "../../tensor/shapes.ts";
import type { TensorGraph, ValueId } from "../../tensor/tensor-graph.ts";
import { physicalToLogical } from "./layout.ts";

/** The places along one axis in another order: place i of the result is place `order[i]`. */
export interface ReorderForm {
  readonly kind: "reorder";
  readonly x: ValueId;
  readonly axis: number;
  readonly order: Int32Array;
}

/**
 * One axis reshaped into factors, the factors permuted, and put together again, as channels are shuffled: nothing moves but the
 * places along that axis, so one Gather does it, wherever the axis stands.
 */
export function findReorder(graph: TensorGraph, root: ValueId): ReorderForm | undefined {
  const joined = graph.nodes[root]!;
  const moved = joined.op === "reshape" ? graph.nodes[joined.inputs[0]!]! : undefined;
  const parted = moved?.op === "transpose" ? graph.nodes[moved.inputs[0]!]! : undefined;
  if (moved?.op !== "transpose" || parted?.op !== "reshape") return undefined;
  const x = graph.nodes[parted.inputs[0]!]!;
  if (!sameShape(x.shape, joined.shape)) return undefined;
  const axis = x.shape.findIndex((dim, place) => dim !== parted.shape[place]);
  const end = parted.shape.length - (x.shape.length - 1 - axis);
  if (axis < 0 || end <= axis || !sameShape(parted.shape.slice(end), x.shape.slice(axis + 1)))
    return undefined;
  const isFactor = (place: number): boolean => place >= axis && place < end;
  const { permutation } = moved.attributes;
  if (!permutation.every((from, place) => (isFactor(place) ? isFactor(from) : from === place)))
    return undefined;
  const factors = parted.shape.slice(axis, end);
  if (factors.includes("N")) return undefined;
  const order = physicalToLogical(
    factors as number[],
    permutation.slice(axis, end).map((from) => from - axis),
  );
  return { kind: "reorder", x: x.id, axis, order };
}
