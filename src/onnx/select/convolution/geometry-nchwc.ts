import type { ValueId, WindowGeometry } from "../../../tensor/tensor-graph.ts";
import type { Emitter } from "../emitter.ts";
import { repeatedVector, twoAxes, wholeBlocks } from "../nchwc.ts";
import { type ConvolutionNode, liesDirect, mostPlanarChannels } from "../nchwc-choice.ts";
import type { Tensor } from "../node-maker.ts";
import { advance, product } from "../row-layout.ts";

/* What convolutions in NCHWc, their kernels and their gradients have in common. */

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
  return liesDirect(emitter.graph, emitter.plan, node, channelBlock);
}

/** Whether an image has so few channels that it is read as it is. */
export function isPlanar(emitter: Emitter, x: ValueId): boolean {
  return emitter.shape(x).at(-1)! <= mostPlanarChannels;
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

// Pairs of examples: where either end of a convolution has them in its blocks, both are seen so.

/** How many examples a convolution takes together. */
export function joinedExamples(emitter: Emitter, ends: readonly ValueId[]): number {
  return Math.max(...ends.map((end) => emitter.examplesInBlock(end)));
}

/** What the dims of a value say where so many examples are taken together: their blocks lie one after the other. */
export function joinedDims(emitter: Emitter, value: ValueId, joined: number): readonly number[] {
  const [batch, channels, ...size] = nchwcDims(emitter, value);
  const times = joined / emitter.examplesInBlock(value);
  return [batch / times, channels * times, ...size];
}

export function inJoined(emitter: Emitter, tensor: Tensor, value: ValueId, joined: number): Tensor {
  const [batch, channels, ...size] = tensor.dims as readonly [number, number, number, number];
  const times = (joined * batch) / emitter.shape(value)[0]!;
  return emitter.reshape(tensor, [batch / times, channels * times, ...size]);
}

/** Numbers a channel of a value's blocks, for so many examples. */
export function inJoinedVector(emitter: Emitter, vector: Tensor, value: ValueId, joined: number): Tensor {
  return repeatedVector(emitter, vector, joined / emitter.examplesInBlock(value));
}
