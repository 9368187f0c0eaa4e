import type { TensorNode, ValueId, WindowGeometry } from "../../../tensor/tensor-graph.ts";
import type { Emitter } from "../emitter.ts";
import type { Form } from "../form.ts";
import { asCombination, blockRows, convolve, twoAxes, wholeBlocks } from "../nchwc.ts";
import { type ConvolutionNode, endsOf, mostPlanarChannels, suitsNchwc } from "../nchwc-choice.ts";
import type { Tensor } from "../node-maker.ts";
import { advance, product } from "../row-layout.ts";

/*
 * Direct convolutions in NCHWc, and their gradients as convolutions too. With a convolution's windows moved by s cells:
 *
 * The gradient of the input is a convolution of the output's gradient with the kernel turned round, channels and filters
 * swapped; where s > 1 each of the s·s phases of the input's cells meets its own taps, so there is one convolution for each, and
 * their results are laid between each other.
 *
 * The gradient of the kernel, dW[ky, kx, c, f] = Σ x[n, s·y + ky, s·x + kx, c] · dY[n, y, x, f], is a convolution whose channels are
 * the examples n, whose kernel is dY, as large as a map, with dilation s, and whose result has the size of the kernel. Lines of
 * cells and channels together are its width, so that a row of the result holds all kx and c side by side, which keeps the
 * vector units as busy as a large image would.
 */

/** A convolution on two axes; values of one spatial axis have a first one of one cell. */
export interface DirectGeometry {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly pads: readonly [readonly [number, number], readonly [number, number]];
}

export function directGeometry({ kernel, stride, dilation, pads }: WindowGeometry): DirectGeometry {
  return {
    kernel: twoAxes(kernel, 1),
    strides: twoAxes(stride, 1),
    dilations: twoAxes(dilation, 1),
    pads: twoAxes<readonly [number, number]>(pads, [0, 0]),
  };
}

/** What the dims of a value in NCHWc say: [examples, channels in whole blocks, height, width]. */
export function nchwcDims(emitter: Emitter, value: ValueId): readonly [number, number, number, number] {
  const shape = emitter.shape(value);
  const channels = wholeBlocks(shape.at(-1)!, emitter.channelBlock);
  return [shape[0]!, channels, ...twoAxes(shape.slice(1, -1), 1)];
}

/** Whether a convolution lies between values in NCHWc, or an image of few channels and one. */
export function isDirect(emitter: Emitter, node: ConvolutionNode, isDepthwise: boolean): boolean {
  const { channelBlock } = emitter.target;
  if (channelBlock === undefined || node.attributes.groups > 1 !== isDepthwise) return false;
  const { x, y } = endsOf(node)!;
  if (!emitter.plan.isNchwc(y) || !(emitter.plan.isNchwc(x) || isPlanar(emitter, x))) return false;
  return suitsNchwc(emitter.graph, node, channelBlock);
}

/** Whether an image has so few channels that it is read as it is. */
function isPlanar(emitter: Emitter, x: ValueId): boolean {
  return emitter.shape(x).at(-1)! <= mostPlanarChannels;
}

export const nchwcConv: Form<"conv"> = {
  name: "direct",
  applies: (emitter, node) => isDirect(emitter, node, false),
  emit(emitter, node) {
    const [x, kernel] = node.inputs as [ValueId, ValueId];
    const geometry = directGeometry(node.attributes);
    const isFew = isPlanar(emitter, x);
    const convolution = {
      ...geometry,
      x: isFew ? planarImages(emitter, x) : emitter.nchwc(x),
      kernel: isFew ? planarKernel(emitter, kernel, geometry) : forwardKernel(emitter, kernel, geometry),
      dims: nchwcDims(emitter, node.id),
    };
    const refined = (bias: Tensor): Tensor => convolve(emitter, { ...convolution, bias });
    const isReadOnce = emitter.useCount(node.id) === 1;
    emitter.storeCombination(
      node.id,
      asCombination(convolve(emitter, convolution), isReadOnce ? refined : undefined),
    );
  },
};

