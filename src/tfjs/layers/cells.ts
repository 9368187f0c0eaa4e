import type { Tensor, TensorFlow } from "../tensorflow.ts";
import type { CustomCompute } from "./custom-layer.ts";
import { padAxes, sliceAxes } from "./many-axes.ts";

type Pairs = readonly (readonly [before: number, after: number])[];

/** Lays cells around the spatial axes of [N, spatial…, C]. */
export function padCells(tf: TensorFlow, x: Tensor, pads: Pairs, value = 0): Tensor {
  return padAxes(tf, x, [[0, 0], ...pads, [0, 0]], value);
}

/** Takes cells off the spatial axes. */
export function cropCells(tf: TensorFlow, x: Tensor, cells: Pairs): Tensor {
  if (cells.every(([before, after]) => before === 0 && after === 0)) return x;
  const begin = [0, ...cells.map(([before]) => before), 0];
  const size = x.shape.map((dim, axis) => {
    const [before, after] = cells[axis - 1] ?? [0, 0];
    return dim - before - after;
  });
  return sliceAxes(tf, x, begin, size);
}

export const padding: CustomCompute<{ readonly pads: Pairs }> = ({ tf, settings, inputs }) =>
  padCells(tf, inputs[0]!, settings.pads);

export const cropping: CustomCompute<{ readonly cells: Pairs }> = ({ tf, settings, inputs }) =>
  cropCells(tf, inputs[0]!, settings.cells);

export interface UpsampleSettings {
  readonly factors: readonly number[];
  readonly mode: "nearest" | "bilinear";
}

export const upsampling: CustomCompute<UpsampleSettings> = ({ tf, settings, inputs }) =>
  settings.mode === "nearest"
    ? repeatCells(tf, inputs[0]!, settings.factors)
    : blendCells(tf, inputs[0]!, settings.factors);

/** Each cell becomes a block. One axis at a time, since TensorFlow.js repeats in at most a few axes. */
function repeatCells(tf: TensorFlow, x: Tensor, factors: readonly number[]): Tensor {
  return factors.reduce((sofar, factor, index) => {
    if (factor === 1) return sofar;
    const { shape } = sofar;
    const axis = index + 1;
    const outer = shape.slice(0, axis + 1).reduce((product, dim) => product * dim, 1);
    const inner = shape.slice(axis + 1).reduce((product, dim) => product * dim, 1);
    const repeated = tf.tile(tf.reshape(sofar, [outer, 1, inner]), [1, factor, 1]);
    return tf.reshape(repeated, [...shape.slice(0, axis), shape[axis]! * factor, ...shape.slice(axis + 1)]);
  }, x);
}

/**
 * Bilinear blending as two products of matrices: TensorFlow.js' own resizing has no gradient for cells whose centres lie at
 * halves.
 */
function blendCells(tf: TensorFlow, x: Tensor, factors: readonly number[]): Tensor {
  const [count, height, width, channels] = x.shape as [number, number, number, number];
  const [tall, wide] = [height * factors[0]!, width * factors[1]!];
  const rows = tf.transpose(x, [1, 0, 2, 3]);
  const taller = tf.matMul(blendMatrix(tf, height, factors[0]!), tf.reshape(rows, [height, -1]));
  const columns = tf.transpose(tf.reshape(taller, [tall, count, width, channels]), [2, 1, 0, 3]);
  const wider = tf.matMul(blendMatrix(tf, width, factors[1]!), tf.reshape(columns, [width, -1]));
  return tf.transpose(tf.reshape(wider, [wide, count, tall, channels]), [1, 2, 0, 3]);
}

/** [size · factor, size]: how much each new cell takes of each old one, the border repeated. */
function blendMatrix(tf: TensorFlow, size: number, factor: number): Tensor {
  const rows = Array.from({ length: size * factor }, (_, cell) => {
    const row = new Array<number>(size).fill(0);
    const place = Math.min(Math.max((cell + 0.5) / factor - 0.5, 0), size - 1);
    const first = Math.floor(place);
    row[first]! += 1 - (place - first);
    row[Math.min(first + 1, size - 1)]! += place - first;
    return row;
  });
  return tf.tensor2d(rows, [size * factor, size]);
}
