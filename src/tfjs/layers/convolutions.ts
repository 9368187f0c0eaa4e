import type { Tensor, TensorFlow } from "../tensorflow.ts";
import { cropCells, padCells } from "./cells.ts";
import type { CustomCompute } from "./custom-layer.ts";
import { withAxes } from "./many-axes.ts";

/** How a window moves; one entry a spatial axis. */
export interface WindowSettings {
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Cells of zeros before and after. */
  readonly pads: readonly (readonly [before: number, after: number])[];
}

/**
 * Convolutions of sequences, images and volumes with everything that tf.layers lacks: explicit padding, groups, and dilation that
 * has a gradient. Padding is laid around first and a dilated kernel is spread out with zeros, so that only undilated
 * `valid` convolutions are left, whose gradients every backend has.
 */
export const convolution: CustomCompute<WindowSettings & { readonly groups: number }> = ({
  tf,
  settings,
  inputs,
  weight,
  optionalWeight,
}) => {
  const padded = padCells(tf, inputs[0]!, settings.pads);
  const kernel = spreadKernel(tf, weight("kernel"), settings.dilation);
  return addBias(
    tf,
    convolveGroups(tf, padded, kernel, settings.stride, settings.groups),
    optionalWeight("bias"),
  );
};

export const depthwiseConvolution: CustomCompute<WindowSettings> = ({
  tf,
  settings,
  inputs,
  weight,
  optionalWeight,
}) => addBias(tf, convolveChannels(tf, inputs[0]!, weight("kernel"), settings), optionalWeight("bias"));

export const separableConvolution: CustomCompute<WindowSettings> = ({
  tf,
  settings,
  inputs,
  weight,
  optionalWeight,
}) => {
  const each = convolveChannels(tf, inputs[0]!, weight("depthwise_kernel"), settings);
  const ones = settings.stride.map(() => 1);
  return addBias(tf, convolve(tf, each, weight("pointwise_kernel"), ones), optionalWeight("bias"));
};

/** `outputPadding` is how many cells the result has beyond those that its input, window and pads make; the shape says it too. */
export type TransposedSettings = WindowSettings & { readonly outputPadding: readonly number[] };

/** What a convolution's gradient does to its input; `pads` are those of that convolution. */
export const transposedConvolution: CustomCompute<TransposedSettings> = ({
  tf,
  settings,
  inputs,
  outputShape,
  weight,
  optionalWeight,
}) => {
  const { stride, dilation, pads } = settings;
  const kernel = spreadKernel(tf, weight("kernel"), dilation);
  const sizes = outputShape.slice(0, -1).map((size, axis) => size + pads[axis]![0] + pads[axis]![1]);
  const whole =
    stride.length < 3
      ? spreadImage(tf, inputs[0]!, kernel, stride, sizes)
      : spreadVolume(tf, inputs[0]!, kernel, stride, sizes);
  return addBias(tf, cropCells(tf, whole, pads), optionalWeight("bias"));
};

function addBias(tf: TensorFlow, value: Tensor, bias: Tensor | undefined): Tensor {
  return bias === undefined ? value : tf.add(value, withAxes(tf, bias, value.rank));
}

/** Each group of channels by its own filters. */
function convolveGroups(
  tf: TensorFlow,
  x: Tensor,
  kernel: Tensor,
  stride: readonly number[],
  groups: number,
): Tensor {
  if (groups === 1) return convolve(tf, x, kernel, stride);
  const parts = tf.split(x, groups, x.rank - 1);
  const kernels = tf.split(kernel, groups, kernel.rank - 1);
  return tf.concat(
    parts.map((part, group) => convolve(tf, part, kernels[group]!, stride)),
    x.rank - 1,
  );
}

/** A `valid` convolution without dilation. */
function convolve(tf: TensorFlow, x: Tensor, kernel: Tensor, stride: readonly number[]): Tensor {
  if (stride.length === 3) {
    return tf.conv3d(x as never, kernel as never, stride as [number, number, number], "valid");
  }
  const image = tf.conv2d(
    asImage(tf, x) as never,
    kernelAsImage(tf, kernel) as never,
    strideAsImage(stride),
    "valid",
  );
  return backToRank(tf, image, x.rank);
}

/** Every channel by filters of its own. */
function convolveChannels(tf: TensorFlow, x: Tensor, kernel: Tensor, settings: WindowSettings): Tensor {
  const padded = asImage(tf, padCells(tf, x, settings.pads));
  const spread = kernelAsImage(tf, spreadKernel(tf, kernel, settings.dilation));
  const [rows, columns] = strideAsImage(settings.stride);
  // TensorFlow's own kernel takes equal strides alone; an axis of one window may have any.
  const stride = x.rank === 3 ? columns : rows === columns ? rows : undefined;
  const result =
    stride === undefined
      ? tf.conv2d(padded as never, channelsApart(tf, spread) as never, [rows, columns], "valid")
      : tf.depthwiseConv2d(padded as never, spread as never, [stride, stride], "valid");
  return backToRank(tf, result, x.rank);
}

