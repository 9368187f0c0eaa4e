import type { ValueId, WindowGeometry } from "../../tensor/tensor-graph.ts";
import { int, ints } from "../attributes.ts";
import { nchwcDims, orderOf } from "./convolution/geometry-nchwc.ts";
import type { Emitter } from "./emitter.ts";
import type { Form } from "./form.ts";
import { asCombination, blockRows, twoAxes } from "./nchwc.ts";
import type { Tensor } from "./node-maker.ts";
import { passedOn } from "./passed-on.ts";
import { product } from "./row-layout.ts";

/* Pooling of values in NCHWc, where windows lie side by side: cell by cell of a window. */

export const nchwcMaxPool: Form<"maxPool"> = {
  name: "maximum of cells in NCHWc",
  applies: (emitter, { inputs, attributes }) => areTiles(attributes) && emitter.plan.isNchwc(inputs[0]!),
  emit(emitter, node) {
    const cells = windowCells(emitter, node.inputs[0]!, node.id, node.attributes);
    const result = emitter.reshape(emitter.maximum(cells), nchwcDims(emitter, node.id));
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

/** As with blocks of rows: what is left of the gradient goes from cell to cell of a window up to the first maximum. */
export const nchwcMaxPoolGradient: Form<"maxPoolGradient"> = {
  name: "what is left from cell to cell in NCHWc",
  applies: (emitter, { inputs, attributes }) => areTiles(attributes) && emitter.plan.isNchwc(inputs[0]!),
  emit(emitter, node) {
    const [x, y, dy] = node.inputs as [ValueId, ValueId, ValueId];
    const cells = windowCells(emitter, x, y, node.attributes);
    const maximum = blockRows(emitter, emitter.nchwc(y), emitter.channelBlock);
    let left = blockRows(emitter, emitter.nchwc(dy), emitter.channelBlock);
    const shares: Tensor[] = [];
    for (const cell of cells.slice(0, -1)) {
      const passed = passedOn(emitter, left, maximum, cell);
      shares.push(emitter.op("Sub", [left, passed], passed.dims));
      left = passed;
    }
    emitter.storeCombination(
      node.id,
      asCombination(layCells(emitter, node.id, y, node.attributes, [...shares, left])),
    );
  },
};

export const nchwcAveragePoolGradient: Form<"averagePoolGradient"> = {
  name: "the same for each cell in NCHWc",
  applies: (emitter, { id, attributes }) => areTiles(attributes) && emitter.plan.isNchwc(id),
  emit(emitter, node) {
    const [dy] = node.inputs as [ValueId];
    const rows = blockRows(emitter, emitter.nchwc(dy), emitter.channelBlock);
    const share = emitter.op("Mul", [rows, emitter.scalar(1 / product(node.attributes.kernel))], rows.dims);
    emitter.storeCombination(
      node.id,
      asCombination(layCells(emitter, node.id, dy, node.attributes, [share])),
    );
  },
};

/** Each cell of all windows, rows of one block of channels in the order of the windows. */
function windowCells(
  emitter: Emitter,
  x: ValueId,
  y: ValueId,
  { kernel }: WindowGeometry,
): readonly Tensor[] {
  const [batch, channels, height, width] = nchwcDims(emitter, x);
  const [, , rows, columns] = nchwcDims(emitter, y);
  const [down, across] = twoAxes(kernel, 1);
  const images = (batch * channels) / emitter.channelBlock;
  const numbers = blockRows(emitter, emitter.nchwc(x), emitter.channelBlock);
  return Array.from({ length: down * across }, (_, cell) => {
    const [top, left] = [Math.floor(cell / across), cell % across];
    const key = `window cell ${images} ${height} ${width} ${rows} ${columns} ${down} ${across} ${cell}`;
    const order = emitter.once(key, () =>
      orderOf([images, rows, columns], ([image, row, column]) => {
        return (image! * height + row! * down + top) * width + column! * across + left;
      }),
    );
    return emitter.gather(numbers, 0, order);
  });
}

/**
 * The tensors of a window's cells laid out as an image; cells that no window has are zeros.
 *
 * @param parts one for each cell, or one for all
 */
function layCells(
  emitter: Emitter,
  x: ValueId,
  y: ValueId,
  { kernel }: WindowGeometry,
  parts: readonly Tensor[],
): Tensor {
  const dims = nchwcDims(emitter, x);
  const [batch, channels, height, width] = dims;
  const [, , rows, columns] = nchwcDims(emitter, y);
  const [down, across] = twoAxes(kernel, 1);
  const images = (batch * channels) / emitter.channelBlock;
  const key = `lay cells ${images} ${height} ${width} ${rows} ${columns} ${down} ${across} ${parts.length}`;
  const order = emitter.once(key, () =>
    orderOf([images, height, width], ([image, line, place]) => {
      const [row, column] = [Math.floor(line! / down), Math.floor(place! / across)];
      if (row >= rows || column >= columns) return -1;
      const part = parts.length === 1 ? 0 : (line! % down) * across + (place! % across);
      return ((part * images + image!) * rows + row) * columns + column;
    }),
  );
  return emitter.reshape(emitter.gatherRows(emitter.concat(parts, 0), order), dims);
}
