import { defaultsOf } from "../settings/read-arguments.ts";
import type { TensorBuilder } from "../tensor/builder.ts";
import { numbersOf, sumOf, vectorOf } from "../tensor/compositions.ts";
import type { ModelWeight } from "../tensor/model-weights.ts";
import type { ValueId } from "../tensor/tensor-graph.ts";
import { buildGradients } from "./gradients.ts";
import { atLeast } from "./losses/loss.ts";
import { createOptimizer, optimizerKinds } from "./optimizers/optimizers.ts";
import type { CountedNumbers } from "./optimizers/optimizer.ts";
import type { OptimizerMoment, UpdateOptions, WeightRule } from "./training-graphs.ts";
import type { FlatPart, WeightSlot } from "./weight-layout.ts";

/** A penalty of the weights, and its gradient. */
interface Penalty {
  readonly value: ValueId;
  readonly gradient: ValueId;
}

/** What an update is made of. */
interface UpdateOperands {
  readonly weights: ValueId;
  readonly gradient: ValueId;
  /** A bool scalar, where an update may be passed over: weights, moments and the average then stay. */
  readonly isGood?: ValueId;
}

/** What an update gives: new weights and moments by name, and the penalty, which is no number where a new weight is none. */
export interface UpdatedWeights {
  readonly weights: ValueId;
  readonly moments: Readonly<Record<string, ValueId>>;
  readonly penalty: ValueId;
}

/** The moment that is the moving average of the weights. */
export const averageMoment = "average";

/** The moment that counts steps, where they may be passed over. */
const countersMoment = "counters";
/** The moment that is 1 once a step was taken, where the average has to know. */
const takenMoment = "taken";
/** The scalar that counted rates are multiplied by. */
const countedRate = "learning_rate";

/** Added to a norm that is divided by, as in Keras. */
const tinyNorm = 1e-7;

/**
 * What becomes of the weights once the gradient of the loss is known, in Keras' order: the penalties' gradient is added; the gradient
 * is clipped; weights decay; the optimizer moves them; norms are limited; the average follows, within the limits (Keras' follows what
 * was not limited yet). All weights lie in one flat vector.
 */
export class WeightUpdate {
  readonly moments: readonly OptimizerMoment[];
  readonly #options: UpdateOptions;
  readonly #optimizer: ReturnType<typeof createOptimizer>;
  readonly #decay: number;
  readonly #part: FlatPart;
  readonly #rules: ReadonlyMap<string, WeightRule>;
  /** The step's numbers as operations, where the host cannot tell them. */
  readonly #counted: CountedNumbers | undefined;
  readonly #maySkip: boolean;

