// weights/: the numbers of a model: how they start, and the files they are kept in.
import type { ShapedGraph } from "../analyze/shaped-graph.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { Initializer, WeightSpec } from "../layers/definition.ts";
import { createRandom, type Random } from "../random/random.ts";
import { type WeightValue, type WeightValues, weightKey } from "../tensor/weight-values.ts";

/** The standard deviation of a standard normal cut off at two, by which Keras widens its truncated normals. */
const truncatedDeviation = 0.87962566103423978;

/**
 * The weights a model starts with, as Keras' initializers draw them. Each weight has a random stream of its own, so that
 * a layer's numbers depend on the seed and its name alone.
 *
 * @throws InputError where a weight's shape is not known
 */
export function initializeWeights(model: ShapedGraph, seed: number): WeightValues {
  const values = new Map<string, WeightValue>();
  for (const { node, weights } of model.layers) {
    if (node.sharesWeightsOf !== undefined) continue;
    for (const weight of weights) {
      const key = weightKey(node.name, weight.name);
      const shape = knownShape(node.name, weight);
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      fill(data, weight.initializer, shape, createRandom(seed, `weights/${key}`));
      values.set(key, { shape, data });
    }
  }
  return values;
}

function knownShape(layer: string, weight: WeightSpec): number[] {
  return weight.shape.map((dim) => {
    if (dim.value !== undefined) return dim.value;
    throw new InputError(`the ${weight.name} of ${layer} has an unknown size: ${weight.shape.join("x")}`, {
      help: "give the model's input shape, e.g. `input 28x28x1` in the file or `--input 28x28x1`",
    });
  });
}

/** Scales are those of Glorot and Bengio 2010, He et al. 2015 and LeCun et al. 1998, as Keras' VarianceScaling has them. */
function fill(data: Float32Array, initializer: Initializer, shape: readonly number[], random: Random): void {
  const uniform = (variance: number): void => {
    const limit = Math.sqrt(3 * variance);
    random.fillUniform(data, -limit, limit);
  };
  const normal = (variance: number): void =>
    random.fillTruncatedNormal(data, 0, Math.sqrt(variance) / truncatedDeviation);
  switch (initializer.kind) {
    case "zeros":
      return;
    case "ones":
      data.fill(1);
      return;
    case "constant":
      data.fill(initializer.value);
      return;
    case "random_uniform":
      return random.fillUniform(data, initializer.low, initializer.high);
    case "random_normal":
      return random.fillNormal(data, 0, initializer.standardDeviation);
    case "random_signs":
      for (const index of data.keys()) data[index] = random.uniform() < 0.5 ? -1 : 1;
      return;
    case "given":
      data.set(initializer.values);
      return;
  }
  const { fanIn, fanOut } = fans(shape);
  switch (initializer.kind) {
    case "glorot_uniform":
      return uniform(2 / (fanIn + fanOut));
    case "glorot_normal":
      return normal(2 / (fanIn + fanOut));
    case "he_uniform":
      return uniform(2 / fanIn);
    case "he_normal":
      return normal(2 / fanIn);
    case "lecun_uniform":
      return uniform(1 / fanIn);
    case "lecun_normal":
      return normal(1 / fanIn);
  }
}

/** Inputs and outputs a cell is connected to, as Keras counts them (`compute_fans`): window cells times channels in and out. */
function fans(shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } {
  const window = shape.slice(0, -2).reduce((product, size) => product * size, 1);
  const [into = 1, out = into] = shape.slice(-2);
  return { fanIn: Math.max(1, window * into), fanOut: Math.max(1, window * out) };
}
