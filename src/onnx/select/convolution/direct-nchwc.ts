import type { TensorNode, ValueId, WindowGeometry } from "../../../tensor/tensor-graph.ts";
import type { Emitter } from "../emitter.ts";
import type { Form } from "../form.ts";
import { asCombination, blockRows, convolve, twoAxes, wholeBlocks } from "../nchwc.ts";
import { type ConvolutionNode, endsOf, mostPlanarChannels, suitsNchwc } from "../nchwc-choice.ts";
import type { Tensor } from "../node-maker.ts";
import { advance, product } from "../row-layout.ts";

/*
 * Direct convolutions in NCHWc, and their gradients as convolutions too; that of the kernel in kernel-gradient-nchwc.ts.
 *
 * The gradient of the input is a convolution of the output's gradient with the kernel turned round, channels and filters
 * swapped; where windows move by s > 1 cells each of the s·s phases of the input's cells meets its own taps, so there is one convolution for each, and
 * their results are laid between each other.
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

/** What the dims of a value in NCHWc say: [examples or pairs of them, channels in whole blocks, height, width]. */
export function nchwcDims(emitter: Emitter, value: ValueId): readonly [number, number, number, number] {
  const shape = emitter.shape(value);
  const channels = wholeBlocks(shape.at(-1)!, emitter.channelBlock);
  return [shape[0]! / emitter.examplesInBlock(value), channels, ...twoAxes(shape.slice(1, -1), 1)];
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
export function isPlanar(emitter: Emitter, x: ValueId): boolean {
  return emitter.shape(x).at(-1)! <= mostPlanarChannels;
}

export const nchwcConv: Form<"conv"> = {
  name: "direct",
  applies: (emitter, node) => isDirect(emitter, node, false),
  emit(emitter, node) {
    const [x, kernel] = node.inputs as [ValueId, ValueId];
    const geometry = directGeometry(node.attributes);
    const isFew = isPlanar(emitter, x);
    const joined = joinedExamples(emitter, isFew ? [node.id] : [x, node.id]);
    const dims = nchwcDims(emitter, node.id);
    const matrices = kernelMatrices(emitter, kernel);
    const convolution = {
      ...geometry,
      x: inJoined(emitter, isFew ? planarImages(emitter, x) : emitter.nchwc(x), x, joined),
      kernel: isFew
        ? planarKernel(emitter, matrices, geometry, node.id)
        : directKernel(emitter, matrices, tapNumbers(geometry.kernel), { from: x, to: node.id }),
      dims: joinedDims(emitter, node.id, joined),
    };
    const made = (shift?: Tensor, sum?: Tensor): Tensor => {
      const joinedSum = sum && inJoined(emitter, sum, node.id, joined);
      const bias = shift && inJoinedVector(emitter, shift, node.id, joined);
      return emitter.reshape(convolve(emitter, { ...convolution, bias, sum: joinedSum }), dims);
    };
    const isReadOnce = emitter.useCount(node.id) === 1;
    emitter.storeCombination(node.id, asCombination(made(), isReadOnce ? made : undefined));
  },
};

// Pairs of examples: where either end of a convolution has them in its blocks, both are seen so.

/** How many examples a convolution takes together. */
function joinedExamples(emitter: Emitter, ends: readonly ValueId[]): number {
  return Math.max(...ends.map((end) => emitter.examplesInBlock(end)));
}

/** What the dims of a value say where so many examples are taken together: their blocks lie one after the other. */
function joinedDims(emitter: Emitter, value: ValueId, joined: number): readonly number[] {
  const [batch, channels, ...size] = nchwcDims(emitter, value);
  const times = joined / emitter.examplesInBlock(value);
  return [batch / times, channels * times, ...size];
}

function inJoined(emitter: Emitter, tensor: Tensor, value: ValueId, joined: number): Tensor {
  const [batch, channels, ...size] = tensor.dims as readonly [number, number, number, number];
  const times = (joined * batch) / emitter.shape(value)[0]!;
  return emitter.reshape(tensor, [batch / times, channels * times, ...size]);
}

/** Numbers a channel of a value's blocks, for so many examples. */
function inJoinedVector(emitter: Emitter, vector: Tensor, value: ValueId, joined: number): Tensor {
  const times = joined / emitter.examplesInBlock(value);
  return emitter.concat(Array.from({ length: times }, () => vector), 0); // prettier-ignore
}

/** Where the channels of two examples are in blocks. */
interface PairLanes {
  readonly blocks: number;
  /** The example and channel of a place in a block; a channel beyond the last is one of zeros. */
  readonly placeOf: (block: number, lane: number) => readonly [example: number, channel: number];
}

function pairLanes(emitter: Emitter, value: ValueId): PairLanes {
  const { channelBlock } = emitter;
  const channels = emitter.shape(value).at(-1)!;
  if (emitter.examplesInBlock(value) === 2) {
    return { blocks: 1, placeOf: (_, lane) => [Math.floor(lane / channels), lane % channels] };
  }
  const blocks = Math.ceil(channels / channelBlock);
  return {
    blocks: 2 * blocks,
    placeOf: (block, lane) => [Math.floor(block / blocks), (block % blocks) * channelBlock + lane],
  };
}

/**
 * Some taps of a kernel [taps, channels, filters] for two examples at once, zeros between the channels of one and the filters
 * of the other: [blocks of filters, blocks of channels, taps, channels, filters]. Half blocks of filters are gathered.
 */
function pairedKernel(
  emitter: Emitter,
  kernel: Tensor,
  taps: readonly (readonly number[])[],
  { from, to }: { readonly from: ValueId; readonly to: ValueId },
): Tensor {
  const [, channels, filters] = kernel.dims as readonly [number, number, number];
  const block = emitter.channelBlock;
  const half = block / 2;
  const pieces = Math.ceil(filters / half);
  const numbers = taps.flat();
  const [input, output] = [pairLanes(emitter, from), pairLanes(emitter, to)];
  const dims = [output.blocks, input.blocks, numbers.length, block, 2];
  const order = orderOf(dims, ([filterBlock, channelBlock, tap, lane, side]) => {
    const [example, channel] = input.placeOf(channelBlock!, lane!);
    const [other, filter] = output.placeOf(filterBlock!, side! * half);
    if (example !== other || channel >= channels || filter >= filters) return -1;
    return (numbers[tap!]! * channels + channel) * pieces + filter / half;
  });
  const rows = emitter.gatherRows(filterRows(emitter, kernel, half), order);
  return emitter.reshape(rows, [output.blocks * block, input.blocks * block, taps.length, taps[0]!.length]);
}

/** Some taps of a kernel as a convolution between two values takes them. */
function directKernel(
  emitter: Emitter,
  kernel: Tensor,
  taps: readonly (readonly number[])[],
  ends: { readonly from: ValueId; readonly to: ValueId },
): Tensor {
  const isPaired = joinedExamples(emitter, [ends.from, ends.to]) > 1;
  return isPaired ? pairedKernel(emitter, kernel, taps, ends) : blockedKernel(emitter, kernel, taps);
}

/** An image of few channels, [N, C, H, W]. */
function planarImages(emitter: Emitter, x: ValueId): Tensor {
  const [batch, ...shape] = emitter.shape(x) as [number, ...number[]];
  const channels = shape.at(-1)!;
  const [height, width] = twoAxes(shape.slice(0, -1), 1);
  const rows = emitter.reshape(emitter.flat(x), [batch, height * width, channels]);
  const turned = channels === 1 ? rows : emitter.transpose(rows, [0, 2, 1]);
  return emitter.reshape(turned, [batch, channels, height, width]);
}

/** The rows of one block of filters of a kernel [taps, channels, filters]: [taps · channels · blocks, block]. */
export function kernelRows(emitter: Emitter, kernel: Tensor): Tensor {
  return filterRows(emitter, kernel, emitter.channelBlock);
}

/** The same in pieces of so many filters. */
function filterRows(emitter: Emitter, kernel: Tensor, block: number): Tensor {
  const [taps, channels, filters] = kernel.dims as readonly [number, number, number];
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

/** [filters / block, channels, taps, block of filters]. */
function planarKernel(
  emitter: Emitter,
  kernel: Tensor,
  { kernel: cells }: DirectGeometry,
  to: ValueId,
): Tensor {
  const [, channels, filters] = kernel.dims as readonly [number, number, number];
  const block = emitter.channelBlock;
  if (emitter.examplesInBlock(to) === 2) {
    // The channels of the first example, then those of the second, each with its half of the block.
    const order = orderOf([2, channels, product(cells), 2], ([example, channel, tap, side]) =>
      example === side ? tap! * channels + channel! : -1,
    );
    const rows = emitter.gatherRows(filterRows(emitter, kernel, block / 2), order);
    return emitter.reshape(rows, [block, 2 * channels, ...cells]);
  }
  const blocks = Math.ceil(filters / block);
  const order = orderOf([blocks, channels, product(cells)], ([filter, channel, tap]) => {
    return (tap! * channels + channel!) * blocks + filter!;
  });
  const rows = emitter.gatherRows(kernelRows(emitter, kernel), order);
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
    const [batch, channels] = nchwcDims(emitter, node.id);
    const joined = joinedExamples(emitter, [dy, node.id]);
    const turned = emitter.transpose(kernelMatrices(emitter, kernel), [0, 2, 1]);
    const made = (shift?: Tensor, sum?: Tensor): Tensor =>
      byPhases(emitter, node, (taps, pads, size) => {
        const phase = convolve(emitter, {
          bias: shift && inJoinedVector(emitter, shift, node.id, joined),
          sum: sum && inJoined(emitter, sum, node.id, joined),
          x: inJoined(emitter, emitter.nchwc(dy), dy, joined),
          kernel: directKernel(emitter, turned, taps, { from: dy, to: node.id }),
          dilations,
          pads,
          dims: [...joinedDims(emitter, node.id, joined).slice(0, 2), ...size],
        });
        return emitter.reshape(phase, [batch, channels, ...size]);
      });
    const isOnePhase = node.attributes.stride.every((step) => step === 1);
    const isRefinable = isOnePhase && emitter.useCount(node.id) === 1;
    emitter.storeCombination(node.id, asCombination(made(), isRefinable ? made : undefined));
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
