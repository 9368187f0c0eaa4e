import { TensorGraphError } from "../../tensor/shapes.ts";
import type { OpAttributes, TensorShape, WindowGeometry } from "../../tensor/tensor-graph.ts";
import { type GraphValue, type GraphWriter, text, wholes } from "./graph-writer.ts";
import { grown, padAxes, reverseFirst, sliceTo } from "./many-axes.ts";

/** Below every number that a network computes with. */
const lowest = -3e38;

/** Lays cells around each spatial axis; nothing where there are none to lay. */
export function padCells(
  writer: GraphWriter,
  value: GraphValue,
  pads: readonly (readonly [number, number])[],
  fill = 0,
): GraphValue {
  if (pads.every(([before, after]) => before === 0 && after === 0)) return value;
  const all = [[0, 0], ...pads, [0, 0]];
  return padAxes(writer, value, all as [number, number][], fill);
}

/** Convolutions of sequences, images and volumes; each group of channels by its own filters. */
export function convolve(
  writer: GraphWriter,
  x: GraphValue,
  kernel: GraphValue,
  geometry: OpAttributes["conv"],
  shape: TensorShape,
): GraphValue {
  const padded = padCells(writer, x, geometry.pads);
  const { groups } = geometry;
  if (groups === 1) return convolveWhole(writer, padded, kernel, geometry, shape);
  const channels = x.shape.at(-1) as number;
  const [rows, columns] = geometry.stride.length === 1 ? [1, 1] : geometry.stride;
  if (groups === channels && geometry.stride.length < 3 && rows === columns) {
    return convolveChannels(writer, padded, kernel, geometry, shape);
  }
  const parts = split(writer, padded, groups);
  const kernels = split(writer, kernel, groups);
  const partShape = [...shape.slice(0, -1), (shape.at(-1) as number) / groups];
  const results = parts.map((part, group) =>
    convolveWhole(writer, part, kernels[group]!, geometry, partShape),
  );
  const inputs = [...results, writer.wholes(shape.length - 1)];
  return writer.add("ConcatV2", inputs, shape, { N: { i: String(groups) }, Tidx: { type: "DT_INT32" } });
}

/** The parts of a tensor along its last axis. */
function split(writer: GraphWriter, value: GraphValue, count: number): readonly GraphValue[] {
  const shape = [...value.shape.slice(0, -1), (value.shape.at(-1) as number) / count];
  const axis = writer.wholes(value.shape.length - 1);
  const whole = writer.add("Split", [axis, value], shape, { num_split: { i: String(count) } });
  return Array.from({ length: count }, (_, index) => ({
    name: index === 0 ? whole.name : `${whole.name}:${index}`,
    shape,
  }));
}

function convolveWhole(
  writer: GraphWriter,
  x: GraphValue,
  kernel: GraphValue,
  { stride, dilation }: WindowGeometry,
  shape: TensorShape,
): GraphValue {
  const rank = stride.length;
  const attributes = {
    strides: wholes([1, ...imageWindow(stride), 1]),
    dilations: wholes([1, ...imageWindow(dilation), 1]),
    padding: text("VALID"),
    data_format: text(rank === 3 ? "NDHWC" : "NHWC"),
  };
  if (rank === 3) return writer.add("Conv3D", [x, kernel], shape, attributes);
  const image = asImage(writer, x);
  const result = writer.add("Conv2D", [image, kernelAsImage(writer, kernel)], imageShape(shape), attributes);
  return writer.reshape(result, shape);
}

/** A kernel [h, w, 1, c·m] is [h, w, c, m] there. */
function convolveChannels(
  writer: GraphWriter,
  x: GraphValue,
  kernel: GraphValue,
  { stride, dilation, groups }: OpAttributes["conv"],
  shape: TensorShape,
): GraphValue {
  const image = asImage(writer, x);
  const filters = kernelAsImage(writer, kernel);
  const [height, width, , all] = filters.shape as readonly number[];
  const own = writer.reshape(filters, [height!, width!, groups, all! / groups]);
  // TensorFlow's kernel takes equal strides alone; an axis of one window may have any.
  const strides = stride.length === 1 ? [stride[0]!, stride[0]!] : stride;
  const result = writer.add("DepthwiseConv2dNative", [image, own], imageShape(shape), {
    strides: wholes([1, ...strides, 1]),
    dilations: wholes([1, ...imageWindow(dilation), 1]),
    padding: text("VALID"),
    data_format: text("NHWC"),
  });
  return writer.reshape(result, shape);
}

/**
 * What a convolution's gradient sends to its input: a convolution with the kernel turned around, over the gradient with zeros laid
 * between its cells. TensorFlow.js' own asks for the batch's size, which a graph does not know.
 */
