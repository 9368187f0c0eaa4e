import type { TensorNode, ValueId } from "../../tensor/tensor-graph.ts";
import type { ValueHandle } from "../builder.ts";
import { permuteConstant, permuteLastAxis, reshapeConstant } from "./constants.ts";
import type { Constant } from "./constants.ts";
import type { Deployment, Placed } from "./deployment.ts";
import { isNatural, natural, sameLayout } from "./layout.ts";
import { layoutOfReaders } from "./look-ahead.ts";
import type { FeaturesLayout, Layout } from "./layout.ts";

// Operands that are broadcast against each other must stand in one layout; constants are arranged when the file is written.

/**
 * The layout that all operands stand in already. Where they differ, that which the readers of the result want; else one that is
 * not natural wins. Features in two orders become natural.
 */
export function commonLayout(deployment: Deployment, node: TensorNode): Layout {
  const rank = node.shape.length;
  const layouts = node.inputs
    .filter((input) => !deployment.constants.has(input))
    .map((input) => deployment.get(input))
    .filter(({ shape }) => shape.length === rank && !(rank === 2 && shape[1] === 1))
    .map(({ layout }) => layout);
  const first = layouts.find((layout) => !isNatural(layout)) ?? natural(rank);
  const agreed = layouts.every((layout) => sameLayout(layout, first));
  if (agreed) return first;
  return first.kind === "axes" ? (layoutOfReaders(deployment, node.id) ?? first) : natural(rank);
}

/** An operand of a broadcasting operator whose result has this rank and layout. */
export function alignOperand(
  deployment: Deployment,
  value: ValueId,
  rank: number,
  layout: Layout,
): ValueHandle {
  const constant = deployment.constants.of(value);
  if (constant !== undefined) return deployment.weight(alignConstant(constant, rank, layout));
  const placed = deployment.get(value);
  if (layout.kind === "features" && placed.shape[1] === 1) return placed.handle;
  if (placed.shape.length === rank) return deployment.convert(placed, layout);
  const handle = deployment.convert(placed, natural(placed.shape.length));
  if (placed.shape.length === 0) return handle;
  const shape = [...new Array<1>(rank - placed.shape.length).fill(1), ...placed.shape];
  const widened: Placed = {
    ...placed,
    handle: deployment.reshape(handle, placed.shape, shape),
    layout: natural(rank),
    shape,
  };
  return deployment.convert(widened, layout);
}

/** A constant so arranged that ONNX broadcasts it over a value in this layout; leading axes of one cell are left out. */
export function alignConstant(constant: Constant, rank: number, layout: Layout): Constant {
  const shape = [...new Array<number>(rank - constant.shape.length).fill(1), ...constant.shape];
  const whole = reshapeConstant(constant, shape);
  const arranged =
    layout.kind === "axes" ? permuteConstant(whole, layout.permutation) : reorder(whole, layout);
  const first = arranged.shape.findIndex((dim) => dim !== 1);
  return reshapeConstant(arranged, first < 0 ? [] : arranged.shape.slice(first));
}

function reorder(constant: Constant, { order }: FeaturesLayout): Constant {
  return constant.shape.at(-1) === 1 ? constant : permuteLastAxis(constant, order);
}
