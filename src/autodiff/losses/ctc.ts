import type { TensorBuilder } from "../../tensor/builder.ts";
import { knownDim, TensorGraphError } from "../../tensor/shapes.ts";
import type { ValueId } from "../../tensor/tensor-graph.ts";
import { logitsOf, type LossContext, lossKind } from "./loss.ts";

/** Stands for the logarithm of 0; far below any that occurs, and finite, so that differences stay numbers. */
const impossible = -1e30;

/**
 * Connectionist temporal classification (Graves et al., 2006): minus the logarithm of the probability of all ways in which the
 * outputs of the places [N, T, classes] spell the target. Class 0 is the blank and fills targets up, as in Keras.
 *
 * α over the target with blanks around each label, place by place: αₜ(s) = log(e^αₜ₋₁(s) + e^αₜ₋₁(s-1) + e^αₜ₋₁(s-2)) + log pₜ(s), the
 * last where the label differs from that two before and is no blank.
 */
export const ctc = lossKind({
  summary: "a sequence of classes whose places are not known; class 0 is the blank; Graves et al., 2006",
  arguments: {},
  folds: "softmax",
  wantsLogits: true,
  build(context) {
    const { builder, output } = context;
    const shape = builder.shape(output.value);
    if (shape.length !== 3) throw new TensorGraphError("CTC takes an output of places and classes");
    const [batch, places] = [shape[0]!, knownDim(shape[1], "the number of places")];
    const logarithm = builder.logSoftmax(logitsOf(output, "softmax"), 2);
    const states = statesOf(context);
    const emitted = builder.matmul(logarithm, states.oneHot, { right: true });
    const size = states.count;
    const at = (place: number): ValueId =>
      builder.reshape(builder.slice(emitted, [1], [place], [place + 1]), [batch, size]);
    // Before the first place the way stands in front of the first state.
    const opening = Float32Array.from({ length: size }, (_, state) => (state < 2 ? 0 : impossible));
    let alpha = builder.add(at(0), builder.constant([size], opening));
    for (let place = 1; place < places; place++) {
      const skipped = builder.add(shifted(builder, alpha, 2), states.skipCost);
      const ways = logSum(builder, [alpha, shifted(builder, alpha, 1), skipped]);
      alpha = builder.add(ways, at(place));
    }
    return builder.negate(endOf(context, alpha, size));
  },
});

interface States {
  readonly count: number;
  /** Which class each state gives: [N, states, classes]. */
  readonly oneHot: ValueId;
  /** 0 where a state may follow the one two before, else impossible: [N, states]. */
  readonly skipCost: ValueId;
}

/** The target's labels with blanks before, between and after. */
function statesOf({ builder, output, target }: LossContext): States {
  const classes = knownDim(builder.shape(output.value)[2], "the number of classes");
  const [batch, length] = [
    builder.shape(target)[0]!,
    knownDim(builder.shape(target)[1], "a target's length"),
  ];
  const count = 2 * length + 1;
  const labels = builder.cast(target, "float32");
  const blanks = builder.broadcast(builder.scalar(0), [batch, length, 1]);
  const pairs = builder.concat([blanks, builder.reshape(labels, [batch, length, 1])], 2);
  const spread = builder.pad(builder.reshape(pairs, [batch, count - 1]), [
    [0, 0],
    [0, 1],
  ]);
  const before = builder.pad(spread, [
    [0, 0],
    [2, 0],
  ]);
  const twoBefore = builder.slice(before, [1], [0], [count]);
  const isOther = builder.step(builder.abs(builder.subtract(spread, twoBefore)));
  const isLabel = builder.step(spread);
  const barred = builder.subtract(builder.scalar(1), builder.multiply(isOther, isLabel));
  return {
    count,
    oneHot: builder.oneHot(builder.cast(spread, "int32"), classes),
    skipCost: builder.multiply(barred, builder.scalar(impossible)),
  };
}

/** [N, states] moved up by some states. */
function shifted(builder: TensorBuilder, alpha: ValueId, by: number): ValueId {
  const size = knownDim(builder.shape(alpha)[1], "states");
  const padded = builder.pad(
    alpha,
    [
      [0, 0],
      [by, 0],
    ],
    impossible,
  );
  return builder.slice(padded, [1], [0], [size]);
}

/** log Σ exp of some values. */
function logSum(builder: TensorBuilder, values: readonly ValueId[]): ValueId {
  const largest = values.reduce((left, right) => builder.maximum(left, right));
  const sum = values
    .map((value) => builder.exp(builder.subtract(value, largest)))
    .reduce((left, right) => builder.add(left, right));
  return builder.add(largest, builder.log(sum));
}

/** The logarithm of the probability to end in the last label or the blank after it. */
function endOf({ builder, target }: LossContext, alpha: ValueId, size: number): ValueId {
  const labels = builder.step(builder.cast(target, "float32"));
  const last = builder.multiply(builder.reduceSum(labels, [1]), builder.scalar(2));
  const states = builder.constant(
    [size],
    Float32Array.from({ length: size }, (_, state) => state),
  );
  const distance = builder.subtract(
    builder.broadcast(builder.reshape(last, [builder.shape(target)[0]!, 1]), builder.shape(alpha)),
    states,
  );
  // The last two states of a target have a distance of 0 and 1.
  const isEnd = builder.subtract(
    builder.step(builder.add(distance, builder.scalar(0.5))),
    builder.step(builder.subtract(distance, builder.scalar(1.5))),
  );
  const cost = builder.multiply(builder.subtract(builder.scalar(1), isEnd), builder.scalar(impossible));
  const ends = builder.add(alpha, cost);
  const largest = builder.reduceMax(ends, [1], true);
  const sum = builder.reduceSum(builder.exp(builder.subtract(ends, largest)), [1]);
  return builder.add(builder.reshape(largest, builder.shape(sum)), builder.log(sum));
}
