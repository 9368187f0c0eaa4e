import type { TensorNode, TensorShape, ValueId } from "../../tensor/tensor-graph.ts";
import { sameShape } from "../../tensor/shapes.ts";
import { int, string } from "../attributes.ts";
import type { Deployment, Emitted } from "./deployment.ts";
import { einsumOpset, spell } from "./einsum.ts";
import type { Attention } from "./layer-forms.ts";
import { axesLayout, isNatural, natural, physicalShape, sameOrder } from "./layout.ts";
import type { AxesLayout, Layout } from "./layout.ts";
import { wantedLayout } from "./look-ahead.ts";
import type { LinearTile } from "./tiles.ts";

// Products that take their operands as they stand: Einsum names the axes of each, so that none need be moved before or after.

/** Names for the axes along which matrices are stacked; their own are `r`, `c` and, summed over, `k`. */
const stackLetters = [..."bhijlmno"];

/**
 * A product of two computed matrices, or of stacks of them: MatMul where both stand as it wants them and so does who reads the result,
 * else Einsum.
 */
export function emitMatmul(deployment: Deployment, node: TensorNode<"matmul">): Emitted {
  const left = standingOf(deployment, node.inputs[0]!, node.attributes.transposeLeft);
  const right = standingOf(deployment, node.inputs[1]!, node.attributes.transposeRight);
  const layout = wantedLayout(deployment, node.id, natural);
  const plain = natural(node.shape.length);
  const moves = [left, right].some(needsMove) || !sameOrder(layout, plain, node.shape);
  if (!moves || !canBeEinsum(deployment, node, [left, right])) {
    const inputs = [left, right].map(({ value, wanted }) => deployment.inLayout(value, wanted));
    return { handle: deployment.builder.node("MatMul", inputs), layout: plain };
  }
  const stack = stackLetters.slice(0, node.shape.length - 2);
  const terms = [
    spell([...stack, ...(left.transposed ? "kr" : "rk")], left.layout),
    spell([...stack, ...(right.transposed ? "ck" : "kc")], right.layout),
  ];
  const equation = string(`${terms.join(",")}->${spell([...stack, "r", "c"], layout)}`);
  const inputs = [left, right].map(({ value }) => deployment.get(value).handle);
  return { handle: deployment.builder.node("Einsum", inputs, { equation }), layout };
}

/** Attention in heads; its scale is ONNX' own, one by the root of the key's size. */
export function emitAttention(
  deployment: Deployment,
  { x, key, value, heads }: Attention & { readonly x: ValueId },
): Emitted {
  const layout = natural(3);
  const inputs = [x, key, value].map((each) => deployment.inLayout(each, layout));
  const attributes = { q_num_heads: int(heads), kv_num_heads: int(heads) };
  return { handle: deployment.builder.node("Attention", inputs, attributes), layout };
}

/** An operand of a product: how it stands, and how MatMul wants it. */
interface Operand {
  readonly value: ValueId;
  readonly shape: TensorShape;
  readonly transposed: boolean;
  readonly isConstant: boolean;
  readonly layout: Layout;
  readonly wanted: AxesLayout;
}

function standingOf(deployment: Deployment, value: ValueId, transposed: boolean): Operand {
  const { shape } = deployment.graph.nodes[value]!;
  const isConstant = deployment.constants.has(value);
  const layout = isConstant ? natural(shape.length) : deployment.get(value).layout;
  const axes = [...natural(shape.length).permutation];
  if (transposed) axes.push(...axes.splice(-2).reverse());
  return { value, shape, transposed, isConstant, layout, wanted: axesLayout(axes) };
}

/** Constants are written as they are wanted. */
function needsMove({ isConstant, layout, wanted, shape }: Operand): boolean {
  return !isConstant && !sameOrder(layout, wanted, shape);
}

/** Einsum broadcasts no axis that it names. */
function canBeEinsum({ opset }: Deployment, { shape }: TensorNode, operands: readonly Operand[]): boolean {
  const stack = shape.slice(0, -2);
  return (
    opset >= einsumOpset &&
    stack.length <= stackLetters.length &&
    operands.every(
      (operand) => operand.layout.kind === "axes" && sameShape(operand.shape.slice(0, -2), stack),
    )
  );
}

/**
 * A convolution whose windows lie side by side is one product of each patch with the kernel. As Einsum it leaves the channels last
 * where those who read it want them there, as a transformer does; undefined where they do not.
 */
export function emitPatches(
  deployment: Deployment,
  tile: LinearTile & { readonly root: ValueId; readonly node: TensorNode<"conv"> },
): Emitted | undefined {
  const { node, kernel, bias } = tile;
  const { builder } = deployment;
  const { layout, shape } = deployment.getUnscaled(tile.x);
  if (deployment.opset < einsumOpset || layout.kind !== "axes" || !coversWithPatches(tile, node, shape))
    return undefined;
  const wanted = wantedLayout(deployment, tile.root, () => undefined);
  if (wanted === undefined || !isNatural(wanted)) return undefined;
  const window = node.attributes.kernel;
  const [rows, cells] = [rowLetters.slice(-window.length), cellLetters.slice(0, window.length)];
  // Each spatial axis of the image parted into one that counts patches and one that counts the cells of a patch.
  const letters = ["n", ...rows.map((row, axis) => row + cells[axis]!), "c"];
  const sizes = shape.map((dim, axis) => {
    const size = window[axis - 1];
    return size === undefined ? [dim] : [(dim as number) / size, size];
  });
  const parted = layout.permutation.flatMap((axis) => sizes[axis]!);
  const inputs = [
    deployment.reshape(deployment.get(tile.x).handle, physicalShape(layout, shape), parted),
    deployment.weight(kernel),
  ];
  const equation = `${spell(letters, layout)},${cells.join("")}co->n${rows.join("")}o`;
  const product = builder.node("Einsum", inputs, { equation: string(equation) });
  const result = bias === undefined ? product : builder.node("Add", [product, deployment.weight(bias)]);
  return { handle: result, layout: wanted };
}

const rowLetters = [..."dhw"];
const cellLetters = [..."pqr"];

/** An explicit pad before the convolution counts too. */
function coversWithPatches(
  { pads }: LinearTile,
  { attributes }: TensorNode<"conv">,
  shape: TensorShape,
): boolean {
  const { kernel, stride, dilation, groups } = attributes;
  return (
    groups === 1 &&
    kernel.some((size) => size > 1) &&
    kernel.every(
      (size, axis) =>
        stride[axis] === size &&
        dilation[axis] === 1 &&
        pads[axis]!.every((cells) => cells === 0) &&
        (shape[axis + 1] as number) % size === 0,
    )
  );
}
