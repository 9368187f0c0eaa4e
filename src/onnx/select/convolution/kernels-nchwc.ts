import type { ValueId } from "../../../tensor/tensor-graph.ts";
import type { Emitter } from "../emitter.ts";
import { wholeBlocks } from "../nchwc.ts";
import type { Tensor } from "../node-maker.ts";
import { product } from "../row-layout.ts";
import { type DirectGeometry, joinedExamples, orderOf } from "./geometry-nchwc.ts";

/* Kernels in the order in which direct convolutions take them. They are small, and one gather puts them so. */

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
  const stacked = stackedKernels(emitter, kernel, [taps]);
  return emitter.reshape(stacked, stacked.dims.slice(1));
}

/** Several such pieces of a kernel, of one size, after each other. */
export function stackedKernels(
  emitter: Emitter,
  kernel: Tensor,
  pieces: readonly (readonly (readonly number[])[])[],
): Tensor {
  const [, channels, filters] = kernel.dims as readonly [number, number, number];
  const block = emitter.channelBlock;
  const numbers = pieces.map((taps) => taps.flat());
  const [blocks, groups] = [filters, channels].map((count) => Math.ceil(count / block)) as [number, number];
  const dims = [pieces.length, blocks, groups, numbers[0]!.length, block];
  const order = orderOf(dims, ([piece, filter, group, tap, channel]) => {
    const at = group! * block + channel!;
    return at >= channels ? -1 : (numbers[piece!]![tap!]! * channels + at) * blocks + filter!;
  });
  const rows = emitter.gatherRows(kernelRows(emitter, kernel), order);
  const size = [pieces[0]!.length, pieces[0]![0]!.length];
  return emitter.reshape(rows, [pieces.length, blocks * block, groups * block, ...size]);
}

/** All taps in their rows. */
export function tapNumbers([height, width]: readonly [number, number]): readonly (readonly number[])[] {
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => row * width + column),
  );
}

/** [filters / block, channels, taps, block of filters]. */
export function planarKernel(
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
export function directKernel(
  emitter: Emitter,
  kernel: Tensor,
  taps: readonly (readonly number[])[],
  ends: { readonly from: ValueId; readonly to: ValueId },
): Tensor {
  const isPaired = joinedExamples(emitter, [ends.from, ends.to]) > 1;
  return isPaired ? pairedKernel(emitter, kernel, taps, ends) : blockedKernel(emitter, kernel, taps);
}