/** An image of few channels, [N, C, H, W]. */
function planarImages(emitter: Emitter, x: ValueId): Tensor {
  const [batch, , height, width] = nchwcDims(emitter, x);
  const channels = emitter.shape(x).at(-1)!;
  const rows = emitter.reshape(emitter.flat(x), [batch, height * width, channels]);
  const turned = channels === 1 ? rows : emitter.transpose(rows, [0, 2, 1]);
  return emitter.reshape(turned, [batch, channels, height, width]);
}

/** The rows of one block of filters of a kernel [taps, channels, filters]: [taps · channels · blocks, block]. */
export function kernelRows(emitter: Emitter, kernel: Tensor): Tensor {
  const [taps, channels, filters] = kernel.dims as readonly [number, number, number];
  const block = emitter.channelBlock;
  const length = wholeBlocks(filters, block);
  const matrix = emitter.reshape(kernel, [taps * channels, filters]);
  const whole = length === filters ? matrix : emitter.padRows(matrix, length);
  return emitter.reshape(whole, [(taps * channels * length) / block, block]);
}

/** A kernel with its taps in one axis: [taps, channels, filters]. */
export function kernelMatrices(emitter: Emitter, kernel: ValueId): Tensor {
  const shape = emitter.shape(kernel);
  const [channels, filters] = shape.slice(-2) as [number, number];
  return emitter.reshape(emitter.flat(kernel), [product(shape.slice(0, -2)), channels, filters]);
}

/**
 * Some taps of a kernel [taps, channels, filters] as [filters / block, channels / block, taps, block of channels, block of
 * filters].
 */
function blockedKernel(emitter: Emitter, kernel: Tensor, taps: readonly (readonly number[])[]): Tensor {
  const [, channels, filters] = kernel.dims as readonly [number, number, number];
  const block = emitter.channelBlock;
  const numbers = taps.flat();
  const [blocks, groups] = [filters, channels].map((count) => Math.ceil(count / block)) as [number, number];
  const order = orderOf([blocks, groups, numbers.length, block], ([filter, group, tap, channel]) => {
    const at = group! * block + channel!;
    return at >= channels ? -1 : (numbers[tap!]! * channels + at) * blocks + filter!;
  });
  const rows = emitter.gatherRows(kernelRows(emitter, kernel), order);
  return emitter.reshape(rows, [blocks * block, groups * block, taps.length, taps[0]!.length]);
}

/** All taps in their rows. */
function tapNumbers([height, width]: readonly [number, number]): readonly (readonly number[])[] {
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => row * width + column),
  );
}

function forwardKernel(emitter: Emitter, kernel: ValueId, geometry: DirectGeometry): Tensor {
  return blockedKernel(emitter, kernelMatrices(emitter, kernel), tapNumbers(geometry.kernel));
}

/** [filters / block, channels, taps, block of filters]. */
function planarKernel(emitter: Emitter, kernel: ValueId, { kernel: cells }: DirectGeometry): Tensor {
  const [channels, filters] = emitter.shape(kernel).slice(-2) as [number, number];
  const block = emitter.channelBlock;
  const blocks = Math.ceil(filters / block);
  const order = orderOf([blocks, channels, product(cells)], ([filter, channel, tap]) => {
    return (tap! * channels + channel!) * blocks + filter!;
  });
  const rows = emitter.gatherRows(kernelRows(emitter, kernelMatrices(emitter, kernel)), order);
  return emitter.reshape(rows, [blocks * block, channels, ...cells]);
}

/** Numbers of rows for every place of a tensor of some dimensions, row-major. */
export function orderOf(dims: readonly number[], rowAt: (place: readonly number[]) => number): Int32Array {
  const place = dims.map(() => 0);
  return Int32Array.from({ length: product(dims) }, () => {
    const row = rowAt(place);
    advance(place, dims);
    return row;
  });
}

// The gradient of the input

