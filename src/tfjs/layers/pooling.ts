import type { Tensor, TensorFlow } from "../tensorflow.ts";
import { padCells } from "./cells.ts";
import type { CustomCompute } from "./custom-layer.ts";
import { numbersOfCondition } from "./many-axes.ts";

export interface PoolSettings {
  readonly mode: "max" | "min" | "avg" | "sum";
  readonly window: readonly number[];
  readonly stride: readonly number[];
  readonly pads: readonly (readonly [before: number, after: number])[];
}

/** Below every number that a network computes with; an infinity would make 0 · ∞ of the gradient on some backends. */
const lowest = -3e38;

/** Pools with any padding: it is laid around first, so that no backend pads itself (its gradients for that are wrong in JavaScript). */
export const pooling: CustomCompute<PoolSettings> = ({ tf, settings, inputs }) => {
  const x = inputs[0]!;
  switch (settings.mode) {
    case "max":
      return moveWindow(tf, padCells(tf, x, settings.pads, lowest), "max", settings);
    case "min":
      return tf.neg(moveWindow(tf, padCells(tf, tf.neg(x), settings.pads, lowest), "max", settings));
    case "avg":
      return tf.div(windowSums(tf, x, settings), windowSums(tf, onesLikeExample(tf, x), settings));
    case "sum":
      return windowSums(tf, x, settings);
  }
};

function windowSums(tf: TensorFlow, x: Tensor, settings: PoolSettings): Tensor {
  const cells = settings.window.reduce((product, size) => product * size, 1);
  return tf.mul(moveWindow(tf, padCells(tf, x, settings.pads), "avg", settings), cells);
}

/** Ones of one example with one channel, to count the cells of each window that are no padding. */
function onesLikeExample(tf: TensorFlow, x: Tensor): Tensor {
  return tf.ones([1, ...x.shape.slice(1, -1), 1]);
}

/** `valid` pooling of a sequence, an image or a volume. */
function moveWindow(
  tf: TensorFlow,
  x: Tensor,
  mode: "max" | "avg",
  { window, stride }: PoolSettings,
): Tensor {
  if (x.rank === 5) {
    const [sizes, strides] = [window, stride] as [[number, number, number], [number, number, number]];
    return mode === "max"
      ? largestInVolume(tf, x, sizes, strides)
      : tf.avgPool3d(x as never, sizes, strides, "valid");
  }
  const isSequence = x.rank === 3;
  const image = (isSequence ? tf.expandDims(x, 1) : x) as never;
  const [sizes, strides] = [window, stride].map((values) => (isSequence ? [1, values[0]!] : values)) as [
    [number, number],
    [number, number],
  ];
  const pooled =
    mode === "max" ? tf.maxPool(image, sizes, strides, "valid") : tf.avgPool(image, sizes, strides, "valid");
  return isSequence ? tf.squeeze(pooled, [1]) : pooled;
}

type Sizes = readonly [depth: number, height: number, width: number];

/**
 * The gradient of TensorFlow.js' own goes to wrong cells on WebGL and WebGPU where a window's sides differ, so that rows and columns of
 * each slice come first, then the slices.
 */
function largestInVolume(tf: TensorFlow, x: Tensor, window: Sizes, stride: Sizes): Tensor {
  const [count, depth, height, width, channels] = x.shape as [number, number, number, number, number];
  const slices = tf.reshape(x, [count * depth, height, width, channels]) as never;
  const flat: Tensor = tf.maxPool(slices, [window[1], window[2]], [stride[1], stride[2]], "valid");
  const [, rows, columns] = flat.shape as [number, number, number, number];
  const stacked = tf.reshape(flat, [count, depth, rows * columns, channels]);
  const pooled = tf.maxPool(stacked as never, [window[0], 1], [stride[0], 1], "valid");
  return tf.reshape(pooled, [count, -1, rows, columns, channels]);
}

export interface GlobalPoolSettings {
  readonly mode: "max" | "avg";
  readonly keepdims: boolean;
}

export const globalPooling: CustomCompute<GlobalPoolSettings> = ({ tf, settings, inputs }) => {
  const axes = inputs[0]!.shape.slice(1, -1).map((_, axis) => axis + 1);
  const reduce = settings.mode === "max" ? largestOver : meanOver;
  return reduce(tf, inputs[0]!, axes, settings.keepdims);
};

function meanOver(tf: TensorFlow, x: Tensor, axes: number[], keepDims: boolean): Tensor {
  return tf.mean(x, axes, keepDims);
}

/** The maximum; where several cells have it they share its gradient, of which TensorFlow.js' own gives each the whole. */
export function largestOver(tf: TensorFlow, x: Tensor, axes: number[], keepDims: boolean): Tensor {
  const largest = tf.customGrad((...given) => {
    const [cells, save] = given as unknown as readonly [Tensor, (kept: Tensor[]) => void];
    const value = tf.max(cells, axes, true);
    save([cells, value]);
    const gradFunc = (gradient: Tensor, kept: Tensor[]): Tensor => {
      const isLargest = numbersOfCondition(tf, tf.equal(kept[0]!, kept[1]!));
      return tf.mul(isLargest, tf.div(gradient, tf.sum(isLargest, axes, true)));
    };
    return { value, gradFunc };
  });
  const kept = largest(x);
  return keepDims ? kept : tf.squeeze(kept, axes);
}
