import { int, ints } from "../attributes.ts";
import type { OnnxAttribute } from "../onnx-graph.ts";
import type { TensorDim, TensorNode, ValueId, WindowGeometry } from "../../tensor/tensor-graph.ts";
import { alignConstant } from "./align.ts";
import {
  permuteConstant,
  permuteLastAxis,
  reshapeConstant,
  scaleInputs,
  transposeMatrix,
} from "./constants.ts";
import type { Constant } from "./constants.ts";
import type { Deployment, Emitted } from "./deployment.ts";
import { emitPatches } from "./emit-product.ts";
import { channelsFirst, isNatural, natural, sameLayout, sameOrder } from "./layout.ts";
import type { Layout } from "./layout.ts";
import { wantedFeatureOrder } from "./look-ahead.ts";
import type { LinearTile, Tile } from "./tiles.ts";

/** Convolution, transposed convolution or dense layer with its bias; the kernel is arranged as ONNX has it. */
export function emitLinear(deployment: Deployment, tile: LinearTile & Tile): Emitted {
  const { node } = tile;
  if (node.op === "matmul") return emitDense(deployment, tile);
  if (node.op === "conv") {
    const emitted = emitPatches(deployment, { ...tile, node }) ?? emitAlongSequence(deployment, tile, node);
    if (emitted !== undefined) return emitted;
  }
  const { handle, kernel, bias } = takeInAffine(deployment, tile, channelsFirst(node.shape.length));
  const weight = deployment.weight(permuteConstant(kernel, outputsFirst(kernel.shape.length)));
  return emitConvolution(deployment, node, tile.x, handle, weight, { pads: tile.pads, bias });
}

/**
 * A convolution over a sequence [N, L, C] that stands channels last, such as words: as one over the single row [N, 1, L·C], whose
 * window and steps are C times as long. Only dilation would take the cells of a window apart.
 */
function emitAlongSequence(
  deployment: Deployment,
  { x, kernel, pads, bias }: LinearTile,
  { attributes }: TensorNode<"conv">,
): Emitted | undefined {
  const { layout, shape } = deployment.getUnscaled(x);
  const [batch, length, channels] = shape as readonly [TensorDim, number, number];
  const first = channelsFirst(3);
  const isApart = attributes.groups !== 1 || attributes.dilation.some((step) => step !== 1);
  if (shape.length !== 3 || isApart || !isNatural(layout) || sameOrder(layout, first, shape))
    return undefined;
  const [size, , filters] = kernel.shape as readonly [number, number, number];
  const row = deployment.reshape(deployment.get(x).handle, shape, [batch, 1, length * channels]);
  const flat = reshapeConstant(permuteConstant(kernel, [2, 0, 1]), [filters, 1, size * channels]);
  const inputs = [row, deployment.weight(flat)];
  if (bias !== undefined) inputs.push(deployment.weight(bias));
  const along = (counts: readonly number[]): readonly number[] => counts.map((count) => count * channels);
  const window = windowAttributes({
    kernel: along(attributes.kernel),
    stride: along(attributes.stride),
    dilation: attributes.dilation,
    pads: pads.map(([before, after]) => [before * channels, after * channels]),
  });
  return { handle: deployment.builder.node("Conv", inputs, window), layout: first };
}

/**
 * A linear tile with the scale and shift of each channel of its operand taken into kernel and bias; with padding there is no shift to
 * take, since the padded cells have none.
 */
function takeInAffine(
  deployment: Deployment,
  { x, node, kernel, bias, pads }: LinearTile,
  layout: Layout,
): { readonly handle: string; readonly kernel: Constant; readonly bias: Constant | undefined } {
  const standing = deployment.getUnscaled(x);
  const { pending } = standing;
  const isPadded = pads.some((cells) => cells.some((count) => count !== 0));
  if (
    pending === undefined ||
    !deployment.foldsScales ||
    node.op === "convInputGradient" ||
    (node.op === "conv" && node.attributes.groups !== 1) ||
    (isPadded && pending.shift !== undefined) ||
    !sameLayout(standing.layout, layout)
  ) {
    return { handle: deployment.inLayout(x, layout), kernel, bias };
  }
  return { handle: standing.handle, ...scaleInputs(kernel, bias, pending.scale, pending.shift) };
}

/** A convolution whose kernel is computed by the graph itself. */
export function emitComputedConvolution(
  deployment: Deployment,
  node: TensorNode<"conv" | "convInputGradient">,
): Emitted {
  const [x, kernel] = node.inputs;
  const rank = node.shape.length;
  const handle = deployment.inLayout(kernel!, { kind: "axes", permutation: outputsFirst(rank) });
  const standing = deployment.inLayout(x!, channelsFirst(rank));
  return emitConvolution(deployment, node, x!, standing, handle, {
    pads: node.attributes.pads,
    bias: undefined,
  });
}

/** From [window…, in, out] to [out, in, window…]; also from a transposed convolution's [window…, out, in]. */
function outputsFirst(rank: number): readonly number[] {
  return [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, axis) => axis)];
}

function emitConvolution(
  deployment: Deployment,
  node: TensorNode<"conv" | "convInputGradient">,
  x: ValueId,
  standing: string,
  kernel: string,
  { pads, bias }: Pick<LinearTile, "pads" | "bias">,
): Emitted {
  const layout = channelsFirst(node.shape.length);
  const inputs = [standing, kernel];
  if (bias !== undefined) inputs.push(deployment.weight(bias));
  const attributes: Record<string, OnnxAttribute> = windowAttributes({ ...node.attributes, pads });
  if (node.attributes.groups !== 1) attributes["group"] = int(node.attributes.groups);
  if (node.op === "conv") return { handle: deployment.builder.node("Conv", inputs, attributes), layout };
  const missing = outputPadding(deployment, node, x);
  if (missing.some((cells) => cells !== 0)) attributes["output_padding"] = ints(missing);
  return { handle: deployment.builder.node("ConvTranspose", inputs, attributes), layout };
}

