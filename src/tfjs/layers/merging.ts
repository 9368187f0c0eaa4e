import type { Tensor, TensorFlow } from "../tensorflow.ts";
import type { CustomCompute } from "./custom-layer.ts";
import { broadcastInAnyRank } from "./many-axes.ts";

export type MergeOperation = "add" | "subtract" | "multiply" | "average" | "maximum" | "minimum";

/** TensorFlow.js' gradient of an extreme does not sum over the axes along which an operand was repeated, so that is done before. */
export function extreme(
  operation: "maximum" | "minimum",
): (tf: TensorFlow) => (a: Tensor, b: Tensor) => Tensor {
  return (tf) => (a, b) => {
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    return tf[operation](broadcastInAnyRank(tf, a, shape), broadcastInAnyRank(tf, b, shape));
  };
}

const operations: Readonly<Record<MergeOperation, (tf: TensorFlow) => (a: Tensor, b: Tensor) => Tensor>> = {
  add: (tf) => tf.add,
  average: (tf) => tf.add,
  subtract: (tf) => tf.sub,
  multiply: (tf) => tf.mul,
  maximum: extreme("maximum"),
  minimum: extreme("minimum"),
};

/** Joins the inputs two by two; those of smaller rank get axes after the batch, as in Keras. */
export const merging: CustomCompute<{ readonly operation: MergeOperation }> = ({
  tf,
  settings,
  inputs,
  outputShape,
}) => {
  const join = operations[settings.operation](tf);
  const merged = inputs
    .map((input) => withRank(tf, input, outputShape.length + 1))
    .reduce((left, right) => join(left, right));
  return settings.operation === "average" ? tf.div(merged, inputs.length) : merged;
};

function withRank(tf: TensorFlow, x: Tensor, rank: number): Tensor {
  if (x.rank >= rank) return x;
  const ones = Array.from({ length: rank - x.rank }, () => 1);
  return tf.reshape(x, [x.shape[0]!, ...ones, ...x.shape.slice(1)]);
}

export interface DotSettings {
  /** The axis of each tensor that is summed over, the batch being axis 0. */
  readonly axes: readonly number[];
  readonly normalize: boolean;
}

/** Sums products along one axis of each tensor: a product of matrices whose rows are the other axes. */
export const dotProduct: CustomCompute<DotSettings> = ({ tf, settings, inputs, outputShape }) => {
  const [left, right] = inputs.map((input, index) => {
    const axis = settings.axes[index]!;
    const value = settings.normalize ? unitLength(tf, input, axis) : input;
    const others = value.shape.flatMap((_, place) => (place === 0 || place === axis ? [] : [place]));
    const moved = tf.transpose(value, [0, ...others, axis]);
    return tf.reshape(moved, [value.shape[0]!, -1, value.shape[axis]!]);
  });
  return tf.reshape(tf.matMul(left!, right!, false, true), [-1, ...outputShape]);
};

/** x / √max(Σx², 1e-12) along an axis. */
function unitLength(tf: TensorFlow, x: Tensor, axis: number): Tensor {
  return tf.div(x, tf.sqrt(tf.maximum(tf.sum(tf.square(x), axis, true), 1e-12)));
}