  /**
   * @param weights the model's weights with the penalties that its layers ask for
   * @param maySkip whether steps may be passed over: what is not taken is not counted either
   */
  constructor(options: UpdateOptions, part: FlatPart, weights: readonly ModelWeight[], maySkip = false) {
    this.#options = options;
    this.#part = part;
    this.#optimizer = createOptimizer(options.optimizer);
    this.#decay = decayOf(options.optimizer);
    const given = options.weightRules ?? {};
    this.#rules = new Map(
      weights.map(({ key, l1, l2 }) => {
        const rule = given[key];
        return [key, { ...rule, l1: l1 + (rule?.l1 ?? 0), l2: l2 + (rule?.l2 ?? 0) }];
      }),
    );
    this.#maySkip = maySkip;
    this.#counted = maySkip ? this.#optimizer.counted : undefined;
    const ofWeights = [
      ...this.#optimizer.moments,
      ...(options.average === undefined ? [] : [{ name: averageMoment, initial: 0 }]),
    ].map(({ name, initial }) =>
      momentOf(name, part.length, () => new Float32Array(part.length).fill(initial)),
    );
    const ofSteps = Object.entries({
      [countersMoment]: this.#counted?.initial,
      [takenMoment]: maySkip && options.average !== undefined ? [0] : undefined,
    }).flatMap(([name, initial]) =>
      initial === undefined ? [] : [momentOf(name, initial.length, () => Float32Array.from(initial))],
    );
    this.moments = [...ofWeights, ...ofSteps];
  }

  /** The numbers that the host computes for a step, by the name of their input after `scalar/`. Steps count from 1. */
  hostNumbers(step: number, learningRate: number): Readonly<Record<string, number>> {
    const { rates, scalars } =
      this.#counted === undefined
        ? this.#optimizer.hostNumbers(step, learningRate)
        : { rates: { [countedRate]: learningRate } };
    const { average } = this.#options;
    return {
      ...rates,
      ...scalars,
      ...(this.#decay === 0 ? {} : { decay_rate: this.#decay * learningRate }),
      // The first average is the weights themselves.
      ...(average === undefined ? {} : { average_decay: step === 1 && !this.#maySkip ? 0 : average.decay }),
    };
  }

  build(builder: TensorBuilder, given: UpdateOperands): UpdatedWeights {
    const penalty = this.buildPenalty(builder, given.weights);
    const whole = penalty === undefined ? given.gradient : builder.add(given.gradient, penalty.gradient);
    const counted = this.#count(builder);
    const scalar = (name: string): ValueId => counted?.numbers[name] ?? scalarInput(builder, name);
    const factors = this.#perWeight(builder, ({ rate = 1 }) => rate, 1);
    const rate = (name: string): ValueId =>
      factors === undefined ? scalar(name) : builder.multiply(factors, scalar(name));
    const moment = (name: string): ValueId => builder.input("state", `moment/${name}`, [this.#part.length]);
    const decayed =
      this.#decay === 0
        ? given.weights
        : builder.subtract(given.weights, builder.multiply(given.weights, rate("decay_rate")));
    const moved = this.#optimizer.update({
      builder,
      weights: decayed,
      gradient: this.#clip(builder, whole),
      moments: Object.fromEntries(this.#optimizer.moments.map(({ name }) => [name, moment(name)])),
      rate,
      scalar,
    });
    const kept = (next: ValueId, before: ValueId): ValueId =>
      given.isGood === undefined ? next : builder.select(given.isGood, next, before);
    const weights = kept(this.#limitNorms(builder, moved.weights), given.weights);
    const moments = Object.entries(moved.moments).map(([name, next]) => [name, kept(next, moment(name))]);
    if (counted !== undefined) moments.push([countersMoment, kept(counted.next, counted.before)]);
    return {
      weights,
      moments: {
        ...(Object.fromEntries(moments) as Readonly<Record<string, ValueId>>),
        ...this.#average(builder, weights, given.isGood),
      },
      penalty: sumOf(builder, [
        ...(penalty === undefined ? [] : [penalty.value]),
        nothingIfFinite(builder, weights),
      ])!,
    };
  }

  /** The counters before and with this step, and the step's numbers by name; undefined where the host tells them. */
  #count(
    builder: TensorBuilder,
  ): { before: ValueId; next: ValueId; numbers: Readonly<Record<string, ValueId>> } | undefined {
    if (this.#counted === undefined) return undefined;
    const { initial, count } = this.#counted;
    const before = builder.input("state", `moment/${countersMoment}`, [initial.length]);
    const { counters, rates, scalars } = count(builder, numbersOf(builder, before));
    const learningRate = scalarInput(builder, countedRate);
    const scaled = Object.entries(rates).map(([name, rate]) => [name, builder.multiply(rate, learningRate)]);
    return {
      before,
      next: vectorOf(builder, counters),
      numbers: { ...(Object.fromEntries(scaled) as Record<string, ValueId>), ...scalars },
    };
  }

  /** Σ l1·|w| + l2·w² over the weights, and its gradient; undefined where no weight has a penalty. */
  buildPenalty(builder: TensorBuilder, weights: ValueId): Penalty | undefined {
    const l1 = this.#perWeight(builder, (rule) => rule.l1 ?? 0, 0);
    const l2 = this.#perWeight(builder, (rule) => rule.l2 ?? 0, 0);
    const terms: ValueId[] = [];
    if (l1 !== undefined) terms.push(builder.multiply(builder.abs(weights), l1));
    if (l2 !== undefined) terms.push(builder.multiply(builder.square(weights), l2));
    const sum = sumOf(builder, terms);
    if (sum === undefined) return undefined;
    const value = builder.reduceSum(sum, [0]);
    return { value, gradient: buildGradients(builder, value, [weights])[0]! };
  }

  /** A number for each weight of the flat vector; undefined where all are the usual one. */
  #perWeight(
    builder: TensorBuilder,
    numberOf: (rule: WeightRule) => number,
    usual: number,
  ): ValueId | undefined {
    const { slots, length } = this.#part;
    const numbers = slots.map(({ key }) => numberOf(this.#rules.get(key) ?? {}));
    if (numbers.every((each) => each === usual)) return undefined;
    const data = new Float32Array(length);
    slots.forEach(({ offset, length: count }, index) => data.fill(numbers[index]!, offset, offset + count));
    return builder.constant([length], data);
  }

  #clip(builder: TensorBuilder, gradient: ValueId): ValueId {
    const { clip } = this.#options;
    if (clip === undefined) return gradient;
    const whole = (vector: ValueId): ValueId => withinNorm(builder, vector, clip.limit);
    const limit = builder.scalar(clip.limit);
    const forms = {
      value: () => builder.maximum(builder.minimum(gradient, limit), builder.negate(limit)),
      norm: () => this.#eachWeight(builder, gradient, whole),
      global_norm: () => whole(gradient),
    } satisfies Record<typeof clip.by, () => ValueId>;
    return forms[clip.by]();
  }

  /** Keras' MaxNorm: the weights of each unit as a vector of at most that length. */
  #limitNorms(builder: TensorBuilder, weights: ValueId): ValueId {
    const limits = this.#part.slots.map(({ key }) => this.#rules.get(key)?.maxNorm);
    if (limits.every((limit) => limit === undefined)) return weights;
    return this.#eachWeight(builder, weights, (part, { key, shape, length }) => {
      const limit = this.#rules.get(key)?.maxNorm;
      if (limit === undefined) return part;
      const units = shape.at(-1) ?? 1;
      const rows = builder.reshape(part, [length / units, units]);
      const norm = builder.sqrt(builder.reduceSum(builder.square(rows), [0], true));
      const desired = builder.minimum(norm, builder.scalar(limit));
      const factor = builder.divide(desired, builder.add(norm, builder.scalar(tinyNorm)));
      return builder.reshape(builder.multiply(rows, factor), [length]);
    });
  }

  /** a ← w + decay · (a - w), but a ← w until a step was taken. */
  #average(
    builder: TensorBuilder,
    weights: ValueId,
    isGood: ValueId | undefined,
  ): Readonly<Record<string, ValueId>> {
    if (this.#options.average === undefined) return {};
    const before = builder.input("state", `moment/${averageMoment}`, [this.#part.length]);
    const decay = scalarInput(builder, "average_decay");
    const following = (by: ValueId): ValueId =>
      builder.add(weights, builder.multiply(builder.subtract(before, weights), by));
    if (isGood === undefined) return { [averageMoment]: following(decay) };
    const taken = builder.input("state", `moment/${takenMoment}`, [1]);
    const next = following(builder.multiply(taken, decay));
    const isTaken = builder.greater(taken, builder.scalar(0.5));
    return {
      [averageMoment]: builder.select(isGood, next, builder.select(isTaken, before, next)),
      [takenMoment]: builder.select(isGood, builder.scalar(1), taken),
    };
  }

  #eachWeight(
    builder: TensorBuilder,
    flat: ValueId,
    change: (part: ValueId, slot: WeightSlot) => ValueId,
  ): ValueId {
    const parts = this.#part.slots.map((slot) => {
      const part = builder.slice(flat, [0], [slot.offset], [slot.offset + slot.length]);
      return change(part, slot);
    });
    return builder.concat(parts, 0);
  }
}

/**
 * 0, and no number where one of a vector's is none or infinite: a layer that saturates gives a finite loss for weights and data that
 * are beyond all numbers.
 */
function nothingIfFinite(builder: TensorBuilder, vector: ValueId): ValueId {
  const sum = builder.reduceSum(vector, [0]);
  return builder.subtract(sum, sum);
}

function momentOf(name: string, length: number, initial: () => Float32Array): OptimizerMoment {
  return { name, port: { name: `moment/${name}`, shape: [length], dataType: "float32" }, initial };
}

function scalarInput(builder: TensorBuilder, name: string): ValueId {
  return builder.input("scalar", `scalar/${name}`, []);
}

/** A vector scaled down to a length where it is longer. */
function withinNorm(builder: TensorBuilder, vector: ValueId, limit: number): ValueId {
  const norm = builder.sqrt(builder.reduceSum(builder.square(vector), [0]));
  return builder.multiply(vector, builder.divide(builder.scalar(limit), atLeast(builder, norm, limit)));
}

function decayOf({ name, weightDecay }: UpdateOptions["optimizer"]): number {
  return weightDecay ?? defaultsOf(optimizerKinds[name].arguments).weightDecay;
}