/** The taps that one phase of the input's cells meets along an axis, and how the output's gradient is padded for them. */
export interface PhaseAxis {
  /** Places of this phase. */
  readonly count: number;
  /** In the order in which a convolution reads them. */
  readonly taps: readonly number[];
  readonly pads: readonly [number, number];
}

/**
 * Input cell i = s·q + p meets the taps t = t₀ + s·j, with t₀ = (p + pad) mod s, at the places o = q + (p + pad - t₀)/s - j.
 *
 * @returns undefined where the gradient would have to be cropped, which padding cannot express
 */
export function phasesOf(
  axis: number,
  { kernel, strides, dilations, pads }: DirectGeometry,
  inputSize: number,
  outputSize: number,
): readonly PhaseAxis[] | undefined {
  const [stride, dilation, cells] = [strides[axis]!, dilations[axis]!, kernel[axis]!];
  if (stride > 1 && dilation > 1) return undefined;
  const pad = pads[axis]![0];
  const phases = Array.from({ length: stride }, (_, phase): PhaseAxis => {
    const count = Math.ceil((inputSize - phase) / stride);
    const first = (phase + pad) % stride;
    const taps: number[] = [];
    for (let tap = first; tap < cells; tap += stride) taps.unshift(tap);
    const reach = (taps.length - 1) * dilation;
    const before = reach - (phase + pad - first) / stride;
    return { count, taps, pads: [before, count - 1 + reach - before - (outputSize - 1)] };
  });
  const isPadded = phases.every((phase) => phase.taps.length === 0 || phase.pads.every((pad) => pad >= 0));
  return isPadded ? phases : undefined;
}

/** The phases along both axes. */
export function phasesOfNode(
  emitter: Emitter,
  node: TensorNode<"convInputGradient">,
): readonly [readonly PhaseAxis[], readonly PhaseAxis[]] | undefined {
  const geometry = directGeometry(node.attributes);
  const [, , ...inputSize] = nchwcDims(emitter, node.id);
  const [, , ...outputSize] = nchwcDims(emitter, node.inputs[0]!);
  const rows = phasesOf(0, geometry, inputSize[0]!, outputSize[0]!);
  const columns = phasesOf(1, geometry, inputSize[1]!, outputSize[1]!);
  return rows === undefined || columns === undefined ? undefined : [rows, columns];
}

export const nchwcInputGradient: Form<"convInputGradient"> = {
  name: "direct, the kernel turned round",
  applies: (emitter, node) =>
    isDirect(emitter, node, false) &&
    !isPlanar(emitter, node.id) &&
    phasesOfNode(emitter, node) !== undefined,
  emit(emitter, node) {
    const [dy, kernel] = node.inputs as [ValueId, ValueId];
    const { dilations } = directGeometry(node.attributes);
    const [, channels] = nchwcDims(emitter, node.id);
    const turned = emitter.transpose(kernelMatrices(emitter, kernel), [0, 2, 1]);
    const result = byPhases(emitter, node, (taps, pads, size) =>
      convolve(emitter, {
        x: emitter.nchwc(dy),
        kernel: blockedKernel(emitter, turned, taps),
        dilations,
        pads,
        dims: [emitter.shape(dy)[0]!, channels, ...size],
      }),
    );
    emitter.storeCombination(node.id, asCombination(result));
  },
};

/**
 * Computes each phase of the input's cells and lays them between each other.
 *
 * @param convolvePhase gets the numbers of the taps as rows of a smaller kernel
 */
export function byPhases(
  emitter: Emitter,
  node: TensorNode<"convInputGradient">,
  convolvePhase: (
    taps: readonly (readonly number[])[],
    pads: readonly (readonly [number, number])[],
    size: readonly [number, number],
  ) => Tensor,
): Tensor {
  const [rows, columns] = phasesOfNode(emitter, node)!;
  const width = directGeometry(node.attributes).kernel[1];
  const parts = rows.map((row) =>
    columns.map((column) => {
      if (row.taps.length === 0 || column.taps.length === 0) return undefined;
      const taps = row.taps.map((tap) => column.taps.map((other) => tap * width + other));
      return convolvePhase(taps, [row.pads, column.pads], [row.count, column.count]);
    }),
  );
  if (rows.length === 1 && columns.length === 1 && parts[0]![0] !== undefined) return parts[0]![0];
  return interleave(emitter, nchwcDims(emitter, node.id), parts);
}

