import type { ValueId, WindowGeometry } from "../../tensor/tensor-graph.ts";
import { int, ints } from "../attributes.ts";
import { nchwcDims, orderOf } from "./convolution/geometry-nchwc.ts";
import type { Emitter } from "./emitter.ts";
import type { Form } from "./form.ts";
import { asCombination, blockRows, twoAxes } from "./nchwc.ts";
import type { Tensor } from "./node-maker.ts";
import { passedOn } from "./passed-on.ts";

/*
 * Pooling of values in NCHWc. Windows that lie side by side are axes of their own, along the width and along the height, so their
 * cells are parts of a tensor and a tensor's parts, which are moved much faster than cells are gathered one by one. A window's
 * first maximum in row-major order is the first in the first line that holds one, so the width comes first, and gradients go the same
 * way back.
 */

export const nchwcMaxPool: Form<"maxPool"> = {
  name: "maximum along each axis in NCHWc",
  applies: (emitter, { inputs, attributes }) => areTiles(attributes) && emitter.plan.isNchwc(inputs[0]!),
  emit(emitter, node) {
    const { lines } = windowMaxima(emitter, node.inputs[0]!, node.id, node.attributes);
    const result = emitter.reshape(lines.maximum, nchwcDims(emitter, node.id));
    emitter.storeCombination(node.id, asCombination(result));
  },
};

/** Any windows without holes, by ONNX Runtime's own operator. */
export const nchwcAveragePool: Form<"averagePool"> = {
  name: "AveragePool in NCHWc",
  applies: (emitter, { inputs, attributes: { kernel, dilation, pads } }) => {
    const isSimple = kernel.length <= 2 && dilation.every((step) => step === 1);
    const isPadded = pads.some((ends, axis) => ends.some((pad) => pad >= kernel[axis]!));
    return isSimple && !isPadded && emitter.plan.isNchwc(inputs[0]!);
  },
  emit(emitter, node) {
    const { kernel, stride, pads } = node.attributes;
    const ends = twoAxes<readonly [number, number]>(pads, [0, 0]);
    const attributes = {
      kernel_shape: ints(twoAxes(kernel, 1)),
      strides: ints(twoAxes(stride, 1)),
      pads: ints([...ends.map(([before]) => before), ...ends.map(([, after]) => after)]),
      count_include_pad: int(0),
    };
    const x = emitter.nchwc(node.inputs[0]!);
    const result = emitter.nchwcOp("AveragePool", [x], nchwcDims(emitter, node.id), attributes);
    emitter.storeCombination(node.id, asCombination(result));
  },
};

/** Windows that lie side by side and leave no cell of the input between them. */
function areTiles({ kernel, stride, dilation, pads }: WindowGeometry): boolean {
  return kernel.every(
    (cells, axis) =>
      stride[axis] === cells && dilation[axis] === 1 && pads[axis]!.every((pad) => pad === 0) && axis < 2,
  );
}

export const nchwcMaxPoolGradient: Form<"maxPoolGradient"> = {
  name: "what is left along each axis in NCHWc",
  applies: (emitter, { inputs, attributes }) => areTiles(attributes) && emitter.plan.isNchwc(inputs[0]!),
  emit(emitter, node) {
    const [x, y, dy] = node.inputs as [ValueId, ValueId, ValueId];
    const { columns, lines } = windowMaxima(emitter, x, y, node.attributes);
    const toLines = gradientOfCells(emitter, lines, emitter.nchwc(dy));
    const cells = gradientOfCells(emitter, columns, toLines);
    const dx = withRest(emitter, x, windowedSize(emitter, y, node.attributes), cells);
    emitter.storeCombination(node.id, asCombination(dx));
  },
};

export const nchwcAveragePoolGradient: Form<"averagePoolGradient"> = {
  name: "the same for each cell in NCHWc",
  applies: (emitter, { id, attributes }) => areTiles(attributes) && emitter.plan.isNchwc(id),
  emit(emitter, node) {
    const [dy] = node.inputs as [ValueId];
    const [, , ...size] = nchwcDims(emitter, dy) as [number, number, number, number];
    const [down, across] = twoAxes(node.attributes.kernel, 1);
    const numbers = blockRows(emitter, emitter.nchwc(dy), emitter.channelBlock);
    const share = emitter.op("Mul", [numbers, emitter.scalar(1 / (down * across))], numbers.dims);
    const dx = takeCells(emitter, share, size, nchwcDims(emitter, node.id), [down, across]);
    emitter.storeCombination(node.id, asCombination(dx));
  },
};

