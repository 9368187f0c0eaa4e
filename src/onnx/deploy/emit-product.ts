import type { TensorNode, TensorShape, ValueId } from "../../tensor/tensor-graph.ts";
import { sameShape } from "../../tensor/shapes.ts";
import { int, string } from "../attributes.ts";
import type { ValueHandle } from "../builder.ts";
import type { Deployment, Emitted, Placed } from "./deployment.ts";
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

/**
 * Attention in heads: ONNX' own operator, whose scale is one by the root of the key's size, where tokens stand with their channels last
 * and are wanted so; else the products that it is made of, which take them as they stand.
 */
export function emitAttention(
  deployment: Deployment,
  { root, x, key, value, heads }: Attention & { readonly root: ValueId; readonly x: ValueId },
): Emitted {
  const operands = [x, key, value].map((each) => deployment.get(each));
  const wanted = wantedLayout(deployment, root, natural);
  if (!isNatural(wanted) || operands.some(({ layout }) => !isNatural(layout)))
    return emitHeads(deployment, operands, heads, wanted);
  const inputs = operands.map(({ handle }) => handle);
  const attributes = { q_num_heads: int(heads), kv_num_heads: int(heads) };
  return { handle: deployment.builder.node("Attention", inputs, attributes), layout: wanted };
}

/** softmax(queries · keys / root of their size) · values for each head, the result in this layout. */
function emitHeads(
  deployment: Deployment,
  operands: readonly Placed[],
  heads: number,
  layout: AxesLayout,
): Emitted {
  const { builder } = deployment;
  const [query, key, value] = operands.map((operand) => {
    const parted = partHeads(operand.layout, operand.shape, heads);
    return deployment.reshape(operand.handle, physicalShape(operand.layout, operand.shape), parted);
  }) as [ValueHandle, ValueHandle, ValueHandle];
  // Batch, tokens, heads, and numbers of a head; keys count tokens apart from queries.
  const [ofQuery, ofKey, ofValue] = ["q", "k", "k"].map((tokens, index) =>
    spell(["b", tokens, "hd"], operands[index]!.layout),
  );
  const { shape } = operands[0]!;
  const scaled = builder.node("Mul", [query, builder.scalar(1 / Math.sqrt((shape[2] as number) / heads))]);
  const scores = builder.node("Einsum", [scaled, key], { equation: string(`${ofQuery},${ofKey}->bhqk`) });
  const shares = builder.node("Softmax", [scores], { axis: int(-1) });
  const equation = string(`bhqk,${ofValue}->${spell(["b", "q", "hd"], layout)}`);
  const result = builder.node("Einsum", [shares, value], { equation });
  const parted = partHeads(layout, shape, heads);
  return { handle: deployment.reshape(result, parted, physicalShape(layout, shape)), layout };
}

/** [N, tokens, channels] as it stands, with the channels parted into heads. */
function partHeads(layout: Layout, shape: TensorShape, heads: number): TensorShape {
  const parts = shape.map((dim, axis) => (axis === 2 ? [heads, (dim as number) / heads] : [dim]));
  return layout.kind === "axes" ? layout.permutation.flatMap((axis) => parts[axis]!) : parts.flat();
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
