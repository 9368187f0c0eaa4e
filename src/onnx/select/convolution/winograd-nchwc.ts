import type { TensorNode, ValueId } from "../../../tensor/tensor-graph.ts";
import type { Emitter } from "../emitter.ts";
import type { Form } from "../form.ts";
import { asCombination, blockRows, combine, convolve } from "../nchwc.ts";
import type { ConvolutionNode } from "../nchwc-choice.ts";
import type { Tensor } from "../node-maker.ts";
import { product } from "../row-layout.ts";
import { usesWinogradLines } from "../winograd-choice.ts";
import { byPhases, phasesOfNode } from "./direct-nchwc.ts";
import { directGeometry, isDirect, isPlanar, nchwcDims, orderOf } from "./geometry-nchwc.ts";
import { kernelMatrices, stackedKernels, tapNumbers } from "./kernels-nchwc.ts";

/*
 * Winograd's F(4, 3) (Lavin and Gray, Fast algorithms for convolutional neural networks, 2015) from line to line of an image, and
 * direct convolutions along the lines: six products a tile of four lines in place of twelve. With B, G and A the transforms
 * below, f a product, t a tile of lines and * a convolution along lines,
 *
 *     y[4t + j] = Σ A[j, f] · (Σ B[f, i] x[4t + i]) * (Σ G[f, k] kernel[k])
 *
 * Both axes at once would halve the products again, but the tiles' numbers would be 2.25 times the image's in place of 1.5, and the passes over
 * them take what the products save. Here every step is one convolution in NCHWc: the transform of the input a depthwise one whose windows move
 * by four lines, and sums are added in the convolutions that make their last term.
 *
 * The gradient of the input is such a convolution itself; that of the kernel is the transposed steps, with the products of
 * kernel-gradient-nchwc.ts.
 */
const inputTransform = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];
const kernelTransform = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];
/** Aᵀ: what each product gives to the four lines. */
const outputTransform = [
  [1, 0, 0, 0],
  [1, 1, 1, 1],
  [1, -1, 1, -1],
  [1, 2, 4, 8],
  [1, -2, 4, -8],
  [0, 0, 0, 1],
];
const products = outputTransform.length;
const linesOfTile = 4;

/** Whether a convolution from `from` to `to` is computed so. */
function suits(emitter: Emitter, node: ConvolutionNode, from: ValueId, to: ValueId): boolean {
  if (!isDirect(emitter, node, false) || isPlanar(emitter, from) || isPlanar(emitter, to)) return false;
  if ([from, to].some((end) => emitter.examplesInBlock(end) > 1)) return false;
  const [, channels] = nchwcDims(emitter, from);
  const [batch, filters, ...size] = nchwcDims(emitter, to);
  return usesWinogradLines(node.attributes, { batch, channels, filters, size });
}

export const nchwcWinogradConv: Form<"conv"> = {
  name: "Winograd F(4, 3) over lines",
  applies: (emitter, node) => suits(emitter, node, node.inputs[0]!, node.id),
  emit(emitter, node) {
    const [x, kernel] = node.inputs as [ValueId, ValueId];
    const { kernel: cells, pads } = directGeometry(node.attributes);
    const lines = transformInput(emitter, emitter.nchwc(x), pads, nchwcDims(emitter, node.id)[2]);
    const kernels = transformKernel(emitter, kernelMatrices(emitter, kernel), tapNumbers(cells));
    storeLines(emitter, node, (shift) => convolveLines(emitter, node.id, lines, kernels, shift));
  },
};

export const nchwcWinogradInputGradient: Form<"convInputGradient"> = {
  name: "Winograd F(4, 3) over lines, the kernel turned round",
  applies: (emitter, node) =>
    suits(emitter, node, node.inputs[0]!, node.id) && phasesOfNode(emitter, node) !== undefined,
  emit(emitter, node) {
    const [dy, kernel] = node.inputs as [ValueId, ValueId];
    const turned = emitter.transpose(kernelMatrices(emitter, kernel), [0, 2, 1]);
    storeLines(emitter, node, (shift) =>
      byPhases(emitter, node, (taps, pads, [height]) => {
        const lines = transformInput(emitter, emitter.nchwc(dy), pads, height);
        return convolveLines(emitter, node.id, lines, transformKernel(emitter, turned, taps), shift);
      }),
    );
  },
};

