import type { TensorBuilder } from "./builder.ts";
import type { TensorShape, ValueId } from "./tensor-graph.ts";

/**
 * log(1 + exp(x)) without overflow, as max(x, 0) + log(1 + exp(-|x|)). -|x| is min(x, -x), whose gradient at 0 goes to x: with
 * that the whole has the gradient sigmoid(x) at 0 too.
 */
export function softplus(builder: TensorBuilder, x: ValueId): ValueId {
  const smaller = builder.minimum(x, builder.negate(x));
  return builder.add(builder.relu(x), builder.log(builder.add(builder.exp(smaller), builder.scalar(1))));
}

/**
 * The same with small results as exact as large ones, for those who take a logarithm of it: what 1 + exp(-|x|) was rounded by is
 * put back, log(s) + (e - (s - 1)) / s for s = 1 + e.
 */
export function exactSoftplus(builder: TensorBuilder, x: ValueId): ValueId {
  const power = builder.exp(builder.minimum(x, builder.negate(x)));
  const one = builder.scalar(1);
  const sum = builder.add(power, one);
  const lost = builder.divide(builder.subtract(power, builder.subtract(sum, one)), sum);
  return builder.add(builder.relu(x), builder.add(builder.log(sum), lost));
}

/** The sum of several values; undefined for none. */
export function sumOf(builder: TensorBuilder, values: readonly ValueId[]): ValueId | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => builder.add(sum, value));
}

/** Inserts axes of one cell after the batch until a value has the rank, as Keras' merges do. */
export function padRank(builder: TensorBuilder, value: ValueId, rank: number): ValueId {
  const shape = builder.shape(value);
  const missing = Math.max(0, rank - shape.length);
  return builder.reshape(value, [shape[0]!, ...Array.from({ length: missing }, () => 1), ...shape.slice(1)]);
}

/** All axes but the last. */
export function leadingAxes(shape: TensorShape): readonly number[] {
  return shape.slice(0, -1).map((_, axis) => axis);
}

/** All axes but the batch. */
export function exampleAxes(shape: TensorShape): readonly number[] {
  return shape.slice(1).map((_, axis) => axis + 1);
}

/** The numbers of a vector, each a scalar. */
export function numbersOf(builder: TensorBuilder, vector: ValueId): readonly ValueId[] {
  const length = Number(builder.shape(vector)[0]);
  return Array.from({ length }, (_, index) =>
    builder.reshape(builder.slice(vector, [0], [index], [index + 1]), []),
  );
}

/** Scalars as a vector. */
export function vectorOf(builder: TensorBuilder, numbers: readonly ValueId[]): ValueId {
  return builder.concat(
    numbers.map((number) => builder.reshape(number, [1])),
    0,
  );
}
