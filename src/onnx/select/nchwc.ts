import { int, ints } from "../attributes.ts";
import type { Attributes, NodeMaker, Tensor } from "./node-maker.ts";
import { product } from "./row-layout.ts";

/*
 * NCHWc, the layout of direct convolutions (Georganas et al., Anatomy of high-performance deep learning convolutions on SIMD
 * architectures, 2018): a block of channels, as many as a vector register holds numbers, lies together for each cell:
 * [N, C/block, H, W, block]. ONNX Runtime's CPU provider has kernels for it, which a graph may name; its tensors say
 * [N, C, H, W], with C a multiple of the block, and a value of one spatial axis has H = 1. Numbers of channels that do
 * not fill the last block are zeros.
 *
 * Values of half a block of channels lie with two examples in a block, where examples are even in number: [N/2, H, W, 2, C]. A
 * convolution between such values has two kernels in a block, with zeros where examples would mix; it does half the work that
 * blocks with zeros for channels would, and everything else has no zeros at all to work on.
 *
 * A convolution of 1×1 with a group for each channel multiplies each channel by a number and adds another and a whole tensor in
 * one pass. So sums of scaled values are not made one operation at a time, but kept as they are written until somebody wants
 * the numbers. These kernels could apply ReLU too, and pool maxima, but they take what is not a number for a small one, and a
 * training must not hide that it has failed.
 */

/** Σ scaleᵢ · tensorᵢ + shift, numbers of scales and shift one a channel. */
export interface Combination {
  readonly terms: readonly Term[];
  readonly shift: Tensor | undefined;
}

export interface Term {
  readonly tensor: Tensor;
  readonly scale: Tensor | undefined;
  /** Makes the tensor plus a shift and a tensor for next to nothing: where nobody else reads the tensor. */
  readonly refined?: (shift: Tensor | undefined, sum: Tensor | undefined) => Tensor;
}

/** What a window's two axes are, the first of one cell for values of one spatial axis. */
export function twoAxes<Item>(items: readonly Item[], one: Item): readonly [Item, Item] {
  return items.length === 1 ? [one, items[0]!] : [items[0]!, items[1]!];
}

/** The channels with the last block filled up. */
export function wholeBlocks(channels: number, block: number): number {
  return Math.ceil(channels / block) * block;
}

/** How many examples share a block: two where their channels fill half of it. */
export function examplesInBlock(shape: readonly number[], block: number): number {
  return block === 2 * shape.at(-1)! && shape[0]! % 2 === 0 ? 2 : 1;
}

export function asCombination(tensor: Tensor, refined?: Term["refined"]): Combination {
  const term: Term = { tensor, scale: undefined };
  return { terms: [refined === undefined ? term : { ...term, refined }], shift: undefined };
}

/** A combination times a number a channel. */
export function scaledBy(maker: NodeMaker, { terms, shift }: Combination, scale: Tensor): Combination {
  const times = (other: Tensor | undefined): Tensor =>
    other === undefined ? scale : maker.op("Mul", [other, scale], scale.dims);
  return {
    terms: terms.map((term) => ({ tensor: term.tensor, scale: times(term.scale) })),
    shift: shift && times(shift),
  };
}

export function shiftedBy(maker: NodeMaker, { terms, shift }: Combination, by: Tensor): Combination {
  return { terms, shift: shift === undefined ? by : maker.add(shift, by) };
}

export function added(maker: NodeMaker, left: Combination, right: Combination): Combination {
  const sum = { terms: [...left.terms, ...right.terms], shift: left.shift };
  return right.shift === undefined ? sum : shiftedBy(maker, sum, right.shift);
}

/** The numbers of a combination. */
export function combine(maker: NodeMaker, { terms, shift }: Combination): Tensor {
  const plain = terms.filter(({ scale }) => scale === undefined);
  const scaled = terms.filter(({ scale }) => scale !== undefined);
  if (scaled.length > 0) return combineScaled(maker, scaled, sumOf(maker, plain), shift);
  const refinable = terms.find(({ refined }) => refined !== undefined);
  if (refinable !== undefined) return refinable.refined!(shift, sumOf(maker, terms.filter((term) => term !== refinable))); // prettier-ignore
  if (shift === undefined) return sumOf(maker, plain)!;
  const [first, ...others] = terms as [Term, ...Term[]];
  const ones = maker.filled(shift.dims, 1);
  return combineScaled(maker, [{ ...first, scale: ones }], sumOf(maker, others), shift);
}

/** From the left, so that sums which begin alike share their nodes. */
function sumOf(maker: NodeMaker, terms: readonly Term[]): Tensor | undefined {
  const tensors = terms.map(({ tensor }) => tensor);
  return tensors.length === 0 ? undefined : tensors.reduce((left, right) => maker.add(left, right));
}

function combineScaled(
  maker: NodeMaker,
  terms: readonly Term[],
  start: Tensor | undefined,
  shift: Tensor | undefined,
): Tensor {
  let sum = start;
  terms.forEach(({ tensor, scale }, index) => {
    const isLast = index === terms.length - 1;
    const channels = product(scale!.dims);
    sum = convolve(maker, {
      x: tensor,
      kernel: maker.reshape(scale!, [channels, 1, 1, 1]),
      bias: isLast ? shift : undefined,
      sum,
      groups: channels,
      dims: tensor.dims,
    });
  });
  return sum!;
}

/** What a convolution of NCHWc takes; strides, dilations and pads of both axes where they are not one and none. */
export interface Convolution {
  readonly x: Tensor;
  /** Its dims say [filters, channels, height, width]. */
  readonly kernel: Tensor;
  readonly bias?: Tensor | undefined;
  /** Added to the result. */
  readonly sum?: Tensor | undefined;
  readonly groups?: number;
  readonly strides?: readonly [number, number];
  readonly dilations?: readonly [number, number];
  readonly pads?: readonly (readonly [number, number])[];
  readonly dims: readonly number[];
}