/** Keeps what comes of lines; a shift is added to them for nothing where nobody else reads them. */
function storeLines(emitter: Emitter, node: TensorNode, made: (shift?: Tensor) => Tensor): void {
  const refined = (shift: Tensor | undefined, sum: Tensor | undefined): Tensor =>
    sum === undefined ? made(shift) : emitter.add(made(shift), sum);
  emitter.storeCombination(
    node.id,
    asCombination(made(), emitter.useCount(node.id) === 1 ? refined : undefined),
  );
}

type Pads = readonly (readonly [number, number])[];

/** For each product the tiles' lines, [N, C, tiles, width with its padding]. */
function transformInput(emitter: Emitter, x: Tensor, pads: Pads, outputHeight: number): readonly Tensor[] {
  const [before, ends] = [pads[0]![0], pads[1]!];
  const tiles = Math.ceil(outputHeight / linesOfTile);
  const after = linesOfTile * (tiles - 1) + inputTransform.length - x.dims[2]! - before;
  return combineLines(emitter, x, inputTransform, [[before, after], ends], tiles);
}

/** Combinations of lines that lie together, for each tile of four: a depthwise convolution for each row of a matrix. */
function combineLines(
  emitter: Emitter,
  x: Tensor,
  matrix: readonly (readonly number[])[],
  pads: Pads,
  tiles: number,
): readonly Tensor[] {
  const [batch, channels, , width] = x.dims as readonly [number, number, number, number];
  const block = emitter.channelBlock;
  return matrix.map((weights) => {
    const { taps, dilation, before } = withoutZeros(weights, pads[0]![0]);
    // [blocks, taps, block]
    const lanes = taps.flatMap((weight) => Array.from({ length: block }, () => weight));
    const numbers = Array.from({ length: channels / block }, () => lanes).flat();
    return convolve(emitter, {
      x,
      kernel: emitter.floats(numbers, [channels, 1, taps.length, 1]),
      groups: channels,
      strides: [linesOfTile, 1],
      dilations: [dilation, 1],
      pads: [[before, pads[0]![1]], pads[1]!],
      dims: [batch, channels, tiles, pads[1]![0] + width + pads[1]![1]],
    });
  });
}

/**
 * A row of weights without the zeros that a convolution need not multiply by: at the ends, and between others that lie as far from
 * each other. The lines that zeros behind the last weight met are still padding: fewer than a tile, they give no window more.
 *
 * @param before lines of padding before the first weight, of which zeros take the place
 */
function withoutZeros(
  weights: readonly number[],
  before: number,
): { readonly taps: readonly number[]; readonly dilation: number; readonly before: number } {
  const places = weights.flatMap((weight, place) => (weight === 0 ? [] : [place]));
  const first = Math.min(places[0]!, before);
  const taps = weights.slice(first, places.at(-1)! + 1);
  const isSpaced = places[0] === first && taps.length > 1 && taps.every((tap, place) => (tap === 0) === (place % 2 === 1)); // prettier-ignore
  return {
    taps: isSpaced ? taps.filter((_, place) => place % 2 === 0) : taps,
    dilation: isSpaced ? 2 : 1,
    before: before - first,
  };
}

/** For each product a kernel of one line. */
function transformKernel(
  emitter: Emitter,
  kernel: Tensor,
  taps: readonly (readonly number[])[],
): readonly Tensor[] {
  const lines = stackedKernels(
    emitter,
    kernel,
    taps.map((line) => [line]),
  );
  const [count, ...dims] = lines.dims as readonly [number, ...number[]];
  const wide = emitter.reshape(lines, [count, product(dims)]);
  return kernelTransform.map((weights) =>
    emitter.reshape(emitter.matmul(emitter.matrix([weights]), wide), dims),
  );
}