/** A window in numbers, as every operator that has one takes it: nothing is left to `auto_pad`. */
export function windowAttributes(geometry: WindowGeometry): Record<string, OnnxAttribute> {
  const { kernel, stride, dilation, pads } = geometry;
  return {
    kernel_shape: ints(kernel),
    strides: ints(stride),
    ...(dilation.some((step) => step !== 1) ? { dilations: ints(dilation) } : {}),
    pads: ints([...pads.map(([before]) => before), ...pads.map(([, after]) => after)]),
  };
}

/** The rows that a strided convolution did not reach: what ConvTranspose's result lacks to the size asked for. */
function outputPadding(
  deployment: Deployment,
  { attributes }: TensorNode<"convInputGradient">,
  x: ValueId,
): readonly number[] {
  const { kernel, stride, dilation, pads, inputSize } = attributes;
  const { shape } = deployment.graph.nodes[x]!;
  return inputSize.map((size, axis) => {
    const reach = (kernel[axis]! - 1) * dilation[axis]! + 1;
    const [before, after] = pads[axis]!;
    return size - (stride[axis]! * ((shape[axis + 1] as number) - 1) + reach - before - after);
  });
}

function emitDense(deployment: Deployment, tile: LinearTile & Tile): Emitted {
  const { layout, shape } = deployment.getUnscaled(tile.x);
  if (shape.length === 2) return emitDenseOnFeatures(deployment, tile);
  const first = channelsFirst(shape.length);
  if (shape.length > 2 && shape.length <= 5 && sameLayout(layout, first)) {
    return emitDenseOnChannels(deployment, tile);
  }
  const x = deployment.inLayout(tile.x, natural(shape.length));
  const product = deployment.builder.node("MatMul", [x, deployment.weight(tile.kernel)]);
  const handle =
    tile.bias === undefined
      ? product
      : deployment.builder.node("Add", [product, deployment.weight(tile.bias)]);
  return { handle, layout: natural(shape.length) };
}

/**
 * Dense on [N, F]: the kernel's rows follow the order in which the features stand, its columns the order wanted later. A Gemm also
 * without a bias, which may be absent since opset 11: ONNX Runtime 1.30 crashes where a MatMul's reshaped result is an output
 * and goes into a batch norm.
 */
function emitDenseOnFeatures(deployment: Deployment, tile: LinearTile & Tile): Emitted {
  const { builder } = deployment;
  const { handle: x, layout } = deployment.get(tile.x);
  const wanted = wantedFeatureOrder(deployment, tile.root);
  const rowOrder = layout.kind === "features" ? layout.order : undefined;
  const columnOrder = wanted?.kind === "features" ? wanted.order : undefined;
  // [out, in], as PyTorch and most exporters store it.
  const kernel = transposeMatrix(tile.kernel, rowOrder, columnOrder);
  const result = wanted ?? natural(2);
  const inputs = [x, deployment.weight(kernel)];
  if (tile.bias !== undefined) {
    const { bias } = tile;
    inputs.push(deployment.weight(columnOrder === undefined ? bias : permuteLastAxis(bias, columnOrder)));
  } else if (deployment.opset < 11) {
    inputs.push(builder.scalar(0));
  }
  return { handle: builder.node("Gemm", inputs, { transB: int(1) }), layout: result };
}

/** Dense over the channels of [N, spatial…, C] that stand first: a convolution with a window of one cell. */
function emitDenseOnChannels(deployment: Deployment, tile: LinearTile & Tile): Emitted {
  const { shape } = deployment.graph.nodes[tile.root]!;
  const cells = new Array<number>(shape.length - 2).fill(1);
  const { handle, kernel, bias } = takeInAffine(deployment, tile, channelsFirst(shape.length));
  const transposed = transposeMatrix(kernel);
  const weight = deployment.weight(reshapeConstant(transposed, [...transposed.shape, ...cells]));
  const inputs = [handle, weight];
  if (bias !== undefined) inputs.push(deployment.weight(bias));
  const attributes = windowAttributes({
    kernel: cells,
    stride: cells,
    dilation: cells,
    pads: cells.map(() => [0, 0]),
  });
  return {
    handle: deployment.builder.node("Conv", inputs, attributes),
    layout: channelsFirst(shape.length),
  };
}

/** Batch norm with what was learnt, where it was not folded into the layer before. */
export function emitBatchNorm(deployment: Deployment, node: TensorNode<"batchNorm">): Emitted {
  const [x, ...statistics] = node.inputs;
  const rank = node.shape.length;
  const standing = deployment.get(x!);
  const layout = rank === 2 ? standing.layout : channelsFirst(rank);
  const weights = statistics.map((value) => {
    const constant = deployment.constants.of(value);
    if (constant === undefined)
      throw new Error("a mistake of the compiler: batch norm with computed statistics");
    return deployment.weight(layout.kind === "features" ? alignConstant(constant, 2, layout) : constant);
  });
  const inputs = [deployment.convert(standing, layout), ...weights];
  const epsilon = { kind: "float", value: Math.fround(node.attributes.epsilon) } as const;
  return { handle: deployment.builder.node("BatchNormalization", inputs, { epsilon }), layout };
}