/** @param size of the kernel */
export function convolutionAttributes(
  size: readonly number[],
  convolution: Pick<Convolution, "groups" | "strides" | "dilations" | "pads">,
): Attributes {
  const { groups = 1, strides = [1, 1], dilations = [1, 1], pads = [[0, 0], [0, 0]] } = convolution; // prettier-ignore
  return {
    kernel_shape: ints(size),
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints([...pads.map(([before]) => before), ...pads.map(([, after]) => after)]),
    group: int(groups),
  };
}

export function convolve(maker: NodeMaker, convolution: Convolution): Tensor {
  const { x, kernel, bias, sum, dims } = convolution;
  const attributes = convolutionAttributes(kernel.dims.slice(2), convolution);
  const none = { handle: "", dims: [] };
  const inputs = sum !== undefined ? [x, kernel, bias ?? none, sum] : bias !== undefined ? [x, kernel, bias] : [x, kernel]; // prettier-ignore
  return maker.nchwcOp("Conv", inputs, dims, attributes);
}

/** [N, C, H, W] in rows → NCHWc; a value whose channels are one block lies so already. */
export function fromRows(maker: NodeMaker, rows: Tensor, dims: readonly number[], block: number): Tensor {
  const [batch, channels, height, width] = dims as readonly [number, number, number, number];
  if (channels === block) return maker.reshape(rows, dims);
  if (examplesInBlock([batch, channels], block) === 2) {
    const pairs = exchangeMiddle(maker, rows, [batch / 2, 2, height * width, channels]);
    return maker.reshape(pairs, [batch / 2, block, height, width]);
  }
  const whole = wholeBlocks(channels, block);
  const isEven = channels % evenChannels === 0;
  const given = isEven ? channels : whole;
  const matrix = maker.reshape(rows, [batch * height * width, channels]);
  const filled = isEven ? matrix : maker.padRows(matrix, whole);
  const images = maker.reshape(filled, [batch, height, width, given]);
  return maker.nchwcOp("ReorderInput", [images], dims.with(1, whole), { channels_last: int(1) });
}

/** ONNX Runtime reorders multiples of so many channels. */
const evenChannels = 4;

/** [a, b, c, channels] → [a, c, b, channels]: examples of a block after its cells, and back. */
function exchangeMiddle(maker: NodeMaker, numbers: Tensor, dims: readonly number[]): Tensor {
  const [outer, first, second, channels] = dims as readonly [number, number, number, number];
  const rows = maker.reshape(numbers, [outer * first * second, channels]);
  const order = maker.once(`exchange ${outer} ${first} ${second}`, () =>
    Int32Array.from({ length: outer * first * second }, (_, row) => {
      const [at, group] = [row % first, Math.floor(row / first)];
      return (Math.floor(group / second) * first + at) * second + (group % second);
    }),
  );
  return maker.gatherRows(rows, order);
}

/** NCHWc → rows, [N·H·W, channels], of `examples` in all. */
export function toRows(
  maker: NodeMaker,
  tensor: Tensor,
  [examples, channels]: readonly [number, number],
  block: number,
): Tensor {
  const [batch, , height, width] = tensor.dims as readonly [number, number, number, number];
  const rows = batch * height * width;
  if (examples !== batch) return exchangeMiddle(maker, tensor, [batch, height * width, 2, channels]);
  if (channels === block) return maker.reshape(tensor, [rows, channels]);
  const attributes = { channels: int(channels), channels_last: int(1) };
  const images = maker.nchwcOp("ReorderOutput", [tensor], [batch, height, width, channels], attributes);
  return maker.reshape(images, [rows, channels]);
}

/** The rows of one block of channels of a tensor, in the order of memory. */
export function blockRows(maker: NodeMaker, tensor: Tensor, block: number): Tensor {
  return maker.reshape(tensor, [product(tensor.dims) / block, block]);
}

/** The mean of each channel over the cells of each example, [N, C, 1, 1]. */
export function cellMeans(maker: NodeMaker, tensor: Tensor): Tensor {
  const [batch, channels] = tensor.dims as readonly [number, number];
  return maker.nchwcOp("GlobalAveragePool", [tensor], [batch, channels, 1, 1]);
}

/**
 * Σ left · right over the cells of each channel of each example, [1, N · C, 1, 1]: a convolution with a group for each of them,
 * whose kernel is as large as the image. The products are not kept.
 */
export function cellProducts(maker: NodeMaker, left: Tensor, right: Tensor): Tensor {
  const [batch, channels, ...size] = left.dims as readonly [number, number, number, number];
  const groups = batch * channels;
  const x = maker.reshape(left, [1, groups, ...size]);
  const kernel = maker.reshape(right, [groups, 1, ...size]);
  return convolve(maker, { x, kernel, groups, dims: [1, groups, 1, 1] });
}

/** A number a channel for each of the examples that share a block, zeros where the last block has more. */
export function channelVector(maker: NodeMaker, numbers: Tensor, block: number, examples: number): Tensor {
  const channels = product(numbers.dims);
  const vector = maker.reshape(numbers, [channels]);
  if (examples > 1) return repeatedVector(maker, vector, examples);
  const missing = wholeBlocks(channels, block) - channels;
  return missing === 0 ? vector : maker.concat([vector, maker.filled([missing], 0)], 0);
}

/** A vector several times over. */
export function repeatedVector(maker: NodeMaker, vector: Tensor, times: number): Tensor {
  return maker.concat(Array.from({ length: times }, () => vector), 0); // prettier-ignore
}