/** The products along lines and their sums, laid out as an image. */
function convolveLines(
  emitter: Emitter,
  to: ValueId,
  lines: readonly Tensor[],
  kernels: readonly Tensor[],
  shift: Tensor | undefined,
): Tensor {
  const [batch, filters, height, width] = nchwcDims(emitter, to);
  const dims = [batch, filters, lines[0]!.dims[2]!, width];
  const multiply = (index: number, sum?: Tensor, bias?: Tensor): Tensor =>
    convolve(emitter, { x: lines[index]!, kernel: kernels[index]!, sum, bias, dims });
  const plus = (left: Tensor, times: number, right: Tensor, bias?: Tensor): Tensor => {
    const terms = [
      { tensor: left, scale: undefined },
      { tensor: right, scale: emitter.filled([filters], times) },
    ];
    return combine(emitter, { terms, shift: bias });
  };
  const [second, fourth] = [multiply(2), multiply(4)];
  const [even, evenTwice] = [multiply(1, second), multiply(3, fourth)];
  const [odd, oddTwice] = [plus(even, -2, second), plus(evenTwice, -2, fourth)];
  const parts = [
    multiply(0, emitter.add(even, evenTwice), shift),
    plus(odd, 2, oddTwice, shift),
    plus(even, 4, evenTwice, shift),
    multiply(5, plus(odd, 8, oddTwice), shift),
  ];
  const line = width * emitter.channelBlock;
  const tiles = product(dims) / line;
  const rows = emitter.concat(
    parts.map((part) => emitter.reshape(part, [tiles, 1, line])),
    1,
  );
  const whole = emitter.reshape(rows, [linesOfTile * tiles, line]);
  const laid = linesOfTile * dims[2]!;
  const images = (batch * filters) / emitter.channelBlock;
  const cut = laid === height ? whole : emitter.gatherRows(whole, orderOf([images, height], ([image, y]) => image! * laid + y!)); // prettier-ignore
  return emitter.reshape(cut, [batch, filters, height, width]);
}

export const nchwcWinogradKernelGradient: Form<"convKernelGradient"> = {
  name: "Winograd F(4, 3) over lines, transposed",
  applies: (emitter, node) =>
    suits(emitter, node, node.inputs[0]!, node.inputs[1]!) &&
    emitter.shape(node.inputs[0]!)[0]! % emitter.channelBlock === 0,
  emit(emitter, node) {
    const [x, dy] = node.inputs as [ValueId, ValueId];
    const block = emitter.channelBlock;
    const { kernel: cells, pads } = directGeometry(node.attributes);
    const [batch, filters, height] = nchwcDims(emitter, dy);
    const lines = transformInput(emitter, emitter.nchwc(x), pads, height);
    const [, blocked, tiles, width] = lines[0]!.dims as readonly [number, number, number, number];
    const after = linesOfTile * tiles - height;
    const gradient = combineLines(emitter, emitter.nchwc(dy), outputTransform, [[0, after], [0, 0]], tiles); // prettier-ignore
    const [pieces, blocks] = [blocked / block, filters / block];
    const images = orderOf([pieces, batch], ([piece, example]) => example! * pieces + piece!);
    const places = tiles * gradient[0]!.dims[3]!;
    const lanes = orderOf([blocks, batch / block, places, block], ([filter, group, place, lane]) => {
      const example = group! * block + lane!;
      return (example * blocks + filter!) * places + place!;
    });
    // One convolution for each product: to lay all of them side by side for one would be another pass over both.
    const results = lines.map((line, index) =>
      convolve(emitter, {
        x: examplesAsChannels(emitter, line),
        kernel: gradientAsKernel(emitter, gradient[index]!),
        dilations: [1, block],
        dims: [pieces, filters, 1, cells[1] * block],
      }),
    );
    const result = emitter.concat(results.map((each) => blockRows(emitter, each, block)), 0); // prettier-ignore
    const [channels, wanted] = emitter.shape(node.id).slice(-2) as [number, number];
    const order = orderOf([products, cells[1], channels, blocks], ([index, column, channel, filter]) => {
      const image = (index! * pieces + Math.floor(channel! / block)) * blocks + filter!;
      return (image * cells[1] + column!) * block + (channel! % block);
    });
    const sums = emitter.gatherRows(result, order);
    const wide = emitter.reshape(sums, [products, cells[1] * channels * filters]);
    const transposed = [0, 1, 2].map((tap) => kernelTransform.map((row) => row[tap]!));
    const kernel = emitter.reshape(emitter.matmul(emitter.matrix(transposed), wide), [product(cells) * channels, filters]); // prettier-ignore
    emitter.store(node.id, emitter.slice(kernel, 1, 0, wanted));

    /** [pieces of channels, examples, tiles, width · block]. */
    function examplesAsChannels(maker: Emitter, part: Tensor): Tensor {
      const stacked = maker.reshape(part, [batch * pieces, tiles * width * block]);
      const dims = [pieces, batch, tiles, width * block];
      return maker.nchwcOp("ReorderInput", [maker.reshape(maker.gatherRows(stacked, images), dims)], dims);
    }

    /** [filters, examples, tiles, width]. */
    function gradientAsKernel(maker: Emitter, part: Tensor): Tensor {
      return maker.reshape(maker.gatherRows(blockRows(maker, part, block), lanes), [
        filters,
        batch,
        ...part.dims.slice(2),
      ]);
    }
  },
};
