import { spatialSize } from "../shapes.ts";
import type { ConvGeometry } from "../builder.ts";
import { windowIndices, type WindowIndices } from "../window-indices.ts";
import {
  broadcastStrides,
  type NumericTensor,
  type Numbers,
  type ReferenceRow,
  sizeOf,
  stridesOf,
} from "./numeric-tensor.ts";
import { addProduct, type MatrixView } from "./products.ts";

const matmul: ReferenceRow<"matmul"> = ([left, right], { transposeLeft, transposeRight }, shape) => {
  const result = new Float64Array(sizeOf(shape));
  const stack = shape.slice(0, -2);
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  const inner = left!.shape.at(transposeLeft ? -2 : -1)!;
  const leftStarts = matrixStarts(left!.shape, stack);
  const rightStarts = matrixStarts(right!.shape, stack);
  for (let index = 0; index < leftStarts.length; index++) {
    addProduct(
      matrixOf(left!, leftStarts[index]!, transposeLeft),
      matrixOf(right!, rightStarts[index]!, transposeRight),
      { data: result, offset: index * rows * columns, rowStride: columns, columnStride: 1 },
      { rows, inner, columns },
    );
  }
  return result;
};

/** Where the matrices of a stack begin, the stack repeated as broadcasting says. */
function matrixStarts(shape: readonly number[], stack: readonly number[]): number[] {
  const size = shape.at(-1)! * shape.at(-2)!;
  const strides = broadcastStrides(shape.slice(0, -2), stack);
  const steps = stridesOf(stack);
  return Array.from({ length: sizeOf(stack) }, (_, index) =>
    stack.reduce(
      (start, length, axis) => start + (Math.floor(index / steps[axis]!) % length) * strides[axis]! * size,
      0,
    ),
  );
}

function matrixOf({ shape, data }: NumericTensor, offset: number, transposed: boolean): MatrixView {
  const width = shape.at(-1)!;
  return transposed
    ? { data, offset, rowStride: 1, columnStride: width }
    : { data, offset, rowStride: width, columnStride: 1 };
}

/** Places of the window whose patches are laid out at once. */
const placesAtOnce = 128;

/**
 * Walks a convolution in blocks: for each group and block of places of an image, `visit` gets a buffer [places, taps·channels of
 * the group] and the places it stands for.
 */
function forEachPatchBlock(
  x: { readonly shape: readonly number[] },
  geometry: ConvGeometry,
  visit: (block: PatchBlock) => void,
): void {
  const [batch, channels] = [x.shape[0]!, x.shape.at(-1)!];
  const windows = windowIndices(spatialSize(x.shape), geometry);
  const groupChannels = channels / geometry.groups;
  const width = windows.taps * groupChannels;
  const patches = new Float64Array(Math.min(placesAtOnce, windows.places) * width);
  for (let image = 0; image < batch; image++) {
    for (let firstPlace = 0; firstPlace < windows.places; firstPlace += placesAtOnce) {
      const count = Math.min(placesAtOnce, windows.places - firstPlace);
      for (let group = 0; group < geometry.groups; group++) {
        visit({ windows, image, firstPlace, count, group, groupChannels, channels, width, patches });
      }
    }
  }
}

interface PatchBlock {
  readonly windows: WindowIndices;
  readonly image: number;
  readonly firstPlace: number;
  readonly count: number;
  readonly group: number;
  readonly groupChannels: number;
  readonly channels: number;
  /** taps · channels of the group */
  readonly width: number;
  readonly patches: Float64Array;
}

/** Calls `visit(cell of x or -1, place in the patches)` for each run of channels of a block. */
function forEachTap(block: PatchBlock, imageCells: number, visit: (from: number, to: number) => void): void {
  const { windows, image, firstPlace, count, group, groupChannels, channels } = block;
  const { cells, taps } = windows;
  for (let index = 0; index < count * taps; index++) {
    const cell = cells[firstPlace * taps + index]!;
    const at = cell < 0 ? -1 : (image * imageCells + cell) * channels + group * groupChannels;
    visit(at, index * groupChannels);
  }
}

function readPatches(block: PatchBlock, x: NumericTensor): void {
  const { patches, groupChannels } = block;
  const { data } = x;
  forEachTap(block, sizeOf(x.shape.slice(1, -1)), (from, to) => {
    if (from < 0) patches.fill(0, to, to + groupChannels);
    else
      for (let channel = 0; channel < groupChannels; channel++) patches[to + channel] = data[from + channel]!;
  });
}

/** The rows of dy (or y) that a block stands for: [places, filters of the group]. */
function outputRows(block: PatchBlock, data: Numbers, filters: number, groupFilters: number): MatrixView {
  const { windows, image, firstPlace, group } = block;
  const offset = (image * windows.places + firstPlace) * filters + group * groupFilters;
  return { data, offset, rowStride: filters, columnStride: 1 };
}

const conv: ReferenceRow<"conv"> = ([x, kernel], geometry, shape) => {
  const y = new Float64Array(sizeOf(shape));
  const filters = shape.at(-1)!;
  const columns = filters / geometry.groups;
  forEachPatchBlock(x!, geometry, (block) => {
    readPatches(block, x!);
    addProduct(
      { data: block.patches, offset: 0, rowStride: block.width, columnStride: 1 },
      { data: kernel!.data, offset: block.group * columns, rowStride: filters, columnStride: 1 },
      outputRows(block, y, filters, columns) as MatrixView & { data: Float64Array },
      { rows: block.count, inner: block.width, columns },
    );
  });
  return y;
};

const convKernelGradient: ReferenceRow<"convKernelGradient"> = ([x, dy], geometry, shape) => {
  const gradient = new Float64Array(sizeOf(shape));
  const filters = shape.at(-1)!;
  const columns = filters / geometry.groups;
  forEachPatchBlock(x!, geometry, (block) => {
    readPatches(block, x!);
    addProduct(
      { data: block.patches, offset: 0, rowStride: 1, columnStride: block.width },
      outputRows(block, dy!.data, filters, columns),
      { data: gradient, offset: block.group * columns, rowStride: filters, columnStride: 1 },
      { rows: block.width, inner: block.count, columns },
    );
  });
  return gradient;
};

const convInputGradient: ReferenceRow<"convInputGradient"> = ([dy, kernel], geometry, shape) => {
  const gradient = new Float64Array(sizeOf(shape));
  const filters = dy!.shape.at(-1)!;
  const inner = filters / geometry.groups;
  const imageCells = sizeOf(geometry.inputSize);
  forEachPatchBlock({ shape }, geometry, (block) => {
    const { patches, groupChannels } = block;
    patches.fill(0);
    addProduct(
      outputRows(block, dy!.data, filters, inner),
      { data: kernel!.data, offset: block.group * inner, rowStride: 1, columnStride: filters },
      { data: patches, offset: 0, rowStride: block.width, columnStride: 1 },
      { rows: block.count, inner, columns: block.width },
    );
    forEachTap(block, imageCells, (to, from) => {
      if (to < 0) return;
      for (let channel = 0; channel < groupChannels; channel++)
        gradient[to + channel]! += patches[from + channel]!;
    });
  });
  return gradient;
};

/** Matrix products and convolutions in float64. */
export const linearReference = { matmul, conv, convInputGradient, convKernelGradient };
