import type { Tensor, TensorFlow } from "../tensorflow.ts";

// WebGL and WebGPU lay cells around, cut, turn around and choose in at most four axes, and WebGPU joins a vector to at most four: beyond
// that they fail, or give wrong numbers without a word. The same is done here on fewer axes, which all of them compute.

const mostAxes = 4;

type Pairs = readonly (readonly [before: number, after: number])[];

/** Lays cells around; a pair for each axis of the tensor. */
export function padAxes(tf: TensorFlow, x: Tensor, pads: Pairs, value = 0): Tensor {
  const isPadded = pads.map(([before, after]) => before + after > 0);
  if (!isPadded.includes(true)) return x;
  if (x.rank <= mostAxes) return tf.pad(x, pads as [number, number][], value);
  return pads.reduce<Tensor>((sofar, [before, after], axis) => {
    if (!isPadded[axis]) return sofar;
    const around: [number, number][] = [
      [0, 0],
      [before, after],
      [0, 0],
    ];
    return alongAxis(tf, sofar, axis, (middle) => tf.pad(middle, around, value));
  }, x);
}

/** Cuts a block out. */
export function sliceAxes(
  tf: TensorFlow,
  x: Tensor,
  begin: readonly number[],
  size: readonly number[],
): Tensor {
  if (x.rank <= mostAxes) return tf.slice(x, [...begin], [...size]);
  return size.reduce<Tensor>((sofar, count, axis) => {
    if (count === sofar.shape[axis]) return sofar;
    return alongAxis(tf, sofar, axis, (middle) => {
      const [outer, , inner] = middle.shape as [number, number, number];
      return tf.slice(middle, [0, begin[axis]!, 0], [outer, count, inner]);
    });
  }, x);
}

/** Computes on one axis as the middle of three. */
function alongAxis(tf: TensorFlow, x: Tensor, axis: number, compute: (middle: Tensor) => Tensor): Tensor {
  const [before, behind] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const middle = compute(tf.reshape(x, [productOf(before), x.shape[axis]!, productOf(behind)]));
  return tf.reshape(middle, [...before, middle.shape[1]!, ...behind]);
}

/** Computes what goes number by number, or along the last axis, on rows of the last axis. */
export function inRows(tf: TensorFlow, x: Tensor, compute: (rows: Tensor) => Tensor): Tensor {
  if (x.rank <= mostAxes) return compute(x);
  return tf.reshape(compute(tf.reshape(x, [-1, x.shape.at(-1)!])), x.shape);
}

/** Gives an operand the axes of one cell before its own that it is lacking; a single number needs none. */
export function withAxes(tf: TensorFlow, x: Tensor, rank: number): Tensor {
  if (rank <= mostAxes || x.rank === 0 || x.rank === rank) return x;
  return tf.reshape(x, [...new Array<number>(rank - x.rank).fill(1), ...x.shape]);
}

/**
 * Repeats a tensor along axes of one cell by adding zeros: the gradient of a sum adds up again in any rank, while that of
 * `broadcastTo` ends at rank 4.
 */
export function broadcastInAnyRank(tf: TensorFlow, x: Tensor, shape: number[]): Tensor {
  if (x.shape.join() === shape.join()) return x;
  return tf.add(withAxes(tf, x, shape.length), tf.zeros(shape, x.dtype));
}

/** Where a condition holds the numbers of one tensor, elsewhere those of another; each may be repeated. */
export function choose(tf: TensorFlow, condition: Tensor, held: Tensor, other: Tensor): Tensor {
  const shape = [held, other].reduce(
    (sofar, { shape: own }) => tf.broadcast_util.assertAndGetBroadcastShape(sofar, own),
    condition.shape,
  );
  if (shape.length <= mostAxes) return tf.where(condition, held, other);
  const everywhere = tf.logicalAnd(withAxes(tf, condition, shape.length), tf.ones(shape, "bool"));
  const [where, then, otherwise] = [
    everywhere,
    broadcastInAnyRank(tf, held, shape),
    broadcastInAnyRank(tf, other, shape),
  ].map((each) => tf.reshape(each, [-1]));
  return tf.reshape(tf.where(where!, then!, otherwise!), shape);
}

/** 1 where a condition holds, else 0. (WebGPU's cast hands over whole numbers, of which its sums and transposes have no shader.) */
export function numbersOfCondition(tf: TensorFlow, condition: Tensor): Tensor {
  return choose(tf, condition, tf.ones(condition.shape), tf.zeros(condition.shape));
}

function productOf(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1);
}
