import type { ValueId } from "../../tensor/tensor-graph.ts";
import { nchwcDims, orderOf } from "./convolution/geometry-nchwc.ts";
import type { Emitter } from "./emitter.ts";
import type { Form } from "./form.ts";
import { asCombination, blockRows, wholeBlocks } from "./nchwc.ts";
import { product } from "./row-layout.ts";

/* Channels joined and cut in NCHWc, by whole blocks or by halves, whose examples share blocks in pairs. */

/** Whole blocks of channels joined. */
export const concatBlocks: Form<"concat"> = {
  name: "Concat of blocks of channels",
  applies(emitter, { id, inputs, attributes }) {
    return (
      isChannelAxis(emitter, id, attributes.axis) &&
      emitter.plan.isNchwc(id) &&
      inputs.slice(0, -1).every((input) => fillsBlocks(emitter, input)) &&
      inputs.every((input) => emitter.examplesInBlock(input) === 1)
    );
  },
  emit(emitter, node) {
    const parts = node.inputs.map((input) => emitter.nchwc(input));
    emitter.storeCombination(node.id, asCombination(emitter.concat(parts, 1)));
  },
};

/** Halves of blocks joined to whole ones: of examples that share a block, each gets blocks of its own. */
export const concatHalves: Form<"concat"> = {
  name: "Concat of half blocks of channels",
  applies(emitter, { id, inputs, attributes }) {
    return (
      isChannelAxis(emitter, id, attributes.axis) &&
      emitter.plan.isNchwc(id) &&
      fillsBlocks(emitter, id) &&
      inputs.every((input) => emitter.plan.isNchwc(input) && emitter.examplesInBlock(input) === 2)
    );
  },
  emit(emitter, node) {
    const half = emitter.channelBlock / 2;
    const dims = nchwcDims(emitter, node.id);
    const [batch, channels, ...size] = dims;
    const cells = product(size);
    const halves = node.inputs.map((input) => blockRows(emitter, emitter.nchwc(input), half));
    const order = emitter.once(`join halves ${dims.join("x")}`, () =>
      orderOf([batch, channels / (2 * half), cells, 2], ([example, block, cell, side]) => {
        const pair = (2 * block! + side!) * (batch / 2) + Math.floor(example! / 2);
        return (pair * cells + cell!) * 2 + (example! % 2);
      }),
    );
    const joined = emitter.gatherRows(emitter.concat(halves, 0), order);
    emitter.storeCombination(node.id, asCombination(emitter.reshape(joined, dims)));
  },
};

/** Whole blocks of the channels of a value in NCHWc. */
export const sliceBlocks: Form<"slice"> = {
  name: "Slice of blocks of channels",
  applies(emitter, { id, inputs, attributes: { axes, starts, ends } }) {
    const [x] = inputs as [ValueId];
    const isChannels = axes.length === 1 && isChannelAxis(emitter, x, axes[0]!);
    if (!isChannels || !emitter.plan.isNchwc(x) || starts[0]! % emitter.channelBlock !== 0) return false;
    const [end, channels] = [ends[0]!, emitter.shape(x).at(-1)!];
    return fillsBlocks(emitter, id) || (end === channels && emitter.examplesInBlock(id) === 1);
  },
  emit(emitter, node) {
    const x = emitter.nchwc(node.inputs[0]!);
    const [start, count] = [node.attributes.starts[0]!, emitter.shape(node.id).at(-1)!];
    const end = start + wholeBlocks(count, emitter.channelBlock);
    emitter.storeCombination(node.id, asCombination(emitter.slice(x, 1, start, end)));
  },
};

/** Half a block of a value whose examples have blocks of their own, for two examples that share one. */
export const sliceHalf: Form<"slice"> = {
  name: "Slice of half a block of channels",
  applies(emitter, { id, inputs, attributes: { axes, starts } }) {
    const [x] = inputs as [ValueId];
    const isChannels = axes.length === 1 && isChannelAxis(emitter, x, axes[0]!);
    return (
      isChannels &&
      emitter.plan.isNchwc(x) &&
      emitter.plan.isNchwc(id) &&
      fillsBlocks(emitter, x) &&
      emitter.examplesInBlock(id) === 2 &&
      starts[0]! % (emitter.channelBlock / 2) === 0
    );
  },
  emit(emitter, node) {
    const half = emitter.channelBlock / 2;
    const [, channels, ...size] = nchwcDims(emitter, node.inputs[0]!);
    const cells = product(size);
    const dims = nchwcDims(emitter, node.id);
    const start = node.attributes.starts[0]! / half;
    const order = emitter.once(`half ${start} of ${channels}, ${dims.join("x")}`, () =>
      orderOf([dims[0], cells, 2], ([pair, cell, example]) => {
        const image = (2 * pair! + example!) * (channels / (2 * half)) + Math.floor(start / 2);
        return (image * cells + cell!) * 2 + (start % 2);
      }),
    );
    const rows = blockRows(emitter, emitter.nchwc(node.inputs[0]!), half);
    const taken = emitter.reshape(emitter.gatherRows(rows, order), dims);
    emitter.storeCombination(node.id, asCombination(taken));
  },
};

/** Whether an axis is the last one, where channels are. */
export function isChannelAxis(emitter: Emitter, value: ValueId, axis: number): boolean {
  return axis === emitter.shape(value).length - 1;
}

function fillsBlocks(emitter: Emitter, value: ValueId): boolean {
  return emitter.shape(value).at(-1)! % emitter.channelBlock === 0;
}