/** One tensor of phases that lie between each other; those that are undefined are zeros. */
function interleave(
  emitter: Emitter,
  dims: readonly [number, number, number, number],
  parts: readonly (readonly (Tensor | undefined)[])[],
): Tensor {
  const block = emitter.channelBlock;
  const [batch, channels, height, width] = dims;
  const starts: (number | undefined)[][] = [];
  const pieces: Tensor[] = [];
  let length = 0;
  for (const row of parts) {
    starts.push(
      row.map((part) => {
        if (part === undefined) return undefined;
        const start = length;
        pieces.push(blockRows(emitter, part, block));
        length += pieces.at(-1)!.dims[0]!;
        return start;
      }),
    );
  }
  const [down, across] = [parts.length, parts[0]!.length];
  const order = emitter.once(`interleave ${dims.join("x")} ${JSON.stringify(starts)}`, () =>
    orderOf([(batch * channels) / block, height, width], ([image, y, x]) => {
      const start = starts[y! % down]![x! % across];
      if (start === undefined) return -1;
      const lines = Math.ceil((height - (y! % down)) / down);
      const columns = Math.ceil((width - (x! % across)) / across);
      return start + (image! * lines + Math.floor(y! / down)) * columns + Math.floor(x! / across);
    }),
  );
  return emitter.reshape(emitter.gatherRows(emitter.concat(pieces, 0), order), dims);
}

// The gradient of the kernel

export const nchwcKernelGradient: Form<"convKernelGradient"> = {
  name: "direct, the gradient as kernel",
  applies: (emitter, node) =>
    isDirect(emitter, node, false) &&
    node.attributes.dilation.every((step) => step === 1) &&
    emitter.shape(node.inputs[0]!)[0]! >= leastExamples,
  emit(emitter, node) {
    const [x, dy] = node.inputs as [ValueId, ValueId];
    const geometry = directGeometry(node.attributes);
    const [, filters, ...places] = nchwcDims(emitter, dy);
    const { images, pad, piece } = examplesAsChannels(emitter, x, places, geometry);
    const [pieces, examples] = images.dims as readonly [number, number];
    const { kernel: cells, strides } = geometry;
    const result = convolve(emitter, {
      x: images,
      kernel: gradientAsKernel(emitter, dy, examples),
      dilations: [strides[0], strides[1] * piece],
      pads: [pad, [0, 0]],
      dims: [pieces, filters, cells[0], cells[1] * piece],
    });
    const blocks = filters / emitter.channelBlock;
    const [channels, wanted] = emitter.shape(node.id).slice(-2) as [number, number];
    const order = orderOf([...cells, channels, blocks], ([row, column, channel, filter]) => {
      const [group, at] = [Math.floor(channel! / piece), channel! % piece];
      return ((group * blocks + filter!) * cells[0] + row!) * cells[1] * piece + column! * piece + at;
    });
    const rows = emitter.gatherRows(blockRows(emitter, result, emitter.channelBlock), order);
    const kernel = emitter.reshape(rows, [product(cells) * channels, filters]);
    emitter.store(node.id, emitter.slice(kernel, 1, 0, wanted));
  },
};

/** Examples fill blocks of channels here; with fewer, a product of patches is faster. */
const leastExamples = 8;

interface ExampleChannels {
  /** [pieces of channels, examples, height, width · piece], in NCHWc. */
  readonly images: Tensor;
  /** Padding of the height, which the kernel can see to; that of the width is in the images. */
  readonly pad: readonly [number, number];
  readonly piece: number;
}

