import type { Tensor } from "../tensorflow.ts";
import type { CustomCompute } from "./custom-layer.ts";

/** Rows of a table by their numbers. The numbers are whole, so nothing flows back to what they were computed from. */
export const embedding: CustomCompute<object> = ({ tf, inputs, weight }) => {
  const lookUp = tf.customGrad((...given) => {
    const [numbers, table, save] = given as unknown as readonly [Tensor, Tensor, (kept: Tensor[]) => void];
    const rows = tf.cast(numbers, "int32");
    save([numbers, table, rows]);
    return {
      value: tf.gather(table, rows),
      gradFunc: (gradient: Tensor, kept: Tensor[]) => {
        const [keptNumbers, keptTable, keptRows] = kept as [Tensor, Tensor, Tensor];
        const [height, width] = keptTable.shape as [number, number];
        const flat = tf.reshape(gradient, [-1, width]);
        const places = tf.reshape(keptRows, [-1]) as never;
        return [tf.zerosLike(keptNumbers), tf.unsortedSegmentSum(flat, places, height)];
      },
    };
  });
  return lookUp(inputs[0]!, weight("embeddings"));
};

/** The squared distance of a vector from each code. */
export const radialBasis: CustomCompute<object> = ({ tf, inputs, outputShape, weight }) => {
  const codes = weight("codes");
  const rows = tf.reshape(inputs[0]!, [-1, 1, codes.shape[1]!]);
  const distances = tf.sum(tf.square(tf.sub(rows, tf.expandDims(codes, 0))), -1);
  return tf.reshape(distances, [-1, ...outputShape]);
};