/** Lines and columns. */
type Size = readonly [number, number];

/** Cells side by side along one axis, and the largest of them. */
interface Maxima {
  readonly cells: readonly Tensor[];
  readonly maximum: Tensor;
}

/** The maxima along the width of each window, and of these along its height. */
function windowMaxima(
  emitter: Emitter,
  x: ValueId,
  y: ValueId,
  geometry: WindowGeometry,
): { readonly columns: Maxima; readonly lines: Maxima } {
  const [batch, channels, rows, places] = nchwcDims(emitter, y);
  const [down, across] = twoAxes(geometry.kernel, 1);
  const block = emitter.channelBlock;
  const images = (batch * channels) / block;
  const maximaOf = (tensor: Tensor, dims: readonly number[]): Maxima => {
    const cells = emitter.split(emitter.reshape(tensor, dims), 1);
    return { cells, maximum: emitter.maximum(cells) };
  };
  const image = onlyWindows(emitter, x, windowedSize(emitter, y, geometry));
  const columns = maximaOf(image, [images * rows * down * places, across, block]);
  const lines = maximaOf(columns.maximum, [images * rows, down, places * block]);
  return { columns, lines };
}

/** What is left of the gradient goes from cell to cell up to the first maximum. @returns the cells as they lay */
function gradientOfCells(emitter: Emitter, { cells, maximum }: Maxima, gradient: Tensor): Tensor {
  let left = emitter.reshape(gradient, maximum.dims);
  const shares: Tensor[] = [];
  for (const cell of cells.slice(0, -1)) {
    const passed = passedOn(emitter, left, maximum, cell);
    shares.push(emitter.op("Sub", [left, passed], passed.dims));
    left = passed;
  }
  return emitter.concat([...shares, left], 1);
}

/** Lines and columns of an image that windows have, which may lack the last ones. */
function windowedSize(emitter: Emitter, y: ValueId, { kernel }: Pick<WindowGeometry, "kernel">): Size {
  const [, , rows, places] = nchwcDims(emitter, y);
  const [down, across] = twoAxes(kernel, 1);
  return [rows * down, places * across];
}

/** An image without the last lines and columns that no window has. */
function onlyWindows(emitter: Emitter, x: ValueId, size: Size): Tensor {
  const [batch, channels, height, width] = nchwcDims(emitter, x);
  return takeCells(emitter, emitter.nchwc(x), [height, width], [batch, channels, ...size]);
}

/** An image of a value's size from the cells of windows; where there are none it is zero. */
function withRest(emitter: Emitter, x: ValueId, size: Size, cells: Tensor): Tensor {
  return takeCells(emitter, cells, size, nchwcDims(emitter, x));
}

/**
 * An image of other dims, each cell of which is a window's of another image, or zero where that has none.
 *
 * @param window how many cells take the same one, along both axes
 */
function takeCells(
  emitter: Emitter,
  from: Tensor,
  [height, width]: Size,
  dims: readonly [number, number, number, number],
  [down, across]: Size = [1, 1],
): Tensor {
  const [batch, channels, ...size] = dims;
  if (size[0] === height && size[1] === width) return emitter.reshape(from, dims);
  const block = emitter.channelBlock;
  const images = (batch * channels) / block;
  const key = `take cells ${images} ${size.join("x")} of ${height}x${width} by ${down}x${across}`;
  const order = emitter.once(key, () =>
    orderOf([images, ...size], ([image, line, column]) => {
      const [row, place] = [Math.floor(line! / down), Math.floor(column! / across)];
      return row < height && place < width ? (image! * height + row) * width + place : -1;
    }),
  );
  return emitter.reshape(emitter.gatherRows(blockRows(emitter, from, block), order), dims);
}
