import type { ValueId } from "../../../tensor/tensor-graph.ts";
import type { Emitter } from "../emitter.ts";
import type { Form } from "../form.ts";
import { blockRows, convolve, toRows, wholeBlocks } from "../nchwc.ts";
import type { Tensor } from "../node-maker.ts";
import { product } from "../row-layout.ts";
import {
  type DirectGeometry,
  directGeometry,
  isDirect,
  isPlanar,
  nchwcDims,
  orderOf,
} from "./geometry-nchwc.ts";

/*
 * The gradient of the kernel, dW[ky, kx, c, f] = Σ x[n, s·y + ky, s·x + kx, c] · dY[n, y, x, f], is a convolution whose channels are
 * the examples n, whose kernel is dY, as large as a map, with the stride s for its dilation, and whose result has the size of the kernel. Lines of
 * cells and channels together are its width, so that a row of the result holds all kx and c side by side, which keeps the
 * vector units as busy as a large image would.
 */

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
    const { kernel: cells, strides } = geometry;
    const lanes = filterLanes(emitter, dy, geometry);
    const kernelSize = [places[0]! + lanes.shifts - 1, places[1]!] as const;
    const rows = Math.ceil(cells[0] / lanes.shifts);
    const reach = (rows - 1) * lanes.shifts + (kernelSize[0] - 1) * strides[0] + 1;
    const { images, pad, piece } = examplesAsChannels(emitter, x, places, geometry, reach);
    const [pieces, examples] = images.dims as readonly [number, number];
    const blocks = filters / emitter.channelBlock;
    const groups = exampleGroups(pieces * blocks * rows, examples / emitter.channelBlock);
    const result = convolve(emitter, {
      x: images,
      kernel: gradientAsKernel(emitter, dy, { examples, groups, lanes, size: kernelSize }),
      strides: [lanes.shifts, 1],
      dilations: [strides[0], strides[1] * piece],
      pads: [pad, [0, 0]],
      groups,
      dims: [pieces, groups * filters, rows, cells[1] * piece],
    });
    const [channels, wanted] = emitter.shape(node.id).slice(-2) as [number, number];
    const perBlock = emitter.channelBlock / lanes.length;
    const order = orderOf([groups, ...cells, channels, blocks], ([group, row, column, channel, filter]) => {
      const [part, at] = [Math.floor(channel! / piece), channel! % piece];
      const block = (part * groups + group!) * blocks + filter!;
      const line = block * rows + Math.floor(row! / lanes.shifts);
      return ((line * cells[1] + column!) * piece + at) * perBlock + (row! % lanes.shifts);
    });
    const gathered = emitter.gatherRows(blockRows(emitter, result, lanes.length), order);
    const parts = emitter.reshape(gathered, [groups, product(cells) * channels * blocks * lanes.length]);
    const sum = groups === 1 ? parts : emitter.sumRows(parts);
    const kernel = emitter.reshape(sum, [product(cells) * channels, blocks * lanes.length]);
    emitter.store(node.id, emitter.slice(kernel, 1, 0, wanted));
  },
};

/** How the filters of the output's gradient fill the lanes of a block. */
interface FilterLanes {
  /** So many lanes are one filter each. */
  readonly length: number;
  /** The others hold the same filters some lines later, so that one line of the result is several of the kernel's gradient. */
  readonly shifts: number;
}

function filterLanes(emitter: Emitter, dy: ValueId, { kernel, strides }: DirectGeometry): FilterLanes {
  const block = emitter.channelBlock;
  if (emitter.examplesInBlock(dy) === 1) return { length: block, shifts: 1 };
  return { length: block / 2, shifts: strides[0] === 1 && kernel[0] > 1 ? 2 : 1 };
}

/** ONNX Runtime shares out lines of a block of filters between threads; they shall not go without. */
const fewestLines = 6;

/** The groups that examples are convolved in, whose results are added up: more than one where there are few lines. */
function exampleGroups(lines: number, blocks: number): number {
  let groups = 1;
  while (lines * groups < fewestLines && blocks % (2 * groups) === 0) groups *= 2;
  return groups;
}

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
  reach: number,
): ExampleChannels {
  const [, blocked, height, width] = nchwcDims(emitter, x);
  const block = emitter.channelBlock;
  const [batch, channels] = [emitter.shape(x)[0]!, emitter.shape(x).at(-1)!];
  const isFew = isPlanar(emitter, x);
  const isPaired = !isFew && emitter.examplesInBlock(x) === 2;
  const piece = isFew || isPaired ? channels : block;
  const pieces = isFew || isPaired ? 1 : blocked / block;
  const examples = wholeBlocks(batch, block);
  const lines = Math.min(height, (places[0]! - 1) * strides[0] + kernel[0] - pads[0][0]);
  const columns = (places[1]! - 1) * strides[1] + kernel[1];
  const ends = [pads[1][0], columns - width - pads[1][0]] as const;
  const isWhole = lines === height && ends[1] >= 0 && batch === examples;
  const order = { batch, pieces, examples, height, width, lines, columns, before: pads[1][0] };
  // One block of examples may come before the blocks of channels, or many before one: then nothing need be put in order.
  const isOrdered = batch === block || pieces === 1;
  const images = !isWhole
    ? emitter.gatherRows(cellRows(emitter, x, piece), paddedOrder(emitter, order))
    : isFew
      ? padLines(emitter, cellRows(emitter, x, piece), width, ends)
      : isPaired
        ? pairsApart(emitter, x, ends)
        : piecesFirst(emitter, padBlocks(emitter, emitter.nchwc(x), ends), isOrdered ? 1 : pieces);
  const dims = [pieces, examples, lines, columns * piece];
  const plain = isOrdered ? [1, examples, pieces * lines, columns * piece] : dims;
  const reordered = emitter.nchwcOp("ReorderInput", [emitter.reshape(images, plain)], plain);
  return {
    images: emitter.reshape(reordered, dims),
    pad: [pads[0][0], reach - pads[0][0] - lines],
    piece,
  };
}

