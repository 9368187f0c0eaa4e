// How far predicted numbers are from the true ones.

/** Errors of predicted numbers; NaN where there are too few examples. */
export interface RegressionReport {
  readonly count: number;
  /** Mean absolute error. */
  readonly meanAbsoluteError: number;
  readonly meanSquaredError: number;
  readonly rootMeanSquaredError: number;
  /**
   * The coefficient of determination 1 - Σ(y - p)²/Σ(y - mean y)², the mean over the outputs. An output that is constant
   * counts 1 where it is met exactly, else 0; NaN for fewer than two examples.
   */
  readonly rSquared: number;
}

/** Sums up errors, batch after batch. */
export class RegressionCounter {
  readonly #width: number;
  #count = 0;
  #absolute = 0;
  readonly #squared: Float64Array;
  /** Mean and sum of squared distances from it, of each output's true values (B. Welford, 1962). */
  readonly #mean: Float64Array;
  readonly #spread: Float64Array;

  /** @param width numbers an example */
  constructor(width = 1) {
    this.#width = width;
    [this.#squared, this.#mean, this.#spread] = [
      new Float64Array(width),
      new Float64Array(width),
      new Float64Array(width),
    ];
  }

  /** @param truths examples × width, as the predictions */
  add(truths: ArrayLike<number>, predictions: ArrayLike<number>): void {
    if (truths.length !== predictions.length) {
      throw new RangeError(`${truths.length} true values do not go with ${predictions.length} predictions`);
    }
    for (let index = 0; index < truths.length; index++) {
      const output = index % this.#width;
      if (output === 0) this.#count += 1;
      const truth = truths[index]!;
      const error = truth - predictions[index]!;
      this.#absolute += Math.abs(error);
      this.#squared[output]! += error * error;
      const distance = truth - this.#mean[output]!;
      this.#mean[output]! += distance / this.#count;
      this.#spread[output]! += distance * (truth - this.#mean[output]!);
    }
  }

  get report(): RegressionReport {
    const cells = this.#count * this.#width;
    const squared = this.#squared.reduce((total, value) => total + value, 0);
    const shares = this.#squared.map((residual, output) => {
      const spread = this.#spread[output]!;
      if (spread !== 0) return 1 - residual / spread;
      return residual === 0 ? 1 : 0;
    });
    const determined = shares.reduce((total, value) => total + value, 0) / this.#width;
    return {
      count: this.#count,
      meanAbsoluteError: this.#absolute / cells,
      meanSquaredError: squared / cells,
      rootMeanSquaredError: meanRoot(this.#squared, this.#count),
      rSquared: this.#count < 2 ? NaN : determined,
    };
  }
}

/** Errors of predictions, `width` numbers an example. */
export function reportRegression(
  truths: ArrayLike<number>,
  predictions: ArrayLike<number>,
  width = 1,
): RegressionReport {
  const counter = new RegressionCounter(width);
  counter.add(truths, predictions);
  return counter.report;
}

/** The mean over the outputs of the root of each one's mean, as scikit-learn's root_mean_squared_error. */
function meanRoot(squared: Float64Array, count: number): number {
  return squared.reduce((total, value) => total + Math.sqrt(value / count), 0) / squared.length;
}