/** The input with examples for channels, and lines of cells and channels for its width, padded as the windows want it. */
function examplesAsChannels(
  emitter: Emitter,
  x: ValueId,
  places: readonly number[],
  { kernel, strides, pads }: DirectGeometry,
): ExampleChannels {
  const [batch, blocked, height, width] = nchwcDims(emitter, x);
  const block = emitter.channelBlock;
  const isFew = isPlanar(emitter, x);
  const piece = isFew ? emitter.shape(x).at(-1)! : block;
  const pieces = isFew ? 1 : blocked / block;
  const examples = wholeBlocks(batch, block);
  const reach = (places[0]! - 1) * strides[0] + kernel[0];
  const lines = Math.min(height, reach - pads[0][0]);
  const columns = (places[1]! - 1) * strides[1] + kernel[1];
  const rows = isFew
    ? emitter.reshape(emitter.flat(x), [batch * height * width, piece])
    : blockRows(emitter, emitter.nchwc(x), block);
  const after = columns - width - pads[1][0];
  // One block of examples may come before the blocks of channels, or many before one: then the lines need only be padded.
  const isOneBlock = batch === block || (pieces === 1 && batch % block === 0);
  const isOrdered = isOneBlock && lines === height && after >= 0;
  const images = isOrdered
    ? padLines(emitter, rows, width, [pads[1][0], after])
    : emitter.gatherRows(rows, paddedOrder(emitter, { batch, pieces, examples, height, width, lines, columns, before: pads[1][0] })); // prettier-ignore
  const dims = [pieces, examples, lines, columns * piece];
  const plain = isOrdered ? [1, examples, pieces * lines, columns * piece] : dims;
  const reordered = emitter.nchwcOp("ReorderInput", [emitter.reshape(images, plain)], plain);
  return {
    images: emitter.reshape(reordered, dims),
    pad: [pads[0][0], reach - pads[0][0] - lines],
    piece,
  };
}

/** Lines of an image with zeros before and after each. */
function padLines(emitter: Emitter, rows: Tensor, width: number, ends: readonly [number, number]): Tensor {
  const [count, piece] = rows.dims as readonly [number, number];
  const lines = emitter.reshape(rows, [count / width, width * piece]);
  return emitter.padRows(lines, (ends[0] + width + ends[1]) * piece, ends[0] * piece);
}

interface PaddedImages {
  readonly batch: number;
  readonly pieces: number;
  /** The batch in whole blocks. */
  readonly examples: number;
  readonly height: number;
  readonly width: number;
  /** Lines and columns that are wanted, and how many columns of zeros come first. */
  readonly lines: number;
  readonly columns: number;
  readonly before: number;
}

/** Rows of pieces of channels [examples, pieces, height, width] in the order [pieces, examples, lines, columns]. */
function paddedOrder(emitter: Emitter, images: PaddedImages): Int32Array {
  const { batch, pieces, examples, height, width, lines, columns, before } = images;
  return emitter.once(`examples as channels ${JSON.stringify(images)}`, () =>
    orderOf([pieces, examples, lines, columns], ([group, example, line, column]) => {
      const at = column! - before;
      if (example! >= batch || at < 0 || at >= width) return -1;
      return ((example! * pieces + group!) * height + line!) * width + at;
    }),
  );
}

/** [filters / block, examples / block, places, block of examples, block of filters]. */
function gradientAsKernel(emitter: Emitter, dy: ValueId, examples: number): Tensor {
  const [batch, filters, ...size] = nchwcDims(emitter, dy);
  const block = emitter.channelBlock;
  const [blocks, places] = [filters / block, product(size)];
  const rows = blockRows(emitter, emitter.nchwc(dy), block);
  const order = emitter.once(`gradient as kernel ${batch} ${blocks} ${places}`, () =>
    orderOf([blocks, examples / block, places, block], ([filter, group, place, example]) => {
      const at = group! * block + example!;
      return at >= batch ? -1 : (at * blocks + filter!) * places + place!;
    }),
  );
  return emitter.reshape(emitter.gatherRows(rows, order), [filters, examples, ...size]);
}