/** The rows of values whose examples share blocks, which may lie apart already. */
function pairsApart(emitter: Emitter, x: ValueId, ends: readonly [number, number]): Tensor {
  const [batch, channels] = [emitter.shape(x)[0]!, emitter.shape(x).at(-1)!];
  if (isWithoutEnds(ends)) return cellRows(emitter, x, channels);
  return toRows(emitter, padBlocks(emitter, emitter.nchwc(x), ends), [batch, channels], emitter.channelBlock);
}

/** The pieces of channels of each cell, [examples · pieces · cells, piece]. */
function cellRows(emitter: Emitter, x: ValueId, piece: number): Tensor {
  if (piece === emitter.channelBlock) return blockRows(emitter, emitter.nchwc(x), piece);
  const flat = emitter.flat(x);
  return emitter.reshape(flat, [product(flat.dims) / piece, piece]);
}

/** [examples, pieces, …] → [pieces, examples, …]. */
function piecesFirst(emitter: Emitter, images: Tensor, pieces: number): Tensor {
  if (pieces === 1) return images;
  const batch = images.dims[0]!;
  const maps = emitter.reshape(images, [batch * pieces, product(images.dims) / (batch * pieces)]);
  const order = orderOf([pieces, batch], ([group, example]) => example! * pieces + group!);
  return emitter.gatherRows(maps, order);
}

/** Lines of an image with zeros before and after each. */
function padLines(emitter: Emitter, rows: Tensor, width: number, ends: readonly [number, number]): Tensor {
  const [count, piece] = rows.dims as readonly [number, number];
  const lines = emitter.reshape(rows, [count / width, width * piece]);
  return emitter.padRows(lines, (ends[0] + width + ends[1]) * piece, ends[0] * piece);
}

function isWithoutEnds(ends: readonly [number, number]): boolean {
  return ends.every((cells) => cells === 0);
}

/** The same in NCHWc: a convolution with one 1 a channel, which runs on all threads, where padding runs on one. */
function padBlocks(emitter: Emitter, x: Tensor, ends: readonly [number, number]): Tensor {
  if (isWithoutEnds(ends)) return x;
  const [batch, channels, height, width] = x.dims as readonly [number, number, number, number];
  return convolve(emitter, {
    x,
    kernel: emitter.filled([channels, 1, 1, 1], 1),
    groups: channels,
    pads: [[0, 0], ends],
    dims: [batch, channels, height, ends[0] + width + ends[1]],
  });
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

interface GradientKernel {
  /** The batch in whole blocks, and the groups that it is convolved in. */
  readonly examples: number;
  readonly groups: number;
  readonly lanes: FilterLanes;
  /** Lines and columns, with those that shifts add. */
  readonly size: readonly [number, number];
}

/** [groups, filters / block, examples of a group / block, places, block of examples, block of filters]. */
function gradientAsKernel(emitter: Emitter, dy: ValueId, kernel: GradientKernel): Tensor {
  const { examples, groups, lanes, size } = kernel;
  const [, filters, height, width] = nchwcDims(emitter, dy);
  const batch = emitter.shape(dy)[0]!;
  const block = emitter.channelBlock;
  const [blocks, perBlock, inGroup] = [filters / block, block / lanes.length, examples / groups];
  const rows = blockRows(emitter, emitter.nchwc(dy), lanes.length);
  const key = `gradient as kernel ${batch} ${blocks} ${height} ${width} ${JSON.stringify(kernel)}`;
  const order = emitter.once(key, () =>
    orderOf(
      [groups, blocks, inGroup / block, ...size, block, perBlock],
      ([group, filter, part, line, column, lane, piece]) => {
        const example = group! * inGroup + part! * block + lane!;
        const from = line! - (lanes.shifts > 1 ? piece! : 0);
        if (example >= batch || from < 0 || from >= height) return -1;
        // Examples that share a block lie beside each other in each cell.
        const image = Math.floor(example / perBlock) * blocks + filter!;
        return ((image * height + from) * width + column!) * perBlock + (example % perBlock);
      },
    ),
  );
  return emitter.reshape(emitter.gatherRows(rows, order), [groups * filters, inGroup, ...size]);
}