/** A depthwise kernel [h, w, c, m] as an ordinary one [h, w, c, c·m], zero where a filter belongs to another channel. */
function channelsApart(tf: TensorFlow, kernel: Tensor): Tensor {
  const [height, width, channels, multiplier] = kernel.shape as [number, number, number, number];
  const own = tf.reshape(tf.eye(channels), [1, 1, channels, channels, 1]);
  const each = tf.reshape(kernel, [height, width, channels, 1, multiplier]);
  return tf.reshape(tf.mul(each, own), [height, width, channels, channels * multiplier]);
}

/** Lays zeros between the taps of a kernel: [window…, in, out] with `dilation - 1` cells between. */
function spreadKernel(tf: TensorFlow, kernel: Tensor, dilation: readonly number[]): Tensor {
  return dilation.reduce((spread, factor, axis) => spreadAxis(tf, spread, axis, factor), kernel);
}

/** Lays `factor - 1` zeros between the cells of an axis. */
function spreadAxis(tf: TensorFlow, x: Tensor, axis: number, factor: number): Tensor {
  const size = x.shape[axis]!;
  if (factor === 1 || size === 1) return x;
  const before = x.shape.slice(0, axis);
  const behind = x.shape.slice(axis + 1);
  const outer = before.reduce((product, dim) => product * dim, 1);
  const inner = behind.reduce((product, dim) => product * dim, 1);
  const apart = tf.pad(tf.reshape(x, [outer * size, 1, inner]), [
    [0, 0],
    [0, factor - 1],
    [0, 0],
  ]);
  const long = tf.reshape(apart, [outer, size * factor, inner]);
  const exact = tf.slice(long, [0, 0, 0], [outer, (size - 1) * factor + 1, inner]);
  return tf.reshape(exact, [...before, (size - 1) * factor + 1, ...behind]);
}

function spreadImage(
  tf: TensorFlow,
  x: Tensor,
  kernel: Tensor,
  stride: readonly number[],
  sizes: readonly number[],
): Tensor {
  const image = asImage(tf, x);
  const [height, width] = sizes.length === 1 ? [1, sizes[0]!] : (sizes as [number, number]);
  const flat = kernelAsImage(tf, kernel);
  const shape = [image.shape[0]!, height, width, flat.shape[2]!] as [number, number, number, number];
  const whole = tf.conv2dTranspose(image as never, flat as never, shape, strideAsImage(stride), "valid");
  return backToRank(tf, whole, x.rank);
}

/** TensorFlow.js has no gradient for its own transposed convolution of volumes: an ordinary one over the input spread out. */
function spreadVolume(
  tf: TensorFlow,
  x: Tensor,
  kernel: Tensor,
  stride: readonly number[],
  sizes: readonly number[],
): Tensor {
  const spread = stride.reduce((sofar, factor, axis) => spreadAxis(tf, sofar, axis + 1, factor), x);
  const pads = stride.map((_, axis): [number, number] => {
    const before = kernel.shape[axis]! - 1;
    return [before, sizes[axis]! - spread.shape[axis + 1]!];
  });
  const padded = padCells(tf, spread, pads);
  const [incoming, outgoing] = kernel.shape.slice(3) as [number, number];
  const taps = tf.reverse(tf.reshape(kernel, [-1, incoming, outgoing]), 0);
  const turned = tf.reshape(tf.transpose(taps, [0, 2, 1]), [...kernel.shape.slice(0, 3), outgoing, incoming]);
  return convolve(tf, padded, turned, [1, 1, 1]);
}

/** A sequence [N, length, C] as an image of one row. */
function asImage(tf: TensorFlow, x: Tensor): Tensor {
  return x.rank === 3 ? tf.expandDims(x, 1) : x;
}

function kernelAsImage(tf: TensorFlow, kernel: Tensor): Tensor {
  return kernel.rank === 3 ? tf.expandDims(kernel, 0) : kernel;
}

function strideAsImage(stride: readonly number[]): [number, number] {
  return stride.length === 1 ? [1, stride[0]!] : (stride as [number, number]);
}

function backToRank(tf: TensorFlow, image: Tensor, rank: number): Tensor {
  return rank === 3 ? tf.squeeze(image, [1]) : image;
}