export function convolveBack(
  writer: GraphWriter,
  gradient: GraphValue,
  kernel: GraphValue,
  geometry: OpAttributes["convInputGradient"],
  shape: TensorShape,
): GraphValue {
  const { stride, dilation, pads, inputSize, groups } = geometry;
  if (groups !== 1) throw new TensorGraphError("a transposed convolution in groups has no graph model");
  const rank = stride.length;
  const spread = stride.reduce(
    (sofar, factor, axis) => spreadAxis(writer, sofar, axis + 1, factor),
    gradient,
  );
  const around = stride.map((_, axis): [number, number] => {
    const span = (geometry.kernel[axis]! - 1) * dilation[axis]!;
    const size = spread.shape[axis + 1] as number;
    const before = span - pads[axis]![0];
    return [before, inputSize[axis]! + span - size - before];
  });
  const kept = cropCells(writer, spread, around);
  const padded = padCells(
    writer,
    kept,
    around.map(([before, after]) => [Math.max(0, before), Math.max(0, after)]),
  );
  const turned = reverseFirst(writer, kernel, rank);
  const order = [...stride.keys(), rank + 1, rank];
  const swapped = order.map((axis) => kernel.shape[axis]!);
  const filters = writer.add("Transpose", [turned, writer.wholes(order)], swapped);
  const plain = { ...geometry, stride: stride.map(() => 1) };
  return convolveWhole(writer, padded, filters, plain, shape);
}

/** Lays `factor - 1` zeros between the cells of an axis. */
function spreadAxis(writer: GraphWriter, value: GraphValue, axis: number, factor: number): GraphValue {
  const size = value.shape[axis] as number;
  if (factor === 1 || size === 1) return value;
  const inner = value.shape.slice(axis + 1).reduce((product: number, dim) => product * (dim as number), 1);
  const rows = writer.reshape(value, ["N", 1, inner]);
  const apart = padAxes(
    writer,
    rows,
    [
      [0, 0],
      [0, factor - 1],
      [0, 0],
    ],
    0,
  );
  const shape = value.shape.map((dim, index) => (index === axis ? size * factor : dim));
  const cut = value.shape.map((_, index): [number, number] => [0, index === axis ? 1 - factor : 0]);
  return cropCells(writer, writer.reshape(apart, shape), cut.slice(1, -1));
}

/** Takes off what negative pads say. */
function cropCells(
  writer: GraphWriter,
  value: GraphValue,
  pads: readonly (readonly [number, number])[],
): GraphValue {
  if (pads.every(([before, after]) => before >= 0 && after >= 0)) return value;
  const starts = [0, ...pads.map(([before]) => Math.max(0, -before)), 0];
  const shape = value.shape.map((size, axis) => {
    const [before, after] = pads[axis - 1] ?? [0, 0];
    return grown(size, Math.min(0, before) + Math.min(0, after));
  });
  return sliceTo(writer, value, starts, shape);
}

export function maxPool(
  writer: GraphWriter,
  x: GraphValue,
  geometry: WindowGeometry,
  shape: TensorShape,
): GraphValue {
  return moveWindow(writer, "MaxPool", padCells(writer, x, geometry.pads, lowest), geometry, shape);
}

/** Padded cells are not counted: means over whole windows are brought to the cells that are there. */
export function averagePool(
  writer: GraphWriter,
  x: GraphValue,
  geometry: WindowGeometry,
  shape: TensorShape,
): GraphValue {
  const means = moveWindow(writer, "AvgPool", padCells(writer, x, geometry.pads), geometry, shape);
  if (geometry.pads.every(([before, after]) => before + after === 0)) return means;
  const factors = windowShares(geometry, x.shape, shape);
  const sizes = [1, ...shape.slice(1, -1).map(Number), 1];
  return writer.add("Mul", [means, writer.constant(`${writer.scope}shares`, sizes, factors)], shape);
}

/** The cells of a window over those that lie in the input, for each place of the output. */
function windowShares(
  { kernel, stride, pads }: WindowGeometry,
  input: TensorShape,
  output: TensorShape,
): Float32Array {
  return kernel.reduce((shares, cells, axis) => {
    const size = input[axis + 1] as number;
    const own = Array.from({ length: output[axis + 1] as number }, (_, place) => {
      const first = place * stride[axis]! - pads[axis]![0];
      return cells / (Math.min(first + cells, size) - Math.max(first, 0));
    });
    return Float32Array.from([...shares].flatMap((share) => own.map((each) => share * each)));
  }, Float32Array.of(1));
}

function moveWindow(
  writer: GraphWriter,
  op: "MaxPool" | "AvgPool",
  x: GraphValue,
  { kernel, stride }: WindowGeometry,
  shape: TensorShape,
): GraphValue {
  const rank = kernel.length;
  const attributes = {
    ksize: wholes([1, ...imageWindow(kernel), 1]),
    strides: wholes([1, ...imageWindow(stride), 1]),
    padding: text("VALID"),
    data_format: text(rank === 3 ? "NDHWC" : "NHWC"),
  };
  if (rank === 3) return writer.add(`${op}3D`, [x], shape, attributes);
  return writer.reshape(writer.add(op, [asImage(writer, x)], imageShape(shape), attributes), shape);
}

/** A sequence [N, length, C] as an image of one row. */
function asImage(writer: GraphWriter, value: GraphValue): GraphValue {
  return writer.reshape(value, imageShape(value.shape));
}

function imageShape(shape: TensorShape): TensorShape {
  return shape.length === 3 ? [shape[0]!, 1, ...shape.slice(1)] : shape;
}

function kernelAsImage(writer: GraphWriter, kernel: GraphValue): GraphValue {
  return kernel.shape.length === 3 ? writer.reshape(kernel, [1, ...kernel.shape]) : kernel;
}

function imageWindow(window: readonly number[]): readonly number[] {
  return window.length === 1 ? [1, ...window] : window;
}
