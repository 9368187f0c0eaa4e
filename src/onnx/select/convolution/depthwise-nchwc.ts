import type { ValueId } from "../../../tensor/tensor-graph.ts";
import type { Emitter } from "../emitter.ts";
import type { Form } from "../form.ts";
import { asCombination, blockRows, convolve } from "../nchwc.ts";
import type { Tensor } from "../node-maker.ts";
import { product } from "../row-layout.ts";
import { byPhases, phasesOfNode } from "./direct-nchwc.ts";
import { type DirectGeometry, directGeometry, isDirect, nchwcDims, orderOf } from "./geometry-nchwc.ts";
import { kernelMatrices, kernelRows } from "./kernels-nchwc.ts";

/*
 * Convolutions of one filter a channel in NCHWc. Their kernel's gradient is one too: with a channel for every channel of every
 * example, the output's gradient, as it lies, is its kernel.
 */

export const nchwcDepthwiseConv: Form<"conv"> = {
  name: "direct, a channel at a time",
  applies: (emitter, node) => isDirect(emitter, node, true),
  emit(emitter, node) {
    const [x, kernel] = node.inputs as [ValueId, ValueId];
    const geometry = directGeometry(node.attributes);
    const [, channels] = nchwcDims(emitter, x);
    const taps = Array.from({ length: product(geometry.kernel) }, (_, tap) => tap);
    const result = convolve(emitter, {
      ...geometry,
      x: emitter.nchwc(x),
      kernel: emitter.reshape(tapsByBlock(emitter, kernel, taps, x), [channels, 1, ...geometry.kernel]),
      groups: channels,
      dims: nchwcDims(emitter, node.id),
    });
    emitter.storeCombination(node.id, asCombination(result));
  },
};

/** Some taps of a kernel as the channels of x lie, [channels / block, taps, block]. */
function tapsByBlock(emitter: Emitter, kernel: ValueId, taps: readonly number[], x: ValueId): Tensor {
  const channels = emitter.shape(kernel).at(-1)!;
  if (emitter.examplesInBlock(x) === 2) {
    const rows = emitter.gatherRows(
      emitter.reshape(emitter.flat(kernel), [product(emitter.shape(kernel)) / channels, channels]),
      Int32Array.from(taps),
    );
    return emitter.concat([rows, rows], 1);
  }
  const blocks = Math.ceil(channels / emitter.channelBlock);
  return emitter.gatherRows(
    kernelRows(emitter, kernelMatrices(emitter, kernel)),
    orderOf([blocks, taps.length], ([group, tap]) => taps[tap!]! * blocks + group!),
  );
}

export const nchwcDepthwiseInputGradient: Form<"convInputGradient"> = {
  name: "direct, the kernel turned round",
  applies: (emitter, node) => isDirect(emitter, node, true) && phasesOfNode(emitter, node) !== undefined,
  emit(emitter, node) {
    const [dy, kernel] = node.inputs as [ValueId, ValueId];
    const [batch, channels] = nchwcDims(emitter, dy);
    const result = byPhases(emitter, node, (taps, pads, size) =>
      convolve(emitter, {
        x: emitter.nchwc(dy),
        kernel: emitter.reshape(tapsByBlock(emitter, kernel, taps.flat(), dy), [
          channels,
          1,
          taps.length,
          taps[0]!.length,
        ]),
        dilations: directGeometry(node.attributes).dilations,
        pads,
        groups: channels,
        dims: [batch, channels, ...size],
      }),
    );
    emitter.storeCombination(node.id, asCombination(result));
  },
};

export const nchwcDepthwiseKernelGradient: Form<"convKernelGradient"> = {
  name: "direct, the gradient as kernel",
  applies: (emitter, node) => isDirect(emitter, node, true),
  emit(emitter, node) {
    const [x, dy] = node.inputs as [ValueId, ValueId];
    const geometry = directGeometry(node.attributes);
    const [batch, channels, ...size] = nchwcDims(emitter, x);
    const [, , ...places] = nchwcDims(emitter, dy);
    const all = batch * channels;
    const axes = [0, 1].map((axis) => resultAxis(axis, geometry, size[axis]!, places[axis]!));
    const made = axes.map(({ count }) => count);
    const result = convolve(emitter, {
      x: emitter.reshape(emitter.nchwc(x), [1, all, ...size]),
      kernel: emitter.reshape(emitter.nchwc(dy), [all, 1, ...places]),
      strides: geometry.dilations,
      dilations: geometry.strides,
      pads: axes.map(({ pads }) => pads),
      groups: all,
      dims: [1, all, ...made],
    });
    const taps = product(made);
    const sums = emitter.sumRows(emitter.reshape(result, [batch, channels * taps]));
    const blocks = channels / emitter.channelBlock;
    const order = orderOf([...geometry.kernel, blocks], ([row, column, group]) => {
      return group! * taps + row! * made[1]! + column!;
    });
    const rows = emitter.gatherRows(blockRows(emitter, sums, emitter.channelBlock), order);
    const kernel = emitter.reshape(rows, [product(geometry.kernel), channels]);
    const wanted = emitter.shape(node.id).at(-1)!;
    const first = emitter.slice(kernel, 1, 0, wanted);
    const isPaired = emitter.examplesInBlock(x) === 2;
    emitter.store(node.id, isPaired ? emitter.add(first, emitter.slice(kernel, 1, wanted, channels)) : first);
  },
};

/** How many cells of the kernel's gradient come along an axis: more than the kernel has, where windows leave a rest. */
function resultAxis(
  axis: number,
  { kernel, strides, dilations, pads }: DirectGeometry,
  size: number,
  places: number,
): { readonly count: number; readonly pads: readonly [number, number] } {
  const reach = (places - 1) * strides[axis]! + 1;
  const before = pads[axis]![0];
  const after = Math.max(0, (kernel[axis]! - 1) * dilations[axis]! + reach - before - size);
  const count = Math.floor((size + before + after - reach) / dilations[axis]!) + 1;
  return { count, pads: [before, after] };
}
