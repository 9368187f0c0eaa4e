import type { Reduction } from "../tensor-graph.ts";
import {
  alongAxis,
  type NumericTensor,
  type ReferenceFunction,
  type ReferenceRow,
  sizeOf,
} from "./numeric-tensor.ts";

type Reducing = ReferenceFunction<Reduction>;

const reduceSum: Reducing = ([x], { axes }) => accumulate(x!, axes, 0, (sum, value) => sum + value);

const reduceMean: Reducing = ([x], reduction) => {
  const count = reducedCount(x!, reduction);
  return accumulate(x!, reduction.axes, 0, (sum, value) => sum + value).map((sum) => sum / count);
};

const reduceMax: Reducing = ([x], { axes }) => accumulate(x!, axes, -Infinity, Math.max);

const reduceVariance: Reducing = ([x], reduction) => {
  const places = reducedPlaces(x!.shape, reduction.axes);
  const mean = reduceMean([x!], reduction, []);
  const deviations = Float64Array.from(x!.data, (value, index) => (value - mean[places[index]!]!) ** 2);
  return reduceMean([{ shape: x!.shape, data: deviations }], reduction, []);
};

/** softmax(x) = exp(x - max) / Σ exp(x - max) along an axis, or its logarithm. */
function normalisedExponential(logarithm: boolean): ReferenceFunction<{ readonly axis: number }> {
  return ([x], { axis }) => {
    const { outer, length, inner } = alongAxis(x!.shape, axis);
    const result = new Float64Array(x!.data.length);
    for (let row = 0; row < outer * inner; row++) {
      const start = Math.floor(row / inner) * length * inner + (row % inner);
      const end = start + length * inner;
      let largest = -Infinity;
      for (let at = start; at < end; at += inner) largest = Math.max(largest, x!.data[at]!);
      let sum = 0;
      for (let at = start; at < end; at += inner) sum += Math.exp(x!.data[at]! - largest);
      for (let at = start; at < end; at += inner) {
        const shifted = x!.data[at]! - largest;
        result[at] = logarithm ? shifted - Math.log(sum) : Math.exp(shifted) / sum;
      }
    }
    return result;
  };
}

const argMax: ReferenceRow<"argMax"> = ([x], { axis }) => {
  const { outer, length, inner } = alongAxis(x!.shape, axis);
  const result = new Float64Array(outer * inner);
  for (let row = 0; row < result.length; row++) {
    const start = Math.floor(row / inner) * length * inner + (row % inner);
    let best = 0;
    for (let index = 1; index < length; index++) {
      if (x!.data[start + index * inner]! > x!.data[start + best * inner]!) best = index;
    }
    result[row] = best;
  }
  return result;
};

/** The reductions and what is normalised along an axis, in float64. */
export const reductionReference = {
  reduceSum,
  reduceMean,
  reduceMax,
  reduceVariance,
  argMax,
  softmax: normalisedExponential(false),
  logSoftmax: normalisedExponential(true),
};

function reducedCount(x: NumericTensor, { axes }: Reduction): number {
  return sizeOf(axes.map((axis) => x.shape[axis]!));
}

function accumulate(
  x: NumericTensor,
  axes: readonly number[],
  initial: number,
  combine: (sum: number, value: number) => number,
): Float64Array {
  const places = reducedPlaces(x.shape, axes);
  const kept = x.shape.filter((_, axis) => !axes.includes(axis));
  const result = new Float64Array(sizeOf(kept)).fill(initial);
  for (let index = 0; index < places.length; index++) {
    const place = places[index]!;
    result[place] = combine(result[place]!, x.data[index]!);
  }
  return result;
}

/** For each element, the element of the reduced array that it goes into. */
function reducedPlaces(shape: readonly number[], axes: readonly number[]): Int32Array {
  let places = Int32Array.of(0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    const inner = places;
    const step = axes.includes(axis) ? 0 : stride;
    places = new Int32Array(inner.length * size);
    for (let index = 0; index < places.length; index++) {
      places[index] = inner[index % inner.length]! + Math.floor(index / inner.length) * step;
    }
    if (step > 0) stride *= size;
  }
  return places;
}
